// Inline operations, conditions and predicates against the same thing counted by callbacks in the same run, on every way
// code runs; setPc; and what the weaver does to counters.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Cell, CellArray, Predicates, RecordRing, Source } from '../../emulator/plugin/api.ts';
import { API_VERSION, type PluginApi, type PluginModule } from '../../emulator/plugin/api.ts';
import { BASELINE, CONFIGS, describe, snapshot, someConfigs, start } from '../exec/configs.ts';
import { PROGRAMS } from '../exec/programs.ts';
import { randomProgram } from '../exec/random-program.ts';
import { Random, testSeed } from '../guest/random.ts';
import type { Mini } from '../support/mini-machine.ts';
import { mixedWith, Transfers } from '../support/transfers.ts';

const test = suite('inline operations');
const FAR = 2_000_000;
const seed = testSeed();
const U64 = (1n << 64n) - 1n;

const plugin = (install: (api: PluginApi) => void): PluginModule => ({ name: 'p', apiVersion: API_VERSION, install });

function runSliced({ machine }: Mini, slice: number): void {
  if (slice > 0) for (let at = slice; !machine.ended && at < FAR; at += slice) machine.run(at);
  machine.run(FAR);
}

/** What one place of a program is told at each access, and what every inline operation should make of it. */
interface Seen {
  readonly cpu: number;
  readonly pc: number;
  readonly address: bigint;
  readonly value: bigint;
  readonly a0: bigint;
}

const bitLength = (x: bigint): number => (x === 0n ? 0 : x.toString(2).length);

