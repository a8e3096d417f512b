// The report as one JSON object: what `--json` prints and what every other form of it is made from. Its schema number
// rises with any change of meaning. 64-bit values are "0x…" strings; instruction counts are numbers. Pure.

import type { Divergence, DivergenceClass, DivergenceKind, LookedBack, Outcome } from '../evidence.ts';
import type { Details, EventRecord, Side } from '../protocol.ts';

export const REPORT_SCHEMA = 1;

export interface Report {
  readonly schema: number;
  readonly verdict: 'same' | 'diverged' | 'inconclusive';
  readonly class: DivergenceClass;
  readonly kind: DivergenceKind | null;
  /** One sentence. */
  readonly summary: string;
  readonly program: string;
  readonly isa: string;
  /** Instructions up to which both sides agree, at least. */
  readonly instructions: number;
  readonly windows: number;
  /** Windows in which the sides cut the same stream into different blocks. */
  readonly skewed: number;
  readonly end: ReportEnd | null;
  /** Where: the block that starts at the last point of agreement. */
  readonly at: ReportPlace | null;
  /** The block that shows it first at the ends of windows or in registers and memory, where that is a later one. */
  readonly later: { readonly pc: string; readonly symbol: string | null; readonly icount: number } | null;
  readonly a: ReportSide;
  readonly b: ReportSide;
  /** Registers that differ after the block. */
  readonly registers: readonly ReportRegister[];
  readonly memory: readonly {
    readonly address: string;
    readonly symbol: string | null;
    readonly a: string | null;
    readonly b: string | null;
  }[];
  readonly memoryTruncated: boolean;
  /** Who is wrong, in the opinion of a third translator; there when one was asked. */
  readonly third?: ReportThird;
  readonly event: { readonly a: ReportEvent | null; readonly b: ReportEvent | null } | null;
  /** What has been compared block by block beside the ends of windows; null: nothing. */
  readonly lookBack: LookedBack | null;
  /** Blocks before the bad one on side A, oldest first. */
  readonly history: readonly ReportBlock[];
  /** Lines in the format of QEMU's lockstep plugin. */
  readonly qemu: readonly string[];
  readonly notes: readonly string[];
  /** Commands to type next. Filled in by whoever knows the command line. */
  readonly next: readonly string[];
}

export interface ReportThird {
  readonly translator: string;
  /** `entry`: all three ran the bad block from its entry state; `start`: each side was run against it from the start of the guest. */
  readonly from: 'entry' | 'start';
  /** Up to the end of the bad block; null: could not be told. */
  readonly agreesWithA: boolean | null;
  readonly agreesWithB: boolean | null;
  readonly wrong: 'a' | 'b' | 'both' | 'unknown';
}
export interface ReportEnd {
  readonly kind: string;
  readonly code: number | null;
  readonly reason: string | null;
}
export interface ReportPlace {
  readonly pc: string;
  readonly symbol: string | null;
  readonly icount: number;
  /** Number of the block among those side A has run, from 0. */
  readonly block: number;
  readonly insns: number;
  readonly cpu: number;
  /** The first bad instruction, where it could be told. */
  readonly insn: {
    readonly pc: string;
    readonly index: number;
    readonly icount: number;
    readonly text: string | null;
  } | null;
}
export interface ReportBlock {
  readonly pc: string;
  readonly symbol: string | null;
  readonly icount: number;
  readonly insns: number;
}
export interface ReportRegister {
  readonly name: string;
  readonly cpu: number;
  /** Before the block, on both sides. */
  readonly before: string;
  readonly a: string;
  readonly b: string;
}
export interface ReportEvent {
  readonly kind: string;
  readonly icount: number;
  readonly text: string;
}
export interface ReportSide {
  readonly translator: string;
  /** Blocks run up to where the run ended, or before the bad one. */
  readonly blocks: number;
  /** After the bad block. */
  readonly pc: string | null;
  readonly symbol: string | null;
  readonly icount: number | null;
  /** How the guest ended in the window of the divergence, if it did. */
  readonly end: ReportEnd | null;
  readonly block: {
    readonly pc: string;
    readonly insns: readonly { readonly pc: string; readonly bytes: string; readonly text: string }[];
    readonly ir: string;
    readonly irOptimised: string;
  } | null;
}

export type Finished = Exclude<Outcome, { readonly verdict: 'failed' }>;

/** 64 bits, two's complement, without leading zeros. */
export function hexOf(value: number | bigint): string {
  return `0x${BigInt.asUintN(64, BigInt(value)).toString(16)}`;
}

export function reportOf(outcome: Finished): Report {
  const divergence = outcome.verdict === 'diverged' ? outcome.divergence : undefined;
  return {
    schema: REPORT_SCHEMA,
    verdict: outcome.verdict,
    class: divergence?.class ?? (outcome.verdict === 'same' && outcome.skewed > 0 ? 'skew' : 'none'),
    kind: divergence?.kind ?? null,
    summary: summaryOf(outcome),
    program: outcome.program,
    isa: outcome.isa,
    instructions: divergence?.entry ?? outcome.icount,
    windows: outcome.windows,
    skewed: outcome.skewed,
    end: outcome.verdict === 'same' ? outcome.end : null,
    at: divergence ? placeOf(divergence) : null,
    later: laterOf(outcome),
    a: sideOf(outcome, 'A', divergence),
    b: sideOf(outcome, 'B', divergence),
    registers: divergence ? registersOf(divergence.details.A, divergence.details.B) : [],
    memory: (divergence?.memory ?? []).map((word) => ({
      address: hexOf(word.address),
      symbol: divergence?.symbols.get(word.address) ?? null,
      a: word.a === undefined ? null : hexOf(word.a),
      b: word.b === undefined ? null : hexOf(word.b),
    })),
    memoryTruncated: divergence?.memoryTruncated ?? false,
    event: divergence?.event ? { a: eventOf(divergence.event.a), b: eventOf(divergence.event.b) } : null,
    lookBack: outcome.lookedBack ?? null,
    history: (divergence?.history ?? []).map((block) => ({
      pc: hexOf(block.pc),
      symbol: divergence?.symbols.get(block.pc) ?? null,
      icount: block.icount,
      insns: block.insns,
    })),
    qemu: divergence ? qemuLines(divergence) : [],
    notes: outcome.notes,
    next: [],
  };
}

