// The least an ELF executable needs to hold a few instructions: one segment, readable, writable and executable. For
// tests of plugins, which write their guests down as numbers.

/** Where the code of a small executable lies. */
export const SMALL_ELF_CODE = 0x10000;
const HEADER = 64;
const PROGRAM_HEADER = 56;
const MACHINE_RISCV = 243;

/** Exits with status 0: li a0,0; li a7,93; ecall. */
const EXIT: readonly number[] = [0x00000513, 0x05d00893, 0x00000073];

/** Instructions as bytes, little-endian; those whose two low bits are not 3 are 16 bits long. */
function encode(words: readonly number[]): Uint8Array {
  const bytes: number[] = [];
  for (const word of words) {
    const length = (word & 3) === 3 ? 4 : 2;
    for (let i = 0; i < length; i++) bytes.push((word >>> (8 * i)) & 255);
  }
  return Uint8Array.from(bytes);
}

/** An executable of these instructions and, behind them, an exit with status 0. */
export function smallElf(words: readonly number[]): Uint8Array {
  const code = encode([...words, ...EXIT]);
  const at = HEADER + PROGRAM_HEADER;
  const file = new Uint8Array(at + code.length);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true); // executable
  view.setUint16(18, MACHINE_RISCV, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, BigInt(SMALL_ELF_CODE + at), true);
  view.setBigUint64(32, BigInt(HEADER), true);
  view.setUint16(52, HEADER, true);
  view.setUint16(54, PROGRAM_HEADER, true);
  view.setUint16(56, 1, true);
  view.setUint32(HEADER, 1, true); // PT_LOAD
  view.setUint32(HEADER + 4, 7, true);
  view.setBigUint64(HEADER + 16, BigInt(SMALL_ELF_CODE), true);
  view.setBigUint64(HEADER + 24, BigInt(SMALL_ELF_CODE), true);
  view.setBigUint64(HEADER + 32, BigInt(file.length), true);
  view.setBigUint64(HEADER + 40, BigInt(file.length + 4096), true);
  view.setBigUint64(HEADER + 48, 4096n, true);
  file.set(code, at);
  return file;
}

/** Address of the first instruction. */
export const smallElfEntry: number = SMALL_ELF_CODE + HEADER + PROGRAM_HEADER;
