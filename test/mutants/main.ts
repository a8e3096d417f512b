// `npm run mutants`: the table of the mutants and that of the false alarms, in Markdown.
//
//   npm run mutants                       all tables, to the terminal
//   npm run mutants -- --only a,b         some mutants
//   npm run mutants -- --tables small,culprits,skew,alarms,large
//   npm run mutants -- --write            to docs/mutants.md, each table as soon as it is made
//
// Takes minutes: it is not part of the tests. test/mutants/mutants.test.ts runs every mutant once. Each row is told on standard
// error when it is there; the exit code is 1 when one is not as it should be.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { hex } from '../../emulator/index.ts';
import { DEFAULT_WINDOW } from '../../lockstep/index.ts';
import { STRETCH } from '../../lockstep/look-back.ts';
import { mutants, packageRoot, scenarioPath } from '../../scenarios/index.ts';
import type { Mutant } from '../../scenarios/scenario.ts';
import { sqliteGuest } from '../bench/guests.ts';
import { buildGuests } from '../conformance/qemu.ts';
import { firstBad } from './oracle.ts';
import { bisect, compare, inTurn, type Pair } from './pair.ts';

const LIMIT = 20_000_000;
const ALARM_LIMIT = 2_000_000;
/** For one comparison; what takes longer is told as inconclusive. */
const TIMEOUT_MS = 300_000;
/** Side A and edits of side B under skew: cuts, tiers and regions all differ. */
const SKEW = { a: 'old-tcg,max-insns=5', edits: ',hot=16,region-insns=50' };
const KNOBS: readonly (Pick<Pair, 'a' | 'b'> & Partial<Pair>)[] = [
  ...[1, 8, 64, 512].map((n) => ({ a: 'old-tcg', b: `new-tcg,max-insns=${n}` })),
  ...['interp', 'wasm'].map((tier) => ({ a: 'old-tcg', b: `new-tcg,tier=${tier}` })),
  { a: 'old-tcg,tier=wasm', b: 'new-tcg,hot=1' },
  { a: 'tci', b: 'new-tcg,hot=16,region-blocks=3' },
  { a: 'new-tcg,region-blocks=1', b: 'new-tcg,region-insns=2000,region-blocks=500' },
  { a: 'old-tcg', b: 'new-tcg,link=off' },
  { a: 'old-tcg', b: 'new-tcg,max-insns=3', window: 997 },
];
const SMALL = ['nolibc', 'bare'].flatMap((room) =>
  readdirSync(scenarioPath(`scenarios/guests/${room}`))
    .filter((file) => file.endsWith('.elf'))
    .map((file) => `scenarios/guests/${room}/${file}`),
);

/** SQLite, a compiler that patches its code, signals: 1.3 and 0.6 MB of code. */
function largePrograms(): { program: string; args: readonly string[] }[] {
  const sqlite = sqliteGuest();
  if (sqlite === undefined) throw new Error("SQLite's sources cannot be had");
  const library = buildGuests();
  return [
    { program: relative(packageRoot, sqlite), args: ['100'] },
    { program: relative(packageRoot, `${library}/jit-O2`), args: ['3', '12'] },
    { program: relative(packageRoot, `${library}/signals-O2`), args: [] },
  ];
}

