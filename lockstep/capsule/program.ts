// A capsule as a program of its own: an ELF executable that sets memory and registers up as they are at the entry, runs the
// block, and ends. Made without a compiler; `source` is the same for people and for theirs. Pure.

import { hex, UsageError } from '../../emulator/index.ts';
import { bytesOf, disassembled, encode, STATE_PAGE, wordsAt } from '../../emulator/sequence/index.ts';
import type { Capsule } from './format.ts';

const INTEGERS =
  'zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6'.split(' ');
const FLOATS = (
  'ft0 ft1 ft2 ft3 ft4 ft5 ft6 ft7 fs0 fs1 fa0 fa1 fa2 fa3 fa4 fa5 fa6 fa7 fs2 fs3 fs4 fs5 fs6 fs7 fs8 fs9 fs10 fs11 ' +
  'ft8 ft9 ft10 ft11'
).split(' ');
const [ZERO, SP, T0, T1] = [0, 2, 5, 6];
const CSR_FCSR = 3;
const CSR_MSTATUS = 0x300;
const CSR_MEPC = 0x341;
const CSR_PMPCFG0 = 0x3a0;
const CSR_PMPADDR0 = 0x3b0;
const [MIE, MPIE, MPP, MPP_SHIFT] = [1n << 3n, 1n << 7n, 3n << 11n, 11n];
/** A PMP entry that lets the levels below do everything: a naturally aligned region as large as all addresses. */
const [ANY_ADDRESS, ANY_ACCESS] = [(1n << 54n) - 1n, 0x1fn];
/** Where a board begins, whatever the file says: there stands a jump to the beginning. */
const BOOT = 0x80000000;
/** The device of the board that ends a run, and the word that means success. */
const [FINISHER, PASS] = [0x100000n, 0x5555n];
const MACHINE_LEVEL = 3n;
/** How far a direct jump reaches. */
const REACH = 1 << 20;
const WORD = 8;
const RISCV = 243;
const GNU_ABI = 3;
const [HEADER, PROGRAM_HEADER] = [64, 56];

export interface CapsuleProgram {
  readonly elf: Uint8Array;
  /** Assembler source of it, with the command that assembles it. */
  readonly source: string;
  /** Where the block lies that is wrong. */
  readonly pc: number;
}

/** The words that put a value into a register, as assemblers do. */
export function loadImmediate(rd: number, value: bigint): number[] {
  const signed = BigInt.asIntN(64, value);
  const low = Number(BigInt.asIntN(12, signed));
  if (BigInt.asIntN(32, signed) === signed) {
    const high = Number(BigInt.asIntN(32, signed - BigInt(low)));
    if (high === 0) return [encode('addi', { rd, rs1: ZERO, imm: low })];
    const lui = encode('lui', { rd, imm: high });
    return low === 0 ? [lui] : [lui, encode('addiw', { rd, rs1: rd, imm: low })];
  }
  let rest = (signed - BigInt(low)) >> 12n;
  let shift = 12;
  for (; (rest & 1n) === 0n; rest >>= 1n) shift++;
  const words = [...loadImmediate(rd, rest), encode('slli', { rd, rs1: rd, imm: shift })];
  return low === 0 ? words : [...words, encode('addi', { rd, rs1: rd, imm: low })];
}

/** `wrong`: registers in which it shows. Throws a UsageError where there is no room for a program around the block. */
export function capsuleProgram(
  { state, insns, origin }: Capsule,
  name: string,
  wrong: readonly string[],
): CapsuleProgram {
  const { registers, userMode } = state;
  const pc = Number(registers.get('pc') ?? 0n);
  const block = wordsAt(state, insns);
  const end = pc + block.reduce((sum, word) => sum + bytesOf(word).length, 0);
  // Below M-mode, where no program begins, the block is returned to.
  const level = userMode ? MACHINE_LEVEL : (registers.get('priv') ?? MACHINE_LEVEL);
  const isBelow = level !== MACHINE_LEVEL;
  const setup = [...(isBelow ? returnTo(registers, level, pc) : []), ...setupOf(registers, userMode, isBelow)];
  const bytes = setup.length * 4 + 4;
  const start = placeFor(bytes, pc, [...state.pages.keys()]);
  const enter = isBelow ? encode('mret', {}) : encode('jal', { rd: ZERO, imm: pc - (start + 4 * setup.length) });
  const setups = [...setup, enter];
  // A block of its own, so that it overwrites nothing of what is to be seen at the end of the one before.
  const ending = [encode('jal', { rd: ZERO, imm: 4 }), ...endingOf(userMode, wrong)];

  const pages = new Map([...state.pages].map(([address, content]) => [address, content.slice()]));
  put(pages, start, setups);
  put(pages, end, ending);
  const boot = userMode ? [] : bootTo(start);
  if (boot.length > 0 && pc < BOOT + 4 * boot.length && end + 4 * ending.length > BOOT)
    throw new UsageError('the block lies where a board begins', 'Give the small capsule itself: shrink --output FILE.');
  put(pages, BOOT, boot);
  return {
    elf: elfOf(pages, userMode ? start : BOOT, userMode),
    source: sourceOf({ state, insns, origin }, { name, start, pc, pages, setups, ending, boot }),
    pc,
  };
}

