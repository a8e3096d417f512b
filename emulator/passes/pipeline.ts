// Runs the passes of a translator over one block. The passes share the block in place; what they leave as nops is
// squeezed out at the end.

import { type IrBlock, STRIDE } from '../ir/ir.ts';
import { OPS, Op } from '../ir/op.ts';
import type { ChangeLog } from './change.ts';
import type { Pass } from './pass.ts';
import { removeNops } from './reachability.ts';

/** Runs all passes over `block`, whose guest code `guestBytes` reads. `after` looks at the block behind each pass. */
export type Pipeline = (
  block: IrBlock,
  guestBytes: () => Uint8Array,
  after?: (pass: Pass, block: IrBlock) => void,
) => void;

/** The pipeline of `passes` asking `log`. */
export function makePipeline(passes: readonly Pass[], log: ChangeLog): Pipeline {
  const contexts = passes.map((pass) => log.context(pass.name));
  const wants = wantsByOp(passes);
  return (block, guestBytes, after) => {
    if (passes.length === 0) return;
    log.beginPasses(guestBytes);
    let wanted = wants === undefined ? -1 : wantedBy(block, wants);
    for (let i = 0; i < passes.length; i++) {
      const pass = passes[i]!;
      if ((wanted >> i) & 1) {
        const granted = log.granted;
        pass.run(block, contexts[i]!);
        // What a pass puts in, a later one may need. One that does not say what it needs may be anybody's.
        if (wants !== undefined && (log.granted !== granted || pass.needs === undefined))
          wanted |= wantedBy(block, wants);
      }
      after?.(pass, block);
    }
    removeNops(block);
  };
}

/** By op: a bit for each pass that needs it, or that always runs. Undefined when there are too many passes. */
function wantsByOp(passes: readonly Pass[]): Int32Array | undefined {
  if (passes.length > 31) return undefined;
  const wants = new Int32Array(OPS.length);
  for (const [i, { needs }] of passes.entries()) {
    if (needs === undefined) for (let op = 0; op < OPS.length; op++) wants[op]! |= 1 << i;
    else for (const name of needs) wants[Op[name]]! |= 1 << i;
  }
  return wants;
}

/** A bit for each pass with something to do in the block. */
function wantedBy(block: IrBlock, wants: Int32Array): number {
  const ops = block.ops;
  let wanted = 0;
  for (let at = 0, end = block.count * STRIDE; at < end; at += STRIDE) wanted |= wants[ops[at]!]!;
  return wanted;
}
