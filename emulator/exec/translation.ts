// From guest code to something that runs: forms a block, weaves hooks in, runs the passes, encodes for tier 0. Region
// compilation asks for the optimised IR of the same block again; the result is the same because everything it depends
// on (guest bytes, hooks, passes) is.

import { BytecodeBuffer, RECORDS_PER_OP } from '../backend/interp/bytecode-buffer.ts';
import { encodeBytecode } from '../backend/interp/encode.ts';
import { addrOf, type GuestAddr, hex16, hiOf } from '../bits.ts';
import type { GuestIsa } from '../guest/isa.ts';
import { IrBlock, isGlobal, STRIDE } from '../ir/ir.ts';
import { OPS, Op } from '../ir/op.ts';
import { printBlock } from '../ir/text.ts';
import * as L from '../memory/layout.ts';
import type { PageMap } from '../memory/page-map.ts';
import { must } from '../must.ts';
import type { ChangeLog } from '../passes/change.ts';
import { makePipeline, type Pipeline } from '../passes/pipeline.ts';
import { type Hook, onlyTransfers } from '../plugin/hooks.ts';
import { instrument } from '../plugin/instrument.ts';
import type { Translator } from '../translators/translator.ts';
import { Block, NO_HOOKS, NO_TARGET } from './block.ts';
import type { BlockCache } from './cache.ts';
import { BlockFormer } from './former.ts';
import type { Log } from './log.ts';
import type { InsnEffects } from './machine-control.ts';
import type { BlockView } from './plugin-port.ts';
import type { Probe } from './probe.ts';
import { offsetBytes, type SavedBlocks } from './saved-blocks.ts';

export interface TranslationParts {
  readonly buffer: ArrayBufferLike;
  readonly isa: GuestIsa;
  readonly memory: PageMap;
  readonly cache: BlockCache;
  readonly translator: Translator;
  readonly changes: ChangeLog;
  readonly userMode: boolean;
  readonly log: Log;
  readonly probe?: Probe | undefined;
  readonly symbolAt: (addr: GuestAddr) => string | undefined;
  /** Somebody may want hooks in new blocks. */
  readonly wantsHooks: () => boolean;
  /** Hooks for a new block, from the plugins. */
  readonly hooksFor: (view: BlockView) => readonly Hook[];
}

/** Which part of the guest code to translate, and how. */
export interface Part {
  readonly pc: GuestAddr;
  readonly maxInsns: number;
  /** Undefined for an ordinary block: plugins are asked. */
  readonly hooks?: readonly Hook[];
  /** Key of a cut or resumed block. */
  readonly variant?: string;
  /** Of a part: the ordinary block it belongs to, and the index there of its first instruction. */
  readonly whole?: Block;
  readonly index?: number;
}

const GOTO_TB = Op.goto_tb;
/** Offsets of instructions kept in one array, for as many blocks as fit. */
const OFFSETS_CHUNK = 16384;
/** Bytes of a bytecode record. */
const RECORD_BYTES = 16;

export class Translation {
  private readonly parts: TranslationParts;
  readonly former: BlockFormer;
  /** Blocks are only formed: the reference model executes them. */
  readonly none: boolean;
  private readonly woven = new IrBlock();
  private readonly pipeline: Pipeline;
  private readonly bytecode: BytecodeBuffer;
  private readonly i32: Int32Array;
  private readonly u16: Uint16Array;
  private nextId = 1;
  /** Blocks of earlier runs, while there are any and those who want hooks want the ones they have. */
  saved: SavedBlocks | undefined;
  private offsets = new Uint16Array(OFFSETS_CHUNK);
  private offsetsNext = 0;
  /** Guest bytes of the block in the former. */
  private readonly bytes = (): Uint8Array => this.parts.memory.peek(this.former.block.pc, this.former.block.size)!;

