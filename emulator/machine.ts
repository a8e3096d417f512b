// Puts a machine together from its parts: runtime, memory, ISA, translator, platform, plugins. The only place that
// knows all of them.

import { loadWasmText } from './backend/wasm/index.ts';
import { createVirtBoard } from './boards/virt.ts';
import { type Log, NO_LOG } from './exec/log.ts';
import { MachineCore, runtimeHost } from './exec/machine.ts';
import type { StopReason } from './exec/machine-control.ts';
import type { Probe } from './exec/probe.ts';
import { riscv64 } from './guest/riscv64/index.ts';
import { FRAMES } from './memory/layout.ts';
import { PageMap } from './memory/page-map.ts';
import { must, UsageError } from './must.ts';
import { ChangeLog, type ChangeOptions } from './passes/change.ts';
import type { PluginModule } from './plugin/api.ts';
import { PluginEngine, type PluginResult } from './plugin/engine.ts';
import { enableBranchHints } from './runtime/host-flags.ts';
import { instantiateRuntime, makeLinearMemory } from './runtime/host-load.ts';
import type { Translator } from './translators/translator.ts';
import { demandMachine, guessMachine, PF_X, PT_LOAD, parseElf } from './user/elf.ts';
import { HostFiles, hostLayer } from './user/host-files.ts';
import { createLinuxPlatform } from './user/linux.ts';
import { MemoryFiles } from './user/memory-files.ts';
import { SymbolTable } from './user/symbols.ts';

export interface MachineOptions {
  /** The guest's ELF file. */
  readonly program: Uint8Array;
  /** As the guest and messages see it. */
  readonly programPath: string;
  /** Working directory of a process, absolute; also what a relative programPath is relative to. */
  readonly cwd: string;
  readonly argv: readonly string[];
  readonly env: readonly string[];
  readonly machine: 'user' | 'virt' | 'auto';
  readonly translator: Translator;
  /** Bytes of guest memory; 128 MiB for boards and 1 GiB for programs when missing. */
  readonly memoryBytes?: number;
  readonly seed?: number;
  readonly stdin: Uint8Array | ((max: number) => Uint8Array);
  readonly stdout: (bytes: Uint8Array) => void;
  readonly stderr: (bytes: Uint8Array) => void;
  readonly warn: (text: string) => void;
  /** 'host': files are the host's. 'overlay': the host's to read, writes stay in memory. */
  readonly files: 'host' | 'overlay';
  readonly log?: Log;
  /** Told of where the machine's time goes. */
  readonly probe?: Probe;
  readonly changes?: ChangeOptions;
  readonly plugins: readonly { readonly module: PluginModule; readonly args: readonly string[] }[];
  /** What a plugin that throws does to the run; 'remove' when missing. */
  readonly pluginErrors?: 'remove' | 'fatal';
  /** Reports will ask for the Wasm text of blocks (-d out_asm has it anyway). */
  readonly wasmText?: boolean;
}

/** The plugins of a machine while it runs. */
export type PluginControl = Pick<
  PluginEngine,
  'names' | 'load' | 'unload' | 'reload' | 'sleep' | 'wake' | 'atexit' | 'profile' | 'profiled' | 'profiledInline'
>;

const MIB = 1 << 20;
const BOARD_MEMORY = 128 * MIB;
const USER_MEMORY = 1024 * MIB;
/** Room for undo copies beyond the guest's own memory. */
const UNDO_MEMORY = 512 * MIB;
/** A 32-bit linear memory ends at 4 GiB. */
const MAX_MEMORY = 4096 * MIB - FRAMES - UNDO_MEMORY;

/** A machine with its program loaded and its plugins known. `start` installs them, `finish` runs their atexit. */
export class Machine extends MachineCore {
  private engine: PluginEngine | undefined;
  private requested: MachineOptions['plugins'] = [];
  private probe: Probe | undefined;

  /** Called once by createMachine. */
  equip(engine: PluginEngine, requested: MachineOptions['plugins'], probe: Probe | undefined): void {
    this.engine = engine;
    this.probe = probe;
    this.requested = requested;
  }

  /** What plugins have handed over as results, in order. */
  get pluginResults(): readonly PluginResult[] {
    return this.engine?.results ?? [];
  }

  /** Plugins in a run that has begun: names of those loaded, and their coming and going. */
  get pluginControl(): PluginControl {
    must(this.engine, 'a machine without an engine');
    this.plugins = this.engine;
    return this.engine;
  }

  /** Names of plugins that threw and were removed. */
  get failedPlugins(): readonly string[] {
    return this.engine?.failed ?? [];
  }

  /** Installs the plugins, in order. Throws UsageError when one cannot be. */
  async start(): Promise<void> {
    const engine = this.engine;
    if (!engine || this.requested.length === 0) return;
    this.plugins = engine;
    for (const { module, args } of this.requested) await engine.install(module, args);
    for (const cpu of this.cpus) engine.vcpuInit(cpu);
    this.checkPlugins();
  }

