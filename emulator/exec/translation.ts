// From guest code to something that runs: forms a block, weaves hooks in, runs the passes, encodes for tier 0. Region
// compilation asks for the optimised IR of the same block again; the result is the same because everything it depends
// on (guest bytes, hooks, passes) is.

import { BytecodeBuffer, encodeBytecode } from '../backend/interp/encode.ts';
import { type GuestAddr, hex16 } from '../bits.ts';
import type { GuestIsa } from '../guest/isa.ts';
import { IrBlock, STRIDE } from '../ir/ir.ts';
import { Op } from '../ir/op.ts';
import { printBlock } from '../ir/text.ts';
import * as L from '../memory/layout.ts';
import type { PageMap } from '../memory/page-map.ts';
import type { ChangeLog } from '../passes/change.ts';
import { makePipeline, type Pipeline } from '../passes/pipeline.ts';
import type { Hook } from '../plugin/hooks.ts';
import { instrument } from '../plugin/instrument.ts';
import type { Translator } from '../translators/translator.ts';
import { Block, NO_HOOKS } from './block.ts';
import type { BlockCache } from './cache.ts';
import { BlockFormer } from './former.ts';
import type { Log } from './log.ts';
import type { BlockView } from './plugin-port.ts';

export interface TranslationParts {
  readonly buffer: ArrayBufferLike;
  readonly isa: GuestIsa;
  readonly memory: PageMap;
  readonly cache: BlockCache;
  readonly translator: Translator;
  readonly changes: ChangeLog;
  readonly userMode: boolean;
  readonly log: Log;
  readonly symbolAt: (addr: GuestAddr) => string | undefined;
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

export class Translation {
  private readonly parts: TranslationParts;
  readonly former: BlockFormer;
  /** Blocks are only formed: the reference model executes them. */
  readonly none: boolean;
  private readonly woven = new IrBlock();
  private readonly pipeline: Pipeline;
  private readonly bytecode = new BytecodeBuffer();
  private readonly i32: Int32Array;
  private readonly u16: Uint16Array;
  private nextId = 1;

  constructor(parts: TranslationParts) {
    this.parts = parts;
    this.former = new BlockFormer(parts.isa, parts.memory, parts.buffer, parts.userMode);
    this.none = parts.translator.tuning.tier === 'reference';
    this.pipeline = makePipeline(parts.translator.passes, parts.changes);
    this.former.allow = (rule, pc, word) => parts.changes.lower(rule, pc, word);
    this.former.lowerings = parts.translator.lowerings;
    this.i32 = new Int32Array(parts.buffer);
    this.u16 = new Uint16Array(parts.buffer);
  }

  /** Translates for tier 0 and enters the block into the cache. 'fetch': no code at pc. 'full': flush the cache first. */
  translate(part: Part): Block | 'fetch' | 'full' {
    const { parts } = this;
    const { cache } = parts;
    const former = this.former;
    parts.changes.beginBlock();
    if (former.form(part.pc, part.maxInsns) === 0) return 'fetch';
    const formed = former.block;
    const bytes = parts.memory.peek(part.pc, formed.size)!;
    const id = this.nextId++;
    const offsets = former.offsets.slice(0, formed.insns + 1);
    const hooks =
      part.hooks ?? parts.hooksFor({ id, pc: part.pc, insns: formed.insns, size: formed.size, offsets, bytes });
    const ordinary = part.variant === undefined;
    if (ordinary && parts.log.items.size > 0) this.logCode(formed, offsets);
    const ir = this.none ? formed : this.optimise(formed, hooks, bytes);
    if (ordinary && !this.none && parts.log.items.has('op_opt'))
      parts.log.write(`OP after optimization:\n${printBlock(ir, this.slotName)}\n`);

    if (!this.none) encodeBytecode(ir, this.bytecode);
    const offsetBytes = (offsets.length * 2 + 15) & ~15;
    const record = cache.allocate(L.TB_RECORD_SIZE + offsetBytes + this.bytecode.count * 16);
    if (record === 0) return 'full';
    this.writeRecord(record, offsetBytes, id, formed, offsets, ordinary);
    const block = new Block({
      id,
      pc: part.pc,
      insns: formed.insns,
      size: formed.size,
      offsets,
      record,
      hooks: hooks.length ? hooks : NO_HOOKS,
      whole: part.whole,
      index: part.index ?? 0,
      variant: part.variant,
      targets: ordinary ? targetsOf(ir) : [],
    });
    cache.add(block);
    return block;
  }

