// What plugins hear of whole machines: system calls, discontinuities, device accesses, mappings, time; and plugins that
// come, go, serve each other and fail while the machine runs. Real programs, on several translators.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createMachine, type Machine, readProgram, UsageError } from '../../emulator/index.ts';
import { API_VERSION, type Cell, type PluginApi, type PluginModule } from '../../emulator/plugin/api.ts';
import { PluginError, PluginVersionError, ServiceGoneError, StaleHandleError } from '../../emulator/plugin/errors.ts';
import { STANDARD_PLUGINS } from '../../emulator/plugins/index.ts';
import { ENTRY, runPlugin } from '../../emulator/testing.ts';
import { parseTranslatorSpec } from '../../emulator/translators/spec.ts';
import { scenarioPath } from '../../scenarios/index.ts';
import { Asm } from '../support/asm.ts';

const TRANSLATORS = ['tci', 'old-tcg,max-insns=3', 'new-tcg,hot=2', 'new-tcg,tier=wasm'];
const MIB = 1 << 20;

const plugin = (name: string, install: (api: PluginApi) => void, rest: Partial<PluginModule> = {}): PluginModule => ({
  name,
  apiVersion: API_VERSION,
  install,
  ...rest,
});

interface Run {
  readonly machine: Machine;
  readonly warnings: string[];
  readonly output: () => string;
  readonly guest: () => string;
}

async function machineFor(
  program: string,
  translator: string,
  plugins: readonly PluginModule[],
  options: { args?: readonly string[]; pluginErrors?: 'remove' | 'fatal' } = {},
): Promise<Run> {
  const warnings: string[] = [];
  let output = '';
  let guest = '';
  const path = scenarioPath(program);
  const machine = await createMachine({
    program: readProgram(path),
    programPath: path,
    cwd: '/',
    argv: [path],
    env: [],
    machine: 'auto',
    memoryBytes: 32 * MIB,
    translator: await parseTranslatorSpec(translator),
    stdin: new Uint8Array(0),
    stdout: (bytes) => {
      guest += Buffer.from(bytes).toString('latin1');
    },
    stderr: () => {},
    warn: (text) => warnings.push(text),
    files: 'overlay',
    log: {
      items: new Set(['plugin']),
      write: (text) => {
        output += text;
      },
    },
    plugins: plugins.map((module) => ({ module, args: options.args ?? [] })),
    ...(options.pluginErrors && { pluginErrors: options.pluginErrors }),
  });
  await machine.start();
  return { machine, warnings, output: () => output, guest: () => guest };
}

/** Instructions of `make` as words, for runPlugin. */
function words(make: (a: Asm) => Asm): number[] {
  const bytes = make(new Asm(ENTRY)).finish();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i, true));
}

test('system calls: entry and return with all they carry, in order', async () => {
  const texts = new Set<string>();
  for (const translator of TRANSLATORS) {
    const lines: string[] = [];
    const { machine, warnings } = await machineFor('scenarios/guests/nolibc/errno.elf', translator, [
      plugin('calls', (api) => {
        api.onSyscall((cpu, { number, args }) => {
          assert.is(args.length, 8);
          assert.is(api.readRegister(cpu, 'a7'), BigInt(number));
          assert.is(api.readRegister(cpu, 'a0'), args[0]);
          lines.push(`${number} ${args.join(' ')}`);
        });
        api.onSyscallReturn((cpu, { number, result }) => {
          assert.is(BigInt.asIntN(64, api.readRegister(cpu, 'a0')), result);
          lines.push(`${number} -> ${result}`);
        });
      }),
    ]);
    machine.checkpoint();
    await machine.runAsync();
    assert.equal(warnings, []);
    const done = machine.events().filter(({ kind }) => kind === 'syscall');
    const want = done.map(({ detail }) => `${detail[0]} -> ${BigInt.asIntN(64, detail.at(-2)!)}`);
    assert.equal(
      lines.filter((line) => line.includes('->')),
      want,
      'a return for each call that came back',
    );
    assert.ok(
      want.some((line) => line.includes('-> -')),
      'some of them failed',
    );
    // The last call never comes back.
    assert.match(lines.at(-1)!, /^9[34] /);
    texts.add(lines.join('\n'));
  }
  assert.is(texts.size, 1);
});

