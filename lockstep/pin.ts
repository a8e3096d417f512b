// Pinning: from a window that differs to the block, the instruction, the registers and the bytes. A conversation with
// both sides written as a generator (question.ts). Pure.
//
// Steps: replay the window observing every block; find the first common boundary that differs; make sure that the whole
// state agrees at the boundary before and differs after it (boundary-search.ts), else look for where it does; narrow to an
// instruction; fetch what differs.

import { type Alignment, align } from './align.ts';
import { commonBoundaries, firstBadStep, firstDiffering, type Step, sameState } from './boundary-search.ts';
import {
  differenceText,
  endText,
  firstDifferentEvent,
  sameState as sameWindowState,
  type WindowMessage,
} from './differences.ts';
import type { Divergence, MemoryWord } from './evidence.ts';
import { differingPages, diffPages } from './memory-diff.ts';
import { type ObservationRows, unpackProbes } from './observation-rows.ts';
import { type Replayed, SIDES, type Side, type ToSide } from './protocol.ts';
import { type AnswersOf, type Asking, ask } from './question.ts';

export interface Mismatch {
  readonly windows: Readonly<Record<Side, WindowMessage>>;
  /** Where the window begins: both sides agree there. */
  readonly start: number;
  /** Blocks of each side before the window. */
  readonly blocksBefore: Readonly<Record<Side, number>>;
  /** Filled as observations arrive, complete when both have said `replayed`. */
  readonly rows: Readonly<Record<Side, ObservationRows>>;
  /** Blocks of history to report. */
  readonly history: number;
}

export type Pinned =
  | { readonly kind: 'skew' }
  | { readonly kind: 'unreproduced'; readonly reason: string }
  | {
      readonly kind: 'diverged';
      readonly divergence: Divergence;
      /** Where registers or memory differ first, when those of `divergence` do not: it stores the same bytes otherwise. */
      readonly visible?: Divergence;
      readonly notes: readonly string[];
    };

/** Longest stretch that is narrowed to one instruction. */
const PROBE_LIMIT = 1024;
const PAGES_READ = 64;
const NAMES_READ = 1024;
const TRACE_LENGTH = 64;

type Place = Pick<Divergence, 'class' | 'kind' | 'entry' | 'after' | 'pcAfter' | 'event'>;

/** `opening` asks for the replay, of the window that differs. */
export function* pin(mismatch: Mismatch, opening: ToSide): Asking<Pinned> {
  const notes: string[] = [];
  const ends = yield* ask(opening, 'replayed', mismatch.rows);
  const alignment = align(mismatch.rows.A, mismatch.rows.B, ends.A, ends.B);
  const place = placeOf(mismatch, alignment, ends, notes);
  if (place === 'skew') return { kind: 'skew' };
  if (typeof place === 'string') return (yield* pinHidden(mismatch)) ?? { kind: 'unreproduced', reason: place };
  const certain = yield* verifyEntry(mismatch, place);
  let close = yield* closeLook(mismatch, certain);
  let visible: Close | undefined;
  if (differsNowhere(close.found, close.seen)) {
    const later = yield* searchOn(mismatch, certain);
    const unlike = emittedUnlike(close.seen);
    if (unlike)
      notes.push('it leaves the same registers and memory on both sides: the same bytes are stored otherwise');
    if (later && unlike) visible = yield* closeLook(mismatch, later);
    else if (later) {
      notes.push(
        `watched, block ${close.found.ordinals.A} differed before: the translator changes the code that watches`,
      );
      close = yield* closeLook(mismatch, later);
    }
    if (!unlike && differsNowhere(close.found, close.seen))
      notes.push('replayed for a closer look both sides leave the same state: the mistake depends on how code is cut');
  }
  notes.push(...close.notes);
  if (registerPairs(close.seen.details).some(([a, b]) => a.entry !== b.entry))
    notes.push('the replay up to the block differs already: its entry state is not the same on both sides');
  const divergence = yield* named(close);
  return { kind: 'diverged', notes, divergence, ...(visible && { visible: yield* named(visible) }) };
}

