// The plugin engine: order and replacement of callbacks, life of handles, permissions, arguments, uninstall and reset
// from wherever a plugin may ask for it, and plugins that throw.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../emulator/must.ts';
import type { ArgSpec, InsnHandle, PluginApi, PluginArgs, PluginModule, TbHandle } from '../../emulator/plugin/api.ts';
import { API_VERSION } from '../../emulator/plugin/api.ts';
import { parseArgs } from '../../emulator/plugin/args.ts';
import { PermissionError, PluginUseError, StaleHandleError } from '../../emulator/plugin/errors.ts';
import { BASELINE, snapshot, start } from '../exec/configs.ts';
import { PROGRAMS } from '../exec/programs.ts';
import type { Mini } from '../support/mini-machine.ts';

const test = suite('plugin engine');
const FAR = 2_000_000;
const PROGRAM = PROGRAMS[0]!;
/** One setting for each way code runs. */
const WAYS = [
  { translator: 'reference', tuning: {} },
  { translator: 'tci', tuning: {} },
  { translator: 'new-tcg', tuning: { tier: 'wasm', maxInsns: 8 } },
  { translator: 'new-tcg', tuning: { hotThreshold: 2 } },
] as const;

function plugin(name: string, install: (api: PluginApi, args: PluginArgs) => void, rest: Partial<PluginModule> = {}) {
  return { name, apiVersion: API_VERSION, install, ...rest } satisfies PluginModule;
}

function machine(way: (typeof WAYS)[number] = WAYS[1]): Mini {
  return start(way, PROGRAM);
}

async function throwsUsage(run: () => Promise<unknown> | unknown, message: RegExp, remedy?: RegExp): Promise<void> {
  try {
    await run();
  } catch (error) {
    assert.instance(error, UsageError);
    assert.match((error as UsageError).message, message);
    assert.match((error as UsageError).remedy, remedy ?? /\S/, message.source);
    return;
  }
  assert.unreachable('nothing was thrown');
}

const final = (() => {
  const mini = start(BASELINE, PROGRAM);
  mini.machine.run(FAR);
  const text = snapshot(mini);
  mini.close();
  return text;
})();

test('tb_trans and atexit run last loaded first; registering again replaces, null takes out', async () => {
  const mini = machine();
  const order: string[] = [];
  for (const name of ['a', 'b', 'c']) {
    await mini.install(
      plugin(name, (api) => {
        api.onTbTrans(() => order.push(`replaced ${name}`));
        api.onTbTrans(() => order.push(`tb ${name}`));
        api.onAtexit(() => order.push(`exit ${name}`));
      }),
    );
  }
  await mini.install(
    plugin('out', (api) => {
      api.onTbTrans(() => order.push('never'));
      api.onTbTrans(null);
      api.onAtexit(() => order.push('never'));
      api.onAtexit(null);
    }),
  );
  mini.machine.run(1);
  assert.equal(order.slice(0, 3), ['tb c', 'tb b', 'tb a']);
  mini.machine.run(FAR);
  order.length = 0;
  mini.engine.atexit();
  assert.equal(order, ['exit c', 'exit b', 'exit a']);
  mini.close();
});

test('hooks run in registration order, block hooks before those of the first instruction', async () => {
  for (const way of WAYS) {
    const mini = machine(way);
    const order: string[] = [];
    await mini.install(
      plugin('order', (api) => {
        const cell = api.scoreboard(8).u64();
        api.onTbTrans((tb) => {
          tb.insn(0)!.onExec(() => order.push(`insn ${cell.get(0)}`));
          tb.onExec(() => order.push(`tb ${cell.get(0)}`));
          tb.inlineStore(cell, 7);
          tb.onExec(() => order.push(`tb ${cell.get(0)}`));
          tb.inlineAdd(cell, 5);
          tb.insn(0)!.inlineStore(cell, 0);
        });
      }),
    );
    mini.machine.run(2);
    assert.equal(order.slice(0, 3), ['tb 0', 'tb 7', 'insn 12'], way.translator);
    mini.close();
  }
});

