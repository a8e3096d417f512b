// Which commit of a translator brought a divergence: `git bisect`, driven in a clone. The bad revision is run first, to the
// divergence; every other run stops there. A revision that does not build or run is skipped. The good revision is taken
// on trust until everything after it has proved bad.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../emulator/index.ts';
import { EngineError, Interrupted } from '../engine-error.ts';
import type { Finished } from '../report/model.ts';
import { type SessionOptions, sessionOutcome } from '../session.ts';
import { Builds, type BuildsOptions } from './builds.ts';
import { cloneShared, commitOf, firstLine, type Git } from './git.ts';

export interface HistoryOptions extends BuildsOptions {
  readonly good: string;
  readonly bad: string;
  /** The session of a build in this directory. */
  session(directory: string): SessionOptions;
  onStep?(what: string): void;
}

export interface HistoryFound {
  readonly verdict: 'found' | 'same' | 'inconclusive';
  /** The first bad commit; of an inconclusive search, the candidates that are left. */
  readonly commits: readonly { readonly commit: string; readonly subject: string }[];
  /** Instructions after which the bad revision differs. */
  readonly limit: number | null;
  readonly builds: number;
  readonly cached: number;
  readonly runs: number;
  /** Commits that do not build or do not run. */
  readonly skipped: readonly string[];
}

type Tested = 'good' | 'bad' | 'skip';

export async function bisectHistory(options: HistoryOptions): Promise<HistoryFound> {
  const { repository, onStep = () => {} } = options;
  const [good, bad] = [
    await commitOf(repository, options.good, '--good'),
    await commitOf(repository, options.bad, '--bad'),
  ];
  const builds = new Builds(options);
  const skipped: string[] = [];
  let runs = 0;

  const run = async (commit: string, maxInsns?: number): Promise<Finished | undefined> => {
    if (options.signal?.aborted) throw new Interrupted();
    onStep(`${await nameOf(repository, commit)}: building`);
    const directory = await builds.of(commit);
    if (directory === undefined) return undefined;
    onStep(`${await nameOf(repository, commit)}: running`);
    runs++;
    const session = options.session(directory);
    try {
      return await sessionOutcome({ ...session, onOutput: () => {}, ...(maxInsns !== undefined && { maxInsns }) });
    } catch (error) {
      // A revision whose translator cannot be loaded or dies says nothing about this bug.
      if (error instanceof EngineError || (error instanceof Error && error.name === 'UsageError')) return undefined;
      throw error;
    }
  };
  const end = (
    verdict: HistoryFound['verdict'],
    commits: HistoryFound['commits'],
    limit: number | null,
  ): HistoryFound => {
    return { verdict, commits, limit, builds: builds.built, cached: builds.cached, runs, skipped };
  };

  const first = await run(bad);
  if (first === undefined)
    throw new UsageError(`--bad ${options.bad} does not build or run`, 'Its log is in the cache of builds.');
  if (first.verdict === 'same') return end('same', [], null);
  if (first.verdict !== 'diverged') return end('inconclusive', [], null);
  const limit = first.divergence.after;
  const test = async (commit: string): Promise<Tested> => {
    const outcome = await run(commit, limit);
    if (outcome?.verdict === 'same') return 'good';
    if (outcome?.verdict === 'diverged') return 'bad';
    skipped.push(commit);
    return 'skip';
  };

  const scratch = mkdtempSync(join(tmpdir(), 'lockstep-history-'));
  try {
    const driver = await cloneShared(repository.dir, join(scratch, 'bisect'), options.signal);
    const { left, anyGood } = await drive(driver, good, bad, test);
    if (!anyGood && left.length === 1 && (await test(good)) === 'bad')
      throw new UsageError(`the two differ at --good ${options.good} too`, 'Give a revision at which they agree.');
    const commits = await Promise.all(
      left.map(async (commit) => ({ commit, subject: await subjectOf(repository, commit) })),
    );
    return end(left.length === 1 ? 'found' : 'inconclusive', commits, limit);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Asks `test` about one commit after another, as git proposes them; the commits that may be the first bad one. */
async function drive(
  git: Git,
  good: string,
  bad: string,
  test: (commit: string) => Promise<Tested>,
): Promise<{ left: string[]; anyGood: boolean }> {
  let anyGood = false;
  let said: string;
  try {
    said = await git('bisect', 'start', '--no-checkout', bad, good);
  } catch (error) {
    throw new UsageError(`git cannot bisect between --good and --bad: ${firstLine(error)}`);
  }
  for (;;) {
    const found = /^([0-9a-f]{40,64}) is the first bad commit$/m.exec(said);
    if (found) return { left: [found[1]!], anyGood };
    const tested = await test(await git('rev-parse', 'BISECT_HEAD'));
    anyGood ||= tested === 'good';
    try {
      said = await git('bisect', tested);
    } catch (error) {
      // Only skipped commits are left; git lists them with the bad one and ends with 2.
      const { code, stdout = '' } = error as { code?: unknown; stdout?: string };
      if (code !== 2) throw new EngineError(`git bisect failed: ${firstLine(error)}`);
      return { left: [...stdout.matchAll(/^([0-9a-f]{40,64})$/gm)].map(([, commit]) => commit!), anyGood };
    }
  }
}

const subjectOf = (git: Git, commit: string): Promise<string> => git('log', '-1', '--format=%s', commit);
const nameOf = async (git: Git, commit: string): Promise<string> =>
  `${commit.slice(0, 12)} ${await subjectOf(git, commit)}`;
