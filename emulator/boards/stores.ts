// Recognises RISC-V store instructions by their first 16 bits, for the boot ROM, which ignores what is stored to it.

const OPCODE_STORE = 0x23;
const OPCODE_STORE_FP = 0x27;
/** funct3 of C.FSD, C.SW and C.SD, in quadrants 0 and 2 alike (RVC, instruction listings). */
const COMPRESSED_STORES: ReadonlySet<number> = new Set([5, 6, 7]);

/** Length in bytes of the plain store (not an atomic) that begins with these bits; 0 when it is none. */
export function plainStoreLength(first16: number): number {
  const quadrant = first16 & 3;
  if (quadrant === 3) {
    const opcode = first16 & 0x7f;
    return opcode === OPCODE_STORE || opcode === OPCODE_STORE_FP ? 4 : 0;
  }
  return quadrant !== 1 && COMPRESSED_STORES.has(first16 >> 13) ? 2 : 0;
}
