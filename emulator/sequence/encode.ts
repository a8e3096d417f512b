// Instruction words by the name of their decode row: the assembler's other half. Unknown names and fields that do not fit
// throw; what is thrown begins with `cannot encode` where another distance or operand might fit.

import { FIELD_NAMES, type FieldName } from '../guest/riscv64/formats.ts';
import { C_ROWS } from '../guest/riscv64/rows/c.ts';
import { BASE_ROWS } from '../guest/riscv64/rows/index.ts';
import { baseTable, compressedTable } from '../guest/riscv64/tables.ts';

export type FieldValues = Partial<Record<FieldName, number>>;

type Table = ReturnType<typeof baseTable> | ReturnType<typeof compressedTable>;

/** What it takes to encode a row; found once a name. */
interface Encoding {
  readonly table: Table;
  readonly index: number;
  readonly compressed: boolean;
  /** Numbers of the fields that always have the same value, with that. */
  readonly fixed: readonly (readonly [number, number])[];
  readonly wanted: ReadonlySet<number>;
}

const FIELD_AT = Object.fromEntries(FIELD_NAMES.map((name, n) => [name, n])) as Readonly<Record<FieldName, number>>;
const encodings = new Map<string, Encoding>();

function encodingOf(name: string): Encoding {
  const known = encodings.get(name);
  if (known) return known;
  const compressed = name.startsWith('c.');
  const index = (compressed ? C_ROWS : BASE_ROWS).findIndex((row) => row.name === name);
  if (index < 0) throw new Error(`no instruction ${name}`);
  const table = compressed ? compressedTable() : baseTable();
  const fixed = Object.entries(table.rows[index]!.fmt.fixed ?? {});
  const made: Encoding = {
    table,
    index,
    compressed,
    fixed: fixed.map(([field, value]) => [FIELD_AT[field as FieldName], value]),
    wanted: table.fieldsOf(index),
  };
  encodings.set(name, made);
  return made;
}

/** Fields of the instruction that is being made. */
const values = new Int32Array(FIELD_NAMES.length);

/** The word of a 32-bit or (`c.…`) 16-bit instruction; throws when a field does not fit. */
export function encode(name: string, fields: FieldValues): number {
  const { table, index, compressed, fixed, wanted } = encodingOf(name);
  values.fill(0);
  for (const [at, value] of fixed) values[at] = value;
  // A letter may fill two fields (rd and rs1 of compressed forms): either name will do.
  if (fields.rd !== undefined && compressed && wanted.has(FIELD_AT.rs1)) values[FIELD_AT.rs1] = fields.rd;
  for (const field in fields) {
    const value = fields[field as FieldName];
    const at = FIELD_AT[field as FieldName];
    if (value !== undefined && wanted.has(at)) values[at] = value;
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
