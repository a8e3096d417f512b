// Reads ELF64 little-endian files into plain records: header, program headers, sections, symbols. Used by the user-mode
// loader, by boards and by the command line. The file is hostile until proven otherwise: every offset and size is
// checked against the file, counts are bounded, and what is wrong is a UsageError that names it.

import { UsageError } from '../must.ts';

export const PT_LOAD = 1;
export const PT_DYNAMIC = 2;
export const PT_INTERP = 3;
export const PT_PHDR = 6;
export const PT_TLS = 7;

export const PF_X = 1;
export const PF_W = 2;
export const PF_R = 4;

export const ET_EXEC = 2;
export const ET_DYN = 3;
export const EM_RISCV = 243;
export const EM_AARCH64 = 183;

const MACHINES: Readonly<Record<number, string>> = {
  2: 'SPARC',
  3: 'x86',
  8: 'MIPS',
  20: 'PowerPC',
  21: 'PowerPC64',
  22: 'S/390',
  40: 'Arm',
  62: 'x86-64',
  [EM_AARCH64]: 'AArch64',
  [EM_RISCV]: 'RISC-V',
  258: 'LoongArch',
};

const HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
const SECTION_HEADER_SIZE = 64;
const SYMBOL_SIZE = 24;
const MAX_PROGRAM_HEADERS = 256;
const MAX_SECTIONS = 65536;
const MAX_SYMBOLS = 4_000_000;
const MAX_NAME = 4096;
/** No address at or above this one is loaded: beyond any guest address space here, and exact as a number. */
const ADDRESS_LIMIT = 2 ** 52;
const MAX_SEGMENT_BYTES = 2 ** 34;

const SHT_SYMTAB = 2;
const SHT_STRTAB = 3;
const SHT_NOBITS = 8;
const SHT_DYNSYM = 11;

export interface ProgramHeader {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly vaddr: number;
  readonly paddr: number;
  readonly fileSize: number;
  readonly memSize: number;
  readonly align: number;
}