test('a filter answers a call instead of the system, the first one that wants to; entry may go on elsewhere', async () => {
  const GETPID = 172;
  const code = words((a) => a.li(17, GETPID).ecall(GETPID).imm('addi', 8, 10, 0).ecall(GETPID).imm('addi', 9, 10, 0));
  for (const translator of TRANSLATORS) {
    const order: string[] = [];
    let n = 0;
    const run = await runPlugin(
      plugin('filter', (api) => {
        api.onSyscall((_cpu, { number }) => order.push(`entry ${number}`));
        api.onSyscallFilter((_cpu, { number }) => {
          order.push(`filter ${number}`);
          return number === GETPID && n++ === 0 ? -77n : undefined;
        });
        api.onSyscallReturn((_cpu, { number, result }) => order.push(`return ${number} ${result}`));
      }),
      code,
      { translator },
    );
    assert.equal(run.warnings, []);
    assert.is(run.register('s0'), BigInt.asUintN(64, -77n));
    assert.is(run.register('s1'), 1000n);
    assert.equal(order.slice(0, 6), [
      'entry 172',
      'filter 172',
      'return 172 -77',
      'entry 172',
      'filter 172',
      'return 172 1000',
    ]);

    const jumped = await runPlugin(
      plugin('elsewhere', (api) => {
        api.onSyscall((cpu, { number }) => {
          if (number === GETPID) api.setPc(cpu, api.readRegister(cpu, 'pc') + 4n);
        });
      }),
      code,
      { translator },
    );
    assert.equal(jumped.warnings, []);
    assert.is(jumped.register('s1'), 0n, 'the call was not made');
    assert.is(jumped.stopped.kind, 'exit');
  }
});

test('discontinuities name the instructions before and after, as they are executed', async () => {
  const texts = new Set<string>();
  for (const program of ['timer', 'traps']) {
    texts.clear();
    for (const translator of TRANSLATORS) {
      const lines: string[] = [];
      let last = 0n;
      let expected: bigint | undefined;
      const { machine, warnings, guest } = await machineFor(`scenarios/guests/bare/${program}.elf`, translator, [
        plugin('discons', (api) => {
          api.onDiscontinuity((cpu, { kind, from, to }) => {
            assert.is(api.readRegister(cpu, 'pc'), to);
            // What cannot be fetched is not begun.
            const fetched = api.readRegister(cpu, 'mcause') !== 1n;
            if (kind === 'exception') assert.is(from === last, fetched, 'it comes from the instruction that was begun');
            else assert.is(api.readRegister(cpu, 'mepc'), from, 'an interrupt comes before the one that was next');
            expected = to;
            lines.push(`${api.machine.icount} ${kind} ${from.toString(16)} ${to.toString(16)}`);
          });
          api.onTbTrans((tb) => {
            for (const insn of tb.insns()) {
              const pc = BigInt(insn.pc);
              insn.onExec(() => {
                if (expected !== undefined) assert.is(pc, expected, 'execution goes on where it was said to');
                expected = undefined;
                last = pc;
              });
            }
          });
        }),
      ]);
      const stopped = await machine.runAsync(400_000);
      assert.equal(warnings, [], `${program} on ${translator}`);
      assert.ok(guest().length > 0 && stopped.kind !== 'stuck');
      texts.add(lines.join('\n'));
    }
    assert.is(texts.size, 1, program);
    const [text] = texts;
    assert.match(text!, program === 'timer' ? / interrupt / : / exception /);
  }
});

