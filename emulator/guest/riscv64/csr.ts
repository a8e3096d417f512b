// The control and status registers of a hart: one row a register, with how it reads and what a write leaves. Values
// and WARL fields are those of `qemu-system-riscv64 -M virt -cpu rv64,h=off` (7.2) where the privileged specification
// allows them; where that machine contradicts the specification, the specification wins:
//   mstatus.MPP = 2 and UXL ≠ 2 are not kept; mie, mip and mideleg have no bits of the hypervisor or of LCOFIP;
//   mepc and sepc have bit 0 clear; mcounteren, scounteren and mcountinhibit have 32 bits; event counters read 0;
//   CSRRS/CSRRC with rs1 ≠ x0 on a read-only register is illegal also when rs1 holds 0.
// Absent: hypervisor and debug-trigger registers (illegal), translation (satp keeps mode 0 alone), and PMP checks
// (pmpcfg and pmpaddr are stored, locked entries stay).
// A register lives in its slot (registers.ts); what lies outside the hart is handed in.

import { SLOT_FP_FLAGS, SLOT_FP_MODE } from '../../memory/layout.ts';
import * as R from './registers.ts';

/** The slots of one hart's environment, as unsigned 64-bit images. */
export interface Hart {
  read(slot: number): bigint;
  write(slot: number, value: bigint): void;
}

export const PRIV_U = 0;
export const PRIV_S = 1;
export const PRIV_M = 3;

export const MSTATUS_SIE = 1n << 1n;
export const MSTATUS_MIE = 1n << 3n;
export const MSTATUS_SPIE = 1n << 5n;
export const MSTATUS_MPIE = 1n << 7n;
export const MSTATUS_SPP = 1n << 8n;
export const MSTATUS_VS = 3n << 9n;
export const MSTATUS_MPP = 3n << 11n;
export const MSTATUS_MPP_SHIFT = 11n;
export const MSTATUS_FS = 3n << 13n;
export const MSTATUS_XS = 3n << 15n;
export const MSTATUS_MPRV = 1n << 17n;
export const MSTATUS_SUM = 1n << 18n;
export const MSTATUS_MXR = 1n << 19n;
export const MSTATUS_TVM = 1n << 20n;
export const MSTATUS_TW = 1n << 21n;
export const MSTATUS_TSR = 1n << 22n;
/** Both XLEN fields fixed at 64 bits. */
export const MSTATUS_XLEN = (2n << 32n) | (2n << 34n);
/** GVA and MPV: kept, without effect. */
const MSTATUS_KEPT = (1n << 38n) | (1n << 39n);
const MSTATUS_SD = 1n << 63n;
const MSTATUS_WRITABLE =
  MSTATUS_SIE |
  MSTATUS_MIE |
  MSTATUS_SPIE |
  MSTATUS_MPIE |
  MSTATUS_SPP |
  MSTATUS_VS |
  MSTATUS_MPP |
  MSTATUS_FS |
  MSTATUS_MPRV |
  MSTATUS_SUM |
  MSTATUS_MXR |
  MSTATUS_TVM |
  MSTATUS_TW |
  MSTATUS_TSR |
  MSTATUS_KEPT;
const SSTATUS_WRITABLE = MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_VS | MSTATUS_FS | MSTATUS_SUM | MSTATUS_MXR;
const SSTATUS_VISIBLE = SSTATUS_WRITABLE | MSTATUS_XS | (3n << 32n) | MSTATUS_SD;

export const MIP_SSIP = 1n << 1n;
export const MIP_MSIP = 1n << 3n;
export const MIP_STIP = 1n << 5n;
export const MIP_MTIP = 1n << 7n;
export const MIP_SEIP = 1n << 9n;
export const MIP_MEIP = 1n << 11n;
const S_INTERRUPTS = MIP_SSIP | MIP_STIP | MIP_SEIP;
const M_INTERRUPTS = MIP_MSIP | MIP_MTIP | MIP_MEIP;

/** Exceptions 0 to 13, 15 and 20 to 23, as the reference machine keeps them. */
const MEDELEG_WRITABLE = 0xf0bfffn;
const MENVCFG_STCE = 1n << 63n;
/** FIOM, CBIE, CBCFE, CBZE, PBMTE, STCE. */
const MENVCFG_WRITABLE = 0xc0000000000000f1n;
const SENVCFG_WRITABLE = 0xf1n;
const SATP_MODE_SHIFT = 60n;
const COUNTER_TM = 2n;
const WORD = 0xffffffffn;
const ALL = 0xffffffffffffffffn;

