// The judge: takes what both sides say, gives commands and in the end an outcome. A pure state machine: no sockets, no
// clocks, no processes (hub.ts does those). Phases: greeting → watching → pinning → probing → inspecting → reading →
// naming → done; each phase after watching waits for one answer from each side.

import { type Alignment, align } from './align.ts';
import type { Divergence, Outcome } from './evidence.ts';
import { ProtocolError } from './frame.ts';
import { differingPages, diffPages } from './memory-diff.ts';
import { ObservationRows, unpackProbes } from './observation-rows.ts';
import {
  type Details,
  type End,
  type EventRecord,
  type FromSide,
  type Hello,
  type Pages,
  PROTOCOL_VERSION,
  type Replayed,
  SIDES,
  type Side,
  type Summary,
  type ToSide,
} from './protocol.ts';

export type Command =
  | { readonly kind: 'send'; readonly side: Side; readonly message: ToSide }
  /** Both sides must be started again, recording every block (`stream=blocks`). */
  | { readonly kind: 'restart'; readonly window: number; readonly reason: string }
  | { readonly kind: 'finish'; readonly outcome: Outcome };

export interface ComparatorOptions {
  /** Whether a restart can be carried out. */
  readonly restartable: boolean;
  /** Blocks of history to keep before the bad one. */
  readonly history?: number;
  /** Carried over from before a restart. */
  readonly notes?: readonly string[];
}

/** Longest stretch that is narrowed to one instruction. */
const PROBE_LIMIT = 1024;
const PAGES_READ = 64;
const DEFAULT_HISTORY = 10;

type WindowMessage = Summary | End;
type Phase = 'greeting' | 'watching' | 'pinning' | 'probing' | 'inspecting' | 'reading' | 'naming' | 'done';
type Answers<T> = { A?: T; B?: T };

export class Comparator {
  private readonly options: ComparatorOptions;
  private phase: Phase = 'greeting';
  private readonly hellos: Answers<Hello> = {};
  private readonly queues: Record<Side, WindowMessage[]> = { A: [], B: [] };
  private readonly last: Answers<WindowMessage> = {};
  private commands: Command[] = [];
  private readonly notes: string[];
  private windows = 0;
  private icount = 0;
  private readonly blocks: Record<Side, number> = { A: 0, B: 0 };
  /** Windows in which the sides cut blocks differently. */
  private skewed = 0;

  private mismatch: Record<Side, WindowMessage> | undefined;
  private rows: Record<Side, ObservationRows> = { A: new ObservationRows(), B: new ObservationRows() };
  private replays: Answers<Replayed> = {};
  private alignment: Alignment | undefined;
  private found: Omit<Divergence, 'details' | 'memory' | 'memoryTruncated' | 'symbols'> | undefined;
  private probeRows: Answers<Uint8Array> = {};
  private details: Answers<Details> = {};
  private pages: Answers<Pages['pages']> = {};
  private memory: ReturnType<typeof diffPages> = { words: [], truncated: false };
  private pagesTruncated = false;

  constructor(options: ComparatorOptions) {
    this.options = options;
    this.notes = [...(options.notes ?? [])];
  }

  /** Where each side is: for progress. */
  get progress(): Record<Side, { icount: number; windows: number }> {
    const of = (side: Side) => ({
      icount: this.last[side]?.icount ?? 0,
      windows: this.last[side] ? this.last[side].window + 1 : 0,
    });
    return { A: of('A'), B: of('B') };
  }

  /** A side whose word the comparison waits for. */
  get silent(): Side {
    if (this.phase === 'greeting') return this.hellos.A ? 'B' : 'A';
    if (this.phase === 'watching') return this.queues.A.length <= this.queues.B.length ? 'A' : 'B';
    const waiting: Partial<Record<Phase, Answers<unknown>>> = {
      pinning: this.replays,
      probing: this.probeRows,
      inspecting: this.details,
      reading: this.pages,
    };
    return waiting[this.phase]?.A === undefined ? 'A' : 'B';
  }