  /** The optimised IR of a cached block, in storage of its own; undefined when its code is gone. */
  again(block: Block): IrBlock | undefined {
    this.parts.changes.beginBlock();
    if (this.former.form(block.pc, block.insns) !== block.insns) return undefined;
    const ir = this.optimise(this.former.block, block.hooks, this.parts.memory.peek(block.pc, block.size)!);
    return copyBlock(ir);
  }

  /** The block at pc as emitted and as optimised, without hooks; for reports. Undefined when there is no code. */
  describe(pc: GuestAddr, maxInsns: number): { formed: IrBlock; optimised: IrBlock; offsets: Uint16Array } | undefined {
    // A former of its own: a plugin may ask while the other's block waits for its hooks.
    const { isa, memory, buffer, userMode, changes } = this.parts;
    const former = new BlockFormer(isa, memory, buffer, userMode);
    former.allow = this.former.allow;
    former.lowerings = this.former.lowerings;
    changes.beginBlock();
    if (former.form(pc, maxInsns) === 0) return undefined;
    const formed = copyBlock(former.block);
    const offsets = former.offsets.slice(0, formed.insns + 1);
    const optimised = copyBlock(this.optimise(former.block, NO_HOOKS, memory.peek(pc, formed.size)!));
    return { formed, optimised, offsets };
  }

  private optimise(formed: IrBlock, hooks: readonly Hook[], bytes: Uint8Array): IrBlock {
    let ir = formed;
    if (hooks.length) {
      instrument(formed, hooks, this.woven);
      ir = this.woven;
    }
    this.pipeline(ir, bytes);
    return ir;
  }

  private writeRecord(
    record: number,
    offsetBytes: number,
    id: number,
    ir: IrBlock,
    offsets: Uint16Array,
    ordinary: boolean,
  ): void {
    const at = record >> 2;
    const offsetsAt = record + L.TB_RECORD_SIZE;
    const codeAt = offsetsAt + offsetBytes;
    this.i32.fill(0, at, at + L.TB_RECORD_SIZE / 4);
    this.i32[at] = ir.pc | 0;
    this.i32[at + 1] = Math.floor(ir.pc / 4294967296) | 0;
    this.i32[at + L.TB_CODE / 4] = codeAt;
    this.i32[at + L.TB_INSNS / 4] = ir.insns;
    this.i32[at + L.TB_ID / 4] = id;
    this.i32[at + L.TB_FLAGS / 4] = ordinary ? 0 : L.TB_UNLINKED;
    this.i32[at + L.TB_OFFSETS / 4] = offsetsAt;
    this.i32[at + L.TB_SIZE / 4] = ir.size;
    this.u16.set(offsets, offsetsAt >> 1);
    this.i32.set(this.bytecode.words.subarray(0, this.bytecode.count * 4), codeAt >> 2);
  }

  /** Register names for IR text. */
  readonly slotName = (slot: number): string => {
    this.names ??= new Map(this.parts.isa.registers.map((r) => [r.slot, r.name]));
    return this.names.get(slot) ?? `g${slot}`;
  };
  private names: Map<number, string> | undefined;

  private logCode(formed: IrBlock, offsets: Uint16Array): void {
    const { log, isa, memory, symbolAt } = this.parts;
    if (log.items.has('in_asm')) {
      let text = `----------------\nIN: ${symbolAt(formed.pc) ?? ''}\n`;
      for (let i = 0; i < formed.insns; i++) {
        const pc = formed.pc + offsets[i]!;
        const bytes = memory.peek(pc, offsets[i + 1]! - offsets[i]!)!;
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

function targetsOf(ir: IrBlock): (GuestAddr | undefined)[] {
  const targets: (GuestAddr | undefined)[] = [undefined, undefined];
  for (let at = 0, end = ir.count * STRIDE; at < end; at += STRIDE) {
    if (ir.ops[at] === Op.goto_tb) {
      targets[ir.ops[at + 5]!] = ir.ops[at + 4]! * 4294967296 + (ir.ops[at + 3]! >>> 0);
    }
  }
  return targets;
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
