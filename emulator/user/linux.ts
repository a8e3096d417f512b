// Linux user mode for riscv64 as a platform: turns the machine's exits (ecall, ebreak, counters, faults) into system
// calls and signals of one process, and gives its threads vCPUs. Time is virtual (process.ts), files are a FileSystem,
// all state is in the parts that save() lists; whatever else is kept serves messages only.

import { type GuestAddr, hex } from '../bits.ts';
import type { Cpu } from '../exec/cpu.ts';
import type { Fault, Platform, PlatformHost } from '../exec/platform.ts';
import { SLOT_RES_ADDR, X } from '../guest/riscv64/registers.ts';
import type { GuestMemory } from '../memory/guest-memory.ts';
import { must, UsageError } from '../must.ts';
import { AddressSpace } from './address-space.ts';
import { Call, NO_RESULT } from './call.ts';
import { Descriptors } from './descriptors.ts';
import type { ElfFile } from './elf.ts';
import { EAGAIN, EINTR, ENOSYS, Errno, ETIMEDOUT } from './errno.ts';
import { type FileSystem, joinPath } from './files.ts';
import { loadImage } from './loader.ts';
import type { ProcessState, QueuedSignal, ThreadState, Wait } from './process.ts';
import { NEVER, Process } from './process.ts';
import { Random } from './random.ts';
import * as S from './signal-numbers.ts';
import { deliver, faultSignal, forceSignal, hasDeliverable, interrupt } from './signals.ts';
import { type InputSource, type OutputSink, StandardStreams } from './streams.ts';
import { SymbolTable } from './symbols.ts';
import { describeCall, SYSCALLS } from './syscalls.ts';
import { expireTimers, nextTimerIcount, nextTimerNs } from './timers.ts';

export interface LinuxOptions {
  readonly elf: ElfFile;
  /** argv[0] first. */
  readonly argv: readonly string[];
  /** `NAME=value` strings. */
  readonly env: readonly string[];
  readonly host: PlatformHost;
  readonly memory: GuestMemory;
  readonly files: FileSystem;
  /** Seed of AT_RANDOM, getrandom and /dev/urandom. */
  readonly seed: number;
  readonly stdin: InputSource;
  readonly stdout: OutputSink;
  readonly stderr: OutputSink;
  /** As AT_EXECFN shows it; /proc/self/exe is the same path, absolute and without links. */
  readonly programPath: string;
  /** 8 MiB when missing. */
  readonly stackBytes?: number;
  /** Working directory; where the file system starts when missing, `/` when it is not there. */
  readonly cwd?: string;
}

export interface LinuxPlatform extends Platform {
  readonly kind: 'user';
  /** Names of the program, where it was loaded. */
  readonly symbols: SymbolTable;
  /** The process, for tools and tests. */
  readonly process: Process;
  readonly entry: GuestAddr;
}

const DEFAULT_STACK = 8 << 20;
const MIN_STACK = 64 << 10;
const MAX_STACK = 1 << 30;

const ECALL = 0x00000073;
const EBREAK = 0x00100073;
const C_EBREAK = 0x9002;
const CSR_CYCLE = 0xc00;
const CSR_INSTRET = 0xc02;

/** Loads the program and makes its main thread. Throws UsageError for a program that cannot be run. */
export function createLinuxPlatform(options: LinuxOptions): LinuxPlatform {
  return new Linux(options);
}

class Linux implements LinuxPlatform {
  /** The call attempted last: what its report is about. */
  private attempted: Call | undefined;
  /** What was saved or restored last, while nothing has changed since. Going back over plain code is cheap then. */
  private kept: SavedLinux | undefined;
  readonly kind = 'user';
  readonly process: Process;
  readonly symbols: SymbolTable;
  readonly entry: GuestAddr;

