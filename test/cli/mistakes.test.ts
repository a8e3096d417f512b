// What the command line says to mistakes: a message with a remedy, exit code 2, no stack trace, nothing on stdout.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cli } from './cli.ts';

const dir = mkdtempSync(join(tmpdir(), 'lockstep-cli-'));
test.after(() => rmSync(dir, { recursive: true, force: true }));
const notElf = join(dir, 'text');
writeFileSync(notElf, 'not a program');
const badPlugin = join(dir, 'bad.mjs');
writeFileSync(badPlugin, 'export default 5;');
const GUEST = new URL('../../scenarios/guests/nolibc/sha1-mini.elf', import.meta.url).pathname;

const MISTAKES: readonly (readonly [args: readonly string[], message: RegExp, remedy: RegExp])[] = [
  [[], /Which command/, /--help/],
  [['rum', 'x'], /unknown command "rum"/, /Did you mean "run"\?/],
  [
    ['frobnicate'],
    /unknown command "frobnicate"/,
    /Known: run, bisect, capsule, shrink, fuzz, emu, inspect, plugin, attach, show, list\./,
  ],
  [
    ['--json', 'run', GUEST],
    /a command comes first, not --json/,
    /run\|bisect\|capsule\|shrink\|fuzz\|emu\|inspect\|plugin\|attach\|show\|list /,
  ],
  [['--', 'run', GUEST], /a command comes first/, /./],
  [['run'], /which program\?/, /PROGRAM/],
  [['emu', '--plugin', GUEST], /which program\?/, /PROGRAM/],
  [['list'], /list what\?/, /mutants/],
  [['list', 'mutants', 'extra'], /"extra" is one word too many/, /--help/],
  [['run', GUEST, '--b'], /^lockstep: --b needs a value/, /--help/],
  [['emu', '-d'], /^lockstep: -d needs a value/, /--help/],
  [['emu', '-x', GUEST], /unknown option -x/, /go after --/],
  [['run', '--plugin', 'bb', GUEST], /unknown option --plugin: lockstep emu has it, run has not/, /go after --/],
  [['run', '--stream', 'block', GUEST], /--stream cannot be "block"/, /Did you mean "blocks"\?/],
  [['run', GUEST, '--jsn'], /unknown option --jsn/, /Did you mean "json"\?/],
  [['run', GUEST, '--a', 'new-tgc'], /unknown translator "new-tgc"/, /Did you mean "new-tcg"\?/],
  [['run', GUEST, '--b', 'mutant:none'], /no mutant none/, /Known: /],
  [['run', GUEST, '--b', 'mutant:shift-mas'], /no mutant shift-mas/, /Did you mean "shift-mask"\?/],
  [['emu', GUEST, '--translator', 'new-tcg,-dead-stor'], /no pass "dead-stor"/, /Did you mean "dead-store"\?/],
  [['emu', GUEST, '--translator', 'new-tcg,max-insn=1'], /unknown setting "max-insn"/, /Did you mean "max-insns"\?/],
  [['emu', GUEST, '--plugin', 'hotblocks,limt=3'], /no argument limt/, /did you mean limit\?/],
  [['emu', dir], /cannot read the program .* it is a directory/, /ELF/],
  [['emu', process.execPath], /is a program for (x86-64|AArch64), not for RISC-V/, /riscv64-linux-gnu-gcc -static/],
  [['run', join(dir, 'missing')], /^lockstep: there is no program/, /ELF/],
  [['run', notElf], /^lockstep: \S+text is not a usable ELF file/, /./],
  [['emu', notElf], /^lockstep: \S+text is not a usable ELF file/, /./],
  [['run', GUEST, '--window', '3'], /^lockstep: a window of 3/, /16 to/],
  [['run', GUEST, '--max-insns', 'many'], /--max-insns is a number/, /For example/],
  [['run', GUEST, '--timeout', '-5'], /--timeout/, /./],
  [['emu', GUEST, '-m', 'big'], /-m is a size/, /256M/],
  [['emu', GUEST, '--translator', 'old-tgc'], /unknown translator/, /old-tcg/],
  [['emu', GUEST, '--plugin', 'hotblock'], /unknown plugin "hotblock"/, /hotblocks/],
  [['emu', GUEST, '--plugin', badPlugin], /no plugin/, /PluginModule/],
  [['emu', GUEST, '--plugin', 'lockstep'], /socket path|sockpath/, /sockpath=PATH/],
  [['emu', GUEST, '--timeout', '1', '--plugin', 'lockstep,sockpath=/x'], /--timeout would end/, /--max-insns/],
  [['emu', GUEST, '-d', 'in_asn'], /unknown log item/, /in_asm/],
  [['emu', GUEST, '-D', join(dir, 'no', 'log')], /cannot write the log/, /./],
  [['list', 'mutant'], /list cannot be "mutant"/, /Did you mean "mutants"\?/],
];

for (const [args, message, remedy] of MISTAKES)
  test(`lockstep ${args.map((arg) => arg.replace(/^\/.*\//, '')).join(' ')}`, async () => {
    const { code, stdout, stderr } = await cli(args);
    assert.is(code, 2, stderr);
    assert.is(stdout, '');
    assert.match(stderr, /^lockstep: /);
    assert.match(stderr, message);
    assert.match(stderr, remedy);
    assert.not.match(stderr, /\n\s+at /, 'no stack trace');
  });

test('LOCKSTEP_DEBUG shows where', async () => {
  const { stderr } = await cli(['emu', GUEST, '-m', 'big'], { LOCKSTEP_DEBUG: '1' });
  assert.match(stderr, /\n\s+at /);
});

test('git bisect reads a run that failed as one that cannot be judged', async () => {
  assert.is((await cli(['run', '--git-bisect', join(dir, 'missing')])).code, 125);
});

test.run();
