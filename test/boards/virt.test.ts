// The whole `virt` board: bare-metal programs against real QEMU and on every translator, exact timers, sleep, reset,
// checkpoints, console input, several harts, and what is refused.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ConsoleChunk } from '../../emulator/devices/console-input.ts';
import { X } from '../../emulator/guest/riscv64/registers.ts';
import { UsageError } from '../../emulator/must.ts';
import { translators } from '../../emulator/translators/index.ts';
import { scenarioPath } from '../../scenarios/host-paths.ts';
import { qemuSystem, qemuSystemMissing, runToEnd } from '../conformance/qemu.ts';
import { skip } from '../support/skip.ts';
import * as I from './assemble.ts';
import { type BoardMachine, makeBoard } from './board-machine.ts';
import { readFdt } from './fdt-reader.ts';

const FAR = 50_000_000;
const program = (name: string): Uint8Array => readFileSync(scenarioPath(`scenarios/guests/bare/${name}.elf`));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

for (const name of ['hello', 'exit42', 'timer', 'traps', 'harts']) {
  test(`${name}: the same on every translator`, () => {
    const runs = translators.map((translator) => {
      const { machine, output } = makeBoard({ image: program(name), translator });
      machine.checkpoint();
      const end = machine.run(FAR);
      return {
        end,
        output: output(),
        icount: machine.icount,
        state: machine.stateDigest(),
        events: machine.eventDigest(),
      };
    });
    assert.equal(runs[0]!.end, { kind: 'exit', code: name === 'exit42' ? 42 : 0 }, runs[0]!.output);
    for (const run of runs) assert.equal(run, runs[0]);
  });

  if (qemuSystem === undefined) skip(`${name} against QEMU`, qemuSystemMissing()!);
  else {
    const qemu = qemuSystem;
    test(`${name}: the same text and exit code as QEMU`, () => {
      const { machine, output } = makeBoard({ image: program(name) });
      const end = machine.run(FAR);
      const path = scenarioPath(`scenarios/guests/bare/${name}.elf`);
      // Into a file: on its way into a pipe QEMU may lose the last bytes before it exits.
      const directory = mkdtempSync(join(tmpdir(), 'lockstep-'));
      try {
        const console = join(directory, 'console');
        const args = ['-M', 'virt', '-bios', 'none', '-display', 'none', '-serial', `file:${console}`, '-kernel', path];
        const reference = runToEnd(qemu, args);
        assert.is(output(), readFileSync(console, 'utf8'));
        assert.equal(end, { kind: 'exit', code: reference.code });
      } finally {
        rmSync(directory, { recursive: true });
      }
    });
  }
}

test('however a run is cut, it is the same run', () => {
  const whole = makeBoard({ image: program('timer') });
  whole.machine.checkpoint();
  whole.machine.run(FAR);
  const cut = makeBoard({ image: program('timer') });
  cut.machine.checkpoint();
  for (let step = 1; cut.machine.run(cut.machine.icount + step).kind === 'limit'; step = (step * 7 + 3) % 4099);
  assert.is(cut.output(), whole.output());
  assert.is(cut.machine.icount, whole.machine.icount);
  assert.is(cut.machine.stateDigest(), whole.machine.stateDigest());
  assert.is(cut.machine.eventDigest(), whole.machine.eventDigest());
});

test('after a rollback the run repeats, and nothing is printed twice', () => {
  const reference = makeBoard({ image: program('timer') });
  reference.machine.run(FAR);
  const { machine, output } = makeBoard({ image: program('timer') });
  machine.run(123_457);
  const start = machine.checkpoint();
  const observe = (limit: number): unknown[] => {
    const end = machine.run(limit);
    return [
      end,
      machine.icount,
      machine.stateDigest(),
      machine.memoryDigest(),
      machine.eventDigest(),
      machine.events().length,
    ];
  };
  const first = observe(250_000);
  machine.rollback(start);
  assert.is(machine.icount, 123_457);
  assert.equal(observe(250_000), first);
  machine.rollback(start);
  assert.equal(observe(FAR)[0], { kind: 'exit', code: 0 });
  assert.is(output(), reference.output());
});

/** Sets mtimecmp to `ticks`, enables the timer interrupt and runs `last` (words); the handler stays where it is. */
const timerImage = (ticks: number, ...last: number[]): Uint8Array =>
  I.assemble(
    I.auipc(I.T0, 0),
    I.addi(I.T0, I.T0, 4 * (9 + last.length)),
    I.csrw(0x305, I.T0),
    I.lui(I.T1, 0x2004000),
    I.addi(I.T2, I.ZERO, ticks),
    I.sd(I.T2, I.T1, 0),
    I.addi(I.T2, I.ZERO, 0x80),
    I.csrw(0x304, I.T2),
    I.csrsi(0x300, 8),
    ...last,
    I.STAY,
  );

const interrupts = (run: BoardMachine) => run.machine.events().filter((event) => event.kind === 'interrupt');

test('a timer interrupt comes at the first instruction at which mtime has reached mtimecmp', () => {
  for (const [icountShift, ticks] of [
    [0, 10],
    [0, 11],
    [3, 10],
    [3, 101],
    [6, 77],
  ] as const) {
    const run = makeBoard({ image: timerImage(ticks, I.STAY), icountShift });
    run.machine.checkpoint();
    run.machine.run(20_000);
    const [event] = interrupts(run);
    assert.ok(event);
    assert.is(event.icount, Math.ceil((ticks * 100) / 2 ** icountShift), `${ticks} ticks, shift ${icountShift}`);
    assert.is(event.detail[0], 7n);
  }
});

