// The smallest part of a sequence that still shows a fault: instructions are taken out as long as it does, then operands
// made zero, then the values in registers and memory.

import { FIELD_NAMES, type FieldName } from '../guest/riscv64/formats.ts';
import { baseTable } from '../guest/riscv64/tables.ts';
import type { Item, Sequence } from './sequence.ts';

/** `shows` must hold for `sequence`. An arrangement that cannot be placed does not show it. */
export async function shrink(sequence: Sequence, shows: (candidate: Sequence) => Promise<boolean>): Promise<Sequence> {
  const still = async (candidate: Sequence): Promise<boolean> => {
    try {
      return await shows(candidate);
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('cannot encode')) return false;
      throw error;
    }
  };
  let best = sequence;
  for (let size = Math.ceil(best.items.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.items.length; ) {
      const candidate = { ...best, items: best.items.toSpliced(at, size) };
      if (await still(candidate)) best = candidate;
      else at += size;
    }
  }
  for (let n = 0; n < best.items.length; n++) {
    for (const item of simpler(best.items[n]!)) {
      const candidate = { ...best, items: best.items.with(n, item) };
      if (!(await still(candidate))) continue;
      best = candidate;
      n--;
      break;
    }
  }
  for (const file of ['x', 'f'] as const) {
    for (let n = 0; n < 32; n++) {
      for (const value of [0n, 1n, best[file][n]! & 0xffn, best[file][n]! & 0xffffffffn]) {
        if (best[file][n]! <= value) continue;
        const candidate = { ...best, [file]: best[file].with(n, value) };
        if (!(await still(candidate))) continue;
        best = candidate;
        break;
      }
    }
  }
  for (const [key, value] of [
    ['data', new Uint8Array(best.data.length)],
    ['fflags', 0],
    ['frm', 0],
    ['coldTlb', true],
  ] as const) {
    const candidate = { ...best, [key]: value };
    if (await still(candidate)) best = candidate;
  }
  return best;
}

const SIMPLER: readonly FieldName[] = ['rs3', 'rs2', 'rs1', 'imm', 'rd', 'aqrl', 'rm'];

/** The item with one operand zero that is not. */
function simpler(item: Item): Item[] {
  const { code } = item;
  return typeof code === 'number' ? simplerWords(code).map((word) => ({ ...item, code: word })) : [];
}

/** The 32-bit instruction with one operand zero that is not: x0, f0, or no distance. None of 16-bit ones. */
export function simplerWords(word: number): number[] {
  if ((word & 3) !== 3) return [];
  const table = baseTable();
  const row = table.find(word | 0);
  if (row < 0) return [];
  const values = new Int32Array(FIELD_NAMES.length);
  table.extract(row, word | 0, values);
  const given = table.fieldsOf(row);
  return SIMPLER.flatMap((name) => {
    const at = FIELD_NAMES.indexOf(name);
    if (!given.has(at) || values[at] === 0) return [];
    const made = table.encode(row, values.with(at, 0));
    return made === undefined ? [] : [made >>> 0];
  });
}