test('a kind of discontinuity can be picked; signals and calls of a process are some', async () => {
  const kinds = new Map<string, number>();
  const { machine, warnings } = await machineFor('scenarios/guests/nolibc/errno.elf', 'new-tcg', [
    plugin('all', (api) => api.onDiscontinuity((_cpu, { kind }) => kinds.set(kind, (kinds.get(kind) ?? 0) + 1))),
    plugin('some', (api) =>
      api.onDiscontinuity(() => kinds.set('picked', (kinds.get('picked') ?? 0) + 1), ['interrupt', 'exception']),
    ),
    plugin('wrong', (api) => {
      assert.throws(() => api.onDiscontinuity(() => {}, ['reset' as never]), /no discontinuity "reset"/);
      assert.throws(() => api.onDiscontinuity(() => {}, 5 as never), /the kinds are not an array/);
    }),
  ]);
  await machine.runAsync();
  assert.equal(warnings, []);
  assert.ok(kinds.get('hostcall')! > 3);
  assert.is(kinds.get('picked'), undefined);
});

test('devices: what was accessed, and nothing counted twice', async () => {
  const texts = new Set<string>();
  for (const translator of TRANSLATORS) {
    const devices = new Map<string, number>();
    let stale: (() => unknown) | undefined;
    const cells: Record<string, () => bigint> = {};
    let called = 0n;
    const { machine, warnings, guest } = await machineFor('scenarios/guests/bare/hello.elf', translator, [
      plugin('devices', (api) => {
        const board = api.scoreboard(24);
        const [tb, insns, accesses] = [board.u64(0), board.u64(8), board.u64(16)] as const;
        Object.assign(cells, { insns: () => insns.sum(), accesses: () => accesses.sum() });
        api.onTbTrans((block) => {
          block.inlineAdd(tb, 1);
          for (const insn of block.insns()) {
            insn.inlineAdd(insns, 1);
            insn.inlineMemAdd('rw', accesses, 1);
            insn.onMem('rw', (_cpu, info, address) => {
              called++;
              const at = info.hwaddr()!;
              assert.is(at.physical, address);
              assert.is(at.isIo, at.device !== 'RAM');
              devices.set(at.device, (devices.get(at.device) ?? 0) + 1);
              stale = () => info.hwaddr();
            });
          }
        });
        assert.is(api.translate(0, 0x80000000), 0x80000000);
        assert.is(api.translate(0, 0x70000000), undefined);
        assert.is(api.readPhysical(0x80000000, 4).status, 'ok');
        assert.equal(api.readPhysical(0x70000000, 4), { status: 'invalid-address' });
        assert.equal(api.readPhysical(0x10000000, 1), { status: 'access-denied' });
        assert.is(api.writePhysical(0x80100000, Uint8Array.of(1, 2)), 'ok');
        assert.equal(api.readPhysical(0x80100000, 2), { status: 'ok', bytes: Uint8Array.of(1, 2) });
        assert.is(api.writePhysical(0x1000, Uint8Array.of(1)), 'access-denied', 'the ROM');
      }),
    ]);
    await machine.runAsync(1_000_000);
    assert.equal(warnings, [], translator);
    assert.is(cells.insns!(), BigInt(machine.icount), `${translator}: each instruction once`);
    assert.is(cells.accesses!(), called, `${translator}: each access once`);
    assert.ok(devices.get('RAM')! > 0 && devices.size > 1, [...devices.keys()].join());
    const uart = [...devices].find(([name]) => /uart|serial/i.test(name));
    assert.ok(uart && uart[1] >= guest().length, JSON.stringify([...devices]));
    assert.throws(stale!, (error: unknown) => error instanceof StaleHandleError);
    texts.add(JSON.stringify([...devices].sort()));
  }
  assert.is(texts.size, 1, [...texts].join('\n'));
});

test('user mode has no physical memory and no time to give', async () => {
  const run = await runPlugin(
    plugin('user', (api) => {
      assert.equal(api.readPhysical(0x10000, 4), { status: 'error' });
      assert.is(api.writePhysical(0x10000, Uint8Array.of(1)), 'error');
      assert.is(api.translate(0, 0x10000), undefined);
      assert.is(api.requestTimeControl(), null);
      assert.not.ok(api.registers().some(({ name }) => name === 'mstatus'));
      assert.equal(api.readMemory(ENTRY, 4), Uint8Array.of(0x13, 0, 0, 0));
      api.onTbTrans((tb) => {
        for (const insn of tb.insns()) {
          assert.ok(insn.haddr()! > 0);
          insn.onMem('rw', (_cpu, info) => assert.is(info.hwaddr(), undefined));
        }
      });
      api.onVcpuInit((cpu) => {
        assert.is(api.numVcpus(), 1);
        assert.equal(
          api.readRegisterBytes(cpu, 'pc').slice(0, 4),
          Uint8Array.of(ENTRY & 255, (ENTRY >> 8) & 255, 1, 0),
        );
      });
    }),
    [0x00000013, 0x00013283],
  );
  assert.equal(run.warnings, []);
  assert.not.ok(run.failed);
});

