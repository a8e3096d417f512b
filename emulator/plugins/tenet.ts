// A trace for Tenet, the trace explorer: a line an instruction with what has changed since the line before: registers,
// where control is, memory read (mr) and written (mw).

import { hex } from '../bits.ts';
import { API_VERSION, type MemInfo, type PluginModule } from '../plugin/api.ts';
import { OutputFile } from './host-output.ts';

interface State {
  readonly values: (bigint | undefined)[];
  /** Accesses of the instruction before. */
  accesses: string;
}

/** The bytes of a value in memory order. */
function bytesOf({ value, sizeBytes }: MemInfo): string {
  let text = '';
  for (let i = 0; i < sizeBytes; i++) text += ((value >> BigInt(8 * i)) & 0xffn).toString(16).padStart(2, '0');
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
    const registers = api
      .registers()
      .filter(
        ({ name, feature }) => name !== 'pc' && (feature.endsWith('.cpu') || (args.floats && feature.endsWith('.fpu'))),
      )
      .map(({ name }) => name);
    const files: OutputFile[] = [];
    const states: State[] = [];
    const stateOf = (cpu: number): State => {
      states[cpu] ??= { values: registers.map(() => undefined), accesses: '' };
      files[cpu] ??= new OutputFile('tenet', `${args.out}.${cpu}.log`);
      return states[cpu];
    };
    const changes = (cpu: number, state: State): string => {
      let text = '';
      for (let i = 0; i < registers.length; i++) {
        const value = api.readRegister(cpu, registers[i]!);
        if (value === state.values[i]) continue;
        state.values[i] = value;
        text += `${registers[i]}=${hex(value)},`;
      }
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
