// The few things asked of git. Everything happens in clones that share the repository's objects: the repository itself and
// its working tree are only read.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { UsageError } from '../../emulator/index.ts';

const run = promisify(execFile);
const MAX_OUTPUT = 64 << 20;

export interface Git {
  readonly dir: string;
  /** Standard output without the newline at its end; rejects with what git said. */
  (...args: readonly string[]): Promise<string>;
}

export function gitIn(dir: string, signal?: AbortSignal): Git {
  // A hook or a script that runs this must not have its own repository meant.
  const { GIT_DIR: _, GIT_WORK_TREE: __, GIT_INDEX_FILE: ___, ...env } = process.env;
  const git = async (...args: readonly string[]) => {
    const options = { cwd: dir, env: { ...env, LC_ALL: 'C' }, maxBuffer: MAX_OUTPUT, ...(signal && { signal }) };
    return (await run('git', args.slice(), options)).stdout.trimEnd();
  };
  return Object.assign(git, { dir });
}

/** The top directory of the repository that `dir` is in. */
export async function repositoryOf(dir: string): Promise<string> {
  try {
    return await gitIn(dir)('rev-parse', '--show-toplevel');
  } catch (error) {
    throw new UsageError(`${dir} is in no git repository: ${firstLine(error)}`);
  }
}

/** The full name of a commit. */
export async function commitOf(git: Git, revision: string, option: string): Promise<string> {
  try {
    return await git('rev-parse', '--verify', '--end-of-options', `${revision}^{commit}`);
  } catch (error) {
    throw new UsageError(`${option} is no commit of ${git.dir}: ${firstLine(error)}`);
  }
}

/** A clone at `dir` that shares the objects; nothing is checked out. */
export async function cloneShared(repository: string, dir: string, signal?: AbortSignal): Promise<Git> {
  await gitIn(repository, signal)('clone', '--quiet', '--shared', '--no-checkout', '--', repository, dir);
  return gitIn(dir, signal);
}

export function firstLine(error: unknown): string {
  const { stderr, message = String(error) } = error as { stderr?: string; message?: string };
  return (stderr?.trim() || message).split('\n')[0]!;
}
