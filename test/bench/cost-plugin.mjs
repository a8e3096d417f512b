// The plugin of the cost bench: the events of test/conformance/probe/cost.c in our API, and a conditional callback.

export default {
  name: 'cost',
  apiVersion: 7,
  summary: 'does nothing worth doing, in the ways whose cost the bench compares',
  args: {
    mode: {
      kind: 'string',
      summary: 'empty, inline, conditional, block, batch, insn, mem-inline, mem',
      required: true,
    },
  },
  install(api, { mode }) {
    const cell = api.scoreboard(8).u64();
    let count = 0;
    const happened = () => {
      count++;
    };
    api.onTbTrans((tb) => {
      if (mode === 'inline') tb.inlineAdd(cell, tb.insnCount);
      if (mode === 'block') tb.onExec(happened);
      if (mode === 'batch') tb.onExec(happened, { batch: true });
      if (mode === 'conditional') {
        tb.inlineAdd(cell, 1);
        tb.onExec((cpu) => cell.set(cpu, 0), { when: { left: cell, is: 'ge', right: 1_000_000 } });
      }
      if (mode !== 'insn' && mode !== 'mem' && mode !== 'mem-inline') return;
      for (const insn of tb.insns()) {
        if (mode === 'insn') insn.onExec(happened);
        if (mode === 'mem') insn.onMem('rw', happened);
        if (mode === 'mem-inline') insn.inlineMemAdd('rw', cell, 1);
      }
    });
    api.onAtexit(() => api.outs(`${count} callbacks\n`));
  },
};
