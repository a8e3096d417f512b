// Guests for tests of the command line, assembled here: they need no compiler.

import { Asm, R } from '../support/asm.ts';
import { CODE, makeElf } from '../user/make-elf.ts';

const ENTRY = CODE + 0x200;
const { a0 = 0, a1 = 0, a2 = 0, sp = 0, zero = 0 } = R;

function program(make: (a: Asm) => Asm): Uint8Array {
  const elf = makeElf();
  elf.set(make(new Asm(ENTRY)).finish(), 0x200);
  return elf;
}

/** Writes what it reads, until the end; exit code 7. */
export const CAT: Uint8Array = program((a) =>
  a
    .label('again')
    .imm('addi', a0, zero, 0)
    .imm('addi', a1, sp, -128)
    .imm('addi', a2, zero, 64)
    .ecall(63)
    .branch('bge', zero, a0, 'end')
    .imm('addi', a2, a0, 0)
    .imm('addi', a0, zero, 1)
    .imm('addi', a1, sp, -128)
    .ecall(64)
    .jal(zero, 'again')
    .label('end')
    .imm('addi', a0, zero, 7)
    .ecall(93),
);

/** Loads from nowhere. */
export const WILD: Uint8Array = program((a) => a.load('ld', a0, zero, 8));

/** Never ends. */
export const LOOP: Uint8Array = program((a) => a.label('again').imm('addi', a0, a0, 1).jal(zero, 'again'));

/** Writes `flood` and a line feed for ever. */
export const FLOOD: Uint8Array = program((a) =>
  a
    .la(a1, 'text')
    .imm('addi', a2, zero, 6)
    .label('again')
    .imm('addi', a0, zero, 1)
    .ecall(64)
    .jal(zero, 'again')
    .label('text')
    .data(...new TextEncoder().encode('flood\n')),
);
