// How many random programs it takes to find each mutant from scratch, as a table for docs/fuzzing.md. By hand:
//   npm run fuzz:mutants [-- --most 4000] [--seed 1] [--write] [NAME..]
// A mutant counts as found when the finding names its own rule; `none` is a fact about the programs, not about the mutant.

import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { FULL_ISA } from '../../emulator/sequence/index.ts';
import { tci } from '../../emulator/translators/index.ts';
import { runBatch } from '../../lockstep/fuzz/batch.ts';
import { scenarioPath } from '../../scenarios/host-paths.ts';
import { mutants } from '../../scenarios/mutants/index.ts';

const { values, positionals } = parseArgs({
  options: {
    most: { type: 'string', default: '4000' },
    seed: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const DOCUMENT = scenarioPath('docs/fuzzing.md');
const most = Number(values.most);
const plan = { a: 'tci', b: '', isa: FULL_ISA, seed: Number(values.seed), length: 100, vary: true };

/** What is found within `most` programs. */
async function firstFinding(name: string): Promise<{ programs: number; signature: string } | undefined> {
  const { translator } = mutants.find((mutant) => mutant.name === name)!;
  let programs = 0;
  for (let batch = 0; programs < most; batch++) {
    const result = await runBatch({ ...plan, b: `mutant:${name}` }, { a: tci, b: translator }, batch, false);
    const [found] = result.findings;
    if (found) return { programs: programs + found.index + 1, signature: found.signature };
    programs += result.programs;
  }
  return undefined;
}

const names = positionals.length > 0 ? positionals : mutants.map(({ name }) => name);
const rows: string[] = [];
let found = 0;
for (const name of names) {
  const first = await firstFinding(name);
  if (first) found++;
  rows.push(`| \`${name}\` | ${first?.programs ?? 'none'} | ${first ? `\`${first.signature}\`` : ''} |`);
  console.log(rows.at(-1));
}
const about = `Seed ${plan.seed}, at most ${most} programs of ${plan.length} instructions: ${found} of ${names.length} found.`;
console.log(about);
if (values.write) {
  const table = ['', about, '', '| mutant | programs | signature |', '|---|---|---|', ...rows, ''].join('\n');
  const text = readFileSync(DOCUMENT, 'utf8');
  const [open, close] = ['<!-- table: mutants -->', '<!-- end -->'];
  const from = text.indexOf(open) + open.length;
  writeFileSync(DOCUMENT, `${text.slice(0, from)}${table}${text.slice(text.indexOf(close, from))}`);
}
process.exit(found === names.length ? 0 : 1);
