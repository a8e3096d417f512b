// Plugins of both sides while they are compared: they come at the same instruction count, count the same, change nothing of
// the guest or of the comparison, and are not told twice of what a side does again.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { PluginRequest, UsageError } from '../../emulator/index.ts';
import { type Report, RunControl, runSession, type SessionOptions, type SidesPlugins } from '../../lockstep/index.ts';
import { sessionOf } from '../support/session.ts';
import { lateGuest } from './late-guest.ts';

const dir = mkdtempSync(join(tmpdir(), 'lockstep-plugins-'));
test.after(() => rmSync(dir, { recursive: true, force: true }));

const SHA1 = 'scenarios/guests/nolibc/sha1-mini.elf';
const LATE = new URL('./late-translator.mjs', import.meta.url).pathname;
const COUNTING = new URL('./counting-plugin.mjs', import.meta.url).pathname;
const SIDES = { a: 'old-tcg', b: 'new-tcg' };

const load = (file: string, ...args: string[]): PluginRequest => ({ do: 'load', name: null, plugin: { file, args } });
const named = (what: 'unload' | 'reload' | 'ps', name: string | null = null): PluginRequest => ({
  do: what,
  name,
  plugin: null,
});

interface Told {
  readonly report: Report;
  readonly answers: readonly (SidesPlugins | Error)[];
  readonly said: { A: string; B: string };
  readonly notes: readonly string[];
}

/** Asks all of that as soon as the sides are there. */
async function runWith(options: SessionOptions, requests: readonly PluginRequest[]): Promise<Told> {
  const control = new RunControl();
  const said = { A: '', B: '' };
  const notes: string[] = [];
  const answers = Promise.all(requests.map((request) => control.plugins(request).catch((error: Error) => error)));
  const report = await runSession({
    ...options,
    control,
    onPlugin(side, text) {
      said[side] += text;
    },
    onNote: (side, text) => notes.push(`${side}: ${text}`),
  });
  return { report, answers: await answers, said, notes };
}

function module(name: string, text: string): string {
  const path = join(dir, `${name}.mjs`);
  writeFileSync(path, `export default { name: '${name}', apiVersion: 7, install(api) { ${text} } };\n`);
  return path;
}

/** All of a report but what is written for people to type. */
const found = ({ next: _, ...report }: Report) => report;

const OPTIONS = { ...sessionOf(SHA1, { a: 'tci', b: 'new-tcg,hot=2' }), window: 4096 };
/** The run without plugins. */
let plainly: Promise<Report> | undefined;
async function plain(): Promise<Omit<Report, 'next'>> {
  plainly ??= runSession(OPTIONS);
  return found(await plainly);
}

test('both sides load it at the same instruction, count the same from there on, and agree as they do without it', async () => {
  const { report, answers, said } = await runWith(OPTIONS, [load('insn', 'inline=on'), load('bb'), named('ps')]);
  assert.equal(found(report), await plain());
  const [insn, bb, ps] = answers as SidesPlugins[];
  assert.equal(insn!.plugins, [{ name: 'insn', file: 'insn', args: ['inline=on'] }]);
  assert.equal(
    ps!.plugins.map(({ name }) => name),
    ['insn', 'bb'],
  );
  assert.ok(insn!.icount > 0 && insn!.icount < report.instructions, `at ${insn!.icount}`);
  assert.is(said.A, said.B);
  assert.match(said.A, new RegExp(`^total insns: ${report.instructions - insn!.icount}$`, 'm'));
  assert.match(said.A, new RegExp(`^Total: bb's: \\d+, insns: ${report.instructions - bb!.icount}$`, 'm'));
});

