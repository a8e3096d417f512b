// What a user's translator module is handed when its default export is a function: the names with which passes are
// written. A module on its own cannot import them, because the build is one bundle.

import { IrBuilder, isConst, isGlobal, isTemp, NONE, STRIDE } from '../ir/ir.ts';
import { CONDS, Cond, MEM_ALIGN, MEM_BIG, MEM_RMW, MEM_SIGN, MEM_SIZE, OPS, Op } from '../ir/op.ts';
import { parseBlock, printBlock } from '../ir/text.ts';
import { passes } from '../passes/index.ts';

// What modules in TypeScript name besides: `import type { … } from 'lockstep/translator'`.
export type { IrBlock } from '../ir/ir.ts';
export type { Pass, PassContext } from '../passes/pass.ts';
export type { Lowering, Policy, Translator, Tuning } from './translator.ts';

export const kit = {
  Op,
  OPS,
  Cond,
  CONDS,
  STRIDE,
  NONE,
  isConst,
  isTemp,
  isGlobal,
  MEM_SIZE,
  MEM_SIGN,
  MEM_RMW,
  MEM_ALIGN,
  MEM_BIG,
  IrBuilder,
  printBlock,
  parseBlock,
  /** The standard passes, in the order of new-tcg. */
  passes,
} as const;
export type TranslatorKit = typeof kit;