test('handles die with the callback that received them', async () => {
  const mini = machine();
  let tb: TbHandle | undefined;
  let insn: InsnHandle | undefined;
  let got: PluginApi | undefined;
  await mini.install(
    plugin('keeper', (api) => {
      got = api;
      api.onTbTrans((handle) => {
        tb = handle;
        insn = handle.insn(0);
        assert.is(handle.insn(handle.insnCount), undefined);
        assert.is(handle.insn(-1), undefined);
        assert.is(handle.insn(0.5), undefined);
      });
    }),
  );
  mini.machine.run(1);
  const cell = got!.scoreboard(8).u64();
  const ring = got!.ring(16);
  const uses: (() => unknown)[] = [
    () => tb!.pc,
    () => tb!.id,
    () => tb!.size,
    () => tb!.insnCount,
    () => tb!.insn(0),
    () => tb!.insns(),
    () => tb!.onExec(() => {}),
    () => tb!.inlineAdd(cell, 1),
    () => tb!.inlineStore(cell, 1),
    () => tb!.inlineTransfer({ op: 'add', cell, value: 1 }),
    () => tb!.ringPut(ring, 1),
    () => tb!.observe(),
    () => insn!.pc,
    () => insn!.size,
    () => insn!.data(),
    () => insn!.disas(),
    () => insn!.symbol(),
    () => insn!.onExec(() => {}),
    () => insn!.onMem('rw', () => {}),
    () => insn!.inlineAdd(cell, 1),
    () => insn!.inlineStore(cell, 1),
    () => insn!.inlineMemAdd('r', cell, 1),
    () => insn!.inlineMemStore('w', cell, 1),
  ];
  for (const use of uses) assert.throws(use, (error: unknown) => error instanceof StaleHandleError, String(use));
  mini.close();
});

test('handles say what the block is', async () => {
  const mini = machine(WAYS[0]);
  const lines: string[] = [];
  await mini.install(
    plugin('look', (api) => {
      api.onTbTrans((tb) => {
        lines.push(`${tb.pc.toString(16)} ${tb.insnCount} ${tb.size} ${tb.id}`);
        for (const insn of tb.insns()) {
          lines.push(
            `${insn.pc.toString(16)} ${insn.size} ${Buffer.from(insn.data()).toString('hex')} ${insn.disas()} ${insn.symbol()}`,
          );
        }
      });
    }),
  );
  mini.machine.run(1);
  assert.equal(lines, [
    '10000 5 20 1',
    '10000 4 37040000 lui s0,0x0 sym_10000',
    '10004 4 1b04c400 addw s0,s0,12 sym_10004',
    '10008 4 b7040000 lui s1,0x0 sym_10008',
    '1000c 4 9b845400 addw s1,s1,5 sym_1000c',
    '10010 4 ef004002 jal 0x10034 sym_10010',
  ]);
  mini.close();
});

