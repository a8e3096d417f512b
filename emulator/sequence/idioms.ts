// A few instructions that go together: what compilers write and passes look for, and what chance alone hardly ever brings
// together. Each puts its items on a Builder.

import type { Builder } from './builder.ts';
import { encode } from './encode.ts';
import { CONSTANT, CONSTANT_SIZE, DATA } from './layout.ts';
import { BY_KIND, type RowRef } from './rows.ts';
import { ALIGNED, FLOAT_PAIRS, FLOATS, POOL } from './state.ts';

/** What `chain` is made of. */
const CHAIN = (
  'addiw addiw slli slli srli srli srai slliw srliw sraiw andi ori xori addi sltiu zext.h sext.b sext.h add.uw addw subw ' +
  'and andn sub sltu sh1add.uw slli.uw rori bexti cpopw rev8 orc.b mul divuw min maxu'
).split(' ');
/** What `constants` does with two of them. */
const FOLDED = (
  'add sub srli srai slli srl sra sll srli srai mul mulh mulhu mulhsu div divu rem remu divw divuw remw remuw addw subw ' +
  'sraw srlw sllw sraiw slt sltu xor and or'
).split(' ');
const DIVISIONS = ['div', 'divu', 'rem', 'remu', 'divw', 'divuw', 'remw', 'remuw'];
const STORES = ['sb', 'sh', 'sw', 'sd'];
const LOADS = ['lb', 'lbu', 'lh', 'lhu', 'lw', 'lwu', 'ld'];
const ARITHMETIC = ['fadd', 'fsub', 'fmul', 'fdiv'];
const FUSED = ['fmadd', 'fmsub', 'fnmadd', 'fnmsub'];
const INTEGERS = ['w', 'wu', 'l', 'lu'];
/** Fields rm: the dynamic mode more often than the static ones. */
const MODES = [7, 7, 7, 0, 1, 2, 3, 4];

export function branch(b: Builder, row: RowRef): void {
  const { random } = b;
  if (row.compressed) b.putForward(row.name, { rs1: 8 + random.below(8) });
  else b.putForward(row.name, { rs1: b.source(), rs2: random.below(3) ? b.source() : 0 });
}

export function jump(b: Builder, row: RowRef): void {
  const { random } = b;
  if (row.as === 'jal') {
    b.putForward(row.name, row.compressed ? {} : { rd: random.pick([0, 0, 1, b.target()]) });
    return;
  }
  const through = random.pick(POOL);
  const from = b.put('auipc', { rd: through, imm: 0 });
  if (!row.compressed) {
    b.putForward(row.name, { rd: random.pick([0, 1, through, b.target()]), rs1: through }, from);
    return;
  }
  b.putForward('addi', { rd: through, rs1: through }, from, 3);
  if (random.below(4) === 0) b.put('addi', { rd: through, rs1: through, imm: 1 }); // bit 0 of a target is ignored
  b.put(row.name, { rs1: through });
}

/** A reservation, what `between` puts, and a conditional store. */
export function reserve(b: Builder, between: () => void): void {
  const { random } = b;
  const base = b.base(true);
  const size = random.pick(['w', 'd']);
  b.put(`lr.${size}`, { rd: b.target(), rs1: base, aqrl: random.below(4) });
  for (let n = random.below(3); n > 0; n--) between();
  // Sometimes of another size or elsewhere.
  const other = random.below(8) === 0 ? random.pick(['w', 'd']) : size;
  const at = random.below(10) === 0 ? b.base(true) : base;
  b.put(`sc.${other}`, { rd: b.target(), rs1: at, rs2: b.source(), aqrl: random.below(4) });
}

/** A value and a few steps that narrow, widen and shift it, each from the last: work for folding and for extensions. */
export function chain(b: Builder): void {
  const { random } = b;
  let last = b.target() || 5;
  const kind = random.below(4);
  if (kind === 0)
    b.put('addi', { rd: last, rs1: 0, imm: random.pick([-1, 0, 1, 255, -2048, random.below(4096) - 2048]) });
  else if (kind === 1) {
    b.put('lui', { rd: last, imm: (random.word() & ~0xfff) | 0 });
    if (random.below(2)) b.put('addiw', { rd: last, rs1: last, imm: random.below(4096) - 2048 });
  } else {
    const imm = random.below(64) - 32;
    b.put(random.pick(LOADS), { rd: last, rs1: b.base(false), imm });
  }
  for (let n = 1 + random.below(4); n > 0; n--) {
    const rd = random.below(3) ? last : b.target() || 6;
    const shift = random.pick([1, 8, 16, 24, 31, 32, 32, 48, 56, 63]);
    const other = random.pick([0, last, b.source()]);
    const imm = random.pick([0, 0, 1, -1, 255, 15, -16]);
    const drawn = random.below(6) ? random.pick(CHAIN) : 'sext.w';
    const name = b.allows(drawn) ? drawn : 'sext.w';
    if (name === 'sext.w') {
      b.put('addiw', { rd, rs1: last, imm: 0 });
      last = rd;
      continue;
    }
    b.put(name, {
      rd,
      rs1: last,
      rs2: other,
      imm: /^(s[lr][lra]i|roriw?|b.*i)/.test(name) ? shift % (name.endsWith('w') ? 32 : 64) : imm,
    });
    last = rd;
  }
  b.wrote(last);
}

