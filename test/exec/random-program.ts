// Random guest programs: a loop of random RV64IMAFDC and bit-manipulation instructions with forward branches, accesses
// around page boundaries and past the end of memory, stores into the page that is running and onto instructions of
// the loop itself. Everything follows from the seed; every program ends.

import type { FieldName } from '../../emulator/guest/riscv64/formats.ts';
import { FIELD_NAMES } from '../../emulator/guest/riscv64/formats.ts';
import { C_ROWS } from '../../emulator/guest/riscv64/rows/c.ts';
import { BASE_ROWS } from '../../emulator/guest/riscv64/rows/index.ts';
import { baseTable, compressedTable } from '../../emulator/guest/riscv64/tables.ts';
import type { Random } from '../guest/random.ts';
import { Asm, encode } from '../support/asm.ts';
import { CALL } from '../support/mini-machine.ts';
import { CODE, DATA, DATA_PAGES, type GuestProgram } from './programs.ts';

/** Registers that random instructions write. x2, x3, x9 point into memory, x4 counts, x16 points at a patched slot. */
const WRITTEN = [5, 6, 7, 8, 10, 11, 12, 13, 14, 15];
const POINTERS = [2, 3, 9];
const COUNTER = 4;
const SLOT = 16;
const WORDS = [18, 19, 20, 21];
/** Which vCPU it is. */
const ID = 22;

const MEMORY = /^(f?[ls][bhwd]u?|amo.*|lr\..|sc\..)$/;
const CONTROL = /^(jal|jalr|b(eq|ne|lt|ge|ltu|geu)|ecall|ebreak|csr.*|sret|mret|wfi|sfence.*|fence.i)$/;

const PLAIN = BASE_ROWS.filter(({ name }) => !MEMORY.test(name) && !CONTROL.test(name)).map(({ name }) => name);
const ACCESSES = BASE_ROWS.filter(({ name }) => MEMORY.test(name)).map(({ name }) => name);
const COMPRESSED = C_ROWS.filter(({ as }) => !CONTROL.test(as)).map(({ name }) => name);

/** An instruction with random fields under the rules above, or undefined when the dice make one that is not allowed. */
function randomWord(random: Random, name: string): number | undefined {
  const compressed = name.startsWith('c.');
  const table = compressed ? compressedTable() : baseTable();
  const index = table.rows.findIndex((row) => row.name === name);
  const memory = MEMORY.test(compressed ? C_ROWS[index]!.as : name);
  const word = table.shape(index, random.bits());
  if (word === undefined) return undefined;
  const values = new Int32Array(FIELD_NAMES.length);
  table.extract(index, word, values);
  const wanted = table.fieldsOf(index);
  const field = (key: FieldName): number => FIELD_NAMES.indexOf(key);
  const has = (key: FieldName): boolean => wanted.has(field(key));
  if (!compressed) {
    if (has('rd')) values[field('rd')] = random.below(12) === 0 ? 0 : random.pick(WRITTEN);
    if (memory) {
      values[field('rs1')] = random.pick(POINTERS);
      if (has('imm')) values[field('imm')] = random.below(48) - 24;
    }
    return table.encode(index, values)! & -1;
  }
  if (has('rd') && ![0, ...WRITTEN].includes(values[field('rd')]!)) return undefined;
  if (memory && !POINTERS.includes(values[field('rs1')]!)) return undefined;
  return word;
}

/** The words put onto the patched slot: harmless ones, and a jump that changes the shape of its block. */
function patchWords(random: Random): number[] {
  const rd = random.pick(WRITTEN);
  return [
    encode('addi', { rd, rs1: rd, imm: random.below(100) }),
    encode('xori', { rd, rs1: random.pick(WRITTEN), imm: -1 }),
    encode('jal', { rd: 0, imm: 8 }),
    encode('ld', { rd, rs1: 9, imm: 8 }),
  ];
}

