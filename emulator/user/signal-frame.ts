// The frame Linux puts on a riscv64 stack to run a signal handler, byte for byte: siginfo (128), then ucontext (flags,
// link, stack, mask, padding to 128 bytes of mask, mcontext aligned to 16: pc, x1..x31, f0..f31, fcsr, reserved).
// Pure layout: registers in, bytes out and back. Who gets a frame is decided in signals.ts.

import type { Cpu } from '../exec/cpu.ts';
import { F, X } from '../guest/riscv64/registers.ts';
import { SLOT_FP_FLAGS, SLOT_FP_MODE, SLOT_PC } from '../memory/layout.ts';
import type { AltStack, QueuedSignal } from './process.ts';

export const SIGINFO_SIZE = 128;
const UCONTEXT = SIGINFO_SIZE;
const UC_STACK = UCONTEXT + 16;
const UC_SIGMASK = UCONTEXT + 40;
const UC_MCONTEXT = UCONTEXT + 176;
const GREGS = UC_MCONTEXT;
const FPREGS = GREGS + 32 * 8;
const FCSR = FPREGS + 32 * 8;
/** The floating-point part is a union with the 128-bit registers of the Q extension. */
const FP_STATE_SIZE = 64 * 8 + 16;

export const FRAME_SIZE = FPREGS + FP_STATE_SIZE;
/** Offset of the ucontext from the frame, which begins with the siginfo. */
export const FRAME_UCONTEXT = UCONTEXT;

export function encodeSiginfo(signal: QueuedSignal): Uint8Array {
  const bytes = new Uint8Array(SIGINFO_SIZE);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, signal.sig, true);
  view.setInt32(8, signal.code, true);
  switch (signal.kind) {
    case 'fault':
      view.setBigUint64(16, BigInt.asUintN(64, signal.value), true);
      break;
    case 'rt':
      view.setBigUint64(24, BigInt.asUintN(64, signal.value), true);
      view.setInt32(16, signal.pid, true);
      view.setInt32(20, signal.uid, true);
      break;
    case 'timer':
      view.setInt32(16, signal.pid, true); // timer id; the overrun count after it is 0
      view.setBigUint64(24, BigInt.asUintN(64, signal.value), true);
      break;
    case 'kill':
      view.setInt32(16, signal.pid, true);
      view.setInt32(20, signal.uid, true);
  }
  return bytes;
}

/** The whole frame for the vCPU as it stands. */
export function encodeFrame(cpu: Cpu, signal: QueuedSignal, mask: bigint, stack: AltStack): Uint8Array {
  const bytes = new Uint8Array(FRAME_SIZE);
  bytes.set(encodeSiginfo(signal));
  const view = new DataView(bytes.buffer);
  view.setBigInt64(UC_STACK, BigInt(stack.sp), true);
  view.setInt32(UC_STACK + 8, stack.flags, true);
  view.setBigInt64(UC_STACK + 16, BigInt(stack.size), true);
  view.setBigUint64(UC_SIGMASK, mask, true);
  view.setBigUint64(GREGS, cpu.read(SLOT_PC), true);
  for (let n = 1; n < 32; n++) view.setBigUint64(GREGS + 8 * n, cpu.read(X(n)), true);
  for (let n = 0; n < 32; n++) view.setBigUint64(FPREGS + 8 * n, cpu.read(F(n)), true);
  const fcsr = ((cpu.readI32(SLOT_FP_MODE) & 7) << 5) | (cpu.readI32(SLOT_FP_FLAGS) & 31);
  view.setUint32(FCSR, fcsr, true);
  return bytes;
}

/** Sets the vCPU's registers from a frame; returns the mask and alternate stack it holds. */
export function decodeFrame(cpu: Cpu, bytes: Uint8Array): { mask: bigint; stack: AltStack } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, FRAME_SIZE);
  cpu.write(SLOT_PC, view.getBigUint64(GREGS, true) & ~1n);
  for (let n = 1; n < 32; n++) cpu.write(X(n), view.getBigUint64(GREGS + 8 * n, true));
  for (let n = 0; n < 32; n++) cpu.write(F(n), view.getBigUint64(FPREGS + 8 * n, true));
  const fcsr = view.getUint32(FCSR, true);
  cpu.write(SLOT_FP_MODE, BigInt((fcsr >> 5) & 7));
  cpu.write(SLOT_FP_FLAGS, BigInt(fcsr & 31));
  return {
    mask: view.getBigUint64(UC_SIGMASK, true),
    stack: {
      sp: Number(view.getBigInt64(UC_STACK, true)),
      flags: view.getInt32(UC_STACK + 8, true),
      size: Number(view.getBigInt64(UC_STACK + 16, true)),
    },
  };
}
