// Trap entry and return, choice of interrupts, and the privileged instructions, on a hart without a machine.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { executeSystem } from '../../emulator/boards/privileged.ts';
import { plainStoreLength } from '../../emulator/boards/stores.ts';
import * as C from '../../emulator/guest/riscv64/csr.ts';
import * as R from '../../emulator/guest/riscv64/registers.ts';
import * as T from '../../emulator/guest/riscv64/trap.ts';
import { SLOT_PC } from '../../emulator/memory/layout.ts';
import { makeHart, type TestHart } from './hart.ts';

const PC = 0x80001234n;
const VECTOR = 0x80004000n;
const S_VECTOR = 0x80008000n;
const INTERRUPT = 1n << 63n;

function hartAt(privilege: number, slots: Readonly<Record<number, bigint>> = {}): TestHart {
  const hart = makeHart();
  const { cpu } = hart;
  cpu.write(SLOT_PC, PC);
  cpu.write(R.SLOT_PRIV, BigInt(privilege));
  cpu.write(R.SLOT_MTVEC, VECTOR);
  cpu.write(R.SLOT_STVEC, S_VECTOR);
  cpu.write(R.SLOT_RES_ADDR, 0x80000000n);
  cpu.write(R.SLOT_PMPCFG0, 0x1fn);
  for (const [slot, value] of Object.entries(slots)) cpu.write(Number(slot), value);
  return hart;
}

test('a trap to machine mode saves pc, cause, value and status', () => {
  for (const privilege of [0, 1, 3]) {
    const { cpu } = hartAt(privilege, { [R.SLOT_MSTATUS]: C.MSTATUS_XLEN | C.MSTATUS_MIE | C.MSTATUS_MPP });
    assert.is(T.takeTrap(cpu, T.CAUSE_LOAD_ACCESS, 0x1234n, false), C.PRIV_M);
    assert.equal(
      [R.SLOT_MEPC, R.SLOT_MCAUSE, R.SLOT_MTVAL, SLOT_PC, R.SLOT_PRIV].map((s) => cpu.read(s)),
      [PC, 5n, 0x1234n, VECTOR, 3n],
    );
    assert.is(cpu.read(R.SLOT_MSTATUS), C.MSTATUS_XLEN | C.MSTATUS_MPIE | (BigInt(privilege) << 11n));
    assert.is(cpu.readNumber(R.SLOT_RES_ADDR), -1);
  }
});

test('a delegated trap goes to supervisor mode, but not from machine mode', () => {
  for (const privilege of [0, 1]) {
    const { cpu } = hartAt(privilege, {
      [R.SLOT_MEDELEG]: 1n << 5n,
      [R.SLOT_MSTATUS]: C.MSTATUS_XLEN | C.MSTATUS_SIE | C.MSTATUS_MIE,
    });
    assert.is(T.takeTrap(cpu, T.CAUSE_LOAD_ACCESS, 7n, false), C.PRIV_S);
    assert.equal(
      [R.SLOT_SEPC, R.SLOT_SCAUSE, R.SLOT_STVAL, SLOT_PC, R.SLOT_PRIV, R.SLOT_MEPC].map((s) => cpu.read(s)),
      [PC, 5n, 7n, S_VECTOR, 1n, 0n],
    );
    assert.is(
      cpu.read(R.SLOT_MSTATUS),
      C.MSTATUS_XLEN | C.MSTATUS_MIE | C.MSTATUS_SPIE | (privilege ? C.MSTATUS_SPP : 0n),
    );
  }
  const { cpu } = hartAt(3, { [R.SLOT_MEDELEG]: 1n << 5n });
  assert.is(T.takeTrap(cpu, T.CAUSE_LOAD_ACCESS, 7n, false), C.PRIV_M);
  const other = hartAt(0, { [R.SLOT_MEDELEG]: 1n << 5n }).cpu;
  assert.is(T.takeTrap(other, T.CAUSE_STORE_ACCESS, 7n, false), C.PRIV_M);
});

test('vectored mode is for interrupts alone', () => {
  const { cpu } = hartAt(3, { [R.SLOT_MTVEC]: VECTOR | 1n });
  T.takeTrap(cpu, 7, 0n, true);
  assert.equal([cpu.read(SLOT_PC), cpu.read(R.SLOT_MCAUSE)], [VECTOR + 28n, INTERRUPT | 7n]);
  T.takeTrap(cpu, 7, 0n, false);
  assert.is(cpu.read(SLOT_PC), VECTOR);
});

