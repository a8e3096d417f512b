// Counts the instructions it is told of in three ways, and says so now and then and at the end; `BACK` when it sees time run
// back. Each count must be the instructions since it was loaded.

export default {
  name: 'counting',
  apiVersion: 7,
  install(api) {
    let seen = 0;
    let last = 0;
    const cell = api.scoreboard(8).u64();
    const held = api.vcpuCell();
    api.onTbTrans((tb) => {
      const insns = tb.insnCount;
      tb.inlineAdd(cell, insns);
      tb.inlineAdd(held, insns);
      tb.onExec(() => {
        seen += insns;
      }, 'r-regs');
    });
    const say = (what) => api.outs(`${what} ${seen} ${cell.sum()} ${held.get(0)}\n`);
    api.onWindow(50_000, (icount) => {
      if (icount < last) api.outs('BACK ');
      last = icount;
      say(icount);
    });
    api.onAtexit(() => say('end'));
  },
};
