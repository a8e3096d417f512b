// The reference model against the manual's words: cases with their answers written out, where a wrong reading would be
// shared by no one. The broad comparison is agreement.test.ts.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hex } from '../../emulator/bits.ts';
import { ReferenceHart, type ReferenceMemory, type StepResult } from '../../emulator/guest/riscv64/reference/index.ts';
import { bytesOf } from '../../emulator/sequence/encode.ts';
import { CODE, CODE_SIZE, CONSTANT, DATA, DATA_SIZE, PlainPages } from '../../emulator/sequence/layout.ts';
import { encode, type FieldValues } from '../support/asm.ts';

const test = suite('reference model');

const ONES = (1n << 64n) - 1n;
const BOX = 0xffffffff_00000000n;
const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

interface Setup {
  readonly x?: Readonly<Record<number, bigint>>;
  readonly f?: Readonly<Record<number, bigint>>;
  readonly frm?: number;
  readonly memory?: ReferenceMemory;
  readonly at?: number;
}

/** A hart at the given words. */
function hartAt(words: readonly number[], setup: Setup = {}): { hart: ReferenceHart; memory: PlainPages } {
  const at = setup.at ?? CODE;
  const code = new Uint8Array(CODE_SIZE);
  const bytes = words.flatMap((word) => [...bytesOf(word)]);
  code.set(bytes.slice(0, CODE + CODE_SIZE - at), at - CODE);
  const memory = new PlainPages(
    code,
    Uint8Array.from({ length: DATA_SIZE }, (_, k) => k & 255),
  );
  const hart = new ReferenceHart(setup.memory ?? memory);
  hart.pc = BigInt(at);
  hart.frm = setup.frm ?? 0;
  for (const [n, value] of Object.entries(setup.x ?? {})) hart.setX(Number(n), value);
  for (const [n, value] of Object.entries(setup.f ?? {})) hart.setF(Number(n), value);
  return { hart, memory };
}

function run(name: string, fields: FieldValues, setup: Setup = {}): { hart: ReferenceHart; result: StepResult } {
  const { hart } = hartAt([encode(name, fields)], setup);
  return { hart, result: hart.step() };
}

/** x10 = op(x11, x12). */
function integer(name: string, a: bigint, b = 0n, imm = 0): string {
  const { hart, result } = run(name, { rd: 10, rs1: 11, rs2: 12, imm }, { x: { 11: u64(a), 12: u64(b) } });
  assert.is(result.kind, 'retired');
  return hex(hart.x[10]!);
}

test('division by zero and overflow (§7.2)', () => {
  const least = 1n << 63n;
  assert.is(integer('div', 7n, 0n), hex(ONES));
  assert.is(integer('rem', -7n, 0n), hex(-7n));
  assert.is(integer('divu', 7n, 0n), hex(ONES));
  assert.is(integer('remu', 7n, 0n), '0x7');
  assert.is(integer('div', least, -1n), hex(least));
  assert.is(integer('rem', least, -1n), '0x0');
  assert.is(integer('div', -7n, 2n), hex(-3n));
  assert.is(integer('rem', -7n, 2n), hex(-1n));
  assert.is(integer('divw', 0x80000000n, -1n), hex(-0x80000000n));
  assert.is(integer('remw', 0x180000000n, -1n), '0x0');
  assert.is(integer('divuw', 0xffffffffn, 0n), hex(ONES));
  assert.is(integer('remuw', 0x80000000n, 0n), hex(-0x80000000n));
});

test('high halves of products', () => {
  assert.is(integer('mulh', -1n, -1n), '0x0');
  assert.is(integer('mulhu', -1n, -1n), hex(-2n));
  assert.is(integer('mulhsu', -1n, -1n), hex(-1n));
  assert.is(integer('mulhsu', 1n, -1n), '0x0');
});

