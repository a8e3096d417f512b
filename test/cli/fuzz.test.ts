// `lockstep fuzz` end to end: exit codes, the journal, going on after being killed, shards and their sum, suppressions.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cli, NODE_ARGS } from './cli.ts';

const test = suite('fuzz');
const directory = mkdtempSync(join(tmpdir(), 'lockstep-fuzz-'));
const file = (name: string) => join(directory, name);
test.after(() => rmSync(directory, { recursive: true }));

const SMALL = ['--length', '20', '--jobs', '2', '--b', 'mutant:shift-mask'];

async function fuzz(...args: string[]) {
  const { code, stdout, stderr } = await cli(['fuzz', '--json', ...args]);
  return { code, stderr, report: stdout === '' ? undefined : JSON.parse(stdout) };
}
const batchesOf = (path: string): number[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(1, -1)
    .map((line) => JSON.parse(line).batch);

test('nothing found, found, suppressed', async () => {
  const none = await fuzz('--count', '200', '--length', '20');
  assert.is(none.code, 0, none.stderr);
  assert.equal([none.report.verdict, none.report.programs, none.report.findings], ['none', 200, []]);
  assert.ok(none.report.programsPerSecond > 0);
  const { met, of, missing } = none.report.coverage.rows;
  assert.ok(met > 30, String(met));
  assert.is(met + missing.length, of);

  const found = await fuzz('--count', '300', ...SMALL);
  assert.is(found.code, 1, found.stderr);
  const { signature, count, wrong } = found.report.findings[0];
  assert.equal([signature, wrong], ['b shift-mask/shift-mask', 'b']);
  assert.ok(count >= 1);
  assert.match(found.stderr, 'found b shift-mask/shift-mask');

  writeFileSync(file('known'), '# known\nb shift-mask/*\n');
  const known = await fuzz('--count', '300', ...SMALL, '--suppress', file('known'));
  assert.is(known.code, 0);
  assert.is(known.report.findings[0].suppressed, true);
});

test('killed, a run goes on where it was: nothing is lost or done twice', async () => {
  const path = file('killed.jsonl');
  const args = ['fuzz', '--json', '--count', '800', ...SMALL];
  for (let round = 0; round < 3; round++) {
    const how = round === 0 ? ['--journal', path] : ['--journal', path, '--resume'];
    const child = spawn(process.execPath, [...NODE_ARGS, ...args, ...how], { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('close', resolve));
    const already = existsSync(path) ? batchesOf(path).length : 0;
    while (child.exitCode === null && (!existsSync(path) || batchesOf(path).length <= already)) await sleep(10);
    child.kill('SIGKILL');
    await ended;
  }
  const before = readFileSync(path, 'utf8');
  const kept = before.slice(0, before.lastIndexOf('\n') + 1);
  // As a kill in the middle of a write leaves it.
  writeFileSync(path, `${kept}{"batch":99,"prog`);
  const { code, report } = await fuzz('--count', '800', '--journal', path, '--resume');
  assert.is(code, 1);
  assert.ok(readFileSync(path, 'utf8').startsWith(kept));
  assert.equal(
    batchesOf(path).sort((a, b) => a - b),
    Array.from({ length: 16 }, (_, n) => n),
  );
  const { report: whole } = await fuzz('--count', '800', ...SMALL);
  assert.equal(report.findings, whole.findings);
  assert.equal([report.programs, report.instructions], [whole.programs, whole.instructions]);
});

test('shards add up to the whole', async () => {
  const parts = [file('part1'), file('part2')];
  for (const [n, path] of parts.entries()) {
    const { report: part } = await fuzz('--count', '200', ...SMALL, '--shard', `${n + 1}/2`, '--journal', path);
    assert.ok(part.coverage.rows.met > 0, 'each part tells what it met');
  }
  // In the order in which they ended.
  assert.equal(batchesOf(parts[0]!).sort(), [0, 2]);
  const { code, report } = await fuzz('merge', ...parts);
  const { report: whole } = await fuzz('--count', '200', ...SMALL);
  assert.is(code, 1);
  assert.equal([report.findings, report.programs], [whole.findings, whole.programs]);
});

test('Ctrl-C ends it with 130', async () => {
  const child = spawn(process.execPath, [...NODE_ARGS, 'fuzz', '--time', '100', '--journal', file('interrupted')], {
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  while (!existsSync(file('interrupted'))) await sleep(10);
  await sleep(50);
  child.kill('SIGINT');
  assert.is(await ended, 130);
});

test('mistakes', async () => {
  writeFileSync(file('text'), 'hello\n');
  for (const [args, message] of [
    [['--isa', 'rv32i'], /no programs are made for the ISA "rv32i"/],
    [['--shard', '3/2'], /--shard is I\/N/],
    [['--resume'], /--resume of what/],
    [['--journal', file('text'), '--resume'], /is no journal of lockstep fuzz: line 1/],
    [['--journal', file('text')], /there is a file .* already/],
    [['--b', 'mutant:nothing'], /no mutant nothing/],
    [['merge'], /merge which journals/],
  ] as const) {
    const { code, stderr } = await cli(['fuzz', ...args]);
    assert.is(code, 2, args.join(' '));
    assert.match(stderr, message);
  }
});

test.run();
