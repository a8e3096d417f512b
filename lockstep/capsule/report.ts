// Capsules and what running them showed, as text. Pure.

import { hex } from '../../emulator/index.ts';
import { disassembled } from '../../emulator/sequence/index.ts';
import type { Capsule } from './format.ts';
import type { CapsuleRun } from './verdict.ts';

/** What `lockstep capsule show` prints. */
export function capsuleText({ a, b, origin, insns, state }: Capsule): string {
  const registers = [...state.registers].filter(([, value]) => value !== 0n);
  return [
    `from       ${origin}`,
    `sides      A ${a}, B ${b}`,
    `runs       ${insns} instruction${insns === 1 ? '' : 's'}${state.userMode ? '' : ', with privilege levels'}`,
    `pages      ${[...state.pages.keys()].map(hex).join(' ') || 'none'}`,
    'registers that are not zero:',
    ...registers.map(([name, value]) => `  ${name.padEnd(10)} ${hex(value)}`),
    'code from its entry on:',
    ...disassembled(state, insns).map(({ address, text }) => `  ${hex(address)}  ${text}`),
    '',
  ].join('\n');
}

/** Values shown of one run. */
const SHOWN = 8;

export function runText(capsule: Capsule, runs: readonly CapsuleRun[]): string {
  const sentences = runSentences(runs);
  const lines = runs.flatMap(({ wrong }, n) => [
    sentences[n]!,
    ...wrong.slice(0, SHOWN).map(({ what, is, reference }) => `  ${what}: ${is}, should be ${reference}`),
    ...(wrong.length > SHOWN ? [`  … ${wrong.length - SHOWN} more`] : []),
  ]);
  return `${lines.join('\n')}\n${SENTENCE[verdictOf(runs)]}, judged from the entry state of ${capsule.origin}\n`;
}

/** A sentence a run: whether it is wrong, and from where on. */
export function runSentences(runs: readonly CapsuleRun[]): string[] {
  return runs.map(({ translator, agrees, tier, insn }, n) => {
    const side = n === 0 ? 'A ' : n === 1 ? 'B ' : '';
    if (agrees) return `${side}${translator}: as the reference model`;
    const place = insn
      ? `instruction ${insn.index} at ${insn.pc}`
      : 'the block as a whole; none of its beginnings shows it';
    return `${side}${translator}${tier === 'as it is' ? '' : ` (tier ${tier})`}: wrong, ${place}`;
  });
}

const SENTENCE = {
  a: 'A is wrong',
  b: 'B is wrong',
  both: 'both are wrong',
  none: 'neither is wrong here: what differed depends on what was translated before, or on memory a capsule does not hold',
} as const;

/** Which of the first two runs the reference model contradicts. */
export function verdictOf([a, b]: readonly CapsuleRun[]): keyof typeof SENTENCE {
  if (a && !a.agrees) return b && !b.agrees ? 'both' : 'a';
  return b && !b.agrees ? 'b' : 'none';
}
