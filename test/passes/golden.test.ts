// One golden file a pass: cases of input, expected output and the rules asked for. Every declared rule must occur.
// UPDATE_GOLDENS=1 rewrites the expectations; read the difference before believing it.
//
//   ### title
//   tb … (input)
//   --- rule rule …
//   tb … (output)

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseBlock, printBlock } from '../../emulator/ir/text.ts';
import { verifyBlock } from '../../emulator/ir/verify.ts';
import { SLOT_FP_FLAGS, SLOT_ISA, SLOT_PC } from '../../emulator/memory/layout.ts';
import { ChangeLog } from '../../emulator/passes/change.ts';
import { passes } from '../../emulator/passes/index.ts';
import type { Pass } from '../../emulator/passes/pass.ts';
import { makePipeline } from '../../emulator/passes/pipeline.ts';

const slots = new Map<string, number>([
  ['pc', SLOT_PC],
  ['fflags', SLOT_FP_FLAGS],
]);
for (let i = 0; i < 8; i++) slots.set(`a${i}`, SLOT_ISA + i);
const nameOf = new Map([...slots].map(([name, slot]) => [slot, name]));
const globalName = (slot: number): string => nameOf.get(slot) ?? `g${slot}`;

interface Case {
  readonly title: string;
  readonly input: string;
  readonly output: string;
}

function readCases(text: string): Case[] {
  return text
    .split(/^### /m)
    .slice(1)
    .map((part) => {
      const title = part.slice(0, part.indexOf('\n'));
      const body = part.slice(part.indexOf('\n') + 1).trimEnd();
      const [input = '', output = ''] = body.split(/^(?=---)/m);
      return { title, input: input.trimEnd(), output };
    });
}

/** Runs `list` on the text and says what it did. */
function run(list: readonly Pass[], input: string): { output: string; rules: string[] } {
  const rules: string[] = [];
  const log = new ChangeLog({ record: (change) => rules.push(change.rule) });
  const block = parseBlock(input, (name) => slots.get(name));
  assert.equal(verifyBlock(block), [], 'the input is well formed');
  makePipeline(list, log)(block, () => Uint8Array.of(0));
  assert.equal(verifyBlock(block), [], 'the output is well formed');
  return { output: `--- ${rules.join(' ')}`.trimEnd() + `\n${printBlock(block, globalName)}`.trimEnd(), rules };
}

function golden(name: string, list: readonly Pass[]): void {
  const file = new URL(`${name}.golden`, import.meta.url);
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const head = text.slice(0, text.indexOf('###'));
  const cases = readCases(text);
  const seen = new Set<string>();
  const results = cases.map(({ title, input, output }) => {
    const got = run(list, input);
    for (const rule of got.rules) seen.add(rule);
    return { title, input, output, got: got.output };
  });
  if (process.env.UPDATE_GOLDENS) {
    const body = results.map(({ title, input, got }) => `### ${title}\n${input}\n${got}\n`).join('\n');
    writeFileSync(file, `${head}${body}`);
  } else for (const { title, output, got } of results) assert.is(got, output.trimEnd(), `${name}.golden: ${title}`);
  assert.ok(cases.length > 0, `${name}.golden has cases`);
  if (list.length === 1)
    for (const rule of Object.keys(list[0]!.rules)) assert.ok(seen.has(rule), `${name}.golden shows rule ${rule}`);
}

for (const pass of passes) test(`${pass.name} does what its golden file says`, () => golden(pass.name, [pass]));
test('the full pipeline does what its golden file says', () => golden('pipeline', passes));

test.run();
