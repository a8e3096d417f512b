// The bench: whole-process wall times of our emulator, of comparing two of them, and of QEMU with and without its classic
// lockstep protocol, on the same programs in the same run. Medians with their spread, and ratios; no assertions.
//
//   npm run bench                     five runs of everything
//   npm run bench -- --quick          three runs, a shorter one for the two QEMUs
//   npm run bench -- --json FILE      also the figures as JSON

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { scenarioPath } from '../../scenarios/host-paths.ts';
import {
  buildGuests,
  countUnderQemu,
  guestsMissing,
  probesMissing,
  qemuUser,
  runQemuPair,
} from '../conformance/qemu.ts';
import { ratio, type Series, show, summarise, table, timeCommand } from './measure.ts';

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } },
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

const guests = buildGuests();
const scratch = mkdtempSync(join(tmpdir(), 'lockstep-bench-'));
const note = (text: string): void => console.error(`bench: ${text}`);

interface Work {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly insns: number;
}
function work(name: string, program: string, ...args: string[]): Work {
  const path = join(guests, program);
  const insns = countUnderQemu(path, args);
  if (insns === undefined) throw new Error(`${name}: the count probe printed nothing`);
  return { name, program: path, args, insns };
}

const emu = (w: Work): readonly string[] => [
  process.execPath,
  CLI,
  'emu',
  '--translator',
  'new-tcg',
  w.program,
  '--',
  ...w.args,
];
const lockstep = (w: Work): readonly string[] => [
  process.execPath,
  CLI,
  'run',
  '--a',
  'old-tcg',
  '--b',
  'new-tcg',
  w.program,
  '--',
  ...w.args,
];
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
const figures: Record<string, unknown> = {};
const rate = (w: Work, s: Series): string => `${(w.insns / s.median / 1e6).toFixed(1)} M/s`;

function record(what: string, w: Work, ours: Series, other: string, theirs: Series): void {
  const r = ratio(ours, theirs);
  rows.push([what, w.name, show(ours), rate(w, ours), other, show(theirs), rate(w, theirs), r.text]);
  figures[`${what} / ${other}, ${w.name}`] = { insns: w.insns, ours, theirs, ratio: r };
}

try {
  const sha1 = work('sha1', 'sha1-O2', '24000');
  const crc = work('crc', 'crc-O2', '5000');
  // Hardly any work: what starting costs, in every figure above and below.
  const start = work('start', 'sha1-O2', '1');
  const sha1Short = work('sha1 short', 'sha1-O2', quick ? '600' : '1500');
  note(
    `${runs} runs of each; ${[start, sha1, crc, sha1Short].map((w) => `${w.name} ${(w.insns / 1e6).toFixed(1)} M instructions`).join(', ')}`,
  );

  for (const w of [start, sha1, crc]) {
    note(`${w.name}: emu, lockstep run, qemu-riscv64`);
    const [ours, pair, theirs] = alternate([emu(w), lockstep(w), qemu(w)]) as [Series, Series, Series];
    record('emu', w, ours, 'qemu-riscv64', theirs);
    record('lockstep run', w, pair, 'emu', ours);
  }

  note(`${sha1Short.name}: lockstep run, two QEMUs with lockstep-classic`);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < runs; round++) {
    ours.push(timeCommand(lockstep(sha1Short)));
    const guest = [sha1Short.program, ...sha1Short.args];
    const pair = await runQemuPair(guest, guest, join(scratch, `pair-${round}`));
    if (!pair.first.includes('No divergence'))
      throw new Error(`the two QEMUs did not finish: ${pair.first}${pair.second}`);
    theirs.push(pair.seconds);
  }
  record('lockstep run', sha1Short, summarise(ours), 'two QEMUs', summarise(theirs));
  // The long run is the fairer one for speed: the start of two processes weighs less.
  const long = figures[`lockstep run / emu, ${sha1.name}`] as { ours: Series };
  const speed = sha1.insns / long.ours.median / (sha1Short.insns / summarise(theirs).median);
  figures['instructions/s, lockstep run on sha1 / two QEMUs on sha1 short'] = speed;

  console.log(
    table(
      ['what', 'program', 'median (spread)', 'speed', 'against', 'median (spread)', 'speed', 'time ratio (spread)'],
      rows,
    ),
  );
  console.log(
    `\nlockstep run checks ${speed.toFixed(1)} times as many instructions a second as two QEMUs over the classic protocol`,
  );
  console.log(
    `(${sha1.name}, ${(sha1.insns / 1e6).toFixed(1)} M instructions, against ${sha1Short.name}, ${(sha1Short.insns / 1e6).toFixed(1)} M).`,
  );
  console.log(
    `Whole processes from start to exit, ${runs} runs each, taken in turn. Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'CPU'}.`,
  );
  if (options.json !== undefined)
    writeFileSync(options.json, `${JSON.stringify({ node: process.version, runs, figures }, null, 2)}\n`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
