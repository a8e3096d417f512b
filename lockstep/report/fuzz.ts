// What `lockstep fuzz` prints: a schema of plain data for scripts, and the same as text. Pure.

import { Coverage } from '../../emulator/sequence/index.ts';
import type { Finding } from '../fuzz/finding.ts';
import type { FuzzPlan } from '../fuzz/plan.ts';
import type { Suppressions } from '../fuzz/suppressions.ts';
import type { Tally } from '../fuzz/tally.ts';

export const FUZZ_SCHEMA = 'lockstep-fuzz-report/1';

const KINDS = { rows: 'row ', ops: 'op ', rules: 'rule ' } as const;
type Covered = { readonly met: number; readonly of: number; readonly missing: readonly string[] };

export interface FuzzReport {
  readonly schema: typeof FUZZ_SCHEMA;
  readonly plan: FuzzPlan;
  readonly verdict: 'none' | 'found';
  readonly batches: number;
  readonly programs: number;
  readonly instructions: number;
  /** Of this run; null for journals merged. */
  readonly seconds: number | null;
  readonly programsPerSecond: number | null;
  readonly findings: readonly (Finding & { readonly count: number; readonly suppressed: boolean })[];
  /** Decode rows executed, IR ops translated and rules applied in every eighth batch. */
  readonly coverage: Readonly<Record<keyof typeof KINDS, Covered>>;
}

export function fuzzReport(
  plan: FuzzPlan,
  tally: Tally,
  suppressions: Suppressions,
  run?: { readonly seconds: number; readonly programs: number },
): FuzzReport {
  const findings = tally.found.map(({ finding, count }) => {
    return { ...finding, count, suppressed: suppressions.has(finding.signature) };
  });
  const possible = new Coverage().possible();
  const covered = (prefix: string): Covered => {
    const names = possible.filter((name) => name.startsWith(prefix));
    const { met, missing } = tally.coverage(names);
    return { met, of: names.length, missing: missing.map((name) => name.slice(prefix.length)) };
  };
  return {
    schema: FUZZ_SCHEMA,
    plan,
    verdict: findings.some(({ suppressed }) => !suppressed) ? 'found' : 'none',
    batches: tally.batches.size,
    programs: tally.programs,
    instructions: tally.instructions,
    seconds: run ? run.seconds : null,
    programsPerSecond: run ? run.programs / run.seconds : null,
    findings,
    coverage: { rows: covered(KINDS.rows), ops: covered(KINDS.ops), rules: covered(KINDS.rules) },
  };
}

export function fuzzText(report: FuzzReport): string {
  const { findings, programs, instructions, coverage, programsPerSecond, seconds } = report;
  const lines: string[] = [];
  for (const finding of findings.filter(({ suppressed }) => !suppressed)) lines.push(...findingLines(finding), '');
  const suppressed = findings.filter((finding) => finding.suppressed).length;
  const found = findings.length - suppressed;
  lines.push(
    `${found === 0 ? 'nothing' : `${found} thing${found === 1 ? '' : 's'}`} found` +
      (suppressed > 0 ? `, ${suppressed} suppressed` : ''),
    `${programs} programs, ${instructions} instructions on each side` +
      (seconds === null ? '' : `; ${programsPerSecond!.toFixed(0)} programs/s in ${seconds.toFixed(1)} s`),
    `covered: ${Object.entries(coverage)
      .map(
        ([kind, { met, of }]) =>
          `${met} of ${of} ${{ rows: 'decode rows', ops: 'IR ops', rules: 'rewrite rules' }[kind]}`,
      )
      .join(', ')}`,
  );
  return `${lines.join('\n')}\n`;
}

function findingLines({
  signature,
  count,
  settings,
  culprits,
  wrong,
  programs,
  registers,
  differences,
  batch,
  index,
}: FuzzReport['findings'][number]): string[] {
  const who = { a: 'A is wrong', b: 'B is wrong', both: 'both are wrong', unknown: 'who is wrong is not known' }[wrong];
  return [
    `${signature}  (${count} program${count === 1 ? '' : 's'}; first: --batch ${batch}, program ${index})`,
    `  a ${settings.a}`,
    `  b ${settings.b}${settings.privileged ? '  (with privilege levels)' : ''}`,
    `  ${who}`,
    ...culprits.map(({ side, pass, rule, pc }) => `  pass \`${pass}\`, rule \`${rule}\` of ${side}, at ${pc}`),
    ...programs.flatMap((program, n) => [
      programs.length > 1 ? `  program ${n + 1}:` : '  program:',
      program.replaceAll(/^/gm, '  '),
    ]),
    ...(registers.length > 0 ? [`  with ${registers.join(', ')}`] : []),
    differences.replaceAll(/^/gm, '  '),
  ];
}
