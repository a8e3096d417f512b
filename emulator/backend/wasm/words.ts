// Registers that a loop hands on as words from one round to the next: beside the 64 bits, which nothing but an exit may look
// at, a local of 32 holds their low half. Without it the extension stands between one round's result and the next one's use.

import { STRIDE } from '../../ir/ir.ts';
import { Op } from '../../ir/op.ts';
import { SLOT_ISA, TEMP_BASE } from '../../memory/layout.ts';
import { NARROW, PART, WIDE } from './narrow.ts';
import { type BlockScan, HAS_OUTPUT, INPUTS } from './scan.ts';

/** Each is one more local that is live throughout. */
const MOST = 6;

type ScannedBlock = Pick<BlockScan, 'ir' | 'live' | 'narrow'>;

/** Slots of registers that blocks which jump to themselves begin by reading as words and leave as words. */
export function carriedWords(blocks: readonly (ScannedBlock & Pick<BlockScan, 'targets'>)[]): number[] {
  const words = new Set<number>();
  for (const [number, block] of blocks.entries()) {
    if (block.targets.includes(number)) for (const slot of carriedBy(block)) words.add(slot);
  }
  return [...words].slice(0, MOST);
}

function carriedBy({ ir, live, narrow }: ScannedBlock): number[] {
  const { ops, count } = ir;
  const read = new Set<number>();
  /** By register written so far: whether it was last written as a word. */
  const written = new Map<number, boolean>();
  for (let index = 0, at = 0; index < count; index++, at += STRIDE) {
    if (live[index] === 0) continue;
    if (narrow[index] !== WIDE)
      for (let inputs = INPUTS[ops[at]!]!, field = at + 2; inputs !== 0; inputs >>= 1, field++) {
        const x = ops[field]!;
        if ((inputs & 1) !== 0 && x >= SLOT_ISA && x < TEMP_BASE && !written.has(x)) read.add(x);
      }
    if (HAS_OUTPUT[ops[at]!] !== 0 && narrow[index] !== PART)
      written.set(ops[at + 1]!, narrow[index] === NARROW && ops[at] !== Op.setcond);
  }
  return [...read].filter((slot) => written.get(slot) === true);
}