/** RV64 with A, C, D, F, I, M, S, U. */
export const MISA = 0x800000000014112dn;
/** What the reference machine's firmware identifies itself with (its version number). */
const MARCHID = 0x70216n;

/** What registers show or change outside the hart. */
export interface CsrContext {
  /** Instructions begun, the one that executes included. */
  icount(): bigint;
  /** mtime. */
  time(): bigint;
  /** Level of the supervisor external interrupt line. */
  externalSupervisor(hart: Hart): boolean;
  /** stimecmp or menvcfg.STCE has changed: compare with mtime again. */
  supervisorTimerChanged(hart: Hart): void;
}

export interface CsrRow {
  readonly number: number;
  readonly name: string;
  /** Lowest privilege that may access it (from the number). */
  readonly privilege: number;
  readonly readonly: boolean;
  /** A further condition on access; absent = none. */
  readonly allowed?: (hart: Hart, context: CsrContext) => boolean;
  readonly read: (hart: Hart, context: CsrContext) => bigint;
  /** What set and clear forms start from, where it is not what `read` gives (mip). */
  readonly base?: (hart: Hart, context: CsrContext) => bigint;
  /** Stores what of the unsigned 64-bit `value` the register keeps. Absent = writes are ignored. */
  readonly write?: (hart: Hart, value: bigint, context: CsrContext) => void;
}

type Extra = Partial<Pick<CsrRow, 'allowed' | 'base' | 'write'>>;

function row(number: number, name: string, read: CsrRow['read'], extra: Extra = {}): CsrRow {
  return { number, name, privilege: (number >> 8) & 3, readonly: number >> 10 === 3, read, ...extra };
}

/** A register that is its slot, with the bits that a write may change. */
function stored(number: number, name: string, slot: number, writable: bigint = ALL, extra: Extra = {}): CsrRow {
  return row(number, name, (hart) => hart.read(slot), {
    write: (hart, value) => hart.write(slot, merge(hart.read(slot), value, writable)),
    ...extra,
  });
}

const constant = (number: number, name: string, value: bigint): CsrRow => row(number, name, () => value);

function merge(old: bigint, value: bigint, mask: bigint): bigint {
  return (old & ~mask) | (value & mask);
}

export function privilegeOf(hart: Hart): number {
  return Number(hart.read(R.SLOT_PRIV));
}

// --- mstatus and its view ------------------------------------------------------------------------------------------

/** SD summarises the dirty states of the register files. */
function withSummary(status: bigint): bigint {
  const dirty = (status & MSTATUS_FS) === MSTATUS_FS || (status & MSTATUS_VS) === MSTATUS_VS;
  return dirty ? status | MSTATUS_SD : status & ~MSTATUS_SD;
}

const readStatus = (hart: Hart): bigint => withSummary(hart.read(R.SLOT_MSTATUS));

/** Stores the writable fields of `value`; a reserved MPP leaves the old one. */
function writeStatus(hart: Hart, value: bigint, writable: bigint): void {
  const old = hart.read(R.SLOT_MSTATUS);
  const mask = (value & MSTATUS_MPP) >> MSTATUS_MPP_SHIFT === 2n ? writable & ~MSTATUS_MPP : writable;
  hart.write(R.SLOT_MSTATUS, withSummary(merge(old, value, mask)));
}

const floatOn = (hart: Hart): boolean => (hart.read(R.SLOT_MSTATUS) & MSTATUS_FS) !== 0n;

function markFloatDirty(hart: Hart): void {
  hart.write(R.SLOT_MSTATUS, withSummary(hart.read(R.SLOT_MSTATUS) | MSTATUS_FS));
}

// --- interrupts ----------------------------------------------------------------------------------------------------

/** mip as set and clear forms see it: SEIP is software's bit, without the line. */
function pendingBase(hart: Hart): bigint {
  return merge(hart.read(R.SLOT_MIP), hart.read(R.SLOT_SEIP_SOFTWARE), MIP_SEIP);
}

/** mip.STIP belongs to software until menvcfg gives it to stimecmp. */
function writablePending(hart: Hart): bigint {
  return supervisorTimerOn(hart) ? MIP_SSIP | MIP_SEIP : S_INTERRUPTS;
}

function writePending(hart: Hart, value: bigint, context: CsrContext): void {
  hart.write(R.SLOT_SEIP_SOFTWARE, value & MIP_SEIP);
  const lines = context.externalSupervisor(hart) ? MIP_SEIP : 0n;
  hart.write(R.SLOT_MIP, merge(hart.read(R.SLOT_MIP), value | lines, writablePending(hart)));
}