test('registers: permissions, values, writing', async () => {
  for (const way of WAYS) {
    const mini = machine(way);
    const errors: unknown[] = [];
    const pcs: bigint[] = [];
    const seen: bigint[] = [];
    const attempt = (use: () => unknown): void => {
      try {
        use();
      } catch (error) {
        errors.push(error);
      }
    };
    await mini.install(
      plugin('regs', (api) => {
        attempt(() => api.readRegister(0, 'a0'));
        assert.ok(api.registers().some((r) => r.name === 'a0' && !r.readonly && r.feature === 'org.gnu.gdb.riscv.cpu'));
        assert.ok(api.registers().some((r) => r.name === 'pc' && r.readonly));
        let once = true;
        api.onTbTrans((tb) => {
          attempt(() => api.readRegister(0, 'a0'));
          if (!once) return;
          once = false;
          tb.onExec((cpu) => attempt(() => api.readRegister(cpu, 'a0')));
          tb.insn(2)!.onExec((cpu) => {
            attempt(() => api.writeRegister(cpu, 'a0', 1n));
            pcs.push(api.readRegister(cpu, 'pc'));
            seen.push(api.readRegister(cpu, 's0'));
            const words = new Uint32Array(2 * api.registers().length);
            api.readRegisters(cpu, words);
            const read = api.registers().map((_, i) => BigInt(words[2 * i]!) | (BigInt(words[2 * i + 1]!) << 32n));
            assert.equal(
              read,
              api.registers().map(({ name }) => api.readRegister(cpu, name)),
            );
          }, 'r-regs');
          tb.insn(3)!.onExec((cpu) => {
            attempt(() => api.writeRegister(cpu, 'pc', 1n));
            attempt(() => api.writeRegister(cpu, 'zero', 1n));
            attempt(() => api.writeRegister(cpu, 'a99', 1n));
            attempt(() => api.readRegister(77, 'a0'));
            attempt(() => api.readRegisters(cpu, new Uint32Array(3)));
            api.writeRegister(cpu, 'x8', 3n);
            seen.push(api.readRegister(cpu, 's0'));
          }, 'rw-regs');
        });
      }),
    );
    mini.machine.run(FAR);
    const kinds = errors.map((error) => (error as Error).name);
    // install, the first translation, block callback, write without leave; then five wrong uses; later translations.
    assert.equal(kinds.slice(0, 9), [
      ...new Array<string>(4).fill('PermissionError'),
      ...new Array<string>(5).fill('PluginUseError'),
    ]);
    assert.ok(errors[0] instanceof PermissionError && errors[4] instanceof PluginUseError);
    assert.match((errors[0] as Error).message, /plugin regs: readRegister needs a callback registered with 'r-regs'/);
    assert.match((errors[3] as Error).message, /'rw-regs'/);
    assert.equal(pcs, [0x10008n]);
    assert.equal(seen, [12n, 3n]);
    // The loop ran three times instead of twelve.
    assert.is.not(snapshot(mini), final);
    assert.ok(mini.machine.icount < 250, `${mini.machine.icount}`);
    mini.close();
  }
});

test('memory is read and written whatever its protection; unmapped is said', async () => {
  const mini = machine();
  await mini.install(
    plugin('memory', (api) => {
      assert.is(api.readMemory(0x70000, 4), undefined);
      assert.is(api.writeMemory(0x70000, Uint8Array.of(1)), false);
      assert.is(api.writeMemory(0x41ffe, Uint8Array.of(1, 2, 3)), false);
      assert.is(api.writeMemory(0x40ffe, Uint8Array.of(1, 2, 3)), true);
      assert.equal(api.readMemory(0x40ffe, 3), Uint8Array.of(1, 2, 3));
      assert.equal(
        [api.pathToBinary(), api.startCode(), api.endCode(), api.entryCode()],
        ['/guest/program', 0x10000, 0x11000, 0x10000],
      );
      assert.equal(api.info, {
        target: 'riscv64',
        version: { min: 7, cur: 7 },
        system: false,
        smpVcpus: 1,
        maxVcpus: 128,
      });
    }),
  );
  mini.close();
});

test('a register written in a callback is used by the code after it, everywhere alike', async () => {
  const results = new Set<string>();
  for (const way of WAYS) {
    const mini = machine(way);
    await mini.install(
      plugin('writer', (api) => {
        api.onTbTrans((tb) => {
          for (const insn of tb.insns()) {
            if (insn.disas() !== 'add a0,a0,s0') continue;
            insn.onExec((cpu) => api.writeRegister(cpu, 's0', api.readRegister(cpu, 's0') ^ 0x10000n), 'rw-regs');
          }
        });
      }),
    );
    mini.machine.run(700);
    results.add(`${mini.machine.icount} ${mini.machine.stateDigest()}`);
    assert.equal(mini.warnings, []);
    mini.close();
  }
  assert.is(results.size, 1, [...results].join());
});