test('time control: the first to ask has it; time stands still but for what it says, the same everywhere', async () => {
  const texts = new Set<string>();
  for (const translator of TRANSLATORS) {
    const { machine, warnings, guest } = await machineFor('scenarios/guests/bare/timer.elf', translator, [
      plugin('clock', (api) => {
        const time = api.requestTimeControl()!;
        assert.ok(time);
        // Ten times slower than an instruction a nanosecond.
        api.onWindow(1000, (icount) => time.update(BigInt(icount) / 10n));
      }),
      plugin('late', (api) => assert.is(api.requestTimeControl(), null)),
    ]);
    const stopped = await machine.runAsync(2_000_000);
    assert.equal(warnings, []);
    texts.add(`${stopped.kind} ${machine.icount} ${machine.stateDigest()} ${guest()}`);
  }
  assert.is(texts.size, 1, [...texts].join('\n'));
  const { machine } = await machineFor('scenarios/guests/bare/timer.elf', 'new-tcg', []);
  await machine.runAsync(2_000_000);
  assert.not.ok([...texts][0]!.startsWith(`exit ${machine.icount} `), 'it does make a difference');
});

test('mappings and modules', async () => {
  const changes: string[] = [];
  const modules: string[] = [];
  const run = await runPlugin(
    plugin('maps', (api) => {
      assert.is(api.modules()[0]!.path, '/test');
      api.onMapping(({ kind, start, length, prot, path }) =>
        changes.push(`${kind} ${start.toString(16)} ${length} ${prot} ${path}`),
      );
      api.onModule(({ path, start, end }) => modules.push(`${path} ${end - start}`));
    }),
    words((a) =>
      a
        .li(10, 0)
        .li(11, 8192)
        .li(12, 3)
        .li(13, 0x22)
        .li(14, -1)
        .li(15, 0)
        .ecall(222)
        .imm('addi', 8, 10, 0)
        .li(11, 4096)
        .li(12, 5)
        .ecall(226)
        .imm('addi', 10, 8, 0)
        .ecall(215),
    ),
  );
  assert.equal(run.warnings, []);
  const at = run.register('s0').toString(16);
  assert.equal(changes, [
    `map ${at} 8192 3 undefined`,
    `protect ${at} 4096 5 undefined`,
    `unmap ${at} 4096 0 undefined`,
  ]);
  assert.equal(modules, [], 'executable, but no file');
});

test('filters at translation: addresses, opcodes, disassembly, symbols', async () => {
  const blocks: string[] = [];
  const seen: Record<string, number> = {};
  const { machine, warnings } = await machineFor('scenarios/guests/nolibc/sha1-mini.elf', 'new-tcg', [
    plugin('only', (api) => {
      api.onTbTrans(
        (tb) => {
          const found = tb.insns({ disas: /^rol|mulhu|^ret$/ });
          assert.ok(found.length > 0);
          blocks.push(tb.pc.toString(16));
        },
        { disas: 'ret' },
      );
    }),
    plugin('every', (api) => {
      api.onTbTrans((tb) => {
        const first = tb.insn(0)!;
        const name = first.symbol();
        const add = (key: string, n: number): void => {
          seen[key] = (seen[key] ?? 0) + n;
        };
        add('all', tb.insnCount);
        add('range', tb.insns({ range: [tb.pc, tb.pc + 1] }).length);
        add('blocks', 1);
        add('ecall', tb.insns({ opcode: { mask: 0xffffffff, match: 0x73 } }).length);
        add('ecall too', tb.insns({ disas: 'ecall' }).length);
        if (name) {
          assert.not.match(name, /\+0x/);
          assert.ok(tb.insns({ symbol: name }).includes(first));
          assert.ok(tb.insns({ symbol: new RegExp(`^${name}$`) }).includes(first));
        }
        assert.equal(tb.insns({ symbol: 'no such symbol' }), []);
      });
    }),
  ]);
  await machine.runAsync();
  assert.equal(warnings, []);
  assert.ok(blocks.length > 0 && blocks.length < seen.blocks!);
  assert.is(seen.range, seen.blocks);
  assert.ok(seen.ecall! > 0);
  assert.is(seen.ecall, seen['ecall too']);
});