/** What compilers write, and rewrites look for: pairs of shifts, arithmetic by powers of two, comparisons and branches. */
export function compilers(b: Builder): void {
  const { random } = b;
  const from = b.source();
  const [rd, other] = [b.target() || 5, b.target() || 6];
  switch (random.below(7)) {
    case 0: {
      const count = random.pick([32, 48, 56, 56, 40]);
      b.put('slli', { rd, rs1: from, imm: count });
      b.put(random.pick(['srli', 'srai']), { rd: other, rs1: rd, imm: count });
      break;
    }
    case 1:
      b.put('addi', { rd, rs1: 0, imm: 2 ** random.below(11) });
      b.put(random.pick(['mul', 'mulw', ...DIVISIONS]), { rd: other, rs1: from, rs2: rd });
      break;
    case 2:
      b.put(random.pick(['slt', 'sltu']), { rd, rs1: from, rs2: b.source() });
      b.putForward(random.pick(['beq', 'bne']), { rs1: rd, rs2: 0 });
      break;
    case 3:
      // Counts at the limits of a word.
      b.put('addi', { rd, rs1: 0, imm: random.pick([0, 31, 32, 33, 63, 64, -1]) });
      b.put(random.pick(['sllw', 'srlw', 'srlw', 'sraw', 'sll', 'srl', 'sra']), { rd: other, rs1: from, rs2: rd });
      break;
    case 4:
      // A word as it was loaded, and extended again.
      b.put(random.pick(['lwu', 'lw']), { rd, rs1: b.base(false), imm: random.below(64) - 32 });
      b.put('addiw', { rd: other, rs1: rd, imm: 0 });
      break;
    case 5:
      // Two words, and their sum as one.
      b.put(random.pick(['addw', 'subw', 'mulw']), { rd, rs1: from, rs2: b.source() });
      b.put(random.pick(['addw', 'subw', 'sllw']), { rd: other, rs1: b.source(), rs2: b.source() });
      b.put(random.pick(['addw', 'addw', 'subw']), { rd: b.target() || 7, rs1: rd, rs2: other });
      break;
    default:
      // A comparison into one of the registers that compressed branches take.
      b.put(random.pick(['slti', 'sltiu']), { rd: 10, rs1: from, imm: random.below(64) - 32 });
      b.putForward(random.pick(['c.beqz', 'c.bnez']), { rs1: 10 });
  }
  b.wrote(other);
}

/** Constants and an operation on them, with nothing in between: everything can be computed beforehand. */
export function constants(b: Builder): void {
  const { random } = b;
  const [first, second, rd] = [b.target() || 5, b.target() || 6, b.target() || 7];
  for (const register of [first, second]) {
    if (random.below(2)) {
      const imm = random.pick([-1, 0, 1, 2, 31, 32, 33, 63, -2048, random.below(4096) - 2048]);
      b.put('addi', { rd: register, rs1: 0, imm });
    } else b.put('lui', { rd: register, imm: random.pick([0x7ffff000, -0x80000000, random.word() & ~0xfff]) | 0 });
    if (random.below(4) === 0) b.put('add', { rd: register, rs1: register, rs2: register });
  }
  const name = random.pick(FOLDED);
  const imm = random.pick([0, 1, 16, 31, 32, 32, 33, 63]);
  b.put(name, { rd, rs1: first, rs2: second, imm: name.endsWith('w') ? imm % 32 : imm });
  b.wrote(rd);
}

