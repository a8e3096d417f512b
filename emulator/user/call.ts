// One system call in progress: who makes it, its arguments, and guest memory with EFAULT on every access that the
// guest could not make itself. Handlers are functions of a Call; see `Handler` for what they may answer.

import type { GuestAddr } from '../bits.ts';
import type { Cpu } from '../exec/cpu.ts';
import { X } from '../guest/riscv64/registers.ts';
import type { GuestMemory } from '../memory/guest-memory.ts';
import { PAGE_SIZE } from '../memory/layout.ts';
import { EFAULT, EINVAL, ENAMETOOLONG, fail } from './errno.ts';
import { PATH_MAX } from './files.ts';
import type { Process, ThreadState, Wait } from './process.ts';

/** The call has set all registers itself (sigreturn), or its thread is gone (exit). */
export const NO_RESULT = 'no result';

/** A wait as a handler gives it; the dispatcher adds the place in the queue. */
export type Blocked = DistributiveOmit<Wait, 'order'>;
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** A result (negative: -errno), a wait, or NO_RESULT. May throw Errno, as long as nothing has been changed. */
export type Handler = (call: Call) => number | Blocked | typeof NO_RESULT;

/** One row of the table. `args` draws the arguments for people: d decimal, x hexadecimal, o octal. */
export interface SyscallRow {
  readonly number: number;
  readonly name: string;
  readonly args: string;
  readonly handler: Handler;
}

const decoder = new TextDecoder();
const MAX_NANOSECONDS = Number.MAX_SAFE_INTEGER;

export class Call {
  readonly process: Process;
  readonly thread: ThreadState;
  readonly cpu: Cpu;
  readonly memory: GuestMemory;
  /** Set when the deadline of the wait has passed: the handler answers without waiting again. */
  timedOut = false;
  /** The wait this attempt continues, if it is not the first. */
  resumed: Wait | null = null;
  /** Digest of what the call has read from guest memory so far: what a guest writes, and to which file; 0 for nothing. */
  heard = 0;

  constructor(process: Process, thread: ThreadState, cpu: Cpu) {
    this.process = process;
    this.thread = thread;
    this.cpu = cpu;
    this.memory = process.memory;
  }

  get number(): number {
    return this.cpu.readNumber(X(17));
  }
  /** Argument as a signed number: addresses, offsets, sizes. Inexact outside ±2^53, where nothing is valid. */
  arg(index: number): number {
    return this.cpu.readNumber(X(10 + index));
  }
  /** Argument declared `int` in C. */
  int(index: number): number {
    return this.cpu.readI32(X(10 + index));
  }
  /** Argument as unsigned 64 bits. */
  wide(index: number): bigint {
    return this.cpu.read(X(10 + index));
  }
  /** A byte count: EINVAL when it is negative as ssize_t. */
  count(index: number): number {
    const value = this.arg(index);
    return value < 0 ? fail(EINVAL) : value;
  }

  bytes(addr: GuestAddr, length: number): Uint8Array {
    if (length === 0) return new Uint8Array(0);
    const bytes = this.memory.read(addr, length) ?? fail(EFAULT);
    let heard = this.heard ^ length;
    for (let i = 0; i < bytes.length; i++) heard = Math.imul(heard ^ bytes[i]!, 0x01000193);
    this.heard = heard ^ (heard >>> 15);
    return bytes;
  }
  view(addr: GuestAddr, length: number): DataView {
    const bytes = this.bytes(addr, length);
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  }
  u32(addr: GuestAddr): number {
    const value = this.memory.readUint(addr, 4) ?? fail(EFAULT);
    this.heard = Math.imul(this.heard ^ value, 0x2c1b3c6d) ^ 4;
    return value;
  }
  i32(addr: GuestAddr): number {
    return this.u32(addr) | 0;
  }
  u64(addr: GuestAddr): bigint {
    const value = this.memory.readU64(addr) ?? fail(EFAULT);
    const [low, high] = [Number(value & 0xffffffffn) | 0, Number(value >> 32n) | 0];
    this.heard = Math.imul(Math.imul(this.heard ^ low, 0x2c1b3c6d) ^ high, 0x297a2d39) ^ 8;
    return value;
  }
  /** 64 bits as a signed number. */
  i64(addr: GuestAddr): number {
    return Number(BigInt.asIntN(64, this.u64(addr)));
  }

  put(addr: GuestAddr, bytes: Uint8Array): void {
    if (bytes.length > 0 && !this.memory.write(addr, bytes)) fail(EFAULT);
  }
  put32(addr: GuestAddr, value: number): void {
    if (!this.memory.writeUint(addr, 4, value >>> 0)) fail(EFAULT);
  }
  put64(addr: GuestAddr, value: number | bigint): void {
    if (!this.memory.writeU64(addr, BigInt.asUintN(64, BigInt(value)))) fail(EFAULT);
  }
  /** EFAULT unless the guest may write there. For calls whose effect cannot be taken back. */
  writable(addr: GuestAddr, length: number): void {
    if (length > 0 && !this.memory.allows(addr, length, 2)) fail(EFAULT);
  }
  /** How many bytes from `addr` the guest may access, at most `length`. */
  accessible(addr: GuestAddr, length: number, prot: number): number {
    if (length === 0) return 0;
    if (this.memory.allows(addr, length, prot)) return length;
    let end = addr;
    while (end < addr + length && ((this.memory.protectionOf(end) ?? 0) & prot) === prot) {
      end = Math.floor(end / PAGE_SIZE + 1) * PAGE_SIZE;
    }
    return Math.max(0, Math.min(end - addr, length));
  }

  /** A path or name: UTF-8 up to a zero byte, ENAMETOOLONG when there is none in PATH_MAX bytes. */
  string(addr: GuestAddr, limit = PATH_MAX): string {
    const parts: number[] = [];
    let at = addr;
    while (parts.length < limit) {
      const length = Math.min(64, PAGE_SIZE - (((at % PAGE_SIZE) + PAGE_SIZE) % PAGE_SIZE));
      for (const byte of this.bytes(at, length)) {
        if (byte === 0) return decoder.decode(Uint8Array.from(parts));
        parts.push(byte);
      }
      at += length;
    }
    return fail(ENAMETOOLONG);
  }

  /** A struct timespec in nanoseconds; EINVAL when it is not normal. */
  timespec(addr: GuestAddr): number {
    const seconds = this.i64(addr);
    const nanos = this.i64(addr + 8);
    if (seconds < 0 || nanos < 0 || nanos >= 1e9) fail(EINVAL);
    return Math.min(seconds * 1e9 + nanos, MAX_NANOSECONDS);
  }
  putTimespec(addr: GuestAddr, nanoseconds: number): void {
    this.put64(addr, Math.floor(nanoseconds / 1e9));
    this.put64(addr + 8, nanoseconds % 1e9);
  }
  /** A kernel sigset_t whose size the caller gave. */
  signalSet(addr: GuestAddr, size: number): bigint {
    if (size !== 8) fail(EINVAL);
    return this.u64(addr);
  }
}