test(`every operation is what a callback would have made of it (seed ${seed})`, async () => {
  const random = new Random(seed);
  const programs = [PROGRAMS[1]!, PROGRAMS[3]!, PROGRAMS[7]!, randomProgram(new Random(seed), 40)];
  for (const program of programs) {
    for (const config of someConfigs(random, 6)) {
      for (const slice of [0, 7 + random.below(40)]) {
        const where = `${program.name} on ${describe(config)} in slices of ${slice}`;
        const mini = start(config, program);
        const seen: Seen[] = [];
        let read: (() => Record<string, unknown>) | undefined;
        await mini.install(
          plugin((api) => {
            const board = api.scoreboard(8 * 96);
            let used = 0;
            const cell = (initial = 0n): Cell => {
              const next = board.u64(8 * used++);
              for (let cpu = 0; cpu < 8; cpu++) next.set(cpu, initial);
              return next;
            };
            const cells = (count: number): CellArray => {
              const array = board.u64s(count, 8 * used);
              used += count;
              return array;
            };
            const sum = cell();
            const sumAddress = cell();
            const last = cell();
            const lastCpu = cell();
            const lastPc = cell();
            const lastA0 = cell();
            const least = cell(U64);
            const most = cell();
            const bits = cell();
            const mixed = cell();
            const held = Array.from({ length: 6 }, () => api.vcpuCell());
            for (let cpu = 0; cpu < 8; cpu++) held[2]!.set(cpu, U64);
            const bitmap = cells(4);
            const linear = cells(8);
            const lengths = cells(16);
            const ring = api.recordRing({ records: 4096, fields: 5 });
            api.onTbTrans((tb) => {
              for (const insn of tb.insns()) {
                const { pc } = insn;
                insn.onMem(
                  'rw',
                  (cpu, { value }, address) => seen.push({ cpu, pc, address, value, a0: api.readRegister(cpu, 'a0') }),
                  'r-regs',
                );
                const a0: Source = { register: 'a0' };
                insn.inlineMem('rw', { op: 'add', cell: sum, value: 'value' });
                insn.inlineMem('rw', { op: 'add', cell: sumAddress, value: 'address' });
                insn.inlineMem('rw', { op: 'store', cell: last, value: 'value' });
                insn.inlineMem('rw', { op: 'store', cell: lastCpu, value: 'cpu' });
                insn.inlineMem('rw', { op: 'store', cell: lastPc, value: 'pc' });
                insn.inlineMem('rw', { op: 'store', cell: lastA0, value: a0 });
                insn.inlineMem('rw', { op: 'min', cell: least, value: 'address' });
                insn.inlineMem('rw', { op: 'max', cell: most, value: 'value' });
                insn.inlineMem('rw', { op: 'or', cell: bits, value: 'value' });
                insn.inlineMem('rw', { op: 'mix', cell: mixed, value: 'value' });
                for (const [i, op] of (['add', 'store', 'min', 'max', 'or', 'mix'] as const).entries())
                  insn.inlineMem('rw', {
                    op,
                    cell: held[i]!,
                    value: op === 'add' || op === 'min' ? 'address' : 'value',
                  });
                insn.inlineMem('rw', { op: 'bit', bitmap, index: 'address', shift: 3 });
                insn.inlineMem('rw', { op: 'histogram', buckets: linear, value: 'value', shift: 2 });
                insn.inlineMem('rw', { op: 'histogram', buckets: lengths, value: 'address', scale: 'log2' });
                insn.inlineMem('rw', { op: 'record', ring, values: ['cpu', 'pc', 'address', 'value', a0] });
              }
            });
            read = () => {
              const records: string[] = [];
              ring.drain((chunk, stride) => {
                for (let at = 0; at < chunk.length; at += stride) records.push(chunk.subarray(at, at + 5).join());
              });
              return {
                sums: [sum.sum(), sumAddress.sum()],
                last: [last, lastCpu, lastPc, lastA0].map((each) => each.get(seen.at(-1)?.cpu ?? 0)),
                least: least.get(0),
                most: most.get(0),
                bits: bits.get(0),
                mixed: mixed.get(0),
                held: held.map((each) => each.get(0)),
                bitmap: bitmap.union(),
                linear: linear.sums(),
                lengths: lengths.sums(),
                records,
              };
            };
          }),
        );
        runSliced(mini, slice);
        const of0 = seen.filter(({ cpu }) => cpu === 0);
        const buckets = (count: number, of: (s: Seen) => number): bigint[] => {
          const out = new Array<bigint>(count).fill(0n);
          for (const each of seen) out[Math.min(of(each), count - 1)]!++;
          return out;
        };
        const end = seen.at(-1);
        const map = new Array<bigint>(4).fill(0n);
        for (const { address } of seen) {
          const bit = Number((address >> 3n) & 255n);
          map[bit >> 6]! |= 1n << BigInt(bit & 63);
        }
        const least = of0.reduce((min, { address }) => (address < min ? address : min), U64);
        const sumOf0 = of0.reduce((sum, { address }) => BigInt.asUintN(64, sum + address), 0n);
        const most = of0.reduce((max, { value }) => (value > max ? value : max), 0n);
        const bits = of0.reduce((all, { value }) => all | value, 0n);
        const mixed = of0.reduce((digest, { value }) => mixedWith(digest, value), 0n);
        assert.equal(
          read!(),
          {
            sums: [
              BigInt.asUintN(
                64,
                seen.reduce((sum, { value }) => sum + value, 0n),
              ),
              BigInt.asUintN(
                64,
                seen.reduce((sum, { address }) => sum + address, 0n),
              ),
            ],
            last: end ? [end.value, BigInt(end.cpu), BigInt(end.pc), end.a0] : [0n, 0n, 0n, 0n],
            least,
            most,
            bits,
            mixed,
            held: [sumOf0, of0.at(-1)?.value ?? 0n, least, most, bits, mixed],
            bitmap: map,
            linear: buckets(8, ({ value }) => Number(value >> 2n)),
            lengths: buckets(16, ({ address }) => bitLength(address)),
            records: seen.slice(-4096).map((s) => [s.cpu, s.pc, s.address, s.value, s.a0].join()),
          },
          where,
        );
        assert.equal(mini.warnings, [], where);
        mini.close();
      }
    }
  }
});