test('32-bit forms extend their sign, and shift amounts are masked', () => {
  assert.is(integer('addw', 0x7fffffffn, 1n), hex(-0x80000000n));
  assert.is(integer('sraw', 0x80000000n, 33n), hex(-0x40000000n));
  assert.is(integer('srlw', 0x80000000n, 0n), hex(-0x80000000n));
  assert.is(integer('sll', 1n, 65n), '0x2');
  assert.is(integer('sltiu', 5n, 0n, -1), '0x1');
});

test('bit manipulation', () => {
  assert.is(integer('clz', 0n), hex(64n));
  assert.is(integer('ctzw', 1n << 40n), hex(32n));
  assert.is(integer('clzw', 1n << 40n), hex(32n));
  assert.is(integer('rev8', 0x0102030405060708n), '0x807060504030201');
  assert.is(integer('orc.b', 0x0100800000010200n), hex(0xff00ff0000ffff00n));
  assert.is(integer('rorw', 1n, 1n), hex(-0x80000000n));
  assert.is(integer('sh3add.uw', -1n, 1n), hex((0xffffffffn << 3n) + 1n));
  assert.is(integer('slli.uw', -1n, 0n, 4), '0xffffffff0');
  assert.is(integer('max', -1n, 1n), '0x1');
  assert.is(integer('maxu', -1n, 1n), hex(ONES));
});

test('jalr takes its target before it links, and clears bit 0', () => {
  const { hart } = run('jalr', { rd: 5, rs1: 5, imm: 2 }, { x: { 5: 0x1235n } });
  assert.is(hart.pc, 0x1236n);
  assert.is(hart.x[5], BigInt(CODE + 4));
});

test('accesses that cross a page: the address is that of the part at fault, and nothing is stored', () => {
  const end = CONSTANT + 4096;
  const load = run('ld', { rd: 5, rs1: 6, imm: -3 }, { x: { 6: BigInt(end) } });
  assert.equal(load.result, { kind: 'trap', cause: 5, tval: BigInt(end) });
  assert.is(load.hart.pc, BigInt(CODE));
  const { hart, memory } = hartAt([encode('sd', { rs1: 6, rs2: 7, imm: -3 })], { x: { 6: BigInt(CONSTANT), 7: ONES } });
  assert.equal(hart.step(), { kind: 'trap', cause: 7, tval: BigInt(CONSTANT) });
  assert.is(memory.data[DATA_SIZE - 1], (DATA_SIZE - 1) & 255);
  const across = run('lw', { rd: 5, rs1: 6, imm: -2 }, { x: { 6: BigInt(DATA + 4096) } });
  assert.is(hex(across.hart.x[5]!), '0x100fffe');
});

test('an instruction whose second half cannot be fetched faults there', () => {
  const { hart } = hartAt([encode('addi', { rd: 5, rs1: 0, imm: 1 })], { at: CODE + CODE_SIZE - 2 });
  assert.equal(hart.step(), { kind: 'trap', cause: 1, tval: BigInt(CODE + CODE_SIZE) });
});

test('atomics must be aligned; SC without its reservation fails without access', () => {
  const x = { 6: BigInt(DATA + 4) };
  assert.equal(run('lr.d', { rd: 5, rs1: 6 }, { x }).result, { kind: 'trap', cause: 4, tval: x[6] });
  assert.equal(run('amoadd.d', { rd: 5, rs1: 6, rs2: 7 }, { x }).result, { kind: 'trap', cause: 6, tval: x[6] });
  const sc = run('sc.d', { rd: 5, rs1: 6, rs2: 7 }, { x });
  assert.is(sc.result.kind, 'retired');
  assert.is(sc.hart.x[5], 1n);
  const constant = { 6: BigInt(CONSTANT) };
  assert.equal(run('amoor.w', { rd: 5, rs1: 6, rs2: 0 }, { x: constant }).result, {
    kind: 'trap',
    cause: 7,
    tval: BigInt(CONSTANT),
  });
});