  constructor(options: LinuxOptions) {
    const { host, memory, files, elf } = options;
    const stackBytes = options.stackBytes ?? DEFAULT_STACK;
    if (!Number.isInteger(stackBytes) || stackBytes < MIN_STACK || stackBytes > MAX_STACK) {
      throw new UsageError(`a stack of ${stackBytes} bytes is not possible`, 'Choose 64 KiB to 1 GiB.');
    }
    const random = new Random(options.seed);
    const space = new AddressSpace(memory);
    const { argv, env, programPath } = options;
    const cwd = realPath(files, options.cwd ?? files.start ?? '/', '/');
    const path = joinPath(cwd, programPath);
    const exePath = realPath(files, path, path);
    const request = { elf, argv, env, programPath, realPath: exePath, stackBytes, random: random.bytes(16) };
    const image = loadImage(memory, space, request);
    const streams = new StandardStreams(options.stdin, options.stdout, options.stderr);
    const descriptors = new Descriptors(files, streams, random);
    this.symbols = new SymbolTable(() => elf.symbols, image.bias);
    this.entry = image.entry;
    const process = new Process({
      host,
      memory,
      files,
      space,
      descriptors,
      streams,
      random,
      symbols: this.symbols,
      exePath,
      argv,
      trampoline: image.trampoline,
      stackBytes,
    });
    this.process = process;
    process.state.cwd = cwd;
    process.onResult = (cpu, result) => this.report(cpu, result);
    space.onChange = (kind, start, length, prot, name) =>
      host.plugins?.mapping({ kind, start, length, prot, path: name.startsWith('/') ? name : undefined });
    const cpu = host.addCpu();
    must(cpu !== undefined, 'no vCPU for the main thread');
    process.addThread(cpu);
    cpu.pc = image.entry;
    cpu.writeNumber(X(2), image.stackPointer);
    cpu.writeNumber(SLOT_RES_ADDR, -1);
  }

  // --- exits -------------------------------------------------------------------------------------------------------

  system(cpu: Cpu, word: number): void {
    this.kept = undefined;
    const thread = this.threadOn(cpu);
    if (word === ECALL) {
      this.call(thread, cpu);
      this.settle(thread);
      return;
    }
    if (word === EBREAK || word === C_EBREAK) {
      const signal = faultSignal(S.SIGTRAP, S.TRAP_BRKPT, BigInt(cpu.pc));
      forceSignal(this.process, thread, { ...signal, why: 'ebreak' });
      return;
    }
    if ((word & 0x707f) === 0x100f) {
      // fence.i: translated code follows memory anyway.
      cpu.pc += 4;
      return;
    }
    if (!this.readCounter(cpu, word)) this.illegal(cpu, word);
  }

  /** rdcycle, rdtime, rdinstret: csrrs, csrrc (and immediate forms) that write nothing. */
  private readCounter(cpu: Cpu, word: number): boolean {
    const csr = word >>> 20;
    const reads = (word & 0x7f) === 0x73 && ((word >> 12) & 2) !== 0 && ((word >> 15) & 31) === 0;
    if (!reads || csr < CSR_CYCLE || csr > CSR_INSTRET) return false;
    const target = (word >> 7) & 31;
    const value = csr === 0xc01 ? this.process.now : this.process.host.icount;
    if (target !== 0) cpu.writeNumber(X(target), value);
    cpu.pc += 4;
    return true;
  }

  illegal(cpu: Cpu, word: number): void {
    this.kept = undefined;
    const signal = faultSignal(S.SIGILL, S.ILL_ILLOPC, BigInt(cpu.pc));
    const shown = (word & 3) === 3 ? word >>> 0 : word & 0xffff;
    forceSignal(this.process, this.threadOn(cpu), { ...signal, why: `illegal instruction ${hex(shown)}` });
  }

