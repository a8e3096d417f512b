// A plugin that hangs something on everything, so that code with the plugins' ops in it is held against code without.

import { API_VERSION, type PluginModule } from '../../emulator/plugin/api.ts';

const WORD = 8;

export const instrumented: PluginModule = {
  name: 'instrumented',
  apiVersion: API_VERSION,
  install(api) {
    const board = api.scoreboard(4 * WORD);
    const [count, last, accesses, most] = [0, 1, 2, 3].map((n) => board.u64(n * WORD));
    const ring = api.ring(256);
    let seen = 0n;
    api.onTbTrans((tb) => {
      tb.inlineAdd(count!, tb.insnCount);
      tb.inlineStore(last!, tb.pc);
      tb.ringPut(ring, tb.id);
      if (tb.id % 2 === 0) tb.onExec((cpu) => (seen += api.readRegister(cpu, 'a0')), 'r-regs');
      for (const insn of tb.insns()) {
        if (insn.pc % 3 === 0) insn.inlineAdd(count!, -1);
        insn.inlineMemAdd('rw', accesses!, 1);
        insn.inlineMem('rw', { op: 'max', cell: most!, value: 'value' });
        if (insn.pc % 4 === 0) insn.onMem('rw', (_, { value }) => (seen ^= value));
      }
    });
  },
};
