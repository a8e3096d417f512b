// Who is wrong, where the bad block alone does not tell (entry-vote.ts): each side is compared with a third translator up to the end of the block on which they differ. Where just
// one of them differs from it as well, that one is wrong. The runs are ordinary ones, from the start of the guest on, so
// that what only shows in the course of a run shows again.

import type { Report, ReportThird } from './report/model.ts';

/** Compares a translator with the third one up to an instruction count. */
export type Compare = (translator: string, maxInsns: number) => Promise<Report['verdict']>;

/** `report` is of a divergence. A side that neither agrees nor differs (out of time) leaves the question open. */
export async function thirdOpinion(report: Report, third: string, compare: Compare): Promise<ReportThird> {
  const until = Math.max(report.a.icount ?? 0, report.b.icount ?? 0);
  const agrees = async (translator: string): Promise<boolean | null> => {
    const verdict = await compare(translator, until);
    return verdict === 'inconclusive' ? null : verdict === 'same';
  };
  const withA = await agrees(report.a.translator);
  const withB = await agrees(report.b.translator);
  return { translator: third, from: 'start', agreesWithA: withA, agreesWithB: withB, wrong: verdictOf(withA, withB) };
}

function verdictOf(withA: boolean | null, withB: boolean | null): ReportThird['wrong'] {
  // Both agree: what made them differ has not happened again.
  if (withA === null || withB === null || (withA && withB)) return 'unknown';
  return withA ? 'b' : withB ? 'a' : 'both';
}