  constructor(parts: TranslationParts) {
    this.parts = parts;
    this.former = new BlockFormer(parts.isa, parts.memory, parts.buffer, parts.userMode);
    this.none = parts.translator.tuning.tier === 'reference';
    this.pipeline = makePipeline(parts.translator.passes, parts.changes);
    this.former.allow = (rule, pc, word) => parts.changes.lower(rule, pc, word);
    this.former.lowerings = parts.translator.lowerings;
    this.i32 = new Int32Array(parts.buffer);
    this.bytecode = new BytecodeBuffer(this.i32);
    this.u16 = new Uint16Array(parts.buffer);
  }

  /** Translates for tier 0 and enters the block into the cache. 'fetch': no code at pc. 'full': flush the cache first. */
  translate(part: Part): Block | 'fetch' | 'full' {
    const { parts, former, bytecode } = this;
    const { cache, log, probe } = parts;
    const saved = this.saved ? this.findSaved(this.saved, part) : 0;
    if (saved !== 0) return this.restore(this.saved!, saved, part);
    probe?.enter('form');
    parts.changes.beginBlock();
    const formed = former.form(part.pc, part.maxInsns);
    probe?.leave();
    if (formed === 0) return 'fetch';
    const { pc, insns, size } = former.block;
    const id = this.nextId++;
    const offsetsAt = this.keepOffsets(former.offsets, 0, insns);
    probe?.enter('hooks');
    const hooks = part.hooks ?? (parts.wantsHooks() ? parts.hooksFor(this.view(id, offsetsAt)) : NO_HOOKS);
    probe?.leave();
    const ordinary = part.variant === undefined;
    if (ordinary && log.items.size > 0) this.logCode(former.block, offsetsAt);
    probe?.enter('optimise');
    const ir = this.none ? former.block : this.optimise(former.block, hooks, this.bytes);
    probe?.leave();
    if (ordinary && !this.none && log.items.has('op_opt'))
      log.write(`OP after optimization:\n${printBlock(ir, this.slotName)}\n`);

    // The bytecode is made where it stays: behind the record and the offsets.
    const head = L.TB_RECORD_SIZE + offsetBytes(insns);
    const record = cache.room(head + ir.count * RECORDS_PER_OP * RECORD_BYTES);
    if (record === 0) return 'full';
    probe?.enter('encode');
    bytecode.start = (record + head) >> 2;
    if (!this.none) encodeBytecode(ir, bytecode);
    const bytes = head + bytecode.count * RECORD_BYTES;
    cache.take(bytes);
    this.writeRecord(record, head, id, part, offsetsAt);
    const block = new Block(
      id,
      pc,
      insns,
      size,
      record,
      bytes,
      hooks.length ? hooks : NO_HOOKS,
      part.whole,
      part.index ?? 0,
      part.variant,
      ordinary ? targetOf(ir, 0) : NO_TARGET,
      ordinary ? targetOf(ir, 1) : NO_TARGET,
      this.offsets,
      offsetsAt,
    );
    cache.add(block);
    probe?.leave();
    return block;
  }

  private findSaved(saved: SavedBlocks, { pc, maxInsns, variant, hooks }: Part): number {
    if (variant === undefined) return saved.find(pc, 0);
    return hooks && onlyTransfers(hooks) ? saved.find(pc, maxInsns) : 0;
  }

  /** Enters all blocks of an earlier run that are there as they were, with the links among them. */
  adopt(): readonly Block[] {
    const { saved, parts } = this;
    if (!saved) return [];
    const hooks = parts.wantsHooks() ? undefined : NO_HOOKS;
    const blocks = saved.present().map((entry) => this.enter(saved, entry, saved.pc(entry), hooks));
    parts.cache.adopt(blocks);
    return blocks;
  }

  /** Enters one that is wanted now. */
  private restore(saved: SavedBlocks, entry: number, { pc, hooks, whole, index, variant }: Part): Block {
    const known = hooks ?? (this.parts.wantsHooks() ? undefined : NO_HOOKS);
    return this.enter(saved, entry, pc, known, whole, index, variant);
  }

