// The place of a mistake for translators of tests: the first addition of a block that is the guest's own.

import { Op, STRIDE } from '../../emulator/index.ts';

/** Slots in the vCPU's environment that are cells of plugins: what hooks add to these is not the guest's. */
const CELLS = { from: 448, to: 512 };

/** Index into `ops`; undefined when there is none. */
export function firstAddition({ ops, count }) {
  for (let at = 0; at < count * STRIDE; at += STRIDE)
    if (ops[at] === Op.add && !(ops[at + 1] >= CELLS.from && ops[at + 1] < CELLS.to)) return at;
  return undefined;
}
