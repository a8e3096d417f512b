// `lockstep bisect --good REV --bad REV`: which commit of a translator's repository brought the divergence.

import { homedir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { UsageError } from '../emulator/index.ts';
import { bisectHistory, gitIn, type HistoryFound, repositoryOf } from '../lockstep/history/index.ts';
import { EXIT } from './exit-code.ts';
import type { Shown } from './session-options.ts';

export interface HistoryArguments {
  readonly good?: string;
  readonly bad?: string;
  readonly build?: string;
  readonly side?: 'a' | 'b';
  readonly cache?: string;
}

const text = (describe: string) => ({ type: 'string', requiresArg: true, describe }) as const;

export const HISTORY_OPTIONS = {
  good: text('revision of the translator at which the two agree: search its history'),
  bad: text('revision at which they differ'),
  build: text('command that builds a revision, run in a clone of it'),
  side: { choices: ['a', 'b'], default: 'b', describe: 'whose history: that side is a module in a git repository' },
  cache: text('directory to keep builds in'),
} as const;

/** The search, its exit code and what it prints. */
export async function searchHistory(
  { good, bad, build, side = 'b', cache }: HistoryArguments,
  specs: { readonly a: string; readonly b: string },
  shown: Shown,
  stdin: Uint8Array,
): Promise<{ found: HistoryFound; text: string; code: number }> {
  if (good === undefined || bad === undefined)
    throw new UsageError('a search through history needs --good and --bad', 'For example: --good v1.0 --bad HEAD');
  const [module = '', ...edits] = specs[side].split(',');
  if (!/[/\\]|\.(js|mjs|ts)$/.test(module))
    throw new UsageError(
      `side ${side} is "${module}", which has no history here`,
      `Give the path of a module in a git repository: --${side} ./mine.mjs`,
    );
  const path = resolve(module);
  const repository = await repositoryOf(dirname(path));
  const inside = relative(repository, path);
  if (inside.startsWith(`..${sep}`)) throw new UsageError(`${path} is not in ${repository}`);
  const found = await bisectHistory({
    good,
    bad,
    command: build,
    repository: gitIn(repository),
    cache: cache ?? join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'lockstep', 'builds'),
    ...(shown.session.signal && { signal: shown.session.signal }),
    session: (directory) => ({ ...shown.session, stdin, [side]: [join(directory, inside), ...edits].join(',') }),
    onStep: (what) => shown.say(`lockstep: ${what}`),
  });
  return { found, text: historyText(found), code: CODES[found.verdict] };
}

const CODES = { found: EXIT.diverged, same: EXIT.same, inconclusive: EXIT.inconclusive } as const;

function historyText({ verdict, commits, limit, builds, cached, runs, skipped }: HistoryFound): string {
  const counts = `${builds} builds, ${cached} kept from before, ${runs} runs, ${skipped.length} skipped`;
  if (verdict === 'same') return `the two do not differ at --bad\n${counts}\n`;
  const list = commits.map(({ commit, subject }) => `  ${commit} ${subject}`);
  const head =
    verdict === 'found'
      ? `this commit makes the two differ after ${limit} instructions:`
      : 'which commit it is cannot be told; these are left:';
  return `${[head, ...list, counts].join('\n')}\n`;
}