test('SC succeeds once, and not after the value has changed', () => {
  const lr = encode('lr.w', { rd: 5, rs1: 6 });
  const sc = encode('sc.w', { rd: 7, rs1: 6, rs2: 8 });
  const sw = encode('sw', { rs1: 6, rs2: 9, imm: 0 });
  const after = (...words: number[]): bigint => {
    const { hart } = hartAt(words, { x: { 6: BigInt(DATA), 8: 1n, 9: 2n } });
    for (const _ of words) assert.is(hart.step().kind, 'retired');
    return hart.x[7]!;
  };
  assert.is(after(lr, sc), 0n);
  assert.is(after(lr, sc, sc), 1n);
  assert.is(after(lr, sw, sc), 1n);
});

test('CSRs of floating point; others are the platform’s', () => {
  const { hart } = run('csrrw', { rd: 5, rs1: 5, csr: 3 }, { x: { 5: 0x1fffn }, frm: 2 });
  assert.equal([hart.x[5], hart.fflags, hart.frm], [0x40n, 31, 7]);
  const word = encode('csrrs', { rd: 5, rs1: 0, csr: 0xc00 });
  const { result, hart: other } = run('csrrs', { rd: 5, rs1: 0, csr: 0xc00 });
  assert.equal(result, { kind: 'system', word: word | 0 });
  assert.is(other.pc, BigInt(CODE));
});

// --- floating point ---

const scratch = new DataView(new ArrayBuffer(8));
function d(value: number): bigint {
  scratch.setFloat64(0, value);
  return scratch.getBigUint64(0);
}
function s(value: number): bigint {
  scratch.setFloat32(0, value);
  return BOX | BigInt(scratch.getUint32(0));
}
const NAN_D = 0x7ff8000000000000n;
const NAN_S = BOX | 0x7fc00000n;
const SIGNALLING_D = 0x7ff0000000000001n;
const [NV, DZ, OF, UF, NX] = [16, 8, 4, 2, 1];
const [RNE, RTZ, RDN, RUP, RMM] = [0, 1, 2, 3, 4];

/** The bits of f1 = op(f2, f3, f4) and the flags. */
function float(name: string, rm: number, a: bigint, b = 0n, c = 0n): [string, number] {
  const fields = { rd: 1, rs1: 2, rs2: 3, rs3: 4, rm };
  const { hart, result } = run(name, fields, { f: { 2: a, 3: b, 4: c } });
  assert.is(result.kind, 'retired', name);
  return [hex(hart.f[1]!), hart.fflags];
}
function toInteger(name: string, rm: number, a: bigint): [string, number] {
  const { hart } = run(name, { rd: 5, rs1: 2, rs2: 3, rm }, { f: { 2: a, 3: a } });
  return [hex(hart.x[5]!), hart.fflags];
}

test('rounding in the five modes', () => {
  const half = d(2 ** -53); // half of the last bit of 1
  const next = hex(d(1) + 1n);
  const one = hex(d(1));
  const sums = [RNE, RTZ, RDN, RUP, RMM].map((rm) => float('fadd.d', rm, d(1), half));
  assert.equal(sums, [
    [one, NX],
    [one, NX],
    [one, NX],
    [next, NX],
    [next, NX],
  ]);
  const below = [RNE, RTZ, RDN, RUP, RMM].map((rm) => float('fsub.d', rm, d(-1), half)[0]);
  const minus = (bits: bigint): string => hex(bits | (1n << 63n));
  assert.equal(below, [minus(d(1)), minus(d(1)), minus(d(1) + 1n), minus(d(1)), minus(d(1) + 1n)]);
});

test('overflow goes to infinity or to the largest number, by mode', () => {
  const most = d(Number.MAX_VALUE);
  const infinite = hex(d(Number.POSITIVE_INFINITY));
  const results = [RNE, RTZ, RDN, RUP, RMM].map((rm) => float('fmul.d', rm, most, d(2)));
  assert.equal(
    results,
    [infinite, hex(most), hex(most), infinite, infinite].map((bits) => [bits, OF | NX]),
  );
});