function summaryOf(outcome: Finished): string {
  switch (outcome.verdict) {
    case 'same':
      return `No divergence in ${outcome.icount} instructions.`;
    case 'inconclusive':
      return `Inconclusive: ${outcome.reason}.`;
    case 'diverged': {
      const d = outcome.divergence;
      const pc = hexOf(d.details.A.entryPc);
      const symbol = d.symbols.get(d.details.A.entryPc);
      const where = `in the block at ${pc}${symbol ? ` (${symbol})` : ''}, after ${d.entry} instructions`;
      return `${d.class === 'real' ? 'Real' : 'Transient'} ${d.kind} divergence ${where}.`;
    }
  }
}

function laterOf(outcome: Finished): Report['later'] {
  const later = outcome.verdict === 'diverged' ? outcome.later : undefined;
  if (!later) return null;
  const { entryPc } = later.details.A;
  return { pc: hexOf(entryPc), symbol: later.symbols.get(entryPc) ?? null, icount: later.entry };
}

function placeOf(d: Divergence): ReportPlace {
  const pc = d.details.A.entryPc;
  const insn = d.insn;
  const text =
    insn &&
    [d.details.A, d.details.B].flatMap((side) => side.block?.insns ?? []).find((row) => row.pc === insn.pc)?.text;
  return {
    pc: hexOf(pc),
    symbol: d.symbols.get(pc) ?? null,
    icount: d.entry,
    block: d.ordinals.A,
    insns: d.insns.A || d.insns.B || d.after - d.entry,
    cpu: d.cpu,
    insn: insn ? { pc: hexOf(insn.pc), index: insn.index, icount: insn.icount, text: text ?? null } : null,
  };
}

function sideOf(outcome: Finished, side: Side, d: Divergence | undefined): ReportSide {
  const block = d?.details[side].block;
  const pc = d?.pcAfter[side];
  return {
    translator: outcome.sides[side].translator,
    blocks: d ? d.ordinals[side] : outcome.sides[side].blocks,
    pc: pc === undefined ? null : hexOf(pc),
    symbol: pc === undefined ? null : (d?.symbols.get(pc) ?? null),
    icount: d?.after ?? null,
    end: d?.ends[side] ?? null,
    block: block
      ? {
          pc: hexOf(block.pc),
          insns: block.insns.map((insn) => ({ pc: hexOf(insn.pc), bytes: insn.bytes, text: insn.text })),
          ir: block.ir,
          irOptimised: block.irOptimised,
        }
      : null,
  };
}

function registersOf(a: Details, b: Details): ReportRegister[] {
  const right = new Map(b.registers.map((register) => [`${register.cpu} ${register.name}`, register]));
  return a.registers.flatMap((register) => {
    const peer = right.get(`${register.cpu} ${register.name}`);
    if (!peer || peer.after === register.after) return [];
    const { name, cpu, entry, after } = register;
    return [{ name, cpu, before: hexOf(entry), a: hexOf(after), b: hexOf(peer.after) }];
  });
}

function eventOf(event: EventRecord | undefined): ReportEvent | null {
  return event ? { kind: event.kind, icount: event.icount, text: event.text } : null;
}

function padded(value: number): string {
  return BigInt.asUintN(64, BigInt(value)).toString(16).padStart(16, '0');
}

/**
 * The lines QEMU's plugin would print from the bad block on: one a mismatching block, until three in a row, then the
 * counts and the last blocks run. Where no address differs (a data divergence) only the latter.
 */
export function qemuLines(d: Divergence): string[] {
  const lines: string[] = [];
  let sinceLast = 0;
  let records = 0;
  let previousWasNext = false;
  const a = d.trace.A.filter((block) => block.icount >= d.after);
  const b = d.trace.B.filter((block) => block.icount >= d.after);
  if (d.kind === 'path') {
    for (let i = 0; i < Math.min(a.length, b.length); i++) {
      sinceLast++;
      if (a[i]!.pc === b[i]!.pc) continue;
      const since = records === 0 ? 0 : sinceLast;
      records++;
      lines.push(`@ 0x${padded(a[i]!.pc)} vs 0x${padded(b[i]!.pc)} (${records}/${since} since last)`);
      if (since === 1 && previousWasNext) break;
      previousWasNext = since === 1;
      sinceLast = 0;
    }
  }
  lines.push(`Δ insn_count @ 0x${padded(d.pcAfter.A)} (${d.after}) vs 0x${padded(d.pcAfter.B)} (${d.after})`);
  const run = [...d.history, ...d.trace.A].filter((block) => block.icount < d.after);
  let after = d.after;
  for (const block of run.reverse().slice(0, 5)) {
    lines.push(`  previously @ 0x${padded(block.pc)}/${after - block.icount} (${after} insns)`);
    after = block.icount;
  }
  return lines;
}