test(`transfers are told of wherever an instruction goes elsewhere, and nowhere else (seed ${seed})`, async () => {
  const random = new Random(seed);
  let transfers = 0;
  const known = PROGRAMS.filter(({ name }) => name !== 'jumps to where nothing is');
  for (const program of [...known, randomProgram(new Random(seed), 60)]) {
    // Whatever the translator, the blocks and the slices.
    const digests = new Set<string>();
    for (const config of someConfigs(random, 4)) {
      for (const slice of [0, 1 + random.below(40)]) {
        const where = `${program.name} on ${describe(config)} in slices of ${slice}`;
        const mini = start(config, program);
        const want: number[] = [];
        const told: number[] = [];
        const oracle = new Transfers((_cpu, target) => want.push(target));
        let cells = (): bigint[] => [];
        await mini.install(
          plugin((api) => {
            const [held, kept, odd] = [api.vcpuCell(), api.scoreboard(8).u64(), api.scoreboard(8).u64()];
            const take = (words: BigUint64Array, stride: number): void => {
              for (let at = 0; at < words.length; at += stride) told.push(Number(words[at]));
            };
            const ring = api.recordRing({ records: 64, fields: 1, full: (full) => full.drain(take) });
            api.onTbTrans((tb) => {
              tb.inlineTransfer({ op: 'record', ring, values: ['target'] });
              for (const cell of [held, kept]) tb.inlineTransfer({ op: 'mix', cell, value: 'target' });
              tb.inlineTransfer({ op: 'add', cell: odd, value: 1 }, { left: 'target', mask: 2, is: 'ne', right: 0 });
              oracle.attach(tb);
            });
            cells = () => {
              ring.drain(take);
              return [held.get(0), kept.get(0), odd.get(0)];
            };
          }),
        );
        runSliced(mini, slice);
        assert.equal(mini.warnings, [], where);
        oracle.reached(0, mini.cpu.pc);
        const mixed = want.reduce((digest, target) => mixedWith(digest, BigInt(target)), 0n);
        assert.equal(cells(), [mixed, mixed, BigInt(want.filter((target) => (target & 2) !== 0).length)], where);
        assert.equal(told, want, where);
        transfers += want.length;
        digests.add(String(mixed));
        mini.close();
      }
    }
    assert.is(digests.size, 1, program.name);
  }
  assert.ok(transfers > 3000, `${transfers} transfers`);
});

test('the cell of entries is for blocks that count themselves, and targets for transfers', async () => {
  const mini = start(BASELINE, PROGRAMS[0]!);
  const refused: string[] = [];
  const refuses = (use: () => void): void => {
    assert.throws(use, (error: Error) => refused.push(error.message) > 0);
  };
  await mini.install(
    plugin((api) => {
      const entries = api.entryCell();
      const cell = api.scoreboard(8).u64();
      const one = { op: 'add', cell: entries, value: 1 } as const;
      let looked = false;
      api.onTbTrans((tb) => {
        if (looked) return;
        looked = true;
        refuses(() => tb.inlineAdd(entries, 2));
        refuses(() => tb.inlineStore(entries, 1));
        refuses(() => tb.inline(one, { left: cell, is: 'eq', right: 0 }));
        refuses(() => tb.inlineTransfer(one));
        refuses(() => tb.insn(0)!.inlineAdd(entries, 1));
        refuses(() => tb.insn(0)!.inlineMemAdd('r', entries, 1));
        refuses(
          () =>
            tb.inlineAdd(cell, 1) ?? tb.inline({ op: 'add', cell, value: 1 }, { left: entries, is: 'eq', right: 0 }),
        );
        refuses(() => tb.inline({ op: 'add', cell, value: 'target' }));
        refuses(() => tb.inlineTransfer({ op: 'add', cell, value: 'address' }));
      });
    }),
  );
  mini.machine.run(FAR);
  assert.is(refused.length, 9, refused.join('\n'));
  assert.equal(mini.warnings, []);
  mini.close();
});

test('plugins that count entries count the same, whoever has the cell that costs nothing', async () => {
  for (const config of someConfigs(new Random(seed), 6)) {
    const mini = start(config, PROGRAMS[1]!);
    const counts: (() => bigint[])[] = [];
    for (const name of ['p', 'q', 'r']) {
      const install = (api: PluginApi): void => {
        const [entries, cell] = [api.entryCell(), api.scoreboard(8).u64()];
        api.onTbTrans((tb) => {
          tb.inlineAdd(entries, 1);
          tb.inlineAdd(cell, 1);
        });
        counts.push(() => [entries.get(0), cell.get(0), entries.sum()]);
      };
      await mini.install({ ...plugin(install), name });
    }
    runSliced(mini, 777);
    const [first, ...others] = counts.map((each) => each());
    assert.ok(first![0]! > 10n && first!.every((each) => each === first![0]), `${first}`);
    for (const other of others) assert.equal(other, first, describe(config));
    assert.equal(mini.warnings, []);
    mini.close();
  }
});