  receive(side: Side, message: FromSide): Command[] {
    try {
      if (this.phase !== 'done') this.take(side, message);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.breach(side, `sent ${error.message}`);
    }
    const commands = this.commands;
    this.commands = [];
    return commands;
  }

  /** A side is gone, or has said nothing for too long. */
  lost(side: Side, reason: string): Command[] {
    if (this.phase === 'done') return [];
    this.fail(`side ${side}${this.nameOf(side)} ${reason}`);
    const commands = this.commands;
    this.commands = [];
    return commands;
  }

  /** Ends the comparison without a verdict on what lies beyond here. */
  giveUp(reason: string): Command[] {
    if (this.phase === 'done') return [];
    this.inconclusive(reason);
    const commands = this.commands;
    this.commands = [];
    return commands;
  }

  // --- messages --------------------------------------------------------------------------------------------------
  private take(side: Side, message: FromSide) {
    if (message.t === 'failed') {
      this.finish({
        ...this.common(),
        verdict: 'failed',
        message: `side ${side}${this.nameOf(side)}: ${message.message}`,
        remedy: message.remedy,
      });
      return;
    }
    if (message.t === 'output') return;
    if (message.t === 'hello') {
      if (this.phase !== 'greeting' || this.hellos[side]) return this.breach(side, 'said hello twice');
      this.hellos[side] = message;
      if (this.hellos.A && this.hellos.B) this.greet(this.hellos.A, this.hellos.B);
      return;
    }
    if (message.t === 'summary' || message.t === 'end') return this.takeWindow(side, message);
    switch (message.t) {
      case 'observations':
        if (this.phase !== 'pinning' || this.replays[side]) return this.breach(side, 'sent observations unasked');
        this.rows[side].add(message.rows);
        return;
      case 'replayed':
        return this.answer('pinning', this.replays, side, message, (a, b) => this.replayed(a, b));
      case 'probes':
        return this.answer('probing', this.probeRows, side, message.rows, (a, b) => this.probed(a, b));
      case 'details':
        return this.answer('inspecting', this.details, side, message, (a, b) => this.inspected(a, b));
      case 'pages':
        return this.answer('reading', this.pages, side, message.pages, (a, b) => this.read(a, b));
      case 'names':
        if (this.phase !== 'naming' || side !== 'A') return this.breach(side, 'sent names unasked');
        return this.named(message.names);
    }
  }

  private answer<T>(phase: Phase, answers: Answers<T>, side: Side, value: T, both: (a: T, b: T) => void) {
    if (this.phase !== phase || answers[side] !== undefined)
      return this.breach(side, `answered out of turn (${phase})`);
    answers[side] = value;
    if (answers.A !== undefined && answers.B !== undefined) both(answers.A, answers.B);
  }

  private breach(side: Side, what: string): void {
    this.fail(`side ${side}${this.nameOf(side)} broke the protocol: it ${what}`);
  }

  // --- greeting --------------------------------------------------------------------------------------------------
  private greet(a: Hello, b: Hello) {
    for (const hello of [a, b])
      if (hello.protocol !== PROTOCOL_VERSION)
        return this.fail(
          `a peer speaks protocol ${hello.protocol}, this is protocol ${PROTOCOL_VERSION}`,
          'Start both peers with the same version of lockstep.',
        );
    const differ = (what: string, of: (hello: Hello) => string | number | boolean, remedy: string): boolean => {
      if (of(a) === of(b)) return false;
      this.fail(`the two sides run different ${what}: ${of(a)} and ${of(b)}`, remedy);
      return true;
    };
    if (differ('instruction sets', (h) => h.isa, 'Both sides must run the same guest.')) return;
    if (a.programHash !== b.programHash)
      return this.fail(
        `the two sides run different programs: ${a.program} and ${b.program}`,
        'Give both the same file.',
      );
    if (differ('kinds of machine', (h) => (h.system ? 'virt' : 'user'), 'Start both with the same --machine.')) return;
    if (differ('windows', (h) => h.window, 'Give both the same window=N.')) return;
    if (differ('streams', (h) => h.stream, 'Give both the same stream=.')) return;
    this.phase = 'watching';
    for (const side of SIDES) this.send(side, { t: 'welcome', side, protocol: PROTOCOL_VERSION });
  }

