// Guest programs for the tests of exec: small, each hunting one way in which translated code can go wrong. All run in
// the same place: code at CODE, data at DATA (two pages and then nothing), and end by the exit call.

import { Asm, encode } from '../support/asm.ts';
import type { Mini, OnFault } from '../support/mini-machine.ts';
import { CALL } from '../support/mini-machine.ts';

export const CODE = 0x10000;
export const CODE_PAGES = 4;
export const DATA = 0x40000;
export const DATA_PAGES = 2;
/** A page that nothing is mapped in. */
export const NOWHERE = 0x70000;

export interface GuestProgram {
  readonly name: string;
  readonly code: Uint8Array;
  readonly onFault: OnFault;
  readonly handler?: number;
  /** Protection of the code pages (default all). */
  readonly codeProt?: number;
}

/** Maps the program into an empty machine and points its vCPU at it. */
export function load(mini: Mini, program: GuestProgram): void {
  const { memory, cpu, platform } = mini;
  memory.map(CODE, CODE_PAGES * 4096, program.codeProt ?? 7);
  memory.map(DATA, DATA_PAGES * 4096, 3);
  memory.poke(CODE, program.code);
  const data = new Uint8Array(DATA_PAGES * 4096);
  for (let i = 0; i < data.length; i++) data[i] = (i * 37 + (i >> 8)) & 255;
  memory.poke(DATA, data);
  cpu.pc = CODE;
  cpu.writeNumber(16 + 2, DATA + 4096);
  platform.onFault = program.onFault;
  platform.handler = program.handler ?? 0;
}

type Make = (a: Asm) => void;

function program(name: string, onFault: OnFault, make: Make): GuestProgram {
  const a = new Asm(CODE);
  make(a);
  const code = a.finish();
  let handler = 0;
  if (onFault === 'handler') handler = a.addressOf('handler');
  return { name, code, onFault, handler };
}

const T0 = 5;
const T1 = 6;
const T2 = 7;
const S0 = 8;
const S1 = 9;
const A0 = 10;
const A1 = 11;
const A2 = 12;
const A3 = 13;
const T6 = 31;

