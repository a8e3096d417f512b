// Does the work of register moves itself and goes on behind them, so that a program must run as if nothing had
// happened; or sends execution from one address to another.

import { UsageError } from '../must.ts';
import { API_VERSION, type PluginModule } from '../plugin/api.ts';

function addressOf(name: string, text: unknown): number | undefined {
  if (text === undefined) return undefined;
  const value = /^(0x)?[0-9a-f]+$/i.test(String(text)) ? Number.parseInt(String(text), 16) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new UsageError(`plugin setpc: ${name}=${text} is no address`, `write ${name}=0x10210, for example`);
}

/** `mv rd,rs` and `nop` as they are disassembled. */
const MOVE = /^(?:c\.)?mv +(\w+), ?(\w+)$/;
const NOP = /^(?:c\.)?nop$/;

const plugin: PluginModule = {
  name: 'setpc',
  apiVersion: API_VERSION,
  summary: 'executes register moves itself and sets the pc behind them; or jumps from one address to another',
  args: {
    from: { kind: 'string', summary: 'address to jump from, in hexadecimal' },
    to: { kind: 'string', summary: 'address to jump to' },
  },
  install(api, args) {
    const from = addressOf('from', args.from);
    const to = addressOf('to', args.to);
    if ((from === undefined) !== (to === undefined))
      throw new UsageError('plugin setpc: from and to go together', 'give both, or none of them');
    let times = 0;

    api.onTbTrans((tb) => {
      for (const insn of tb.insns()) {
        if (from !== undefined) {
          if (insn.pc !== from) continue;
          insn.onExec((cpu) => {
            times++;
            api.setPc(cpu, to!);
          }, 'rw-regs-pc');
          continue;
        }
        const text = insn.disas();
        const move = MOVE.exec(text);
        if (!move && !NOP.test(text)) continue;
        const next = insn.pc + insn.size;
        insn.onExec((cpu) => {
          times++;
          if (move) api.writeRegister(cpu, move[1]!, api.readRegister(cpu, move[2]!));
          api.setPc(cpu, next);
        }, 'rw-regs-pc');
      }
    });
    api.onAtexit(() => api.result({ times }, () => `set the pc ${times} times\n`));
  },
};
export default plugin;
