// Counts blocks, instructions and accesses in every way the engine has, and insists that all agree: by callback in a
// variable, by callback in a cell per vCPU, by inline operation, and by a conditional callback every so many times.

import { API_VERSION, type Cell, type PluginApi, type PluginModule } from '../plugin/api.ts';

/** Times between two calls of the conditional callback. */
const EVERY = 100n;

interface Counter {
  readonly name: string;
  total: bigint;
  readonly called: Cell;
  readonly inline: Cell;
  /** Counts up to EVERY and is set back by the conditional callback, which counts its calls. */
  readonly pace: Cell;
  readonly triggered: Cell;
}

function counter(api: PluginApi, name: string): Counter {
  const board = api.scoreboard(32);
  const [called, inline, pace, triggered] = [0, 8, 16, 24].map((offset) => board.u64(offset)) as [
    Cell,
    Cell,
    Cell,
    Cell,
  ];
  return { name, total: 0n, called, inline, pace, triggered };
}

function count(counter: Counter, cpu: number): void {
  counter.total++;
  counter.called.add(cpu, 1);
}

/** What is wrong with the counter, if anything. */
function faultOf({ name, total, called, inline, pace, triggered }: Counter, vcpus: number): string | undefined {
  if (called.sum() !== total) return `${name}: ${called.sum()} per vCPU, ${total} in all`;
  for (let cpu = 0; cpu < vcpus; cpu++) {
    const want = called.get(cpu);
    if (inline.get(cpu) !== want) return `${name}: vCPU ${cpu} counted ${inline.get(cpu)} inline, ${want} by callback`;
    const paced = triggered.get(cpu) * EVERY + pace.get(cpu);
    if (triggered.sum() > 0n && paced !== want) return `${name}: vCPU ${cpu} was triggered for ${paced}, not ${want}`;
  }
  return undefined;
}

const plugin: PluginModule = {
  name: 'inline',
  apiVersion: API_VERSION,
  summary: 'counts in every way there is and checks that all agree',
  args: {},
  install(api) {
    const blocks = counter(api, 'tb');
    const insns = counter(api, 'insn');
    const accesses = counter(api, 'mem');

    api.onTbTrans((tb) => {
      for (const [place, of] of [[tb, blocks] as const, ...tb.insns().map((insn) => [insn, insns] as const)]) {
        place.onExec((cpu) => count(of, cpu));
        place.inlineAdd(of.inline, 1);
        place.inlineAdd(of.pace, 1);
        place.onExec(
          (cpu) => {
            of.triggered.add(cpu, 1);
            of.pace.set(cpu, 0);
          },
          { when: { left: of.pace, is: 'eq', right: EVERY } },
        );
      }
      for (const insn of tb.insns()) {
        insn.onMem('rw', (cpu) => count(accesses, cpu));
        insn.inlineMemAdd('rw', accesses.inline, 1);
        insn.inlineMemAdd('rw', accesses.pace, 1);
        insn.onMem(
          'rw',
          (cpu) => {
            accesses.triggered.add(cpu, 1);
            accesses.pace.set(cpu, 0);
          },
          { when: { left: accesses.pace, is: 'eq', right: EVERY } },
        );
      }
    });

    api.onAtexit(() => {
      const counters = [blocks, insns, accesses];
      for (const each of counters) {
        const fault = faultOf(each, api.numVcpus());
        if (fault) throw new Error(fault);
      }
      api.result(
        counters.map(({ name, total, triggered }) => ({ name, count: total, triggered: triggered.sum() })),
        (rows) => rows.map((row) => `${row.name}: ${row.count}, every ${EVERY}: ${row.triggered}\n`).join(''),
      );
    });
  },
};
export default plugin;