/** The block is another one before any pass has seen it: what its stores say of it is no whim of watching. */
function emittedUnlike({ details: { A, B } }: Seen): boolean {
  return A.block !== null && B.block !== null && A.block.ir !== '' && B.block.ir !== '' && A.block.ir !== B.block.ir;
}

/**
 * What code that observes nothing shows, where observing makes both sides do the same: the block is searched for by runs that
 * end at boundaries. Undefined when those agree too.
 */
function* pinHidden(mismatch: Mismatch): Asking<Pinned | undefined> {
  const { A: first, B: second } = mismatch.windows;
  if (sameWindowState(first, second)) return undefined;
  const end = Math.min(first.icount, second.icount);
  const places = [...commonBoundaries(mismatch.rows, mismatch.start + 1, end - 1), end];
  if ((yield* firstDiffering([end], 'bare')) < 0) return undefined;
  const step = yield* firstBadStep(mismatch.start, places, 'bare');
  const place: Place = { class: 'real', kind: 'data', ...step, pcAfter: { A: 0, B: 0 }, event: undefined };
  const seen = yield* inspect({ ...place, cpu: 0 }, 'bare');
  const { A, B } = seen.details;
  const pcAfter = { A: A.afterPc, B: B.afterPc };
  const found = {
    ...describePlace(mismatch, { ...place, kind: pcAfter.A === pcAfter.B ? 'data' : 'path', pcAfter }),
    hidden: true,
  };
  const notes = ['watched, both sides do the same: the mistake is made only in code that observes nothing'];
  return { kind: 'diverged', notes, divergence: yield* named({ found, insn: undefined, seen }) };
}

/** With the names of the places told of. */
function* named({ found, insn, seen }: Pick<Close, 'found' | 'insn' | 'seen'>): Asking<Divergence> {
  const { details, memory } = seen;
  const wanted = addressesToName(found, details.A.entryPc, insn?.pc, memory);
  const names = yield* ask({ t: 'read-names', addresses: wanted }, 'names');
  const symbols = new Map(wanted.flatMap((address, i) => (names.A.names[i] ? [[address, names.A.names[i]]] : [])));
  return { ...found, insn, details, memory, memoryTruncated: seen.truncated, symbols };
}

interface Close {
  readonly found: Described;
  readonly insn: Divergence['insn'];
  readonly seen: Seen;
  readonly notes: readonly string[];
}

/** The instruction, and what differs. */
function* closeLook(mismatch: Mismatch, place: Place): Asking<Close> {
  const found = describePlace(mismatch, place);
  const notes: string[] = [];
  const insn = yield* narrow(found, notes);
  let seen = yield* inspect(found, 'visit');
  // What is hunted may shy away from being watched: then the run is stopped there instead.
  if (differsNowhere(found, seen)) seen = yield* inspect(found, 'stop');
  return { found, insn, seen, notes };
}

/** The first difference that observations or events show; 'skew', or why there is none. */
function placeOf(
  mismatch: Mismatch,
  alignment: Alignment,
  ends: AnswersOf<'replayed'>,
  notes: string[],
): Place | string {
  const { A: first, B: second } = mismatch.windows;
  const reproduced = ends.A.reproduced && ends.B.reproduced;
  if (alignment.bad) {
    if (!reproduced)
      notes.push(`the replay of window ${first.window} did not end as its first run did; what it shows is reported`);
    return boundaryPlace(mismatch, alignment, ends);
  }
  const event = reproduced ? firstDifferentEvent(ends.A.events, ends.B.events) : undefined;
  if (event) return eventPlace(mismatch, event.kind, event.icount, ends, { a: event.a, b: event.b });
  if (reproduced && endText(first) !== endText(second)) {
    notes.push(`the guest ended differently: ${endText(first)} on A, ${endText(second)} on B`);
    return eventPlace(mismatch, 'event', Math.min(first.icount, second.icount), ends, undefined);
  }
  if (reproduced && first.events === second.events && alignment.cutsDiffer) return 'skew';
  return `window ${first.window} differed (${differenceText(first, second)}), but its replay agrees`;
}