test('versions and installation', async () => {
  const mini = machine();
  const old = plugin('old', () => {}, { apiVersion: 1 });
  await throwsUsage(() => mini.install(old), /plugin old is for API version 1; this is version 7/, /7 to 7/);
  await throwsUsage(() => mini.install({ ...old, apiVersion: 8 }), /API version 8/);
  await throwsUsage(
    () => mini.install({ name: 'none', install() {} } as unknown as PluginModule),
    /does not say which API/,
  );
  await throwsUsage(() => mini.install({ name: 'nothing', apiVersion: 7 } as PluginModule), /exports no install/);
  const thrower = plugin('thrower', () => {
    throw new Error('no license');
  });
  await throwsUsage(() => mini.install(thrower), /plugin thrower could not be installed: no license/);
  for (const leave of ['uninstall', 'reset'] as const) {
    await throwsUsage(
      () => mini.install(plugin('early', (api) => api[leave]())),
      /plugin early could not be installed/,
    );
  }
  const asynchronous = plugin('later', async (api) => {
    await Promise.resolve();
    throw new Error(api.info.target);
  });
  await throwsUsage(() => mini.install(asynchronous), /later could not be installed: riscv64/);
  mini.machine.run(FAR);
  assert.is(snapshot(mini), final);
  mini.close();
});

test('arguments', async () => {
  const specs: Record<string, ArgSpec> = {
    inline: { kind: 'bool', summary: '', default: false },
    limit: { kind: 'int', summary: '', default: 20 },
    name: { kind: 'string', summary: 'the name' },
    match: { kind: 'list', summary: '' },
  };
  const parse = (...options: string[]) => parseArgs('p', specs, options);
  assert.equal(parse(), { inline: false, limit: 20 });
  assert.equal(parse('inline'), { inline: true, limit: 20 });
  assert.equal(parse('arg=inline', 'arg=limit=3', 'name=a=b'), { inline: true, limit: 3, name: 'a=b' });
  assert.equal(parse('match=x', 'match=y', 'limit=0x10'), { inline: false, limit: 16, match: ['x', 'y'] });
  for (const yes of ['on', 'yes', 'true', 'y']) assert.is(parse(`inline=${yes}`).inline, true);
  for (const no of ['off', 'no', 'false', 'n']) assert.is(parse(`inline=${no}`).inline, false);
  await throwsUsage(() => parse('inline=perhaps'), /inline=perhaps is not a yes or no/, /inline=on/);
  for (const bad of ['limit=x', 'limit=', 'limit=1.5', 'limit=-1', 'limit=99999999999999999999']) {
    await throwsUsage(() => parse(bad), /is not a number/);
  }
  await throwsUsage(() => parse('inlnie'), /plugin p has no argument inlnie/, /did you mean inline/i);
  await throwsUsage(() => parse('zzzzzzzzz=1'), /no argument zzzzzzzzz/, /inline, limit, name, match/);
  await throwsUsage(() => parse('__proto__=1'), /no argument __proto__/);
  await throwsUsage(() => parse('constructor=1'), /no argument constructor/);
  const required = { path: { kind: 'string', summary: 'where to', required: true } } as const;
  await throwsUsage(() => parseArgs('p', required, []), /plugin p needs path=/, /where to/);
  assert.equal(parseArgs('p', required, ['arg=/tmp/x']), { path: '/tmp/x' });
  assert.equal(parseArgs('p', undefined, ['a', 'b=1', 'b=2', 'arg=c']), { a: 'on', b: '2', c: 'on' });
  assert.equal(Object.keys(parseArgs('p', undefined, ['__proto__=1'])), ['__proto__']);
});