export interface ElfSection {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly addr: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

export interface ElfSymbol {
  readonly name: string;
  readonly addr: number;
  readonly size: number;
  readonly kind: 'function' | 'object' | 'label';
  readonly global: boolean;
}

export interface ElfFile {
  readonly bytes: Uint8Array;
  /** e_machine: EM_RISCV, EM_AARCH64 … */
  readonly machine: number;
  /** e_type: ET_EXEC or ET_DYN. */
  readonly type: number;
  readonly osAbi: number;
  readonly flags: number;
  readonly entry: number;
  readonly programOffset: number;
  readonly programs: readonly ProgramHeader[];
  readonly sections: readonly ElfSection[];
  readonly symbols: readonly ElfSymbol[];
  /** Path of the dynamic linker when the program asks for one. */
  readonly interpreter: string | undefined;
}

const REBUILD =
  'Give a complete 64-bit little-endian ELF executable, for example one made by riscv64-linux-gnu-gcc -static.';

function bad(problem: string, remedy = REBUILD): never {
  throw new UsageError(`not a usable ELF file: ${problem}`, remedy);
}

/** Parses an executable. Throws UsageError for a file that is not one or is damaged where it matters. */
export function parseElf(bytes: Uint8Array): ElfFile {
  if (bytes.length < 4 || bytes[0] !== 0x7f || bytes[1] !== 0x45 || bytes[2] !== 0x4c || bytes[3] !== 0x46) {
    bad('it does not begin with the ELF magic number');
  }
  if (bytes.length < HEADER_SIZE) bad(`it ends inside the file header (${bytes.length} bytes)`);
  if (bytes[4] !== 2) bad('it is a 32-bit file', 'Build the program for a 64-bit target.');
  if (bytes[5] !== 1) bad('it is big-endian', 'Build the program for a little-endian target.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = view.getUint16(16, true);
  if (type !== ET_EXEC && type !== ET_DYN) {
    bad(`its type is ${type}, not an executable`, 'Link the object files into an executable first.');
  }
  const programOffset = field(view, 32, 'program header offset');
  const programs = readPrograms(view, programOffset, view.getUint16(54, true), view.getUint16(56, true));
  const sections = readSections(view, bytes);
  let symbols: readonly ElfSymbol[] | undefined;
  return {
    bytes,
    machine: view.getUint16(18, true),
    type,
    osAbi: bytes[7]!,
    flags: view.getUint32(48, true),
    entry: field(view, 24, 'entry point'),
    programOffset,
    programs,
    sections,
    // Thousands of them, and most runs never name one: read when first asked for.
    get symbols() {
      symbols ??= readSymbols(view, bytes, sections);
      return symbols;
    },
    interpreter: readInterpreter(bytes, programs),
  };
}

/** A 64-bit field that must be an address, offset or size we can hold: 0 to 2^52. */
function field(view: DataView, at: number, what: string): number {
  const value = view.getUint32(at + 4, true) * 4294967296 + view.getUint32(at, true);
  if (value >= ADDRESS_LIMIT) bad(`its ${what} is out of range (0x${view.getBigUint64(at, true).toString(16)})`);
  return value;
}

function readPrograms(view: DataView, offset: number, entrySize: number, count: number): ProgramHeader[] {
  if (count === 0) bad('it has no program headers', 'Link it into an executable.');
  if (count > MAX_PROGRAM_HEADERS) bad(`it has ${count} program headers (at most ${MAX_PROGRAM_HEADERS})`);
  if (entrySize !== PROGRAM_HEADER_SIZE) bad(`its program headers are ${entrySize} bytes each, not 56`);
  if (offset + count * PROGRAM_HEADER_SIZE > view.byteLength) bad('its program headers lie outside the file');
  const programs: ProgramHeader[] = [];
  for (let i = 0; i < count; i++) {
    const at = offset + i * PROGRAM_HEADER_SIZE;
    const type = view.getUint32(at, true);
    // A header we never use may hold anything.
    const used = type === PT_LOAD || type === PT_INTERP || type === PT_PHDR || type === PT_TLS || type === PT_DYNAMIC;
    if (!used) {
      programs.push({ type, flags: 0, offset: 0, vaddr: 0, paddr: 0, fileSize: 0, memSize: 0, align: 0 });
      continue;
    }
    const header: ProgramHeader = {
      type,
      flags: view.getUint32(at + 4, true),
      offset: field(view, at + 8, `segment ${i} offset`),
      vaddr: field(view, at + 16, `segment ${i} address`),
      paddr: field(view, at + 24, `segment ${i} physical address`),
      fileSize: field(view, at + 32, `segment ${i} file size`),
      memSize: field(view, at + 40, `segment ${i} memory size`),
      align: field(view, at + 48, `segment ${i} alignment`),
    };
    if (header.offset + header.fileSize > view.byteLength) {
      bad(
        `segment ${i} ends at ${header.offset + header.fileSize}, past the end of the file (${view.byteLength} bytes)`,
      );
    }
    if (type === PT_LOAD) {
      if (header.fileSize > header.memSize) bad(`segment ${i} is larger in the file than in memory`);
      if (header.memSize > MAX_SEGMENT_BYTES) bad(`segment ${i} is ${header.memSize} bytes large`);
    }
    programs.push(header);
  }
  rejectOverlaps(programs);
  return programs;
}

function rejectOverlaps(programs: readonly ProgramHeader[]): void {
  const loads = programs.filter((p) => p.type === PT_LOAD && p.memSize > 0).sort((a, b) => a.vaddr - b.vaddr);
  if (loads.length === 0) bad('it has nothing to load', 'Link it into an executable.');
  for (let i = 1; i < loads.length; i++) {
    const before = loads[i - 1]!;
    if (before.vaddr + before.memSize > loads[i]!.vaddr) {
      bad(`two segments overlap at address 0x${loads[i]!.vaddr.toString(16)}`);
    }
  }
}

/** Sections serve names only: a damaged table is treated as absent, as a stripped file has none either. */
function readSections(view: DataView, bytes: Uint8Array): ElfSection[] {
  const offset = view.getUint32(40, true) + view.getUint32(44, true) * 4294967296;
  const count = view.getUint16(60, true);
  if (offset === 0 || count === 0 || count > MAX_SECTIONS || view.getUint16(58, true) !== SECTION_HEADER_SIZE)
    return [];
  if (offset + count * SECTION_HEADER_SIZE > view.byteLength) return [];
  const raw: (ElfSection & { nameOffset: number })[] = [];
  for (let i = 0; i < count; i++) {
    const at = offset + i * SECTION_HEADER_SIZE;
    const type = view.getUint32(at + 4, true);
    const start = Number(view.getBigUint64(at + 24, true));
    let size = Number(view.getBigUint64(at + 32, true));
    if (type !== SHT_NOBITS && start + size > view.byteLength) size = 0;
    raw.push({
      name: '',
      nameOffset: view.getUint32(at, true),
      type,
      flags: view.getUint32(at + 8, true),
      addr: Number(view.getBigUint64(at + 16, true)),
      offset: start,
      size,
      link: view.getUint32(at + 40, true),
    });
  }
  const names = raw[view.getUint16(62, true)];
  return raw.map(({ nameOffset, ...section }) => ({
    ...section,
    name: names === undefined || names.type !== SHT_STRTAB ? '' : stringAt(bytes, names, nameOffset),
  }));
}

function readSymbols(view: DataView, bytes: Uint8Array, sections: readonly ElfSection[]): ElfSymbol[] {
  const table = sections.find((s) => s.type === SHT_SYMTAB) ?? sections.find((s) => s.type === SHT_DYNSYM);
  if (table === undefined) return [];
  const strings = sections[table.link];
  if (strings === undefined || strings.type !== SHT_STRTAB) return [];
  const count = Math.min(Math.floor(table.size / SYMBOL_SIZE), MAX_SYMBOLS);
  const symbols: ElfSymbol[] = [];
  for (let i = 1; i < count; i++) {
    const at = table.offset + i * SYMBOL_SIZE;
    const info = view.getUint8(at + 4);
    const kind = info & 15;
    const section = view.getUint16(at + 6, true);
    if (kind > 2 || section === 0) continue; // sections, files, thread-local offsets, undefined symbols
    const addr = Number(view.getBigUint64(at + 8, true));
    const name = stringAt(bytes, strings, view.getUint32(at, true));
    // Mapping symbols ($x, $d) and assembler locals (.L1) name no place a person looks for.
    if (name === '' || name.startsWith('$') || name.startsWith('.L')) continue;
    symbols.push({
      name,
      addr,
      size: Number(view.getBigUint64(at + 16, true)),
      kind: kind === 2 ? 'function' : kind === 1 ? 'object' : 'label',
      global: info >> 4 !== 0,
    });
  }
  return symbols;
}

const latin1 = new TextDecoder('latin1');

function stringAt(bytes: Uint8Array, table: ElfSection, offset: number): string {
  if (offset >= table.size) return '';
  const start = table.offset + offset;
  const limit = Math.min(table.offset + table.size, start + MAX_NAME);
  let end = start;
  while (end < limit && bytes[end] !== 0) end++;
  return latin1.decode(bytes.subarray(start, end));
}

function readInterpreter(bytes: Uint8Array, programs: readonly ProgramHeader[]): string | undefined {
  const header = programs.find((p) => p.type === PT_INTERP);
  if (header === undefined) return undefined;
  const text = latin1.decode(bytes.subarray(header.offset, header.offset + Math.min(header.fileSize, MAX_NAME)));
  return text.split('\0')[0];
}

/** Throws UsageError unless the file is for `machine`. */
export function demandMachine(elf: ElfFile, machine: number, path: string): void {
  if (elf.machine === machine) return;
  throw new UsageError(
    `${path} is a program for ${nameOf(elf.machine)}, not for ${nameOf(machine)}`,
    'Build it with riscv64-linux-gnu-gcc -static.',
  );
}

function nameOf(machine: number): string {
  return MACHINES[machine] ?? `ELF machine ${machine}`;
}

/** First address of a bare-metal image's RAM on the `virt` boards; user programs are linked far below. */
const RAM_BASE = 0x80000000;

/** What an executable is made for: a process under Linux, or bare metal on the `virt` board. */
export function guessMachine(elf: ElfFile): 'user' | 'virt' {
  if (elf.programs.some((p) => p.type === PT_TLS || p.type === PT_INTERP)) return 'user';
  if (elf.osAbi === 3 || elf.sections.some((s) => s.name === '.note.ABI-tag')) return 'user';
  const loads = elf.programs.filter((p) => p.type === PT_LOAD && p.memSize > 0);
  return elf.type === ET_EXEC && loads.every((p) => p.vaddr >= RAM_BASE || p.paddr >= RAM_BASE) ? 'virt' : 'user';
}

export function isUserElf(elf: ElfFile): boolean {
  return guessMachine(elf) === 'user';
}
