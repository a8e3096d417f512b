// A line an instruction executed: where, what, its memory accesses, and the registers it changed if asked to. A line is
// complete, and written, when the vCPU begins its next instruction.

import { UsageError } from '../must.ts';
import { API_VERSION, type MemInfo, type PluginModule } from '../plugin/api.ts';
import { globMatches } from './globs.ts';
import { Lines } from './lines.ts';
import { RegisterChanges } from './register-changes.ts';

interface Watched {
  readonly name: string;
  /** Among the api's registers. */
  readonly index: number;
}

interface Log {
  /** The instruction begun last. */
  line: string;
  readonly registers: RegisterChanges;
  /** Those the instruction begun last may have changed. */
  watch: readonly Watched[];
}

const plugin: PluginModule = {
  name: 'execlog',
  apiVersion: API_VERSION,
  summary: 'writes a line for each instruction executed: memory accesses, changed registers',
  args: {
    ifilter: { kind: 'list', summary: 'only instructions whose text starts with this; may be repeated' },
    afilter: { kind: 'list', summary: 'only the instruction at this address (hexadecimal); may be repeated' },
    reg: { kind: 'list', summary: 'also changes of the registers this glob names; may be repeated' },
    rdisas: { kind: 'bool', summary: 'only of those that the instruction names', default: false },
  },
  install(api, args) {
    const prefixes = (args.ifilter as readonly string[] | undefined) ?? [];
    const addresses = ((args.afilter as readonly string[] | undefined) ?? []).map(parseAddress);
    const globs = (args.reg as readonly string[] | undefined) ?? [];
    const registers = api.registers();
    const watched: readonly Watched[] = registers.flatMap(({ name }, index) =>
      globs.some((glob) => globMatches(glob, name)) ? [{ name, index }] : [],
    );
    if (globs.length > 0 && watched.length === 0)
      throw new UsageError(`plugin execlog: no register is named ${globs.join(' or ')}`, 'reg=* takes all of them.');
    const flags = watched.length > 0 ? 'r-regs' : 'no-regs';
    const lines = new Lines(api);
    const logs: Log[] = [];
    const logOf = (cpu: number): Log => {
      logs[cpu] ??= { line: '', registers: new RegisterChanges(api, registers.length), watch: watched };
      return logs[cpu];
    };
    const wanted = (pc: number, text: string): boolean =>
      (prefixes.length === 0 && addresses.length === 0) ||
      prefixes.some((prefix) => text.startsWith(prefix)) ||
      addresses.includes(pc);

    /** Adds the registers that have changed to the line of the instruction before. */
    const check = (cpu: number, log: Log): void => {
      log.registers.look(cpu);
      for (const { name, index } of log.watch)
        if (log.registers.changed(index) && log.line !== '')
          log.line += `, ${name} -> 0x${log.registers.digits(index).padStart(16, '0')}`;
    };
    const flush = (log: Log): void => {
      if (log.line !== '') lines.put(`${log.line}\n`);
      log.line = '';
    };
    const onAccess = (cpu: number, info: MemInfo, address: bigint): void => {
      const hw = info.hwaddr();
      const at = (hw?.physical ?? address).toString(16).padStart(8, '0');
      logOf(cpu).line += `, ${info.isStore ? 'store' : 'load'}, 0x${at}${hw ? `, ${hw.device}` : ''}`;
    };
    api.onVcpuInit((cpu) => {
      if (flags === 'r-regs') check(cpu, logOf(cpu));
    });
    api.onTbTrans((tb) => {
      for (const insn of tb.insns()) {
        const { pc } = insn;
        const text = insn.disas();
        const watch = args.rdisas ? watched.filter(({ name }) => named(text, name)) : watched;
        const begin = (cpu: number): Log => {
          const log = logOf(cpu);
          if (flags === 'r-regs') check(cpu, log);
          log.watch = watch;
          return log;
        };
        if (!wanted(pc, text)) {
          if (flags === 'r-regs') insn.onExec(begin, flags);
          continue;
        }
        const start = `, 0x${pcText(pc)}, 0x${insn.opcode().toString(16)}, "${text}"`;
        insn.onExec((cpu) => {
          const log = begin(cpu);
          flush(log);
          log.line = `${cpu}${start}`;
        }, flags);
        insn.onMem('rw', onAccess);
      }
    });
    api.onVcpuExit((cpu) => {
      if (flags === 'r-regs') check(cpu, logOf(cpu));
      flush(logOf(cpu));
    });
    api.onAtexit(() => {
      for (const log of logs) if (log) flush(log);
      lines.flush();
    });
  },
};

const pcText = (pc: number): string => BigInt.asUintN(64, BigInt(pc)).toString(16);

/** Whether an instruction's text names a register as an operand. */
function named(text: string, register: string): boolean {
  return text
    .slice(text.indexOf(' ') + 1)
    .split(/[,()\s]+/)
    .includes(register);
}

function parseAddress(text: string): number {
  const digits = text.replace(/^0x/i, '');
  if (!/^[0-9a-f]{1,16}$/i.test(digits))
    throw new UsageError(`plugin execlog: afilter=${text} is no address`, 'Write it in hexadecimal.');
  return Number(BigInt.asIntN(64, BigInt(`0x${digits}`)));
}
export default plugin;