/** menvcfg.STCE: stimecmp drives mip.STIP. */
export function supervisorTimerOn(hart: Hart): boolean {
  return (hart.read(R.SLOT_MENVCFG) & MENVCFG_STCE) !== 0n;
}

const writeSlotMasked = (hart: Hart, slot: number, value: bigint, mask: bigint): void =>
  hart.write(slot, merge(hart.read(slot), value, mask));

// --- counters ------------------------------------------------------------------------------------------------------

/** While it counts, a counter's slot holds what is added to the instruction count; while inhibited, its value. */
function readCounter(hart: Hart, slot: number, bit: bigint, context: CsrContext): bigint {
  const inhibited = (hart.read(R.SLOT_MCOUNTINHIBIT) & bit) !== 0n;
  return inhibited ? hart.read(slot) : BigInt.asUintN(64, hart.read(slot) + context.icount());
}

function writeCounter(hart: Hart, slot: number, bit: bigint, value: bigint, context: CsrContext): void {
  const inhibited = (hart.read(R.SLOT_MCOUNTINHIBIT) & bit) !== 0n;
  hart.write(slot, inhibited ? value : value - context.icount());
}

function writeInhibit(hart: Hart, value: bigint, context: CsrContext): void {
  const cycle = readCounter(hart, R.SLOT_MCYCLE, 1n, context);
  const instret = readCounter(hart, R.SLOT_MINSTRET, 4n, context);
  hart.write(R.SLOT_MCOUNTINHIBIT, value & WORD & ~2n);
  writeCounter(hart, R.SLOT_MCYCLE, 1n, cycle, context);
  writeCounter(hart, R.SLOT_MINSTRET, 4n, instret, context);
}

/** Access to a user-level counter from below machine mode needs its bit in mcounteren, from user mode also in scounteren. */
function counterAllowed(index: number): (hart: Hart) => boolean {
  const bit = 1n << BigInt(index);
  return (hart) => {
    const privilege = privilegeOf(hart);
    if (privilege < PRIV_M && !(hart.read(R.SLOT_MCOUNTEREN) & bit)) return false;
    return privilege >= PRIV_S || (hart.read(R.SLOT_SCOUNTEREN) & bit) !== 0n;
  };
}

// --- physical memory protection (stored only) ------------------------------------------------------------------------

const PMP_LOCK = 0x80n;
const PMP_MODE = 0x18n;
const PMP_TOR = 0x08n;

/** The configuration byte of a PMP entry. */
function pmpConfig(hart: Hart, entry: number): bigint {
  const slot = entry < 8 ? R.SLOT_PMPCFG0 : R.SLOT_PMPCFG2;
  return (hart.read(slot) >> BigInt((entry & 7) * 8)) & 0xffn;
}

function writePmpConfig(hart: Hart, slot: number, value: bigint): void {
  let result = hart.read(slot);
  for (let i = 0n; i < 64n; i += 8n) {
    if (!((result >> i) & PMP_LOCK)) result = merge(result, value, 0xffn << i);
  }
  hart.write(slot, result);
}

function pmpAddressLocked(hart: Hart, entry: number): boolean {
  if (pmpConfig(hart, entry) & PMP_LOCK) return true;
  if (entry + 1 === R.PMP_ENTRIES) return false;
  const next = pmpConfig(hart, entry + 1);
  return (next & PMP_LOCK) !== 0n && (next & PMP_MODE) === PMP_TOR;
}

/** True when some PMP entry is switched on: without one nothing below machine mode may run. */
export function pmpInUse(hart: Hart): boolean {
  for (let entry = 0; entry < R.PMP_ENTRIES; entry++) if (pmpConfig(hart, entry) & PMP_MODE) return true;
  return false;
}

// --- the table -----------------------------------------------------------------------------------------------------

/** Trap vector base and mode; reserved modes leave the register as it was. */
function vector(number: number, name: string, slot: number): CsrRow {
  return stored(number, name, slot, ALL, {
    write(hart, value) {
      if ((value & 3n) < 2n) hart.write(slot, value);
    },
  });
}

const float = (number: number, name: string, slot: number, shift: bigint, mask: bigint): CsrRow =>
  row(number, name, (hart) => (hart.read(slot) >> shift) & mask, {
    allowed: floatOn,
    write(hart, value) {
      hart.write(slot, value & mask);
      markFloatDirty(hart);
    },
  });

