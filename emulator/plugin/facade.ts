// The PluginApi object of one plugin: checks what the plugin asks for and passes it to the engine and the machine.

import type { GuestAddr } from '../bits.ts';
import type { Cpu } from '../exec/cpu.ts';
import type { MachineCore } from '../exec/machine.ts';
import type { RegisterInfo } from '../guest/isa.ts';
import { PROT_WRITE } from '../memory/guest-memory.ts';
import { MAX_CPUS, SLOT_PC } from '../memory/layout.ts';
import {
  API_VERSION,
  API_VERSION_MIN,
  type CallbackFlags,
  type DiscontinuityKind,
  type Json,
  type ModuleInfo,
  type PhysicalStatus,
  type PluginApi,
  type RegisterDescriptor,
  type TimeControl,
} from './api.ts';
import { OnlyLooksError, PermissionError, type Place, PluginUseError } from './errors.ts';
import { dueAt, type Held, type Instance, type Listeners } from './instance.ts';
import { lookingOnly } from './looking.ts';
import type { RingArena } from './ring.ts';
import type { EnvironmentCells, ScoreboardArena } from './scoreboard.ts';

/** Facts about the run that plugins ask for. */
export interface EngineFacts {
  readonly system: boolean;
  readonly binaryPath: string;
  readonly code: { readonly start: GuestAddr; readonly end: GuestAddr; readonly entry: GuestAddr };
  /** Output of plugins (`outs`). */
  readonly outs: (text: string) => void;
  readonly warn: (text: string) => void;
}

/** What the engine lends to the facades of its plugins. */
export interface FacadeHost {
  readonly machine: MachineCore;
  readonly facts: EngineFacts;
  readonly boards: ScoreboardArena;
  readonly cells: EnvironmentCells;
  readonly rings: RingArena;
  readonly numVcpus: number;
  readonly modules: readonly ModuleInfo[];
  /** Where the plugin is now, for errors, and what it may do there. */
  place(instance: Instance): Place;
  flagsOf(instance: Instance): CallbackFlags | undefined;
  goAway(instance: Instance, reset: boolean, done: (() => void) | undefined): void;
  /** Ends the callback that runs; execution goes on at `pc`. */
  redirect(cpu: Cpu, pc: bigint): never;
  result(instance: Instance, data: Json): void;
  provide(instance: Instance, name: string, service: object): void;
  service(instance: Instance, name: string): object | undefined;
  timeControl(instance: Instance): TimeControl | null;
}

const RANK: readonly CallbackFlags[] = ['no-regs', 'r-regs', 'rw-regs', 'rw-regs-pc'];
const KINDS: readonly DiscontinuityKind[] = ['interrupt', 'exception', 'hostcall'];
const FEATURES = {
  pc: 'org.gnu.gdb.riscv.cpu',
  integer: 'org.gnu.gdb.riscv.cpu',
  float: 'org.gnu.gdb.riscv.fpu',
  system: 'org.gnu.gdb.riscv.csr',
  reservation: 'org.lockstep.reservation',
} as const;

/** What plugins see of the target's registers. */
function visibleRegisters(machine: MachineCore, system: boolean): readonly RegisterInfo[] {
  return machine.isa.registers.filter(({ group }) => system || group !== 'system');
}

export function registerDescriptors(machine: MachineCore, system: boolean): RegisterDescriptor[] {
  return visibleRegisters(machine, system).map(({ name, group, readonly }) => ({
    name,
    feature: FEATURES[group],
    readonly: readonly ?? group === 'pc',
  }));
}