  fault(cpu: Cpu, fault: Fault): void {
    this.kept = undefined;
    const verb = fault.kind === 'fetch' ? 'execution of' : fault.kind === 'load' ? 'load from' : 'store to';
    let signal: QueuedSignal;
    if (fault.misaligned) {
      signal = { ...faultSignal(S.SIGBUS, S.BUS_ADRALN, fault.address), why: `${verb} misaligned address` };
    } else {
      const what = fault.mapped ? 'protected' : 'unmapped';
      const code = fault.mapped ? S.SEGV_ACCERR : S.SEGV_MAPERR;
      signal = { ...faultSignal(S.SIGSEGV, code, fault.address), why: `${verb} ${what} address` };
    }
    signal.why += ` ${hex(fault.address)}`;
    forceSignal(this.process, this.threadOn(cpu), signal);
  }

  // --- system calls ------------------------------------------------------------------------------------------------

  private call(thread: ThreadState, cpu: Cpu): void {
    const call = new Call(this.process, thread, cpu);
    thread.interrupted = null;
    if (this.answeredByPlugin(call)) return;
    const row = SYSCALLS.get(call.number);
    if (row === undefined) {
      const place = this.process.describe(cpu.pc);
      this.process.warnOnce(`unknown system call ${call.number} at pc ${place}: ENOSYS`, `unknown ${call.number}`);
      this.process.complete(thread, -ENOSYS);
      return;
    }
    this.attempt(call);
  }

  /** Plugins hear of the call, and may answer it themselves or go on elsewhere. */
  private answeredByPlugin({ cpu, thread, number }: Call): boolean {
    const { host } = this.process;
    if (!host.plugins) return false;
    // QEMU hands over eight; the last two are not passed on this target.
    const args = [0, 1, 2, 3, 4, 5].map((i) => cpu.read(X(10 + i)));
    const answer = host.plugins.syscall(cpu, number, [...args, 0n, 0n]);
    if (answer === undefined) return false;
    if (answer !== 'redirected') this.process.complete(thread, Number(BigInt.asIntN(64, answer)));
    return true;
  }

  /** Runs the handler; the thread gets its result, or waits. */
  private attempt(call: Call): void {
    const { process, thread } = call;
    this.attempted = call;
    const row = SYSCALLS.get(call.number);
    must(row !== undefined, 'a call that waits is in the table');
    let result: ReturnType<typeof row.handler>;
    try {
      result = row.handler(call);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      result = -error.code;
    }
    if (result === NO_RESULT) return;
    if (typeof result === 'number') {
      process.complete(thread, result);
      return;
    }
    const order = call.resumed?.order ?? process.nextOrder();
    const wait = { ...result, order } as Wait;
    thread.wait = wait;
    if (hasDeliverable(process, thread)) interrupt(process, thread, wait);
  }

  /** After a call: calls of other threads that can go on now do, in the order they began to wait; then signals. */
  private settle(thread: ThreadState): void {
    const { process } = this;
    while (process.descriptors.changed && !process.state.ended) {
      process.descriptors.changed = false;
      const waiting = process.state.threads
        .filter((t) => t.wait?.kind === 'descriptors')
        .sort((a, b) => a.wait!.order - b.wait!.order);
      for (const waiter of waiting) this.retry(waiter, false);
    }
    if (process.state.threads.includes(thread) && thread.wait === null) deliver(process, thread);
  }

  private retry(thread: ThreadState, timedOut: boolean): void {
    const wait = thread.wait;
    if (wait === null) return;
    const call = new Call(this.process, thread, this.process.cpuOf(thread));
    call.resumed = wait;
    call.timedOut = timedOut;
    this.attempt(call);
  }

  private report(cpu: Cpu, result: number): void {
    const number = cpu.readNumber(X(17));
    const args = [0, 1, 2, 3, 4, 5].map((i) => cpu.read(X(10 + i)));
    // What a call was given in memory is part of it: a wrong byte that is written and then overwritten would be lost.
    const heard = this.attempted?.cpu === cpu ? this.attempted.heard : 0;
    this.process.host.event({
      kind: 'syscall',
      cpu: cpu.index,
      detail: [BigInt(number), ...args, BigInt.asUintN(64, BigInt(result)), BigInt(heard >>> 0)],
      text: describeCall(number, args, result),
    });
  }

