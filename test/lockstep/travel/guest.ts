// A guest of two threads that reads its standard input: one adds bytes up and prints each in capitals, the other counts
// in memory meanwhile. Every kind of write to registers and memory that a search looks for occurs in it.

import { smallElf, smallElfEntry } from '../../../emulator/plugin/small-elf.ts';
import { Asm } from '../../support/asm.ts';

const CALL = { read: 63, write: 64, exitGroup: 94, clone: 220, mmap: 222 } as const;
/** VM, FS, FILES, SIGHAND, THREAD, SYSVSEM. */
const CLONE_FLAGS = 0x50f00;

export interface Guest {
  readonly program: Uint8Array;
  readonly input: Uint8Array;
  addressOf(label: string): number;
}

export function threadsGuest(text: string): Guest {
  const asm = new Asm(smallElfEntry);
  const [zero, t0, t1, s0, s1, a0, a1, a2, a3, a4, s2] = [0, 5, 6, 8, 9, 10, 11, 12, 13, 14, 18] as const;
  asm.la(s0, 'sum').la(s2, 'counter');
  asm.li(a0, CLONE_FLAGS).la(a1, 'stack');
  for (const register of [a2, a3, a4]) asm.imm('addi', register, zero, 0);
  asm.ecall(CALL.clone).branch('beq', a0, zero, 'child');
  asm.label('loop').imm('addi', a0, zero, 0).la(a1, 'buffer').imm('addi', a2, zero, 1).ecall(CALL.read);
  asm.label('got').branch('beq', a0, zero, 'done');
  asm.la(t0, 'buffer').load('lbu', t1, t0).load('ld', s1, s0);
  asm.op('add', s1, s1, t1).label('store').store('sd', s1, s0);
  asm.imm('andi', t1, t1, 0xdf).store('sb', t1, t0);
  // Long enough for turns to end in the middle.
  asm.li(s1, 3000).label('spin').imm('addi', s1, s1, -1).branch('bne', s1, zero, 'spin');
  asm.imm('addi', a0, zero, 1).la(a1, 'buffer').imm('addi', a2, zero, 1).ecall(CALL.write).jal(zero, 'loop');
  asm.label('done').load('lbu', a0, s0).ecall(CALL.exitGroup);
  asm.label('child').imm('addi', t1, zero, 1);
  asm.label('count').i('amoadd.d', { rd: t0, rs1: s2, rs2: t1 }).op('add', t0, t0, t1).jal(zero, 'count');
  while (asm.here % 16) asm.data(0);
  asm.label('sum').data(...new Array(8).fill(0));
  asm.label('counter').data(...new Array(8).fill(0));
  asm.label('buffer').data(...new Array(16).fill(0));
  for (let i = 0; i < 64; i++) asm.data(0);
  asm.label('stack').data(0);
  return {
    program: smallElf(words(asm.finish())),
    input: new TextEncoder().encode(text),
    addressOf: (label) => asm.addressOf(label),
  };
}

/**
 * Writes a register and a word, counts down for 2 * `rounds` instructions, and then does what mutant:fold gets wrong: at the
 * label `wrong`. After that it counts down once more.
 */
export function lateGuest(rounds: number): Guest {
  const asm = new Asm(smallElfEntry);
  const [zero, t0, t1, s0, a0, a3, a5] = [0, 5, 6, 8, 10, 13, 15] as const;
  const count = (label: string) =>
    asm.li(t0, rounds).label(label).imm('addi', t0, t0, -1).branch('bne', t0, zero, label);
  asm.imm('addi', t1, zero, 77).la(s0, 'word').label('store').store('sd', t1, s0);
  count('first').imm('addi', a3, zero, -1).label('wrong').imm('srli', a3, a3, 32).op('and', a5, a3, a0);
  count('second').imm('addi', a0, zero, 3).ecall(CALL.exitGroup);
  while (asm.here % 8) asm.data(0);
  asm.label('word').data(...new Array(8).fill(0));
  return {
    program: smallElf(words(asm.finish())),
    input: new Uint8Array(0),
    addressOf: (label) => asm.addressOf(label),
  };
}

/** Writes a word of each of `pages` pages, over and over, another one each time. */
export function wideGuest(pages: number, rounds: number): Guest {
  const asm = new Asm(smallElfEntry);
  const [zero, t0, t1, s0, s1, a0, a1, a2, a3, a4, a5] = [0, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const;
  asm
    .imm('addi', a0, zero, 0)
    .li(a1, pages * 4096)
    .imm('addi', a2, zero, 3)
    .imm('addi', a3, zero, 0x22);
  asm.imm('addi', a4, zero, -1).imm('addi', a5, zero, 0).ecall(CALL.mmap).imm('addi', s0, a0, 0);
  asm.li(s1, rounds).li(a2, 4096);
  asm.label('round').imm('addi', t0, s0, 0).li(t1, pages);
  asm.label('page').store('sd', s1, t0).op('add', t0, t0, a2).imm('addi', t1, t1, -1).branch('bne', t1, zero, 'page');
  asm.imm('addi', s1, s1, -1).branch('bne', s1, zero, 'round').imm('addi', a0, zero, 0).ecall(CALL.exitGroup);
  return {
    program: smallElf(words(asm.finish())),
    input: new Uint8Array(0),
    addressOf: (label) => asm.addressOf(label),
  };
}

/** The same bytes as instructions of 16 and 32 bits. */
function words(bytes: Uint8Array): number[] {
  const padded = new Uint8Array(bytes.length + 4);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  const out: number[] = [];
  for (let at = 0; at < bytes.length; at += (out.at(-1)! & 3) === 3 ? 4 : 2)
    out.push((view.getUint16(at, true) & 3) === 3 ? view.getUint32(at, true) : view.getUint16(at, true));
  return out;
}
