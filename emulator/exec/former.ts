// The block former: reads guest code from a pc on and has the ISA emit it as one block of IR. A block ends at control
// flow, at `maxInsns`, at the page's end (before an instruction across it, unless that is the first), or where code cannot
// be fetched. That is where QEMU ends blocks, too.

import { alignDown, type GuestAddr } from '../bits.ts';
import type { GuestIsa, TranslateContext } from '../guest/isa.ts';
import { type IrBlock, IrBuilder } from '../ir/ir.ts';
import { PAGE_SIZE } from '../memory/layout.ts';
import type { PageMap } from '../memory/page-map.ts';
import type { Lowering } from '../translators/translator.ts';

/** No instruction has more bytes. */
const LONGEST = 16;
/** Where no address is within a page's size of. */
const NO_PAGE = Number.NEGATIVE_INFINITY;

/** Blocks this rich in temporaries end early: the interpreter and instrumentation need some of their own. */
const TEMP_BUDGET = 1000;

export class BlockFormer implements TranslateContext {
  readonly b = new IrBuilder();
  pc: GuestAddr = 0;
  nextPc: GuestAddr = 0;
  word = 0;
  ended = false;
  endAfter = false;
  /** Every translator ends a block with the last instruction of the one formed, however it cuts. */
  seam = false;
  facts = 0;
  readonly userMode: boolean;
  /** Byte offset of each instruction from the block's start. */
  readonly offsets = new Uint16Array(513);
  /** Set by whoever translates: grants alternative lowerings. */
  allow: (rule: string, pc: GuestAddr, word: number) => boolean = () => true;
  /** Set by whoever translates: the translator's own lowerings. */
  lowerings: readonly Lowering[] | undefined;
  private readonly isa: GuestIsa;
  private readonly memory: PageMap;
  private readonly u16: Uint16Array;
  private page = NO_PAGE;
  private pageLinear = 0;

  constructor(isa: GuestIsa, memory: PageMap, buffer: ArrayBufferLike, userMode: boolean) {
    this.isa = isa;
    this.memory = memory;
    this.u16 = new Uint16Array(buffer);
    this.userMode = userMode;
  }

  /** The IR of the last block formed. Overwritten by the next. */
  get block(): IrBlock {
    return this.b.block;
  }

  fetch16(addr: GuestAddr): number {
    let offset = addr - this.page;
    if (offset < 0 || offset >= PAGE_SIZE) {
      const page = alignDown(addr, PAGE_SIZE);
      const linear = this.memory.codePage(page);
      if (linear === 0) return -1;
      this.page = page;
      this.pageLinear = linear;
      offset = addr - page;
    }
    return this.u16[(this.pageLinear + offset) >>> 1]!;
  }

  change(rule: string): boolean {
    return this.allow(rule, this.pc, this.word);
  }

  /** Lets the first lowering that wants the instruction just emitted, and may have it, emit it anew. */
  private relower(lowerings: readonly Lowering[], from: number): void {
    for (const { rule, mask, match, lower } of lowerings)
      if (((this.word & mask) ^ match) === 0 && this.change(rule)) {
        lower(this, from);
        return;
      }
  }

  /** True when the instruction at `at`, which begins before `pageEnd`, does not end there. */
  private crosses(at: GuestAddr, pageEnd: GuestAddr): boolean {
    const room = pageEnd - at;
    return room < LONGEST && this.isa.instructionLength(this.fetch16(at)) > room;
  }

  /** Forms the block at `pc`; returns its number of instructions, 0 when the first cannot be fetched. */
  form(pc: GuestAddr, maxInsns: number): number {
    const block = this.block;
    block.reset(pc);
    this.ended = false;
    this.endAfter = false;
    this.seam = false;
    this.facts = 0;
    this.page = NO_PAGE;
    const pageEnd = alignDown(pc, PAGE_SIZE) + PAGE_SIZE;
    let at = pc;
    let insns = 0;
    while (insns < maxInsns && at < pageEnd && block.tempCount < TEMP_BUDGET) {
      if (insns > 0 && this.crosses(at, pageEnd)) break;
      const before = block.count;
      this.pc = at;
      this.b.insnStart(insns, at);
      const length = this.isa.translate(this);
      // Only the first may lie on two pages: if the second cannot be executed, it faults.
      if (length === 0) return 0;
      this.seam = this.ended;
      if (this.lowerings) this.relower(this.lowerings, before + 1);
      this.offsets[insns] = at - pc;
      insns++;
      at += length;
      if (this.ended || this.endAfter) break;
    }
    if (insns === 0) return 0;
    this.offsets[insns] = at - pc;
    if (!this.ended) this.b.gotoTb(0, at);
    block.insns = insns;
    block.size = at - pc;
    return insns;
  }
}
