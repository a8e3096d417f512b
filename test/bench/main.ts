// The bench: whole-process wall times of our emulator, of comparing two of them, and of QEMU with and without its classic
// lockstep protocol, on the same programs in the same run. Medians with their spread, and ratios; no assertions.
//
//   npm run bench                     five runs of everything
//   npm run bench -- --quick          three runs, without the long programs and the plugins
//   npm run bench -- --json FILE      also the figures as JSON
//   npm run bench -- --keep           also appends them to docs/bench-history.jsonl and makes the README's table

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { scenarioPath } from '../../scenarios/host-paths.ts';
import { countUnderQemu, guestsMissing, probesMissing, qemuUser, runQemuPair } from '../conformance/qemu.ts';
import { callFloor, floorLine } from './call-floor.ts';
import { benchGuest, distinctGuest, linuxGuest, sqliteGuest } from './guests.ts';
import { type Figure, keep } from './history.ts';
import { type InsideWork, insideTable } from './inside.ts';
import { ratio, type Series, show, summarise, table, timeCommand } from './measure.ts';
import { costTable, pluginCosts } from './plugins.ts';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
});
const quick = options.quick;
const runs = quick ? 3 : 5;
const CLI = scenarioPath('dist/cli/main.js');

const missing = guestsMissing() ?? probesMissing();
if (missing !== undefined) {
  console.error(`bench: ${missing}`);
  process.exit(1);
}
if (!existsSync(CLI)) {
  console.error('bench: dist/cli/main.js is missing: npm run build');
  process.exit(1);
}
const note = (text: string): void => console.error(`bench: ${text}`);

interface Work {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly insns: number;
}

/** What is timed: name, program, arguments; `lockstep`: compared as well; `long`: not in a quick run. */
const WORKS: readonly {
  readonly name: string;
  readonly program: () => string | undefined;
  readonly args: readonly string[];
  readonly lockstep?: boolean;
  readonly long?: boolean;
}[] = [
  // Hardly any work: what starting costs, in every other figure too.
  { name: 'start', program: () => linuxGuest('sha1-O2'), args: ['1'], lockstep: true },
  { name: 'SHA-1', program: () => linuxGuest('sha1-O2'), args: ['24000'], lockstep: true },
  { name: 'CRC', program: () => linuxGuest('crc-O2'), args: ['5000'], lockstep: true },
  { name: 'SQLite', program: sqliteGuest, args: ['8000'], lockstep: true },
  { name: '50 000 blocks', program: () => distinctGuest(50_000, 3), args: [] },
  { name: 'SHA-1, long', program: () => linuxGuest('sha1-O2'), args: ['240000'], lockstep: true, long: true },
  // So long that starting is nothing: what comparing costs each instruction.
  { name: 'SHA-1, 5 G', program: () => linuxGuest('sha1-O2'), args: ['1200000'], lockstep: true, long: true },
  { name: 'CRC, long', program: () => linuxGuest('crc-O2'), args: ['60000'], long: true },
  { name: 'floating point', program: () => benchGuest('float'), args: [], long: true },
  { name: 'memory copies', program: () => benchGuest('copy'), args: [], long: true },
  { name: 'indirect jumps', program: () => benchGuest('jumps'), args: [], long: true },
];

function work({ name, program, args }: (typeof WORKS)[number]): Work | undefined {
  const path = program();
  if (path === undefined) {
    note(`${name} is left out: its sources cannot be had`);
    return undefined;
  }
  const insns = countUnderQemu(path, args);
  if (insns === undefined) throw new Error(`${name}: the count probe printed nothing`);
  return { name, program: path, args, insns };
}

const lockstep = (command: string, w: Work, ...more: readonly string[]): readonly string[] => [
  process.execPath,
  CLI,
  command,
  ...more,
  w.program,
  '--',
  ...w.args,
];
/** Every run translates: blocks of earlier runs are not used. */
const emu = (w: Work) => lockstep('emu', w, '--translator', 'new-tcg', '--no-cache');
const emuAgain = (w: Work) => lockstep('emu', w, '--translator', 'new-tcg');
const emuOld = (w: Work) => lockstep('emu', w, '--translator', 'old-tcg', '--no-cache');
const emuOldAgain = (w: Work) => lockstep('emu', w, '--translator', 'old-tcg');
const pair = (w: Work) => lockstep('run', w, '--a', 'old-tcg', '--b', 'new-tcg', '--no-cache');
const pairAgain = (w: Work) => lockstep('run', w, '--a', 'old-tcg', '--b', 'new-tcg');
const qemu = (w: Work): readonly string[] => [qemuUser!, w.program, ...w.args];

/** Each command once per round, so that a slow spell of the machine falls on all of them. */
function alternate(commands: readonly (readonly string[])[]): Series[] {
  const series: number[][] = commands.map(() => []);
  for (let round = 0; round < runs; round++) {
    for (const [i, command] of commands.entries()) series[i]!.push(timeCommand(command));
  }
  return series.map(summarise);
}