test('a block has been entered, whatever callbacks at its entry do', async () => {
  for (const config of someConfigs(new Random(seed), 8)) {
    const mini = start(config, PROGRAMS[1]!);
    let begun = 0;
    let entries: Cell[] = [];
    await mini.install(
      plugin((api) => {
        entries = [api.entryCell(), api.entryCell()];
        api.onTbTrans((tb) => {
          const { pc } = tb;
          tb.onExec((cpu) => {
            begun++;
            for (const each of entries) assert.is(each.get(cpu), BigInt(begun));
            // Begins it again.
            if (begun % 3 === 0) api.setPc(cpu, pc);
          }, 'rw-regs-pc');
          for (const each of entries) tb.inlineAdd(each, 1);
        });
      }),
    );
    runSliced(mini, 777);
    assert.equal(mini.warnings, [], describe(config));
    assert.ok(begun > 10, `${begun}`);
    for (const each of entries) assert.is(each.get(0), BigInt(begun), describe(config));
    mini.close();
  }
});

test('a full record ring calls for its drain: nothing is lost', async () => {
  for (const config of someConfigs(new Random(seed), 6)) {
    const mini = start(config, PROGRAMS[1]!);
    const drained: string[] = [];
    const called: string[] = [];
    let drains = 0;
    let ring: RecordRing | undefined;
    const take = (words: BigUint64Array, stride: number): void => {
      for (let at = 0; at < words.length; at += stride) drained.push(words.subarray(at, at + 2).join());
    };
    await mini.install(
      plugin((api) => {
        ring = api.recordRing({
          records: 8,
          fields: 2,
          full: (full) => {
            drains++;
            assert.is(full.length, 8);
            full.drain(take);
          },
        });
        api.onTbTrans((tb) => {
          for (const insn of tb.insns()) {
            const { pc } = insn;
            insn.inline({ op: 'record', ring: ring!, values: ['pc', { register: 'sp' }] });
            insn.onExec((cpu) => called.push(`${pc},${api.readRegister(cpu, 'sp')}`), 'r-regs');
          }
        });
      }),
    );
    mini.machine.run(FAR);
    ring!.drain(take);
    assert.equal(drained, called, describe(config));
    assert.ok(drains > 5, `${drains} drains`);
    assert.equal(mini.warnings, []);
    mini.close();
  }
});

const CONDITIONS: Readonly<Record<string, (a: bigint, b: bigint) => boolean>> = {
  never: () => false,
  always: () => true,
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
};

test(`conditional callbacks fire exactly when the condition holds (seed ${seed})`, async () => {
  const random = new Random(seed);
  for (const config of someConfigs(random, 5)) {
    for (const [is, holds] of Object.entries(CONDITIONS)) {
      const mini = start(config, PROGRAMS[0]!);
      const where = `${is} on ${describe(config)}`;
      let want = 0;
      let got = 0;
      const order: string[] = [];
      await mini.install(
        plugin((api) => {
          const count = api.scoreboard(8).u64();
          api.onTbTrans((tb) => {
            for (const insn of tb.insns()) {
              // The inline operation comes before the condition, the reset after it: registration order.
              insn.inlineAdd(count, 1);
              insn.onExec((cpu) => {
                if (holds(count.get(cpu), 5n)) want++;
                order.push('plain');
              });
              insn.onExec(
                (cpu) => {
                  got++;
                  order.push('if');
                  if (is !== 'lt' && is !== 'ne' && is !== 'le') count.set(cpu, 0);
                },
                { when: { left: count, is: is as 'eq', right: 5 } },
              );
            }
          });
        }),
      );
      mini.machine.run(FAR);
      assert.is(got, want, where);
      assert.is(got > 0, is !== 'never', where);
      assert.is(order[0], 'plain', where);
      assert.equal(mini.warnings, [], where);
      mini.close();
    }
  }
});