  // --- watching --------------------------------------------------------------------------------------------------
  private takeWindow(side: Side, message: WindowMessage) {
    if (this.phase === 'greeting') return this.breach(side, 'sent a window before it was welcome');
    // A side that had run ahead when the pin came: it sends these windows again, should it ever go on.
    if (this.phase !== 'watching' && this.hellos[side]?.stream === 'windows') return;
    const queue = this.queues[side];
    const before = queue.at(-1) ?? this.last[side];
    if (queue.length > 64) return this.breach(side, 'ran too far ahead');
    if (queue.at(-1)?.t === 'end') return this.breach(side, 'went on after its end');
    if (message.window !== (queue.length > 0 ? before!.window + 1 : this.windows))
      return this.breach(side, `sent window ${message.window} out of order`);
    this.last[side] = message;
    queue.push(message);
    if (this.phase === 'watching') this.compare();
  }

  private compare() {
    const { A, B } = this.queues;
    while (this.phase === 'watching' && A.length > 0 && B.length > 0) {
      const a = A[0]!;
      const b = B[0]!;
      if (!sameWindow(a, b)) return this.pin(a, b);
      this.agree(a, b);
      if (a.t === 'end') return this.same(a);
      A.shift();
      B.shift();
      this.ack(a.window);
    }
  }

  private agree(a: WindowMessage, b: WindowMessage): void {
    this.windows = a.window + 1;
    this.icount = a.icount;
    this.blocks.A += a.blocks;
    this.blocks.B += b.blocks;
    if (a.blocks !== b.blocks) this.skewed++;
  }

  private ack(window: number): void {
    for (const side of SIDES) this.send(side, { t: 'ack', window });
  }

  private same(end: End): void {
    this.finish({ ...this.common(), verdict: 'same', end: end.end });
  }

  // --- pinning ---------------------------------------------------------------------------------------------------
  private pin(a: WindowMessage, b: WindowMessage): void {
    this.phase = 'pinning';
    this.mismatch = { A: a, B: b };
    this.rows = { A: new ObservationRows(), B: new ObservationRows() };
    this.replays = {};
    for (const side of SIDES) {
      if (this.hellos[side]?.stream === 'windows') this.queues[side].length = 0;
      this.send(side, { t: 'pin', window: a.window });
    }
  }

  private replayed(a: Replayed, b: Replayed) {
    const { A: first, B: second } = this.mismatch!;
    const alignment = align(this.rows.A, this.rows.B, a, b);
    this.alignment = alignment;
    const reproduced = a.reproduced && b.reproduced;
    const bad = alignment.bad;
    if (bad) {
      if (!reproduced)
        this.note(`the replay of window ${first.window} did not end as its first run did; what it shows is reported`);
      return this.located(bad.icount, bad.a, bad.b, a, b);
    }
    const event = firstDifferentEvent(a.events, b.events);
    if (reproduced && event) return this.locatedEvent(event, a, b);
    const endsDiffer =
      first.t !== second.t || (first.t === 'end' && second.t === 'end' && !sameEndOfGuest(first, second));
    if (reproduced && endsDiffer) {
      this.note(`the guest ended differently: ${endText(first)} on A, ${endText(second)} on B`);
      return this.locatedEvent({ icount: Math.min(first.icount, second.icount), kind: 'event' }, a, b);
    }
    if (reproduced && first.events === second.events && alignment.cutsDiffer) return this.skew(first, second);
    const what = differenceText(first, second);
    const reason = `window ${first.window} differed (${what}), but its replay agrees`;
    if (this.options.restartable && this.hellos.A?.stream === 'windows') {
      this.phase = 'done';
      this.commands.push({ kind: 'restart', window: first.window, reason });
      return;
    }
    this.inconclusive(`${reason}: instructions ${this.icount} to ${Math.max(first.icount, second.icount)}`);
  }

