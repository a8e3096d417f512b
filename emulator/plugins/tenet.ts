// A trace for Tenet, the trace explorer: a line an instruction with what has changed since the line before: registers,
// where control is, memory read (mr) and written (mw).

import { hex } from '../bits.ts';
import { API_VERSION, type MemInfo, type PluginModule } from '../plugin/api.ts';
import { OutputFile } from './host-output.ts';
import { RegisterChanges } from './register-changes.ts';

interface State {
  readonly registers: RegisterChanges;
  /** Accesses of the instruction before. */
  accesses: string;
}

/** The bytes of a value in memory order. */
function bytesOf({ value, sizeBytes }: MemInfo): string {
  const digits = value.toString(16).padStart(2 * sizeBytes, '0');
  let text = '';
  for (let i = digits.length; i > 0; i -= 2) text += digits.slice(i - 2, i);
  return text;
}

const plugin: PluginModule = {
  name: 'tenet',
  apiVersion: API_VERSION,
  summary: 'writes a trace of register and memory changes for Tenet',
  args: {
    out: { kind: 'string', summary: 'files are named PATH.N.log, N the vCPU', default: 'trace' },
    floats: { kind: 'bool', summary: 'trace floating-point registers too', default: false },
  },
  install(api, args) {
    const all = api.registers();
    const traced = all.flatMap(({ name, feature }, index) =>
      name !== 'pc' && (feature.endsWith('.cpu') || (args.floats && feature.endsWith('.fpu'))) ? [{ name, index }] : [],
    );
    const files: OutputFile[] = [];
    const states: State[] = [];
    const stateOf = (cpu: number): State => {
      states[cpu] ??= { registers: new RegisterChanges(api, all.length), accesses: '' };
      files[cpu] ??= new OutputFile('tenet', `${args.out}.${cpu}.log`);
      return states[cpu];
    };
    const changes = (cpu: number, { registers }: State): string => {
      let text = '';
      registers.look(cpu);
      for (const { name, index } of traced)
        if (registers.changed(index)) text += `${name}=0x${registers.digits(index)},`;
      return text;
    };
    const access = (cpu: number, info: MemInfo, address: bigint): void => {
      stateOf(cpu).accesses += `,${info.isStore ? 'mw' : 'mr'}=${hex(address)}:${bytesOf(info)}`;
    };
    api.onVcpuInit((cpu) => {
      stateOf(cpu);
    });
    api.onTbTrans((tb) => {
      for (const insn of tb.insns()) {
        const pc = hex(insn.pc);
        insn.onExec((cpu) => {
          const state = stateOf(cpu);
          files[cpu]!.text(`${changes(cpu, state)}pc=${pc}${state.accesses}\n`);
          state.accesses = '';
        }, 'r-regs');
        insn.onMem('rw', access);
      }
    });
    api.onAtexit(() => {
      for (const file of files) file?.close();
    });
  },
};
export default plugin;
