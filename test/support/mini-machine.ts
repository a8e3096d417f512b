// A machine of the real parts around a platform of a few lines, for tests of exec, memory and plugins. Linear memories
// are lent out again once a machine is closed, because making one is the dearest part of a small machine.

import type { Cpu } from '../../emulator/exec/cpu.ts';
import { NO_LOG } from '../../emulator/exec/log.ts';
import { MachineCore, runtimeHost } from '../../emulator/exec/machine.ts';
import type { Fault, Platform } from '../../emulator/exec/platform.ts';
import { riscv64 } from '../../emulator/guest/riscv64/index.ts';
import * as L from '../../emulator/memory/layout.ts';
import { PageMap } from '../../emulator/memory/page-map.ts';
import { ChangeLog } from '../../emulator/passes/change.ts';
import type { PluginModule } from '../../emulator/plugin/api.ts';
import { PluginEngine } from '../../emulator/plugin/engine.ts';
import { enableBranchHints } from '../../emulator/runtime/host-flags.ts';
import { instantiateRuntime, makeLinearMemory, type RuntimeExports } from '../../emulator/runtime/host-load.ts';
import { translators } from '../../emulator/translators/index.ts';
import type { Translator, Tuning } from '../../emulator/translators/translator.ts';

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

const idleMemories: WebAssembly.Memory[] = [];
/** Bytes of frames the last machine over a memory could use. */
const lent = new WeakMap<WebAssembly.Memory, number>();
const MEMORY_BYTES = L.FRAMES + (48 << 20);

/** Empties what a new machine expects to be zero. */
function clear(memory: WebAssembly.Memory, frameBytes: number): void {
  const fill = (start: number, end: number): void => {
    new Uint8Array(memory.buffer, start, end - start).fill(0);
  };
  fill(L.ENV_BASE, L.ENV_BASE + 4 * L.ENV_SIZE);
  fill(L.JUMP_CACHE, L.JUMP_CACHE + L.JUMP_CACHE_ENTRIES * 4);
  fill(L.PAGE_TABLES, L.PAGE_TABLES + (1 << 17));
  fill(L.SCOREBOARDS, L.SCOREBOARDS + (1 << 18));
  // A machine may have used more than the next one asks for.
  fill(L.FRAMES, L.FRAMES + Math.max(frameBytes, lent.get(memory) ?? 0));
  lent.set(memory, frameBytes);
}

export interface MiniOptions {
  /** A built-in translator's name, or one of the test's own. */
  readonly translator?: string | Translator;
  readonly tuning?: Partial<Tuning>;
  /** Guest memory quota (default 2 MiB). */
  readonly memoryBytes?: number;
  /** Frames there are, undo copies included (default twice the quota). */
  readonly frameBytes?: number;
  readonly onFault?: OnFault;
  /** False: privileged state counts (mstatus.FS). Default true. */
  readonly userMode?: boolean;
  /** Names and counts rewrites; a log of its own when missing. */
  readonly changes?: ChangeLog;
}

export interface Mini {
  readonly machine: MachineCore;
  readonly memory: PageMap;
  readonly platform: MiniPlatform;
  readonly runtime: RuntimeExports;
  readonly engine: PluginEngine;
  readonly cpu: Cpu;
  /** Lines of warn and of plugins' outs. */
  readonly warnings: string[];
  readonly output: string[];
  install(module: PluginModule, ...args: string[]): Promise<void>;
  /** Gives the linear memory back; the machine must not be used afterwards. */
  close(): void;
}

export function translatorOf(name: string | Translator, tuning: Partial<Tuning> = {}): Translator {
  const base = typeof name === 'string' ? translators.find((t) => t.name === name) : name;
  if (!base) throw new Error(`no translator ${name}`);
  return { ...base, tuning: { ...base.tuning, ...tuning } };
}

/** A machine with one vCPU and nothing mapped. */
export function createMini(options: MiniOptions = {}): Mini {
  const branchHints = enableBranchHints();
  const wasmMemory = idleMemories.pop() ?? makeLinearMemory(MEMORY_BYTES);
  const memoryBytes = options.memoryBytes ?? 2 << 20;
  const frameBytes = options.frameBytes ?? 2 * memoryBytes;
  clear(wasmMemory, frameBytes);
  let machine: MachineCore;
  const { exports: runtime, helpers } = instantiateRuntime(
    wasmMemory,
    runtimeHost(() => machine),
  );
  const memory = new PageMap(wasmMemory.buffer, runtime, memoryBytes);
  runtime.setFrameLimit(L.FRAMES + frameBytes);
  const warnings: string[] = [];
  const output: string[] = [];
  machine = new MachineCore({
    buffer: wasmMemory.buffer,
    runtime,
    helpers,
    wasmMemory,
    isa: riscv64,
    memory,
    translator: translatorOf(options.translator ?? 'new-tcg', options.tuning),
    changes: options.changes ?? new ChangeLog(),
    userMode: options.userMode ?? true,
    log: NO_LOG,
    branchHints,
    symbolAt: (addr) => `sym_${addr.toString(16)}`,
    warn: (text) => warnings.push(text),
  });
  const platform = new MiniPlatform(machine);
  platform.onFault = options.onFault ?? 'exit';
  machine.platform = platform;
  const engine = new PluginEngine(machine, wasmMemory.buffer, {
    system: false,
    binaryPath: '/guest/program',
    code: { start: 0x10000, end: 0x11000, entry: 0x10000 },
    outs: (text) => output.push(text),
    warn: (text) => warnings.push(text),
  });
  const cpu = machine.addCpu()!;
  let first = true;
  return {
    machine,
    memory,
    platform,
    runtime,
    engine,
    cpu,
    warnings,
    output,
    async install(module, ...args) {
      machine.plugins = engine;
      await engine.install(module, args);
      if (first) engine.vcpuInit(cpu);
      first = false;
    },
    close() {
      idleMemories.push(wasmMemory);
    },
  };
}
