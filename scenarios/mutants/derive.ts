// How mutants are made: new-tcg with one pass put in front of its own, with one guest instruction lowered otherwise, or with
// one decision around translated code replaced. In front the code is as emitters leave it, so that the bug does not depend on what other passes do; every wrong
// rewrite asks for leave like a right one, and can be found by bisection.

import type { IrBlock, PassContext, TranslateContext } from '../../emulator/index.ts';
import {
  Op,
  type Operand,
  type Pass,
  type Policy,
  STRIDE,
  type Translator,
  translators,
} from '../../emulator/index.ts';

function newTcg(): Translator {
  const found = translators.find((translator) => translator.name === 'new-tcg');
  if (found === undefined) throw new Error('internal error: no translator new-tcg');
  return found;
}

/** new-tcg with `pass` run before its own passes. */
export function withPass(pass: Pass): Translator {
  const base = newTcg();
  return { ...base, name: `mutant:${pass.name}`, summary: pass.summary, passes: [pass, ...base.passes] };
}

/** new-tcg with the instructions of this mask and match lowered otherwise (translator.ts, Lowering). */
export function withLowering(
  name: string,
  summary: string,
  words: { readonly mask: number; readonly match: number },
  lower: (context: TranslateContext, from: number) => void,
): Translator {
  const base = newTcg();
  return { ...base, name: `mutant:${name}`, summary, lowerings: [{ rule: name, ...words, lower }] };
}

/** Visits the ops of the instruction just emitted, which begin at op `from`; not those the visit appends. What is appended may move `ops`. */
export function emitted(
  { b: { block } }: TranslateContext,
  from: number,
  visit: (at: { readonly block: IrBlock; readonly ops: Int32Array }, word: number) => void,
): void {
  for (let index = from, end = block.count; index < end; index++) visit({ block, ops: block.ops }, index * STRIDE);
}

/** Takes back the load or store just emitted; its base, displacement, register loaded (or NONE) and register stored. */
export function access({ b: { block } }: TranslateContext, from: number): [Operand, number, Operand, Operand] {
  const at = from * STRIDE;
  const { ops } = block;
  block.count = from;
  return [ops[at + 2]!, ops[at + 5]!, ops[at + 1]!, ops[at + 3]!];
}

/** new-tcg with decisions around translated code replaced. */
export function withPolicy(name: string, summary: string, policy: Policy): Translator {
  const base = newTcg();
  return { ...base, name: `mutant:${name}`, summary, policy: { ...base.policy, ...policy } };
}

/** Visits the ops of a block in order with the guest pc each belongs to; `at` is the op's first word. */
export function eachOp(block: IrBlock, visit: (op: number, at: number, pc: number) => void): void {
  let pc = block.pc;
  for (let index = 0; index < block.count; index++) {
    const at = index * STRIDE;
    const op = block.ops[at]!;
    if (op === Op.insn_start) pc = block.ops[at + 4]! * 4294967296 + (block.ops[at + 3]! >>> 0);
    visit(op, at, pc);
  }
}

/** A pass with one rule; `rewrite` visits ops and asks `change(pc)` before it makes one wrong. */
export function onePass(
  name: string,
  summary: string,
  sentence: string,
  rewrite: (block: IrBlock, change: (pc: number) => boolean) => void,
): Pass {
  return {
    name,
    summary,
    rules: { [name]: sentence },
    run(block: IrBlock, context: PassContext): void {
      rewrite(block, (pc) => context.change(name, pc));
    },
  };
}

/** new-tcg with what makes each of these another: their passes in front, their lowerings, their decisions. */
export function together(translators: readonly Translator[]): Translator {
  const base = newTcg();
  const own = translators.flatMap(({ passes }) => passes.filter((pass) => !base.passes.includes(pass)));
  const lowerings = translators.flatMap((translator) => translator.lowerings ?? []);
  const policy: Policy = Object.assign({}, ...translators.map((translator) => translator.policy));
  return {
    ...base,
    summary: translators.map(({ summary }) => summary).join('; '),
    passes: [...own, ...base.passes],
    ...(lowerings.length > 0 && { lowerings }),
    ...(Object.keys(policy).length > 0 && { policy }),
  };
}