function table(head: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const line = (cells: readonly unknown[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const stem = (program: string): string => program.split('/').at(-1)!;

/** Rows of the tables made so far that are not as they should be. */
let wrong = 0;

/** The cell that says whether a row is as it should be. */
function judged(right: boolean, yes: string, no: string): string {
  if (!right) wrong++;
  return right ? yes : no;
}

/** The rows of a table, two made at a time, each told as soon as it is there; no row where there is nothing to say. */
async function rowsOf<T>(
  items: readonly T[],
  make: (item: T) => Promise<readonly unknown[] | undefined>,
): Promise<(readonly unknown[])[]> {
  let made = 0;
  const rows = await inTurn(items, async (item) => {
    const row = await make(item);
    console.error(`${++made}/${items.length} ${row?.join(' · ') ?? 'agree'}`);
    return row;
  });
  return rows.filter((row) => row !== undefined);
}

const bounded = (pair: Pair) => compare({ ...pair, timeoutMs: TIMEOUT_MS });

/** One mutant on one program: found where, as the oracle says or not, how late and how long it took. */
async function found(mutant: Mutant, program: string, args: readonly string[]) {
  const b = `mutant:${mutant.name}`;
  const { report, seconds } = await bounded({ program, args, a: 'old-tcg', b, maxInsns: LIMIT });
  const stops = report.lookBack?.found ? STRETCH : undefined;
  const bad = await firstBad(program, args, ['old-tcg', b], DEFAULT_WINDOW, LIMIT, stops);
  const at = report.at ? `${report.at.pc} ${report.at.symbol ?? ''}`.trim() : report.verdict;
  const exact = report.at?.pc === (bad && hex(bad.pc)) && report.at?.icount === bad?.icount;
  return { report, seconds, bad, at, exact };
}

async function smallTable(list: readonly Mutant[]): Promise<string> {
  const rows = await rowsOf(list, async (mutant) => {
    const { report, seconds, bad, at, exact } = await found(mutant, mutant.program, mutant.args);
    const wanted = report.at?.pc === hex(mutant.expect.pc) && report.kind === mutant.expect.kind;
    const delay = bad ? [bad.delayBlocks, bad.delayInsns] : ['', ''];
    return [
      mutant.name,
      mutant.kind,
      stem(mutant.program),
      at,
      judged(wanted, exact ? 'yes' : 'as its author says', 'NO'),
      ...delay,
      seconds.toFixed(1),
    ];
  });
  return table(
    ['mutant', 'kind', 'program', 'found in block', 'exact', 'delay, blocks', 'delay, instructions', 'seconds'],
    rows,
  );
}

async function skewTable(list: readonly Mutant[]): Promise<string> {
  const rows = await rowsOf(list, async ({ name, program, args, expect }) => {
    const { report, seconds } = await bounded({ program, args, a: SKEW.a, b: `mutant:${name}${SKEW.edits}` });
    const { report: plain } = await bounded({ program, args, a: SKEW.a, b: `new-tcg${SKEW.edits}` });
    const at = report.at?.pc ?? report.verdict;
    return [
      name,
      at,
      judged(at === hex(expect.pc), 'yes', 'NO'),
      judged(plain.verdict === 'same', 'silent', 'ALARM'),
      seconds.toFixed(1),
    ];
  });
  return table(['mutant', 'found in block', 'exact', 'without the mutant', 'seconds'], rows);
}

async function culpritTable(list: readonly Mutant[]): Promise<string> {
  const rows = await rowsOf(list, async ({ name, program, args, expect: { culprit } }) => {
    const start = performance.now();
    const { culprits, rest, trials, runs } = await bisect({ program, args, a: 'old-tcg', b: `mutant:${name}` });
    const [first, ...others] = culprits;
    const named = ({ pass, rule, pc }: typeof culprit) => `\`${pass}\` \`${rule}\` ${hex(pc)}`;
    const exact = others.length === 0 && rest === 'none' && first && named(first) === named(culprit);
    const blamed = culprits.map((one) => [named(one), ...one.again.map(({ pc }) => hex(pc))].join(', ')).join('; ');
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    return [name, blamed || rest, judged(exact === true, 'yes', 'NO'), trials, runs, seconds];
  });
  return table(['mutant', 'blamed: pass, rule, guest pc', 'exact', 'trials', 'runs', 'seconds'], rows);
}

async function alarmTable(): Promise<string> {
  const programs = [...SMALL.map((program) => ({ program, args: [] })), ...largePrograms()];
  const pairs = programs.flatMap((guest) => KNOBS.map((knobs) => ({ guest, knobs })));
  const verdicts = await rowsOf(pairs, async ({ guest, knobs: { a, b, window } }) => {
    const { report } = await bounded({ ...guest, a, b, ...(window && { window }), maxInsns: ALARM_LIMIT });
    const verdict = judged(report.verdict === 'same', 'silent', `**${report.verdict}**`);
    return [verdict, stem(guest.program), a, b];
  });
  const rows = KNOBS.map(({ a, b, window }, knob) => {
    const mine = verdicts.filter((_, i) => i % KNOBS.length === knob);
    const loud = mine.flatMap(([verdict, program]) => (verdict === 'silent' ? [] : [`${program} ${verdict}`]));
    return [
      `\`${a}\``,
      `\`${b}\``,
      window ?? 'default',
      mine.length,
      loud.length === 0 ? 'all silent' : loud.join(', '),
    ];
  });
  return table(['A', 'B', 'window', 'programs', 'result'], rows);
}

async function largeTable(list: readonly Mutant[]): Promise<string> {
  const programs = largePrograms();
  const pairs = list.flatMap((mutant) => programs.map((guest) => ({ mutant, ...guest })));
  const fired = await rowsOf(pairs, async ({ mutant, program, args }) => {
    const { report, seconds, bad, at, exact } = await found(mutant, program, args);
    if (report.verdict === 'same' && !bad) return undefined;
    return [
      mutant.name,
      stem(program),
      at,
      judged(
        exact,
        'yes',
        `NO: ${bad ? `${hex(bad.pc)} after ${bad.icount}, said after ${report.at?.icount}` : 'agrees'}`,
      ),
      bad?.delayBlocks ?? '',
      bad?.delayInsns ?? '',
      seconds.toFixed(1),
    ];
  });
  const silent = list.filter(({ name }) => !fired.some(([mutant]) => mutant === name)).map(({ name }) => name);
  const head = ['mutant', 'program', 'found in block', 'exact', 'delay, blocks', 'delay, instructions', 'seconds'];
  return `${table(head, fired)}\n\nNothing differs, block by block, under ${silent.join(', ') || 'none'}.`;
}

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    tables: { type: 'string', default: 'small,culprits,skew,alarms,large' },
    write: { type: 'boolean', default: false },
  },
});
const list = mutants.filter(({ name }) => values.only === undefined || values.only.split(',').includes(name));
const MAKERS: Readonly<Record<string, () => Promise<string>>> = {
  small: () => smallTable(list),
  culprits: () => culpritTable(list),
  skew: () => skewTable(list),
  alarms: alarmTable,
  large: () => largeTable(list),
};
const DOCUMENT = scenarioPath('docs/mutants.md');
for (const name of values.tables.split(',')) {
  const made = await MAKERS[name]!();
  console.log(`\n${made}`);
  if (!values.write) continue;
  const text = readFileSync(DOCUMENT, 'utf8');
  const [open, close] = [`<!-- table: ${name} -->`, '<!-- end -->'];
  const from = text.indexOf(open) + open.length;
  writeFileSync(DOCUMENT, `${text.slice(0, from)}\n${made}\n${text.slice(text.indexOf(close, from))}`);
}
if (wrong > 0) process.exitCode = 1;
