// The decoder joined with the emitters: one instruction from bytes to IR.

import { TEMP_BASE, TEMP_LIMIT } from '../../memory/layout.ts';
import type { TranslateContext } from '../isa.ts';
import { decode16, decode32 } from './decoder.ts';
import { type Emit, illegal } from './emit/emitter.ts';
import { EMITTERS } from './emit/index.ts';
import { Fields } from './formats.ts';
import { instructionLength } from './length.ts';
import { BASE_ROWS } from './rows/index.ts';

/** A block that uses this many temporaries ends, whatever its length: hooks and passes need the rest. */
const TEMPS_PER_BLOCK = ((TEMP_LIMIT - TEMP_BASE) * 3) / 4;

const emitters: readonly Emit[] = BASE_ROWS.map(({ name }) => EMITTERS[name]);
const fields = new Fields();

/** As GuestIsa.translate. */
export function translate(ctx: TranslateContext): number {
  const first = ctx.fetch16(ctx.pc);
  if (first < 0) return 0;
  const length = instructionLength(first);
  let word = first;
  if (length === 4) {
    const second = ctx.fetch16(ctx.pc + 2);
    if (second < 0) return 0;
    word |= second << 16;
  }
  ctx.word = word;
  ctx.nextPc = ctx.pc + length;
  const row = length === 4 ? decode32(word, fields) : decode16(word, fields);
  if (row < 0) {
    illegal(ctx);
    return length;
  }
  emitters[row]!(ctx, fields);
  if (ctx.b.block.tempCount > TEMPS_PER_BLOCK) ctx.endAfter = true;
  return length;
}
