// Which blocks were executed, as a drcov file for coverage viewers.

import { API_VERSION, type Cell, type PluginModule } from '../plugin/api.ts';
import { cellPool } from './cells.ts';
import { drcovFile } from './drcov-format.ts';
import { OutputFile } from './host-output.ts';

const plugin: PluginModule = {
  name: 'drcov',
  apiVersion: API_VERSION,
  summary: 'writes which blocks were executed, for coverage viewers',
  args: {
    filename: { kind: 'string', summary: 'the file to write', default: 'file.drcov.trace' },
    compat: { kind: 'string', summary: 'qemu: addresses cut to 32 bits instead of offsets', choices: ['qemu'] },
  },
  install(api, args) {
    const file = new OutputFile('drcov', String(args.filename));
    const [start, end] = [api.startCode(), api.endCode()];
    const qemu = args.compat === 'qemu';
    const cell = cellPool(api);
    const blocks = new Map<string, { readonly pc: number; readonly size: number; readonly executed: Cell }>();

    api.onTbTrans((tb) => {
      const { pc, size } = tb;
      // An offset has no meaning outside of the module.
      if (end > start && !qemu && (pc < start || pc >= end)) return;
      const key = `${pc}:${size}`;
      let block = blocks.get(key);
      if (!block) {
        block = { pc, size, executed: cell() };
        blocks.set(key, block);
      }
      tb.inlineStore(block.executed, 1);
    });

    api.onAtexit(() => {
      const covered = [...blocks.values()].filter(({ executed }) => executed.sum() > 0n);
      const path = api.pathToBinary() ?? '(system)';
      file.bytes(
        drcovFile(
          [{ path, start, end, entry: api.entryCode() }],
          covered.map(({ pc, size }) => ({ module: 0, offset: qemu ? pc : pc - start, size })),
        ),
      );
      file.close();
    });
  },
};
export default plugin;
