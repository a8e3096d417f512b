// The smallest capsule on which a translator is still wrong: it begins later, instructions are taken out and the rest moved
// together, operands made zero, then values in registers and memory. Whatever is kept is needed.

import type { Translator } from '../../emulator/index.ts';
import { runBlock, STATE_PAGE, simplerWords, withWords, wordsAt } from '../../emulator/sequence/index.ts';
import type { Capsule } from './format.ts';
import { isWrong } from './verdict.ts';

/** Registers that say how code runs rather than what with. */
const KEPT = new Set(['pc', 'priv', 'mstatus', 'res_addr', 'satp', 'mhartid']);

/** `wrong` must be wrong on `capsule`. Never loses that; `onStep` is called with each smaller one. */
export function shrinkCapsule(
  capsule: Capsule,
  wrong: Translator,
  reference: Translator,
  onStep: (capsule: Capsule) => void = () => {},
): Capsule {
  let best = capsule;
  const accept = (candidate: Capsule): boolean => {
    if (!isWrong(candidate, wrong, reference)) return false;
    best = candidate;
    onStep(best);
    return true;
  };
  const withCode = (words: readonly number[]): Capsule => ({
    ...best,
    insns: words.length,
    state: withWords(best.state, words),
  });

  // What the first instructions do may be done beforehand: the block begins later, in the state they leave.
  for (let done = best.insns - 1; done > 0; done--) {
    const { end, registers, pages } = runBlock(capsule.state, done, reference);
    if (end !== 'limit') continue;
    if (accept({ ...best, insns: capsule.insns - done, state: { ...best.state, registers, pages } })) break;
  }
  // A branch taken in the middle leaves less in a row than there are instructions: then they stay as they are.
  if (wordsAt(best.state, best.insns).length === best.insns) {
    for (let size = Math.ceil(best.insns / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let at = 0; at < best.insns; ) {
        const words = wordsAt(best.state, best.insns).toSpliced(at, size);
        if (words.length === 0 || !accept(withCode(words))) at += size;
      }
    }
    for (let at = 0; at < best.insns; ) {
      const words = wordsAt(best.state, best.insns);
      if (!simplerWords(words[at]!).some((word) => accept(withCode(words.with(at, word))))) at++;
    }
  }
  for (const [name, value] of [...best.state.registers]) {
    if (KEPT.has(name) || value === 0n) continue;
    [0n, 1n, value & 0xffn, value & 0xffffffffn, value >> 32n].some((less) => {
      if (less >= value) return false;
      const registers = new Map(best.state.registers).set(name, less);
      return accept({ ...best, state: { ...best.state, registers } });
    });
  }
  const last = () => {
    const pc = Number(best.state.registers.get('pc') ?? 0n);
    return [pc - (pc % STATE_PAGE), pc + 4 * best.insns];
  };
  for (const address of [...best.state.pages.keys()]) {
    const [code, end] = last() as [number, number];
    const without = new Map(best.state.pages);
    without.delete(address);
    if (accept({ ...best, state: { ...best.state, pages: without } })) continue;
    const isCode = address >= code && address < end;
    const words = wordsAt(best.state, best.insns);
    const pages = new Map(best.state.pages).set(address, new Uint8Array(STATE_PAGE));
    const empty = { ...best, state: { ...best.state, pages } };
    accept(isCode ? { ...empty, state: withWords(empty.state, words) } : empty);
  }
  return best;
}
