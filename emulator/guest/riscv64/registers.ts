// Where a RISC-V vCPU's registers live in its environment, and their names. Slots up to SLOT_END are the whole
// architectural state: digests, checkpoints and comparisons cover exactly them. x0 has a slot that always holds 0.

import { SLOT_FP_FLAGS, SLOT_FP_MODE, SLOT_ISA, SLOT_PC } from '../../memory/layout.ts';
import type { RegisterInfo } from '../isa.ts';

/** Slot of integer register n. */
export const X = (n: number): number => SLOT_ISA + n;
/** Slot of floating-point register n. */
export const F = (n: number): number => SLOT_ISA + 32 + n;

/** LR/SC reservation: address (-1 = none) and the value the LR saw, sign-extended. */
export const SLOT_RES_ADDR = 80;
export const SLOT_RES_VAL = 81;

export const SLOT_MSTATUS = 96;
export const SLOT_MIE = 97;
export const SLOT_MIP = 98;
export const SLOT_MTVEC = 99;
export const SLOT_MSCRATCH = 100;
export const SLOT_MEPC = 101;
export const SLOT_MCAUSE = 102;
export const SLOT_MTVAL = 103;
export const SLOT_MEDELEG = 104;
export const SLOT_MIDELEG = 105;
export const SLOT_MCOUNTEREN = 106;
export const SLOT_MENVCFG = 107;
export const SLOT_STVEC = 108;
export const SLOT_SSCRATCH = 109;
export const SLOT_SEPC = 110;
export const SLOT_SCAUSE = 111;
export const SLOT_STVAL = 112;
export const SLOT_SATP = 113;
export const SLOT_SENVCFG = 114;
export const SLOT_SCOUNTEREN = 115;
/** Privilege mode: 0 user, 1 supervisor, 3 machine. */
export const SLOT_PRIV = 116;
/** What is added to the instruction count to give mcycle and minstret. */
export const SLOT_MCYCLE = 117;
export const SLOT_MINSTRET = 118;
export const SLOT_MCOUNTINHIBIT = 119;
/** pmpcfg0, pmpcfg2, then pmpaddr0 to pmpaddr15. */
export const SLOT_PMPCFG0 = 120;
export const SLOT_PMPCFG2 = 121;
export const SLOT_PMPADDR0 = 122;
export const PMP_ENTRIES = 16;
export const SLOT_MHARTID = 138;
export const SLOT_STIMECMP = 139;

/** The software-written part of mip.SEIP, which is or-ed with the interrupt controller's line. */
export const SLOT_SEIP_SOFTWARE = 140;
/** 1 while the hart waits in wfi. */
export const SLOT_WAITING = 141;
export const SLOT_END = 144;

/** ABI names of x0 to x31. */
export const INTEGER_NAMES: readonly string[] = (
  'zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 ' + 'a6 a7 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6'
).split(' ');

/** ABI names of f0 to f31. */
export const FLOAT_NAMES: readonly string[] = (
  'ft0 ft1 ft2 ft3 ft4 ft5 ft6 ft7 fs0 fs1 fa0 fa1 fa2 fa3 fa4 fa5 ' +
  'fa6 fa7 fs2 fs3 fs4 fs5 fs6 fs7 fs8 fs9 fs10 fs11 ft8 ft9 ft10 ft11'
).split(' ');

function integer(n: number): RegisterInfo {
  const aliases = n === 8 ? ['x8', 'fp'] : [`x${n}`];
  const info = { name: INTEGER_NAMES[n]!, aliases, slot: X(n), group: 'integer' } as const;
  return n === 0 ? { ...info, readonly: true } : info;
}

const system = (name: string, slot: number): RegisterInfo => ({ name, aliases: [], slot, group: 'system' });

export const REGISTERS: readonly RegisterInfo[] = [
  { name: 'pc', aliases: [], slot: SLOT_PC, group: 'pc' },
  ...INTEGER_NAMES.map((_, n) => integer(n)),
  ...FLOAT_NAMES.map((name, n): RegisterInfo => ({ name, aliases: [`f${n}`], slot: F(n), group: 'float' })),
  { name: 'fflags', aliases: [], slot: SLOT_FP_FLAGS, group: 'float' },
  { name: 'frm', aliases: [], slot: SLOT_FP_MODE, group: 'float' },
  { name: 'res_addr', aliases: [], slot: SLOT_RES_ADDR, group: 'reservation' },
  { name: 'res_val', aliases: [], slot: SLOT_RES_VAL, group: 'reservation' },
  system('priv', SLOT_PRIV),
  system('mstatus', SLOT_MSTATUS),
  system('mie', SLOT_MIE),
  system('mip', SLOT_MIP),
  system('mtvec', SLOT_MTVEC),
  system('mscratch', SLOT_MSCRATCH),
  system('mepc', SLOT_MEPC),
  system('mcause', SLOT_MCAUSE),
  system('mtval', SLOT_MTVAL),
  system('medeleg', SLOT_MEDELEG),
  system('mideleg', SLOT_MIDELEG),
  system('mcounteren', SLOT_MCOUNTEREN),
  system('menvcfg', SLOT_MENVCFG),
  system('mcountinhibit', SLOT_MCOUNTINHIBIT),
  system('mcycle_offset', SLOT_MCYCLE),
  system('minstret_offset', SLOT_MINSTRET),
  system('stvec', SLOT_STVEC),
  system('sscratch', SLOT_SSCRATCH),
  system('sepc', SLOT_SEPC),
  system('scause', SLOT_SCAUSE),
  system('stval', SLOT_STVAL),
  system('satp', SLOT_SATP),
  system('senvcfg', SLOT_SENVCFG),
  system('scounteren', SLOT_SCOUNTEREN),
  system('stimecmp', SLOT_STIMECMP),
  system('pmpcfg0', SLOT_PMPCFG0),
  system('pmpcfg2', SLOT_PMPCFG2),
  ...Array.from({ length: PMP_ENTRIES }, (_, i) => system(`pmpaddr${i}`, SLOT_PMPADDR0 + i)),
  { ...system('mhartid', SLOT_MHARTID), readonly: true },
  system('seip_software', SLOT_SEIP_SOFTWARE),
  system('wfi_waiting', SLOT_WAITING),
];