test('mret undoes the entry', () => {
  for (const privilege of [0, 1, 3]) {
    for (const mie of [0n, C.MSTATUS_MIE]) {
      const { cpu } = hartAt(privilege, { [R.SLOT_MSTATUS]: C.MSTATUS_XLEN | mie | C.MSTATUS_MPRV });
      T.takeTrap(cpu, 2, 0n, false);
      cpu.write(R.SLOT_RES_ADDR, 0n);
      assert.ok(T.returnFromMachine(cpu));
      assert.equal([cpu.read(SLOT_PC), cpu.read(R.SLOT_PRIV)], [PC, BigInt(privilege)]);
      const mprv = privilege === 3 ? C.MSTATUS_MPRV : 0n;
      assert.is(cpu.read(R.SLOT_MSTATUS), C.MSTATUS_XLEN | mie | C.MSTATUS_MPIE | mprv);
      assert.is(cpu.readNumber(R.SLOT_RES_ADDR), -1);
    }
  }
});

test('mret is illegal below machine mode, and to a lower mode while no PMP entry is on', () => {
  assert.not(T.returnFromMachine(hartAt(1).cpu));
  assert.not(T.returnFromMachine(hartAt(3, { [R.SLOT_PMPCFG0]: 0n }).cpu));
  assert.ok(T.returnFromMachine(hartAt(3, { [R.SLOT_PMPCFG0]: 0n, [R.SLOT_MSTATUS]: C.MSTATUS_MPP }).cpu));
});

test('sret returns to the mode in SPP, and TSR forbids it to supervisors', () => {
  const status = C.MSTATUS_XLEN | C.MSTATUS_SPIE | C.MSTATUS_MPRV;
  const { cpu } = hartAt(1, { [R.SLOT_MSTATUS]: status | C.MSTATUS_SPP, [R.SLOT_SEPC]: 0x80000040n });
  assert.ok(T.returnFromSupervisor(cpu));
  assert.equal([cpu.read(SLOT_PC), cpu.read(R.SLOT_PRIV)], [0x80000040n, 1n]);
  assert.is(cpu.read(R.SLOT_MSTATUS), C.MSTATUS_XLEN | C.MSTATUS_SIE | C.MSTATUS_SPIE);
  assert.ok(T.returnFromSupervisor(cpu));
  assert.is(cpu.read(R.SLOT_PRIV), 0n);
  assert.not(T.returnFromSupervisor(cpu));
  assert.not(T.returnFromSupervisor(hartAt(1, { [R.SLOT_MSTATUS]: C.MSTATUS_TSR }).cpu));
  assert.ok(T.returnFromSupervisor(hartAt(3, { [R.SLOT_MSTATUS]: C.MSTATUS_TSR }).cpu));
});

test('interrupts are chosen by privilege, delegation, enables and priority', () => {
  const choose = (privilege: number, mip: bigint, mie: bigint, mideleg = 0n, status = 0n): number =>
    T.pendingInterrupt(
      hartAt(privilege, { [R.SLOT_MIP]: mip, [R.SLOT_MIE]: mie, [R.SLOT_MIDELEG]: mideleg, [R.SLOT_MSTATUS]: status })
        .cpu,
    );
  const all = 0xaaan;
  const s = 0x222n;
  assert.is(choose(3, all, all), -1, 'MIE off');
  assert.is(choose(3, all, all, 0n, C.MSTATUS_MIE), 11);
  assert.is(choose(1, all, all), 11, 'below machine mode MIE does not matter');
  assert.is(choose(0, all, 0n), -1);
  // External, software, timer; machine before supervisor.
  let left = all;
  const order: number[] = [];
  for (let cause = choose(0, left, all); cause >= 0; cause = choose(0, left, all)) {
    order.push(cause);
    left &= ~(1n << BigInt(cause));
  }
  assert.equal(order, [11, 3, 7, 9, 1, 5]);
  // Delegated ones are taken in supervisor mode only when SIE, in user mode always, in machine mode never.
  assert.is(choose(3, s, all, s, C.MSTATUS_MIE | C.MSTATUS_SIE), -1);
  assert.is(choose(1, s, all, s, C.MSTATUS_MIE), -1);
  assert.is(choose(1, s, all, s, C.MSTATUS_SIE), 9);
  assert.is(choose(0, s, all, s), 9);
  assert.is(choose(1, s | 0x80n, all, s, C.MSTATUS_SIE), 7);
});

