// `emu --profile`: where the time of a run went. The machine's probe gives exact times of what it does itself; a sampling
// profiler of the engine divides the time inside translated code among its tiers; counters in the blocks find the hottest.
// Nothing of this is loaded or asked when it is off.

import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import {
  API_VERSION,
  type Cell,
  hex,
  type Machine,
  type PluginModule,
  type Probe,
  WORK,
  writeFault,
} from '../emulator/index.ts';

/** Microseconds between two samples. */
const SAMPLING = 200;
/** Spans of a trace file; what comes later is only in the sums. */
const MOST_SPANS = 300_000;
const HOTTEST = 10;
/** Words of counters in one scoreboard. */
const BOARD_WORDS = 64;

const PHASES = {
  boot: 'start Node.js, load the command line',
  load: 'make the machine, load the program',
  ...WORK,
  end: 'after the guest',
} as const;
type Phase = keyof typeof PHASES;

interface Sum {
  ms: number;
  times: number;
}

interface Span {
  readonly phase: Phase;
  readonly start: number;
  readonly ms: number;
}

/** A node of the engine's profile, as far as it is read here. */
interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly url: string };
  readonly hitCount?: number | undefined;
  readonly children?: readonly number[] | undefined;
}

/** What one kind of callback of a plugin has cost; `ms` is missing for what runs inside translated code. */
interface PluginRow {
  readonly plugin: string;
  readonly what: string;
  readonly calls: number;
  readonly ms: number | undefined;
}

interface CountedBlock {
  readonly pc: number;
  readonly insns: number;
  readonly executions: Cell;
}

export class Profile implements Probe {
  private readonly sums = new Map<Phase, Sum>();
  private readonly spans: Span[] = [];
  private readonly stack: { readonly phase: Phase; readonly start: number; inner: number }[] = [];
  private readonly session = new Session();
  private readonly blocks = new Map<string, CountedBlock>();
  /** Counts executions of blocks inside translated code. */
  readonly plugin: PluginModule;

  constructor() {
    const { blocks } = this;
    this.plugin = {
      name: 'profile',
      apiVersion: API_VERSION,
      install(api) {
        let board = api.scoreboard(BOARD_WORDS * 8);
        let used = 0;
        api.onTbTrans((tb) => {
          const key = blockKey(tb.pc, tb.insnCount);
          let block = blocks.get(key);
          if (!block) {
            if (used === BOARD_WORDS) {
              board = api.scoreboard(BOARD_WORDS * 8);
              used = 0;
            }
            block = { pc: tb.pc, insns: tb.insnCount, executions: board.u64(8 * used++) };
            blocks.set(key, block);
          }
          tb.inlineAdd(block.executions, 1);
        });
      },
    };
    this.add('boot', 0, performance.now());
    this.session.connect();
    this.session.post('Profiler.enable');
    this.session.post('Profiler.setSamplingInterval', { interval: SAMPLING });
    this.session.post('Profiler.start');
  }

  enter(phase: Phase): void {
    this.stack.push({ phase, start: performance.now(), inner: 0 });
  }

  leave(): void {
    const now = performance.now();
    const done = this.stack.pop();
    if (!done) return;
    const whole = now - done.start;
    const outer = this.stack.at(-1);
    if (outer) outer.inner += whole;
    this.add(done.phase, done.start, whole, whole - done.inner);
  }

  private add(phase: Phase, start: number, whole: number, own = whole): void {
    const sum = this.sums.get(phase) ?? { ms: 0, times: 0 };
    this.sums.set(phase, sum);
    sum.ms += own;
    sum.times++;
    if (this.spans.length < MOST_SPANS) this.spans.push({ phase, start, ms: whole });
  }

  /** The report; the run is over. */
  report(machine: Machine): string {
    const total = performance.now();
    const shares = this.tierShares();
    const rows: string[][] = [];
    let known = 0;
    for (const [phase, text] of Object.entries(PHASES) as [Phase, string][]) {
      const sum = this.sums.get(phase);
      if (!sum) continue;
      known += sum.ms;
      rows.push([text, sum.ms.toFixed(1), percent(sum.ms, total), String(sum.times)]);
      if (phase !== 'code') continue;
      for (const [tier, share] of shares)
        rows.push([`  ${tier} (sampled)`, (sum.ms * share).toFixed(1), percent(sum.ms * share, total), '']);
    }
    rows.push(['everything else', (total - known).toFixed(1), percent(total - known, total), '']);
    const speed = machine.icount / Math.max(total, 0.001) / 1000;
    const head = `profile: ${machine.icount} instructions in ${total.toFixed(0)} ms, ${speed.toFixed(1)} M/s\n`;
    const where = table([['where', 'ms', 'share', 'times'], ...rows]);
    return `${head}${where}${this.plugins(machine, total)}${this.hottest(machine)}`;
  }

  /** What each plugin costs: exact counts; times less what measuring takes; for operations in translated code no time. */
  private plugins(machine: Machine, total: number): string {
    const costs = this.pluginCosts(machine);
    if (costs.length === 0) return '';
    const rows = costs.map(({ plugin, what, calls, ms }) => [
      plugin,
      what,
      String(calls),
      ms === undefined ? 'in code' : ms.toFixed(1),
      ms === undefined || calls === 0 ? '' : ((1e6 * ms) / calls).toFixed(0),
      ms === undefined ? '' : percent(ms, total),
    ]);
    return `\nplugins\n${table([['plugin', 'callback', 'calls', 'ms', 'ns each', 'share'], ...rows])}`;
  }

