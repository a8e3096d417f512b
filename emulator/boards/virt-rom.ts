// The boot ROM of the `virt` board: the code each hart starts with, and its data. It leaves the registers as firmware
// for this board expects them: a0 = hart id, a1 = device tree, a2 = firmware information, t0 = where it jumps to.

const T0 = 5;
const A0 = 10;
const A1 = 11;
const A2 = 12;
const MHARTID = 0xf14;

const OPCODE_AUIPC = 0x17;
const OPCODE_ADDI = 0x13;
const OPCODE_LOAD = 0x03;
const OPCODE_JALR = 0x67;
const OPCODE_SYSTEM = 0x73;

/** Offsets from the start of the ROM, where the code begins. */
const ENTRY_AT = 24;
const FDT_AT = 32;
const FIRMWARE_INFO_AT = 40;
/** What OpenSBI's dynamic firmware looks for: magic, version, next address, next mode, options, boot hart. */
const FIRMWARE_MAGIC = 0x4942534fn;
const FIRMWARE_VERSION = 2n;
const SUPERVISOR_MODE = 1n;

const iType = (opcode: number, funct3: number, rd: number, rs1: number, immediate: number): number =>
  (immediate << 20) | (rs1 << 15) | (funct3 << 12) | (rd << 7) | opcode;

/** The ROM's bytes for a machine that enters `entry` with its device tree at `fdt`. */
export function buildVirtRom(entry: number, fdt: number): Uint8Array {
  const code = [
    (T0 << 7) | OPCODE_AUIPC, // t0 = start of the ROM
    iType(OPCODE_ADDI, 0, A2, T0, FIRMWARE_INFO_AT),
    iType(OPCODE_SYSTEM, 2, A0, 0, MHARTID), // csrr a0, mhartid
    iType(OPCODE_LOAD, 3, A1, T0, FDT_AT), // ld
    iType(OPCODE_LOAD, 3, T0, T0, ENTRY_AT),
    iType(OPCODE_JALR, 0, 0, T0, 0),
  ];
  const data = [BigInt(entry), BigInt(fdt), FIRMWARE_MAGIC, FIRMWARE_VERSION, 0n, SUPERVISOR_MODE, 0n, 0n];
  const view = new DataView(new ArrayBuffer(ENTRY_AT + data.length * 8));
  code.forEach((word, i) => {
    view.setInt32(4 * i, word, true);
  });
  data.forEach((value, i) => {
    view.setBigUint64(ENTRY_AT + 8 * i, value, true);
  });
  return new Uint8Array(view.buffer);
}
