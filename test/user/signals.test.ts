// Signals on plain memory: the frame byte by byte, masks, choice of signal and thread, interrupted calls, faults.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Cpu } from '../../emulator/exec/cpu.ts';
import { F, X } from '../../emulator/guest/riscv64/registers.ts';
import { SLOT_FP_FLAGS, SLOT_FP_MODE } from '../../emulator/memory/layout.ts';
import { CODE } from './make-elf.ts';
import { Rig, SCRATCH } from './rig.ts';

const [SIGILL, SIGTRAP, SIGBUS, SIGUSR1, SIGSEGV, SIGUSR2, SIGALRM] = [4, 5, 7, 10, 11, 12, 14];
const [KILL, TGKILL, ALTSTACK, SUSPEND, ACTION, MASK, PENDING, TIMEDWAIT, SIGRETURN] = [
  129, 131, 132, 133, 134, 135, 136, 137, 139,
];
const [SA_SIGINFO, SA_ONSTACK, SA_RESTART, SA_NODEFER, SA_RESETHAND] = [
  4, 0x08000000, 0x10000000, 0x40000000, 0x80000000,
];
const HANDLER = CODE + 0x210;
const TRAMPOLINE = 0x4000801000;

function handle(rig: Rig, sig: number, flags = 0, mask = 0n, handler = HANDLER): void {
  assert.is(rig.call(ACTION, sig, rig.words(0x8000, handler, flags, mask), 0, 8), 0);
}
const maskOf = (rig: Rig): bigint => {
  rig.call(MASK, 0, 0, SCRATCH + 0x8100, 8);
  return rig.memory.readU64(SCRATCH + 0x8100)!;
};
const bit = (sig: number): bigint => 1n << BigInt(sig - 1);
const sigreturn = (rig: Rig, cpu: Cpu = rig.cpu): boolean => rig.begin(cpu, SIGRETURN);

test('the frame is what Linux puts on a riscv64 stack', () => {
  const rig = new Rig();
  handle(rig, SIGUSR1, SA_SIGINFO, bit(SIGUSR2));
  for (let n = 1; n < 32; n++) {
    if (n !== 2 && n !== 10 && n !== 17) rig.cpu.write(X(n), 0x1111000000000000n + BigInt(n));
  }
  for (let n = 0; n < 32; n++) rig.cpu.write(F(n), 0x4000000000000000n + BigInt(n));
  rig.cpu.write(SLOT_FP_MODE, 3n);
  rig.cpu.write(SLOT_FP_FLAGS, 17n);
  const sp = 0x4000700008;
  rig.cpu.writeNumber(X(2), sp);
  const pc = rig.cpu.pc + 4;
  rig.begin(rig.cpu, KILL, 1000, SIGUSR1);
  const frame = rig.cpu.readNumber(X(2));
  assert.is(frame, Math.floor((sp - 1088) / 16) * 16);
  assert.is(rig.cpu.pc, HANDLER);
  assert.is(rig.cpu.readNumber(X(1)), TRAMPOLINE);
  assert.is(rig.cpu.readNumber(X(10)), SIGUSR1);
  assert.is(rig.cpu.readNumber(X(11)), frame);
  assert.is(rig.cpu.readNumber(X(12)), frame + 128);
  const v = rig.view(frame, 1088);
  assert.equal([v.getInt32(0, true), v.getInt32(4, true), v.getInt32(8, true)], [SIGUSR1, 0, 0]);
  assert.equal([v.getInt32(16, true), v.getInt32(20, true)], [1000, 1000]);
  const uc = 128;
  assert.is(v.getBigUint64(uc, true), 0n, 'flags');
  assert.is(v.getBigUint64(uc + 8, true), 0n, 'link');
  assert.is(v.getInt32(uc + 24, true), 2, 'no alternate stack');
  assert.is(v.getBigUint64(uc + 40, true), 0n, 'mask');
  const regs = uc + 176;
  assert.is(v.getBigUint64(regs, true), BigInt(pc));
  assert.is(v.getBigUint64(regs + 8 * 2, true), BigInt(sp));
  assert.is(v.getBigUint64(regs + 8 * 10, true), 0n, 'result of the call');
  assert.is(v.getBigUint64(regs + 8 * 31, true), 0x111100000000001fn);
  assert.is(v.getBigUint64(regs + 256 + 8 * 31, true), 0x400000000000001fn);
  assert.is(v.getUint32(regs + 512, true), (3 << 5) | 17);
  assert.is(rig.transcript.at(-1), 'SIGUSR1 to thread 1000, handler 0x10210');

  // The handler changes everything; sigreturn brings it back, also what it changed in the frame.
  assert.is(maskOf(rig), bit(SIGUSR1) | bit(SIGUSR2));
  rig.cpu.writeNumber(X(2), frame);
  rig.cpu.write(X(31), 5n);
  rig.cpu.write(F(31), 5n);
  rig.cpu.write(SLOT_FP_MODE, 0n);
  rig.memory.writeU64(frame + regs + 8 * 9, 99n);
  sigreturn(rig);
  assert.is(rig.cpu.pc, pc);
  assert.is(rig.cpu.readNumber(X(2)), sp);
  assert.is(rig.cpu.read(X(9)), 99n);
  assert.is(rig.cpu.read(X(31)), 0x111100000000001fn);
  assert.is(rig.cpu.read(F(31)), 0x400000000000001fn);
  assert.is(rig.cpu.read(SLOT_FP_MODE), 3n);
  assert.is(rig.cpu.read(SLOT_FP_FLAGS), 17n);
  assert.is(maskOf(rig), 0n);
});

