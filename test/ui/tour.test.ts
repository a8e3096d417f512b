// A person's way, in a real terminal (tmux): run a mutant, be shown the wrong instruction, walk about, be put to sleep and
// woken, quit, and find the terminal as it was.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mutants, scenarioPath } from '../../scenarios/index.ts';
import { NODE_ARGS, start } from '../cli/cli.ts';
import { lateGuest } from '../lockstep/travel/guest.ts';
import { skip } from '../support/skip.ts';
import { Terminal, tmuxIsHere } from '../support/tmux.ts';

let terminal: Terminal;
test.before(() => {
  if (tmuxIsHere) terminal = new Terminal(120, 40);
});
test.after(() => {
  if (tmuxIsHere) terminal.close();
});

const TOUR: readonly (readonly [mutant: string, instruction: RegExp])[] = [
  ['fold', /▶≠ 10164 srl a3,a3,0x20/],
  ['sign-extension', /▶[ ≠] [0-9a-f]+ /],
  ['forward-alias', /▶[ ≠] [0-9a-f]+ j 0x102e8/],
];

if (!tmuxIsHere) skip('the tour of the inspector', 'there is no tmux');

for (const [mutant, instruction] of tmuxIsHere ? TOUR : [])
  test(`from lockstep run to the wrong instruction of ${mutant}, and back to the shell`, async () => {
    const { program } = mutants.find(({ name }) => name === mutant)!;
    await terminal.shows(/ready\$ *\n*$/);
    const words = [process.execPath, ...NODE_ARGS, 'run', '--b', `mutant:${mutant}`, scenarioPath(program)];
    terminal.type(`${words.map((word) => `'${word}'`).join(' ')}; echo "code=$?"`);
    await terminal.shows(/● DIVERGED \(real\): data/);
    const first = await terminal.shows(instruction);
    assert.match(first, /▸3 Registers ≠1/);
    assert.is(first.trimEnd().split('\n').length, 40);
    terminal.press('S');
    await terminal.shows(/Registers ≠[0-9]/);
    terminal.type(':first');
    await terminal.shows(instruction);
    if (mutant === 'fold') {
      terminal.press('w');
      await terminal.shows(/writes a3/);
      terminal.resize(90, 30);
      await terminal.shows(/▶ {2}10162 li a3,-1/);
      terminal.resize(120, 40);
      terminal.press('C-z');
      await terminal.shows(/Stopped/);
      terminal.type('fg');
      await terminal.shows(/● DIVERGED \(real\): data/);
    }
    terminal.press('b');
    await terminal.shows(/● side B is wrong; \d+ trials/);
    terminal.press('q');
    // The report is printed where the shell is. A shell forgets what should follow a job that was stopped.
    await terminal.shows(mutant === 'fold' ? /next:\n[\s\S]*ready\$/ : /next:\n[\s\S]*code=1/);
    await terminal.isSane();
  });

if (tmuxIsHere)
  test('from the divergence back to what was written twenty million instructions before', async () => {
    const program = join(terminal.dir, 'late.elf');
    writeFileSync(program, lateGuest(10_000_000).program);
    await terminal.shows(/ready\$ *\n*$/);
    const words = [process.execPath, ...NODE_ARGS, 'run', '--b', 'mutant:fold', program];
    terminal.type(`${words.map((word) => `'${word}'`).join(' ')}; echo "code=$?"`);
    await terminal.shows(/A 20,000,007 {2}B 20,000,007/);
    terminal.press('C', 'S');
    await terminal.shows(/A 19,999,\d\d\d {2}B 19,999,\d\d\d[\s\S]*bnez t0/);
    terminal.type(':watch t1');
    terminal.press('C');
    await terminal.shows(/A 0 {2}B 0[\s\S]*▶ {2}\d+ li t1,77[\s\S]*writes t1/);
    terminal.press('D');
    await terminal.shows(/A 20,000,007 {2}B 20,000,007[\s\S]*▶≠ \w+ srl a3,a3,0x20/);
    terminal.press('q');
    await terminal.shows(/code=1/);
  });

if (tmuxIsHere)
  test('attach: watches a run from another terminal, leaves it, comes back, and is there when it differs', async () => {
    const program = join(terminal.dir, 'later.elf');
    writeFileSync(program, lateGuest(1_000_000_000).program);
    const socket = join(terminal.dir, 'run.sock');
    const served = ['run', '--no-tui', `--serve=${socket}`, '--serve-after=60', '--allow-control'];
    const run = start([...served, '--b', 'mutant:fold', program]);
    try {
      await run.said('lockstep: watch it');
      await terminal.shows(/ready\$ *\n*$/);
      const words = [process.execPath, ...NODE_ARGS, 'attach', socket];
      const attach = `${words.map((word) => `'${word}'`).join(' ')}; echo "code=$?"`;
      terminal.type(attach);
      await terminal.shows(/● running[\s\S]*A \d/);
      terminal.press('p');
      await terminal.shows(/● paused/);
      terminal.resize(90, 30);
      await terminal.shows(/● paused[\s\S]*\n└─{88}┘\n/);
      terminal.resize(120, 40);
      terminal.press('q');
      await terminal.shows(/code=0/);
      await terminal.isSane();
      assert.is(run.child.exitCode, null, 'the run goes on');
      terminal.type(attach);
      await terminal.shows(/● paused/);
      terminal.press('C-z');
      await terminal.shows(/Stopped/);
      terminal.type('fg');
      await terminal.shows(/● paused/);
      terminal.press('p');
      const shown = await terminal.shows(/● DIVERGED \(real\): data/);
      assert.match(shown, /A 2,000,000,007 {2}B 2,000,000,007/);
      terminal.press('b');
      await terminal.shows(/● side B is wrong; \d+ trials/);
      terminal.press('q');
      await terminal.shows(/next:\n[\s\S]*ready\$/);
      await terminal.isSane();
    } finally {
      run.child.kill('SIGTERM');
      await run.ended;
    }
  });

test.run();