/** A division at its corners: by zero, by -1, by a power of two; of the least numbers there are, of small negative ones. */
export function division(b: Builder): void {
  const { random } = b;
  const corner = (rd: number): number => {
    switch (random.below(6)) {
      case 0:
        b.put('addi', { rd, rs1: 0, imm: -1 });
        b.put('slli', { rd, rs1: rd, imm: 63 });
        return rd;
      case 1:
        b.put('lui', { rd, imm: -0x80000000 });
        return rd;
      case 2:
        b.put('addi', { rd, rs1: 0, imm: -1 - random.below(100) });
        return rd;
      default:
        return b.source();
    }
  };
  const divisor = random.pick([6, 7, 28]);
  const dividend = corner(random.pick([5, 10, 11]));
  // Pool registers only are written over.
  if (random.below(4))
    b.put('addi', { rd: divisor, rs1: 0, imm: random.pick([0, -1, -1, 2 ** (1 + random.below(10))]) });
  const rd = b.target() || 12;
  b.put(random.pick(DIVISIONS), { rd, rs1: dividend, rs2: divisor });
  b.wrote(rd);
}

/** Accesses to the same place under one name or two, narrower and wider ones in turn. */
export function aliases(b: Builder): void {
  const { random } = b;
  const [base, other] = [b.base(true), b.target() || 5];
  const offset = 8 * (random.below(9) - 4);
  if (random.below(3) === 0) {
    // What is stored is loaded again, extended or not.
    const [store, ...loads] = random.pick([
      ['sw', 'lw', 'lw', 'lwu'],
      ['sd', 'ld'],
      ['sh', 'lh', 'lhu'],
      ['sb', 'lb', 'lbu'],
    ]) as [string, ...string[]];
    b.put(store, { rs1: base, rs2: b.source(), imm: offset });
    b.put(random.pick(loads), { rd: b.target() || 7, rs1: base, imm: offset });
    return;
  }
  const far = random.below(3) === 0 ? random.pick([0x8000, 0x10000, -0x8000]) : 0;
  if (far) {
    // Back again in the displacement of the access alone when it is near.
    b.put('lui', { rd: other, imm: far });
    b.put('add', { rd: other, rs1: other, rs2: base });
    b.put('lui', { rd: 6, imm: -far });
    b.put('add', { rd: other, rs1: other, rs2: 6 });
  } else b.put('addi', { rd: other, rs1: base, imm: offset });
  const at = (wide: boolean) => (wide ? offset : offset + random.below(8));
  b.put('sd', { rs1: base, rs2: b.source(), imm: offset });
  if (random.below(4))
    b.put(random.pick(STORES), { rs1: other, rs2: b.source(), imm: far ? at(false) : random.below(8) });
  const wide = random.below(3) > 0;
  b.put(wide ? 'ld' : random.pick(LOADS), { rd: b.target() || 7, rs1: base, imm: at(wide) });
}

/** A load with a displacement of more bits than instructions of hosts have, from a register moved the other way before. */
export function displacement(b: Builder): void {
  const { random } = b;
  const far = random.pick([0x8000, 0x8000, 0x10000, 0x7fff000, -0x8000]);
  const [moved, sum] = [random.pick([5, 10]), random.pick([6, 11])];
  b.put('lui', { rd: moved, imm: -far });
  b.put('add', { rd: moved, rs1: moved, rs2: random.pick(ALIGNED) });
  b.put('lui', { rd: sum, imm: far });
  b.put('add', { rd: sum, rs1: sum, rs2: moved });
  const imm = random.below(64) - 32;
  if (random.below(4)) b.put(random.pick(LOADS), { rd: b.target() || 7, rs1: sum, imm });
  else b.put(random.pick(STORES), { rs1: sum, rs2: b.source(), imm });
}

/** Accesses that lie on two pages; now and then the second cannot be written, or is not there. */
export function seam(b: Builder): void {
  const { random } = b;
  const register = random.pick(POOL);
  const [page, fails] = random.pick([
    [DATA + 4096, false],
    [DATA + 4096, false],
    [CONSTANT, true],
    [CONSTANT + CONSTANT_SIZE, true],
  ] as const);
  b.put('lui', { rd: register, imm: page });
  for (let n = fails ? 1 : 1 + random.below(3); n > 0; n--) {
    const imm = -random.below(9);
    if (random.below(2)) b.put(random.pick(STORES), { rs1: register, rs2: b.source(), imm });
    else b.put(random.pick(LOADS), { rd: b.target() || 7, rs1: register, imm });
  }
}

/** The data pages are made read-only and writable again (platform-rules.ts), with stores and loads around. */
export function protection(b: Builder): void {
  const { random } = b;
  const base = random.pick(ALIGNED);
  const access = () => {
    const imm = 8 * (random.below(9) - 4);
    if (random.below(2)) b.put(random.pick(STORES), { rs1: base, rs2: b.source(), imm });
    else b.put(random.pick(LOADS), { rd: b.target() || 7, rs1: base, imm });
  };
  access();
  b.put('ecall');
  access();
  if (random.below(4)) b.put('ecall');
  access();
}

