// Capsules end to end: run and bisect write them, `capsule run` says who is wrong where, from that file alone.

import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mutants, scenarioPath } from '../../scenarios/index.ts';
import { skip } from '../support/skip.ts';
import { cli, start } from './cli.ts';

const test = suite('capsule');
const directory = mkdtempSync(join(tmpdir(), 'lockstep-capsule-'));
const file = (name: string) => join(directory, name);
test.after(() => rmSync(directory, { recursive: true }));
const COMPILER = 'riscv64-unknown-elf-gcc';
const compilerMissing = spawnSync(COMPILER, ['--version']).status === 0 ? undefined : `${COMPILER} is not installed`;
if (compilerMissing !== undefined) skip('the source of a scenario is assembled', compilerMissing);
const programOf = (name: string) => scenarioPath(mutants.find((mutant) => mutant.name === name)!.program);

for (const [name, pc, what] of [
  ['fold', '0x10164', 'a3'],
  ['shift-mask', '0x101a4', 'a0'],
] as const) {
  test(`run writes a capsule of ${name} that shows it again by itself`, async () => {
    const path = file(`${name}.capsule`);
    const found = await cli(['run', '--json', '--b', `mutant:${name}`, '--capsule', path, programOf(name)]);
    assert.is(found.code, 1, found.stderr);
    assert.ok(JSON.parse(found.stdout).next.includes(`lockstep capsule run ${path}`));
    assert.ok(statSync(path).size < 8192, `${statSync(path).size} bytes`);

    const ran = await cli(['capsule', 'run', '--json', path]);
    assert.is(ran.code, 1, ran.stderr);
    const { wrong, runs } = JSON.parse(ran.stdout);
    assert.is(wrong, 'b');
    assert.equal([runs[0].agrees, runs[1].agrees], [true, false]);
    assert.is(runs[1].insn.pc, pc);
    assert.ok(runs[1].wrong.some((one: { what: string }) => one.what === what));

    const right = await cli(['capsule', 'run', '--translator', 'new-tcg', path]);
    assert.is(right.code, 0, right.stdout);
    assert.match(right.stdout, 'new-tcg: as the reference model');
    const shown = await cli(['capsule', 'show', path]);
    assert.is(shown.code, 0);
    assert.match(shown.stdout, pc);
  });
}

test('bisect names the rewrite on the capsule alone, in few trials', async () => {
  for (const [name, pc] of [
    ['fold', '0x10164'],
    ['shift-mask', '0x101a4'],
  ] as const) {
    const { code, stdout, stderr } = await cli(['bisect', '--json', file(`${name}.capsule`)]);
    assert.is(code, 1, stderr);
    const found = JSON.parse(stdout);
    const [culprit] = found.culprits;
    assert.equal([found.verdict, found.wrong, found.culprits.length], ['found', 'b', 1]);
    assert.equal([culprit.side, culprit.pass, culprit.rule, culprit.pc], ['b', name, name, pc]);
    assert.ok(found.trials <= 14 && found.seconds < 5, `${found.trials} trials, ${found.seconds} s`);
  }
});

test('shrink leaves two instructions, which are still wrong', async () => {
  const small = file('small.capsule');
  const { code, stdout, stderr } = await cli(['shrink', '--output', small, file('shift-mask.capsule')]);
  assert.is(code, 0, stderr);
  const lines = stdout.slice(stdout.indexOf('# from here on')).trimEnd().split('\n').slice(1);
  assert.ok(lines.length >= 1 && lines.length <= 2, stdout);
  assert.match(stdout, /\tsrlw\t/);
  const { runs } = JSON.parse((await cli(['capsule', 'run', '--json', small])).stdout);
  assert.equal([runs[0].agrees, runs[1].agrees], [true, false]);
  const right = await cli(['shrink', '--translator', 'new-tcg', file('shift-mask.capsule')]);
  assert.is(right.code, 3);
  assert.match(right.stderr, 'nobody is wrong');
});

