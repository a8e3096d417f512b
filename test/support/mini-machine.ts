// A machine of the real parts around a platform of a few lines, for tests of exec, memory and plugins.

import type { Cpu } from '../../emulator/exec/cpu.ts';
import type { MachineCore } from '../../emulator/exec/machine.ts';
import type { Fault, Platform } from '../../emulator/exec/platform.ts';
import { riscv64 } from '../../emulator/guest/riscv64/index.ts';
import * as L from '../../emulator/memory/layout.ts';
import { type BareMachine, type BareOptions, createBare, translatorOf } from '../../emulator/sequence/bare-machine.ts';

export { translatorOf };

/** Registers by number as environment slots. */
export const X = (n: number): number => L.SLOT_ISA + n;

/** Calls of the mini platform, in a7; arguments a0 to a2, result in a0. */
export const CALL = {
  exit: 93,
  note: 1,
  map: 2,
  unmap: 3,
  protect: 4,
  addCpu: 5,
  icount: 6,
  wait: 7,
  yield: 8,
} as const;

/** What a fault does: go on behind the instruction, jump to the handler (t6 = pc, t5 = address), or end the run. */
export type OnFault = 'skip' | 'handler' | 'exit';

export class MiniPlatform implements Platform {
  /** 'system': plugins hear of vCPUs that wait. */
  kind: 'user' | 'system' = 'user';
  /** vCPUs that wait, by index: until when. */
  waiting = new Map<number, number>();
  onFault: OnFault = 'exit';
  handler = 0;
  /** Everything that happened, one line each, with icount. */
  trace: string[] = [];
  private readonly machine: MachineCore;

  constructor(machine: MachineCore) {
    this.machine = machine;
  }
  private note(text: string): void {
    this.trace.push(`${this.machine.icount} ${text}`);
  }

  system(cpu: Cpu, word: number): void {
    const { machine } = this;
    cpu.pc += riscv64.instructionLength(word);
    if (word !== 0x73) return;
    const [a0, a1, a2] = [10, 11, 12].map((n) => cpu.readNumber(X(n))) as [number, number, number];
    switch (cpu.readNumber(X(17))) {
      case CALL.exit:
        this.note(`exit ${a0}`);
        machine.exit(a0 & 255);
        break;
      case CALL.note:
        this.note(`note ${cpu.index} ${cpu.read(X(10))}`);
        machine.event({ kind: 'syscall', cpu: cpu.index, detail: [cpu.read(X(10))], text: 'note' });
        break;
      case CALL.map:
        machine.memory.map(a0, a1, a2);
        break;
      case CALL.unmap:
        machine.memory.unmap(a0, a1);
        break;
      case CALL.protect:
        machine.memory.protect(a0, a1, a2);
        break;
      case CALL.wait:
        this.waiting.set(cpu.index, machine.icount + a0);
        break;
      case CALL.yield:
        machine.yieldTurn();
        break;
      case CALL.icount:
        cpu.writeNumber(X(10), machine.icount);
        break;
      case CALL.addCpu: {
        const other = machine.addCpu();
        if (other) {
          other.pc = a0;
          other.writeNumber(X(10), a1);
        }
        cpu.writeNumber(X(10), other ? other.index : -1);
        break;
      }
      default:
        this.note(`ecall ${cpu.readNumber(X(17))}`);
    }
  }
  illegal(cpu: Cpu, word: number): void {
    this.trap(cpu, `illegal ${(word >>> 0).toString(16)}`, 0n);
  }
  fault(cpu: Cpu, fault: Fault): void {
    const kind = `${fault.kind}${fault.misaligned ? ' misaligned' : ''}${fault.mapped ? ' mapped' : ''}`;
    this.trap(cpu, `${kind} ${fault.address.toString(16)}`, fault.address);
  }
  private trap(cpu: Cpu, what: string, address: bigint): void {
    this.note(`${what} at ${cpu.pc.toString(16)}`);
    if (this.onFault === 'handler') {
      cpu.writeNumber(X(31), cpu.pc);
      cpu.write(X(30), address);
      cpu.pc = this.handler;
      return;
    }
    const first = this.onFault === 'skip' ? this.machine.memory.peek(cpu.pc, 2) : undefined;
    if (first) cpu.pc += riscv64.instructionLength(first[0]!);
    else this.machine.exit(139, what);
  }
  runnable(cpu: Cpu): boolean {
    return !this.waiting.has(cpu.index);
  }
  interrupt(): boolean {
    return false;
  }
  nextDeadline(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.waiting.values());
  }
  deadline(): void {
    for (const [index, until] of this.waiting) if (until <= this.machine.icount) this.waiting.delete(index);
  }
  /** Virtual time is the instruction count, which stands still: the first to wait goes on at once. */
  idle(): boolean {
    const [first] = [...this.waiting].sort(([, a], [, b]) => a - b);
    if (first) this.waiting.delete(first[0]);
    return first !== undefined;
  }
  save(): unknown {
    return { lines: this.trace.length, waiting: new Map(this.waiting) };
  }
  restore(state: unknown): void {
    const { lines, waiting } = state as { lines: number; waiting: Map<number, number> };
    this.trace.length = lines;
    this.waiting = new Map(waiting);
  }
}

export interface MiniOptions extends BareOptions {
  readonly onFault?: OnFault;
}

export interface Mini extends BareMachine {
  readonly platform: MiniPlatform;
}

/** A machine with one vCPU and nothing mapped. */
export function createMini(options: MiniOptions = {}): Mini {
  const bare = createBare(options);
  const platform = new MiniPlatform(bare.machine);
  platform.onFault = options.onFault ?? 'exit';
  bare.machine.platform = platform;
  return { ...bare, platform };
}