test('a plugin that throws is named and removed, and the run goes on', async () => {
  const boom = (): never => {
    throw new Error('boom');
  };
  const hooks: Record<string, (api: PluginApi) => void> = {
    tb_trans: (api) =>
      api.onTbTrans((tb) => {
        tb.inlineAdd(api.scoreboard(8).u64(), 1);
        boom();
      }),
    'tb callback': (api) => api.onTbTrans((tb) => tb.onExec(boom)),
    'mem callback': (api) =>
      api.onTbTrans((tb) => {
        for (const insn of tb.insns()) insn.onMem('rw', boom);
      }),
    'vcpu init': (api) => api.onVcpuInit(boom),
    flush: (api) => api.onFlush(boom),
    atexit: (api) => api.onAtexit(boom),
    window: (api) => api.onWindow(100, boom),
  };
  for (const way of WAYS) {
    for (const [hook, install] of Object.entries(hooks)) {
      const program = hook === 'mem callback' ? PROGRAMS[1]! : PROGRAM;
      const plain = start(BASELINE, program);
      plain.machine.run(FAR);
      const mini = start(way, program);
      await mini.install(plugin('bomb', install));
      mini.machine.run(100);
      if (hook === 'flush') mini.machine.flushCode();
      if (hook === 'window') await mini.engine.window(100);
      mini.machine.run(FAR);
      mini.engine.atexit();
      assert.is(mini.warnings.length, 1, `${hook}: ${mini.warnings.join('\n')}`);
      assert.match(
        mini.warnings[0]!,
        new RegExp(`^plugin bomb failed in ${hook}( for 0x1[0-9a-f]{4})?: boom; it has been removed$`),
      );
      assert.equal(mini.engine.failed, ['bomb']);
      assert.is(snapshot(mini), snapshot(plain), hook);
      mini.close();
      plain.close();
    }
  }
});

test('a plugin that threw is not called again', async () => {
  for (const way of WAYS) {
    const mini = machine(way);
    let calls = 0;
    await mini.install(
      plugin('once', (api) => {
        api.onTbTrans((tb) => {
          tb.onExec(() => {
            if (++calls === 10) throw new Error('enough');
          });
        });
      }),
    );
    mini.machine.run(FAR);
    assert.is(calls, 10);
    assert.is(snapshot(mini), final);
    mini.close();
  }
});

test('uninstall and reset from every callback', async () => {
  for (const way of WAYS) {
    for (const leave of ['uninstall', 'reset'] as const) {
      for (const from of ['exec', 'tb', 'flush', 'window'] as const) {
        const mini = machine(way);
        const where = `${leave} from ${from} on ${way.translator}`;
        let calls = 0;
        let after = 0;
        let done = 0;
        const board: { sum(): bigint }[] = [];
        await mini.install(
          plugin('guest', (api) => {
            const cell = api.scoreboard(8).u64();
            board.push(cell);
            let asked = false;
            const go = (): void => {
              if (asked) return;
              asked = true;
              api[leave](() => {
                done++;
                if (leave === 'reset') api.onTbTrans((tb) => tb.onExec(() => after++));
                else api.onTbTrans(() => after++);
              });
              // Ignored from now on.
              api.onAtexit(() => after++);
            };
            api.onTbTrans((tb) => {
              tb.onExec(() => {
                if (done > 0) calls++;
                if (from === 'exec') go();
              });
              tb.inlineAdd(cell, 1);
              if (from === 'tb' && tb.pc > 0x10010) go();
            });
            if (from === 'flush') api.onFlush(go);
            if (from === 'window') api.onWindow(50, go);
          }),
        );
        mini.machine.run(50);
        if (from === 'flush') mini.machine.flushCode();
        if (from === 'window') await mini.engine.window(50);
        mini.machine.run(100);
        assert.is(done, 1, `${where}: the completion callback runs once, soon`);
        const counted = board[0]!.sum();
        mini.machine.run(FAR);
        assert.is(calls, 0, `${where}: old callbacks are gone`);
        assert.is(board[0]!.sum(), counted, `${where}: old inline operations are gone`);
        assert.is(after > 0, leave === 'reset', `${where}: registering again counts only after a reset`);
        mini.engine.atexit();
        assert.is(snapshot(mini), final, where);
        assert.equal(mini.warnings, []);
        mini.close();
      }
    }
  }
});