test('plugins come, go and are replaced while the machine runs; the guest does not notice', async () => {
  const plain = await machineFor('scenarios/guests/nolibc/sha1-mini.elf', 'new-tcg', []);
  await plain.machine.runAsync();
  for (const translator of TRANSLATORS) {
    const { machine, warnings, guest } = await machineFor('scenarios/guests/nolibc/sha1-mini.elf', translator, []);
    const counts: bigint[] = [];
    const counter = (): PluginModule =>
      plugin('counter', (api) => {
        const cell = api.scoreboard(8).u64();
        const index = counts.push(0n) - 1;
        const vcpus: number[] = [];
        api.onVcpuInit((cpu) => vcpus.push(cpu));
        api.onTbTrans((tb) => {
          assert.equal(vcpus, [0]);
          for (const insn of tb.insns()) insn.inlineAdd(cell, 1);
        });
        api.onWindow(1000, () => {
          counts[index] = cell.sum();
        });
      });
    const control = machine.pluginControl;
    await machine.runAsync(50_000);
    assert.is(await control.load(counter(), []), 'counter');
    assert.is(await control.load(counter(), []), 'counter#2');
    assert.equal(control.names, ['counter', 'counter#2']);
    await machine.runAsync(60_000);
    assert.equal(counts, [10_000n, 10_000n]);
    await control.unload('counter');
    await machine.runAsync(70_000);
    assert.equal(counts, [10_000n, 20_000n]);
    assert.is(await control.reload('counter#2', counter(), []), 'counter#2');
    await machine.runAsync(80_000);
    assert.equal(counts, [10_000n, 20_000n, 10_000n]);
    assert.throws(() => control.unload('counter'), /there is no plugin counter to unload/);
    await machine.runAsync();
    assert.equal(warnings, []);
    assert.is(guest(), plain.guest());
    assert.is(machine.stateDigest(), plain.machine.stateDigest());
  }
});

test('services: found by name, gone with their plugin', async () => {
  const { machine, warnings } = await machineFor('scenarios/guests/nolibc/sha1-mini.elf', 'new-tcg', []);
  const control = machine.pluginControl;
  interface Counting {
    count(): number;
  }
  let api2: PluginApi | undefined;
  let service: Counting | undefined;
  await control.load(
    plugin('provider', (api) => {
      let n = 0;
      api.onTbTrans((tb) => tb.onExec(() => n++));
      api.provide('counting', { count: () => n });
    }),
    [],
  );
  await control.load(
    plugin('user', (api) => {
      api2 = api;
      service = api.service<Counting>('counting');
      assert.is(api.service('nothing'), undefined);
      assert.throws(
        () => api.provide('counting', {}),
        /plugin user: the service counting is provided by plugin provider/,
      );
    }),
    [],
  );
  await machine.runAsync(10_000);
  assert.ok(service!.count() > 100);
  await control.unload('provider');
  assert.throws(
    () => service!.count(),
    (error: unknown) =>
      error instanceof ServiceGoneError && /of plugin provider is gone/.test((error as Error).message),
  );
  assert.is(api2!.service('counting'), undefined);
  assert.equal(warnings, []);
});