const rows: string[][] = [];
const figures: Figure[] = [];
const rate = (w: Work, s: Series): string => `${(w.insns / s.median / 1e6).toFixed(1)} M/s`;

function record(what: string, w: Work, ours: Series, against: string, theirs: Series): void {
  const r = ratio(ours, theirs);
  rows.push([what, w.name, show(ours), rate(w, ours), against, show(theirs), rate(w, theirs), r.text]);
  const { median, least, most } = r;
  figures.push({ work: `${what}, ${w.name}`, insns: w.insns, against, ratio: { median, least, most } });
}

const scratch = mkdtempSync(join(tmpdir(), 'lockstep-bench-'));
let costs = '';
let inside = '';
try {
  for (const row of WORKS) {
    if (quick && row.long) continue;
    const w = work(row);
    if (!w) continue;
    note(`${w.name}, ${(w.insns / 1e6).toFixed(1)} M instructions`);
    const single = [emu(w), emuAgain(w), qemu(w)];
    const compared = [emuOld(w), pair(w), emuOldAgain(w), pairAgain(w)];
    const [first, again, theirs, ...rest] = alternate(row.lockstep ? [...single, ...compared] : single) as [
      Series,
      Series,
      Series,
      ...Series[],
    ];
    record('emu', w, first, 'qemu-riscv64', theirs);
    record('emu, with blocks kept', w, again, 'qemu-riscv64', theirs);
    if (!row.lockstep) continue;
    const [old, both, oldAgain, bothAgain] = rest as [Series, Series, Series, Series];
    const slower = (x: Series, y: Series): Series => (x.median > y.median ? x : y);
    record('run', w, both, 'emu of the slower side', slower(old, first));
    record('run, with blocks kept', w, bothAgain, 'emu of the slower side, kept', slower(oldAgain, again));
  }

  const short = work({ name: 'SHA-1, short', program: () => linuxGuest('sha1-O2'), args: [quick ? '600' : '1500'] })!;
  note(`${short.name}: run, two QEMUs with lockstep-classic`);
  const theirs: number[] = [];
  for (let round = 0; round < runs; round++) {
    const guest = [short.program, ...short.args];
    const ended = await runQemuPair(guest, guest, join(scratch, `pair-${round}`));
    if (!ended.first.includes('No divergence'))
      throw new Error(`the two QEMUs did not finish: ${ended.first}${ended.second}`);
    theirs.push(ended.seconds);
  }
  // Ours is timed on more work, since the start of its processes is none of the exchange's. Per instruction they compare.
  const each = (s: Series, w: Work): Series => ({
    median: s.median / w.insns,
    least: s.least / w.insns,
    most: s.most / w.insns,
  });
  const classic = summarise(theirs);
  const lengths = [
    { name: 'SHA-1', args: ['24000'] },
    { name: 'SHA-1, long', args: ['240000'] },
  ];
  for (const { name, args } of lengths) {
    const w = work({ name, program: () => linuxGuest('sha1-O2'), args })!;
    const [ours] = alternate([pairAgain(w)]) as [Series];
    const r = ratio(each(ours, w), each(classic, short));
    const [against, what] = ['two QEMUs, classic protocol', 'run, an instruction'];
    rows.push([what, name, show(ours), rate(w, ours), against, show(classic), rate(short, classic), r.text]);
    figures.push({ work: `${what} of ${name}`, insns: w.insns, against, ratio: r });
  }

  note('inside one process');
  const loops: InsideWork[] = [];
  for (const [name, guest, args] of [
    ['SHA-1', 'sha1-O2', '240000'],
    ['CRC', 'crc-O2', '60000'],
  ] as const) {
    const w = work({ name, program: () => linuxGuest(guest), args: [args] })!;
    const [whole] = alternate([qemu(w)]) as [Series];
    loops.push({ ...w, qemu: each(whole, w) });
  }
  inside = await insideTable(loops, distinctGuest(50_000, 3), runs);

  if (!quick) {
    note('plugins');
    costs = `${costTable(pluginCosts(linuxGuest('sha1-O2'), runs))}\n${floorLine(await callFloor())}`;
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

const heads = [
  'what',
  'program',
  'median (spread)',
  'speed',
  'against',
  'median (spread)',
  'speed',
  'time ratio (spread)',
];
console.log(table(heads, rows));
console.log(`\n${inside}`);
if (costs) console.log(`\nwhat plugins cost, on SHA-1:\n${costs}`);
const cpu = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'CPU'}`;
console.log(`\nWhole processes from start to exit, ${runs} runs each, taken in turn. Node ${process.version}, ${cpu}.`);
const entry = { date: new Date().toISOString().slice(0, 10), node: process.version, cpu, runs, figures };
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(entry, null, 2)}\n`);
if (options.keep) keep(entry);