  private enter(
    saved: SavedBlocks,
    entry: number,
    pc: GuestAddr,
    hooks: readonly Hook[] | undefined,
    whole?: Block,
    index = 0,
    variant?: string,
  ): Block {
    const id = this.nextId++;
    const record = saved.claim(entry, id);
    const insns = saved.insns(entry);
    const offsetsAt = this.keepOffsets(this.u16, (record + L.TB_RECORD_SIZE) >> 1, insns);
    const block = new Block(
      id,
      pc,
      insns,
      saved.size(entry),
      record,
      saved.bytes(entry),
      hooks,
      whole,
      index,
      variant,
      saved.target(entry, 0),
      saved.target(entry, 1),
      this.offsets,
      offsetsAt,
    );
    this.parts.cache.add(block);
    return block;
  }

  /** Copies the offsets of a block to where they stay; returns their place in `offsets`. */
  private keepOffsets(from: Uint16Array, start: number, insns: number): number {
    if (this.offsetsNext + insns + 1 > OFFSETS_CHUNK) {
      this.offsets = new Uint16Array(OFFSETS_CHUNK);
      this.offsetsNext = 0;
    }
    const at = this.offsetsNext;
    for (let i = 0; i <= insns; i++) this.offsets[at + i] = from[start + i]!;
    this.offsetsNext = at + insns + 1;
    return at;
  }

  /** The block in the former as plugins see it. */
  private view(id: number, offsetsAt: number): BlockView {
    const { pc, insns, size } = this.former.block;
    const offsets = this.offsets.subarray(offsetsAt, offsetsAt + insns + 1);
    return { id, pc, insns, size, offsets, bytes: this.bytes() };
  }

  /** What plugins attached to a block in the cache. */
  hooksOf(block: Block): readonly Hook[] {
    if (block.hooks === undefined) {
      const { id, pc, insns, size } = block;
      const offsets = Uint16Array.from({ length: insns + 1 }, (_, index) => block.offset(index));
      const bytes = this.parts.memory.peek(pc, size);
      must(bytes, 'the code of a block in the cache is gone');
      block.hooks = this.parts.hooksFor({ id, pc, insns, size, offsets, bytes });
    }
    return block.hooks;
  }

  /** The optimised IR of a cached block, in storage of its own; undefined when its code is gone. */
  again(block: Block): IrBlock | undefined {
    // First: those who attach may want to see another block.
    const hooks = this.hooksOf(block);
    this.parts.changes.beginBlock();
    if (this.former.form(block.pc, block.insns) !== block.insns) return undefined;
    return copyBlock(this.optimise(this.former.block, hooks, this.bytes));
  }

  /** The block at pc as emitted and as optimised, without hooks; for reports. Undefined when there is no code. */
  describe(pc: GuestAddr, maxInsns: number): { formed: IrBlock; optimised: IrBlock; offsets: Uint16Array } | undefined {
    const { memory, changes } = this.parts;
    const former = this.spareFormer();
    changes.beginBlock();
    if (former.form(pc, maxInsns) === 0) return undefined;
    const formed = copyBlock(former.block);
    const offsets = former.offsets.slice(0, formed.insns + 1);
    const optimised = copyBlock(this.optimise(former.block, NO_HOOKS, () => memory.peek(pc, formed.size)!));
    return { formed, optimised, offsets };
  }

  private spare: BlockFormer | undefined;
  /** A second former: a plugin may ask while the other's block waits for its hooks. */
  private spareFormer(): BlockFormer {
    const { isa, memory, buffer, userMode } = this.parts;
    this.spare ??= new BlockFormer(isa, memory, buffer, userMode);
    const former = this.spare;
    former.allow = this.former.allow;
    former.lowerings = this.former.lowerings;
    return former;
  }

  /** What the instruction at pc writes, as its IR says. */
  effectsOf(pc: GuestAddr): InsnEffects {
    const slots = new Set<number>();
    let platform = false;
    const former = this.spareFormer();
    this.parts.changes.beginBlock();
    const found = former.form(pc, 1) !== 0;
    const { ops, count } = former.block;
    for (let at = 0; found && at < count * STRIDE; at += STRIDE) {
      const out = ops[at + 1]!;
      if (OPS[ops[at]!]!.fields[0] === 'out' && isGlobal(out)) slots.add(out);
      platform ||= ops[at] === Op.exit;
    }
    return { slots, platform };
  }