  /** Only the cuts differ: no divergence. Both go on from the end of the window. */
  private skew(a: WindowMessage, b: WindowMessage) {
    this.agree(a, b);
    this.skewed += a.blocks === b.blocks ? 1 : 0;
    if (a.t === 'end') return this.same(a);
    this.phase = 'watching';
    for (const side of SIDES) {
      const queue = this.queues[side];
      if (queue[0]?.window === a.window) queue.shift();
      this.send(side, { t: 'resume', window: a.window });
    }
    this.compare();
  }

  private located(icount: number, indexA: number, indexB: number, a: Replayed, b: Replayed): void {
    const { A, B } = this.rows;
    const { good, rejoined } = this.alignment!;
    const ended = indexA < 0 && a.icount !== b.icount;
    const pcAt = (rows: ObservationRows, index: number, end: Replayed) => {
      const known = index >= 0 ? index : end.icount === icount ? -1 : indexAt(rows, icount);
      return known >= 0 ? rows.pc(known) : end.pc;
    };
    const pcA = pcAt(A, indexA, a);
    const pcB = pcAt(B, indexB, b);
    this.establish({
      class: rejoined ? 'transient' : 'real',
      kind: ended ? 'event' : pcA !== pcB ? 'path' : 'data',
      entry: good ? A.icount(good.a) : this.icount,
      after: icount,
      pcAfter: { A: pcA, B: pcB },
      event: undefined,
    });
  }

  private locatedEvent(event: EventDifference, a: Replayed, b: Replayed): void {
    const { A } = this.rows;
    let index = A.length - 1;
    while (index > 0 && A.icount(index) >= event.icount) index--;
    const entry = A.length > 0 && A.icount(index) < event.icount ? A.icount(index) : this.icount;
    this.establish({
      class: 'real',
      kind: event.kind,
      entry,
      after: Math.max(event.icount, entry + 1),
      pcAfter: { A: a.pc, B: b.pc },
      event: event.a || event.b ? { a: event.a, b: event.b } : undefined,
    });
  }

  private establish(at: Pick<Divergence, 'class' | 'kind' | 'entry' | 'after' | 'pcAfter' | 'event'>): void {
    const { A, B } = this.rows;
    const index = indexAt(A, at.entry);
    const indexB = indexAt(B, at.entry);
    const keep = this.options.history ?? DEFAULT_HISTORY;
    const history = [];
    for (
      let i = Math.max(0, (index < 0 ? firstFrom(A, at.entry) : index) - keep);
      i < A.length && A.icount(i) < at.entry;
      i++
    )
      history.push({ icount: A.icount(i), pc: A.pc(i), insns: A.insns(i), cpu: A.cpu(i) });
    this.found = {
      ...at,
      window: this.mismatch!.A.window,
      cpu: index >= 0 ? A.cpu(index) : indexB >= 0 ? B.cpu(indexB) : 0,
      /** Ordinal of the block among those of side A. */
      ordinal: this.blocks.A + Math.max(0, index),
      insns: { A: index >= 0 ? A.insns(index) : 0, B: indexB >= 0 ? B.insns(indexB) : 0 },
      history,
      trace: { A: traceFrom(A, at.entry), B: traceFrom(B, at.entry) },
      insn: undefined,
      ends: { A: endOf(this.mismatch!.A), B: endOf(this.mismatch!.B) },
    };
    const count = at.after - at.entry;
    if (count > 1 && count <= PROBE_LIMIT && at.event === undefined) {
      this.phase = 'probing';
      this.probeRows = {};
      for (const side of SIDES) this.send(side, { t: 'probe', entry: at.entry, count, cpu: this.found.cpu });
    } else {
      this.inspect();
    }
  }