test('a divergence is the same with plugins on both sides, and what is done again is not told again', async () => {
  const program = lateGuest(dir);
  const options = { ...sessionOf(program, { a: 'old-tcg', b: LATE }), window: 1 << 16 };
  const alone = await runSession(options);
  assert.is(alone.verdict, 'diverged');
  const { report, answers, said, notes } = await runWith(options, [load(COUNTING)]);
  assert.equal(found(report), found(alone));
  assert.equal(notes, []);
  const start = (answers[0] as SidesPlugins).icount;
  for (const side of ['A', 'B'] as const) {
    const lines = said[side].trim().split('\n');
    assert.ok(lines.length > 10, said[side]);
    // It comes to its end where the side was when the two were found to differ.
    const end = lines.pop()!.split(' ');
    assert.is(end[0], 'end', said[side]);
    assert.is(new Set(end.slice(1)).size, 1, said[side]);
    assert.ok(Number(end[1]) + start >= Number(lines.at(-1)!.split(' ')[0]), said[side]);
    for (const line of lines) {
      const [icount, ...counts] = line.split(' ').map(Number);
      assert.equal(counts, Array(3).fill(icount! - start), `${side}: ${line}`);
    }
    const at = lines.map((line) => Number(line.split(' ')[0]));
    assert.equal(
      at,
      [...at].sort((x, y) => x - y),
      'never back',
    );
  }
});

test('whoever would change the guest is refused, named and taken out, and the run is as it is without', async () => {
  const deeds: readonly (readonly [string, string, RegExp])[] = [
    [
      'writer',
      "api.onTbTrans((tb) => tb.onExec((cpu) => api.writeRegister(cpu, 'a0', 1n), 'rw-regs'));",
      /writeRegister/,
    ],
    ['jumper', "api.onTbTrans((tb) => tb.onExec((cpu) => api.setPc(cpu, 0), 'rw-regs-pc'));", /setPc/],
    ['poker', 'api.onTbTrans((tb) => api.writeMemory(tb.pc, new Uint8Array(4)));', /writeMemory/],
    ['ender', 'api.onTbTrans((tb) => tb.onExec(() => api.machine.exit(3)));', /machine\.exit/],
    ['undoer', 'api.onTbTrans((tb) => tb.onExec(() => api.machine.checkpoint()));', /machine\.checkpoint/],
  ];
  const filter = module('filter', 'api.onSyscallFilter(() => 0n);');
  const { report, answers, notes } = await runWith(OPTIONS, [
    ...deeds.map(([name, text]) => load(module(name, text))),
    load(filter),
  ]);
  assert.equal(found(report), await plain());
  for (const side of ['A', 'B'])
    for (const [name, , call] of deeds) {
      const note = notes.find((text) => text.startsWith(`${side}: plugin ${name} `)) ?? '';
      assert.match(note, call);
      assert.match(note, /is not for plugins of a run that is compared: they only look; it has been removed$/);
    }
  assert.match(String(answers.at(-1)), /could not be installed: onSyscallFilter is not for plugins of a run/);
});

test('taken out, replaced, and what cannot be done', async () => {
  const speaker = module('speaker', "api.outs('one\\n'); api.onAtexit(() => api.outs('end\\n'));");
  const { answers, said, report } = await runWith({ ...sessionOf(SHA1, SIDES), window: 4096 }, [
    load(speaker),
    named('reload', 'speaker'),
    named('unload', 'speaker'),
    named('unload', 'speaker'),
    named('unload', 'lockstep'),
    load('hotblock'),
    load(join(dir, 'nothing.mjs')),
    named('unload'),
    named('ps'),
  ]);
  assert.is(report.verdict, 'same');
  const [, replaced, out, again, own, unknown, missing, incomplete, ps] = answers;
  assert.equal((replaced as SidesPlugins).plugins, [{ name: 'speaker', file: speaker, args: [] }]);
  assert.equal((out as SidesPlugins).plugins, []);
  assert.match(String(again), /there is no plugin speaker to unload/);
  assert.match(String(own), /belongs to the run itself/);
  assert.match((unknown as UsageError).remedy, /hotblocks/);
  assert.match(String(missing), /there is no plugin .*nothing\.mjs/);
  assert.match(String(incomplete), /not complete/);
  assert.equal((ps as SidesPlugins).plugins, []);
  assert.equal(said, { A: 'one\none\n', B: 'one\none\n' }, 'what is taken out does not come to its end');
});

test('what comes too late is answered', async () => {
  const { answers, report } = await runWith({ ...sessionOf(SHA1, SIDES), window: 1 << 20 }, [load('bb')]);
  assert.is(report.verdict, 'same');
  assert.match(String(answers[0]), /the guest has ended|the run has ended meanwhile/);
});

test.run();