test(`predicates over registers, addresses and values (seed ${seed})`, async () => {
  const random = new Random(seed);
  const program = PROGRAMS[1]!;
  for (const config of someConfigs(random, 8)) {
    const mini = start(config, program);
    const where = describe(config);
    const counts: Record<string, [want: number, got: number, inline: () => bigint]> = {};
    await mini.install(
      plugin((api) => {
        const signed = (x: bigint): bigint => BigInt.asIntN(64, x);
        const exec: Record<string, [Predicates, (read: (r: string) => bigint) => boolean]> = {
          'sp < 0 signed': [
            { left: { register: 's0' }, is: 'gt', right: -1, signed: true },
            (r) => signed(r('s0')) > -1n,
          ],
          'low bit': [{ left: { register: 'x8' }, mask: 1, is: 'eq', right: 1 }, (r) => (r('s0') & 1n) === 1n],
          'two registers': [
            { left: { register: 'a0' }, is: 'lt', right: { register: 's0' } },
            (r) => r('a0') < r('s0'),
          ],
          both: [
            [
              { left: { register: 's0' }, is: 'ge', right: 2 },
              { left: { register: 's0' }, is: 'le', right: 9n },
            ],
            (r) => r('s0') >= 2n && r('s0') <= 9n,
          ],
        };
        const mem: Record<string, [Predicates, (address: bigint, value: bigint) => boolean]> = {
          'a range': [
            [
              { left: 'address', is: 'ge', right: 0x40100 },
              { left: 'address', is: 'lt', right: 0x41000 },
            ],
            (address) => address >= 0x40100n && address < 0x41000n,
          ],
          'a value': [{ left: 'value', mask: 3, is: 'ne', right: 0 }, (_, value) => (value & 3n) !== 0n],
        };
        for (const name of [...Object.keys(exec), ...Object.keys(mem)]) {
          const cell = api.scoreboard(8).u64();
          counts[name] = [0, 0, () => cell.sum()];
        }
        const cellOf = new Map(Object.keys(counts).map((name) => [name, api.scoreboard(8).u64()]));
        for (const [name, cell] of cellOf) counts[name]![2] = () => cell.sum();
        api.onTbTrans((tb) => {
          for (const insn of tb.insns()) {
            for (const [name, [when, holds]] of Object.entries(exec)) {
              insn.onExec((cpu) => {
                if (holds((r) => api.readRegister(cpu, r))) counts[name]![0]++;
              }, 'r-regs');
              insn.onExec(() => counts[name]![1]++, { when });
              insn.inline({ op: 'add', cell: cellOf.get(name)!, value: 1 }, when);
            }
            for (const [name, [when, holds]] of Object.entries(mem)) {
              insn.onMem('rw', (_cpu, { value }, address) => {
                if (holds(address, value)) counts[name]![0]++;
              });
              insn.onMem('rw', () => counts[name]![1]++, { when });
              insn.inlineMem('rw', { op: 'add', cell: cellOf.get(name)!, value: 1 }, when);
            }
          }
        });
      }),
    );
    mini.machine.run(FAR);
    for (const [name, [want, got, inline]] of Object.entries(counts)) {
      assert.is(got, want, `${name} on ${where}`);
      assert.is(inline(), BigInt(want), `${name}, inline, on ${where}`);
    }
    assert.ok(Object.values(counts).filter(([want]) => want > 0).length > 3, JSON.stringify(Object.keys(counts)));
    assert.equal(mini.warnings, [], where);
    mini.close();
  }
});

test('setPc goes on elsewhere, exactly, from instruction and memory callbacks', async () => {
  // Skips every call: the instruction is replaced by the one behind it and is not counted as begun.
  const runs = new Set<string>();
  for (const config of [BASELINE, ...someConfigs(new Random(seed), 12)]) {
    for (const slice of [0, 5]) {
      const mini = start(config, PROGRAMS[0]!);
      let skipped = 0;
      await mini.install(
        plugin((api) => {
          api.onTbTrans((tb) => {
            for (const insn of tb.insns({ disas: 'jal' })) {
              const next = insn.pc + insn.size;
              insn.onExec((cpu) => {
                skipped++;
                api.setPc(cpu, next);
                skipped = -1000;
              }, 'rw-regs-pc');
              insn.onExec(() => {
                skipped = -2000;
              });
            }
          });
        }),
      );
      runSliced(mini, slice);
      assert.equal(mini.warnings, [], describe(config));
      assert.ok(skipped > 0, `${skipped}`);
      runs.add(`${skipped} ${snapshot(mini)}`);
      mini.close();
    }
  }
  assert.is(runs.size, 1, [...runs].join('\n'));

  const stores = new Set<string>();
  for (const config of [BASELINE, ...someConfigs(new Random(seed), 12)]) {
    const mini = start(config, PROGRAMS[1]!);
    let n = 0;
    const times = new Map<number, number>();
    await mini.install(
      plugin((api) => {
        api.onTbTrans((tb) => {
          for (const insn of tb.insns()) {
            const { pc } = insn;
            const next = pc + insn.size;
            // After the third load of each: goes on behind the instruction, its target unwritten.
            insn.onMem(
              'r',
              (cpu) => {
                n++;
                times.set(pc, (times.get(pc) ?? 0) + 1);
                if (times.get(pc) === 3) api.setPc(cpu, next);
              },
              'rw-regs-pc',
            );
          }
        });
      }),
    );
    mini.machine.run(FAR);
    assert.equal(mini.warnings, [], describe(config));
    assert.ok(n > 3);
    stores.add(`${n} ${snapshot(mini)}`);
    mini.close();
  }
  assert.is(stores.size, 1, [...stores].join('\n'));
});

