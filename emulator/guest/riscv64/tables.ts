// The compiled decode tables of RV64GC with Zba, Zbb and Zbs: one of 32-bit words, one of 16-bit words. Made when first
// asked for, by the disassembler or the reference model; an overlap or a malformed row fails then. Translation has the
// same tables as code (decoder.ts).

import { must } from '../../must.ts';
import { PatternTable } from '../pattern.ts';
import { decoderSource } from '../pattern-source.ts';
import { FIELD_NAMES, Fields, type RiscvRow } from './formats.ts';
import { C_ROWS, type CompressedRow } from './rows/c.ts';
import { BASE_ROWS } from './rows/index.ts';

let base: PatternTable<RiscvRow> | undefined;
let compressed: PatternTable<CompressedRow> | undefined;
let expanded: Int32Array | undefined;

export function baseTable(): PatternTable<RiscvRow> {
  base ??= new PatternTable<RiscvRow>(32, BASE_ROWS, FIELD_NAMES);
  return base;
}

export function compressedTable(): PatternTable<CompressedRow> {
  compressed ??= new PatternTable(16, C_ROWS, FIELD_NAMES);
  return compressed;
}

/** Per compressed row, the row of the base table it stands for. */
export function expansion(): Int32Array {
  expanded ??= Int32Array.from(C_ROWS, (row, index) => {
    const as = BASE_ROWS.findIndex(({ name }) => name === row.as);
    const given = compressedTable().fieldsOf(index);
    const missing = [...baseTable().fieldsOf(as)].filter((field) => !given.has(field));
    must(missing.length === 0, `${row.name} leaves ${missing.map((field) => FIELD_NAMES[field])} of ${row.as} open`);
    return as;
  });
  return expanded;
}

/** The text of decoder.ts. */
export function decoderText(): string {
  const fields = new Set(Object.keys(new Fields()));
  const wide = { table: baseTable(), name: 'decode32', fields, result: (index: number) => index };
  const narrow = { table: compressedTable(), name: 'decode16', fields, result: (index: number) => expansion()[index]! };
  return `// The decode tables as code, written from the rows by tables.ts: UPDATE_GOLDENS=1 in the test of this file writes it anew.
// Each function puts the fields of \`word\` into \`f\` and returns its row among BASE_ROWS, -1 when it is no instruction.

import type { Fields } from './formats.ts';

${decoderSource(wide)}
${decoderSource(narrow)}`;
}
