// How many random programs it takes to find each mutant from scratch, as a table for docs/fuzzing.md. By hand:
//   npm run fuzz:mutants [-- --most 4000] [--seed 1] [NAME..]
// A mutant counts as found when the finding names its own rule; `none` is a fact about the programs, not about the mutant.

import { parseArgs } from 'node:util';
import { FULL_ISA } from '../../emulator/sequence/index.ts';
import { tci } from '../../emulator/translators/index.ts';
import { runBatch } from '../../lockstep/fuzz/batch.ts';
import { mutants } from '../../scenarios/mutants/index.ts';

const { values, positionals } = parseArgs({
  options: { most: { type: 'string', default: '4000' }, seed: { type: 'string', default: '1' } },
  allowPositionals: true,
});
const most = Number(values.most);
const plan = { a: 'tci', b: '', isa: FULL_ISA, seed: Number(values.seed), length: 100, vary: true };

/** What is found within `most` programs. */
async function firstFinding(name: string): Promise<{ programs: number; signature: string } | undefined> {
  const { translator } = mutants.find((mutant) => mutant.name === name)!;
  let programs = 0;
  for (let batch = 0; programs < most; batch++) {
    const result = await runBatch({ ...plan, b: `mutant:${name}` }, { a: tci, b: translator }, batch);
    const [found] = result.findings;
    if (found) return { programs: programs + found.index + 1, signature: found.signature };
    programs += result.programs;
  }
  return undefined;
}

console.log(`Seed ${plan.seed}, at most ${most} programs of ${plan.length} instructions.\n`);
console.log('| mutant | programs | signature |\n|---|---|---|');
const names = positionals.length > 0 ? positionals : mutants.map(({ name }) => name);
let found = 0;
for (const name of names) {
  const first = await firstFinding(name);
  if (first) found++;
  console.log(`| \`${name}\` | ${first?.programs ?? 'none'} | ${first ? `\`${first.signature}\`` : ''} |`);
}
console.log(`\n${found} of ${names.length} found.`);
process.exit(found > 0 ? 0 : 1);
