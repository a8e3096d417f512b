// What plugins count and see does not depend on how the machine runs the guest: inline operations and callbacks agree
// on every translator, tier and block length, instruction counts and memory accesses are those of the guest, and block
// counts do not change when a run is stopped and gone on with anywhere.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { API_VERSION, type MemInfo, type PluginModule } from '../../emulator/plugin/api.ts';
import { BASELINE, CONFIGS, type Config, describe, snapshot, someConfigs, start } from '../exec/configs.ts';
import { type GuestProgram, PROGRAMS } from '../exec/programs.ts';
import { randomProgram } from '../exec/random-program.ts';
import { Random, testSeed } from '../guest/random.ts';
import type { Mini } from '../support/mini-machine.ts';

const test = suite('counts');
const FAR = 2_000_000;
const seed = testSeed();

interface Counts {
  readonly blocks: readonly [inline: bigint, callback: bigint];
  readonly blockInsns: bigint;
  readonly insns: readonly [inline: bigint, callback: bigint];
  readonly accesses: readonly [inline: bigint, callback: bigint];
  readonly icount: number;
  readonly final: string;
}

function access(pc: number, info: MemInfo, address: bigint): string {
  const sign = info.signExtended ? 's' : 'u';
  return `${pc.toString(16)} ${info.isStore ? 'w' : 'r'}${sign}${info.sizeBytes} ${address.toString(16)} ${info.value.toString(16)}`;
}

/** Runs the program stopping at multiples of `slice` (0: not at all), every count taken twice. */
async function count(config: Config, program: GuestProgram, slice: number, log?: string[]): Promise<Counts> {
  const mini = start(config, program);
  try {
    const plugin = counter(log);
    await mini.install(plugin.module);
    runSliced(mini, slice);
    return { ...plugin.counts(), icount: mini.machine.icount, final: snapshot(mini) };
  } finally {
    mini.close();
  }
}

function runSliced({ machine }: Mini, slice: number): void {
  if (slice > 0) for (let at = slice; !machine.ended && at < FAR; at += slice) machine.run(at);
  machine.run(FAR);
}

function counter(log: string[] | undefined): { module: PluginModule; counts(): Omit<Counts, 'icount' | 'final'> } {
  let read: (() => Omit<Counts, 'icount' | 'final'>) | undefined;
  const module: PluginModule = {
    name: 'counter',
    apiVersion: API_VERSION,
    install(api) {
      const board = api.scoreboard(56);
      const [b0, b1, bi] = [board.u64(0), board.u64(8), board.u64(16)];
      const [i0, i1] = [board.u64(24), board.u64(32)];
      const [m0, m1] = [board.u64(40), board.u64(48)];
      api.onTbTrans((tb) => {
        tb.inlineAdd(b0, 1);
        tb.onExec((cpu) => b1.add(cpu, 1));
        tb.inlineAdd(bi, tb.insnCount);
        for (const insn of tb.insns()) {
          insn.inlineAdd(i0, 1);
          insn.onExec((cpu) => i1.add(cpu, 1));
          insn.inlineMemAdd('rw', m0, 1);
          const { pc } = insn;
          insn.onMem('rw', (cpu, info, address) => {
            m1.add(cpu, 1);
            log?.push(access(pc, info, address));
          });
        }
      });
      read = () => ({
        blocks: [b0.sum(), b1.sum()],
        blockInsns: bi.sum(),
        insns: [i0.sum(), i1.sum()],
        accesses: [m0.sum(), m1.sum()],
      });
    },
  };
  return { module, counts: () => read!() };
}

async function plain(program: GuestProgram): Promise<string> {
  const mini = start(BASELINE, program);
  mini.machine.run(FAR);
  const final = snapshot(mini);
  mini.close();
  return final;
}

async function check(program: GuestProgram, config: Config, slice: number, final: string, accesses: string[]) {
  const where = `${program.name} on ${describe(config)}`;
  const log: string[] = [];
  const whole = await count(config, program, 0, log);
  assert.is(whole.final, final, `${where}: the guest is not disturbed`);
  assert.is(whole.blocks[0], whole.blocks[1], `${where}: blocks inline and by callback`);
  assert.is(whole.insns[0], whole.insns[1], `${where}: instructions inline and by callback`);
  assert.is(whole.accesses[0], whole.accesses[1], `${where}: accesses inline and by callback`);
  const fetchFaults = final.match(/ fetch /g)?.length ?? 0;
  assert.is(Number(whole.insns[0]), whole.icount - fetchFaults, `${where}: every instruction begun is counted once`);
  sameLines(log, accesses, `${where}: accesses`);
  const slicedLog: string[] = [];
  const sliced = await count(config, program, slice, slicedLog);
  assert.equal(sliced, whole, `${where}: run in slices of ${slice}`);
  sameLines(slicedLog, accesses, `${where}: accesses in slices of ${slice}`);
}

function sameLines(got: readonly string[], want: readonly string[], what: string): void {
  const at = want.findIndex((line, i) => line !== got[i]);
  if (at >= 0)
    assert.is(
      got.slice(Math.max(0, at - 2), at + 2).join('\n'),
      want.slice(Math.max(0, at - 2), at + 2).join('\n'),
      `${what}, number ${at}`,
    );
  assert.is(got.length, want.length, `${what}: as many`);
}

for (const program of PROGRAMS) {
  test(`${program.name} (seed ${seed})`, async () => {
    const random = new Random(seed);
    const final = await plain(program);
    const accesses: string[] = [];
    await count(BASELINE, program, 0, accesses);
    for (const config of someConfigs(random, 9)) await check(program, config, 1 + random.below(23), final, accesses);
  });
}

test(`random programs (seed ${seed})`, async () => {
  const random = new Random(seed ^ 77);
  let seen = 0;
  for (let n = 0; n < 12; n++) {
    const at = random.bits();
    const program = { ...randomProgram(new Random(at), 8 + random.below(40)), name: `random ${at}` };
    const final = await plain(program);
    const accesses: string[] = [];
    await count(BASELINE, program, 0, accesses);
    seen += accesses.length;
    for (let k = 0; k < 4; k++) await check(program, random.pick(CONFIGS), 1 + random.below(60), final, accesses);
  }
  assert.ok(seen > 50, `${seen} accesses in all`);
});

test.run();
