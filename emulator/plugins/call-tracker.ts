// Follows calls and returns of every vCPU: what call traces are made of. A call is a jump that links to ra or t0, a
// return one through them. Translated code notes such a jump in a cell; the next block entered, its destination, calls
// back. Frames are matched by return address, so that longjmp, tail calls and switched stacks leave none behind for
// ever. Time is the instruction count of the machine.

import type { GuestAddr } from '../bits.ts';
import type { CallbackFlags, InsnHandle, PluginApi } from '../plugin/api.ts';

export interface CallSink {
  /** `function_` is where control has gone to; depth counts from 0. */
  enter(cpu: number, function_: GuestAddr, time: number, depth: number): void;
  leave(cpu: number, function_: GuestAddr, time: number, depth: number): void;
}

interface Frame {
  readonly function_: GuestAddr;
  readonly returnTo: GuestAddr;
}

const CALL = 1;
const RETURN = 2;
/** Deeper than this the guest is not calling functions. */
const MAX_DEPTH = 4096;

const isLink = (register: number): boolean => register === 1 || register === 5;

/** What an instruction is to the call stack of RISC-V, by the manual's hints for return-address stacks. */
export function jumpKind(word: number): typeof CALL | typeof RETURN | 0 {
  if ((word & 3) !== 3) {
    if ((word & 0xe07f) !== 0x8002) return 0;
    const source = (word >>> 7) & 31;
    if (source === 0) return 0;
    if (word & 0x1000) return CALL;
    return isLink(source) ? RETURN : 0;
  }
  const destination = (word >>> 7) & 31;
  const opcode = word & 127;
  if (opcode === 0x6f) return isLink(destination) ? CALL : 0;
  if (opcode !== 0x67) return 0;
  if (isLink(destination)) return CALL;
  return isLink((word >>> 15) & 31) ? RETURN : 0;
}

export class CallTracker {
  private readonly api: PluginApi;
  private readonly sink: CallSink;
  private readonly pending;
  private readonly returnTo;
  private readonly stacks: Frame[][] = [];

  /** `flags`: what the sink may do with registers. */
  constructor(api: PluginApi, sink: CallSink, flags: CallbackFlags = 'no-regs') {
    this.api = api;
    this.sink = sink;
    const board = api.scoreboard(16);
    this.pending = board.u64(0);
    this.returnTo = board.u64(8);
    const started = api.scoreboard(8).u64();
    api.onTbTrans((tb) => {
      const { pc } = tb;
      // The first block of a vCPU is a function, too.
      tb.onExec((cpu) => this.arrive(cpu, pc, CALL), {
        flags,
        when: { left: started, is: 'eq', right: 0 },
      });
      tb.inlineStore(started, 1);
      tb.onExec((cpu) => this.arrive(cpu, pc, Number(this.pending.get(cpu))), {
        flags,
        when: { left: this.pending, is: 'ne', right: 0 },
      });
      for (const insn of tb.insns()) this.note(insn);
    });
  }

  /** Ends all that has not returned. */
  finish(): void {
    const now = this.api.machine.icount;
    this.stacks.forEach((stack, cpu) => {
      while (stack.length > 0) this.pop(cpu, stack, now);
    });
  }

  private note(insn: InsnHandle): void {
    const kind = jumpKind(insn.opcode());
    if (kind === 0) return;
    insn.inlineStore(this.pending, kind);
    if (kind === CALL) insn.inlineStore(this.returnTo, insn.pc + insn.size);
  }

  private arrive(cpu: number, pc: GuestAddr, kind: number): void {
    const now = this.api.machine.icount;
    this.stacks[cpu] ??= [];
    const stack = this.stacks[cpu];
    this.pending.set(cpu, 0);
    if (kind === CALL) {
      if (stack.length >= MAX_DEPTH) return;
      this.sink.enter(cpu, pc, now, stack.length);
      stack.push({ function_: pc, returnTo: Number(BigInt.asIntN(64, this.returnTo.get(cpu))) });
      return;
    }
    let at = stack.length - 1;
    while (at >= 0 && stack[at]!.returnTo !== pc) at--;
    if (at < 0) return;
    while (stack.length > at) this.pop(cpu, stack, now);
  }

  private pop(cpu: number, stack: Frame[], now: number): void {
    const { function_ } = stack.pop()!;
    this.sink.leave(cpu, function_, now, stack.length);
  }
}
