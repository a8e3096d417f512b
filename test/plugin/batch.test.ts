// Calls in batches: the same calls in the same order as if each had been made on the spot, seen from every callback of every
// plugin; the rest of a plugin's life (errors, leaving) as for other callbacks.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { API_VERSION, type ExecOptions, type PluginApi, type PluginModule } from '../../emulator/plugin/api.ts';
import { PluginUseError } from '../../emulator/plugin/errors.ts';
import { BASELINE, type Config, describe, snapshot, someConfigs, start } from '../exec/configs.ts';
import { type GuestProgram, PROGRAMS } from '../exec/programs.ts';
import { randomProgram } from '../exec/random-program.ts';
import { Random, testSeed } from '../guest/random.ts';

const test = suite('batches');
const FAR = 2_000_000;
const BATCH: ExecOptions = { batch: true };
const seed = testSeed();
/** Each way code runs. */
const WAYS: readonly Config[] = [
  BASELINE,
  { translator: 'reference', tuning: {} },
  { translator: 'new-tcg', tuning: { tier: 'wasm', maxInsns: 8 } },
  { translator: 'new-tcg', tuning: { hotThreshold: 2 } },
];

const plugin = (name: string, install: (api: PluginApi) => void): PluginModule => ({
  name,
  apiVersion: API_VERSION,
  install,
});

function finalOf(program: GuestProgram): string {
  const mini = start(BASELINE, program);
  mini.machine.run(FAR);
  const text = snapshot(mini);
  mini.close();
  return text;
}

/** What three plugins are told, in order; blocks and every other instruction of the first two with these options. */
async function told(
  config: (typeof WAYS)[number],
  program: GuestProgram,
  options: ExecOptions | undefined,
): Promise<string[]> {
  const mini = start(config, program);
  const log: string[] = [];
  for (const name of ['a', 'b']) {
    await mini.install(
      plugin(name, (api) => {
        api.onTbTrans((tb) => {
          const { pc } = tb;
          log.push(`${name} trans ${pc}`);
          tb.onExec((cpu) => log.push(`${name} tb ${pc} ${cpu}`), options);
          for (const insn of tb.insns()) {
            const at = insn.pc;
            if (at % 8 === 0) insn.onExec((cpu) => log.push(`${name} insn ${at} ${cpu}`), options);
            if (name === 'b') insn.onMem('w', (cpu, _info, address) => log.push(`b store ${at} ${cpu} ${address}`));
          }
        });
        api.onFlush(() => log.push(`${name} flush`));
        api.onVcpuInit((cpu) => log.push(`${name} init ${cpu}`));
      }),
    );
  }
  await mini.install(
    plugin('c', (api) =>
      api.onTbTrans((tb) => {
        const { pc } = tb;
        if (pc % 3 === 0) tb.onExec((cpu) => log.push(`c ${pc} ${cpu}`));
      }),
    ),
  );
  mini.machine.run(500);
  mini.machine.flushCode();
  mini.machine.run(FAR);
  mini.engine.atexit();
  assert.is(snapshot(mini), finalOf(program), describe(config));
  mini.close();
  return log;
}

test('the same calls in the same order as on the spot, between those of others', async () => {
  for (const config of WAYS) {
    for (const program of PROGRAMS) {
      const once = await told(config, program, undefined);
      assert.equal(await told(config, program, BATCH), once, `${describe(config)}, ${program.name}`);
    }
  }
});

test(`the same on random programs (seed ${seed})`, async () => {
  const random = new Random(seed);
  for (let n = 0; n < 10; n++) {
    const program = randomProgram(random, 40);
    for (const config of someConfigs(random, 2)) {
      const once = await told(config, program, undefined);
      assert.equal(await told(config, program, BATCH), once, `${describe(config)}, program ${n}`);
    }
  }
});

test('calls are made when the machine stops, and many more than a batch holds', async () => {
  for (const config of WAYS) {
    const mini = start(config, PROGRAMS[0]!);
    let calls = 0;
    let cell: { sum(): bigint } | undefined;
    await mini.install(
      plugin('counts', (api) => {
        const counted = api.scoreboard(8).u64();
        cell = counted;
        api.onTbTrans((tb) => {
          for (const insn of tb.insns())
            for (let n = 0; n < 5; n++) {
              insn.onExec(() => calls++, BATCH);
              insn.inlineAdd(counted, 1);
            }
        });
      }),
    );
    for (let at = 100; !mini.machine.ended && at < FAR; at += 100) {
      mini.machine.run(at);
      assert.is(calls, Number(cell!.sum()), describe(config));
      assert.is(calls, 5 * mini.machine.icount, describe(config));
    }
    assert.ok(calls > 2000);
    mini.close();
  }
});

