// Loads, stores and atomics (Unprivileged ISA §2.6, §5.3, chapter 8). Ordinary accesses may be misaligned; an access that
// crosses a page faults with the address of the part that cannot be done, and stores nothing then. Atomics must be
// aligned, which is checked before permission.

import type { A_ROWS } from '../rows/a.ts';
import { s32, s64, u32, u64, type Word } from './numbers.ts';
import { CAUSE, type HartState, type Meaning, type Meanings, NO_RESERVATION, type Trap, trap } from './state.ts';

const PAGE = 4096n;

interface Part {
  readonly address: Word;
  readonly size: number;
  /** Bytes of the access before this part. */
  readonly before: number;
}

/** The parts of an access that lie on one page each. */
function partsOf(address: Word, size: number): Part[] {
  const room = Number(PAGE - (address % PAGE));
  if (size <= room) return [{ address, size, before: 0 }];
  return [
    { address, size: room, before: 0 },
    { address: u64(address + BigInt(room)), size: size - room, before: room },
  ];
}

const isAligned = (address: Word, size: number): boolean => address % BigInt(size) === 0n;

/** The unsigned value at `address`, or the trap of the first part that cannot be read. */
export function readMemory(hart: HartState, address: Word, size: number): bigint | Trap {
  if (isAligned(address, size)) return hart.memory.load(address, size) ?? trap(CAUSE.loadAccess, address);
  const parts = partsOf(address, size);
  let value = 0n;
  for (const part of parts) {
    if (hart.memory.isDevice?.(part.address))
      return trap(part === parts[0] ? CAUSE.loadMisaligned : CAUSE.loadAccess, part.address);
    const bits = hart.memory.load(part.address, part.size);
    if (bits === undefined) return trap(CAUSE.loadAccess, part.address);
    value |= bits << BigInt(8 * part.before);
  }
  return value;
}

/** Stores the low `size` bytes, all of them or none. */
export function writeMemory(hart: HartState, address: Word, size: number, value: bigint): Trap | undefined {
  const { memory } = hart;
  if (isAligned(address, size)) {
    if (!memory.writable(address, size) || !memory.store(address, size, BigInt.asUintN(8 * size, value)))
      return trap(CAUSE.storeAccess, address);
    memory.accessed?.(address, size, value, 'store');
    return undefined;
  }
  const parts = partsOf(address, size);
  for (const part of parts) {
    if (memory.isDevice?.(part.address))
      return trap(part === parts[0] ? CAUSE.storeMisaligned : CAUSE.storeAccess, part.address);
    if (!memory.writable(part.address, part.size)) return trap(CAUSE.storeAccess, part.address);
  }
  for (const part of parts) {
    const bits = BigInt.asUintN(8 * part.size, value >> BigInt(8 * part.before));
    if (!memory.store(part.address, part.size, bits)) return trap(CAUSE.storeAccess, part.address);
  }
  memory.accessed?.(address, size, value, 'store');
  return undefined;
}

/** Where an access with an immediate offset goes. */
export const effectiveAddress = (hart: HartState, base: number, offset: bigint): Word => u64(hart.x[base]! + offset);

const load =
  (size: number, extension: 'signed' | 'unsigned'): Meaning =>
  (hart, i) => {
    const address = effectiveAddress(hart, i.rs1, i.imm);
    const value = readMemory(hart, address, size);
    if (typeof value !== 'bigint') return value;
    hart.setX(i.rd, extension === 'signed' ? BigInt.asIntN(8 * size, value) : value);
    hart.memory.accessed?.(address, size, value, extension === 'signed' ? 'load-signed' : 'load');
    return undefined;
  };

const store =
  (size: number): Meaning =>
  (hart, i) =>
    writeMemory(hart, effectiveAddress(hart, i.rs1, i.imm), size, hart.x[i.rs2]!);

export const ACCESSES: Readonly<
  Record<'lb' | 'lh' | 'lw' | 'ld' | 'lbu' | 'lhu' | 'lwu' | 'sb' | 'sh' | 'sw' | 'sd', Meaning>
> = {
  lb: load(1, 'signed'),
  lh: load(2, 'signed'),
  lw: load(4, 'signed'),
  ld: load(8, 'unsigned'),
  lbu: load(1, 'unsigned'),
  lhu: load(2, 'unsigned'),
  lwu: load(4, 'unsigned'),
  sb: store(1),
  sh: store(2),
  sw: store(4),
  sd: store(8),
};

// --- A ---

