// Coverage: blocks executed as drcov with an offset in the module each lies in, and, where the program has line tables,
// how often each source line was executed, for lcov and genhtml.

import { readProgram } from '../host-program.ts';
import { API_VERSION, type Cell, type ModuleInfo, type PluginModule } from '../plugin/api.ts';
import { parseElf } from '../user/elf.ts';
import { cellPool } from './cells.ts';
import { drcovFile } from './drcov-format.ts';
import { type LineRow, lineRows } from './dwarf-lines.ts';
import { OutputFile } from './host-output.ts';

interface Block {
  readonly pc: number;
  readonly size: number;
  readonly insns: readonly number[];
  readonly executed: Cell;
}

const NOTHING = new Uint8Array(0);

/** The line table of a program; empty when it has none. */
export function linesOf(program: Uint8Array): LineRow[] {
  const { sections, bytes } = parseElf(program);
  const section = (name: string): Uint8Array => {
    const found = sections.find((each) => each.name === name);
    return found ? bytes.subarray(found.offset, found.offset + found.size) : NOTHING;
  };
  return lineRows({
    lines: section('.debug_line'),
    strings: section('.debug_str'),
    lineStrings: section('.debug_line_str'),
  });
}

/** A line is executed as often as the most executed of its instructions that begin a statement. */
export function lcovText(rows: readonly LineRow[], countAt: (address: number) => bigint): string {
  const files = new Map<string, Map<number, bigint>>();
  for (const { address, file, line } of rows) {
    let lines = files.get(file);
    if (!lines) {
      lines = new Map();
      files.set(file, lines);
    }
    const count = countAt(address);
    const before = lines.get(line);
    if (before === undefined || count > before) lines.set(line, count);
  }
  let text = 'TN:\n';
  for (const [file, lines] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const sorted = [...lines].sort(([a], [b]) => a - b);
    text += `SF:${file}\n${sorted.map(([line, count]) => `DA:${line},${count}\n`).join('')}`;
    text += `LF:${sorted.length}\nLH:${sorted.filter(([, count]) => count > 0n).length}\nend_of_record\n`;
  }
  return text;
}

const plugin: PluginModule = {
  name: 'coverage',
  apiVersion: API_VERSION,
  summary: 'writes blocks executed (drcov) and, with debugging information, lines (lcov)',
  args: {
    drcov: { kind: 'string', summary: 'the file of blocks', default: 'coverage.drcov' },
    lcov: { kind: 'string', summary: 'the file of lines', default: 'coverage.info' },
  },
  install(api, args) {
    const drcov = new OutputFile('coverage', String(args.drcov));
    const cell = cellPool(api);
    const blocks = new Map<string, Block>();
    api.onTbTrans((tb) => {
      const { pc, size } = tb;
      const key = `${pc}:${size}`;
      let block = blocks.get(key);
      if (!block) {
        block = { pc, size, insns: tb.insns().map((insn) => insn.pc), executed: cell() };
        blocks.set(key, block);
      }
      tb.inlineAdd(block.executed, 1);
    });

    api.onAtexit(() => {
      const counted = [...blocks.values()].map((block) => ({ ...block, count: block.executed.sum() }));
      const covered = counted.filter(({ count }) => count > 0n);
      const modules: readonly ModuleInfo[] = api.info.system
        ? [{ path: '(board)', start: 0, end: 2 ** 32 }]
        : api.modules();
      const records = covered.flatMap(({ pc, size }) => {
        const module = modules.findIndex(({ start, end }) => pc >= start && pc < end);
        return module < 0 ? [] : [{ module, offset: pc - modules[module]!.start, size }];
      });
      const entry = api.entryCode();
      drcov.bytes(
        drcovFile(
          modules.map((module, i) => ({ ...module, entry: i === 0 ? entry : 0 })),
          records,
        ),
      );
      drcov.close();

      const path = api.pathToBinary();
      const rows = path === undefined ? [] : linesOf(readProgram(path));
      const counts = new Map<number, bigint>();
      for (const { insns, count } of covered) {
        for (const pc of insns) counts.set(pc, (counts.get(pc) ?? 0n) + count);
      }
      if (rows.length > 0) {
        const lcov = new OutputFile('coverage', String(args.lcov));
        lcov.text(lcovText(rows, (address) => counts.get(address) ?? 0n));
        lcov.close();
      }
      api.result({ blocks: records.length, modules: modules.length, lines: rows.length > 0 });
    });
  },
};
export default plugin;
