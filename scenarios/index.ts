// The scenarios: a program, two translators, and what comparing them must say. Every mutant is one; the others hold
// translators that must agree.

import { mutants } from './mutants/index.ts';
import type { Scenario } from './scenario.ts';

export { buildDir, packageRoot, scenarioPath } from './host-paths.ts';
export { mutants, resolveMutant } from './mutants/index.ts';
export type { Mutant, Scenario, Verdict } from './scenario.ts';

const SMALL = [
  ...['sha1-mini', 'mul128', 'samples', 'rc5', 'errno', 'atomics', 'fault-registers', 'patch', 'far'],
  ...['corners', 'accesses', 'floats', 'reservations', 'links', 'hot'],
];

function agreement(program: string, a: string, b: string): Scenario {
  return {
    name: `${program}-${a}-${b}`,
    summary: a === b ? `${a} against itself` : `${a} and ${b} agree`,
    program: `scenarios/guests/nolibc/${program}.elf`,
    args: [],
    a,
    b,
    expect: { verdict: 'same' },
  };
}

export const scenarios: readonly Scenario[] = [
  agreement('sha1-mini', 'new-tcg', 'new-tcg'),
  agreement('sha1-mini', 'old-tcg', 'old-tcg'),
  ...SMALL.map((program) => agreement(program, 'old-tcg', 'new-tcg')),
  ...mutants.map(
    (mutant): Scenario => ({
      name: `mutant-${mutant.name}`,
      summary: mutant.summary,
      program: mutant.program,
      args: mutant.args,
      a: 'old-tcg',
      b: `mutant:${mutant.name}`,
      expect: { verdict: 'diverged', pc: mutant.expect.pc, kind: mutant.expect.kind },
    }),
  ),
];
