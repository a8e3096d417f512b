// Runs a capsule on its two translators, on others, and on the reference model: who is wrong, from which instruction on, in
// which registers and bytes. Each translator runs as it is and with everything compiled, since the same code may be right in
// one and wrong in the other.

import { hex, type Translator } from '../../emulator/index.ts';
import { type BlockEnd, type EntryState, runBlock } from '../../emulator/sequence/index.ts';
import type { Capsule } from './format.ts';

export interface WrongValue {
  /** A register's name, `end`, or `[address]` of 8 bytes. */
  readonly what: string;
  readonly is: string;
  readonly reference: string;
}

export interface CapsuleRun {
  readonly translator: string;
  /** How it was run when it was wrong; `as it is` when it was not. */
  readonly tier: 'as it is' | 'interp' | 'wasm';
  readonly agrees: boolean;
  /** Index and address of the first instruction after which it is wrong, undefined where only the whole block shows it. */
  readonly insn: { readonly index: number; readonly pc: string } | undefined;
  readonly wrong: readonly WrongValue[];
}

/** What one translator makes of it, held against the reference model. */
export function judge(
  { state, insns }: Pick<Capsule, 'state' | 'insns'>,
  translator: Translator,
  reference: Translator,
): CapsuleRun {
  const right = runBlock(state, insns, reference);
  for (const [tier, variant] of variants(translator)) {
    const wrong = differences(runBlock(state, insns, variant), right);
    if (wrong.length === 0) continue;
    return {
      translator: translator.name,
      tier,
      agrees: false,
      insn: firstWrong(state, insns, variant, reference),
      wrong,
    };
  }
  return { translator: translator.name, tier: 'as it is', agrees: true, insn: undefined, wrong: [] };
}

/** How `translator` is to be run to be wrong, or undefined when it is right. */
export function wrongVariant(
  { state, insns }: Pick<Capsule, 'state' | 'insns'>,
  translator: Translator,
  reference: Translator,
): Translator | undefined {
  return variants(translator).find(([, variant]) => isWrong({ state, insns }, variant, reference))?.[1];
}

/** Whether a translator, run as given, departs from the reference model. */
export function isWrong(
  { state, insns }: Pick<Capsule, 'state' | 'insns'>,
  translator: Translator,
  reference: Translator,
): boolean {
  return differences(runBlock(state, insns, translator), runBlock(state, insns, reference)).length > 0;
}

export function variants(translator: Translator): [CapsuleRun['tier'], Translator][] {
  if (translator.tuning.tier === 'reference') return [['as it is', translator]];
  const of = (tier: 'interp' | 'wasm'): Translator => ({ ...translator, tuning: { ...translator.tuning, tier } });
  return [
    ['as it is', translator],
    ['interp', of('interp')],
    ['wasm', of('wasm')],
  ];
}

/** The last instruction of the shortest beginning that is wrong. */
function firstWrong(
  state: EntryState,
  insns: number,
  translator: Translator,
  reference: Translator,
): CapsuleRun['insn'] {
  for (let count = 1; count <= insns; count++) {
    const right = runBlock(state, count, reference);
    if (differences(runBlock(state, count, translator), right).length === 0) continue;
    const before = count === 1 ? state.registers : runBlock(state, count - 1, reference).registers;
    return { index: count - 1, pc: hex(before.get('pc') ?? 0n) };
  }
  return undefined;
}

const WORD = 8;

export function differences(is: BlockEnd, right: BlockEnd): WrongValue[] {
  const found: WrongValue[] = [];
  const add = (what: string, value: string, reference: string) => {
    if (value !== reference) found.push({ what, is: value, reference });
  };
  add('end', is.end, right.end);
  add('instructions', String(is.insns), String(right.insns));
  for (const [name, value] of right.registers) add(name, hex(is.registers.get(name) ?? 0n), hex(value));
  for (const [address, bytes] of right.pages) {
    const other = is.pages.get(address)!;
    const view = (of: Uint8Array, at: number) =>
      new DataView(of.buffer, of.byteOffset + at, WORD).getBigUint64(0, true);
    for (let at = 0; at < bytes.length; at += WORD)
      if (view(other, at) !== view(bytes, at))
        add(`[${hex(address + at)}]`, hex(view(other, at)), hex(view(bytes, at)));
  }
  return found;
}