test('a condition holds, or does not, where the call is noted down', async () => {
  for (const config of WAYS) {
    const mini = start(config, PROGRAMS[0]!);
    const seen: [boolean, number][] = [
      [true, 0],
      [false, 0],
    ];
    await mini.install(
      plugin('odd', (api) => {
        const executed = api.scoreboard(8).u64();
        api.onTbTrans((tb) => {
          tb.inlineAdd(executed, 1);
          for (const each of seen) {
            const [batch] = each;
            tb.onExec(() => each[1]++, { batch, when: { left: executed, mask: 1, is: 'eq', right: 1 } });
          }
        });
      }),
    );
    mini.machine.run(FAR);
    assert.ok(seen[0]![1] > 10);
    assert.is(seen[0]![1], seen[1]![1], describe(config));
    mini.close();
  }
});

test('who throws is named with the place, and removed; what was noted down for others is not lost', async () => {
  for (const config of WAYS) {
    const mini = start(config, PROGRAMS[0]!);
    let calls = 0;
    let place = 0;
    let others = 0;
    let cell: { sum(): bigint } | undefined;
    await mini.install(
      plugin('bomb', (api) =>
        api.onTbTrans((tb) => {
          const { pc } = tb;
          tb.onExec(() => {
            place = pc;
            if (++calls === 10) throw new Error('boom');
          }, BATCH);
        }),
      ),
    );
    await mini.install(
      plugin('other', (api) => {
        const blocks = api.scoreboard(8).u64();
        cell = blocks;
        api.onTbTrans((tb) => {
          tb.inlineAdd(blocks, 1);
          tb.onExec(() => others++, BATCH);
        });
      }),
    );
    mini.machine.run(FAR);
    assert.is(calls, 10);
    assert.equal(mini.warnings, [
      `plugin bomb failed in tb callback for 0x${place.toString(16)}: boom; it has been removed`,
    ]);
    assert.is(others, Number(cell!.sum()), describe(config));
    assert.ok(others > 10);
    assert.is(snapshot(mini), finalOf(PROGRAMS[0]!));
    mini.close();
  }
});

test('from a batch one may leave and begin anew', async () => {
  for (const config of WAYS) {
    for (const leave of ['uninstall', 'reset'] as const) {
      const mini = start(config, PROGRAMS[0]!);
      let done = 0;
      let after = 0;
      await mini.install(
        plugin('guest', (api) => {
          api.onTbTrans((tb) =>
            tb.onExec(() => {
              if (done > 0) assert.unreachable('called after its end');
              api[leave](() => {
                done++;
                if (leave === 'reset') api.onTbTrans((again) => again.onExec(() => after++, BATCH));
              });
            }, BATCH),
          );
        }),
      );
      mini.machine.run(60);
      mini.machine.run(FAR);
      assert.is(done, 1, describe(config));
      assert.is(after > 0, leave === 'reset');
      assert.equal(mini.warnings, []);
      assert.is(snapshot(mini), finalOf(PROGRAMS[0]!), describe(config));
      mini.close();
    }
  }
});

test('registers are out of reach, and accesses are not told in batches', async () => {
  const mini = start(BASELINE, PROGRAMS[1]!);
  let refused = 0;
  await mini.install(
    plugin('wrong', (api) =>
      api.onTbTrans((tb) => {
        const wrong = (use: () => void): void => {
          assert.throws(use, (error: unknown) => error instanceof PluginUseError && /batches/.test(error.message));
          refused++;
        };
        wrong(() => tb.onExec(() => {}, { batch: true, flags: 'r-regs' }));
        wrong(() => tb.insn(0)!.onMem('rw', () => {}, { batch: true } as never));
        tb.onExec((cpu) => {
          assert.throws(
            () => api.readRegister(cpu, 'a0'),
            /plugin wrong in tb callback at 0x1[0-9a-f]+: readRegister needs/,
          );
          refused++;
        }, BATCH);
      }),
    ),
  );
  mini.machine.run(FAR);
  assert.ok(refused > 4);
  assert.equal(mini.warnings, []);
  mini.close();
});

test('who sleeps is not called for what is noted down meanwhile', async () => {
  const mini = start(BASELINE, PROGRAMS[0]!);
  let calls = 0;
  await mini.install(plugin('sleeper', (api) => api.onTbTrans((tb) => tb.onExec(() => calls++, BATCH))));
  mini.machine.run(100);
  const before = calls;
  assert.ok(before > 0);
  mini.engine.sleep([]);
  mini.machine.run(300);
  mini.engine.wake();
  assert.is(calls, before);
  mini.machine.run(FAR);
  assert.ok(calls > before);
  mini.close();
});

test.run();
