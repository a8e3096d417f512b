// Checks discontinuities against the instructions executed: where one comes from must be what ran or was to run, and
// where it goes must be what runs next. For boards.

import { hex } from '../bits.ts';
import { UsageError } from '../must.ts';
import { API_VERSION, type Discontinuity, type PluginModule } from '../plugin/api.ts';

interface State {
  /** The instruction begun last; undefined before the first. */
  last: number | undefined;
  /** What must run next, after a discontinuity. */
  expected: number | undefined;
}

const plugin: PluginModule = {
  name: 'discons',
  apiVersion: API_VERSION,
  summary: 'checks interrupts and exceptions against the instructions executed',
  args: {
    abort: { kind: 'bool', summary: 'end the run at the first mismatch, with exit code 1', default: false },
    'trace-all': { kind: 'bool', summary: 'print every discontinuity', default: false },
  },
  install(api, args) {
    if (!api.info.system)
      throw new UsageError('plugin discons is for boards only', 'traps counts the discontinuities of processes too.');
    const states: State[] = [];
    const stateOf = (cpu: number): State => {
      states[cpu] ??= { last: undefined, expected: undefined };
      return states[cpu];
    };
    let seen = 0;
    let mismatches = 0;
    const mismatch = (text: string): void => {
      mismatches++;
      api.outs(`${text}\n`);
      if (args.abort) api.machine.exit(1);
    };

    api.onDiscontinuity((cpu, { kind, from, to }: Discontinuity) => {
      const state = stateOf(cpu);
      seen++;
      if (args['trace-all']) api.outs(`cpu ${cpu}: ${kind} from ${hex(from)} to ${hex(to)}\n`);
      const at = Number(BigInt.asIntN(64, from));
      // An exception or host call is the instruction begun last, or one that could not be fetched after it.
      if (state.expected !== undefined && state.expected !== at)
        mismatch(`cpu ${cpu}: ${kind} from ${hex(from)}, but ${hex(state.expected)} was to run`);
      else if (kind === 'hostcall' && state.last !== undefined && state.last !== at)
        mismatch(`cpu ${cpu}: ${kind} from ${hex(from)}, but ${hex(state.last)} ran last`);
      state.expected = Number(BigInt.asIntN(64, to));
    });
    api.onTbTrans((tb) => {
      for (const insn of tb.insns()) {
        const { pc } = insn;
        insn.onExec((cpu) => {
          const state = stateOf(cpu);
          if (state.expected !== undefined && state.expected !== pc)
            mismatch(`cpu ${cpu}: ${hex(pc)} runs, but the discontinuity went to ${hex(state.expected)}`);
          state.expected = undefined;
          state.last = pc;
        });
      }
    });
    api.onAtexit(() => api.result({ discontinuities: seen, mismatches }));
  },
};
export default plugin;
