// Replaces instructions as they are about to be executed, through virtual or physical memory.

import { UsageError } from '../must.ts';
import { API_VERSION, type PluginModule } from '../plugin/api.ts';

function bytesOf(name: string, text: string): Uint8Array {
  if (!/^([0-9a-f]{2})+$/i.test(text))
    throw new UsageError(`plugin patch: ${name}=${text} is not a row of bytes`, `write ${name}=13050500, for example`);
  return Uint8Array.from(text.match(/../g)!, (byte) => Number.parseInt(byte, 16));
}

const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i]);

const plugin: PluginModule = {
  name: 'patch',
  apiVersion: API_VERSION,
  summary: 'replaces an instruction wherever it is executed',
  args: {
    target: {
      kind: 'string',
      summary: 'bytes of the instruction, in hexadecimal as they lie in memory',
      required: true,
    },
    patch: { kind: 'string', summary: 'bytes to write in their place', required: true },
    use_hwaddr: { kind: 'bool', summary: 'write to the physical address (system mode)', default: false },
  },
  install(api, args) {
    const target = bytesOf('target', String(args.target));
    const patch = bytesOf('patch', String(args.patch));
    if (same(target, patch))
      throw new UsageError('plugin patch: target and patch are the same', 'Give two different instructions.');
    if (args.use_hwaddr && !api.info.system)
      throw new UsageError('plugin patch: there are no physical addresses in user mode', 'leave out use_hwaddr');

    api.onTbTrans((tb) => {
      for (const insn of tb.insns()) {
        if (!same(insn.data(), target)) continue;
        const { pc } = insn;
        insn.onExec((cpu) => {
          const physical = args.use_hwaddr ? api.translate(cpu, pc) : undefined;
          const done = args.use_hwaddr
            ? physical !== undefined && api.writePhysical(physical, patch) === 'ok'
            : api.writeMemory(pc, patch);
          if (!done) throw new Error(`cannot write ${patch.length} bytes at 0x${pc.toString(16)}`);
          api.outs('Success!\n');
          // The block that runs was made of the old bytes.
          api.setPc(cpu, pc);
        }, 'rw-regs-pc');
      }
    });
  },
};
export default plugin;