test('setPc may send execution back to where it is, but not for ever', async () => {
  for (const config of [BASELINE, ...someConfigs(new Random(seed), 8)]) {
    const plain = start(config, PROGRAMS[0]!);
    plain.machine.run(FAR);
    const expected = snapshot(plain);
    plain.close();
    for (const most of [40, Number.POSITIVE_INFINITY]) {
      const mini = start(config, PROGRAMS[0]!);
      const calls = new Map<number, number>();
      await mini.install(
        plugin((api) => {
          api.onTbTrans((tb) => {
            for (const insn of tb.insns()) {
              const { pc } = insn;
              insn.onExec((cpu) => {
                calls.set(pc, (calls.get(pc) ?? 0) + 1);
                if (calls.get(pc)! <= most) api.setPc(cpu, pc);
              }, 'rw-regs-pc');
            }
          });
        }),
      );
      mini.machine.run(FAR);
      const where = `${describe(config)}, at most ${most}`;
      if (most === 40) assert.equal(mini.warnings, [], where);
      else {
        assert.is(mini.warnings.length, 1, where);
        assert.match(
          mini.warnings[0]!,
          /^plugin p failed in insn callback for 0x[0-9a-f]+: the pc has been set 1000 times/,
        );
      }
      assert.is(snapshot(mini), expected, where);
      mini.close();
    }
  }
});

test('setPc needs its own permission and the vCPU that runs', async () => {
  const mini = start(CONFIGS[0]!, PROGRAMS[0]!);
  const messages: string[] = [];
  await mini.install(
    plugin((api) => {
      const attempt = (cpu: number): void => {
        try {
          api.setPc(cpu, 0x10000);
        } catch (error) {
          messages.push((error as Error).message);
        }
      };
      let once = true;
      api.onTbTrans((tb) => {
        attempt(0);
        if (!once) return;
        once = false;
        tb.onExec(() => attempt(0), 'rw-regs');
        tb.onExec(() => attempt(3), 'rw-regs-pc');
      });
    }),
  );
  mini.machine.run(3);
  assert.match(messages[0]!, /plugin p in tb_trans at 0x10000: setPc needs a callback registered with 'rw-regs-pc'/);
  assert.match(messages[1]!, /plugin p in tb callback at 0x10000: setPc needs/);
  assert.match(messages[2]!, /there is no vCPU 3/);
  mini.close();
});

test('counters of a block are added up, and exact wherever somebody can look', async () => {
  for (const config of [...CONFIGS.filter((_, i) => i % 37 === 0)]) {
    const mini = start(config, PROGRAMS[1]!);
    let accesses = 0;
    await mini.install(
      plugin((api) => {
        const cell = api.scoreboard(8).u64();
        let begun = 0n;
        api.onTbTrans((tb) => {
          for (const insn of tb.insns()) {
            insn.inlineAdd(cell, 1);
            insn.inlineAdd(cell, 1n << 33n);
            insn.onMem('rw', (cpu) => {
              accesses++;
              const count = cell.get(cpu) & 0xffffffffn;
              assert.is(cell.get(cpu) >> 33n, count);
              assert.is(count, BigInt(api.machine.icount) + 1n, describe(config));
              assert.ok(count >= begun);
              begun = count;
            });
          }
        });
      }),
    );
    mini.machine.run(FAR);
    assert.equal(mini.warnings, [], describe(config));
    assert.ok(accesses > 20);
    mini.close();
  }
});

