// Builds of revisions, each in a clone of its own, kept for later: the same tree built by the same command is built once.
// A build that was broken off leaves no mark and is done again.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Interrupted } from '../engine-error.ts';
import { cloneShared, type Git } from './git.ts';

export interface BuildsOptions {
  readonly repository: Git;
  /** A shell command, run in the top directory; nothing is built when missing. */
  readonly command: string | undefined;
  /** Directory builds are kept in. */
  readonly cache: string;
  readonly signal?: AbortSignal;
}

export class Builds {
  /** Commands run, and builds found. */
  built = 0;
  cached = 0;
  private readonly options: BuildsOptions;

  constructor(options: BuildsOptions) {
    this.options = options;
  }

  /** The directory with the build of a commit; undefined when it does not build: its log lies beside, ending in `.log`. */
  async of(commit: string): Promise<string | undefined> {
    const { repository, command = '', cache, signal } = this.options;
    const tree = await repository('rev-parse', `${commit}^{tree}`);
    const key = createHash('sha256').update(`${repository.dir}\0${tree}\0${command}`).digest('hex').slice(0, 20);
    const dir = join(cache, key);
    const mark = `${dir}.built`;
    if (existsSync(mark)) {
      this.cached++;
      return readFileSync(mark, 'utf8') === 'ok' ? dir : undefined;
    }
    mkdirSync(cache, { recursive: true });
    rmSync(dir, { recursive: true, force: true });
    const clone = await cloneShared(repository.dir, dir, signal);
    await clone('checkout', '--quiet', '--detach', commit);
    this.built++;
    const succeeded = command === '' || (await this.run(command, dir));
    writeFileSync(mark, succeeded ? 'ok' : 'failed');
    return succeeded ? dir : undefined;
  }

  private run(command: string, cwd: string): Promise<boolean> {
    const { signal } = this.options;
    const log = openSync(`${cwd}.log`, 'w');
    // A group of its own, so that all of it can be ended.
    const child = spawn('/bin/sh', ['-c', command], { cwd, stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    const stop = () => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    };
    signal?.addEventListener('abort', stop);
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => {
        signal?.removeEventListener('abort', stop);
        if (signal?.aborted) reject(new Interrupted());
        else resolve(code === 0);
      });
    });
  }
}
