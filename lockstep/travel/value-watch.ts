// When a register has a value: seen at the instruction behind each one that writes it, and where blocks begin, by code that asks
// for nothing else. A part of search.ts.

import type { Cell, InsnEffects, MachineControl, PluginApi, Predicate, TbHandle } from '../../emulator/index.ts';
import { must } from '../../emulator/index.ts';
import type { Hit, Target } from './search.ts';

type InsnHandle = NonNullable<ReturnType<TbHandle['insn']>>;
type ValueTarget = Extract<Target, { what: 'value' }>;

export class ValueWatch {
  private readonly machine: MachineControl;
  private readonly target: ValueTarget;
  private readonly found: (hit: Hit) => void;
  private readonly when: readonly Predicate[];
  /** The instruction before, in this block, writes the register. */
  private written = false;

  constructor(api: PluginApi, target: ValueTarget, cell: Cell, found: (hit: Hit) => void) {
    this.machine = api.machine;
    this.target = target;
    this.found = found;
    const { cpu, slot, value } = target;
    const register = api.machine.isa.registers.find((one) => one.slot === slot);
    must(register, 'a slot that is no register');
    cell.set(cpu, value);
    this.when = [
      { left: 'cpu', is: 'eq', right: cpu },
      { left: { register: register.name }, is: 'eq', right: cell },
    ];
  }

  settle(): void {}

  enter(tb: TbHandle): void {
    this.written = false;
    tb.onExec(() => this.has(), { flags: 'r-regs', when: this.when });
  }

  attach(insn: InsnHandle, { slots }: InsnEffects): void {
    if (this.written) insn.onExec(() => this.has(), { flags: 'r-regs', when: this.when });
    this.written = slots.has(this.target.slot);
  }

  private has(): void {
    const { icount } = this.machine;
    if (icount > 0) this.found({ target: this.target, icount: icount - 1, cpu: this.target.cpu });
  }
}
