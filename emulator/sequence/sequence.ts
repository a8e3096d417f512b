// A sequence of instructions with the state it starts from, as a list in which jumps name their targets, so that
// instructions can be taken out and the rest still means something.

import { hex } from '../bits.ts';
import { riscv64 } from '../guest/riscv64/index.ts';
import { baseTable, compressedTable } from '../guest/riscv64/tables.ts';
import { bytesOf, encode, type FieldValues } from './encode.ts';
import { CODE, CODE_SIZE, FAR, FAR_SIZE } from './layout.ts';

/** The place behind the last item, where the sequence ends by ebreak. */
export const END = -1;

export interface Item {
  /** Unique in the sequence, ascending. */
  readonly id: number;
  /** A row's name, or a word that is used as it is. */
  readonly code: string | number;
  readonly fields: FieldValues;
  /** imm is the distance to this item (or to the first one after where it was) … */
  readonly target?: number;
  /** … from this one; missing = from the item itself. */
  readonly from?: number;
}

export interface Sequence {
  readonly seed: number;
  /** Address of the first instruction. */
  readonly start: number;
  readonly items: readonly Item[];
  /** Items from this one on are in the far part (layout.ts). */
  readonly far?: number | undefined;
  /** x0 to x31 and f0 to f31 before the first instruction. */
  readonly x: readonly bigint[];
  readonly f: readonly bigint[];
  readonly fflags: number;
  readonly frm: number;
  /** mstatus.FS of a sequence for a machine with privilege levels; undefined for user mode. */
  readonly floatStatus: 0 | 1 | 2 | 3 | undefined;
  /** Contents of the data pages. */
  readonly data: Uint8Array;
  /** Forget the TLB before. */
  readonly coldTlb: boolean;
}

interface Placed {
  readonly address: number;
  readonly word: number;
}

export const sizeOf = ({ code }: Item): number =>
  typeof code === 'number' ? ((code & 3) === 3 ? 4 : 2) : code.startsWith('c.') ? 2 : 4;

/** The instructions with their addresses, the final ebreak last. Throws when a jump does not reach. */
export function place({ items, start, far = Number.POSITIVE_INFINITY }: Sequence): Placed[] {
  const addresses: number[] = [];
  let address = start;
  for (const item of items) {
    if (item.id >= far && address < FAR) address = FAR;
    addresses.push(address);
    address += sizeOf(item);
  }
  const end = address;
  const addressOf = (id: number): number => {
    if (id === END) return end;
    // Ids ascend: the first item that is not before `id`.
    let [low, high] = [0, items.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (items[middle]!.id < id) low = middle + 1;
      else high = middle;
    }
    return addresses[low] ?? end;
  };
  const placed = items.map((item, n): Placed => {
    const here = addresses[n]!;
    if (typeof item.code === 'number') return { address: here, word: item.code };
    const { code, fields, target, from } = item;
    const imm = target === undefined ? {} : { imm: addressOf(target) - (from === undefined ? here : addressOf(from)) };
    return { address: here, word: encode(code, { ...fields, ...imm }) };
  });
  placed.push({ address: end, word: encode('ebreak', {}) });
  return placed;
}

const codes = new WeakMap<Sequence, Uint8Array>();

/** The two code pages and the far one where there is one, not to be written to; what lies behind them is lost. Placed once, however often a sequence is run. */
export function codeOf(sequence: Sequence): Uint8Array {
  const known = codes.get(sequence);
  if (known) return known;
  const code = new Uint8Array(CODE_SIZE + (sequence.far === undefined ? 0 : FAR_SIZE));
  for (const { address, word } of place(sequence)) {
    const isFar = address >= FAR;
    const [from, end] = isFar ? [FAR - CODE_SIZE, code.length] : [CODE, CODE_SIZE];
    const size = (word & 3) === 3 ? 4 : 2;
    for (let k = 0, at = address - from; k < size && at < end; k++, at++) code[at] = word >>> (8 * k);
  }
  codes.set(sequence, code);
  return code;
}

/** One line an instruction. */
export function listing(sequence: Sequence): string {
  return place(sequence)
    .map(({ address, word }) => {
      const bytes = bytesOf(word);
      const bits = (word >>> 0).toString(16).padStart(2 * bytes.length, '0');
      return `  ${hex(address)}  ${bits.padEnd(8)}  ${riscv64.disassemble(address, bytes)}`;
    })
    .join('\n');
}

/** Names of the decode rows in a sequence, as base rows and as compressed ones; words that are no instruction are left out. */
export function rowsOf(sequence: Sequence): string[] {
  const rows: string[] = [];
  for (const { word } of place(sequence)) {
    const table = (word & 3) === 3 ? baseTable() : compressedTable();
    const row = table.rows[table.find(word)];
    if (row) rows.push(row.name);
  }
  return rows;
}
