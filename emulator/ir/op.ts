// The op table: one row an IR operation. Everything that is true of an op (its fields, whether it may fault, whether
// it has effects) stands here, and builder, text form, verifier, passes and back ends read it from here.
//
// All values are 64-bit integers. 32-bit arithmetic is the 64-bit op and an extension. Every op is total: shifts
// take their count modulo 64, division follows RISC-V (x/0 = -1, x%0 = x, MIN/-1 = MIN, MIN%-1 = 0).

/** How one of the seven int32 fields (d a b c e f g) of an op is used. */
export type Field =
  | 'out' // operand written (field d)
  | 'in' // operand read
  | 'imm' // plain int32
  | 'pcLo' // halves of a guest address
  | 'pcHi'
  | 'memop' // MemOp bits
  | 'cond' // index into CONDS
  | 'label' // label number
  | 'helper' // index into HELPERS
  | 'none';

export interface OpInfo {
  readonly name: string;
  /** Fields d, a, b, c, e, f, g in this order; missing ones are 'none'. */
  readonly fields: readonly Field[];
  /** Ends the block: nothing after it runs except behind a label. */
  readonly ends?: boolean;
  /** May leave the block at this instruction's start with every global as before the instruction's effects. */
  readonly faults?: boolean;
  /** Does something besides writing `out`: must not be deleted. */
  readonly effects?: boolean;
}

const unary = (name: string): OpInfo => ({ name, fields: ['out', 'in'] });
const binary = (name: string): OpInfo => ({ name, fields: ['out', 'in', 'in'] });

/** The table. An op's number is its index: append, never reorder. */
export const OPS: readonly OpInfo[] = [
  { name: 'nop', fields: [] },
  // a = index of the instruction in its block
  { name: 'insn_start', fields: ['none', 'imm', 'pcLo', 'pcHi'], effects: true },
  unary('mov'),
  binary('add'),
  binary('sub'),
  binary('mul'),
  binary('mulsh'), // high half, signed × signed
  binary('muluh'), // high half, unsigned × unsigned
  binary('mulsuh'), // high half, signed × unsigned
  binary('div'),
  binary('divu'),
  binary('rem'),
  binary('remu'),
  binary('and'),
  binary('or'),
  binary('xor'),
  binary('andc'), // a & ~b
  binary('orc'), // a | ~b
  binary('eqv'), // ~(a ^ b)
  binary('shl'),
  binary('shr'),
  binary('sar'),
  binary('rotl'),
  binary('rotr'),
  unary('neg'),
  unary('not'),
  unary('ext8s'),
  unary('ext16s'),
  unary('ext32s'),
  unary('ext8u'),
  unary('ext16u'),
  unary('ext32u'),
  unary('clz'), // 64 for zero
  unary('ctz'), // 64 for zero
  unary('ctpop'),
  unary('bswap'),
  { name: 'setcond', fields: ['out', 'in', 'in', 'none', 'none', 'cond'] }, // d = a cond b ? 1 : 0
  { name: 'movcond', fields: ['out', 'in', 'in', 'in', 'in', 'cond'] }, // d = a cond b ? c : e
  { name: 'brcond', fields: ['none', 'in', 'in', 'none', 'none', 'cond', 'label'], effects: true },
  { name: 'br', fields: ['none', 'none', 'none', 'none', 'none', 'none', 'label'], ends: true, effects: true },
  { name: 'label', fields: ['none', 'none', 'none', 'none', 'none', 'none', 'label'], effects: true },
  // Guest memory at a + e. The value loaded is extended as memop says; the value stored is b's low bytes.
  { name: 'ld', fields: ['out', 'in', 'none', 'none', 'imm', 'memop'], faults: true, effects: true },
  { name: 'st', fields: ['none', 'in', 'in', 'none', 'imm', 'memop'], faults: true, effects: true },
  // d = helper e of (a, b, c), f = the helper's immediate
  { name: 'call', fields: ['out', 'in', 'in', 'in', 'helper', 'imm'] },
  // Leave for the block at (b, c); e = slot 0 or 1, linked once the target exists.
  { name: 'goto_tb', fields: ['none', 'none', 'pcLo', 'pcHi', 'imm'], ends: true, effects: true },
  // Leave for the block at the address in the global `pc`.
  { name: 'goto_ptr', fields: [], ends: true, effects: true },
  // Leave for the platform with reason e (EXIT_*) and argument f; pc is this instruction's.
  { name: 'exit', fields: ['none', 'none', 'none', 'none', 'imm', 'imm'], ends: true, effects: true },
  // Plugin ops. Cells: 64-bit words at e + f * vcpu. a = immediate operand.
  { name: 'plugin_add', fields: ['none', 'in', 'none', 'none', 'imm', 'imm'], effects: true },
  { name: 'plugin_store', fields: ['none', 'in', 'none', 'none', 'imm', 'imm'], effects: true },
  // Append the low 32 bits of a to a ring: u32 cursor (bytes) at e; data at f; g = size in bytes - 1 (power of two).
  { name: 'plugin_ring', fields: ['none', 'in', 'none', 'none', 'imm', 'imm', 'imm'], effects: true },
  // Call back to the engine: e = callback number, f = CALL_* flags. a, b = arguments (address and value of an access, or none).
  { name: 'plugin_call', fields: ['none', 'in', 'in', 'none', 'imm', 'imm'], effects: true },
  // A 64-bit word of a plugin at e + f * vcpu + a: read to d, or written with b. Of a only the low 32 bits count.
  { name: 'plugin_ld', fields: ['out', 'in', 'none', 'none', 'imm', 'imm'], effects: true },
  { name: 'plugin_st', fields: ['none', 'in', 'in', 'none', 'imm', 'imm'], effects: true },
];

