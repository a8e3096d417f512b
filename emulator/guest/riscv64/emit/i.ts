// Meaning of the base integer instructions (rows/i.ts). Unprivileged ISA, chapters 2 and 5.

import type { CondName } from '../../../ir/op.ts';
import { MEM_SIGN, Op } from '../../../ir/op.ts';
import { EXIT_SYSTEM, SLOT_PC } from '../../../memory/layout.ts';
import { X } from '../registers.ts';
import type { I_ROWS } from '../rows/i.ts';
import type { Emit, Emitters } from './emitter.ts';
import { binary, binaryImm, binaryWord, unary, x, xOut } from './emitter.ts';

const nop: Emit = () => {};

/** The platform does the instruction, pc included. */
export const system: Emit = (ctx) => {
  ctx.b.exit(EXIT_SYSTEM, ctx.word);
  ctx.ended = true;
};

const addi: Emit = ({ b }, f) => {
  if (f.rd === 0) return;
  if (f.rs1 === 0) b.mov(X(f.rd), b.imm(f.imm));
  else if (f.imm === 0) b.mov(X(f.rd), X(f.rs1));
  else b.binary(Op.add, X(f.rs1), b.imm(f.imm), X(f.rd));
};

const addiw: Emit = ({ b }, f) => {
  if (f.rd === 0) return;
  const sum = f.imm === 0 ? x(b, f.rs1) : b.binary(Op.add, x(b, f.rs1), b.imm(f.imm));
  b.unary(Op.ext32s, sum, X(f.rd));
};

const xori: Emit = (ctx, f) => (f.imm === -1 ? complement : xorImm)(ctx, f);
const complement = unary(Op.not);
const xorImm = binaryImm(Op.xor);

const sub: Emit = (ctx, f) => {
  const { b } = ctx;
  if (f.rs1 !== 0) difference(ctx, f);
  else if (f.rd !== 0) b.unary(Op.neg, x(b, f.rs2), X(f.rd));
};
const difference = binary(Op.sub);

const setImm =
  (cond: CondName): Emit =>
  ({ b }, f) => {
    if (f.rd !== 0) b.setcond(cond, x(b, f.rs1), b.imm(f.imm), X(f.rd));
  };

const set =
  (cond: CondName): Emit =>
  ({ b }, f) => {
    if (f.rd !== 0) b.setcond(cond, x(b, f.rs1), x(b, f.rs2), X(f.rd));
  };

// A 32-bit shift takes five bits of count. Right shifts extend the source first and need no extension after, except
// that a logical one may leave bit 31 set.
const shiftWord =
  (op: number, extend: number | undefined, extendResult: boolean, immediate: boolean): Emit =>
  ({ b }, f) => {
    if (f.rd === 0) return;
    const count = immediate ? b.imm(f.imm) : b.binary(Op.and, x(b, f.rs2), b.imm(31));
    const source = extend === undefined ? x(b, f.rs1) : b.unary(extend, x(b, f.rs1));
    if (extendResult) b.unary(Op.ext32s, b.binary(op, source, count), X(f.rd));
    else b.binary(op, source, count, X(f.rd));
  };

const branch =
  (cond: CondName): Emit =>
  (ctx, f) => {
    const { b } = ctx;
    const taken = b.newLabel();
    b.brcond(cond, x(b, f.rs1), x(b, f.rs2), taken);
    b.gotoTb(0, ctx.nextPc);
    b.label(taken);
    b.gotoTb(1, ctx.pc + f.imm);
    ctx.ended = true;
  };

const jal: Emit = (ctx, f) => {
  const { b } = ctx;
  if (f.rd !== 0) b.mov(X(f.rd), b.addr(ctx.nextPc));
  b.gotoTb(0, ctx.pc + f.imm);
  ctx.ended = true;
};

// The target is computed before rd is written: they may be the same register.
const jalr: Emit = (ctx, f) => {
  const { b } = ctx;
  const sum = f.imm === 0 ? x(b, f.rs1) : b.binary(Op.add, x(b, f.rs1), b.imm(f.imm));
  const target = b.binary(Op.and, sum, b.imm(-2));
  if (f.rd !== 0) b.mov(X(f.rd), b.addr(ctx.nextPc));
  b.mov(SLOT_PC, target);
  b.gotoPtr();
  ctx.ended = true;
};

// A load into x0 still accesses memory.
const load =
  (memop: number): Emit =>
  ({ b }, f) => {
    b.load(memop, x(b, f.rs1), f.imm, xOut(b, f.rd));
  };

const store =
  (memop: number): Emit =>
  ({ b }, f) => {
    b.store(memop, x(b, f.rs1), f.imm, x(b, f.rs2));
  };

export const I_EMITTERS: Emitters<typeof I_ROWS> = {
  lui: ({ b }, f) => {
    if (f.rd !== 0) b.mov(X(f.rd), b.imm(f.imm));
  },
  auipc: (ctx, f) => {
    if (f.rd !== 0) ctx.b.mov(X(f.rd), ctx.b.addr(ctx.pc + f.imm));
  },
  addi,
  slti: setImm('lt'),
  sltiu: setImm('ltu'),
  xori,
  ori: binaryImm(Op.or),
  andi: binaryImm(Op.and),
  slli: binaryImm(Op.shl),
  srli: binaryImm(Op.shr),
  srai: binaryImm(Op.sar),
  add: binary(Op.add),
  sub,
  sll: binary(Op.shl),
  slt: set('lt'),
  sltu: set('ltu'),
  xor: binary(Op.xor),
  srl: binary(Op.shr),
  sra: binary(Op.sar),
  or: binary(Op.or),
  and: binary(Op.and),

  jal,
  jalr,
  beq: branch('eq'),
  bne: branch('ne'),
  blt: branch('lt'),
  bge: branch('ge'),
  bltu: branch('ltu'),
  bgeu: branch('geu'),

  lb: load(0 | MEM_SIGN),
  lh: load(1 | MEM_SIGN),
  lw: load(2 | MEM_SIGN),
  lbu: load(0),
  lhu: load(1),
  sb: store(0),
  sh: store(1),
  sw: store(2),

  // vCPUs take turns, so memory is sequentially consistent as it is.
  fence: nop,
  'fence.tso': nop,
  pause: nop,
  ecall: system,
  ebreak: system,

  addiw,
  slliw: shiftWord(Op.shl, undefined, true, true),
  srliw: shiftWord(Op.shr, Op.ext32u, true, true),
  sraiw: shiftWord(Op.sar, Op.ext32s, false, true),
  addw: binaryWord(Op.add),
  subw: binaryWord(Op.sub),
  sllw: shiftWord(Op.shl, undefined, true, false),
  srlw: shiftWord(Op.shr, Op.ext32u, true, false),
  sraw: shiftWord(Op.sar, Op.ext32s, false, false),

  lwu: load(2),
  ld: load(3),
  sd: store(3),
};