test('errors have types and name plugin, hook and guest pc; fatal ends the run where it happens', async () => {
  const caught: unknown[] = [];
  const bomb = plugin('bomb', (api) => {
    api.onTbTrans((tb) => {
      tb.onExec(() => {
        try {
          api.readRegister(0, 'a0');
        } catch (error) {
          caught.push(error);
          throw error;
        }
      });
    });
  });
  const removed = await machineFor('scenarios/guests/nolibc/sha1-mini.elf', 'new-tcg', [bomb]);
  await removed.machine.runAsync();
  const error = caught[0] as PluginError;
  assert.instance(error, PluginError);
  assert.equal(
    [error.name, error.plugin, error.hook, typeof error.pc],
    ['PermissionError', 'bomb', 'tb callback', 'number'],
  );
  assert.equal(removed.machine.failedPlugins, ['bomb']);
  assert.match(
    removed.warnings[0]!,
    /^plugin bomb failed in tb callback for 0x1[0-9a-f]+: readRegister needs a callback registered with 'r-regs'; it has been removed$/,
  );

  const fatal = await machineFor('scenarios/guests/nolibc/sha1-mini.elf', 'new-tcg', [bomb], { pluginErrors: 'fatal' });
  try {
    await fatal.machine.runAsync();
    assert.unreachable('the run went on');
  } catch (thrown) {
    assert.instance(thrown, UsageError);
    assert.match((thrown as Error).message, /^plugin bomb failed in tb callback/);
  }
  assert.ok(fatal.machine.icount < 1000);

  try {
    await machineFor('scenarios/guests/nolibc/sha1-mini.elf', 'new-tcg', [plugin('old', () => {}, { apiVersion: 2 })]);
    assert.unreachable('an old plugin was installed');
  } catch (thrown) {
    assert.instance(thrown, PluginVersionError);
    assert.is((thrown as PluginVersionError).plugin, 'old');
  }
});

/** Every event there is, as something to listen to, and where it happens more than once. */
const EVENTS: Readonly<Record<string, readonly [program: string, (api: PluginApi, use: () => void) => void]>> = {
  'vcpu init': ['bare/harts', (api, use) => api.onVcpuInit(use)],
  'vcpu idle': ['bare/timer', (api, use) => api.onVcpuIdle(use)],
  'vcpu resume': ['bare/timer', (api, use) => api.onVcpuResume(use)],
  discontinuity: ['bare/timer', (api, use) => api.onDiscontinuity(use)],
  tb_trans: ['nolibc/atomics', (api, use) => api.onTbTrans(use)],
  syscall: ['nolibc/atomics', (api, use) => api.onSyscall(use)],
  'syscall filter': ['nolibc/atomics', (api, use) => api.onSyscallFilter(() => void use() as undefined)],
  'syscall return': ['nolibc/atomics', (api, use) => api.onSyscallReturn(use)],
  mapping: ['nolibc/accesses', (api, use) => api.onMapping(use)],
  flush: ['nolibc/atomics', (api, use) => api.onFlush(use)],
  window: ['nolibc/sha1-mini', (api, use) => api.onWindow(5000, use)],
};

test('who registers or leaves inside a callback of the same kind counts from the next event, and nobody is skipped', async () => {
  for (const translator of ['tci', 'new-tcg,hot=2'])
    for (const [event, [program, listen]] of Object.entries(EVENTS)) {
      const log: string[] = [];
      const steady = (name: string) => plugin(name, (api) => listen(api, () => log.push(name)));
      // Each time it is called it puts another callback in its own place.
      const changing = plugin('changing', (api) => {
        let generation = 0;
        const next = (): void => {
          const mine = generation++;
          listen(api, () => {
            log.push(`changing ${mine}`);
            next();
          });
        };
        next();
      });
      // Called once, it goes.
      const leaving = plugin('leaving', (api) =>
        listen(api, () => {
          log.push('leaving');
          api.uninstall();
        }),
      );
      const { machine, warnings } = await machineFor(`scenarios/guests/${program}.elf`, translator, [
        steady('first'),
        changing,
        leaving,
        steady('last'),
      ]);
      for (let at = 20_000; at <= 60_000 && !machine.ended; at += 20_000) {
        await machine.runAsync(at);
        machine.flushCode();
      }
      const where = `${event} on ${translator}`;
      assert.equal(machine.pluginControl.names, ['first', 'changing', 'last'], where);
      assert.equal(warnings, [], where);
      const of = (name: string) => log.filter((each) => each.startsWith(name));
      const rounds = of('last').length;
      // A board has one hart.
      assert.ok(rounds > (event === 'vcpu init' ? 0 : 1), `${where}: ${rounds}`);
      assert.equal(of('leaving'), ['leaving'], where);
      assert.equal(of('first').length, rounds, where);
      assert.equal(
        of('changing'),
        Array.from({ length: rounds }, (_, i) => `changing ${i}`),
        where,
      );
      // Leaving makes a flush, which may come in between; windows end in the order of loading, all else is told in reverse.
      const rest = log.filter((name) => name !== 'leaving').slice(0, 3);
      const order = ['last', 'changing 0', 'first'];
      if (event !== 'flush') assert.equal(rest, event === 'window' ? order.reverse() : order, where);
    }
});