test('a hart that waits skips the time to its timer', () => {
  const run = makeBoard({ image: timerImage(2000, I.WFI, I.STAY) });
  run.machine.checkpoint();
  run.machine.run(1000);
  const [event] = interrupts(run);
  assert.ok(event);
  assert.is(event.icount, 6 + 10);
  assert.is(event.detail[1], 0x80000000n + 40n);
  assert.is(run.board.time(), 2000n + 9n);
});

test('a hart that waits for nothing is stuck', () => {
  const { machine } = makeBoard({ image: I.assemble(I.WFI, I.STAY) });
  assert.is(machine.run(1000).kind, 'stuck');
  assert.is(machine.icount, 7);
});

test('an interrupt that is enabled but masked by mstatus ends the wait', () => {
  const { machine } = makeBoard({ image: I.assemble(I.addi(I.T0, I.ZERO, 0x80), I.csrw(0x304, I.T0), I.WFI, I.STAY) });
  assert.is(machine.run(1000).kind, 'limit');
  assert.is(machine.cpus[0]!.pc, 0x8000000c);
});

test('the boot ROM leaves hart id, device tree and firmware information in registers', () => {
  const { machine, board } = makeBoard({ image: I.assemble(I.STAY), ramBytes: 128 << 20 });
  assert.is(machine.cpus[0]!.pc, 0x1000);
  machine.run(6);
  const cpu = machine.cpus[0]!;
  assert.equal(
    [cpu.pc, cpu.read(X(10)), cpu.read(X(11)), cpu.read(X(12)), cpu.read(X(5))],
    [0x80000000, 0n, 0x87e00000n, 0x1028n, 0x80000000n],
  );
  assert.is(board.fdtAddress, 0x87e00000);
  const blob = machine.memory.read(board.fdtAddress, board.fdt.length);
  assert.ok(blob);
  assert.is(readFdt(blob).name, '');
});

test('a store to the ROM is ignored', () => {
  const image = I.assemble(I.lui(I.T0, 0x1000), I.sw(I.T0, I.T0, 0), I.lw(I.A0, I.T0, 0), I.STAY);
  const { machine } = makeBoard({ image });
  machine.run(20);
  assert.equal([machine.cpus[0]!.pc, machine.cpus[0]!.read(X(10))], [0x8000000c, 0x297n]);
});

test('a reset starts everything anew but the instruction count', () => {
  // Prints a letter, makes it another one in memory, asks for a reset: the image is loaded again.
  const image = I.assemble(
    I.auipc(I.T0, 0),
    I.lui(I.T1, 0x10000000),
    I.lw(I.T2, I.T0, 44),
    I.sb(I.T2, I.T1, 0),
    I.addi(I.T2, I.T2, 1),
    I.sw(I.T2, I.T0, 44),
    I.lui(I.T1, 0x100000),
    I.lui(I.T2, 0x7000),
    I.addi(I.T2, I.T2, 0x777),
    I.sw(I.T2, I.T1, 0),
    I.STAY,
    0x41,
  );
  const { machine, output } = makeBoard({ image });
  assert.is(machine.run(16 * 5).kind, 'limit');
  assert.is(output(), 'AAAAA');
  assert.is(machine.run(machine.icount + 2).kind, 'limit');
  assert.is(machine.cpus[0]!.pc, 0x1008);
});

test('console input reaches the guest by interrupts', () => {
  const late: ConsoleChunk[] = [
    { atNs: 5_000n, bytes: bytes('one, ') },
    { atNs: 1_000_000n, bytes: bytes('two\nthree') },
  ];
  for (const consoleIn of [bytes('one, two\n'), late]) {
    const { machine, output } = makeBoard({ image: program('echo'), consoleIn });
    assert.equal(machine.run(FAR), { kind: 'exit', code: 0 }, output());
    assert.is(output(), 'echo: ONE, TWO\n');
    assert.ok(machine.icount < 100_000);
  }
});

test('without input the guest sleeps for ever', () => {
  const { machine } = makeBoard({ image: program('echo') });
  assert.is(machine.run(FAR).kind, 'stuck');
});

test('several harts work together, the same way on every translator', () => {
  for (const harts of [2, 3, 4]) {
    const runs = translators.map((translator) => {
      const { machine, output } = makeBoard({ image: program('harts'), harts, translator });
      const end = machine.run(FAR);
      return { end, output: output(), icount: machine.icount, state: machine.stateDigest() };
    });
    assert.is(runs[0]!.output, `${harts} harts: ok\n`);
    for (const run of runs) assert.equal(run, runs[0]);
  }
});

test('what does not fit is refused with a remedy', () => {
  const refused = (options: Parameters<typeof makeBoard>[0], message: RegExp): void => {
    try {
      makeBoard(options);
    } catch (error) {
      assert.instance(error, UsageError);
      assert.match((error as UsageError).message, message);
      assert.is.not((error as UsageError).remedy, '');
      return;
    }
    assert.unreachable(`not refused: ${message}`);
  };
  refused({ image: new Uint8Array((16 << 20) + 1) }, /needs memory/);
  refused({ image: new Uint8Array((14 << 20) + 8) }, /overlaps the device tree/);
  refused({ image: I.assemble(I.STAY), ramBytes: (16 << 20) + 1 }, /bytes of memory/);
  refused({ image: I.assemble(I.STAY), harts: 0 }, /harts/);
  refused({ image: I.assemble(I.STAY), harts: 200 }, /harts/);
  const user = readFileSync(scenarioPath('scenarios/guests/nolibc/rc5.elf'));
  refused({ image: user }, /needs memory/);
  const other = Uint8Array.from(program('hello'));
  new DataView(other.buffer).setUint16(18, 62, true);
  refused({ image: other }, /another processor/);
});

test.run();
