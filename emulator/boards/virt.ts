// The riscv64 `virt` board: harts in machine mode with bare physical addresses, the devices of virt-map.ts and their
// wires, boot ROM and device tree. It is the machine's Platform: it takes traps and interrupts, and owns virtual time.
// A hart's state is all in its environment (pending interrupts in mip, sleep in SLOT_WAITING); what `save` returns is
// the devices. No PMP checks and no address translation: U and S mode see physical memory as M mode does.

import { hex } from '../bits.ts';
import { createClint } from '../devices/clint.ts';
import { type ConsoleChunk, createConsoleInput } from '../devices/console-input.ts';
import { createGoldfishRtc } from '../devices/goldfish-rtc.ts';
import { createPlic } from '../devices/plic.ts';
import { createTestFinisher } from '../devices/test-finisher.ts';
import { createUart16550 } from '../devices/uart16550.ts';
import type { Cpu } from '../exec/cpu.ts';
import type { Platform, PlatformHost } from '../exec/platform.ts';
import * as C from '../guest/riscv64/csr.ts';
import * as R from '../guest/riscv64/registers.ts';
import * as T from '../guest/riscv64/trap.ts';
import type { GuestMemory, IoRegion } from '../memory/guest-memory.ts';
import { PROT_EXEC, PROT_READ, PROT_WRITE } from '../memory/guest-memory.ts';
import { MAX_CPUS, PAGE_SIZE, SLOT_FP_MODE, SLOT_PC } from '../memory/layout.ts';
import { must, UsageError } from '../must.ts';
import { VirtualClock } from '../sched/clock.ts';
import { bootSegments } from './boot-image.ts';
import {
  accessException,
  type Exception,
  executeSystem,
  illegalInstruction,
  type SystemContext,
} from './privileged.ts';
import { plainStoreLength } from './stores.ts';
import { buildVirtFdt } from './virt-fdt.ts';
import * as M from './virt-map.ts';
import { buildVirtRom } from './virt-rom.ts';
import { watched } from './watched.ts';

export interface VirtOptions {
  /** ELF executable (placed by physical address) or raw image (placed at the start of RAM). Execution starts there. */
  readonly image: Uint8Array;
  readonly host: PlatformHost;
  readonly memory: GuestMemory;
  /** A multiple of the page size, at least 2 MiB; 128 MiB when absent. */
  readonly ramBytes?: number;
  readonly harts?: number;
  /** One byte the guest sends. Called once for each, however often the place is replayed. */
  readonly consoleOut?: (byte: number) => void;
  /** What the guest receives, from the start or at given virtual times. */
  readonly consoleIn?: Uint8Array | readonly ConsoleChunk[];
  /** An instruction takes 2^icountShift virtual nanoseconds; 0 when absent. */
  readonly icountShift?: number;
  /** Date at virtual time 0, nanoseconds since 1970. */
  readonly rtcStartNs?: bigint;
  /** For the device tree. */
  readonly bootArguments?: string;
}

export interface VirtBoard extends Platform {
  readonly kind: 'system';
  readonly harts: readonly Cpu[];
  /** The device tree blob, and where the guest finds it. */
  readonly fdt: Uint8Array;
  readonly fdtAddress: number;
  /** mtime. */
  time(): bigint;
}

const MiB = 1 << 20;
const DEFAULT_RAM = 128 * MiB;
/** The device tree lies on a 2 MiB boundary near the end of RAM, below 3 GiB. */
const FDT_ALIGN = 2 * MiB;
const FDT_LIMIT = 0xc0000000;
/** 39 address bits less what lies below RAM; far more than frames can back. */
const MAX_RAM = 2 ** 38;

const PLIC_CONTEXTS_PER_HART = 2;