/** Op numbers by name. */
export const Op = Object.freeze(Object.fromEntries(OPS.map((info, index) => [info.name, index]))) as Readonly<
  Record<OpName, number>
>;

export type OpName =
  | 'nop'
  | 'insn_start'
  | 'mov'
  | 'add'
  | 'sub'
  | 'mul'
  | 'mulsh'
  | 'muluh'
  | 'mulsuh'
  | 'div'
  | 'divu'
  | 'rem'
  | 'remu'
  | 'and'
  | 'or'
  | 'xor'
  | 'andc'
  | 'orc'
  | 'eqv'
  | 'shl'
  | 'shr'
  | 'sar'
  | 'rotl'
  | 'rotr'
  | 'neg'
  | 'not'
  | 'ext8s'
  | 'ext16s'
  | 'ext32s'
  | 'ext8u'
  | 'ext16u'
  | 'ext32u'
  | 'clz'
  | 'ctz'
  | 'ctpop'
  | 'bswap'
  | 'setcond'
  | 'movcond'
  | 'brcond'
  | 'br'
  | 'label'
  | 'ld'
  | 'st'
  | 'call'
  | 'goto_tb'
  | 'goto_ptr'
  | 'exit'
  | 'plugin_add'
  | 'plugin_store'
  | 'plugin_ring'
  | 'plugin_call'
  | 'plugin_ld'
  | 'plugin_st';

/** Conditions of setcond, movcond and brcond; a condition's number is its index. `c ^ 1` is its negation. */
export const CONDS = ['eq', 'ne', 'lt', 'ge', 'ltu', 'geu', 'gt', 'le', 'gtu', 'leu'] as const;
export type CondName = (typeof CONDS)[number];
export const Cond = Object.freeze({ eq: 0, ne: 1, lt: 2, ge: 3, ltu: 4, geu: 5, gt: 6, le: 7, gtu: 8, leu: 9 });

/** Bits of a memory operation. Guests are little-endian unless MEM_BIG is set. */
export const MEM_SIZE = 3; // log2 of the size in bytes
export const MEM_SIGN = 4; // loads: sign-extend
export const MEM_RMW = 8; // load of a read-modify-write: needs write permission, faults as a store
export const MEM_ALIGN = 16; // misaligned addresses leave with EXIT_MISALIGNED
export const MEM_BIG = 32;

/** Flags of plugin_call: which cached globals are spilled before and reloaded after. */
export const CALL_READS = 1;
export const CALL_WRITES = 2;
/** The callback needs to know where it is: pc, budget and ENV_REMAIN are written to the environment first. */
export const CALL_ICOUNT = 4;
/** Arguments a and b are the address and value of a memory access. */
export const CALL_MEM = 8;
/** The word of a plugin_call is the callback's number above these bits: the access it is told of (memop; direction). */
export const ACCESS_BITS = 127;
export const ACCESS_STORES = 64;