function eventCounters(): CsrRow[] {
  const rows: CsrRow[] = [];
  for (let i = 3; i <= 31; i++) rows.push(constant(0x320 + i, `mhpmevent${i}`, 0n));
  // The reference machine has sixteen event counters.
  for (let i = 3; i <= 18; i++) {
    rows.push(constant(0xb00 + i, `mhpmcounter${i}`, 0n));
    rows.push(row(0xc00 + i, `hpmcounter${i}`, () => 0n, { allowed: counterAllowed(i) }));
  }
  return rows;
}

const EPC_MASK = ALL & ~1n;

export const CSRS: readonly CsrRow[] = [
  float(0x001, 'fflags', SLOT_FP_FLAGS, 0n, 0x1fn),
  float(0x002, 'frm', SLOT_FP_MODE, 0n, 7n),
  row(0x003, 'fcsr', (hart) => (hart.read(SLOT_FP_FLAGS) & 0x1fn) | ((hart.read(SLOT_FP_MODE) & 7n) << 5n), {
    allowed: floatOn,
    write(hart, value) {
      hart.write(SLOT_FP_FLAGS, value & 0x1fn);
      hart.write(SLOT_FP_MODE, (value >> 5n) & 7n);
      markFloatDirty(hart);
    },
  }),

  row(0x100, 'sstatus', (hart) => readStatus(hart) & SSTATUS_VISIBLE, {
    write: (hart, value) => writeStatus(hart, value, SSTATUS_WRITABLE),
  }),
  row(0x104, 'sie', (hart) => hart.read(R.SLOT_MIE) & hart.read(R.SLOT_MIDELEG), {
    write: (hart, value) => writeSlotMasked(hart, R.SLOT_MIE, value, hart.read(R.SLOT_MIDELEG)),
  }),
  vector(0x105, 'stvec', R.SLOT_STVEC),
  stored(0x106, 'scounteren', R.SLOT_SCOUNTEREN, WORD),
  stored(0x10a, 'senvcfg', R.SLOT_SENVCFG, SENVCFG_WRITABLE),
  stored(0x140, 'sscratch', R.SLOT_SSCRATCH),
  stored(0x141, 'sepc', R.SLOT_SEPC, EPC_MASK),
  stored(0x142, 'scause', R.SLOT_SCAUSE),
  stored(0x143, 'stval', R.SLOT_STVAL),
  row(0x144, 'sip', (hart) => hart.read(R.SLOT_MIP) & hart.read(R.SLOT_MIDELEG), {
    write: (hart, value) => writeSlotMasked(hart, R.SLOT_MIP, value, hart.read(R.SLOT_MIDELEG) & MIP_SSIP),
  }),
  stored(0x14d, 'stimecmp', R.SLOT_STIMECMP, ALL, {
    allowed: (hart) =>
      privilegeOf(hart) === PRIV_M || (supervisorTimerOn(hart) && (hart.read(R.SLOT_MCOUNTEREN) & COUNTER_TM) !== 0n),
    write(hart, value, context) {
      hart.write(R.SLOT_STIMECMP, value);
      context.supervisorTimerChanged(hart);
    },
  }),
  stored(0x180, 'satp', R.SLOT_SATP, ALL, {
    allowed: (hart) => privilegeOf(hart) !== PRIV_S || !(hart.read(R.SLOT_MSTATUS) & MSTATUS_TVM),
    write(hart, value) {
      if (value >> SATP_MODE_SHIFT === 0n) hart.write(R.SLOT_SATP, value);
    },
  }),

  row(0x300, 'mstatus', readStatus, { write: (hart, value) => writeStatus(hart, value, MSTATUS_WRITABLE) }),
  constant(0x301, 'misa', MISA),
  stored(0x302, 'medeleg', R.SLOT_MEDELEG, MEDELEG_WRITABLE),
  stored(0x303, 'mideleg', R.SLOT_MIDELEG, S_INTERRUPTS),
  stored(0x304, 'mie', R.SLOT_MIE, S_INTERRUPTS | M_INTERRUPTS),
  vector(0x305, 'mtvec', R.SLOT_MTVEC),
  stored(0x306, 'mcounteren', R.SLOT_MCOUNTEREN, WORD),
  stored(0x30a, 'menvcfg', R.SLOT_MENVCFG, MENVCFG_WRITABLE, {
    write(hart, value, context) {
      writeSlotMasked(hart, R.SLOT_MENVCFG, value, MENVCFG_WRITABLE);
      context.supervisorTimerChanged(hart);
    },
  }),
  row(0x320, 'mcountinhibit', (hart) => hart.read(R.SLOT_MCOUNTINHIBIT), { write: writeInhibit }),
  stored(0x340, 'mscratch', R.SLOT_MSCRATCH),
  stored(0x341, 'mepc', R.SLOT_MEPC, EPC_MASK),
  stored(0x342, 'mcause', R.SLOT_MCAUSE),
  stored(0x343, 'mtval', R.SLOT_MTVAL),
  row(0x344, 'mip', (hart) => hart.read(R.SLOT_MIP), { base: pendingBase, write: writePending }),
  row(0x3a0, 'pmpcfg0', (hart) => hart.read(R.SLOT_PMPCFG0), {
    write: (hart, value) => writePmpConfig(hart, R.SLOT_PMPCFG0, value),
  }),
  row(0x3a2, 'pmpcfg2', (hart) => hart.read(R.SLOT_PMPCFG2), {
    write: (hart, value) => writePmpConfig(hart, R.SLOT_PMPCFG2, value),
  }),
  ...Array.from({ length: R.PMP_ENTRIES }, (_, entry) =>
    stored(0x3b0 + entry, `pmpaddr${entry}`, R.SLOT_PMPADDR0 + entry, ALL, {
      write(hart, value) {
        if (!pmpAddressLocked(hart, entry)) hart.write(R.SLOT_PMPADDR0 + entry, value);
      },
    }),
  ),

  row(0xb00, 'mcycle', (hart, context) => readCounter(hart, R.SLOT_MCYCLE, 1n, context), {
    write: (hart, value, context) => writeCounter(hart, R.SLOT_MCYCLE, 1n, value, context),
  }),
  row(0xb02, 'minstret', (hart, context) => readCounter(hart, R.SLOT_MINSTRET, 4n, context), {
    write: (hart, value, context) => writeCounter(hart, R.SLOT_MINSTRET, 4n, value, context),
  }),
  row(0xc00, 'cycle', (hart, context) => readCounter(hart, R.SLOT_MCYCLE, 1n, context), { allowed: counterAllowed(0) }),
  row(0xc01, 'time', (_cpu, context) => context.time(), { allowed: counterAllowed(1) }),
  row(0xc02, 'instret', (hart, context) => readCounter(hart, R.SLOT_MINSTRET, 4n, context), {
    allowed: counterAllowed(2),
  }),
  ...eventCounters(),

  constant(0xf11, 'mvendorid', 0n),
  constant(0xf12, 'marchid', MARCHID),
  constant(0xf13, 'mimpid', MARCHID),
  row(0xf14, 'mhartid', (hart) => hart.read(R.SLOT_MHARTID)),
  constant(0xf15, 'mconfigptr', 0n),
];