export function createVirtBoard(options: VirtOptions): VirtBoard {
  const { host, memory, image } = options;
  const ramBytes = options.ramBytes ?? DEFAULT_RAM;
  const hartCount = options.harts ?? 1;
  if (ramBytes % PAGE_SIZE !== 0 || ramBytes < FDT_ALIGN || ramBytes > MAX_RAM) {
    throw new UsageError(
      `the board cannot have ${ramBytes} bytes of memory`,
      'Give a multiple of 4 KiB, at least 2 MiB.',
    );
  }
  if (hartCount < 1 || hartCount > MAX_CPUS) {
    throw new UsageError(`the board cannot have ${hartCount} harts`, `Give a number from 1 to ${MAX_CPUS}.`);
  }
  const segments = bootSegments(image, M.RAM_BASE, ramBytes);
  const fdt = buildVirtFdt({ ...options, harts: hartCount, ramBytes });
  const top = Math.min(M.RAM_BASE + ramBytes, FDT_LIMIT);
  const fdtAddress = Math.floor((top - fdt.length) / FDT_ALIGN) * FDT_ALIGN;
  if (segments.some((s) => s.address < fdtAddress + fdt.length && s.address + s.bytes.length + s.zeros > fdtAddress)) {
    throw new UsageError(
      `the image overlaps the device tree at ${hex(fdtAddress)}`,
      'Give the machine more memory with -m.',
    );
  }

  const clock = new VirtualClock(() => host.icount, options.icountShift ?? 0);
  const harts: Cpu[] = [];
  for (let i = 0; i < hartCount; i++) {
    const cpu = host.addCpu();
    must(cpu, 'no room for a hart');
    harts.push(cpu);
  }
  /** The hart that runs: whose access a device sees. */
  let current = harts[0]!;
  let resetWanted = false;

  // --- wires ---

  const setPending = (cpu: Cpu, bit: bigint, level: boolean): void => {
    const mip = cpu.read(R.SLOT_MIP);
    cpu.write(R.SLOT_MIP, level ? mip | bit : mip & ~bit);
  };
  const pin = (cpu: Cpu, bit: bigint) => (level: boolean) => setPending(cpu, bit, level);

  const clint = createClint({
    harts: hartCount,
    clock,
    tickNs: M.TICK_NS,
    software: harts.map((cpu) => pin(cpu, C.MIP_MSIP)),
    timer: harts.map((cpu) => pin(cpu, C.MIP_MTIP)),
    timeChanged: () => {
      for (const cpu of harts) compareSupervisorTimer(cpu);
    },
  });
  const plic = createPlic({
    sources: M.PLIC_SOURCES,
    sizeBytes: M.PLIC_WINDOW,
    contexts: harts.flatMap((cpu) => [
      pin(cpu, C.MIP_MEIP),
      // Software has a bit of its own that is or-ed with this line.
      (level) => setPending(cpu, C.MIP_SEIP, level || cpu.read(R.SLOT_SEIP_SOFTWARE) !== 0n),
    ]),
  });
  const rtc = createGoldfishRtc({ clock, line: plic.line(M.RTC_SOURCE), startNs: options.rtcStartNs ?? 0n });
  const finisher = createTestFinisher({
    exit: (code) => host.exit(code),
    reset: () => {
      resetWanted = true;
    },
  });
  /** Bytes sent so far on this path of execution, and the most that any path has shown. */
  let sent = 0;
  let shown = 0;
  const uart = createUart16550({
    line: plic.line(M.UART_SOURCE),
    transmit(byte) {
      sent++;
      if (sent <= shown) return;
      shown = sent;
      options.consoleOut?.(byte);
    },
    readyToReceive: () => input.feed(),
  });
  const { consoleIn = [] } = options;
  const input = createConsoleInput({
    clock,
    chunks: consoleIn instanceof Uint8Array ? [{ atNs: 0n, bytes: consoleIn }] : consoleIn,
    canReceive: () => uart.canReceive,
    listening: () => uart.listening,
    receive: uart.receive,
  });

  // --- supervisor timers (Sstc) ---

  const supervisorTimers = harts.map((cpu, i) => clock.timer(`stimecmp${i}`, () => compareSupervisorTimer(cpu)));

  function compareSupervisorTimer(cpu: Cpu): void {
    const timer = supervisorTimers[harts.indexOf(cpu)]!;
    timer.cancel();
    if (!C.supervisorTimerOn(cpu)) return;
    const compare = cpu.read(R.SLOT_STIMECMP);
    const reached = clint.time() >= compare;
    setPending(cpu, C.MIP_STIP, reached);
    if (!reached) timer.arm(clint.nsAt(compare));
  }

  const hartOf = (hart: C.Hart): number => Number(hart.read(R.SLOT_MHARTID));

  const context: SystemContext = {
    icount: () => BigInt(host.icount),
    time: clint.time,
    externalSupervisor: (hart) => plic.output(hartOf(hart) * PLIC_CONTEXTS_PER_HART + 1),
    supervisorTimerChanged: (hart) => compareSupervisorTimer(harts[hartOf(hart)]!),
    wait: (hart) => hart.write(R.SLOT_WAITING, 1n),
  };

  // --- memory map ---

  const put = (base: number, size: number, region: IoRegion): void =>
    memory.mapIo(
      base,
      size,
      watched(region, base, host, () => current),
    );

  memory.map(M.ROM_BASE, M.ROM_SIZE, PROT_READ | PROT_EXEC);
  memory.map(M.RAM_BASE, ramBytes, PROT_READ | PROT_WRITE | PROT_EXEC);
  put(M.FINISHER_BASE, M.FINISHER_SIZE, finisher);
  put(M.RTC_BASE, M.RTC_SIZE, rtc);
  put(M.CLINT_BASE, M.CLINT_WINDOW, clint);
  put(M.PLIC_BASE, M.PLIC_WINDOW, plic);
  put(M.UART_BASE, M.UART_SIZE, uart);

  function load(): void {
    const poke = (address: number, bytes: Uint8Array): void =>
      must(memory.poke(address, bytes), 'boot data outside memory');
    poke(M.ROM_BASE, buildVirtRom(M.RAM_BASE, fdtAddress));
    for (const { address, bytes } of segments) poke(address, bytes);
    poke(fdtAddress, fdt);
  }

  function resetHart(cpu: Cpu, id: number): void {
    for (let slot = SLOT_FP_MODE; slot < R.SLOT_END; slot++) cpu.write(slot, 0n);
    cpu.write(SLOT_PC, BigInt(M.ROM_BASE));
    cpu.writeNumber(R.SLOT_RES_ADDR, -1);
    cpu.write(R.SLOT_PRIV, BigInt(C.PRIV_M));
    cpu.write(R.SLOT_MSTATUS, C.MSTATUS_XLEN);
    cpu.write(R.SLOT_MHARTID, BigInt(id));
  }

  /** Power-on, and what the finisher's reset does. Virtual time and the instruction count go on; RAM is loaded anew. */
  function reset(): void {
    resetWanted = false;
    load();
    harts.forEach(resetHart);
    for (const timer of supervisorTimers) timer.cancel();
    for (const device of [plic, uart, rtc, finisher, clint]) device.reset();
  }
  reset();

  // --- traps ---

  function raise(cpu: Cpu, { cause, tval }: Exception): void {
    const pc = cpu.read(SLOT_PC);
    host.event({
      kind: 'exception',
      cpu: cpu.index,
      detail: [BigInt(cause), pc, tval],
      text: `hart ${hartOf(cpu)}: ${T.causeName(cause, false)} at ${hex(pc)}, tval ${hex(tval)}`,
    });
    T.takeTrap(cpu, cause, tval, false);
    host.plugins?.discontinuity(cpu, 'exception', pc);
  }

  /** The length of the plain store at pc, or 0 when there is something else. */
  function storeLength(cpu: Cpu): number {
    const first = memory.readUint(cpu.pc, 2);
    return first === undefined ? 0 : plainStoreLength(first);
  }

  return {
    kind: 'system',
    harts,
    fdt,
    fdtAddress,
    time: clint.time,

    system(cpu, word) {
      const exception = executeSystem(cpu, word, context);
      if (exception !== undefined) raise(cpu, exception);
    },
    illegal: (cpu, word) => raise(cpu, illegalInstruction(word)),
    fault(cpu, fault) {
      const inRom = fault.address >= BigInt(M.ROM_BASE) && fault.address < BigInt(M.ROM_BASE + M.ROM_SIZE);
      // The ROM takes stores and forgets them.
      const skip = fault.kind === 'store' && !fault.misaligned && inRom ? storeLength(cpu) : 0;
      if (skip !== 0) cpu.pc += skip;
      else raise(cpu, accessException(fault));
    },

    runnable: (cpu) => cpu.readI32(R.SLOT_WAITING) === 0 || T.wakesHart(cpu),
    interrupt(cpu) {
      current = cpu;
      if (resetWanted) {
        reset();
        return true;
      }
      if (T.wakesHart(cpu)) cpu.write(R.SLOT_WAITING, 0n);
      const cause = T.pendingInterrupt(cpu);
      if (cause < 0) return false;
      const pc = cpu.read(SLOT_PC);
      host.event({
        kind: 'interrupt',
        cpu: cpu.index,
        detail: [BigInt(cause), pc],
        text: `hart ${hartOf(cpu)}: ${T.causeName(cause, true)} at ${hex(pc)}`,
      });
      T.takeTrap(cpu, cause, 0n, true);
      host.plugins?.discontinuity(cpu, 'interrupt', pc);
      return true;
    },

    nextDeadline: () => clock.nextDeadline(),
    deadline: () => clock.expire(),
    idle: () => clock.skip(),
    controlTime: () => clock.control(),

    save: (): VirtState => ({
      clock: clock.save(),
      clint: clint.save(),
      plic: plic.save(),
      uart: uart.save(),
      rtc: rtc.save(),
      input: input.save(),
      sent,
      resetWanted,
    }),
    restore(saved) {
      const state = saved as VirtState;
      clock.restore(state.clock);
      clint.restore(state.clint);
      plic.restore(state.plic);
      uart.restore(state.uart);
      rtc.restore(state.rtc);
      input.restore(state.input);
      sent = state.sent;
      resetWanted = state.resetWanted;
    },
  };
}

/** Plain data; the harts' registers are in their environments. */
interface VirtState {
  readonly clock: ReturnType<VirtualClock['save']>;
  readonly clint: ReturnType<ReturnType<typeof createClint>['save']>;
  readonly plic: ReturnType<ReturnType<typeof createPlic>['save']>;
  readonly uart: ReturnType<ReturnType<typeof createUart16550>['save']>;
  readonly rtc: ReturnType<ReturnType<typeof createGoldfishRtc>['save']>;
  readonly input: ReturnType<ReturnType<typeof createConsoleInput>['save']>;
  readonly sent: number;
  readonly resetWanted: boolean;
}