/** So that an `mret` goes on at `pc` on that level, with interrupts as they are there. */
function returnTo(registers: ReadonlyMap<string, bigint>, level: bigint, pc: number): number[] {
  const there = registers.get('mstatus') ?? 0n;
  const mstatus = (there & ~(MIE | MPIE | MPP)) | (level << MPP_SHIFT) | (there & MIE ? MPIE : 0n);
  const csrs: readonly (readonly [number, bigint])[] = [
    [CSR_PMPADDR0, ANY_ADDRESS],
    [CSR_PMPCFG0, ANY_ACCESS],
    [CSR_MEPC, BigInt(pc)],
    [CSR_MSTATUS, mstatus],
  ];
  return csrs.flatMap(([csr, value]) => [...loadImmediate(T0, value), csrWrite(csr)]);
}

function setupOf(registers: ReadonlyMap<string, bigint>, isProcess: boolean, isBelow: boolean): number[] {
  const value = (name: string) => registers.get(name) ?? 0n;
  const fcsr = value('fflags') | (value('frm') << 5n);
  return [
    ...(isProcess || isBelow ? [] : [...loadImmediate(T0, value('mstatus')), csrWrite(CSR_MSTATUS)]),
    ...FLOATS.flatMap((name, n) =>
      value(name) === 0n ? [] : [...loadImmediate(T0, value(name)), encode('fmv.d.x', { rd: n, rs1: T0 })],
    ),
    ...(fcsr === 0n ? [] : [...loadImmediate(T0, fcsr), csrWrite(CSR_FCSR)]),
    // Of a process all are zero at the start but the stack pointer; of a board none is known.
    ...INTEGERS.flatMap((name, n) =>
      n === ZERO || (isProcess && n !== SP && n !== T0 && value(name) === 0n) ? [] : loadImmediate(n, value(name)),
    ),
  ];
}

/** A jump however far; what it needs a register for is set up behind it. */
function bootTo(start: number): number[] {
  const distance = start - BOOT;
  const low = (distance << 20) >> 20;
  return [encode('auipc', { rd: T0, imm: (distance - low) | 0 }), encode('jalr', { rd: ZERO, rs1: T0, imm: low })];
}

const csrWrite = (csr: number): number => encode('csrrw', { rd: ZERO, csr, rs1: T0 });

/** Leaves alone what is wrong, or it would not be seen at the end: a process ends by a trap with all its registers. */
function endingOf(userMode: boolean, wrong: readonly string[]): number[] {
  if (userMode) return [encode('ebreak', {})];
  const [device = T0, word = T1] = INTEGERS.flatMap((name, n) => (n === ZERO || wrong.includes(name) ? [] : [n]));
  return [
    ...loadImmediate(device, FINISHER),
    ...loadImmediate(word, PASS),
    encode('sw', { rs1: device, rs2: word, imm: 0 }),
    encode('jal', { rd: ZERO, imm: 0 }),
  ];
}

/** Free pages near enough to jump from. */
function placeFor(bytes: number, pc: number, taken: readonly number[]): number {
  const count = Math.ceil(bytes / STATE_PAGE);
  const page = pc - (pc % STATE_PAGE);
  const isFree = (address: number) =>
    address >= STATE_PAGE * 16 &&
    !taken.some((one) => one >= address - STATE_PAGE && one <= address + count * STATE_PAGE);
  for (let k = 2; k * STATE_PAGE < REACH - (count + 1) * STATE_PAGE; k++)
    for (const address of [page - (k + count - 1) * STATE_PAGE, page + k * STATE_PAGE])
      if (isFree(address)) return address;
  throw new UsageError('there is no room for a beginning near the block');
}

/** Writes words into pages, which are made where they are missing. */
function put(pages: Map<number, Uint8Array>, from: number, words: readonly number[]): void {
  let at = from;
  for (const byte of words.flatMap((word) => [...bytesOf(word)])) {
    const page = at - (at % STATE_PAGE);
    const content = pages.get(page) ?? new Uint8Array(STATE_PAGE);
    content[at % STATE_PAGE] = byte;
    pages.set(page, content);
    at++;
  }
}