  private optimise(formed: IrBlock, hooks: readonly Hook[], bytes: () => Uint8Array): IrBlock {
    let ir = formed;
    if (hooks.length) {
      instrument(formed, hooks, this.woven);
      ir = this.woven;
    }
    this.pipeline(ir, bytes);
    return ir;
  }

  /** Writes the record of the block in the former, whose bytecode lies `head` bytes behind it. */
  private writeRecord(record: number, head: number, id: number, part: Part, offsetsAt: number): void {
    const { i32, u16, offsets } = this;
    const { pc, insns, size } = this.former.block;
    const at = record >> 2;
    i32[at] = pc | 0;
    i32[at + 1] = hiOf(pc);
    i32[at + L.TB_FUNC / 4] = 0;
    i32[at + L.TB_CODE / 4] = record + head;
    i32[at + L.TB_INSNS / 4] = insns;
    i32[at + L.TB_COUNT / 4] = 0;
    i32[at + L.TB_ID / 4] = id;
    i32[at + L.TB_FLAGS / 4] = (part.variant === undefined ? 0 : L.TB_UNLINKED) | (this.former.seam ? L.TB_SEAM : 0);
    i32[at + L.TB_LINK0 / 4] = 0;
    i32[at + L.TB_LINK1 / 4] = 0;
    i32[at + L.TB_OFFSETS / 4] = record + L.TB_RECORD_SIZE;
    i32[at + L.TB_SIZE / 4] = size;
    const to = (record + L.TB_RECORD_SIZE) >> 1;
    for (let i = 0; i <= insns; i++) u16[to + i] = offsets[offsetsAt + i]!;
  }

  /** Register names for IR text. */
  readonly slotName = (slot: number): string => {
    this.names ??= new Map(this.parts.isa.registers.map((r) => [r.slot, r.name]));
    return this.names.get(slot) ?? `g${slot}`;
  };
  private names: Map<number, string> | undefined;

  private logCode(formed: IrBlock, offsetsAt: number): void {
    const { log, isa, memory, symbolAt } = this.parts;
    if (log.items.has('in_asm')) {
      let text = `----------------\nIN: ${symbolAt(formed.pc) ?? ''}\n`;
      for (let i = 0; i < formed.insns; i++) {
        const offset = this.offsets[offsetsAt + i]!;
        const pc = formed.pc + offset;
        const bytes = memory.peek(pc, this.offsets[offsetsAt + i + 1]! - offset)!;
        const raw = hexBytes(bytes);
        text += `0x${hex16(pc)}:  ${raw.padEnd(8)}          ${isa.disassemble(pc, bytes)}\n`;
      }
      log.write(`${text}\n`);
    }
    if (log.items.has('op') && !this.none) log.write(`OP:\n${printBlock(formed, this.slotName)}\n`);
  }
}

/** An instruction's bytes as its hexadecimal word. */
export function hexBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))
    .reverse()
    .join('');
}

/** Where goto_tb `slot` of an optimised block leads. */
function targetOf(ir: IrBlock, slot: number): GuestAddr {
  // The last one counts; nothing but the other one stands behind it in most blocks.
  const ops = ir.ops;
  for (let at = (ir.count - 1) * STRIDE; at >= 0; at -= STRIDE)
    if (ops[at] === GOTO_TB && ops[at + 5] === slot) return addrOf(ops[at + 3]!, ops[at + 4]!);
  return NO_TARGET;
}

function copyBlock(from: IrBlock): IrBlock {
  const to = new IrBlock();
  to.reset(from.pc);
  to.ops = from.ops.slice(0, Math.max(1, from.count) * STRIDE);
  to.count = from.count;
  for (let i = 0; i < from.constCount; i++) to.constant(from.constLo[i]!, from.constHi[i]!);
  to.tempCount = from.tempCount;
  to.labelCount = from.labelCount;
  to.insns = from.insns;
  to.size = from.size;
  return to;
}