test('NODEFER, RESETHAND and the mask', () => {
  const rig = new Rig();
  handle(rig, SIGUSR1, SA_NODEFER | SA_RESETHAND, bit(9) | bit(SIGALRM));
  rig.begin(rig.cpu, KILL, 1000, SIGUSR1);
  assert.is(maskOf(rig), bit(SIGALRM), 'KILL cannot be blocked');
  rig.call(ACTION, SIGUSR1, 0, SCRATCH, 8);
  assert.is(rig.memory.readU64(SCRATCH), 0n);
});

test('blocked signals wait, faults first, then lowest number; one of each', () => {
  const rig = new Rig();
  for (const sig of [SIGUSR1, SIGUSR2, 34]) handle(rig, sig, 0, ~0n);
  const none = rig.words(0x8200, 0);
  rig.call(MASK, 2, rig.words(0x8208, ~0n), 0, 8);
  for (const sig of [34, SIGUSR2, SIGUSR1, SIGUSR1, 34]) assert.is(rig.call(KILL, 1000, sig), 0);
  rig.call(PENDING, SCRATCH, 8);
  assert.is(rig.memory.readU64(SCRATCH), bit(SIGUSR1) | bit(SIGUSR2) | bit(34));
  rig.begin(rig.cpu, MASK, 2, none, 0, 8);
  const taken: number[] = [];
  while (rig.cpu.pc === HANDLER) {
    taken.push(rig.result(rig.cpu));
    sigreturn(rig);
  }
  assert.equal(taken, [SIGUSR1, SIGUSR2, 34, 34]);
});

test('on the alternate stack, and not twice', () => {
  const rig = new Rig();
  const [base, size] = [SCRATCH + 0x10000, 0x4000];
  assert.is(rig.call(ALTSTACK, rig.words(0, base, 0, 100), 0), -12);
  assert.is(rig.call(ALTSTACK, rig.words(0, base, 0, size), 0), 0);
  handle(rig, SIGUSR1, SA_ONSTACK | SA_NODEFER);
  rig.begin(rig.cpu, KILL, 1000, SIGUSR1);
  const first = rig.cpu.readNumber(X(2));
  assert.is(first, base + size - 1088);
  assert.is(rig.call(ALTSTACK, rig.words(0, 0, 2, 0), SCRATCH + 64), -1, 'in use');
  rig.call(ALTSTACK, 0, SCRATCH + 64);
  assert.is(rig.view(SCRATCH + 64, 24).getInt32(8, true), 1);
  rig.begin(rig.cpu, KILL, 1000, SIGUSR1);
  assert.is(rig.cpu.readNumber(X(2)), first - 1088);
  // Running off its end is a fault that cannot be handled.
  for (let i = 0; i < 20 && !rig.ended; i++) rig.begin(rig.cpu, KILL, 1000, SIGUSR1);
  assert.equal(rig.ended, { code: 139, reason: 'SIGSEGV' });
});

test('faults carry address and reason', () => {
  const cases = [
    [{ kind: 'store', address: 16n, misaligned: false, mapped: false }, SIGSEGV, 1],
    [{ kind: 'load', address: 0x10000n, misaligned: false, mapped: true }, SIGSEGV, 2],
    [{ kind: 'fetch', address: 0xffffffffffff0000n, misaligned: false, mapped: false }, SIGSEGV, 1],
    [{ kind: 'store', address: 0x200001n, misaligned: true, mapped: true }, SIGBUS, 1],
  ] as const;
  for (const [fault, sig, code] of cases) {
    const rig = new Rig();
    handle(rig, sig, SA_SIGINFO);
    const { pc } = rig.cpu;
    rig.platform.fault(rig.cpu, fault);
    assert.is(rig.cpu.pc, HANDLER);
    const v = rig.view(rig.cpu.readNumber(X(2)), 1088);
    assert.equal([v.getInt32(0, true), v.getInt32(8, true), v.getBigUint64(16, true)], [sig, code, fault.address]);
    sigreturn(rig);
    assert.is(rig.cpu.pc, pc, 'the instruction is tried again');
  }
});

