// The map of the one linear memory, shared by TypeScript and by the AssemblyScript runtime (which compiles this very
// file: it may hold nothing but `export const NAME = integer expression` and imports nothing).
// Everything the translated code touches has a fixed place; only frames (guest pages and undo copies) are allocated.

export const PAGE_SHIFT = 12;
export const PAGE_SIZE = 4096;

// --- vCPU environments: one block of ENV_SIZE bytes a vCPU -------------------------------------------------------
export const ENV_BASE = 0x100000;
export const ENV_SIZE = 0x10000;
export const MAX_CPUS = 128;

/** An IR operand below TEMP_BASE is a slot: 8 bytes at env + 8 * slot. Slots 0..15 are the header. */
export const SLOT_PC = 0;
/** The vCPU's index (low half). */
export const SLOT_CPU_INDEX = 4;
/** Not 0 once a callback has set the pc: the block ends there. */
export const SLOT_REDIRECT = 6;
/** Dynamic rounding mode of the guest (RISC-V frm), read by floating-point helpers called with rounding mode 7. */
export const SLOT_FP_MODE = 14;
/** Accrued floating-point exception flags (RISC-V fflags: NV 16, DZ 8, OF 4, UF 2, NX 1), or-ed into by helpers. */
export const SLOT_FP_FLAGS = 15;
/** First slot an ISA may lay out as it likes (registers, then system registers), up to SLOT_CELLS. */
export const SLOT_ISA = 16;
/** From here on, up to TEMP_BASE: cells of plugins. No register of a guest, but part of its vCPU all the same. */
export const SLOT_CELLS = 448;
/** Temporaries of the block that runs; dead between blocks. */
export const TEMP_BASE = 512;
export const TEMP_LIMIT = 2048;

// Header fields inside slots 1..13 (byte offsets from env).
// Budget and entries are one i64 to compiled code, which takes from the one and adds to the other by one addition.
export const ENV_BUDGET = 8; // i32: guest instructions this vCPU may still begin in this slice
export const ENV_ENTRIES = 12; // i32: blocks entered, of those that count themselves; wraps
export const ENV_EXIT_VALUE = 16; // i64: fault address, or argument of the exit op
export const ENV_EXIT_CAUSE = 24; // i32: ACCESS_* of a fault
export const ENV_REMAIN = 28; // i32: instructions of the block from pc to its end, faulting one included (LEAVE, IO, FAULT; in plugin_call)
export const ENV_CPU_INDEX = 32; // i32
export const ENV_TB = 36; // i32: address of the TB record that exited, 0 when unknown
export const ENV_EXIT_INSN = 40; // i32: index of the instruction in its block
export const ENV_IO_OK = 44; // i32: 1 while a one-instruction block may access devices
export const ENV_VALUE = 56; // i64: value of the access a plugin's callback is told of
export const ENV_EXIT = 64; // i32: exit reason, one of EXIT_*

// Software TLB: direct mapped, 32 bytes an entry: i64 read tag, i64 write tag, i64 unused, i32 addend, i32 unused.
// A tag is the page's address, or TLB_INVALID; linear address = i32(guest address) + addend.
export const ENV_TLB = 0x4000;
export const TLB_ENTRIES = 1024;
export const TLB_ENTRY_SIZE = 32;
export const TLB_READ = 0;
export const TLB_WRITE = 8;
export const TLB_ADDEND = 24;
export const TLB_INVALID = -1;

