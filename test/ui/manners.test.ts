// The manners of what borrows the terminal, in a real one: the live view and the inspector give it back as it was, whether
// they are quit, stopped, told to end, or crash; they follow its size.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mutants, scenarioPath } from '../../scenarios/index.ts';
import { NODE_ARGS } from '../cli/cli.ts';
import { FLOOD, LOOP } from '../cli/guests.ts';
import { skip } from '../support/skip.ts';
import { Terminal, tmuxIsHere } from '../support/tmux.ts';

const FOLD = mutants.find(({ name }) => name === 'fold')!;
const here = (name: string, run: (terminal: Terminal) => Promise<void>) => {
  if (!tmuxIsHere) skip(name, 'there is no tmux');
  else
    test(name, async () => {
      const terminal = new Terminal(100, 30);
      try {
        writeFileSync(join(terminal.dir, 'loop'), LOOP);
        writeFileSync(join(terminal.dir, 'flood'), FLOOD);
        writeFileSync(
          join(terminal.dir, 'crash.cjs'),
          'process.on("SIGUSR2", () => { throw new Error("a crash on purpose"); });',
        );
        await terminal.shows(/ready\$ *\n*$/);
        await run(terminal);
      } finally {
        terminal.close();
      }
    });
};

const command = (...args: readonly string[]) =>
  [process.execPath, ...NODE_ARGS, ...args].map((word) => `'${word}'`).join(' ');
/** A run that does not end by itself, with the live view. */
const live = (terminal: Terminal, ...more: readonly string[]) => command('run', ...more, join(terminal.dir, 'loop'));

async function liveView(terminal: Terminal): Promise<void> {
  await terminal.shows(/● running[\s\S]*A \d/);
  assert.is(terminal.knows('alternate_on'), '1');
}

here('the live view: opens by itself, follows the size, is left while the run goes on', async (terminal) => {
  terminal.type(`${live(terminal, '--max-insns', '100000000000')}; echo "code=$?"`);
  await liveView(terminal);
  await terminal.shows(/% of 100 G/);
  assert.is(terminal.screen().trimEnd().split('\n').length, 30);
  for (const [width, height] of [
    [80, 24],
    [300, 80],
    [60, 12],
    [100, 30],
  ] as const) {
    terminal.resize(width, height);
    await terminal.shows(width < 80 ? /panes need 80×20/ : new RegExp(`\\n└─{${width - 2}}┘\\n`));
  }
  terminal.press('p');
  await terminal.shows(/● paused/);
  terminal.press('p');
  await terminal.shows(/● running/);
  terminal.press('?');
  await terminal.shows(/to the shell; fg comes back/);
  terminal.press('q');
  await terminal.shows(/^A [\d.]+ [MG] .*windows/m);
  assert.is(terminal.knows('alternate_on'), '0');
  terminal.press('C-c');
  await terminal.shows(/code=130/);
  await terminal.isSane();
});

here('the live view: plugins of both sides by command, completed', async (terminal) => {
  terminal.type(`${live(terminal, '--window', '1000000')}; echo "code=$?"`);
  await liveView(terminal);
  terminal.press('-l', ':pl');
  terminal.press('Tab');
  terminal.press('-l', 'l');
  terminal.press('Tab');
  terminal.press('-l', 'hotb');
  terminal.press('Tab');
  await terminal.shows(/^ :plugin load hotblocks █/m);
  terminal.press('BSpace');
  terminal.press('-l', ',limit=1');
  terminal.press('Enter');
  await terminal.shows(/^ after \d+ instructions: hotblocks: hotblocks,limit=1 *$/m);
  terminal.press('-l', ':plugin unload ho');
  terminal.press('Tab');
  terminal.press('Enter');
  await terminal.shows(/^ after \d+ instructions: no plugins *$/m);
  terminal.press('-l', ':plugin unload hotblocks');
  terminal.press('Enter');
  await terminal.shows(/^ there is no plugin hotblocks to unload: Loaded are: lockstep\. *$/m);
  terminal.press('x');
  terminal.press('y');
  await terminal.shows(/^code=3$/m);
});

here('^C in the live view ends the run', async (terminal) => {
  terminal.type(`${live(terminal)}; echo "code=$?"`);
  await liveView(terminal);
  terminal.press('C-c');
  await terminal.shows(/code=130/);
  await terminal.isSane();
});

here('^Z stops whatever is in the foreground, a launcher too; fg brings the view back', async (terminal) => {
  terminal.type(`sh -c "${live(terminal).replaceAll("'", '')}; :"`);
  await liveView(terminal);
  terminal.press('C-z');
  await terminal.shows(/Stopped/);
  await terminal.isSane();
  terminal.type('fg');
  await liveView(terminal);
  terminal.press('C-c');
  await terminal.shows(/ready\$ *\n*$/);
  await terminal.isSane();
});

for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGUSR2'] as const) {
  const what = signal === 'SIGUSR2' ? 'a crash' : signal;
  const prefix = (terminal: Terminal) => `NODE_OPTIONS='--require ${join(terminal.dir, 'crash.cjs')}' `;

  here(`the live view gives the terminal back after ${what}`, async (terminal) => {
    terminal.type(`${prefix(terminal)}${live(terminal)}; echo "code=$?"`);
    await liveView(terminal);
    process.kill(terminal.child('run'), signal);
    const shown = await terminal.shows(/code=\d/);
    assert.match(shown, signal === 'SIGUSR2' ? /nobody waited for: a crash on purpose[\s\S]*code=2/ : /code=130/);
    await terminal.isSane();
  });
}

here('the inspector gives the terminal back after signals and crashes', async (terminal) => {
  const file = join(terminal.dir, 'fold.lsrec');
  terminal.type(
    `${command('run', '--no-tui', '--record', file, '--b', 'mutant:fold', scenarioPath(FOLD.program))}; clear; echo done`,
  );
  await terminal.shows(/done/);
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGUSR2'] as const) {
    terminal.type(
      `clear; NODE_OPTIONS='--require ${join(terminal.dir, 'crash.cjs')}' ${command('inspect', file)}; echo "code=$?"`,
    );
    await terminal.shows(/● DIVERGED/);
    process.kill(terminal.child('inspect'), signal);
    const shown = await terminal.shows(/code=\d/);
    assert.match(shown, signal === 'SIGUSR2' ? /a crash on purpose[\s\S]*code=2/ : /code=130/, signal);
    await terminal.isSane();
  }
});

here(
  'what the guest wrote while the view had the terminal is there afterwards; no colour when none is wanted',
  async (terminal) => {
    terminal.type(`NO_COLOR=1 ${command('run', join(terminal.dir, 'flood'))}; echo "code=$?"`);
    await liveView(terminal);
    await terminal.shows(/3 Guest output[\s\S]*│ flood[\s\S]*│ flood/);
    assert.not(terminal.tmux('capture-pane', '-p', '-e').includes('\x1b['));
    terminal.press('C-c');
    const shown = await terminal.shows(/code=130/);
    assert.match(shown, /^flood$/m);
    await terminal.isSane();
  },
);

test.run();