test('a scenario is a program that differs by itself at the block, with source and report', async () => {
  for (const name of ['shift-mask', 'fold']) {
    const cases = file('cases');
    const made = await cli(['shrink', '--scenario', cases, file(`${name}.capsule`)]);
    assert.is(made.code, 0, made.stderr);
    const program = join(cases, `${name}.elf`);
    const expected = JSON.parse(readFileSync(join(cases, `${name}.report.json`), 'utf8'));
    const { pc } = expected.at;
    const run = await cli(['run', '--json', '--no-capsule', '--b', `mutant:${name}`, program]);
    assert.is(run.code, 1, run.stderr);
    const { next: _, ...report } = JSON.parse(run.stdout);
    assert.equal([report.at, report.registers, report.kind], [expected.at, expected.registers, expected.kind]);
    const right = await cli(['run', '--b', 'new-tcg', program]);
    assert.is(right.code, 0, right.stdout);

    const source = readFileSync(join(cases, `${name}.s`), 'utf8');
    assert.match(source, pc);
    if (compilerMissing !== undefined) continue;
    // The command in its second line makes a program that differs at the same place.
    const command = source.split('\n')[1]!.slice(2).replace(`-o ${name}.elf`, `-o ${name}-gcc.elf`);
    const built = spawnSync('sh', ['-c', command], { cwd: cases, encoding: 'utf8' });
    assert.is(built.status, 0, built.stderr);
    const again = await cli(['run', '--json', '--no-capsule', '--b', `mutant:${name}`, join(cases, `${name}-gcc.elf`)]);
    assert.is(JSON.parse(again.stdout).at.pc, pc, again.stderr);
  }
});

test('side A is told from side B', async () => {
  const path = file('a.capsule');
  await cli(['run', '--a', 'mutant:fold', '--b', 'new-tcg', '--capsule', path, programOf('fold')]);
  const { code, stdout } = await cli(['capsule', 'run', path]);
  assert.is(code, 1);
  assert.match(stdout, /^A mutant:fold: wrong, instruction 1 at 0x10164\n/);
  assert.match(stdout, /\nA is wrong, /);
});

test('bisect writes one too, of the first run', async () => {
  const path = file('bisect.capsule');
  const { stdout } = await cli(['bisect', '--json', '--b', 'mutant:fold', '--capsule', path, programOf('fold')]);
  const found = JSON.parse(stdout);
  assert.is(found.capsule, path);
  assert.is(found.culprits[0].rule, 'fold');
  assert.is((await cli(['capsule', 'run', path])).code, 1);
  const none = await cli(['bisect', '--json', '--no-capsule', '--b', 'mutant:fold', programOf('fold')]);
  assert.is(JSON.parse(none.stdout).capsule, null);
});

test('a run that nobody told where to keeps its capsule too, a bounded number of them; not where none is wanted', async () => {
  const kept = file('kept');
  mkdirSync(kept);
  for (let n = 0; n < 70; n++) {
    writeFileSync(join(kept, `old-${n}.capsule`), '');
    utimesSync(join(kept, `old-${n}.capsule`), n, n);
  }
  const run = (...args: string[]) =>
    start(['run', '--json', ...args, '--b', 'mutant:fold', programOf('fold')], { LOCKSTEP_CAPSULES: kept }).ended;
  const none = JSON.parse((await run('--no-capsule')).stdout);
  assert.is(none.capsule, null);
  assert.is(readdirSync(kept).length, 70);
  const { capsule, next } = JSON.parse((await run()).stdout);
  assert.is(dirname(capsule), kept);
  assert.match(capsule, /mul128\.elf-[0-9a-f]{8}\.capsule$/);
  assert.ok(next.includes(`lockstep capsule run ${capsule}`));
  assert.is(readdirSync(kept).length, 64);
  assert.is((await cli(['capsule', 'run', capsule])).code, 1);
  // The same divergence is the same file.
  assert.is(JSON.parse((await run()).stdout).capsule, capsule);
  assert.is(readdirSync(kept).length, 64);
});

test('where nothing differs there is no capsule', async () => {
  const path = file('none.capsule');
  assert.is((await cli(['run', '--capsule', path, programOf('fold')])).code, 0);
  assert.not(existsSync(path));
});

test('a file does not choose which module is loaded', async () => {
  const path = file('fold.capsule');
  const evil = file('evil.capsule');
  writeFileSync(evil, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), b: './evil.mjs' }));
  writeFileSync(file('evil.mjs'), 'process.exit(77)');
  const { code, stderr } = await start(['capsule', 'run', evil], {}, '', directory).ended;
  assert.is(code, 2);
  assert.match(stderr, /made with a module/);
});

test.run();
