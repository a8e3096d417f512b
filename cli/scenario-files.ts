// A shrunk capsule as a scenario: the program is written, run under the two translators, and kept with its source and report
// when it shows by itself what the capsule shows.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { moduleUrl } from '../emulator/host-package.ts';
import { hex, UsageError } from '../emulator/index.ts';
import { type Capsule, type CapsuleRun, capsuleProgram } from '../lockstep/capsule/index.ts';
import { runSession } from '../lockstep/index.ts';
import { commandLine } from './shell.ts';

/** What to tell: three lines when the files are there, else why they are not. */
export async function writeScenario(
  capsule: Capsule,
  wrong: CapsuleRun['wrong'],
  sides: { readonly a: string; readonly b: string },
  directory: string,
  name: string,
): Promise<string[]> {
  const { elf, source, pc } = capsuleProgram(
    capsule,
    name,
    wrong.map(({ what }) => what),
  );
  const path = (ending: string) => join(directory, `${name}.${ending}`);
  const program = path('elf');
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(program, elf);
  } catch (error) {
    throw new UsageError(`cannot write ${program}: ${(error as Error).message}`);
  }
  const report = await runSession({
    ...sides,
    program,
    argv: [],
    env: [],
    machine: capsule.state.userMode ? 'user' : 'virt',
    memoryBytes: null,
    seed: null,
    maxInsns: null,
    mutants: moduleUrl('scenarios/mutants/index', '.mjs').href,
    stdin: new Uint8Array(0),
  });
  if (report.verdict !== 'diverged' || report.at?.pc !== hex(pc)) {
    rmSync(program);
    const where = report.at ? ` at ${report.at.pc}` : '';
    return [`no scenario was written: in a program of its own the block at ${hex(pc)} is ${report.verdict}${where}`];
  }
  writeFileSync(path('s'), source);
  writeFileSync(path('report.json'), `${JSON.stringify(report, null, 2)}\n`);
  return [
    `the program ${program}, its source ${path('s')}`,
    `what a run says: ${path('report.json')}`,
    commandLine(['lockstep', 'run', '--a', sides.a, '--b', sides.b, program]),
  ];
}