const byNumber = new Map(CSRS.map((entry) => [entry.number, entry]));

/** The register of this number, or undefined when the hart has none. */
export function csrRow(number: number): CsrRow | undefined {
  return byNumber.get(number);
}

/** How a CSR instruction combines its operand with the register. */
export type CsrOperation = 'write' | 'set' | 'clear';

export interface CsrAccess {
  readonly operation: CsrOperation;
  readonly operand: bigint;
  /** False for CSRRW with rd = x0: the register is not read. */
  readonly reads: boolean;
  /** False for set and clear forms with rs1 = x0 or a zero immediate: the register is not written. */
  readonly writes: boolean;
}

/** Does one access as the instruction would; the old value (0 when not read), or undefined when it is illegal. */
export function accessCsr(hart: Hart, number: number, access: CsrAccess, context: CsrContext): bigint | undefined {
  const entry = byNumber.get(number);
  if (entry === undefined || privilegeOf(hart) < entry.privilege) return undefined;
  if (access.writes && entry.readonly) return undefined;
  if (entry.allowed !== undefined && !entry.allowed(hart, context)) return undefined;
  const old = access.reads ? entry.read(hart, context) : 0n;
  if (access.writes && entry.write !== undefined) {
    const base = access.operation === 'write' ? 0n : (entry.base ?? entry.read)(hart, context);
    entry.write(hart, BigInt.asUintN(64, combine(access, base)), context);
  }
  return old;
}

function combine(access: CsrAccess, base: bigint): bigint {
  switch (access.operation) {
    case 'write':
      return access.operand;
    case 'set':
      return base | access.operand;
    case 'clear':
      return base & ~access.operand;
  }
}