/** Roundings: a mode is set, then operands meet whose result lies between two numbers. */
export function rounding(b: Builder): void {
  const { random } = b;
  if (random.below(2)) b.put('csrrwi', { rd: 0, csr: 2, rs1: random.below(5), imm: random.below(5) });
  for (let n = 1 + random.below(3); n > 0; n--) {
    const [first, second] = random.pick(FLOAT_PAIRS);
    const format = random.pick(['d', 'd', 's']);
    const [rd, rm] = [random.pick(FLOATS), random.pick(MODES)];
    const kind = random.below(8);
    if (kind < 4) b.put(`${random.pick(ARITHMETIC)}.${format}`, { rd, rs1: first, rs2: second, rm });
    else if (kind === 4)
      b.put(`${random.pick(FUSED)}.${format}`, { rd, rs1: first, rs2: second, rs3: random.pick(FLOATS), rm });
    else if (kind === 5) b.put(`fsqrt.${format}`, { rd, rs1: first, rm });
    else if (kind === 6) b.put('fcvt.s.d', { rd, rs1: first, rm });
    else b.put(`fcvt.${random.pick(INTEGERS)}.${format}`, { rd: b.target(), rs1: first, rm });
  }
}

/** A number of halves, rounded to an integer. */
export function halves(b: Builder): void {
  const { random } = b;
  const [count, half] = [random.pick([5, 10, 11]), random.pick([6, 7, 12])];
  const [value, scale] = random.pick(FLOAT_PAIRS);
  const isDouble = random.below(3) > 0;
  const format = isDouble ? 'd' : 's';
  b.put('addi', { rd: count, rs1: 0, imm: random.below(64) - 32 });
  b.put(`fcvt.${format}.l`, { rd: value, rs1: count, rm: 0 });
  // 0.5: the sign and exponent of a single, or of a double in its upper half.
  b.put('lui', { rd: half, imm: isDouble ? 0x3fe00000 : 0x3f000000 });
  if (isDouble) b.put('slli', { rd: half, rs1: half, imm: 32 });
  b.put(isDouble ? 'fmv.d.x' : 'fmv.w.x', { rd: scale, rs1: half });
  b.put(`fmul.${format}`, { rd: value, rs1: value, rs2: scale, rm: 0 });
  b.put(`fcvt.${random.pick(INTEGERS)}.${format}`, { rd: b.target() || 13, rs1: value, rm: random.pick(MODES) });
}

/** Stores an instruction, or the upper half of one, over one of this sequence: ahead or in the loop around. */
export function patch(b: Builder, depth: number): void {
  const { random } = b;
  const register = random.pick(POOL);
  const word = encode('addi', { rd: random.pick(POOL), rs1: register, imm: random.below(100) }) | 0;
  const [value, base] = [random.pick([28, 31]), random.pick([13, 14])];
  const half = random.below(3) === 0;
  b.put('lui', { rd: value, imm: ((word + 0x800) & ~0xfff) | 0 });
  b.put('addiw', { rd: value, rs1: value, imm: (word << 20) >> 20 });
  if (half) b.put('srli', { rd: value, rs1: value, imm: 16 });
  const from = b.put('auipc', { rd: base, imm: 0 });
  if (half) b.put('addi', { rd: base, rs1: base, imm: 2 });
  const store = half ? 'sh' : 'sw';
  if (random.below(3) < (depth === 0 ? 3 : 1)) b.putForward(store, { rs1: base, rs2: value }, from);
  else {
    const to = from - random.below(8);
    if (half && b.far === undefined) b.halfRewritten = to;
    b.putBack(store, { rs1: base, rs2: value }, to, from);
  }
}

/** Any row of plain floating-point arithmetic. */
const FLOATING = BY_KIND.plain.filter(({ as }) => /^f[a-z]+\.[sd]/.test(as));

/** Fifty instructions on floating-point registers, rounding modes set and flags read in between. */
export function floats(b: Builder): void {
  const { random } = b;
  for (let n = 0; n < 50; n++) {
    const kind = random.below(20);
    if (kind === 0) b.put('csrrwi', { rd: 0, csr: 2, rs1: random.below(5), imm: random.below(5) });
    else if (kind === 1) b.put('csrrw', { rd: random.pick(POOL), csr: 1, rs1: 0 });
    else b.put1(b.row(FLOATING));
  }
}