test('underflow: tininess is detected after rounding', () => {
  const smallest = d(2 ** -1022);
  // 2^-1022 × (1 - 2^-53) has 53 bits: tiny, and then rounded up to the smallest normal number.
  assert.equal(float('fmul.d', RNE, smallest, d(1 - 2 ** -53)), [hex(smallest), UF | NX]);
  // 2^-1022 × (1 - 2^-104) rounds up to it with an unbounded exponent too: not tiny.
  assert.equal(float('fmul.d', RNE, smallest + 1n, d(1 - 2 ** -52)), [hex(smallest), NX]);
  assert.equal(float('fmul.d', RNE, d(2 ** -600), d(2 ** -600)), ['0x0', UF | NX]);
  assert.equal(float('fmul.d', RUP, d(2 ** -600), d(2 ** -600)), ['0x1', UF | NX]);
  // An exact subnormal raises nothing.
  assert.equal(float('fmul.d', RNE, smallest, d(0.5)), [hex(smallest >> 1n), 0]);
});

test('sums that are zero', () => {
  assert.equal(float('fadd.d', RNE, d(1), d(-1)), ['0x0', 0]);
  assert.equal(float('fadd.d', RDN, d(1), d(-1)), [hex(d(-0)), 0]);
  assert.equal(float('fadd.d', RDN, d(0), d(0)), ['0x0', 0]);
  assert.equal(float('fadd.d', RNE, d(-0), d(-0)), [hex(d(-0)), 0]);
});

test('NaNs: canonical results, invalid for signalling ones', () => {
  const payload = NAN_D | 0xabcn;
  assert.equal(float('fadd.d', RNE, payload, d(1)), [hex(NAN_D), 0]);
  assert.equal(float('fadd.d', RNE, SIGNALLING_D, d(1)), [hex(NAN_D), NV]);
  assert.equal(float('fsqrt.d', RNE, d(-1)), [hex(NAN_D), NV]);
  assert.equal(float('fsqrt.d', RNE, d(-0)), [hex(d(-0)), 0]);
  assert.equal(float('fmin.d', RNE, SIGNALLING_D, d(1)), [hex(d(1)), NV]);
  assert.equal(float('fmax.d', RNE, payload, payload), [hex(NAN_D), 0]);
  assert.equal(float('fmin.d', RNE, d(0), d(-0)), [hex(d(-0)), 0]);
  // 0 × ∞ + quiet NaN is invalid.
  assert.equal(float('fmadd.d', RNE, d(0), d(Number.POSITIVE_INFINITY), NAN_D), [hex(NAN_D), NV]);
  assert.equal(float('fmadd.d', RNE, d(1), d(1), NAN_D), [hex(NAN_D), 0]);
});

test('division', () => {
  assert.equal(float('fdiv.d', RNE, d(-1), d(0)), [hex(d(Number.NEGATIVE_INFINITY)), DZ]);
  assert.equal(float('fdiv.d', RNE, d(0), d(0)), [hex(NAN_D), NV]);
  assert.equal(float('fdiv.d', RNE, d(1), d(3)), [hex(d(1 / 3)), NX]);
  assert.equal(float('fdiv.s', RUP, s(1), s(3)), [hex(BOX | 0x3eaaaaabn), NX]);
});

test('fused operations round once', () => {
  // (1 + 2^-30)^2 - (1 + 2^-29) = 2^-60, lost when the product is rounded first.
  const a = d(1 + 2 ** -30);
  const c = d(1 + 2 ** -29);
  assert.equal(float('fmsub.d', RNE, a, a, c), [hex(d(2 ** -60)), 0]);
  assert.equal(float('fnmsub.d', RNE, a, a, c), [hex(d(-(2 ** -60))), 0]);
  assert.equal(float('fnmadd.d', RNE, d(2), d(3), d(4)), [hex(d(-10)), 0]);
});

