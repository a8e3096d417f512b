// A machine of the real parts with one vCPU (or none yet), nothing mapped and no platform: whoever makes one gives it that. Linear
// memories are lent out again once a machine is closed, because making one is the dearest part of a small machine.

import type { Cpu } from '../exec/cpu.ts';
import { NO_LOG } from '../exec/log.ts';
import { MachineCore, runtimeHost } from '../exec/machine.ts';
import { riscv64 } from '../guest/riscv64/index.ts';
import * as L from '../memory/layout.ts';
import { PageMap } from '../memory/page-map.ts';
import { must } from '../must.ts';
import { ChangeLog } from '../passes/change.ts';
import type { PluginModule } from '../plugin/api.ts';
import { PluginEngine } from '../plugin/engine.ts';
import { enableBranchHints } from '../runtime/host-flags.ts';
import { instantiateRuntime, makeLinearMemory, type RuntimeExports } from '../runtime/host-load.ts';
import { translators } from '../translators/index.ts';
import type { Translator, Tuning } from '../translators/translator.ts';

const idleMemories: WebAssembly.Memory[] = [];
/** Bytes of frames the last machine over a memory could use. */
const lent = new WeakMap<WebAssembly.Memory, number>();
const MEMORY_BYTES = L.FRAMES + (48 << 20);

/** Empties what a new machine expects to be zero. */
function clear(memory: WebAssembly.Memory, frameBytes: number): void {
  // By doublewords: V8 fills shared memory element by element.
  const fill = (start: number, end: number): void => {
    new Float64Array(memory.buffer, start, (end - start) / 8).fill(0);
  };
  fill(L.ENV_BASE, L.ENV_BASE + 4 * L.ENV_SIZE);
  fill(L.JUMP_CACHE, L.JUMP_CACHE + L.JUMP_CACHE_ENTRIES * 4);
  fill(L.PAGE_TABLES, L.PAGE_TABLES + (1 << 17));
  fill(L.SCOREBOARDS, L.SCOREBOARDS + (1 << 18));
  // A machine may have used more than the next one asks for.
  fill(L.FRAMES, L.FRAMES + Math.max(frameBytes, lent.get(memory) ?? 0));
  lent.set(memory, frameBytes);
}

export interface BareOptions {
  /** A built-in translator's name, or one that is not built in. */
  readonly translator?: string | Translator;
  readonly tuning?: Partial<Tuning>;
  /** Guest memory quota (default 2 MiB). */
  readonly memoryBytes?: number;
  /** Frames there are, undo copies included (default twice the quota). */
  readonly frameBytes?: number;
  /** False: privileged state counts (mstatus.FS). Default true. */
  readonly userMode?: boolean;
  /** Names and counts rewrites; a log of its own when missing. */
  readonly changes?: ChangeLog;
}

export interface BareMachine {
  readonly machine: MachineCore;
  readonly memory: PageMap;
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
  must(base, `no translator ${name}`);
  return { ...base, tuning: { ...base.tuning, ...tuning } };
}

/** A machine without vCPUs, platform and plugins. */
export interface BareCore {
  readonly machine: MachineCore;
  readonly memory: PageMap;
  readonly runtime: RuntimeExports;
  readonly wasmMemory: WebAssembly.Memory;
  /** Lines of warn. */
  readonly warnings: string[];
}

export function createCore(options: BareOptions): BareCore {
  const branchHints = enableBranchHints();
  const memoryBytes = options.memoryBytes ?? 2 << 20;
  const frameBytes = options.frameBytes ?? 2 * memoryBytes;
  const bytes = L.FRAMES + frameBytes;
  const wasmMemory =
    bytes > MEMORY_BYTES ? makeLinearMemory(bytes) : (idleMemories.pop() ?? makeLinearMemory(MEMORY_BYTES));
  clear(wasmMemory, frameBytes);
  const translator = translatorOf(options.translator ?? 'new-tcg', options.tuning);
  let machine: MachineCore;
  const { exports: runtime, helpers } = instantiateRuntime(
    wasmMemory,
    runtimeHost(() => machine),
  );
  const memory = new PageMap(wasmMemory.buffer, runtime, memoryBytes);
  runtime.setFrameLimit(L.FRAMES + frameBytes);
  const warnings: string[] = [];
  machine = new MachineCore({
    buffer: wasmMemory.buffer,
    runtime,
    helpers,
    wasmMemory,
    isa: riscv64,
    memory,
    translator,
    changes: options.changes ?? new ChangeLog({}, translator.without),
    userMode: options.userMode ?? true,
    log: NO_LOG,
    branchHints,
    symbolAt: (addr) => `sym_${addr.toString(16)}`,
    warn: (text) => warnings.push(text),
  });
  return { machine, memory, runtime, wasmMemory, warnings };
}

/** A machine with one vCPU and nothing mapped. */
export function createBare(options: BareOptions = {}): BareMachine {
  const { machine, memory, runtime, wasmMemory, warnings } = createCore(options);
  const output: string[] = [];
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
