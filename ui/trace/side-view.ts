// One side of a recording as one walks along it: registers and memory after any instruction, who wrote what. A trace is
// at most a few thousand instructions: everything is found by going along it, with the last place kept. Pure.
//
// A position is the instruction count before an instruction; what is shown there is the state after it.

import type { RecordedSide, RecordedTrace } from '../../lockstep/index.ts';

export type Step = RecordedTrace['steps'][number];

/** What can be asked about: a register by its place in the list of all vCPUs', or bytes of memory. */
export type Target =
  | { readonly kind: 'register'; readonly index: number }
  | { readonly kind: 'bytes'; readonly address: number; readonly length: number };

const PAGE = 4096;

export class SideView {
  readonly record: RecordedSide;
  readonly start: number;
  readonly steps: readonly Step[];
  private readonly code: ReadonlyMap<number, RecordedTrace['code'][number]>;
  private readonly pages: ReadonlyMap<number, Uint8Array | null>;
  private known: { readonly icount: number; readonly values: readonly bigint[] } | undefined;

  constructor(record: RecordedSide, start: number) {
    this.record = record;
    this.start = start;
    this.steps = record.trace?.steps ?? [];
    this.code = new Map(record.trace?.code.map((insn) => [insn.pc, insn]));
    this.pages = new Map(record.trace?.pages.map(({ address, bytes }) => [address, bytes]));
  }

  /** The last position. */
  get last(): number {
    return this.start + this.steps.length - 1;
  }

  holds(icount: number): boolean {
    return icount >= this.start && icount <= this.last;
  }
  clamp(icount: number): number {
    return Math.max(this.start, Math.min(this.last, icount));
  }

  step(icount: number): Step | undefined {
    return this.steps[icount - this.start];
  }

  insn(pc: number): RecordedTrace['code'][number] | undefined {
    return this.code.get(pc);
  }

  /** All registers after the instruction at `icount`; before the first one for a position before the trace. */
  registers(icount: number): readonly bigint[] {
    if (this.known?.icount === icount) return this.known.values;
    const values = [...(this.record.trace?.initial ?? [])];
    for (let at = this.start; at <= Math.min(icount, this.last); at++)
      for (const { index, value } of this.step(at)!.registers) values[index] = value;
    this.known = { icount, values };
    return values;
  }

  /** Bytes after the instruction at `icount`; undefined where the recording has none. */
  bytes(address: number, length: number, icount: number): (number | undefined)[] {
    const out: (number | undefined)[] = [];
    for (let at = address; at < address + length; at++) {
      const page = this.pages.get(Math.floor(at / PAGE) * PAGE);
      out.push(page?.[at - Math.floor(at / PAGE) * PAGE]);
    }
    for (let at = this.start; at <= Math.min(icount, this.last); at++)
      for (const { address: from, after } of this.step(at)!.stores)
        for (let i = Math.max(0, address - from); i < after.length && from + i < address + length; i++)
          out[from + i - address] = after[i];
    return out;
  }

  writes(step: Step, target: Target): boolean {
    if (target.kind === 'register') return step.registers.some(({ index }) => index === target.index);
    return step.stores.some(
      ({ address, after }) => address < target.address + target.length && target.address < address + after.length,
    );
  }

  /** The nearest position before (-1) or after (1) `icount` whose instruction `matches`. */
  nearest(icount: number, direction: 1 | -1, matches: (step: Step) => boolean): number | undefined {
    for (let at = Math.min(icount + direction, this.last); at >= this.start && at <= this.last; at += direction)
      if (matches(this.step(at)!)) return at;
    return undefined;
  }

  /** Where the block begins that the instruction at `icount` belongs to. */
  blockStart(icount: number): number {
    return this.record.trace?.starts.findLast((start) => start <= icount) ?? this.start;
  }
  nextBlock(icount: number): number | undefined {
    return this.record.trace?.starts.find((start) => start > icount && start <= this.last);
  }
  isBlockStart(icount: number): boolean {
    return this.record.trace?.starts.includes(icount) ?? false;
  }

  /** The block being run, as the translator makes it. */
  block(icount: number): RecordedTrace['blocks'][number] | undefined {
    const pc = this.step(this.blockStart(icount))?.pc;
    return this.record.trace?.blocks.find((block) => block.pc === pc);
  }

  /** The name of a traced instruction, or of the place after one, where calls return to. */
  symbol(address: number): string | undefined {
    const known = this.code.get(address)?.symbol;
    if (known) return known;
    for (const length of [2, 4]) {
      const before = this.code.get(address - length);
      const named = before?.bytes.length === 2 * length && before.symbol;
      if (named) return shifted(named, length);
    }
    return undefined;
  }
}

/** `f+0x1a` moved on. */
function shifted(symbol: string, by: number): string {
  const [, name = symbol, offset = '0'] = /^(.*)\+0x([0-9a-f]+)$/.exec(symbol) ?? [];
  return `${name}+0x${(Number.parseInt(offset, 16) + by).toString(16)}`;
}
