// Small ELF files for tests, made byte by byte: two segments (code; data with bss), section names and three symbols.

export interface ElfShape {
  type?: number;
  machine?: number;
  entry?: number;
  codeAddr?: number;
  dataAddr?: number;
  bssBytes?: number;
  interpreter?: string;
  /** e_ident[EI_OSABI]. */
  osAbi?: number;
  sections?: boolean;
}

export const CODE = 0x10000;
export const DATA = 0x12f80;

/** Layout of the file: header, program headers, code at 0x200, data at 0x280, sections after. */
export function makeElf(shape: ElfShape = {}): Uint8Array {
  const codeAddr = shape.codeAddr ?? CODE;
  const dataAddr = shape.dataAddr ?? DATA;
  const bytes = new Uint8Array(0x1400);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, shape.osAbi ?? 0]);
  view.setUint16(16, shape.type ?? 2, true);
  view.setUint16(18, shape.machine ?? 243, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, BigInt(shape.entry ?? codeAddr + 0x200), true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(52, 64, true);
  view.setUint16(54, 56, true);
  const programs: bigint[][] = [
    [1n | (5n << 32n), 0n, BigInt(codeAddr), BigInt(codeAddr), 0x280n, 0x280n, 0x1000n],
    [
      1n | (6n << 32n),
      0xf80n,
      BigInt(dataAddr),
      BigInt(dataAddr),
      0x100n,
      BigInt(0x100 + (shape.bssBytes ?? 0x2000)),
      0x1000n,
    ],
  ];
  if (shape.interpreter !== undefined) {
    bytes.set(new TextEncoder().encode(shape.interpreter), 0x1300);
    const size = BigInt(shape.interpreter.length + 1);
    programs.push([3n | (4n << 32n), 0x1300n, 0n, 0n, size, size, 1n]);
  }
  view.setUint16(56, programs.length, true);
  programs.forEach((words, i) => {
    words.forEach((word, j) => {
      view.setBigUint64(64 + 56 * i + 8 * j, word, true);
    });
  });
  // li a7, 93; li a0, 42; ecall
  bytes.set([0x93, 0x08, 0xd0, 0x05, 0x13, 0x05, 0xa0, 0x02, 0x73, 0, 0, 0], 0x200);
  for (let i = 0; i < 0x100; i++) bytes[0xf80 + i] = i;
  if (shape.sections ?? true) addSections(bytes, view, codeAddr);
  return bytes;
}

function addSections(bytes: Uint8Array, view: DataView, codeAddr: number): void {
  const names = '\0.text\0.symtab\0.strtab\0.shstrtab\0';
  const symbols = '\0_start\0main\0helper\0';
  const encoder = new TextEncoder();
  bytes.set(encoder.encode(names), 0x1080);
  bytes.set(encoder.encode(symbols), 0x10c0);
  const symbol = (i: number, name: number, addr: number, size: number): void => {
    const at = 0x1100 + 24 * i;
    view.setUint32(at, name, true);
    view.setUint8(at + 4, 0x12); // global function
    view.setUint16(at + 6, 1, true);
    view.setBigUint64(at + 8, BigInt(addr), true);
    view.setBigUint64(at + 16, BigInt(size), true);
  };
  symbol(1, 1, codeAddr + 0x200, 12);
  symbol(2, 8, codeAddr + 0x210, 0x20);
  symbol(3, 13, codeAddr + 0x230, 0);
  view.setBigUint64(40, 0x1180n, true);
  view.setUint16(58, 64, true);
  view.setUint16(60, 5, true);
  view.setUint16(62, 4, true);
  const section = (i: number, name: string, type: number, offset: number, size: number, link = 0): void => {
    const at = 0x1180 + 64 * i;
    view.setUint32(at, names.indexOf(name), true);
    view.setUint32(at + 4, type, true);
    view.setBigUint64(at + 24, BigInt(offset), true);
    view.setBigUint64(at + 32, BigInt(size), true);
    view.setUint32(at + 40, link, true);
  };
  section(1, '.text', 1, 0x200, 0x80);
  section(2, '.symtab', 2, 0x1100, 96, 3);
  section(3, '.strtab', 3, 0x10c0, symbols.length);
  section(4, '.shstrtab', 3, 0x1080, names.length);
}