function boundaryPlace({ rows, start }: Mismatch, alignment: Alignment, ends: AnswersOf<'replayed'>): Place {
  const { icount, a, b } = alignment.bad!;
  const ended = a < 0 && ends.A.icount !== ends.B.icount;
  const pcAfter = { A: pcAt(rows.A, a, icount, ends.A), B: pcAt(rows.B, b, icount, ends.B) };
  return {
    class: alignment.rejoined ? 'transient' : 'real',
    kind: ended ? 'event' : pcAfter.A !== pcAfter.B ? 'path' : 'data',
    entry: alignment.good ? rows.A.icount(alignment.good.a) : start,
    after: icount,
    pcAfter,
    event: undefined,
  };
}

function pcAt(rows: ObservationRows, index: number, icount: number, end: Replayed): number {
  const known = index >= 0 ? index : end.icount === icount ? -1 : rows.indexAt(icount);
  return known >= 0 ? rows.pc(known) : end.pc;
}

function eventPlace(
  { rows, start }: Mismatch,
  kind: 'event' | 'timing',
  icount: number,
  ends: AnswersOf<'replayed'>,
  event: Place['event'],
): Place {
  const before = rows.A.firstFrom(icount) - 1;
  const entry = before >= 0 ? rows.A.icount(before) : start;
  const after = Math.max(icount, entry + 1);
  const pcAfter = { A: pcAt(rows.A, -1, after, ends.A), B: pcAt(rows.B, -1, after, ends.B) };
  return { class: 'real', kind, entry, after, pcAfter, event };
}

/**
 * Makes sure that the whole state agrees at the entry. Where it does not, the difference came in earlier by a way that
 * observations do not cover.
 */
function* verifyEntry(mismatch: Mismatch, place: Place): Asking<Place> {
  const { start, rows } = mismatch;
  if (place.entry === start || (yield* firstDiffering([place.entry])) < 0) return place;
  const step = yield* firstBadStep(start, commonBoundaries(rows, start + 1, place.entry));
  return placeOfStep(mismatch, place, step);
}

/** Both sides leave the same state at `place`, which only observing made look different: where it does differ later. */
function* searchOn(mismatch: Mismatch, place: Place): Asking<Place | undefined> {
  const later = commonBoundaries(mismatch.rows, place.after + 1, Number.POSITIVE_INFINITY);
  const last = later.at(-1);
  if (last === undefined || (yield* firstDiffering([last])) < 0) return undefined;
  return placeOfStep(mismatch, place, yield* firstBadStep(place.after, later));
}

function placeOfStep({ rows: { A, B } }: Mismatch, place: Place, { entry, after }: Step): Place {
  const pcAfter = { A: A.pc(A.indexAt(after)), B: B.pc(B.indexAt(after)) };
  const kind = pcAfter.A === pcAfter.B ? 'data' : 'path';
  return { ...place, kind, entry, after, pcAfter, event: undefined };
}

type Described = Omit<Divergence, 'insn' | 'details' | 'memory' | 'memoryTruncated' | 'symbols'>;

function describePlace(mismatch: Mismatch, place: Place): Described {
  const { A, B } = mismatch.rows;
  const a = A.indexAt(place.entry);
  const b = B.indexAt(place.entry);
  const upTo = A.firstFrom(place.entry);
  const block = (i: number) => ({ icount: A.icount(i), pc: A.pc(i), insns: A.insns(i), cpu: A.cpu(i) });
  const from = Math.max(0, upTo - mismatch.history);
  const { A: first, B: second } = mismatch.windows;
  const endsDiffer = endText(first) !== endText(second) || first.icount !== second.icount;
  return {
    ...place,
    hidden: false,
    windowEnd: Math.max(first.icount, second.icount),
    cpu: a >= 0 ? A.cpu(a) : b >= 0 ? B.cpu(b) : 0,
    ordinals: { A: mismatch.blocksBefore.A + upTo, B: mismatch.blocksBefore.B + B.firstFrom(place.entry) },
    insns: { A: a >= 0 ? A.insns(a) : 0, B: b >= 0 ? B.insns(b) : 0 },
    history: Array.from({ length: upTo - from }, (_, i) => block(from + i)),
    trace: { A: traceFrom(A, place.entry), B: traceFrom(B, place.entry) },
    ends: endsDiffer ? { A: endOf(first), B: endOf(second) } : { A: undefined, B: undefined },
  };
}

