// What a bisection has found out so far: the result of each trial, in order, and of each round that is over. The search asks
// here before it makes a trial; since it follows from the answers alone, one that was killed goes on where it was.

import { UsageError } from '../../emulator/index.ts';
import { JournalFile, readJournalLines } from '../journal-file.ts';
import type { Report } from '../report/model.ts';
import type { Blame, Culprit } from './culprit.ts';
import type { TrialNews } from './news.ts';
import type { PairTrial } from './sides.ts';

export const HUNT_JOURNAL_SCHEMA = 'lockstep-bisect/3';

/** A trial, with the changes it made told for people where they are known. */
export interface LoggedTrial extends PairTrial {
  readonly culprits?: readonly Culprit[];
}

/** The trials of one search, numbered in the order they are made. */
export interface TrialLog {
  known(number: number): LoggedTrial | undefined;
  made(number: number, trial: LoggedTrial): void;
  /** Of every trial, whether it had to be made or was known. */
  tell(news: TrialNews): void;
}

/** One comparison and, when it differs, the search after it. */
export interface Round {
  readonly verdict: Report['verdict'];
  readonly report: Report;
  readonly blame: Blame | null;
}

/** `window`: trials from the last agreed checkpoint; `run`: from the start of the guest. */
export type SearchKind = 'window' | 'run';

type Line =
  | {
      readonly t: 'trial';
      readonly round: number;
      readonly kind: SearchKind;
      readonly number: number;
      readonly trial: LoggedTrial;
    }
  | { readonly t: 'round'; readonly round: number; readonly result: Round };

export class HuntJournal {
  private readonly file: JournalFile;
  private readonly trials = new Map<string, LoggedTrial>();
  private readonly rounds = new Map<number, Round>();

  private constructor(file: JournalFile) {
    this.file = file;
  }

  /** `about` is everything the search follows from. */
  static create(path: string, about: string): HuntJournal {
    return new HuntJournal(JournalFile.create(path, { schema: HUNT_JOURNAL_SCHEMA, about }));
  }

  /** Throws a UsageError where the journal is of another search. */
  static resume(path: string, about: string): HuntJournal {
    const { header, rest, whole, wrong } = readJournalLines(path, 'bisect');
    const { schema, about: known } = (header ?? {}) as { schema?: unknown; about?: unknown };
    if (schema !== HUNT_JOURNAL_SCHEMA) throw wrong(1);
    if (known !== about)
      throw new UsageError(
        `${path} is of another bisection`,
        'Give the program, translators and options it was begun with.',
      );
    rest.forEach((line, n) => {
      if (!isLine(line)) throw wrong(n + 2);
    });
    const journal = new HuntJournal(JournalFile.resume(path, whole));
    for (const line of rest as Line[]) journal.take(line);
    return journal;
  }

  private take(line: Line): void {
    if (line.t === 'round') this.rounds.set(line.round, line.result);
    else this.trials.set(`${line.round} ${line.kind} ${line.number}`, line.trial);
  }

  round(number: number): Round | undefined {
    return this.rounds.get(number);
  }

  finish(round: number, result: Round): void {
    this.rounds.set(round, result);
    this.file.append({ t: 'round', round, result } satisfies Line);
  }

  log(round: number, kind: SearchKind): Omit<TrialLog, 'tell'> {
    return {
      known: (number) => this.trials.get(`${round} ${kind} ${number}`),
      made: (number, trial) => this.file.append({ t: 'trial', round, kind, number, trial } satisfies Line),
    };
  }

  close(): void {
    this.file.close();
  }
}

function isLine(value: unknown): value is Line {
  if (typeof value !== 'object' || value === null) return false;
  const { t, round, kind, number, trial, result } = value as Record<string, unknown>;
  if (!Number.isSafeInteger(round)) return false;
  if (t === 'round') return isObject(result) && typeof result.verdict === 'string' && isObject(result.report);
  const isSide = (side: unknown) => isObject(side) && Array.isArray(side.changes) && typeof side.complete === 'boolean';
  const isTrial = isObject(trial) && typeof trial.differs === 'boolean' && isSide(trial.A) && isSide(trial.B);
  return t === 'trial' && (kind === 'window' || kind === 'run') && Number.isSafeInteger(number) && isTrial;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