type Size = 4 | 8;
/** Words are sign-extended on their way into a register. */
const loadKind = (size: Size): 'load' | 'load-signed' => (size === 4 ? 'load-signed' : 'load');
/** What an atomic instruction puts in a register. */
const extended = (size: Size, value: bigint): bigint => (size === 4 ? s32(value) : s64(value));

const lr =
  (size: Size): Meaning =>
  (hart, i) => {
    const address = hart.x[i.rs1]!;
    if (address % BigInt(size) !== 0n) return trap(CAUSE.loadMisaligned, address);
    const value = readMemory(hart, address, size);
    if (typeof value !== 'bigint') return value;
    hart.memory.accessed?.(address, size, value, loadKind(size));
    hart.reservation.address = address;
    hart.reservation.value = u64(extended(size, value));
    hart.setX(i.rd, extended(size, value));
    return undefined;
  };

/** Aligned, writable memory at `address`: its value; else the trap, which is a store's. */
function readToModify(hart: HartState, address: Word, size: Size, kind: 'load' | 'load-signed'): bigint | Trap {
  if (address % BigInt(size) !== 0n) return trap(CAUSE.storeMisaligned, address);
  const value = hart.memory.writable(address, size) ? hart.memory.load(address, size) : undefined;
  if (value === undefined) return trap(CAUSE.storeAccess, address);
  hart.memory.accessed?.(address, size, value, kind);
  return value;
}

// Succeeds when the address is the one reserved and the value there is what LR put in its register; so a word after LR.D
// fails (§8.2 leaves mixed sizes open), but for doublewords that are sign-extended words. Without a reservation of that
// address it fails and accesses nothing, whatever the address.
const sc =
  (size: Size): Meaning =>
  (hart, i) => {
    const address = hart.x[i.rs1]!;
    const { reservation } = hart;
    let failed = 1n;
    if (address === reservation.address) {
      const value = readToModify(hart, address, size, 'load');
      if (typeof value !== 'bigint') return value;
      if (u64(extended(size, value)) === reservation.value) {
        const refused = writeMemory(hart, address, size, hart.x[i.rs2]!);
        if (refused) return refused;
        failed = 0n;
      }
    }
    reservation.address = NO_RESERVATION;
    hart.setX(i.rd, failed);
    return undefined;
  };

/** `combine` gets both operands sign-extended, and as unsigned numbers of the access's size. */
type Combine = (old: bigint, source: bigint, oldUnsigned: bigint, sourceUnsigned: bigint) => bigint;

const amo =
  (size: Size, combine: Combine): Meaning =>
  (hart, i) => {
    const address = hart.x[i.rs1]!;
    const raw = readToModify(hart, address, size, loadKind(size));
    if (typeof raw !== 'bigint') return raw;
    const source = hart.x[i.rs2]!;
    const sourceUnsigned = size === 4 ? u32(source) : source;
    const result = combine(extended(size, raw), extended(size, source), raw, sourceUnsigned);
    const refused = writeMemory(hart, address, size, result);
    if (refused) return refused;
    hart.setX(i.rd, extended(size, raw));
    return undefined;
  };

const swap: Combine = (_old, source) => source;
const add: Combine = (old, source) => old + source;
const xor: Combine = (old, source) => old ^ source;
const and: Combine = (old, source) => old & source;
const or: Combine = (old, source) => old | source;
const min: Combine = (old, source) => (old < source ? old : source);
const max: Combine = (old, source) => (old > source ? old : source);
const minu: Combine = (_old, _source, old, source) => (old < source ? old : source);
const maxu: Combine = (_old, _source, old, source) => (old > source ? old : source);

export const A_MEANINGS: Meanings<typeof A_ROWS> = {
  'lr.w': lr(4),
  'sc.w': sc(4),
  'amoswap.w': amo(4, swap),
  'amoadd.w': amo(4, add),
  'amoxor.w': amo(4, xor),
  'amoand.w': amo(4, and),
  'amoor.w': amo(4, or),
  'amomin.w': amo(4, min),
  'amomax.w': amo(4, max),
  'amominu.w': amo(4, minu),
  'amomaxu.w': amo(4, maxu),
  'lr.d': lr(8),
  'sc.d': sc(8),
  'amoswap.d': amo(8, swap),
  'amoadd.d': amo(8, add),
  'amoxor.d': amo(8, xor),
  'amoand.d': amo(8, and),
  'amoor.d': amo(8, or),
  'amomin.d': amo(8, min),
  'amomax.d': amo(8, max),
  'amominu.d': amo(8, minu),
  'amomaxu.d': amo(8, maxu),
};
