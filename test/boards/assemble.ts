// A few RISC-V instructions as words, for images small enough to write in a test.

export const [ZERO, RA, T0, T1, T2, A0] = [0, 1, 5, 6, 7, 10];

const iType = (opcode: number, funct3: number, rd: number, rs1: number, immediate: number): number =>
  (immediate << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | opcode;

export const addi = (rd: number, rs1: number, immediate: number): number => iType(0x13, 0, rd, rs1, immediate);
export const slli = (rd: number, rs1: number, shift: number): number => iType(0x13, 1, rd, rs1, shift);
/** `immediate` has its low 12 bits clear. */
export const lui = (rd: number, immediate: number): number => (immediate & 0xfffff000) | (rd << 7) | 0x37;
export const auipc = (rd: number, immediate: number): number => (immediate & 0xfffff000) | (rd << 7) | 0x17;
export const lw = (rd: number, rs1: number, offset: number): number => iType(0x03, 2, rd, rs1, offset);
export const ld = (rd: number, rs1: number, offset: number): number => iType(0x03, 3, rd, rs1, offset);
function sType(funct3: number, rs2: number, rs1: number, offset: number): number {
  return ((offset >> 5) << 25) | (rs2 << 20) | (rs1 << 15) | (funct3 << 12) | ((offset & 31) << 7) | 0x23;
}
export const sb = (rs2: number, rs1: number, offset: number): number => sType(0, rs2, rs1, offset);
export const sw = (rs2: number, rs1: number, offset: number): number => sType(2, rs2, rs1, offset);
export const sd = (rs2: number, rs1: number, offset: number): number => sType(3, rs2, rs1, offset);
export const csrw = (csr: number, rs1: number): number => iType(0x73, 1, 0, rs1, csr);
export const csrr = (rd: number, csr: number): number => iType(0x73, 2, rd, 0, csr);
export const csrsi = (csr: number, immediate: number): number => iType(0x73, 6, 0, immediate, csr);
export const WFI = 0x10500073;
export const MRET = 0x30200073;
/** A jump to itself. */
export const STAY = 0x0000006f;

/** Little-endian bytes of the instructions. */
export function assemble(...words: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * words.length));
  words.forEach((word, i) => {
    view.setInt32(4 * i, word, true);
  });
  return new Uint8Array(view.buffer);
}
