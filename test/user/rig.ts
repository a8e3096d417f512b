// A process without a machine: the platform over plain memory and a host that only records. Tests make system calls by
// setting registers and taking the ecall exit, as the machine does.

import { Cpu } from '../../emulator/exec/cpu.ts';
import type { GuestEvent, PlatformHost } from '../../emulator/exec/platform.ts';
import { X } from '../../emulator/guest/riscv64/registers.ts';
import * as L from '../../emulator/memory/layout.ts';
import { parseElf } from '../../emulator/user/elf.ts';
import { createLinuxPlatform, type LinuxOptions, type LinuxPlatform } from '../../emulator/user/linux.ts';
import { MemoryFiles } from '../../emulator/user/memory-files.ts';
import { PlainMemory } from '../support/plain-memory.ts';
import { makeElf } from './make-elf.ts';

const ECALL = 0x73;
const CPUS = 4;

export class Rig implements PlatformHost {
  icount = 0;
  readonly cpus: Cpu[] = [];
  readonly memory = new PlainMemory();
  readonly events: GuestEvent[] = [];
  readonly warnings: string[] = [];
  readonly removed: number[] = [];
  yields = 0;
  ended: { code: number; reason?: string } | undefined;
  out = '';
  err = '';
  readonly platform: LinuxPlatform;
  private readonly buffer = new ArrayBuffer(L.ENV_BASE + CPUS * L.ENV_SIZE);

  constructor(options: Partial<LinuxOptions> & { input?: string[] } = {}) {
    const input = [...(options.input ?? [])];
    this.platform = createLinuxPlatform({
      elf: parseElf(makeElf()),
      argv: ['prog', 'one', 'two'],
      env: ['HOME=/root'],
      host: this,
      memory: this.memory,
      files: new MemoryFiles(undefined, { '/etc/motd': 'hello, world\n', '/bin/prog': 'ELF' }),
      seed: 1,
      stdin: () => new TextEncoder().encode(input.shift() ?? ''),
      stdout: (bytes) => {
        this.out += new TextDecoder().decode(bytes);
      },
      stderr: (bytes) => {
        this.err += new TextDecoder().decode(bytes);
      },
      programPath: '/bin/prog',
      ...options,
    });
    this.memory.map(SCRATCH, SCRATCH_BYTES, 3);
  }

  // --- PlatformHost ---
  addCpu(): Cpu | undefined {
    if (this.cpus.length === CPUS) return undefined;
    const cpu = new Cpu(this.buffer, this.cpus.length);
    this.cpus.push(cpu);
    return cpu;
  }
  removeCpu(cpu: Cpu): void {
    this.removed.push(cpu.index);
  }
  yieldTurn(): void {
    this.yields++;
  }
  exit(code: number, reason?: string): void {
    this.ended = reason === undefined ? { code } : { code, reason };
  }
  event(event: GuestEvent): void {
    this.events.push(event);
  }
  warn(text: string): void {
    this.warnings.push(text);
  }

  // --- driving ---
  /** Begins a call on a vCPU: true when it has its result (in a0), false when it waits. */
  begin(cpu: Cpu, number: number, ...args: (number | bigint)[]): boolean {
    this.icount++;
    cpu.writeNumber(X(17), number);
    for (let i = 0; i < 6; i++) cpu.write(X(10 + i), BigInt(args[i] ?? 0));
    this.platform.system(cpu, ECALL);
    return this.platform.runnable(cpu);
  }
  /** A call on the main thread that must not wait. */
  call(number: number, ...args: (number | bigint)[]): number {
    if (!this.begin(this.cpu, number, ...args)) throw new Error(`call ${number} waits`);
    return this.cpu.readNumber(X(10));
  }
  get cpu(): Cpu {
    return this.cpus[0]!;
  }
  result(cpu: Cpu): number {
    return cpu.readNumber(X(10));
  }

  // --- scratch memory ---
  /** Puts bytes or a C string into scratch memory. */
  put(offset: number, data: Uint8Array | string): number {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(`${data}\0`) : data;
    if (!this.memory.write(SCRATCH + offset, bytes)) throw new Error('scratch overflow');
    return SCRATCH + offset;
  }
  words(offset: number, ...values: (number | bigint)[]): number {
    return this.put(offset, new Uint8Array(BigInt64Array.from(values, (v) => BigInt.asIntN(64, BigInt(v))).buffer));
  }
  text(addr: number, length: number): string {
    return new TextDecoder().decode(this.memory.read(addr, length)!);
  }
  view(addr: number, length: number): DataView {
    return new DataView(this.memory.read(addr, length)!.buffer);
  }
  get transcript(): string[] {
    return this.events.map((event) => event.text);
  }
}

/** Readable and writable memory the process knows nothing of. */
export const SCRATCH = 0x200000;
export const SCRATCH_BYTES = 0x40000;
/** Mapped by nobody. */
export const NOWHERE = 0x700000;
