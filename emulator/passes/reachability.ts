// Removes what control cannot reach. Shared by the passes that turn conditional branches into plain ones: the verifier
// lets nothing but a label follow an op that ends the block.

import { type IrBlock, STRIDE } from '../ir/ir.ts';
import { BR, BRCOND, deleteOp, ENDS, LABEL, NOP, TARGET } from './op-facts.ts';

let referenced = new Uint8Array(64);

/**
 * Deletes unreachable ops and labels nothing branches to. `mayDelete` is asked once for each stretch of unreachable
 * ops and for each reachable label; without it everything goes.
 */
export function removeUnreachable(block: IrBlock, mayDelete?: (at: number, unreachable: boolean) => boolean): void {
  if (block.labelCount > referenced.length) referenced = new Uint8Array(block.labelCount * 2);
  referenced.fill(0, 0, block.labelCount);
  const ops = block.ops;
  const end = block.count * STRIDE;
  let reachable = true;
  let deleting = false;
  for (let at = 0; at < end; at += STRIDE) {
    const op = ops[at]!;
    if (op === NOP) continue;
    // Branches go forward only: all that lead to this label have been seen.
    if (op === LABEL && referenced[ops[at + TARGET]!] === 1) {
      reachable = true;
      deleting = false;
    } else if (!reachable) {
      deleting ||= mayDelete === undefined || mayDelete(at, true);
      if (deleting) {
        deleteOp(ops, at);
        continue;
      }
      // A stretch that must stay keeps its branches, and so their labels.
      reachable = true;
    } else if (op === LABEL && (mayDelete === undefined || mayDelete(at, false))) {
      deleteOp(ops, at);
      continue;
    }
    if (op === BRCOND || op === BR) referenced[ops[at + TARGET]!] = 1;
    if (ENDS[op] === 1) reachable = false;
  }
}

/** Squeezes the nops out. */
export function removeNops(block: IrBlock): void {
  const ops = block.ops;
  const end = block.count * STRIDE;
  let to = 0;
  while (to < end && ops[to] !== NOP) to += STRIDE;
  for (let at = to; at < end; at += STRIDE) {
    if (ops[at] === NOP) continue;
    for (let k = 0; k < STRIDE; k++) ops[to + k] = ops[at + k]!;
    to += STRIDE;
  }
  block.count = to / STRIDE;
}
