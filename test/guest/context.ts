// A block former in miniature for tests of a front end: translates given 16-bit units, one block.

import type { GuestIsa, TranslateContext } from '../../emulator/guest/isa.ts';
import { type IrBlock, IrBuilder } from '../../emulator/ir/ir.ts';
import { bytesOf } from '../../emulator/sequence/encode.ts';

export interface Translated {
  readonly block: IrBlock;
  readonly ctx: TranslateContext;
}

/** Translates instructions from `pc` on until one ends the block or the words are used up. */
export function translateWords(
  isa: GuestIsa,
  pc: number,
  words: readonly number[],
  options: { readonly userMode?: boolean } = {},
): Translated {
  const code = words.flatMap((word) => [...bytesOf(word)]);
  const b = new IrBuilder();
  b.block.reset(pc);
  const ctx: TranslateContext = {
    b,
    pc,
    nextPc: pc,
    word: 0,
    userMode: options.userMode ?? true,
    ended: false,
    endAfter: false,
    facts: 0,
    fetch16: (addr) => {
      const at = addr - pc;
      return at >= 0 && at + 1 < code.length ? code[at]! | (code[at + 1]! << 8) : -1;
    },
    change: () => true,
  };
  const { block } = b;
  while (!ctx.ended && !ctx.endAfter && ctx.pc - pc < code.length) {
    b.insnStart(block.insns, ctx.pc);
    const length = isa.translate(ctx);
    if (length === 0) break;
    block.insns++;
    block.size += length;
    ctx.pc += length;
  }
  if (!ctx.ended) b.gotoTb(0, ctx.pc);
  return { block, ctx };
}
