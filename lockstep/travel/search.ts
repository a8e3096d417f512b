// Looks for places in a stretch of the run: an instruction, an access to bytes, a write to a register. A plugin of the
// machine: while a search is on, translated code is instrumented, which may hide a translator's bug; so what a search
// finds is only an instruction count, and the traveller goes there in code as it always is.
//
// Not seen: registers that the delivery of a signal changes, and reads by system calls.

import type {
  Cell,
  InsnEffects,
  MachineControl,
  PluginApi,
  PluginModule,
  Predicate,
  Scoreboard,
  TbHandle,
} from '../../emulator/index.ts';
import { API_VERSION, must } from '../../emulator/index.ts';
import { ValueWatch } from './value-watch.ts';

export type Target =
  /** Before the instruction at one of these addresses. */
  | { readonly what: 'insn'; readonly pcs: ReadonlySet<number> }
  /** An access to any byte of [start, end). */
  | { readonly what: 'access'; readonly access: 'r' | 'w' | 'rw'; readonly start: number; readonly end: number }
  /** An instruction that writes the register, changed or not. */
  | { readonly what: 'register'; readonly cpu: number; readonly slot: number }
  /** An instruction at an address that `matches` takes. */
  | { readonly what: 'like'; readonly matches: (pc: number) => boolean }
  /** An instruction after which the register has the value; where it has it all the time, any. */
  | { readonly what: 'value'; readonly cpu: number; readonly slot: number; readonly value: bigint }
  /** Any instruction of a vCPU. */
  | { readonly what: 'cpu'; readonly cpu: number };

export interface Hit {
  readonly target: Target;
  /** Instructions begun before the one that is meant. */
  readonly icount: number;
  readonly cpu: number;
  /** Of the instruction, where known. */
  readonly pc?: number;
  /** First byte of the access. */
  readonly address?: number;
}

/** Longest access of an instruction. */
const WIDEST = 8;

export class Search {
  /** To be loaded with the machine. */
  readonly plugin: PluginModule;
  private api: PluginApi | undefined;
  private targets: readonly Target[] = [];
  private found: (hit: Hit) => void = () => {};
  private board: Scoreboard | undefined;
  private readonly registers: (RegisterWatch | ValueWatch)[] = [];

  constructor() {
    this.plugin = {
      name: 'travel',
      apiVersion: API_VERSION,
      install: (api) => {
        this.api = api;
      },
    };
  }

  get active(): boolean {
    return this.targets.length > 0;
  }

  private get machine(): MachineControl {
    must(this.api, 'the plugin of the search has not been installed');
    return this.api.machine;
  }

  /** From here on `found` hears of what the machine meets, in order of execution. */
  begin(targets: readonly Target[], found: (hit: Hit) => void): void {
    this.found = found;
    if (targets === this.targets) {
      this.rewatch();
      return;
    }
    this.end();
    this.targets = targets;
    this.watchRegisters();
    const { machine } = this;
    machine.watchOutside((start, end) => this.wroteOutside(start, end));
    this.api!.onTbTrans((tb) => this.attach(tb));
    machine.flushCode();
  }

  /** Translated code is as it is when nobody looks. */
  end(): void {
    if (!this.active) return;
    this.targets = [];
    this.registers.length = 0;
    this.board?.free();
    this.board = undefined;
    this.machine.watchOutside(undefined);
    this.api!.onTbTrans(null);
    this.machine.flushCode();
  }

  private watchRegisters(): void {
    const wanted = this.targets.filter((target) => target.what === 'register' || target.what === 'value');
    if (wanted.length === 0) return;
    this.board = this.api!.scoreboard(8 * wanted.length);
    const found = (hit: Hit) => this.found(hit);
    wanted.forEach((target, i) => {
      const cell = this.board!.u64(8 * i);
      this.registers.push(
        target.what === 'value'
          ? new ValueWatch(this.api!, target, cell, found)
          : new RegisterWatch(this.api!, target, cell, found),
      );
    });
    this.rewatch();
  }
  /** The machine has been taken somewhere else. */
  private rewatch(): void {
    for (const watch of this.registers) watch.settle();
  }

