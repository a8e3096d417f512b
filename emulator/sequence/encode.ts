// Instruction words by the name of their decode row: the assembler's other half. Unknown names and fields that do not fit
// throw; what is thrown begins with `cannot encode` where another distance or operand might fit.

import { FIELD_NAMES, type FieldName } from '../guest/riscv64/formats.ts';
import { C_ROWS } from '../guest/riscv64/rows/c.ts';
import { BASE_ROWS } from '../guest/riscv64/rows/index.ts';
import { baseTable, compressedTable } from '../guest/riscv64/tables.ts';

export type FieldValues = Partial<Record<FieldName, number>>;

const baseIndex = new Map<string, number>(BASE_ROWS.map((row, i) => [row.name, i]));
const compressedIndex = new Map<string, number>(C_ROWS.map((row, i) => [row.name, i]));

/** The word of a 32-bit or (`c.…`) 16-bit instruction; throws when a field does not fit. */
export function encode(name: string, fields: FieldValues): number {
  const compressed = name.startsWith('c.');
  const table = compressed ? compressedTable() : baseTable();
  const index = (compressed ? compressedIndex : baseIndex).get(name);
  if (index === undefined) throw new Error(`no instruction ${name}`);
  const values = new Int32Array(FIELD_NAMES.length);
  for (const [field, value] of Object.entries(table.rows[index]!.fmt.fixed ?? {})) {
    values[FIELD_NAMES.indexOf(field as FieldName)] = value;
  }
  // A letter may fill two fields (rd and rs1 of compressed forms): either name will do.
  const both = compressed && fields.rd !== undefined && fields.rs1 === undefined ? { rs1: fields.rd } : {};
  const wanted = table.fieldsOf(index);
  for (const [field, value] of Object.entries({ ...both, ...fields })) {
    const at = FIELD_NAMES.indexOf(field as FieldName);
    if (wanted.has(at)) values[at] = value;
  }
  const word = table.encode(index, values);
  if (word === undefined) throw new Error(`cannot encode ${name} ${JSON.stringify(fields)}`);
  return word >>> 0;
}

/** The bytes of a 16- or 32-bit instruction word. */
export function bytesOf(word: number): Uint8Array {
  const length = (word & 3) === 3 ? 4 : 2;
  return Uint8Array.from({ length }, (_, i) => (word >>> (8 * i)) & 255);
}
