// The compiled decode tables of RV64GC with Zba, Zbb and Zbs: one of 32-bit words, one of 16-bit words. Made when this
// file is loaded; an overlap or a malformed row fails then.

import { must } from '../../must.ts';
import { PatternTable } from '../pattern.ts';
import { FIELD_NAMES, type RiscvRow } from './formats.ts';
import { C_ROWS, type CompressedRow } from './rows/c.ts';
import { BASE_ROWS } from './rows/index.ts';

export const BASE_TABLE: PatternTable<RiscvRow> = new PatternTable<RiscvRow>(32, BASE_ROWS, FIELD_NAMES);
export const COMPRESSED_TABLE: PatternTable<CompressedRow> = new PatternTable(16, C_ROWS, FIELD_NAMES);

/** Per compressed row, the row of the base table it stands for. */
export const EXPANSION: Int32Array = Int32Array.from(C_ROWS, (row, index) => {
  const base = BASE_ROWS.findIndex(({ name }) => name === row.as);
  const given = COMPRESSED_TABLE.fieldsOf(index);
  const missing = [...BASE_TABLE.fieldsOf(base)].filter((field) => !given.has(field));
  must(missing.length === 0, `${row.name} leaves ${missing.map((field) => FIELD_NAMES[field])} of ${row.as} open`);
  return base;
});