  private attach(tb: TbHandle): void {
    for (const watch of this.registers) watch.enter(tb);
    for (const insn of tb.insns()) {
      const { pc } = insn;
      for (const target of this.targets) {
        if (target.what === 'insn') {
          if (target.pcs.has(pc)) insn.onExec((cpu) => this.hit(target, cpu, pc));
        } else if (target.what === 'like') {
          if (target.matches(pc)) insn.onExec((cpu) => this.hit(target, cpu, pc));
        } else if (target.what === 'cpu')
          insn.onExec((cpu) => this.hit(target, cpu, pc), { when: { left: 'cpu', is: 'eq', right: target.cpu } });
        else if (target.what === 'access') {
          const { start, end } = target;
          const first = Math.max(0, start - WIDEST + 1);
          const when: Predicate[] = [{ left: 'address', is: 'lt', right: end }];
          if (first > 0) when.push({ left: 'address', is: 'ge', right: first });
          const met = (cpu: number, sizeBytes: number, address: bigint): void => {
            const at = Number(address);
            if (at < end && at + sizeBytes > start) this.hit(target, cpu, pc, at);
          };
          insn.onMem(target.access, (cpu, info, address) => met(cpu, info.sizeBytes, address), { when });
        }
      }
      if (this.registers.length === 0) continue;
      const effects = this.machine.effectsOf(pc);
      for (const watch of this.registers) watch.attach(insn, effects);
    }
  }

  private hit(target: Target, cpu: number, pc: number, address?: number): void {
    const { icount } = this.machine;
    this.found({ target, icount, cpu, pc, ...(address !== undefined && { address }) });
  }

  /** A system call or a device wrote: the instruction that has just been is meant. */
  private wroteOutside(start: number, end: number): void {
    const { machine } = this;
    for (const target of this.targets) {
      if (target.what !== 'access' || target.access === 'r' || start >= target.end || end <= target.start) continue;
      this.found({ target, icount: Math.max(0, machine.icount - 1), cpu: machine.nextCpu, address: start });
    }
  }
}

type InsnHandle = NonNullable<ReturnType<TbHandle['insn']>>;

/**
 * Who writes one register of one vCPU. Instructions that do are known from their translation. What the platform does is
 * seen when the next block begins with another value than the one before a system instruction.
 */
class RegisterWatch {
  private readonly machine: MachineControl;
  private readonly target: Extract<Target, { what: 'register' }>;
  private readonly name: string;
  private readonly cell: Cell;
  private readonly found: (hit: Hit) => void;
  /** A system instruction has run since the last instruction that writes the register. */
  private asked: { readonly icount: number; readonly pc: number } | undefined;

  constructor(api: PluginApi, target: Extract<Target, { what: 'register' }>, cell: Cell, found: (hit: Hit) => void) {
    this.machine = api.machine;
    this.target = target;
    this.cell = cell;
    this.found = found;
    const register = api.machine.isa.registers.find(({ slot }) => slot === target.slot);
    must(register, 'a slot that is no register');
    this.name = register.name;
  }

  private get value(): bigint {
    return this.machine.cpus[this.target.cpu]?.read(this.target.slot) ?? 0n;
  }

  settle(): void {
    this.asked = undefined;
    this.cell.set(this.target.cpu, this.value);
  }

  enter(tb: TbHandle): void {
    const { cpu } = this.target;
    tb.onExec(() => this.changed(), {
      flags: 'r-regs',
      when: [
        { left: 'cpu', is: 'eq', right: cpu },
        { left: { register: this.name }, is: 'ne', right: this.cell },
      ],
    });
  }

  attach(insn: InsnHandle, { slots, platform }: InsnEffects): void {
    const { cpu, slot } = this.target;
    const { pc } = insn;
    const when = { left: 'cpu', is: 'eq', right: cpu } as const;
    if (slots.has(slot))
      insn.onExec(
        () => {
          this.asked = undefined;
          this.found({ target: this.target, icount: this.machine.icount, cpu, pc });
        },
        { when },
      );
    else if (platform)
      insn.onExec(
        () => {
          this.cell.set(cpu, this.value);
          this.asked = { icount: this.machine.icount, pc };
        },
        { flags: 'r-regs', when },
      );
  }

  private changed(): void {
    this.cell.set(this.target.cpu, this.value);
    const { asked } = this;
    this.asked = undefined;
    if (asked) this.found({ target: this.target, ...asked, cpu: this.target.cpu });
  }
}
