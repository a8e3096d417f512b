// The search for the changes to blame: where it is, whom the reference model contradicts, what was found, and its trials with
// what was made in each. Unlike the other panes it shows no place of the run. Pure.

import type { TrialNews } from '../../lockstep/index.ts';
import { columns, printable, type Style, span } from '../lines.ts';
import type { Bisection } from '../trace/bisection.ts';
import type { PaneContent, PaneLine } from './pane.ts';

/** Suffixes of ids that are shown of one trial. */
const SHOWN = 3;
const LONGEST_SUFFIX = 20;

export function bisection(search: Bisection, width: number): PaneContent {
  const { result, vote, trials, dropped, status } = search;
  const lines: PaneLine[] = [];
  const put = (text: string, style: Style = 'plain', more: Omit<PaneLine, 'line'> = {}) =>
    lines.push({ ...more, line: [span(printable(text), style)] });
  /** A sentence over as many lines as it takes; copied whole. */
  const say = (text: string, style: Style, signs: string) => {
    const [first = '', ...rest] = wrapped(text, width - 2);
    put(`${signs} ${first}`, style, { whole: text });
    for (const line of rest) put(`  ${line}`, style, { whole: text });
  };
  say(statusText(search), 'bold', status === 'running' ? '…' : '●');
  for (const sentence of result?.sentences ?? []) say(sentence, result?.verdict === 'found' ? 'diff' : 'plain', '≠');
  if (vote) {
    put('the reference model on this block', 'title');
    for (const line of vote.text) put(`  ${line}`, line.includes(': wrong') ? 'diff' : 'plain');
  }
  const next = result?.next ?? [];
  if (next.length > 0) put('next', 'title');
  for (const command of next) put(`  ${command}`, 'plain', { whole: command });
  if (trials.length > 0) {
    put(tableRow('trial', 'side', 'in the', 'changes made', 'suspects', ''), 'title');
    if (dropped > 0) put(`  … ${dropped} trials before these`, 'dim');
  }
  trials.forEach((trial, i) => {
    const latest = status === 'running' && i === trials.length - 1;
    put(trialText(trial), trial.differs ? 'diff' : 'plain', { here: latest, differs: trial.differs });
  });
  return { lines, data: dataOf(search) };
}

function statusText({ status, doing, trials, dropped, result, error, seconds }: Bisection): string {
  const count = `${plural(trials.length + dropped, 'trial')}, ${seconds.toFixed(1)} s`;
  const last = trials.at(-1);
  if (status === 'running') {
    const left = last?.suspects == null ? '' : `, ${plural(last.suspects, 'suspect')}`;
    return `searching: ${doing}; ${last ? `${last.phase}${left}; ` : ''}${count}`;
  }
  if (status === 'failed') return `the search has failed after ${count}: ${error}`;
  if (status === 'stopped') return `stopped after ${count}; b begins anew`;
  const wrong = result && WRONG[result.wrong];
  return `${wrong ?? 'nothing is known'}; ${plural(result?.trials ?? 0, 'trial')}, ${(result?.seconds ?? seconds).toFixed(1)} s`;
}

const WRONG = {
  a: 'side A is wrong',
  b: 'side B is wrong',
  both: 'both sides are wrong',
  unknown: 'no change could be named',
} as const;

function trialText({ number, side, scope, made, unmade, phase, suspects, differs }: TrialNews): string {
  return tableRow(
    `${number}`,
    side.toUpperCase(),
    scope,
    madeText(made, unmade, phase),
    suspects === null ? '?' : `${suspects}`,
    differs ? '≠ differ' : '= agree',
  );
}

/** Changes are named by how their ids end, in binary. */
function madeText(made: readonly string[], unmade: readonly string[], phase: TrialNews['phase']): string {
  if (made.length === 0) return 'none';
  if (phase === 'confirming') return unmade.length > 0 ? 'all but the culprits' : 'the culprits alone';
  if (made[0] === '' && made.length === 1) return 'all';
  const names = made.slice(0, SHOWN).map((end) => `…${end.slice(-LONGEST_SUFFIX)}`);
  return `${names.join(' ')}${made.length > SHOWN ? ` and ${made.length - SHOWN} more` : ''}`;
}

function tableRow(number: string, side: string, scope: string, made: string, suspects: string, outcome: string) {
  const cells = [number.padStart(5), side.padEnd(4), scope.padEnd(6), made.padEnd(24), suspects.padStart(8), outcome];
  return `  ${cells.join(' ')}`.trimEnd();
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** Lines of at most `width` columns, broken at spaces where there are any. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && columns(line) + 1 + columns(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function dataOf({ status, vote, trials, dropped, result, error }: Bisection): unknown {
  return {
    status,
    ...(error !== '' && { error }),
    vote: vote ? { wrong: vote.wrong, text: vote.text } : null,
    trials: trials.map(({ t: _, ...trial }) => trial),
    dropped,
    result: result ?? null,
  };
}