test('what wakes a hart does not depend on mstatus', () => {
  assert.ok(T.wakesHart(hartAt(3, { [R.SLOT_MIP]: 0x80n, [R.SLOT_MIE]: 0x80n }).cpu));
  assert.not(T.wakesHart(hartAt(3, { [R.SLOT_MIP]: 0x80n, [R.SLOT_MIE]: 0x8n }).cpu));
});

const ECALL = 0x73;
const WFI = 0x10500073;
const SFENCE = 0x12000073;

test('system instructions: who may, and what they raise', () => {
  const cases: readonly (readonly [word: number, privilege: number, status: bigint, cause: number | undefined])[] = [
    [ECALL, 0, 0n, 8],
    [ECALL, 1, 0n, 9],
    [ECALL, 3, 0n, 11],
    [0x00100073, 3, 0n, 3],
    [0x9002, 0, 0n, 3],
    [WFI, 3, C.MSTATUS_TW, undefined],
    [WFI, 1, 0n, undefined],
    [WFI, 1, C.MSTATUS_TW, 2],
    [WFI, 0, 0n, 2],
    [SFENCE, 3, C.MSTATUS_TVM, undefined],
    [SFENCE | (10 << 15) | (11 << 20), 1, 0n, undefined],
    [SFENCE, 1, C.MSTATUS_TVM, 2],
    [SFENCE, 0, 0n, 2],
    [0x0000100f, 0, 0n, undefined],
    [0x10200073, 0, 0n, 2],
    [0x30200073, 1, 0n, 2],
    [0x00200073, 3, 0n, 2], // uret, which is no more
    [0x00004073, 3, 0n, 2], // funct3 4 is no CSR form
    [0xfff00073 | 0, 3, 0n, 2],
  ];
  for (const [word, privilege, status, cause] of cases) {
    const { cpu, context } = hartAt(privilege, { [R.SLOT_MSTATUS]: C.MSTATUS_XLEN | status });
    const what = `0x${(word >>> 0).toString(16)} at ${privilege}`;
    const raised = executeSystem(cpu, word, context);
    assert.is(raised?.cause, cause, what);
    assert.is(raised?.tval, cause === undefined ? undefined : cause === 2 ? BigInt(word >>> 0) : 0n, what);
    assert.is(cpu.read(SLOT_PC), cause === undefined ? PC + 4n : PC, what);
    assert.is(context.waits, word === WFI && cause === undefined ? 1 : 0, what);
  }
});

test('the six CSR forms', () => {
  const MSCRATCH = 0x340;
  const encode = (funct3: number, rd: number, source: number): number =>
    (MSCRATCH << 20) | (source << 15) | (funct3 << 12) | (rd << 7) | 0x73;
  const cases: readonly (readonly [funct3: number, source: number, kept: bigint])[] = [
    [1, 7, 0b0110n],
    [2, 7, 0b1110n],
    [3, 7, 0b1000n],
    [5, 6, 6n],
    [6, 6, 0b1110n],
    [7, 6, 0b1000n],
    [1, 0, 0n],
    [2, 0, 0b1100n],
    [3, 0, 0b1100n],
    [5, 0, 0n],
    [6, 0, 0b1100n],
    [7, 0, 0b1100n],
  ];
  for (const [funct3, source, kept] of cases) {
    for (const rd of [0, 5, 7]) {
      const { cpu, context } = hartAt(3, { [R.X(7)]: 0b0110n, [R.SLOT_MSCRATCH]: 0b1100n });
      assert.is(executeSystem(cpu, encode(funct3, rd, source), context), undefined);
      const what = `funct3 ${funct3}, rd ${rd}, source ${source}`;
      assert.is(cpu.read(R.SLOT_MSCRATCH), kept, what);
      assert.is(cpu.read(R.X(rd)), rd === 0 ? 0n : 0b1100n, what);
      assert.is(cpu.read(SLOT_PC), PC + 4n, what);
    }
  }
});

test('stores are told from everything else by their first half', () => {
  assert.equal([0x2023, 0x3027, 0xe11c, 0xc11c, 0xa11c, 0xe02a, 0xc02a].map(plainStoreLength), [4, 4, 2, 2, 2, 2, 2]);
  assert.equal([0x202f, 0x2003, 0x0073, 0x611c, 0xe119, 0x0001, 0x9002].map(plainStoreLength), [0, 0, 0, 0, 0, 0, 0]);
});

test.run();