test('what code only adds to is in the cells wherever the machine stops', async () => {
  for (const program of ['nolibc/sha1-mini', 'nolibc/fault-registers', 'bare/timer']) {
    const texts = new Set<string>();
    for (const translator of [...TRANSLATORS, 'new-tcg', 'old-tcg,hot=2']) {
      const rows: string[] = [];
      const { machine } = await machineFor(`scenarios/guests/${program}.elf`, translator, [
        plugin('adding', (api) => {
          const [insns, accesses, stores] = [0, 1, 2].map(() => api.scoreboard(8).u64()) as [Cell, Cell, Cell];
          api.onTbTrans((tb) => {
            for (const insn of tb.insns()) {
              insn.inlineAdd(insns, 1);
              insn.inlineMemAdd('rw', accesses, 1);
              insn.inlineMem('w', { op: 'add', cell: stores, value: 'value' });
            }
          });
          api.onWindow(89, (icount) => {
            assert.is(insns.sum(), BigInt(icount), `${program} on ${translator}`);
            rows.push(`${icount} ${accesses.sum()} ${stores.sum()}`);
          });
        }),
      ]);
      await machine.runAsync(100_000);
      machine.finish();
      assert.ok(rows.length > 2, program);
      texts.add(rows.join('\n'));
    }
    assert.is(texts.size, 1, program);
  }
});

test('who sleeps is not told what is done again, and its cells are as they were', async () => {
  for (const translator of TRANSLATORS) {
    const seen: number[] = [];
    const cells: (() => bigint)[] = [];
    let calls = 0;
    const { machine } = await machineFor('scenarios/guests/nolibc/sha1-mini.elf', translator, []);
    await machine.pluginControl.load(
      plugin('sleeper', (api) => {
        const cell = api.scoreboard(8).u64();
        const held = api.vcpuCell();
        const ring = api.ring(1 << 17);
        cells.push(
          () => cell.sum(),
          () => held.get(0),
          () => BigInt(ring.length),
        );
        const blocks = new Map<number, ReturnType<PluginApi['vcpuCell']>>();
        cells.push(() => [...blocks.values()].reduce((sum, each) => sum + each.sum(), 0n));
        api.onTbTrans((tb) => {
          // Some are made while it sleeps.
          const own = blocks.get(tb.pc) ?? api.scoreboard(8).u64();
          blocks.set(tb.pc, own);
          tb.inlineAdd(cell, 1);
          tb.inlineAdd(held, 1);
          tb.inlineAdd(own, 1);
          tb.ringPut(ring, tb.id);
          tb.onExec(() => calls++, 'r-regs');
        });
        api.onWindow(1000, (icount) => void seen.push(icount), 'seam');
      }),
      [],
      { onlyLooks: true },
    );
    const numbers = () => [BigInt(calls), ...cells.map((cell) => cell())];
    await machine.runAsync(10_000);
    const start = machine.checkpoint();
    const early = numbers();
    await machine.runAsync(20_000);
    const late = numbers();
    assert.ok(late.every((number, i) => number > early[i]!));
    assert.is(new Set(late).size, 1, 'all count the same');
    machine.pluginControl.sleep([]);
    machine.rollback(start);
    machine.flushCode();
    await machine.runAsync(20_000);
    machine.pluginControl.wake();
    assert.equal(numbers(), late, translator);
    await machine.runAsync(30_000);
    assert.is(new Set(numbers()).size, 1, 'awake again they go on together');
    assert.ok(numbers()[0]! > late[0]!);
    assert.equal(
      seen,
      seen.toSorted((a, b) => a - b),
      'windows are not gone through twice',
    );
  }
});

