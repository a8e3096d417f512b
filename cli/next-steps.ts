// What to type next: each run ends with the commands that lead on from its result. Pure.

import type { Report } from '../lockstep/index.ts';
import { type GuestSpec, guestWords } from './guest-options.ts';
import { commandLine } from './shell.ts';

/** The most conservative translator: the one to ask who is right. */
const REFERENCE = 'tci';

export interface AboutRun {
  /** Seconds that were not enough. */
  readonly expired?: number;
  /** The option of the run, where it was given, as words. */
  readonly lookBack?: readonly string[];
  /** The file that keeps the run. */
  readonly recording?: string;
}

export function nextSteps(report: Report, guest: GuestSpec, a: string, b: string, about: AboutRun = {}): string[] {
  const { expired, recording, lookBack = [] } = about;
  const words = guestWords(guest);
  const run = (left: string, right: string, ...more: string[]) =>
    commandLine(['lockstep', 'run', '--a', left, '--b', right, ...more, ...words]);
  if (report.verdict === 'inconclusive')
    return [expired === undefined ? run(a, b, '--stream', 'blocks') : run(a, b, '--timeout', `${10 * expired}`)];
  if (report.verdict === 'same') {
    const untried = [a, b].includes(REFERENCE) ? undefined : run(REFERENCE, b);
    return untried ? [untried] : [];
  }
  const after = report.a.icount ?? 1;
  const show = (translator: string) =>
    commandLine([
      'lockstep',
      'emu',
      '--translator',
      translator,
      '--max-insns',
      `${after}`,
      '-d',
      'in_asm,op,op_opt',
      ...words,
    ]);
  const bisect = commandLine(['lockstep', 'bisect', '--a', a, '--b', b, ...lookBack, ...words]);
  const look = recording === undefined ? [] : [commandLine(['lockstep', 'inspect', recording])];
  const steps = [...look, show(b), bisect];
  for (const suspect of [b, a])
    if (suspect !== REFERENCE && ![a, b].includes(REFERENCE)) steps.push(run(REFERENCE, suspect));
  return steps;
}
