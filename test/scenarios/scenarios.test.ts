// Scenarios through the command line: translators that must agree agree, and mutants are found at the very block their
// authors name, twice with the same report. All the mutants are run in test/mutants; a few suffice here.

import { existsSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hex } from '../../emulator/bits.ts';
import { mutants, type Scenario, scenarioPath, scenarios } from '../../scenarios/index.ts';
import { runToEnd } from '../conformance/qemu.ts';

const CLI = scenarioPath('dist/cli/main.js');
const EXIT_CODE = { same: 0, diverged: 1 } as const;

function run(scenario: Scenario): { code: number; json: string; stderr: string } {
  const { a, b, program, args } = scenario;
  const guestArgs = args.length > 0 ? ['--', ...args] : [];
  const command = [CLI, 'run', '--json', '--a', a, '--b', b, scenarioPath(program), ...guestArgs];
  const { code, stdout, stderr } = runToEnd(process.execPath, command);
  return { code, json: stdout, stderr };
}

const tables = suite('tables');
tables('names are unique and programs exist', () => {
  assert.is(new Set(scenarios.map(({ name }) => name)).size, scenarios.length);
  assert.is(new Set(mutants.map(({ name }) => name)).size, mutants.length);
  for (const { name, program } of scenarios) assert.ok(existsSync(scenarioPath(program)), `${name}: ${program}`);
});
tables('every mutant is a scenario', () => {
  for (const { name } of mutants) {
    assert.ok(
      scenarios.some(({ b }) => b === `mutant:${name}`),
      name,
    );
  }
});
tables.run();

const FEW = ['fold', 'condition', 'stale-code', 'truncation'];
const outcomes = suite('outcomes');
for (const scenario of scenarios) {
  if (scenario.expect.verdict === 'diverged' && !FEW.some((name) => scenario.name === `mutant-${name}`)) continue;
  const { expect } = scenario;
  outcomes(scenario.name, () => {
    const { code, json, stderr } = run(scenario);
    assert.is(code, EXIT_CODE[expect.verdict], `exit code; stderr: ${stderr.slice(0, 2000)}\n${json.slice(0, 500)}`);
    const report = JSON.parse(json);
    assert.is(report.verdict, expect.verdict, report.summary);
    if (expect.verdict === 'same') return;
    assert.is(report.class, 'real', report.summary);
    if (expect.pc !== undefined) assert.is(report.at.pc, hex(expect.pc), report.summary);
    if (expect.kind !== undefined) assert.is(report.kind, expect.kind, report.summary);
    assert.is(run(scenario).json, json, 'the same run reports the same');
  });
}
outcomes.run();
