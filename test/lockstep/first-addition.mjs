// The place of a mistake for translators of tests: the first addition of a block that is the guest's own.

import { Op, STRIDE } from '../../emulator/index.ts';
import { SLOT_CELLS, TEMP_BASE } from '../../emulator/memory/layout.ts';

/** Cells of plugins: what hooks add to these is not the guest's. */
const isCell = (operand) => operand >= SLOT_CELLS && operand < TEMP_BASE;

/** Index into `ops`; undefined when there is none. */
export function firstAddition({ ops, count }) {
  for (let at = 0; at < count * STRIDE; at += STRIDE) if (ops[at] === Op.add && !isCell(ops[at + 1])) return at;
  return undefined;
}
