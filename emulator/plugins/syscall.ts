// System calls: how often each was made and failed, or each as it happens, or what is written.

import { API_VERSION, type PluginModule } from '../plugin/api.ts';

/** The number of write(2), by target. */
const WRITE: Readonly<Record<string, number>> = { riscv64: 64, aarch64: 64 };
const ROW = 16;

interface Calls {
  readonly number: number;
  calls: number;
  errors: number;
}

/** Sixteen bytes a line: in hexadecimal, then as text; a gap behind the second, sixth, tenth … of four. */
export function hexdump(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += ROW) {
    const row = bytes.subarray(at, at + ROW);
    const gap = (i: number): string => (i !== 0 && i % 4 === 0 ? ' ' : '');
    let left = '';
    let right = '';
    for (let i = 0; i < ROW; i++) {
      const byte = row[i];
      left += byte === undefined ? `   ${gap(i)}` : `${byte.toString(16).padStart(2, '0')} ${gap(i)}`;
      if (byte !== undefined) right += `${byte >= 0x21 && byte <= 0x7e ? String.fromCharCode(byte) : '.'}${gap(i)}`;
    }
    text += `${left} | ${right}\n`;
  }
  return text;
}

const plugin: PluginModule = {
  name: 'syscall',
  apiVersion: API_VERSION,
  summary: 'counts system calls and their errors, or prints each',
  args: {
    print: { kind: 'bool', summary: 'print each call and return instead of counting', default: false },
    log_writes: { kind: 'bool', summary: 'dump what is written', default: false },
  },
  install(api, args) {
    const write = args.log_writes ? WRITE[api.info.target] : undefined;
    const table = new Map<number, Calls>();
    const entry = (number: number): Calls => {
      let calls = table.get(number);
      if (!calls) {
        calls = { number, calls: 0, errors: 0 };
        table.set(number, calls);
      }
      return calls;
    };
    api.onSyscall((_cpu, { number, args: words }) => {
      if (args.print) api.outs(`syscall #${number}\n`);
      else entry(number).calls++;
      if (number !== write) return;
      const bytes = api.readMemory(Number(BigInt.asIntN(64, words[1]!)), Number(BigInt.asUintN(32, words[2]!)));
      if (bytes) api.outs(hexdump(bytes));
    });
    api.onSyscallReturn((_cpu, { number, result }) => {
      if (args.print) api.outs(`syscall #${number} returned -> ${result}\n`);
      else if (result < 0n) entry(number).errors++;
    });
    if (args.print) return;
    api.onAtexit(() => {
      const calls = [...table.values()].sort((a, b) => b.calls - a.calls).map((each) => ({ ...each }));
      api.result({ calls }, () => {
        let text = 'syscall no.  calls  errors\n';
        for (const each of calls)
          text += `${String(each.number).padEnd(13)}${String(each.calls).padEnd(6)} ${each.errors}\n`;
        return text;
      });
    });
  },
};
export default plugin;