test('singles are boxed, and a value that is not counts as NaN', () => {
  assert.equal(float('fadd.s', RNE, s(1), 0x3f800000n), [hex(NAN_S), 0]);
  assert.equal(float('fsgnjn.s', RNE, 0n, 0n), [hex(NAN_S | 0x80000000n), 0]);
  assert.equal(float('fcvt.s.d', RNE, d(1 + 2 ** -24)), [hex(s(1)), NX]);
  assert.equal(float('fcvt.d.s', RNE, s(2 ** -149)), [hex(d(2 ** -149)), 0]);
  assert.equal(toInteger('fmv.x.w', RNE, 0x12345678_80000000n), [hex(-0x80000000n), 0]);
});

test('conversion to integers saturates (§11.7)', () => {
  assert.equal(toInteger('fcvt.w.d', RTZ, d(-1.5)), [hex(-1n), NX]);
  assert.equal(toInteger('fcvt.w.d', RMM, d(2.5)), ['0x3', NX]);
  assert.equal(toInteger('fcvt.w.d', RNE, d(2.5)), ['0x2', NX]);
  assert.equal(toInteger('fcvt.w.d', RTZ, d(2 ** 31)), [hex(0x7fffffffn), NV]);
  assert.equal(toInteger('fcvt.w.d', RTZ, NAN_D), [hex(0x7fffffffn), NV]);
  assert.equal(toInteger('fcvt.wu.d', RTZ, d(-0.5)), ['0x0', NX]);
  assert.equal(toInteger('fcvt.wu.d', RTZ, d(-1)), ['0x0', NV]);
  assert.equal(toInteger('fcvt.wu.d', RTZ, d(2 ** 32)), [hex(ONES), NV]);
  assert.equal(toInteger('fcvt.wu.d', RTZ, d(2 ** 31)), [hex(-0x80000000n), 0]);
  assert.equal(toInteger('fcvt.l.d', RTZ, d(Number.NEGATIVE_INFINITY)), [hex(1n << 63n), NV]);
  assert.equal(toInteger('fcvt.lu.d', RTZ, d(2 ** 64)), [hex(ONES), NV]);
});

test('comparisons: equality is quiet, order is not', () => {
  assert.equal(toInteger('feq.d', 0, NAN_D), ['0x0', 0]);
  assert.equal(toInteger('feq.d', 0, SIGNALLING_D), ['0x0', NV]);
  assert.equal(toInteger('flt.d', 0, NAN_D), ['0x0', NV]);
  assert.equal(toInteger('fle.d', 0, d(-0)), ['0x1', 0]);
});

test('classes', () => {
  const classes = [Number.NEGATIVE_INFINITY, -1, -(2 ** -1074), -0, 0, 2 ** -1074, 1, Number.POSITIVE_INFINITY].map(
    (value) => toInteger('fclass.d', 0, d(value))[0],
  );
  assert.equal(
    classes,
    classes.map((_, n) => hex(1 << n)),
  );
  assert.is(toInteger('fclass.d', 0, SIGNALLING_D)[0], '0x100');
  assert.is(toInteger('fclass.d', 0, NAN_D)[0], '0x200');
});

test('reserved rounding modes are illegal, also in frm', () => {
  assert.is(run('fadd.d', { rd: 1, rs1: 2, rs2: 3, rm: 5 }).result.kind, 'trap');
  for (const frm of [5, 6, 7]) {
    const { result, hart } = run('fcvt.d.w', { rd: 1, rs1: 2, rm: 7 }, { frm });
    const word = encode('fcvt.d.w', { rd: 1, rs1: 2, rm: 7 });
    assert.equal(result, { kind: 'trap', cause: 2, tval: BigInt(word) });
    assert.is(hart.pc, BigInt(CODE));
  }
});

test('with floating point off its instructions are illegal; writes make it dirty', () => {
  const { hart } = hartAt([encode('fmv.x.d', { rd: 5, rs1: 2 }), encode('fmv.d.x', { rd: 1, rs1: 5 })]);
  hart.floatStatus = 0;
  assert.is(hart.step().kind, 'trap');
  hart.floatStatus = 1;
  assert.is(hart.step().kind, 'retired');
  assert.is(hart.floatStatus, 1);
  assert.is(hart.step().kind, 'retired');
  assert.is(hart.floatStatus, 3);
});

test.run();