  /** By plugin, dearest callback first; operations in code, as often as their blocks were executed, last. */
  private pluginCosts(machine: Machine): PluginRow[] {
    const { names, profiled, profiledInline } = machine.pluginControl;
    const mine = this.plugin.name;
    const tick = clockTick();
    const rows: PluginRow[] = profiled
      .filter(({ plugin }) => plugin !== mine)
      .map(({ plugin, hook, calls, milliseconds }) => ({
        ...{ plugin, what: hook, calls },
        ms: Math.max(0, milliseconds - calls * tick),
      }));
    const operations = new Map<string, number>();
    for (const { plugin, pc, insns, operations: each } of profiledInline) {
      if (plugin === mine) continue;
      const executions = Number(this.blocks.get(blockKey(pc, insns))?.executions.sum() ?? 0n);
      operations.set(plugin, (operations.get(plugin) ?? 0) + each * executions);
    }
    for (const [plugin, calls] of operations) rows.push({ plugin, what: 'inline operations', calls, ms: undefined });
    const order = new Map(names.map((name, i) => [name, i]));
    // A sort keeps the order of those it finds equal.
    return rows.sort((a, b) => (order.get(a.plugin) ?? names.length) - (order.get(b.plugin) ?? names.length));
  }

  /** How the time inside translated code divides: own code of regions, the interpreter, what both call. */
  private tierShares(): readonly (readonly [string, number])[] {
    let nodes: readonly ProfileNode[] = [];
    // The answer comes before post returns: the session is of this thread.
    this.session.post('Profiler.stop', (error, result) => {
      if (!error) nodes = result.profile.nodes;
    });
    this.session.disconnect();
    const byId = new Map(nodes.map((node) => [node.id, node]));
    const hits = { interpreter: 0, regions: 0, helpers: 0 };
    // Control gets into WebAssembly through the runtime: its dispatch loop is the first such frame of each stack.
    const visit = (node: ProfileNode, runtime: string, depth: number): void => {
      const { url } = node.callFrame;
      const wasm = url.startsWith('wasm:');
      const own = node.hitCount ?? 0;
      const entry = runtime === '' && wasm ? url : runtime;
      const region = wasm && url !== entry;
      if (region) hits.regions += own;
      else if (wasm && depth === 0) hits.interpreter += own;
      else if (wasm) hits.helpers += own;
      // JavaScript called from translated code is counted by the probe.
      for (const id of node.children ?? []) visit(byId.get(id)!, entry, wasm ? depth + 1 : 0);
    };
    if (nodes[0]) visit(nodes[0], '', 0);
    const all = hits.interpreter + hits.regions + hits.helpers;
    if (all === 0) return [];
    return [
      ['tier 0: dispatch and interpreter', hits.interpreter / all],
      ['tier 1: compiled regions', hits.regions / all],
      ['helpers: floating point, slow memory accesses', hits.helpers / all],
    ];
  }

  private hottest(machine: Machine): string {
    const rows = [...this.blocks.values()].map(({ pc, insns, executions }) => {
      const count = Number(executions.sum());
      return { pc, insns, count, whole: count * insns };
    });
    rows.sort((a, b) => b.whole - a.whole || a.pc - b.pc);
    const lines = rows
      .slice(0, HOTTEST)
      .map(({ pc, insns, count, whole }) => [
        hex(pc),
        machine.symbolAt(pc) ?? '',
        String(insns),
        String(count),
        percent(whole, machine.icount),
      ]);
    return `\nhottest blocks of ${rows.length}\n${table([['pc', 'symbol', 'instructions', 'executions', 'share'], ...lines])}`;
  }

  /** Writes the run as a trace for chrome://tracing, Perfetto or speedscope. */
  writeTrace(path: string, machine: Machine): void {
    const events = this.spans.map(({ phase, start, ms }) => ({
      name: phase,
      cat: 'lockstep',
      ph: 'X',
      ts: Math.round(start * 1000),
      dur: Math.round(ms * 1000),
      pid: 1,
      tid: 1,
      args: { what: PHASES[phase] },
    }));
    try {
      const plugins = this.pluginCosts(machine);
      writeFileSync(path, JSON.stringify({ traceEvents: events, displayTimeUnit: 'ms', otherData: { plugins } }));
    } catch (error) {
      throw writeFault(`the trace ${path}`, error);
    }
  }
}

const blockKey = (pc: number, insns: number): string => `${pc}:${insns}`;

/** Milliseconds that reading the clock twice in a row gives: what it adds to each time measured. */
function clockTick(): number {
  const ticks = Array.from({ length: 1001 }, () => {
    const begin = performance.now();
    return performance.now() - begin;
  });
  return ticks.sort((a, b) => a - b)[500]!;
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / Math.max(whole, 1e-9)).toFixed(1)} %`;
}

/** Columns apart by two blanks; the first is aligned left, the others right. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ');
  return rows.map((row) => `  ${line(row).trimEnd()}\n`).join('');
}
