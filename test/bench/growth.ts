// How cost grows: wall time and memory of `emu` for 1 to 1000 M instructions of a loop and for 1000 to 100 000 different
// blocks, each beside qemu-riscv64, and the memory of a comparison of the loop. No assertions.
//
//   npm run bench:growth                 three runs of everything
//   npm run bench:growth -- --runs 5

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { scenarioPath } from '../../scenarios/host-paths.ts';
import { buildGuests, countUnderQemu, guestsMissing, probesMissing, qemuUser } from '../conformance/qemu.ts';
import { buildDistinctBlocks } from './distinct-blocks.ts';
import { ratio, show, summarise, table, timeCommand } from './measure.ts';

const { values: options } = parseArgs({ options: { runs: { type: 'string', default: '3' } } });
const runs = Number(options.runs);
const CLI = scenarioPath('dist/cli/main.js');
const missing = guestsMissing() ?? probesMissing();
if (missing !== undefined) {
  console.error(`bench: ${missing}`);
  process.exit(1);
}

/** Blocks of SHA-1 that make about so many million instructions. */
const SHA1_BLOCKS: Readonly<Record<number, string>> = { 1: '240', 10: '2400', 100: '24000', 1000: '240000' };
const ROUNDS = 3;

const scratch = mkdtempSync(join(tmpdir(), 'lockstep-growth-'));
const guests = buildGuests();
const rows: string[][] = [];

/** Most resident memory of one run, in MiB; of a run of several processes, that of the largest. */
function peak(command: readonly string[]): string {
  const [file, ...args] = command;
  const time = spawnSync('/usr/bin/time', ['-f', '%M', file!, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  });
  return time.status === 0
    ? `${(Number(time.stderr.trim().split('\n').at(-1)) / 1024).toFixed(0)} MiB`
    : 'not measured';
}

function measure(name: string, program: readonly string[], compared: boolean): void {
  const [path, ...args] = program;
  const cold = [process.execPath, CLI, 'emu', '--no-cache', path!, '--', ...args];
  const qemu = [qemuUser!, ...program];
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < runs; round++) {
    ours.push(timeCommand(cold));
    theirs.push(timeCommand(qemu));
  }
  const insns = countUnderQemu(path!, args) ?? 0;
  const [mine, other] = [summarise(ours), summarise(theirs)];
  const both = compared ? peak([process.execPath, CLI, 'run', '--no-cache', path!, '--', ...args]) : '';
  rows.push([
    name,
    `${(insns / 1e6).toFixed(1)} M`,
    show(mine),
    show(other),
    ratio(mine, other).text,
    peak(cold),
    both,
  ]);
  console.error(`bench: ${name}`);
}

try {
  for (const [millions, blocks] of Object.entries(SHA1_BLOCKS))
    measure(`SHA-1, ${millions} M instructions`, [join(guests, 'sha1-O2'), blocks], true);
  for (const blocks of [1000, 10_000, 50_000, 100_000])
    measure(`${blocks} different blocks`, [buildDistinctBlocks(scratch, blocks, ROUNDS)], false);
  const heads = [
    'work',
    'instructions',
    'emu --no-cache',
    'qemu-riscv64',
    'ratio (spread)',
    'memory',
    'memory of run, largest process',
  ];
  console.log(table(heads, rows));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