  /** Runs until icount = limit or the guest ends; stops where plugins' windows end and waits for them. */
  async runAsync(limit: number = Number.POSITIVE_INFINITY): Promise<StopReason> {
    while (true) {
      const window = this.plugins?.nextWindow(this.icount) ?? NO_WINDOW;
      const end = Math.min(limit, window.end, this.icount + BREATH);
      const stopped = this.run(end, Math.min(limit, window.latest));
      this.checkPlugins();
      if (stopped.kind !== 'limit') return stopped;
      if (this.icount >= window.end) {
        this.probe?.enter('exchange');
        await this.plugins?.window(this.icount);
        this.probe?.leave();
      } else if (this.icount < limit) await breathe();
      if (this.ended) return this.ended;
      if (this.icount >= limit) return { kind: 'limit' };
    }
  }

  /** The guest's run is over: plugins' atexit, last loaded first. */
  finish(): void {
    this.plugins?.atexit();
    this.checkPlugins();
  }

  private checkPlugins(): void {
    const message = this.engine?.fatal;
    if (message !== undefined) throw new UsageError(message, '--plugin-errors=remove lets the run go on without it.');
  }
}

const NO_WINDOW = { end: Number.POSITIVE_INFINITY, latest: Number.POSITIVE_INFINITY };
/** Instructions between two looks at timers, sockets and signals of the host. */
const BREATH = 50_000_000;

function breathe(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** What an ELF file is run as, and its headers. Throws UsageError, with the file's name, when it cannot be run. */
function identify({ program, programPath, machine }: Pick<MachineOptions, 'program' | 'programPath' | 'machine'>) {
  try {
    const elf = parseElf(program);
    return { elf, kind: machine === 'auto' ? guessMachine(elf) : machine };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${programPath} is ${error.message}`, error.remedy);
  }
}

/** Whether a program would run as a process or as the image of a board. */
export function machineKind(options: Parameters<typeof identify>[0]): 'user' | 'virt' {
  return identify(options).kind;
}

export async function createMachine(options: MachineOptions): Promise<Machine> {
  const { elf, kind } = identify(options);
  demandMachine(elf, riscv64.elfMachine, options.programPath);
  const memoryBytes = options.memoryBytes ?? (kind === 'virt' ? BOARD_MEMORY : USER_MEMORY);
  if (!(memoryBytes >= MIB && memoryBytes <= MAX_MEMORY)) {
    throw new UsageError(
      `a guest memory of ${memoryBytes} bytes is not possible`,
      `Give -m a size from 1M to ${Math.floor(MAX_MEMORY / MIB)}M.`,
    );
  }
  const log = options.log ?? NO_LOG;
  const branchHints = enableBranchHints();
  const wasmMemory = makeLinearMemory(FRAMES + memoryBytes + UNDO_MEMORY);
  let machine: Machine;
  const { exports: runtime, helpers } = instantiateRuntime(
    wasmMemory,
    runtimeHost(() => machine),
  );
  const memory = new PageMap(wasmMemory.buffer, runtime, memoryBytes);
  let symbols = new SymbolTable(() => elf.symbols);
  machine = new Machine({
    buffer: wasmMemory.buffer,
    runtime,
    helpers,
    wasmMemory,
    isa: riscv64,
    memory,
    translator: options.translator,
    changes: new ChangeLog(options.changes, options.translator.without),
    userMode: kind === 'user',
    log,
    probe: options.probe,
    branchHints,
    symbolAt: (addr) => symbols.describe(addr),
    warn: options.warn,
    ...((options.wasmText || log.items.has('out_asm')) && { wasmText: await loadWasmText() }),
  });

  if (kind === 'virt') {
    const { stdin, stdout } = options;
    machine.platform = createVirtBoard({
      image: options.program,
      host: machine,
      memory,
      ramBytes: memoryBytes,
      consoleOut: (byte) => stdout(Uint8Array.of(byte)),
      ...(stdin instanceof Uint8Array && { consoleIn: stdin }),
    });
  } else {
    const { stdin } = options;
    const input = stdin instanceof Uint8Array ? bufferedInput(stdin) : stdin;
    const linux = createLinuxPlatform({
      elf,
      argv: options.argv,
      env: options.env,
      host: machine,
      memory,
      files: options.files === 'host' ? new HostFiles() : new MemoryFiles(hostLayer()),
      seed: options.seed ?? 1,
      stdin: input,
      stdout: options.stdout,
      stderr: options.stderr,
      programPath: options.programPath,
      cwd: options.cwd,
    });
    machine.platform = linux;
    symbols = linux.symbols;
  }
  const loads = elf.programs.filter((p) => p.type === PT_LOAD && p.flags & PF_X);
  const engine = new PluginEngine(machine, wasmMemory.buffer, {
    system: kind === 'virt',
    binaryPath: options.programPath,
    code: {
      start: Math.min(...loads.map((p) => p.vaddr)),
      end: Math.max(...loads.map((p) => p.vaddr + p.fileSize)),
      entry: elf.entry,
    },
    outs: (text) => {
      if (log.items.has('plugin')) log.write(text);
    },
    warn: options.warn,
  });
  engine.errors = options.pluginErrors ?? 'remove';
  machine.equip(engine, options.plugins, options.probe);
  return machine;
}

function bufferedInput(bytes: Uint8Array): (max: number) => Uint8Array {
  let at = 0;
  return (max) => {
    const chunk = bytes.subarray(at, at + max);
    at += chunk.length;
    return chunk;
  };
}