/**
 * With `crowd`, so many more vCPUs run the same loop over the same memory, wait and give up turns at random; the run ends
 * with the first one. With `onFault` 'handler', faults go through code of the guest.
 */
export interface RandomOptions {
  readonly crowd?: number;
  readonly onFault?: 'skip' | 'handler';
}

export function randomProgram(random: Random, items: number, options: RandomOptions = {}): GuestProgram {
  const { crowd = 0, onFault = 'skip' } = options;
  const a = new Asm(CODE);
  for (let n = 1; n <= crowd; n++) a.la(10, 'work').li(11, n).ecall(CALL.addCpu);
  if (crowd > 0) a.li(10, 0).label('work').imm('addi', ID, 10, 0);
  // The loop straddles the end of a page as often as not.
  const start = random.below(2) ? CODE + 64 : CODE + 4096 - 8 * random.below(items);
  a.li(2, DATA + 4096)
    .la(3, 'scratch')
    .li(9, DATA + DATA_PAGES * 4096 - 16)
    .la(SLOT, 'slot');
  for (const [i, word] of patchWords(random).entries()) a.li(WORDS[i]!, word | 0);
  for (const rd of WRITTEN) a.li(rd, random.bits());
  a.li(COUNTER, 4 + random.below(20)).jal(0, 'loop');
  a.org(Math.max(start & ~1, a.here)).label('loop');
  const slotAt = random.below(items);
  for (let i = 0; i < items; i++) {
    a.label(`i${i}`);
    if (i === slotAt) {
      // Four words long whatever is in it, so that a jump over one instruction lands on one.
      a.label('slot').imm('addi', 0, 0, 0).imm('addi', 8, 8, 1).imm('addi', 5, 5, 1);
      continue;
    }
    const kind = random.below(20);
    const rs1 = random.pick(WRITTEN);
    const rs2 = random.pick(WRITTEN);
    const target = `i${Math.min(items, i + 1 + random.below(5))}`;
    if (kind < 2) a.branch(random.pick(['beq', 'bne', 'blt', 'bge', 'bltu', 'bgeu']), rs1, rs2, target);
    else if (kind === 2 && random.below(2)) a.jal(random.pick([0, 1]), target);
    else if (kind === 3 && random.below(3) === 0) a.la(1, target).i('jalr', { rd: 0, rs1: 1, imm: 0 });
    else if (kind === 3 && random.below(4) === 0) a.word(random.pick([0, encode('fence.i', {}), encode('ecall', {})]));
    else if (kind === 3 && crowd > 0)
      a.li(10, random.below(400)).ecall(random.pick([CALL.wait, CALL.yield, CALL.note]));
    else if (kind === 4) a.store('sw', random.pick(WORDS), SLOT, random.below(6) === 0 ? 4 * random.below(2) : 0);
    else if (kind < 12) emit(a, random, ACCESSES);
    else if (kind < 15) emit(a, random, COMPRESSED);
    else emit(a, random, PLAIN);
  }
  a.label(`i${items}`).imm('addi', COUNTER, COUNTER, -1).branch('beq', COUNTER, 0, 'out').jal(0, 'loop');
  a.label('out');
  // The others wait for the end.
  if (crowd > 0) a.branch('beq', ID, 0, 'end').label('rest').li(10, 1000).ecall(CALL.wait).jal(0, 'rest').label('end');
  a.ecall(CALL.exit);
  if (onFault === 'handler')
    a.label('handler').imm('addi', 23, 23, 1).imm('addi', 31, 31, 4).i('jalr', { rd: 0, rs1: 31, imm: 0 });
  a.org((a.here + 32) & ~7)
    .label('scratch')
    .data(...new Array<number>(32).fill(0));
  const code = a.finish();
  return { name: 'random', code, onFault, handler: onFault === 'handler' ? a.addressOf('handler') : 0 };
}

function emit(a: Asm, random: Random, names: readonly string[]): void {
  for (;;) {
    const word = randomWord(random, random.pick(names));
    if (word === undefined) continue;
    a.word(word);
    return;
  }
}
