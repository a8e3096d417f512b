// What a process does once it is warm: guest instructions a second in hot loops, and instructions translated a second, from
// guest code to optimised IR to the interpreter's bytecode. Measured inside one process; for the bench.

import { readFileSync } from 'node:fs';
import { createMachine, type Machine, type Probe, parseTranslatorSpec, type Work } from '../../emulator/index.ts';
import { must } from '../../emulator/must.ts';
import { tuneEngine } from '../../emulator/runtime/host-flags.ts';
import { ratio, type Series, summarise, table } from './measure.ts';

// As the build's launcher does.
tuneEngine();

const TRANSLATING: ReadonlySet<Work> = new Set(['form', 'hooks', 'optimise', 'encode']);
const SLICE = 100_000_000;

/** Adds up the time between entering and leaving a kind of work that is translation; these do not nest. */
class TranslationClock implements Probe {
  seconds = 0;
  private readonly entered: Work[] = [];
  private since = 0;

  enter(work: Work): void {
    this.entered.push(work);
    this.since = performance.now();
  }
  leave(): void {
    const work = this.entered.pop()!;
    if (TRANSLATING.has(work)) this.seconds += (performance.now() - this.since) / 1000;
  }
}

async function started(program: string, args: readonly string[], spec: string, probe?: Probe): Promise<Machine> {
  const machine = await createMachine({
    program: readFileSync(program),
    programPath: program,
    cwd: '/',
    argv: [program, ...args],
    env: [],
    machine: 'user',
    translator: await parseTranslatorSpec(spec, {}),
    stdin: new Uint8Array(0),
    stdout: () => {},
    stderr: () => {},
    warn: console.error,
    files: 'overlay',
    plugins: [],
    ...(probe && { probe }),
  });
  await machine.start();
  return machine;
}

/** Seconds an instruction of `runs` slices of a program that goes on for longer, after a first one. */
async function hotLoop(program: string, args: readonly string[], runs: number): Promise<Series> {
  const machine = await started(program, args, 'new-tcg');
  machine.run(SLICE);
  // V8 compiles what is hot in threads of its own.
  await new Promise((resolve) => setTimeout(resolve, 300));
  const taken: number[] = [];
  for (let run = 0; run < runs; run++) {
    const [from, begin] = [machine.icount, performance.now()];
    machine.run(from + SLICE);
    taken.push((performance.now() - begin) / 1000 / (machine.icount - from));
  }
  return summarise(taken);
}

/**
 * Seconds an instruction translated, of a program of many different blocks, as it runs in a new machine, whose memory is touched
 * for the first time; the first run warms this process up.
 */
async function translatedFirst(program: string, runs: number): Promise<Series> {
  const taken: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const clock = new TranslationClock();
    const machine = await started(program, [], 'new-tcg,tier=interp', clock);
    machine.run(Number.POSITIVE_INFINITY);
    const insns = [...machine.cache.blocks()].reduce((sum, block) => sum + block.insns, 0);
    if (run > 0) taken.push(clock.seconds / insns);
  }
  return summarise(taken);
}

/** The same of all these blocks again and again, in the machine that has run them. */
async function translatedAgain(program: string, runs: number): Promise<Series> {
  const machine = await started(program, [], 'new-tcg,tier=interp');
  machine.run(Number.POSITIVE_INFINITY);
  const blocks = [...machine.cache.blocks()].map(({ pc, insns }) => ({ pc, maxInsns: insns }));
  const insns = blocks.reduce((sum, { maxInsns }) => sum + maxInsns, 0);
  const taken: number[] = [];
  for (let run = 0; run <= runs; run++) {
    machine.flushCode();
    const begin = performance.now();
    for (const block of blocks) machine.translation.translate(block);
    if (run > 0) taken.push((performance.now() - begin) / 1000 / insns);
    must(machine.cache.size === blocks.length, 'blocks that are not translated again');
  }
  return summarise(taken);
}

export interface InsideWork {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Seconds an instruction of a whole process of QEMU. */
  readonly qemu: Series;
}

/** A table for people. */
export async function insideTable(loops: readonly InsideWork[], distinct: string, runs: number): Promise<string> {
  const rows: string[][] = [];
  const perSecond = ({ median, least, most }: Series): string => {
    const millions = (seconds: number) => (1e-6 / seconds).toFixed(seconds > 1e-7 ? 2 : 0);
    return `${millions(median)} M/s (${millions(most)}–${millions(least)})`;
  };
  for (const { name, program, args, qemu } of loops) {
    const series = await hotLoop(program, args, runs);
    rows.push([`${name}, hot`, perSecond(series), perSecond(qemu), ratio(series, qemu).text]);
  }
  const first = await translatedFirst(distinct, runs);
  rows.push(['translated, into memory touched for the first time', perSecond(first), '', '']);
  rows.push(['translated, warm', perSecond(await translatedAgain(distinct, runs)), '', '']);
  return table(['inside one process', 'instructions', 'a whole qemu-riscv64', 'time ratio (spread)'], rows);
}
