// Runs the passes of a translator over one block. The passes share the block in place; what they leave as nops is
// squeezed out at the end.

import type { IrBlock } from '../ir/ir.ts';
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
  return (block, guestBytes, after) => {
    if (passes.length === 0) return;
    log.beginPasses(guestBytes);
    for (let i = 0; i < passes.length; i++) {
      passes[i]!.run(block, contexts[i]!);
      after?.(passes[i]!, block);
    }
    removeNops(block);
  };
}