// --- shared areas ------------------------------------------------------------------------------------------------
/** Jump cache: 64 K TB records (i32, 0 = none); index = (pc >> 1) & 0xffff. The record says whose pc it is. */
export const JUMP_CACHE = 0x900000;
export const JUMP_CACHE_ENTRIES = 65536;
/** Frames first written in this epoch: i32 page number, i32 frame, i32 frame of the undo copy, i32 unused. */
export const DIRTY_LIST = 0xa00000;
export const DIRTY_LIMIT = 65536;
export const DIRTY_ENTRY = 16;
export const RINGS = 0x1000000;
export const RINGS_END = 0x2000000;
/** Observation records of a replay, OBSERVE_RECORD bytes: i32 TB id, i32 cpu, i64 icount at entry, i64 registers, i64 stores. */
export const OBSERVE = 0x2000000;
export const OBSERVE_RECORD = 32;
export const OBSERVE_LIMIT = 524288;
export const CODE_ARENA = 0x3000000;
/** Bytes at its beginning where no block lies: the header of a picture of it (exec/saved-blocks.ts). */
export const ARENA_HEADER = 64;
export const CODE_ARENA_END = 0x9000000;
export const PAGE_TABLES = 0x9000000;
export const PAGE_TABLES_END = 0xb000000;
export const SCOREBOARDS = 0xb000000;
export const SCOREBOARDS_END = 0x13000000;
export const FRAMES = 0x13000000;

// --- page table: three levels of 512 entries of 4 bytes, 39-bit guest addresses (an address with any of bits 39..63
// set is unmapped). Inner entry = linear address of the next table; leaf = frame's linear address | PTE_* flags. ---
export const TABLE_SIZE = 2048;
export const PTE_READ = 1;
export const PTE_WRITE = 2;
export const PTE_EXEC = 4;
export const PTE_VALID = 8; // frame present
export const PTE_IO = 16; // a device page: no frame
export const PTE_CODE = 32; // holds translated code: writes take the slow path
export const PTE_DIRTY = 64; // written in this epoch
export const PTE_WATCH = 128; // watchpoint on this page: accesses take the slow path
export const GUEST_ADDR_BITS = 39;

// --- why control came back from translated code ----------------------------------------------------------------
export const EXIT_NONE = 0;
export const EXIT_LOOKUP = 1; // no translated block at pc
export const EXIT_BUDGET = 2; // the next block is longer than the budget; pc is its start
export const EXIT_LEAVE = 3; // an access at pc needs the slow path (region code): run that instruction in tier 0
export const EXIT_IO = 4; // an access at pc hits a device or needs a one-instruction block
export const EXIT_FAULT = 5; // memory access fault at pc: ENV_EXIT_VALUE address, ENV_EXIT_CAUSE ACCESS_*
export const EXIT_SYSTEM = 6; // instruction at pc is for the platform (ecall, CSR, fence.i …); value = instruction word
export const EXIT_ILLEGAL = 7; // illegal instruction at pc; value = instruction word
export const EXIT_HOT = 8; // the block at pc reached a compile threshold
export const EXIT_STOP = 9; // a callback has set the pc; value = 1 when the instruction at pc has not begun
export const EXIT_MISALIGNED = 10; // ENV_EXIT_VALUE address, ENV_EXIT_CAUSE ACCESS_*

export const ACCESS_FETCH = 0;
export const ACCESS_LOAD = 1;
export const ACCESS_STORE = 2;

// --- TB record in the code arena (fields in bytes) ---------------------------------------------------------------
export const TB_PC = 0; // i64
export const TB_FUNC = 8; // i32: index in the function table, 0 = tier 0
export const TB_CODE = 12; // i32: bytecode
export const TB_INSNS = 16; // i32
export const TB_COUNT = 20; // i32: executions in tier 0
export const TB_ID = 24; // i32
export const TB_FLAGS = 28; // i32
export const TB_LINK0 = 32; // i32: TB record goto_tb 0 leads to, 0 = unresolved
export const TB_LINK1 = 36; // i32
export const TB_OFFSETS = 40; // i32: u16 byte offset of each instruction from TB_PC
export const TB_SIZE = 44; // i32: guest bytes
export const TB_RECORD_SIZE = 48;
/** TB_FLAGS: not to be linked to or counted: a cut or resumed block. */
export const TB_UNLINKED = 1;
/** TB_FLAGS: every translator ends a block with its last instruction. */
export const TB_SEAM = 2;