function endOf(message: WindowMessage) {
  return message.t === 'end' ? message.end : undefined;
}

/** The blocks from `icount` on: what QEMU's lines are made from. */
function traceFrom(rows: ObservationRows, icount: number): { icount: number; pc: number; insns: number }[] {
  const trace = [];
  for (let i = rows.firstFrom(icount); i < rows.length && trace.length < TRACE_LENGTH; i++)
    trace.push({ icount: rows.icount(i), pc: rows.pc(i), insns: rows.insns(i) });
  return trace;
}

/**
 * The instruction with which the difference comes: the last of the shortest prefix of the block that shows it. Claimed
 * only when the whole block shows it too, and when the instruction changes what differs: otherwise it merely made the
 * prefix long enough for a mistake that lies in the block as translated.
 */
function* narrow(found: Described, notes: string[]): Asking<Divergence['insn']> {
  const { entry, after, cpu } = found;
  const count = after - entry;
  if (found.event !== undefined || count > PROBE_LIMIT) return undefined;
  const rows = yield* ask({ t: 'probe', entry, count, cpu }, 'probes');
  const a = unpackProbes(rows.A.rows);
  const b = unpackProbes(rows.B.rows);
  const index = Array.from({ length: count }).findIndex((_, i) => !sameState(a[i], b[i]));
  if (index < 0 || sameState(a[count - 1], b[count - 1])) {
    notes.push('run in pieces the block does the same on both sides: which of its instructions is wrong is not known');
    return undefined;
  }
  const insn = { index, pc: a[index]!.pc, icount: entry + index };
  if (count === 1) return insn;
  const icounts = [insn.icount, insn.icount + 1];
  const { A, B } = yield* ask({ t: 'read-registers', entry, icounts }, 'registers');
  const [beforeA = [], afterA = []] = A.at;
  const afterB = B.at[1] ?? [];
  const differ = afterA.flatMap((value, i) => (i >= afterB.length || value === afterB[i] ? [] : [i]));
  if (differ.length === 0 || differ.some((i) => beforeA[i] !== afterA[i])) return insn;
  notes.push('the difference is not in what the last instruction run writes: the block as translated is wrong');
  return undefined;
}

interface Seen {
  readonly details: AnswersOf<'details'>;
  readonly memory: readonly MemoryWord[];
  readonly truncated: boolean;
}

function* inspect(
  { entry, after, cpu }: Pick<Described, 'entry' | 'after' | 'cpu'>,
  how: 'visit' | 'stop' | 'bare',
): Asking<Seen> {
  const details = yield* ask({ t: 'inspect', entry, after, cpu, how }, 'details');
  const addresses = differingPages(details.A.pages, details.B.pages);
  const pages = yield* ask({ t: 'read-pages', addresses: addresses.slice(0, PAGES_READ) }, 'pages');
  const { words, truncated } = diffPages(pages.A.pages, pages.B.pages);
  return { details, memory: words, truncated: truncated || addresses.length > PAGES_READ };
}

function differsNowhere(place: Place, { details, memory }: Seen): boolean {
  if (place.kind === 'event' || place.kind === 'timing' || memory.length > 0) return false;
  return registerPairs(details).every(([a, b]) => a.after === b.after);
}

/** Registers that both sides have: one that has run further knows of more vCPUs. They are listed vCPU by vCPU. */
function registerPairs({ A, B }: Seen['details']) {
  return A.registers.flatMap((register, i) => {
    const peer = B.registers[i];
    return peer ? [[register, peer] as const] : [];
  });
}

function addressesToName(
  found: Described,
  entryPc: number,
  insnPc: number | undefined,
  words: readonly { readonly address: number }[],
): number[] {
  const addresses = new Set([entryPc, found.pcAfter.A, found.pcAfter.B]);
  if (insnPc !== undefined) addresses.add(insnPc);
  for (const block of found.history) addresses.add(block.pc);
  for (const word of words) addresses.add(word.address);
  for (const side of SIDES) for (const block of found.trace[side]) addresses.add(block.pc);
  return [...addresses].slice(0, NAMES_READ);
}