/** An executable of one segment a page; all may be read, written and executed, as in a capsule. */
function elfOf(pages: ReadonlyMap<number, Uint8Array>, entry: number, userMode: boolean): Uint8Array {
  const sorted = [...pages].sort(([a], [b]) => a - b);
  const first = Math.ceil((HEADER + PROGRAM_HEADER * sorted.length) / STATE_PAGE) * STATE_PAGE;
  const file = new Uint8Array(first + STATE_PAGE * sorted.length);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, userMode ? GNU_ABI : 0]);
  view.setUint16(16, 2, true); // executable
  view.setUint16(18, RISCV, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, BigInt(entry), true);
  view.setBigUint64(32, BigInt(HEADER), true);
  view.setUint32(48, 5, true); // double-float ABI, compressed instructions
  view.setUint16(52, HEADER, true);
  view.setUint16(54, PROGRAM_HEADER, true);
  view.setUint16(56, sorted.length, true);
  for (const [n, [address, content]] of sorted.entries()) {
    const at = HEADER + PROGRAM_HEADER * n;
    const offset = first + STATE_PAGE * n;
    view.setUint32(at, 1, true); // PT_LOAD
    view.setUint32(at + 4, 7, true);
    const size = BigInt(STATE_PAGE);
    for (const [k, value] of [BigInt(offset), BigInt(address), BigInt(address), size, size, size].entries())
      view.setBigUint64(at + 8 + 8 * k, value, true);
    file.set(content, offset);
  }
  return file;
}

interface Laid {
  readonly name: string;
  readonly start: number;
  readonly pc: number;
  /** All of the program. */
  readonly pages: ReadonlyMap<number, Uint8Array>;
  readonly setups: readonly number[];
  readonly ending: readonly number[];
  /** Empty for a process. */
  readonly boot: readonly number[];
}

/** Sections at the addresses they have in the executable: words, with what they mean beside them. */
function sourceOf(
  { state, insns, origin }: Pick<Capsule, 'state' | 'insns' | 'origin'>,
  { name, start, pc, pages, setups, ending, boot }: Laid,
): string {
  const block = wordsAt(state, insns);
  const sizeOf = (words: readonly number[]) => words.reduce((sum, word) => sum + bytesOf(word).length, 0);
  const size = sizeOf([...block, ...ending]);
  const end = pc + sizeOf(block);
  const lines = (from: number, words: readonly number[]) => {
    const texts = disassembled({ ...state, pages, registers: new Map([['pc', BigInt(from)]]) }, words.length);
    return words.map((word, n) => {
      const directive = bytesOf(word).length === 2 ? '.2byte' : '.4byte';
      return `\t${directive}\t${hex(word >>> 0)}\t# ${texts[n]?.text ?? ''}`;
    });
  };
  const booted: Span = [BOOT, BOOT + 4 * boot.length];
  const data = [...state.pages].flatMap(([address, content]) => dataOf(address, content, [[pc, pc + size], booted]));
  const entry = ['\t.globl\t_start', '_start:'];
  const sections = [
    ...(boot.length > 0 ? [{ name: '.boot', address: BOOT, lines: [...entry, ...lines(BOOT, boot)] }] : []),
    { name: '.start', address: start, lines: [...(boot.length > 0 ? ['start:'] : entry), ...lines(start, setups)] },
    {
      name: '.block',
      address: pc,
      lines: ['block:', ...lines(pc, block), '\t# the end', ...lines(end, ending)],
    },
    ...data,
  ];
  const at = sections.map((section) => `-Wl,--section-start=${section.name}=${hex(section.address)}`);
  return [
    `# The block that is wrong, from ${origin}, made small.`,
    `# riscv64-unknown-elf-gcc -nostdlib -static -Wl,--no-relax ${at.join(' ')} -o ${name}.elf ${name}.s`,
    '\t.option\tnorelax',
    ...sections.flatMap((section) => ['', `\t.section\t${section.name},"awx",@progbits`, ...section.lines]),
    '',
  ].join('\n');
}

type Span = readonly [from: number, to: number];

/** Runs of doublewords of a page that are not zero and not in `code`, a section each; one of zeros for an empty page. */
function dataOf(address: number, content: Uint8Array, code: readonly Span[]) {
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  const runs: { name: string; address: number; lines: string[] }[] = [];
  const begin = (at: number) => ({ name: `.page_${(address + at).toString(16)}`, address: address + at, lines: [] });
  let run: (typeof runs)[number] | undefined;
  for (let at = 0; at < STATE_PAGE; at += WORD) {
    const value = view.getBigUint64(at, true);
    const isCode = code.some(([from, to]) => address + at + WORD > from && address + at < to);
    if (value === 0n || isCode) run = undefined;
    else {
      if (!run) {
        run = begin(at);
        runs.push(run);
      }
      run.lines.push(`\t.8byte\t${hex(value)}`);
    }
  }
  const holdsCode = code.some(([from, to]) => from < to && address < to && address + STATE_PAGE > from);
  return runs.length > 0 || holdsCode ? runs : [{ ...begin(0), lines: ['\t.8byte\t0x0'] }];
}