  // --- narrowing -------------------------------------------------------------------------------------------------
  private probed(rowsA: Uint8Array, rowsB: Uint8Array) {
    const a = unpackProbes(rowsA);
    const b = unpackProbes(rowsB);
    const found = this.found!;
    const count = found.after - found.entry;
    if (a.length !== count || b.length !== count)
      return this.fail('a side answered a probe with the wrong number of rows');
    const differs = (i: number) => a[i]!.state !== b[i]!.state || a[i]!.memory !== b[i]!.memory;
    if (differs(count - 1)) {
      const first = a.findIndex((_, i) => differs(i));
      this.found = { ...found, insn: { index: first, pc: a[first]!.pc, icount: found.entry + first } };
    } else {
      this.note('one instruction at a time the block runs the same on both sides: the instruction is not known');
    }
    this.inspect();
  }

  private inspect(): void {
    const { entry, after, cpu } = this.found!;
    this.phase = 'inspecting';
    this.details = {};
    for (const side of SIDES) this.send(side, { t: 'inspect', entry, after, cpu });
  }

  private inspected(a: Details, b: Details): void {
    const entryDiffers = a.registers.some((register, i) => register.entry !== b.registers[i]?.entry);
    if (entryDiffers)
      this.note('the replay up to the block differs already: its entry state is not the same on both sides');
    const addresses = differingPages(a.pages, b.pages);
    this.pagesTruncated = addresses.length > PAGES_READ;
    this.phase = 'reading';
    this.pages = {};
    for (const side of SIDES) this.send(side, { t: 'read-pages', addresses: addresses.slice(0, PAGES_READ) });
  }

  private read(a: Pages['pages'], b: Pages['pages']): void {
    this.memory = diffPages(a, b);
    this.phase = 'naming';
    this.send('A', { t: 'read-names', addresses: this.addressesToName() });
  }

  private addressesToName(): number[] {
    const found = this.found!;
    const addresses = new Set<number>([this.details.A!.entryPc, found.pcAfter.A, found.pcAfter.B]);
    if (found.insn) addresses.add(found.insn.pc);
    for (const block of found.history) addresses.add(block.pc);
    for (const side of SIDES) for (const block of found.trace[side]) addresses.add(block.pc);
    for (const word of this.memory.words) addresses.add(word.address);
    return [...addresses].slice(0, 1024);
  }

  private named(names: readonly (string | null)[]) {
    const symbols = new Map<number, string>();
    this.addressesToName().forEach((address, i) => {
      const name = names[i];
      if (name) symbols.set(address, name);
    });
    const details = { A: this.details.A!, B: this.details.B! };
    const found = this.found!;
    const registersDiffer = details.A.registers.some((register, i) => register.after !== details.B.registers[i]?.after);
    if (
      !registersDiffer &&
      this.memory.words.length === 0 &&
      found.class === 'real' &&
      found.kind !== 'event' &&
      found.kind !== 'timing'
    )
      this.note(
        'run without observation the block leaves the same state on both sides: the mistake depends on how blocks are translated',
      );
    this.finish({
      ...this.common(),
      verdict: 'diverged',
      divergence: {
        ...found,
        details,
        memory: this.memory.words,
        memoryTruncated: this.memory.truncated || this.pagesTruncated,
        symbols,
      },
    });
  }

  // --- endings ---------------------------------------------------------------------------------------------------
  private common() {
    const describe = (side: Side) => ({ translator: this.hellos[side]?.translator ?? '', blocks: this.blocks[side] });
    const hello = this.hellos.A ?? this.hellos.B;
    return {
      isa: hello?.isa ?? '',
      program: hello?.program ?? '',
      window: hello?.window ?? 0,
      windows: this.windows,
      icount: this.icount,
      skewed: this.skewed,
      sides: { A: describe('A'), B: describe('B') },
      notes: [...this.notes],
    };
  }