export function makeApi(instance: Instance, host: FacadeHost): PluginApi {
  const { machine, facts } = host;
  const { name } = instance;
  const bad = (problem: string): never => {
    throw new PluginUseError(host.place(instance), problem);
  };
  const listen = <K extends keyof Listeners>(event: K, callback: Listeners[K]): void => {
    // What a plugin on its way out registers is ignored.
    if (!instance.leaving && !instance.gone) instance.listeners[event] = callback;
  };
  const fn = <T>(callback: T): T =>
    callback === null || typeof callback === 'function' ? callback : bad('the callback is not a function');
  /** What changes the guest is refused to a plugin that only looks. */
  const changes = (call: string): void => {
    if (instance.onlyLooks) throw new OnlyLooksError(host.place(instance), call);
    instance.meddles = true;
  };
  const hold = <T extends Held>(thing: T): T => {
    instance.holds.push(thing);
    if (instance.asleep) instance.restores.push(thing.save());
    return thing;
  };
  const outs = (text: string): void => {
    if (!instance.asleep) facts.outs(text);
  };
  const need = (call: string, needed: CallbackFlags): void => {
    const flags = host.flagsOf(instance);
    if (flags === undefined || RANK.indexOf(flags) < RANK.indexOf(needed))
      throw new PermissionError(host.place(instance), call, `'${needed}'`);
  };
  const cpuAt = (cpu: number): Cpu => machine.cpus[cpu] ?? bad(`there is no vCPU ${cpu}`);
  const registers = new Map(
    machine.isa.registers.flatMap((r) => [r.name, ...r.aliases].map((key) => [key, r] as const)),
  );
  const slots = visibleRegisters(machine, facts.system).map(({ slot }) => slot);
  const register = (of: string) => registers.get(of) ?? bad(`there is no register ${of}`);
  const read = (cpu: number, of: string): bigint => {
    need('readRegister', 'r-regs');
    const { slot } = register(of);
    return cpuAt(cpu).read(slot);
  };

  return {
    info: {
      target: machine.isa.name,
      version: { min: API_VERSION_MIN, cur: API_VERSION },
      system: facts.system,
      smpVcpus: machine.cpus.length,
      maxVcpus: facts.system ? machine.cpus.length : MAX_CPUS,
    },
    name,

    onVcpuInit: (callback) => listen('vcpuInit', fn(callback)),
    onVcpuExit: (callback) => listen('vcpuExit', fn(callback)),
    onVcpuIdle: (callback) => listen('vcpuIdle', fn(callback)),
    onVcpuResume: (callback) => listen('vcpuResume', fn(callback)),
    onDiscontinuity(callback, kinds = KINDS) {
      if (!Array.isArray(kinds)) bad('the kinds are not an array');
      for (const kind of kinds) if (!KINDS.includes(kind)) bad(`there is no discontinuity "${String(kind)}"`);
      listen('discontinuity', fn(callback) && { callback: callback!, kinds });
    },
    onTbTrans: (callback, filter, steady) => listen('tbTrans', fn(callback) && { callback: callback!, filter, steady }),
    onSyscall: (callback) => listen('syscall', fn(callback)),
    onSyscallFilter(callback) {
      changes('onSyscallFilter');
      listen('syscallFilter', fn(callback));
    },
    onSyscallReturn: (callback) => listen('syscallReturn', fn(callback)),
    onMapping: (callback) => listen('mapping', fn(callback)),
    onModule: (callback) => listen('module', fn(callback)),
    onFlush: (callback) => listen('flush', fn(callback)),
    onAtexit: (callback) => listen('atexit', fn(callback)),
    onWindow(interval, callback, end = 'exact') {
      if (!Number.isSafeInteger(interval) || interval < 1) bad(`a window of ${interval} instructions is not possible`);
      if (end !== 'exact' && end !== 'seam') bad(`a window does not end "${String(end)}"`);
      if (!fn(callback)) listen('window', null);
      else {
        const window = { interval, callback: callback!, due: undefined };
        // A window that ends anywhere cuts blocks that are compared.
        listen(
          'window',
          end === 'exact' && !instance.onlyLooks ? window : { ...window, due: dueAt(window, machine.icount) },
        );
      }
    },

    scoreboard: (size) => hold(host.boards.board(size)),
    vcpuCell: () => hold(host.cells.cell()),
    entryCell: () => hold(host.cells.entries()),
    ring: (records) => hold(host.rings.ring(records)),
    recordRing: ({ records, fields, full }) => hold(host.rings.recordRing(records, fields, full && fn(full))),

    numVcpus: () => host.numVcpus,
    registers: () => registerDescriptors(machine, facts.system),
    readRegister: read,
    readRegisterBytes(cpu, of) {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setBigUint64(0, read(cpu, of), true);
      return bytes;
    },
    readRegisters(cpu, into) {
      need('readRegisters', 'r-regs');
      if (!(into instanceof Uint32Array) || into.length < 2 * slots.length)
        bad(`readRegisters needs a Uint32Array of ${2 * slots.length} words`);
      cpuAt(cpu).readWords(slots, into);
    },
    writeRegister(cpu, of, value) {
      changes('writeRegister');
      need('writeRegister', 'rw-regs');
      const { slot, readonly, group } = register(of);
      const target = cpuAt(cpu);
      if (readonly ?? group === 'pc') bad(`register ${of} is read-only`);
      if (typeof value !== 'bigint') bad(`the value of a register is a bigint, not ${typeof value}`);
      target.write(slot, value);
    },
    setPc(cpu, pc) {
      changes('setPc');
      need('setPc', 'rw-regs-pc');
      return host.redirect(cpuAt(cpu), BigInt.asUintN(64, BigInt(pc)));
    },

    readMemory: (addr, length) => machine.memory.peek(addr, length),
    writeMemory(addr, bytes) {
      changes('writeMemory');
      return machine.memory.poke(addr, bytes);
    },
    readPhysical(addr, length) {
      const status = physicalStatus(machine, facts.system, addr, length, 0);
      const bytes = status === 'ok' ? machine.memory.peek(addr, length) : undefined;
      return bytes ? { status, bytes } : { status };
    },
    writePhysical(addr, bytes) {
      changes('writePhysical');
      const status = physicalStatus(machine, facts.system, addr, bytes.length, PROT_WRITE);
      if (status !== 'ok') return status;
      return machine.memory.poke(addr, bytes) ? 'ok' : 'error';
    },
    translate(cpu, addr) {
      const at = cpuAt(cpu);
      return facts.system ? machine.physicalAddress(at, addr) : undefined;
    },

    symbolAt: (addr) => machine.symbolAt(addr),
    modules: () => host.modules,
    pathToBinary: () => (facts.system ? undefined : facts.binaryPath),
    startCode: () => (facts.system ? 0 : facts.code.start),
    endCode: () => (facts.system ? 0 : facts.code.end),
    entryCode: () => (facts.system ? 0 : facts.code.entry),

    requestTimeControl() {
      if (instance.onlyLooks) return null;
      changes('requestTimeControl');
      return host.timeControl(instance);
    },

    outs,
    result(data, text) {
      host.result(instance, data);
      if (text) outs(text(data));
    },

    provide: (service, object) => host.provide(instance, service, object),
    service: <T extends object>(service: string) => host.service(instance, service) as T | undefined,

    uninstall: (done) => host.goAway(instance, false, done),
    reset: (done) => host.goAway(instance, true, done),
    machine: instance.onlyLooks ? lookingOnly(machine, changes) : machine,
  };
}

/** Whether physical memory may be accessed: devices are not, because they would notice. */
function physicalStatus(
  machine: MachineCore,
  system: boolean,
  addr: GuestAddr,
  length: number,
  prot: number,
): PhysicalStatus {
  if (!system) return 'error';
  const last = addr + Math.max(0, length - 1);
  if (machine.memory.ioAt(addr) || machine.memory.ioAt(last)) return 'access-denied';
  const of = machine.memory.protectionOf(addr);
  if (of === undefined || machine.memory.protectionOf(last) === undefined) return 'invalid-address';
  return (of & prot) === prot ? 'ok' : 'access-denied';
}

/** The pc as a callback outside of translated code sets it. */
export function writePc(cpu: Cpu, pc: bigint): void {
  cpu.write(SLOT_PC, pc);
}