test(`counters of instructions, block by block, are those of interpreted blocks (seed ${seed})`, async () => {
  const random = new Random(seed);
  const compiled = CONFIGS.filter(({ tuning }) => tuning.tier === 'wasm' || tuning.tier === 'both');
  for (const program of [...PROGRAMS, randomProgram(random, 40), randomProgram(random, 200)])
    for (let i = 0; i < 6; i++) {
      const config = random.pick(compiled);
      const { translator, tuning } = config;
      const slice = 20 + random.below(2000);
      const [counted, expected] = await Promise.all(
        [config, { translator, tuning: { ...tuning, tier: 'interp' as const } }].map(async (each) => {
          const mini = start(each, program);
          const rows: string[] = [];
          let cells: readonly Cell[] = [];
          await mini.install(
            plugin((api) => {
              cells = [0, 1, 2, 3].map(() => api.scoreboard(8).u64());
              const [insns, some, left, perhaps] = cells as [Cell, Cell, Cell, Cell];
              api.onTbTrans((tb) => {
                const { insnCount } = tb;
                tb.inlineAdd(insns, insnCount);
                // Not in each block; not in one that is left before; not each time.
                if ((tb.pc & 8) === 0) tb.inlineAdd(some, insnCount);
                tb.insns().at(-1)!.inlineAdd(left, insnCount);
                tb.inline(
                  { op: 'add', cell: perhaps, value: insnCount },
                  { left: { register: 'a0' }, is: 'lt', right: 9 },
                );
              });
            }),
          );
          for (let at = slice; !mini.machine.ended && at < 60 * slice; at += slice) {
            mini.machine.run(at);
            rows.push([at, ...cells.map((cell) => cell.sum())].join(' '));
          }
          assert.equal(mini.warnings, []);
          mini.close();
          return rows;
        }),
      );
      assert.equal(counted, expected, `${program.name} on ${describe(config)}, slices of ${slice}`);
    }
});

test('wrong operations and predicates are reported where they are written', async () => {
  const mini = start(CONFIGS[0]!, PROGRAMS[0]!);
  let checked = 0;
  await mini.install(
    plugin((api) => {
      const board = api.scoreboard(8 * 3);
      const cell = board.u64();
      const cells = board.u64s(3);
      const ring = api.recordRing({ records: 4, fields: 2 });
      const wrong: [RegExp, (tb: Parameters<NonNullable<Parameters<PluginApi['onTbTrans']>[0]>>[0]) => void][] = [
        [/no inline operation "sub"/, (tb) => tb.inline({ op: 'sub', cell, value: 1 } as never)],
        [/no inline operation "undefined"/, (tb) => tb.inline(undefined as never)],
        [/need a cell/, (tb) => tb.inline({ op: 'add', cell: cells as never, value: 1 })],
        [/need cells/, (tb) => tb.inline({ op: 'bit', bitmap: cell as never, index: 1 })],
        [/bitmap of 3 words/, (tb) => tb.inline({ op: 'bit', bitmap: cells, index: 'pc' })],
        [/shift of 64/, (tb) => tb.inline({ op: 'histogram', buckets: cells, value: 1, shift: 64 })],
        [/no scale "cubic"/, (tb) => tb.inline({ op: 'histogram', buckets: cells, value: 1, scale: 'cubic' as never })],
        [/'address' is known in memory hooks only/, (tb) => tb.inline({ op: 'add', cell, value: 'address' })],
        [/'value' is known in memory/, (tb) => tb.insn(0)!.inline({ op: 'add', cell, value: 'value' })],
        [/no source "sp"/, (tb) => tb.inline({ op: 'add', cell, value: 'sp' as never })],
        [/no register a99/, (tb) => tb.inline({ op: 'add', cell, value: { register: 'a99' } })],
        [/1.5 is not an exact integer/, (tb) => tb.inlineAdd(cell, 1.5)],
        [/has 2 fields/, (tb) => tb.inline({ op: 'record', ring, values: ['pc'] })],
        [/record ring of this run/, (tb) => tb.inline({ op: 'record', ring: {} as never, values: ['pc'] })],
        [/no condition "more"/, (tb) => tb.onExec(() => {}, { when: { left: cell, is: 'more' as never, right: 1 } })],
      ];
      api.onTbTrans((tb) => {
        for (const [message, use] of wrong) {
          assert.throws(() => use(tb), message, String(message));
          checked++;
        }
      });
      assert.throws(() => api.recordRing({ records: 1, fields: 0 }), /0 fields/);
      assert.throws(() => board.u64s(4), /4 words/);
      assert.throws(() => board.u64s(1, 4), /offset 4/);
      assert.throws(() => cells.at(3), /no cell 3/);
    }),
  );
  mini.machine.run(1);
  assert.equal(mini.warnings, []);
  assert.ok(checked >= 15);
  mini.close();
});

test.run();
