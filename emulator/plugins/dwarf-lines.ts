// Line tables of DWARF 2 to 5: which source line each address belongs to. From the section .debug_line alone.

import { DwarfReader } from './dwarf-reader.ts';

export interface LineRow {
  readonly address: number;
  readonly file: string;
  readonly line: number;
}

/** Sections by name; those that strings may lie in may be missing. */
export interface DebugSections {
  readonly lines: Uint8Array;
  readonly strings: Uint8Array;
  readonly lineStrings: Uint8Array;
}

/** DW_LNCT_path, DW_LNCT_directory_index. */
const PATH = 1;
const DIRECTORY = 2;

interface Names {
  readonly directories: readonly string[];
  /** By the number the program uses. */
  readonly files: readonly string[];
}

const join = (directory: string | undefined, name: string): string =>
  name.startsWith('/') || !directory ? name : `${directory}/${name}`;

/** Value of a form of version 5's entries: a text, or a number; undefined for what is skipped. */
function form(reader: DwarfReader, code: number, sections: DebugSections): string | number | undefined {
  switch (code) {
    case 0x08: // string
      return reader.string();
    case 0x0e: // strp
      return new DwarfReader(sections.strings, reader.u32()).string();
    case 0x1f: // line_strp
      return new DwarfReader(sections.lineStrings, reader.u32()).string();
    case 0x0b: // data1
      return reader.u8();
    case 0x05: // data2
      return reader.u16();
    case 0x06: // data4
      return reader.u32();
    case 0x07: // data8
      return reader.u64();
    case 0x0f: // udata
      return reader.uleb();
    case 0x1e: // data16
      reader.skip(16);
      return undefined;
    default: // block
      reader.skip(reader.uleb());
      return undefined;
  }
}

function entries(reader: DwarfReader, sections: DebugSections): { path: string; directory: number }[] {
  const formats = Array.from({ length: reader.u8() }, () => [reader.uleb(), reader.uleb()] as const);
  return Array.from({ length: reader.uleb() }, () => {
    const entry = { path: '', directory: 0 };
    for (const [content, code] of formats) {
      const value = form(reader, code, sections);
      if (content === PATH) entry.path = String(value);
      if (content === DIRECTORY) entry.directory = Number(value);
    }
    return entry;
  });
}

function names(reader: DwarfReader, version: number, sections: DebugSections): Names {
  if (version >= 5) {
    const directories = entries(reader, sections).map(({ path }) => path);
    const files = entries(reader, sections).map(({ path, directory }) => join(directories[directory], path));
    return { directories: directories.map((each) => join(directories[0], each)), files };
  }
  const directories = [''];
  for (let name = reader.string(); name !== ''; name = reader.string()) directories.push(name);
  const files = [''];
  for (let name = reader.string(); name !== ''; name = reader.string()) {
    files.push(join(directories[reader.uleb()], name));
    reader.uleb();
    reader.uleb();
  }
  return { directories, files };
}

/** All rows that begin a statement, in the order of the tables. */
export function lineRows(sections: DebugSections): LineRow[] {
  const rows: LineRow[] = [];
  const reader = new DwarfReader(sections.lines);
  while (reader.at < sections.lines.length) {
    const length = reader.u32();
    if (length === 0xffffffff) throw new RangeError('64-bit DWARF is not supported');
    const end = reader.at + length;
    unit(new DwarfReader(sections.lines.subarray(0, end), reader.at), end, sections, rows);
    reader.at = end;
  }
  return rows;
}

function unit(reader: DwarfReader, end: number, sections: DebugSections, rows: LineRow[]): void {
  const version = reader.u16();
  if (version < 2 || version > 5) return;
  if (version >= 5) reader.skip(2);
  const headerLength = reader.u32();
  const program = reader.at + headerLength;
  const step = reader.u8();
  if (version >= 4) reader.skip(1);
  const statementDefault = reader.u8() !== 0;
  const lineBase = reader.s8();
  const lineRange = reader.u8();
  const opcodeBase = reader.u8();
  const operands = Array.from({ length: opcodeBase - 1 }, () => reader.u8());
  const { files } = names(reader, version, sections);
  reader.at = program;

  let address = 0;
  let file = 1;
  let line = 1;
  let statement = statementDefault;
  const row = (): void => {
    if (statement && line > 0) rows.push({ address, file: files[file] ?? '?', line });
  };
  while (reader.at < end) {
    const opcode = reader.u8();
    if (opcode >= opcodeBase) {
      address += step * Math.floor((opcode - opcodeBase) / lineRange);
      line += lineBase + ((opcode - opcodeBase) % lineRange);
      row();
    } else if (opcode === 0) {
      const size = reader.uleb();
      const next = reader.at + size;
      const extended = reader.u8();
      if (extended === 1) {
        // End of a sequence: what follows begins anew.
        address = 0;
        file = 1;
        line = 1;
        statement = statementDefault;
      } else if (extended === 2) address = reader.unsigned(size - 1);
      reader.at = next;
    } else if (opcode === 1) row();
    else if (opcode === 2) address += step * reader.uleb();
    else if (opcode === 3) line += reader.sleb();
    else if (opcode === 4) file = reader.uleb();
    else if (opcode === 6) statement = !statement;
    else if (opcode === 8) address += step * Math.floor((255 - opcodeBase) / lineRange);
    else if (opcode === 9) address += reader.u16();
    else for (let n = operands[opcode - 1]!; n > 0; n--) reader.uleb();
  }
}
