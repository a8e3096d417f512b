// Numbers of the interpreter's bytecode, shared with the AssemblyScript runtime (integer constants only, no imports).
//
// A record is 16 bytes: u16 op, u16 d, u16 a, u16 b, i64 imm. d, a, b are byte offsets of slots in the environment
// (8 * slot). RR forms read slot b, RI forms read imm instead. Branch targets are record numbers in the block.

export const B_MOVI = 0; // d = imm
export const B_MOV = 1; // d = a
/** + (IR op - add): add sub mul mulsh muluh mulsuh div divu rem remu and or xor andc orc eqv shl shr sar rotl rotr */
export const B_BINARY = 2;
export const B_BINARY_IMM = 23;
/** + (IR op - neg): neg not ext8s ext16s ext32s ext8u ext16u ext32u clz ctz ctpop bswap */
export const B_UNARY = 44;
/** + condition, in the order of CONDS */
export const B_SETCOND = 56;
export const B_SETCOND_IMM = 66;
export const B_BRCOND = 76; // imm = target record
export const B_BRCOND_IMM = 86; // compares a with imm; b = target record
export const B_SELECT = 96; // d = slot a != 0 ? slot b : slot imm (byte offset)
export const B_BR = 97; // imm = target record
/** + (size | sign << 2); imm low half = offset, high half = instruction index */
export const B_LD = 98;
/** Any memop, always through the slow path; b = memop */
export const B_LDX = 106;
/** + size; a = base, b = value, imm as B_LD */
export const B_ST = 107;
/** d = memop */
export const B_STX = 111;
export const B_CALL = 112; // imm: i16 helper, u16 slot offset of c, i32 immediate
export const B_GOTO_TB0 = 113; // imm = target pc
export const B_GOTO_TB1 = 114;
export const B_GOTO_PTR = 115;
export const B_EXIT = 116; // a = reason, imm low half = argument, high half = instruction index
// Plugin ops take a second record of raw data: i32 e, i32 f, i32 g, i32 instruction index.
export const B_PLUGIN_ADD = 117;
export const B_PLUGIN_STORE = 118;
export const B_PLUGIN_RING = 119;
export const B_PLUGIN_CALL = 120;
export const B_PLUGIN_LD = 121;
export const B_PLUGIN_ST = 122;