test('stop ends the run soon, from any callback, and it can go on', async () => {
  for (const way of WAYS) {
    const mini = machine(way);
    const stops: number[] = [];
    await mini.install(
      plugin('stopper', (api) => {
        let n = 0;
        api.onTbTrans((tb) => {
          tb.onExec(() => {
            if (++n % 20 !== 0) return;
            stops.push(api.machine.icount);
            api.machine.stop();
          });
        });
      }),
    );
    let runs = 0;
    while (!mini.machine.ended && runs < 500) {
      const result = mini.machine.run(FAR);
      runs++;
      if (result.kind !== 'stopped') continue;
      const late = mini.machine.icount - stops.at(-1)!;
      assert.ok(late >= 0 && late < 100, `${late} instructions late`);
    }
    assert.ok(runs > 3, `${runs} runs`);
    assert.is(snapshot(mini), final);
    mini.close();
  }
});

test('the instruction count in callbacks is that of the instruction', async () => {
  for (const way of WAYS) {
    const mini = start(way, PROGRAMS[1]!);
    const counts: number[] = [];
    const accesses: number[] = [];
    await mini.install(
      plugin('counter', (api) => {
        api.onTbTrans((tb) => {
          for (const insn of tb.insns()) {
            insn.onExec(() => counts.push(api.machine.icount));
            insn.onMem('rw', () => accesses.push(api.machine.icount));
          }
        });
      }),
    );
    // Odd pieces: blocks are cut and resumed.
    for (let at = 0; !mini.machine.ended; at += 13) mini.machine.run(at);
    assert.equal(
      counts,
      Array.from({ length: mini.machine.icount }, (_, i) => i),
    );
    assert.is(accesses[0], 4, 'the first load is the fifth instruction');
    assert.ok(accesses.every((n, i) => i === 0 || n >= accesses[i - 1]!));
    mini.close();
  }
});

test('blocks can be described while another is being translated', async () => {
  const mini = machine();
  const texts: (string | undefined)[] = [];
  await mini.install(
    plugin('reader', (api) => {
      api.onTbTrans((tb) => {
        texts.push(api.machine.describeBlock(0x10004)?.insns[0]?.text);
        tb.onExec(() => {});
      });
    }),
  );
  mini.machine.run(FAR);
  assert.is(snapshot(mini), final);
  assert.is(texts[0], 'addw s0,s0,12');
  mini.close();
});

test("wrong uses are the plugin author's to hear", async () => {
  const mini = machine();
  const other = machine();
  let cell: unknown;
  await other.install(
    plugin('other', (api) => {
      cell = api.scoreboard(8).u64();
    }),
  );
  await mini.install(
    plugin('user', (api) => {
      for (const interval of [0, -1, 1.5, Number.NaN])
        assert.throws(() => api.onWindow(interval, () => {}), /is not possible/);
      for (const size of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 1e9]) {
        assert.throws(() => api.scoreboard(size), undefined, `scoreboard(${size})`);
        assert.throws(() => api.ring(size), undefined, `ring(${size})`);
      }
      const board = api.scoreboard(16);
      assert.throws(() => board.u64(4), /offset 4/);
      assert.throws(() => board.u64(16), /offset 16/);
      assert.throws(() => board.u64(-8), /offset -8/);
      assert.throws(() => board.u64(0).get(128), /no vCPU 128/);
      assert.throws(() => board.u64(0).set(-1, 1), /no vCPU -1/);
      api.onTbTrans((tb) => {
        assert.throws(() => tb.inlineAdd({} as never, 1), /cell of a scoreboard/);
        assert.throws(() => tb.ringPut({} as never, 1), /ring of this run/);
        assert.throws(() => tb.onExec(undefined as never), /callback/);
        assert.throws(() => tb.insn(0)!.onMem('rw', 5 as never), /callback/);
        assert.throws(() => tb.insn(0)!.onMem('x' as never, () => {}), /'r', 'w' or 'rw'/);
        assert.throws(() => tb.onExec(() => {}, 'all' as never), /flags/);
      });
    }),
  );
  mini.machine.run(1);
  assert.equal(mini.warnings, []);
  assert.ok(cell);
  mini.close();
  other.close();
});

test.run();