  private inconclusive(reason: string): void {
    this.finish({ ...this.common(), verdict: 'inconclusive', reason });
  }

  private fail(message: string, remedy = ''): void {
    this.finish({ ...this.common(), verdict: 'failed', message, remedy });
  }

  private finish(outcome: Outcome): void {
    this.phase = 'done';
    this.commands.push({ kind: 'finish', outcome });
  }

  private note(text: string): void {
    this.notes.push(text);
  }

  private nameOf(side: Side): string {
    const name = this.hellos[side]?.translator;
    return name ? ` (${name})` : '';
  }

  private send(side: Side, message: ToSide): void {
    this.commands.push({ kind: 'send', side, message });
  }
}

// --- comparisons -----------------------------------------------------------------------------------------------------
function sameWindow(a: WindowMessage, b: WindowMessage): boolean {
  return (
    a.t === b.t &&
    a.icount === b.icount &&
    a.path === b.path &&
    a.state === b.state &&
    a.memory === b.memory &&
    a.events === b.events &&
    (a.t !== 'end' || b.t !== 'end' || sameEndOfGuest(a, b))
  );
}

function sameEndOfGuest(a: End, b: End): boolean {
  return a.end.kind === b.end.kind && a.end.code === b.end.code && a.end.reason === b.end.reason;
}

function endOf(message: WindowMessage) {
  return message.t === 'end' ? message.end : undefined;
}

export function endText(message: WindowMessage): string {
  if (message.t !== 'end') return 'still running';
  const { kind, code, reason } = message.end;
  if (kind === 'exit') return `exit ${code}${reason ? ` (${reason})` : ''}`;
  if (kind === 'limit') return 'stopped at the instruction limit';
  return reason ?? kind;
}

function differenceText(a: WindowMessage, b: WindowMessage): string {
  const parts = [];
  if (a.icount !== b.icount) parts.push('length');
  if (a.path !== b.path) parts.push('path');
  if (a.state !== b.state) parts.push('registers');
  if (a.memory !== b.memory) parts.push('memory');
  if (a.events !== b.events) parts.push('events');
  return parts.join(', ') || 'end';
}

interface EventDifference {
  readonly icount: number;
  readonly kind: 'event' | 'timing';
  readonly a?: EventRecord | undefined;
  readonly b?: EventRecord | undefined;
}

/** 'timing' when the first events that differ say the same at another instruction. */
function firstDifferentEvent(a: readonly EventRecord[], b: readonly EventRecord[]): EventDifference | undefined {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const x = a[i];
    const y = b[i];
    const same = x && y && x.kind === y.kind && x.cpu === y.cpu && x.detail.join() === y.detail.join();
    if (same && x.icount === y.icount) continue;
    const icount = Math.min(x?.icount ?? Number.POSITIVE_INFINITY, y?.icount ?? Number.POSITIVE_INFINITY);
    return { icount, kind: same ? 'timing' : 'event', a: x, b: y };
  }
  return undefined;
}

/** Index of the first row at or after `icount`; the length when there is none. */
function firstFrom(rows: ObservationRows, icount: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows.icount(middle) < icount) low = middle + 1;
    else high = middle;
  }
  return low;
}

function indexAt(rows: ObservationRows, icount: number): number {
  const index = firstFrom(rows, icount);
  return index < rows.length && rows.icount(index) === icount ? index : -1;
}

const TRACE_LIMIT = 64;

/** The blocks from `icount` on: what QEMU's lines are made from. */
function traceFrom(rows: ObservationRows, icount: number): { icount: number; pc: number; insns: number }[] {
  const trace = [];
  for (let i = firstFrom(rows, icount); i < rows.length && trace.length < TRACE_LIMIT; i++)
    trace.push({ icount: rows.icount(i), pc: rows.pc(i), insns: rows.insns(i) });
  return trace;
}
