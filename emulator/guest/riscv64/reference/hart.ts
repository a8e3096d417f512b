// The reference model of RV64GC with Zba, Zbb, Zbs, Zicsr, Zifencei: plain, slow, to be read beside the manual. It has
// nothing in common with the translators but the decode rows (which sequences of bits is which instruction, and where
// its fields are): a wrong row is wrong in both, so rows are held against GNU objdump (test/guest/disassembly.test.ts).
// Used by the translator `reference`, by the agreement tests, and as the third opinion on a block that two translators
// execute differently.

import { FIELD_NAMES } from '../formats.ts';
import { BASE_ROWS, type BaseName } from '../rows/index.ts';
import type { PRIVILEGED_ROWS } from '../rows/privileged.ts';
import type { ZIFENCEI_ROWS } from '../rows/zifencei.ts';
import { baseTable, compressedTable, expansion } from '../tables.ts';
import { CONTROL } from './control.ts';
import { ZICSR_MEANINGS } from './csr.ts';
import { D_MEANINGS, F_MEANINGS } from './float.ts';
import { COMPUTATION, M_MEANINGS, ZBA_MEANINGS, ZBB_MEANINGS, ZBS_MEANINGS } from './integer.ts';
import { A_MEANINGS, ACCESSES } from './memory-access.ts';
import { u64 } from './numbers.ts';
import {
  CAUSE,
  HartState,
  type Instruction,
  type Meaning,
  type Meanings,
  type StepResult,
  system,
  trap,
} from './state.ts';

const PRIVILEGED_MEANINGS: Meanings<typeof PRIVILEGED_ROWS> = {
  sret: system,
  mret: system,
  wfi: system,
  'sfence.vma': system,
};
const ZIFENCEI_MEANINGS: Meanings<typeof ZIFENCEI_ROWS> = { 'fence.i': system };

const MEANINGS: Readonly<Record<BaseName, Meaning>> = {
  ...COMPUTATION,
  ...CONTROL,
  ...ACCESSES,
  ...M_MEANINGS,
  ...A_MEANINGS,
  ...F_MEANINGS,
  ...D_MEANINGS,
  ...ZICSR_MEANINGS,
  ...ZIFENCEI_MEANINGS,
  ...ZBA_MEANINGS,
  ...ZBB_MEANINGS,
  ...ZBS_MEANINGS,
  ...PRIVILEGED_MEANINGS,
};

const RETIRED: StepResult = { kind: 'retired' };

/** What bits mean: the row's own name, and the instruction it is (of a compressed row, its expansion). */
interface Decoded {
  readonly row: string;
  readonly instruction: Instruction;
  readonly meaning: Meaning;
}

function decode(word: number, compressed: boolean): Decoded | undefined {
  const table = compressed ? compressedTable() : baseTable();
  const index = table.find(word);
  if (index < 0) return undefined;
  const fields = new Int32Array(FIELD_NAMES.length);
  table.extract(index, word, fields);
  const field = (name: (typeof FIELD_NAMES)[number]): number => fields[FIELD_NAMES.indexOf(name)]!;
  const name = BASE_ROWS[compressed ? expansion()[index]! : index]!.name;
  const instruction = {
    name,
    word,
    rd: field('rd'),
    rs1: field('rs1'),
    rs2: field('rs2'),
    rs3: field('rs3'),
    imm: BigInt(field('imm')),
    rm: field('rm'),
    csr: field('csr'),
  };
  return { row: table.rows[index]!.name, instruction, meaning: MEANINGS[name] };
}

/** Decoding depends on the bits alone, so its results are kept by them; what is in memory is fetched every time. */
const decodings = new Map<number, Decoded | undefined>();
const DECODINGS_KEPT = 1 << 16;

function decodeOnce(word: number, compressed: boolean): Decoded | undefined {
  const known = decodings.get(word);
  if (known !== undefined) return known;
  if (decodings.size >= DECODINGS_KEPT) decodings.clear();
  const decoded = decode(word, compressed);
  decodings.set(word, decoded);
  return decoded;
}

export class ReferenceHart extends HartState {
  /** Name of the row of the instruction begun last (`c.addi`), undefined when it was none. */
  row: string | undefined;

  /**
   * Executes the instruction at pc. A trap or a system instruction leaves everything as before it, pc included: what
   * then happens is the caller's business.
   */
  step(): StepResult {
    this.row = undefined;
    const { pc, memory } = this;
    const first = memory.fetch16(pc);
    if (first === undefined) return trap(CAUSE.fetchAccess, pc);
    const compressed = (first & 3) !== 3;
    let word = first;
    if (!compressed) {
      const second = memory.fetch16(u64(pc + 2n));
      if (second === undefined) return trap(CAUSE.fetchAccess, u64(pc + 2n));
      word |= second << 16;
    }
    const decoded = decodeOnce(word, compressed);
    if (decoded === undefined) return trap(CAUSE.illegal, BigInt(word >>> 0));
    this.row = decoded.row;
    this.nextPc = u64(pc + (compressed ? 2n : 4n));
    const stopped = decoded.meaning(this, decoded.instruction);
    if (stopped !== undefined) return stopped;
    this.pc = this.nextPc;
    return RETIRED;
  }
}
