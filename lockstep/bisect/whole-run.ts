// Blame over the whole run: for differences that a trial from the last agreed checkpoint does not bring back, because they
// need what was translated, linked or thrown away before. Each trial is a session from the start of the guest.

import type { Side } from '../protocol.ts';
import { type SessionOptions, sessionOutcome } from '../session.ts';
import { wrongOf } from './blame.ts';
import type { Blame, Culprit } from './culprit.ts';
import type { LoggedTrial, TrialLog } from './journal.ts';
import { trialNews } from './news.ts';
import { type Choices, searchSides } from './sides.ts';

/** Searches by sessions that stop at `limit` instructions, behind the known divergence. */
export async function blameWholeRun(
  options: SessionOptions,
  limit: number,
  onTrial: () => void,
  log?: TrialLog,
): Promise<Blame> {
  const searching = searchSides([null]);
  let trials = 0;
  const described = new Map<number, Culprit>();
  let step = searching.next();
  while (!step.done) {
    const asked = step.value;
    const number = trials++;
    const trial = log?.known(number) ?? (await tryRun(options, asked.choices, limit, onTrial));
    if (!log?.known(number)) log?.made(number, trial);
    log?.tell(trialNews(trials, asked, 'run', trial.differs));
    for (const culprit of trial.culprits ?? []) described.set(culprit.id, culprit);
    step = searching.next(trial);
  }
  const found = step.value;
  if (found.kind !== 'culprits')
    return { kind: found.kind, wrong: 'unknown', culprits: [], agrees: false, scope: null, trials };
  // The trial with the culprits alone has described them.
  const culprits = [...found.culprits.A, ...found.culprits.B].flatMap(({ id }) => described.get(id) ?? []);
  return { kind: 'culprits', wrong: wrongOf(culprits), culprits, agrees: found.agrees, scope: 'run', trials };
}

async function tryRun(
  options: SessionOptions,
  choices: Choices,
  limit: number,
  onTrial: () => void,
): Promise<LoggedTrial> {
  onTrial();
  const outcome = await sessionOutcome({ ...options, choices, maxInsns: limit, wanted: 'list', onOutput: () => {} });
  const listed = outcome.verdict === 'diverged' ? outcome.listed : undefined;
  const made = (side: Side) => {
    const { changes = [], complete = true } = listed?.[side] ?? {};
    return { changes, complete };
  };
  return {
    differs: outcome.verdict === 'diverged',
    A: made('A'),
    B: made('B'),
    ...(listed && { culprits: listed.culprits }),
  };
}