export const PROGRAMS: readonly GuestProgram[] = [
  program('nested loops and calls', 'exit', (a) => {
    a.li(S0, 12).label('outer').li(S1, 5);
    a.label('inner').jal(1, 'mix');
    a.imm('addi', S1, S1, -1).branch('bne', S1, 0, 'inner');
    a.imm('addi', S0, S0, -1).branch('blt', 0, S0, 'outer');
    a.imm('addi', 17, 0, CALL.note).i('ecall');
    a.ecall(CALL.exit);
    a.label('mix').op('add', A0, A0, S0).op('xor', A0, A0, S1).op('mul', A1, A0, S0);
    a.imm('srai', A2, A1, 3).op('sub', A3, A2, A0);
    a.branch('bltu', A0, A1, 'low').imm('addi', A0, A0, 7);
    a.label('low').i('jalr', { rd: 0, rs1: 1, imm: 0 });
  }),
  program('loads and stores of every size', 'exit', (a) => {
    a.li(S0, DATA).li(T0, 40);
    a.label('loop').load('lb', A0, S0, 3).load('lbu', A1, S0, 5).load('lh', A2, S0, 6).load('lhu', A3, S0, 8);
    a.load('lw', T1, S0, 12).load('lwu', T2, S0, 16).load('ld', S1, S0, 24);
    a.op('add', A0, A0, A1).op('add', A2, A2, A3).op('xor', T1, T1, T2).op('add', S1, S1, A0);
    a.store('sb', A0, S0, 1).store('sh', A2, S0, 2).store('sw', T1, S0, 4).store('sd', S1, S0, 32);
    a.i('amoadd.w', { rd: A1, rs1: S0, rs2: T1 }).i('amoswap.d', { rd: A2, rs1: S0, rs2: S1 });
    a.imm('addi', S0, S0, 40).imm('addi', T0, T0, -1).branch('bne', T0, 0, 'loop');
    a.ecall(CALL.exit);
  }),
  program('misaligned and page-crossing', 'exit', (a) => {
    a.li(S0, DATA + 4096 - 12).li(T0, 24);
    a.label('loop').load('ld', A0, S0, 0).load('lw', A1, S0, 1).load('lhu', A2, S0, 3);
    a.imm('addi', A0, A0, 77).store('sd', A0, S0, 3).store('sw', A1, S0, 5).store('sh', A2, S0, 7);
    a.op('add', A3, A3, A0).op('add', A3, A3, A1);
    a.imm('addi', S0, S0, 1).imm('addi', T0, T0, -1).branch('bne', T0, 0, 'loop');
    a.ecall(CALL.exit);
  }),
  program('faults skipped in the middle of blocks', 'skip', (a) => {
    a.li(S0, NOWHERE)
      .li(S1, DATA + DATA_PAGES * 4096 - 4)
      .li(T0, 9);
    a.label('loop').imm('addi', A0, A0, 1).load('ld', A1, S0, 8).imm('addi', A0, A0, 2);
    // The second half of this one lies on a page that is not there.
    a.load('ld', A2, S1, 0).imm('addi', A0, A0, 3).store('sd', A0, S1, 0).op('add', A3, A3, A0);
    a.i('amoadd.d', { rd: A1, rs1: S0, rs2: A0 })
      .i('lr.w', { rd: A2, rs1: S1 })
      .i('sc.w', { rd: T1, rs1: S1, rs2: A0 });
    a.imm('addi', S1, S1, 2).i('amoadd.w', { rd: T2, rs1: S1, rs2: A0 }).imm('addi', S1, S1, -2);
    a.word(0).imm('addi', T0, T0, -1).branch('bne', T0, 0, 'loop');
    a.ecall(CALL.exit);
  }),
  program('faults with a handler', 'handler', (a) => {
    a.li(S0, NOWHERE).li(S1, DATA).li(T0, 7);
    a.label('loop').imm('addi', A0, A0, 1).load('lw', A1, S0, 0).imm('addi', A0, A0, 1).store('sw', A0, S1, 0);
    a.store('sw', A0, S0, 4).load('lw', A2, S1, 0).op('add', A3, A3, A2);
    a.imm('addi', T0, T0, -1).branch('bne', T0, 0, 'loop').ecall(CALL.exit);
    a.label('handler').imm('addi', T2, T2, 1).store('sd', 30, S1, 64).imm('addi', T6, T6, 4);
    a.i('jalr', { rd: 0, rs1: T6, imm: 0 });
  }),
  program('code patched with fence.i', 'exit', (a) => {
    a.la(S0, 'patched').li(T0, 30).la(S1, 'words');
    a.label('loop').imm('andi', T1, T0, 1).imm('slli', T1, T1, 2).op('add', T1, T1, S1).load('lw', T2, T1, 0);
    a.store('sw', T2, S0, 0).i('fence.i', {});
    a.jal(1, 'patched').imm('addi', T0, T0, -1).branch('bne', T0, 0, 'loop');
    a.ecall(CALL.exit);
    a.label('words').data(...bytesOf(encode('addi', { rd: A0, rs1: A0, imm: 1 })));
    a.data(...bytesOf(encode('addi', { rd: A1, rs1: A1, imm: 3 })));
    a.label('patched').imm('addi', A0, A0, 0).op('add', A2, A2, A0).i('jalr', { rd: 0, rs1: 1, imm: 0 });
  }),
  program('code patched without fence.i', 'exit', (a) => {
    a.la(S0, 'patched').li(T0, 40).la(S1, 'words');
    a.label('loop').imm('andi', T1, T0, 3).imm('slli', T1, T1, 2).op('add', T1, T1, S1).load('lw', T2, T1, 0);
    a.store('sw', T2, S0, 0);
    a.jal(1, 'patched').imm('addi', T0, T0, -1).branch('bne', T0, 0, 'loop');
    a.ecall(CALL.exit);
    a.label('words');
    for (const imm of [1, 2, 4, 8]) a.data(...bytesOf(encode('addi', { rd: A0, rs1: A0, imm })));
    a.label('patched').imm('addi', A0, A0, 0).op('add', A2, A2, A0).i('jalr', { rd: 0, rs1: 1, imm: 0 });
  }),
  program('stores into the running block', 'exit', (a) => {
    a.la(S0, 'here').li(T0, 25).la(S1, 'words');
    a.label('loop').imm('andi', T1, T0, 3).imm('slli', T1, T1, 2).op('add', T1, T1, S1).load('lw', T2, T1, 0);
    a.imm('addi', A3, A3, 1).store('sw', T2, S0, 0).imm('addi', A3, A3, 2);
    a.label('here').imm('addi', A0, A0, 0).op('add', A2, A2, A0);
    // Back over what has just run, in the same block.
    a.store('sw', T2, S0, -4).imm('addi', A3, A3, 2);
    a.i('amoswap.w', { rd: A1, rs1: S0, rs2: T2 });
    a.imm('addi', T0, T0, -1).branch('bne', T0, 0, 'loop').ecall(CALL.exit);
    a.label('words');
    for (const imm of [1, 2, 4]) a.data(...bytesOf(encode('addi', { rd: A0, rs1: A0, imm })));
    // A jump forward over one instruction: the block changes its shape.
    a.data(...bytesOf(encode('jal', { rd: 0, imm: 8 })));
  }),
  program('code across two pages', 'exit', (a) => {
    a.li(T0, 20).jal(0, 'far');
    a.org(CODE + 4096 - 18)
      .label('far')
      .imm('addi', A0, A0, 1)
      .i('c.addi', { rd: A1, rs1: A1, imm: 3 });
    a.op('add', A2, A2, A0).op('xor', A3, A3, A2);
    // This word lies on both pages.
    a.imm('addi', A1, A1, 5).op('add', A3, A3, A1).imm('addi', T0, T0, -1).branch('bne', T0, 0, 'far');
    a.la(S0, 'tail').load('lw', T1, S0, 0).store('sw', T1, S0, 0).label('tail').imm('addi', A0, A0, 9);
    a.ecall(CALL.exit);
  }),
  program('jumps to where nothing is', 'handler', (a) => {
    a.li(S0, NOWHERE).li(T0, 5);
    a.label('loop').la(1, 'back').i('jalr', { rd: 0, rs1: S0, imm: 0 });
    a.label('back').imm('addi', T0, T0, -1).branch('bne', T0, 0, 'loop').ecall(CALL.exit);
    a.label('handler').imm('addi', A0, A0, 1).i('jalr', { rd: 0, rs1: 1, imm: 0 });
  }),
  program('mappings changed between accesses', 'handler', (a) => {
    a.li(S0, 0x60000).li(T0, 6).li(S1, DATA);
    a.label('loop').imm('addi', A0, S0, 0).li(A1, 4096).li(A2, 3).ecall(CALL.map);
    a.store('sd', T0, S0, 8).load('ld', A3, S0, 8);
    a.imm('addi', A0, S0, 0).li(A1, 4096).li(A2, 1).ecall(CALL.protect);
    a.load('ld', T1, S0, 8).store('sd', T1, S0, 16);
    a.imm('addi', A0, S0, 0).li(A1, 4096).ecall(CALL.unmap);
    a.load('ld', T2, S0, 8).op('add', A3, A3, T1).store('sd', A3, S1, 0);
    a.imm('addi', T0, T0, -1).branch('bne', T0, 0, 'loop').ecall(CALL.exit);
    a.label('handler').store('sd', T6, S1, 8).store('sd', 30, S1, 16).imm('addi', T6, T6, 4);
    a.i('jalr', { rd: 0, rs1: T6, imm: 0 });
  }),
];

export function bytesOf(word: number): number[] {
  return [word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24];
}
