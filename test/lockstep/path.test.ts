// The path's digest: what callbacks at each block would have made of it, the same for one stream however it is cut into
// blocks, another for another path, and back where it was after a rollback.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { API_VERSION, type PluginApi } from '../../emulator/plugin/api.ts';
import { Path } from '../../lockstep/path.ts';
import { CONFIGS, type Config, describe, someConfigs, start } from '../exec/configs.ts';
import { PROGRAMS } from '../exec/programs.ts';
import { randomProgram } from '../exec/random-program.ts';
import { Random, testSeed } from '../guest/random.ts';

const FAR = 2_000_000;
const seed = testSeed();
type Taken = ReturnType<Path['take']>;
type Block = { readonly cpu: number; readonly pc: number; readonly size: number };

/** The digest written down by hand. */
class Oracle {
  private readonly ends = new Map<number, number>();
  private digests = new Map<number, bigint>();
  private blocks = 0;

  enter({ cpu, pc, size }: Block): void {
    this.blocks++;
    if ((this.ends.get(cpu) ?? 0) !== pc) {
      const mixed = BigInt.asUintN(64, BigInt(pc)) ^ (this.digests.get(cpu) ?? 0n);
      const product = BigInt.asUintN(64, mixed * 0xbf58476d1ce4e5b9n);
      this.digests.set(cpu, BigInt.asUintN(64, product << 31n) | (product >> 33n));
    }
    this.ends.set(cpu, pc + size);
  }
  take(): Taken {
    let path = 0n;
    for (const [cpu, digest] of this.digests) path += digest * (0x9e3779b97f4a7c15n + BigInt(2 * cpu));
    const { blocks } = this;
    this.digests = new Map();
    this.blocks = 0;
    return { path: BigInt.asUintN(64, path), blocks };
  }
}

async function follow(config: Config, program: (typeof PROGRAMS)[number], withOracle: boolean) {
  const mini = start(config, program);
  const oracle = new Oracle();
  let path: Path | undefined;
  await mini.install({
    name: 'p',
    apiVersion: API_VERSION,
    install(api: PluginApi) {
      path = new Path(api);
      api.onTbTrans((tb) => {
        path!.attach(tb, false);
        const { pc, size } = tb;
        if (withOracle) tb.onExec((cpu) => oracle.enter({ cpu, pc, size }));
      });
    },
  });
  return { mini, path: path!, oracle };
}

test(`it is what callbacks would have made of it (seed ${seed})`, async () => {
  const random = new Random(seed);
  for (const program of [...PROGRAMS, randomProgram(random, 40)])
    for (const config of someConfigs(random, 4)) {
      const where = `${program.name} on ${describe(config)}`;
      const { mini, path, oracle } = await follow(config, program, true);
      const slice = 50 + random.below(400);
      for (let at = slice; !mini.machine.ended && at < FAR; at += at < 20 * slice ? slice : 5000) {
        mini.machine.run(at);
        assert.equal(path.take(), oracle.take(), `${where} at ${at}`);
      }
      assert.equal(mini.warnings, []);
      mini.close();
    }
});

test(`cutting blocks differently changes nothing (seed ${seed})`, async () => {
  const random = new Random(seed);
  const cut = CONFIGS.filter(({ translator }) => translator !== 'reference');
  for (let i = 0; i < 12; i++) {
    const program = randomProgram(random, 60);
    // A fault that goes on right behind the instruction is a transfer or none, as the block is cut.
    if (program.onFault === 'skip') continue;
    const slice = 100 + random.below(1000);
    let first: string | undefined;
    for (const config of [...someConfigs(random, 3), random.pick(cut), random.pick(cut)]) {
      const { mini, path } = await follow(config, program, false);
      const paths: string[] = [];
      for (let at = slice; !mini.machine.ended && at < 20_000; at += slice) {
        mini.machine.run(at);
        paths.push(path.take().path.toString(16));
      }
      first ??= paths.join();
      assert.is(paths.join(), first, `${program.name} on ${describe(config)}`);
      mini.close();
    }
  }
});

test('a rollback takes it back', async () => {
  for (const translator of ['tci', 'old-tcg', 'new-tcg', 'reference']) {
    const { mini, path } = await follow({ translator, tuning: {} }, PROGRAMS[1]!, false);
    const { machine } = mini;
    machine.run(300);
    path.take();
    const base = machine.checkpoint();
    machine.run(900);
    const once = path.take();
    machine.rollback(base);
    machine.run(900);
    assert.equal(path.take(), once, translator);
    assert.ok(once.blocks > 0 && once.path !== 0n);
    mini.close();
  }
});

test('any other transfer changes it: target, high half, order, one more, another vCPU', () => {
  const base: Block[] = [0x10000, 0x20000, 0x30000].map((pc) => ({ cpu: 0, pc, size: 16 }));
  const of = (blocks: readonly Block[]) => {
    const oracle = new Oracle();
    for (const block of blocks) oracle.enter(block);
    return oracle.take().path;
  };
  const others = [
    base.map((block, i) => (i === 1 ? { ...block, pc: block.pc + 4 } : block)),
    base.map((block, i) => (i === 1 ? { ...block, pc: block.pc + 2 ** 32 } : block)),
    base.map((block) => ({ ...block, cpu: 1 })),
    [base[1]!, base[0]!, base[2]!],
    [...base, base[0]!],
    [...base, base[2]!],
  ];
  assert.is(new Set([of(base), ...others.map(of)]).size, others.length + 1);
});

test.run();