test('what plugins cost: calls by plugin and hook, and time by the clock handed in', async () => {
  const { machine } = await machineFor('scenarios/guests/nolibc/sha1-mini.elf', 'new-tcg', []);
  const control = machine.pluginControl;
  let calls = 0;
  await control.load(
    plugin('busy', (api) => {
      api.onTbTrans((tb) => tb.onExec(() => calls++));
      api.onAtexit(() => {});
    }),
    [],
  );
  let now = 0;
  control.profile(() => now++);
  await machine.runAsync();
  machine.finish();
  const rows = control.profiled;
  const tb = rows.find(({ hook }) => hook === 'tb callback')!;
  assert.equal([tb.plugin, tb.calls, tb.milliseconds], ['busy', calls, calls]);
  assert.ok(rows.some(({ hook }) => hook === 'tb_trans'));
  assert.is(rows.find(({ hook }) => hook === 'atexit')!.calls, 1);
});

test('the self-tests of the engine pass on every translator', async () => {
  for (const translator of TRANSLATORS) {
    for (const program of ['nolibc/sha1-mini', 'nolibc/atomics', 'bare/harts']) {
      const names = ['inline', 'registers', 'reset', 'setpc'];
      const modules = await Promise.all(names.map((name) => STANDARD_PLUGINS[name]!()));
      const plain = await machineFor(`scenarios/guests/${program}.elf`, 'tci', []);
      await plain.machine.runAsync(300_000);
      const { machine, warnings, output, guest } = await machineFor(
        `scenarios/guests/${program}.elf`,
        translator,
        modules.slice(0, 3),
      );
      await machine.runAsync(300_000);
      machine.finish();
      const where = `${program} on ${translator}`;
      assert.equal(warnings, [], where);
      assert.equal(machine.failedPlugins, [], where);
      assert.is(guest(), plain.guest(), where);
      assert.is(machine.stateDigest(), plain.machine.stateDigest(), where);
      assert.match(output(), /^reset done\nuninstall done\nplugin exit\n/, where);
      assert.match(output(), /cpu 0: \d+ registers, [23] read-only: ok\n/, where);
      assert.match(output(), /insn: \d+, every 100: \d+\n/, where);

      if (program !== 'nolibc/sha1-mini') continue;
      const moved = await machineFor(`scenarios/guests/${program}.elf`, translator, [modules[3]!]);
      await moved.machine.runAsync();
      moved.machine.finish();
      assert.is(moved.guest(), plain.guest(), `setpc: ${where}`);
      assert.match(moved.output(), /^set the pc 26508 times\n$/, where);
    }
  }
});

test('patch replaces an instruction before it is executed', async () => {
  const texts = new Set<string>();
  for (const translator of TRANSLATORS) {
    // li a0,1 three times in a loop becomes li a0,2.
    const run = await runPlugin(
      await STANDARD_PLUGINS.patch!(),
      words((a) =>
        a
          .li(5, 3)
          .label('again')
          .imm('addi', 10, 0, 1)
          .op('add', 8, 8, 10)
          .imm('addi', 5, 5, -1)
          .branch('bne', 5, 0, 'again'),
      ),
      { args: ['target=13051000', 'patch=13052000'], translator },
    );
    assert.equal(run.warnings, []);
    assert.is(run.register('s0'), 6n, translator);
    texts.add(`${run.icount} ${run.output}`);
  }
  assert.is(texts.size, 1, [...texts].join());
  assert.match([...texts][0]!, /\d+ Success!\n$/);
});

test.run();
