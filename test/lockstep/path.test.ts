// The path's digest: what callbacks at each instruction would have made of it, the same for one stream however it is cut into
// blocks, another for another path, and back where it was after a rollback.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { API_VERSION, type PluginApi } from '../../emulator/plugin/api.ts';
import { Path } from '../../lockstep/path.ts';
import { CONFIGS, type Config, describe, someConfigs, start } from '../exec/configs.ts';
import { PROGRAMS } from '../exec/programs.ts';
import { randomProgram } from '../exec/random-program.ts';
import { Random, testSeed } from '../guest/random.ts';
import { mixedWith, Transfers } from '../support/transfers.ts';

const FAR = 2_000_000;
const seed = testSeed();
type Taken = ReturnType<Path['take']>;
/** Where a jump leads is known by what is executed there. */
const KNOWN = PROGRAMS.filter(({ name }) => name !== 'jumps to where nothing is');

/** The digest written down by hand. */
class Oracle {
  readonly transfers = new Transfers((cpu, target) => this.transfer(cpu, target));
  private digests = new Map<number, bigint>();
  blocks = 0;

  transfer(cpu: number, target: number): void {
    this.digests.set(cpu, mixedWith(this.digests.get(cpu) ?? 0n, BigInt(target)));
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
        if (!withOracle) return;
        tb.onExec(() => oracle.blocks++);
        oracle.transfers.attach(tb);
      });
    },
  });
  return { mini, path: path!, oracle };
}

test(`it is what callbacks would have made of it (seed ${seed})`, async () => {
  const random = new Random(seed);
  for (const program of [...KNOWN, randomProgram(random, 40)])
    for (const config of someConfigs(random, 4)) {
      const where = `${program.name} on ${describe(config)}`;
      const { mini, path, oracle } = await follow(config, program, true);
      const slice = 50 + random.below(400);
      for (let at = slice; !mini.machine.ended && at < FAR; at += at < 20 * slice ? slice : 5000) {
        mini.machine.run(at);
        oracle.transfers.reached(0, mini.cpu.pc);
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
  const base = [0x10000, 0x20000, 0x30000];
  const of = (targets: readonly number[], cpu = 0) => {
    const oracle = new Oracle();
    for (const target of targets) oracle.transfer(cpu, target);
    return oracle.take().path;
  };
  const others = [
    base.map((target, i) => (i === 1 ? target + 4 : target)),
    base.map((target, i) => (i === 1 ? target + 2 ** 32 : target)),
    // What the multiplication would make up for, were it all that is done to a target.
    base.map((target, i) => target + [0, 4, -12][i]!),
    [base[1]!, base[0]!, base[2]!],
    [...base, base[0]!],
    [...base, base[2]!],
  ].map((targets) => of(targets));
  assert.is(new Set([of(base), of(base, 1), ...others]).size, others.length + 2);
});

test.run();
