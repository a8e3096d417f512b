// A shell with job control in a real terminal (tmux), as a person has it.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';

export const tmuxIsHere: boolean = spawnSync('tmux', ['-V']).status === 0;

const PATIENCE_MS = 60_000;
const LOOK_MS = 100;

export class Terminal {
  readonly dir = mkdtempSync(join(tmpdir(), 'lockstep-terminal-'));

  constructor(width: number, height: number, env: readonly string[] = []) {
    // Without the runner's FORCE_COLOR and the like.
    const clean = ['env', '-i', `PATH=${process.env.PATH}`, `HOME=${this.dir}`, 'TERM=screen', 'LC_ALL=C.UTF-8'];
    // Without a history, which bash would write into the directory while it is removed.
    const shell = [...clean, 'PS1=ready$ ', 'HISTFILE=', ...env, 'bash', '--norc', '--noprofile'];
    this.tmux('new-session', '-d', '-x', `${width}`, '-y', `${height}`, ...shell);
  }

  tmux(...args: readonly string[]): string {
    const words = ['-S', join(this.dir, 'tmux'), '-f', '/dev/null', ...args];
    return execFileSync('tmux', words, { encoding: 'utf8' });
  }
  screen(): string {
    return this.tmux('capture-pane', '-p');
  }
  press(...keys: readonly string[]): void {
    this.tmux('send-keys', ...keys);
  }
  /** Types a line, and Enter. */
  type(line: string): void {
    this.press('-l', line);
    this.press('Enter');
  }
  resize(width: number, height: number): void {
    this.tmux('resize-window', '-x', `${width}`, '-y', `${height}`);
  }
  /** What tmux knows of the pane: `alternate_on`, `cursor_flag`, `pane_pid` … */
  knows(what: string): string {
    return this.tmux('display-message', '-p', `#{${what}}`).trim();
  }

  /** The screen once it shows what it should. */
  async shows(what: RegExp): Promise<string> {
    const until = Date.now() + PATIENCE_MS;
    for (;;) {
      const now = this.screen();
      if (what.test(now)) return now;
      if (Date.now() > until) assert.unreachable(`${what} is not to be seen:\n${now}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** The process that the shell has started: the first below it whose command line has these words. */
  child(words: string): number {
    const parents = new Set([this.knows('pane_pid')]);
    for (let round = 0; round < 4; round++)
      for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
        try {
          const parent = /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
          if (!parents.has(parent) || parents.has(pid)) continue;
          const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
          if (line.startsWith(process.execPath) && line.includes(words)) return Number(pid);
          parents.add(pid);
        } catch {
          // Ended in between.
        }
      }
    assert.unreachable(`the shell runs no ${words}`);
    return 0;
  }

  /** Lines are edited and echoed, the cursor is there, the screen is the shell's. */
  async isSane(): Promise<void> {
    this.type('clear; stty -a');
    assert.match(await this.shows(/icanon/), /[^-]icanon[\s\S]*[^-]echo /);
    assert.equal([this.knows('alternate_on'), this.knows('cursor_flag'), this.knows('wrap_flag')], ['0', '1', '1']);
    this.type('clear');
    await this.shows(/^ready\$ *\n*$/);
  }

  close(): void {
    this.tmux('kill-server');
    // What ran there may be writing its last.
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}