test('an uncaught fault names signal, pc, symbol and address', () => {
  const rig = new Rig();
  rig.cpu.pc = CODE + 0x21c;
  rig.platform.fault(rig.cpu, { kind: 'store', address: 0n, misaligned: false, mapped: false });
  assert.equal(rig.ended, { code: 139, reason: 'SIGSEGV' });
  assert.equal(rig.warnings, ['SIGSEGV at pc 0x1021c (main+0xc): store to unmapped address 0x0']);
  const trap = new Rig();
  trap.platform.system(trap.cpu, 0x9002);
  assert.equal(trap.ended, { code: 128 + SIGTRAP, reason: 'SIGTRAP' });
  const illegal = new Rig();
  illegal.platform.illegal(illegal.cpu, 0);
  assert.equal(illegal.ended, { code: 128 + SIGILL, reason: 'SIGILL' });
  assert.equal(illegal.warnings, ['SIGILL at pc 0x10200 (_start): illegal instruction 0x0']);
});

test('a blocked or ignored fault kills all the same', () => {
  const rig = new Rig();
  handle(rig, SIGSEGV, 0);
  rig.call(MASK, 0, rig.words(0, bit(SIGSEGV)), 0, 8);
  rig.platform.fault(rig.cpu, { kind: 'load', address: 8n, misaligned: false, mapped: false });
  assert.equal(rig.ended, { code: 139, reason: 'SIGSEGV' });
});

test('no room for a frame is a SIGSEGV of its own', () => {
  const rig = new Rig();
  handle(rig, SIGUSR1);
  rig.cpu.writeNumber(X(2), 0x300);
  rig.begin(rig.cpu, KILL, 1000, SIGUSR1);
  assert.is(rig.ended?.reason, 'SIGSEGV');
  assert.ok(rig.warnings[0]!.includes('no room on the stack'), rig.warnings[0]);
  const lost = new Rig();
  lost.cpu.writeNumber(X(2), 0x300);
  sigreturn(lost);
  assert.is(lost.ended?.reason, 'SIGSEGV');
});

test('default actions', () => {
  const rig = new Rig();
  for (const sig of [17, 18, 23, 28]) assert.is(rig.call(KILL, 1000, sig), 0);
  assert.is(rig.ended, undefined);
  assert.is(rig.call(KILL, 1000, 0), 0);
  assert.is(rig.call(KILL, 55, 15), -3);
  assert.is(rig.call(KILL, 1000, 65), -22);
  rig.begin(rig.cpu, KILL, 1000, 15);
  assert.equal(rig.ended, { code: 143, reason: 'SIGTERM' });
});

/** A thread whose stack is in scratch memory. */
function thread(rig: Rig): Cpu {
  rig.call(220, 0x3d0f00, SCRATCH + 0x20000 + 0x4000 * rig.cpus.length, SCRATCH + 0x9000, 0, SCRATCH + 0x9000);
  return rig.cpus.at(-1)!;
}

test('a signal ends a wait with EINTR, or restarts the call', () => {
  for (const flags of [0, SA_RESTART]) {
    const rig = new Rig();
    const other = thread(rig);
    handle(rig, SIGUSR1, flags);
    rig.call(59, SCRATCH, 0);
    rig.cpu.writeNumber(X(2), 0x4000700000);
    const { pc } = rig.cpu;
    assert.is(rig.begin(rig.cpu, 63, 3, SCRATCH + 64, 8), false);
    assert.is(rig.begin(other, TGKILL, 1000, 1000, SIGUSR1), true);
    assert.is(rig.platform.runnable(rig.cpu), true);
    assert.is(rig.platform.interrupt(rig.cpu), true);
    assert.is(rig.cpu.pc, HANDLER);
    sigreturn(rig);
    if (flags === 0) {
      assert.is(rig.result(rig.cpu), -4);
      assert.is(rig.cpu.pc, pc + 4);
    } else {
      assert.is(rig.cpu.pc, pc, 'at the ecall again');
      assert.equal([rig.result(rig.cpu), rig.cpu.readNumber(X(17))], [3, 63], 'with its arguments');
    }
  }
});

