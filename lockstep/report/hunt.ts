// The result of a bisection: one object for tools, one sentence a culprit for people. Pure.

import { changeIdText } from '../../emulator/index.ts';
import type { Culprit, RepeatedCulprit } from '../bisect/culprit.ts';
import type { Hunt } from '../bisect/hunt.ts';
import type { VoteNews } from '../bisect/news.ts';
import type { Side } from '../protocol.ts';
import { hexOf, type Report } from './model.ts';

export const HUNT_SCHEMA = 1;

export interface HuntReport {
  readonly schema: number;
  /**
   * 'found': the culprits explain every difference. 'partly': some are named, others remain. 'unnamed': the sides differ,
   * and no change is to blame. 'same': they do not differ. 'inconclusive': the first run had no verdict.
   */
  readonly verdict: 'found' | 'partly' | 'unnamed' | 'same' | 'inconclusive';
  readonly wrong: Hunt['wrong'];
  readonly culprits: readonly ReportCulprit[];
  /** Why some or all differences have no culprit. */
  readonly rest: Hunt['rest'];
  readonly trials: number;
  readonly runs: number;
  readonly seconds: number;
  /** Specs of translators that agree to the end, where the culprits can be left out. */
  readonly cure: { readonly a: string; readonly b: string } | null;
  /** What the first run found. */
  readonly report: Report;
}

/** What every search ends with, in a run or on a capsule's block: of what `--json` prints that which both have. */
export interface SearchResult
  extends Pick<HuntReport, 'schema' | 'verdict' | 'wrong' | 'culprits' | 'trials' | 'seconds'> {
  /** Whom the reference model contradicts; only a capsule has it. */
  readonly vote?: VoteNews['wrong'];
  /** A culprit each, and what is to be said where there is none. */
  readonly sentences: readonly string[];
  /** The file of the capsule. */
  readonly capsule: string | null;
  /** Commands to type next. */
  readonly next: readonly string[];
}

export interface ReportCulprit {
  readonly side: 'a' | 'b';
  readonly pass: string;
  readonly rule: string;
  readonly pc: string;
  /** The guest instruction there. */
  readonly text: string;
  readonly symbol: string | null;
  /** `without=` of a translator spec takes it. */
  readonly id: string;
  /** Where the same rule was to blame after that; it was left out altogether from the last of these places on. */
  readonly again: readonly Place[];
}

export type Place = Pick<ReportCulprit, 'pc' | 'text' | 'symbol' | 'id'>;

export function huntReport(hunt: Hunt, a: string, b: string, seconds: number): HuntReport {
  const edits = hunt.cure.A.length + hunt.cure.B.length;
  return {
    schema: HUNT_SCHEMA,
    verdict: verdictOf(hunt),
    wrong: hunt.wrong,
    culprits: hunt.culprits.map(culpritOf),
    rest: hunt.rest,
    trials: hunt.trials,
    runs: hunt.runs,
    seconds,
    cure: edits > 0 ? { a: [a, ...hunt.cure.A].join(','), b: [b, ...hunt.cure.B].join(',') } : null,
    report: hunt.report,
  };
}

function verdictOf({ report, culprits, rest }: Hunt): HuntReport['verdict'] {
  if (report.verdict !== 'diverged') return report.verdict;
  if (culprits.length === 0) return 'unnamed';
  return rest === 'none' ? 'found' : 'partly';
}

function culpritOf(culprit: RepeatedCulprit): ReportCulprit {
  const { side, pass, rule, again } = culprit;
  return { side: SMALL[side], pass, rule, ...placeOf(culprit), again: again.map(placeOf) };
}

function placeOf({ pc, text, symbol, id }: Culprit): Place {
  return { pc: hexOf(pc), text, symbol, id: changeIdText(id) };
}

const SMALL: Readonly<Record<Side, 'a' | 'b'>> = { A: 'a', B: 'b' };

const REST: Readonly<Record<Exclude<Hunt['rest'], 'none'>, string>> = {
  elsewhere: 'they differ without any of these changes too: what is wrong lies in what both sides always do',
  gone: 'the difference does not come back when it is looked for',
  inconclusive: 'the search ended before it was through',
};

/** What a person reads; the report of the first run comes before it. */
export function huntText(hunt: HuntReport): string {
  const lines: string[] = [];
  const { report } = hunt;
  if (report.verdict === 'diverged' && report.at) {
    const { at } = report;
    lines.push(
      `≠ block ${at.pc}${at.symbol ? ` ${at.symbol}` : ''}, entered after ${at.icount} instructions with equal state`,
    );
    for (const register of report.registers.slice(0, 4))
      lines.push(`  ${register.name}: A ${register.a}, B ${register.b}`);
  } else lines.push(report.summary);
  if (report.verdict === 'diverged') for (const line of huntSentences(hunt)) lines.push('', line);
  lines.push('', `${hunt.trials} trials, ${hunt.runs} runs, ${hunt.seconds.toFixed(1)} s`);
  return `${lines.join('\n')}\n`;
}

export function huntSentences(hunt: HuntReport): string[] {
  const { report, culprits, rest } = hunt;
  if (report.verdict !== 'diverged') return [report.summary];
  const lines = culprits.map((culprit) => sentence(culprit, hunt));
  if (rest !== 'none') lines.push(`${culprits.length > 0 ? 'Beyond that ' : ''}${REST[rest]}.`);
  return lines;
}

function sentence(culprit: ReportCulprit, hunt: HuntReport): string {
  const { report } = hunt;
  const wrong = report.registers.map(({ name }) => name).slice(0, 4);
  const makes =
    culprit === hunt.culprits[0] && wrong.length > 0 ? `makes ${wrong.join(', ')} wrong` : 'makes the sides differ';
  const name = hunt.wrong === 'both' || culprit.side === 'a' ? ` of side ${culprit.side.toUpperCase()}` : '';
  const outcome =
    hunt.verdict !== 'found'
      ? ''
      : hunt.culprits.length === 1
        ? `; without ${culprit.again.length > 0 ? 'the rule' : 'it'} the two agree to the end`
        : '; without all that is named here the two agree to the end';
  const again = culprit.again.map((place) => `, and again at ${placeText(place)}`).join('');
  return (
    `pass \`${culprit.pass}\`${name}, rule \`${culprit.rule}\`, applied at guest pc ${placeText(culprit)}` +
    ` in block ${report.at?.pc ?? '?'}, ${makes}${again}${outcome}.`
  );
}

function placeText({ pc, symbol, text }: Place): string {
  return `${pc}${symbol ? ` ${symbol}` : ''} (\`${text}\`)`;
}