  // --- turns, time -------------------------------------------------------------------------------------------------

  private threadOn(cpu: Cpu): ThreadState {
    const thread = this.process.threadOn(cpu);
    must(thread !== undefined, `no thread runs on vCPU ${cpu.index}`);
    return thread;
  }

  runnable(cpu: Cpu): boolean {
    if (this.process.state.ended) return false;
    const thread = this.process.threadOn(cpu);
    return thread !== undefined && thread.wait === null;
  }

  interrupt(cpu: Cpu): boolean {
    const { state } = this.process;
    if (state.ended) return false;
    const thread = this.process.threadOn(cpu);
    if (thread === undefined || thread.wait !== null) return false;
    if (thread.pending.length === 0 && state.pending.length === 0 && thread.savedMask === null) return false;
    this.kept = undefined;
    return deliver(this.process, thread);
  }

  nextDeadline(): number {
    const { process } = this;
    let next = nextTimerNs(process);
    for (const { wait } of process.state.threads) if (wait !== null && wait.deadline < next) next = wait.deadline;
    const icount = next >= NEVER ? Number.POSITIVE_INFINITY : next - process.state.idleNs;
    return Math.min(icount, nextTimerIcount(process));
  }

  deadline(): void {
    this.kept = undefined;
    const { process } = this;
    expireTimers(process);
    const due = process.state.threads
      .filter((t) => t.wait !== null && t.wait.deadline <= process.now)
      .sort((a, b) => a.wait!.deadline - b.wait!.deadline || a.wait!.order - b.wait!.order);
    for (const thread of due) this.expire(thread);
  }

  /** A wait's time is over. */
  private expire(thread: ThreadState): void {
    const { process } = this;
    const wait = thread.wait;
    if (wait === null || process.state.ended) return;
    if (wait.kind === 'futex') process.complete(thread, -ETIMEDOUT);
    else if (wait.kind === 'sleep') process.complete(thread, 0);
    else if (wait.kind === 'signal') process.complete(thread, -EAGAIN);
    else if (wait.kind === 'descriptors') this.retry(thread, true);
    else process.complete(thread, -EINTR);
  }

  idle(): boolean {
    this.kept = undefined;
    const { process } = this;
    let next = nextTimerNs(process);
    for (const { wait } of process.state.threads) if (wait !== null && wait.deadline < next) next = wait.deadline;
    if (next >= NEVER) return false;
    process.state.idleNs += Math.max(0, next - process.now);
    this.deadline();
    return true;
  }

  // --- checkpoints -------------------------------------------------------------------------------------------------

  save(): unknown {
    if (this.kept) return this.kept;
    const { process } = this;
    const saved: SavedLinux = {
      process: structuredClone(process.state),
      space: process.space.save(),
      descriptors: process.descriptors.save(),
      streams: process.streams.save(),
      random: process.random.save(),
      files: process.files.save(),
    };
    this.kept = saved;
    return saved;
  }

  restore(state: unknown): void {
    const saved = state as SavedLinux;
    if (saved === this.kept) return;
    this.kept = saved;
    const { process } = this;
    process.state = structuredClone(saved.process);
    process.space.restore(saved.space);
    process.descriptors.restore(saved.descriptors);
    process.streams.restore(saved.streams);
    process.random.restore(saved.random);
    process.files.restore(saved.files);
  }
}

interface SavedLinux {
  readonly process: ProcessState;
  readonly space: unknown;
  readonly descriptors: unknown;
  readonly streams: unknown;
  readonly random: bigint;
  readonly files: unknown;
}

/** The path without links, or `otherwise` when there is nothing there. */
function realPath(files: FileSystem, path: string, otherwise: string): string {
  try {
    return files.resolve(path);
  } catch (error) {
    if (error instanceof Errno) return otherwise;
    throw error;
  }
}