test('a sleep that is broken off says how much is left', () => {
  const rig = new Rig();
  const other = thread(rig);
  handle(rig, SIGUSR1, SA_RESTART);
  rig.words(0, 3, 0);
  const start = rig.icount + 1;
  assert.is(rig.begin(rig.cpu, 101, SCRATCH, SCRATCH + 64), false);
  rig.icount = start + 1_000_000_000 - 1;
  rig.begin(other, TGKILL, 1000, 1000, SIGUSR1);
  rig.platform.interrupt(rig.cpu);
  sigreturn(rig);
  assert.is(rig.result(rig.cpu), -4);
  assert.equal([rig.memory.readU64(SCRATCH + 64), rig.memory.readU64(SCRATCH + 72)], [2n, 0n]);
});

test('sigsuspend waits under its own mask and puts the old one back', () => {
  const rig = new Rig();
  handle(rig, SIGUSR1);
  handle(rig, SIGUSR2);
  rig.call(MASK, 2, rig.words(0, bit(SIGUSR1)), 0, 8);
  rig.call(KILL, 1000, SIGUSR1);
  rig.begin(rig.cpu, SUSPEND, rig.words(0, bit(SIGUSR2)), 8);
  assert.is(rig.cpu.pc, HANDLER, 'taken at once');
  const frame = rig.view(rig.cpu.readNumber(X(2)), 1088);
  assert.is(frame.getBigUint64(128 + 40, true), bit(SIGUSR1), 'the frame holds the old mask');
  assert.is(maskOf(rig), bit(SIGUSR1) | bit(SIGUSR2));
  rig.cpu.writeNumber(X(2), rig.cpu.readNumber(X(2)));
  sigreturn(rig);
  assert.is(rig.result(rig.cpu), -4);
  assert.is(maskOf(rig), bit(SIGUSR1));
});

test('sigtimedwait takes a signal without a handler, or times out', () => {
  const rig = new Rig();
  const other = thread(rig);
  rig.call(MASK, 0, rig.words(0, bit(SIGUSR1)), 0, 8);
  const set = rig.words(0, bit(SIGUSR1));
  assert.is(rig.begin(rig.cpu, TIMEDWAIT, set, SCRATCH + 256, 0, 8), false);
  rig.begin(other, KILL, 1000, SIGUSR1);
  assert.is(rig.platform.runnable(rig.cpu), true);
  assert.is(rig.result(rig.cpu), SIGUSR1);
  assert.is(rig.view(SCRATCH + 256, 128).getInt32(0, true), SIGUSR1);
  assert.is(rig.begin(rig.cpu, TIMEDWAIT, set, 0, rig.words(64, 1, 0), 8), false);
  rig.icount = rig.platform.nextDeadline();
  rig.platform.deadline();
  assert.is(rig.result(rig.cpu), -11);
});

test('a signal to the process goes to a thread that does not block it', () => {
  const rig = new Rig();
  const other = thread(rig);
  handle(rig, SIGUSR1);
  rig.call(MASK, 0, rig.words(0, bit(SIGUSR1)), 0, 8);
  assert.is(rig.begin(other, 101, rig.words(64, 100, 0), 0), false);
  assert.is(rig.call(KILL, 1000, SIGUSR1), 0);
  assert.is(rig.platform.interrupt(rig.cpu), false);
  assert.is(rig.platform.runnable(other), true);
  assert.is(rig.platform.interrupt(other), true);
  assert.is(other.pc, HANDLER);
});

test('an interval timer fires at its exact time, again and again', () => {
  const rig = new Rig();
  handle(rig, SIGALRM);
  rig.call(103, 0, rig.words(0, 0, 50, 0, 100), 0);
  const armed = rig.icount;
  assert.is(rig.platform.nextDeadline(), armed + 100_000);
  rig.icount = armed + 100_000;
  rig.platform.deadline();
  assert.is(rig.platform.interrupt(rig.cpu), true);
  assert.is(rig.result(rig.cpu), SIGALRM);
  assert.is(rig.platform.nextDeadline(), armed + 150_000);
  rig.call(103, 0, rig.words(0, 0, 0, 0, 0), SCRATCH + 64);
  assert.is(rig.memory.readU64(SCRATCH + 72), 50n, 'the old interval');
  assert.is(rig.platform.nextDeadline(), Number.POSITIVE_INFINITY);
  rig.call(103, 1, rig.words(0, 0, 0, 0, 100), 0);
  assert.is(rig.platform.idle(), false, 'processor time does not pass in sleep');
});

test.run();
