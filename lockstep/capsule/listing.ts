// A capsule as assembler source: what sets the registers up, then its instructions. Meant for a bug report and for the
// assembler; memory that is not zero is listed in remarks. Pure.

import { hex } from '../../emulator/index.ts';
import { disassembled, wordsAt } from '../../emulator/sequence/index.ts';
import type { Capsule } from './format.ts';
import type { CapsuleRun } from './verdict.ts';

const FLOAT = /^f(t|s|a)\d+$/;
const INTEGER = /^(ra|sp|gp|tp|[ats]\d+)$/;
const WORD = 8;
const MEMORY_SHOWN = 32;

/** Any register the floating-point ones are set through, set itself last. */
const THROUGH = 't0';

export function assembler({ state, insns, origin }: Capsule, { translator, tier, wrong }: CapsuleRun): string {
  const values = [...state.registers].filter(([, value]) => value !== 0n);
  const code = disassembled(state, insns);
  const first = Number(state.registers.get('pc') ?? 0n);
  const behind = first + wordsAt(state, insns).reduce((sum, word) => sum + ((word & 3) === 3 ? 4 : 2), 0);
  const li = (name: string, value: bigint) => `\tli\t${name}, ${hex(value)}`;
  const setups = [
    ...values.flatMap(([name, value]) =>
      FLOAT.test(name) ? [li(THROUGH, value), `\tfmv.d.x\t${name}, ${THROUGH}`] : [],
    ),
    ...values.flatMap(([name, value]) => {
      if (name === 'fflags' || name === 'frm') return [`\tcsrwi\t${name}, ${value}`];
      return INTEGER.test(name) ? [li(name, value)] : [];
    }),
  ];
  const memory = [...state.pages].flatMap(([address, bytes]) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const lines: string[] = [];
    for (let at = 0; at < bytes.length; at += WORD) {
      const value = view.getBigUint64(at, true);
      const isCode = address + at + WORD > first && address + at < behind;
      if (value !== 0n && !isCode) lines.push(`# [${hex(address + at)}] = ${hex(value)}`);
    }
    return lines;
  });
  return [
    `# ${translator}${tier === 'as it is' ? '' : ` (tier ${tier})`} is wrong; from ${origin}`,
    ...wrong.map(({ what, is, reference }) => `# ${what}: ${is}, should be ${reference}`),
    ...memory.slice(0, MEMORY_SHOWN),
    ...(memory.length > MEMORY_SHOWN ? [`# … ${memory.length - MEMORY_SHOWN} more doublewords`] : []),
    '\t.globl\t_start',
    '_start:',
    ...setups,
    `\t# from here on, at ${hex(state.registers.get('pc') ?? 0n)}`,
    ...code.map(({ text }) => `\t${text.replace(' ', '\t')}`),
    '',
  ].join('\n');
}
