// Tier 0 against the plain evaluator: random blocks of IR, encoded to bytecode and run by the runtime over real guest
// memory, must leave registers, memory, cells, rings, calls and the reason to stop as the evaluator says.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BytecodeBuffer, RECORDS_PER_OP } from '../../emulator/backend/interp/bytecode-buffer.ts';
import { encodeBytecode } from '../../emulator/backend/interp/encode.ts';
import { HELPERS } from '../../emulator/ir/helper.ts';
import { type IrBlock, IrBuilder, STRIDE } from '../../emulator/ir/ir.ts';
import { CONDS, MEM_ALIGN, MEM_BIG, MEM_RMW, OPS, Op } from '../../emulator/ir/op.ts';
import { printBlock } from '../../emulator/ir/text.ts';
import * as L from '../../emulator/memory/layout.ts';
import { PageMap } from '../../emulator/memory/page-map.ts';
import { instantiateRuntime, makeLinearMemory } from '../../emulator/runtime/host-load.ts';
import { testSeed } from '../guest/random.ts';
import { type EvalState, evalBlock } from '../support/ir-eval.ts';
import { RANDOM_SLOTS, Random, randomBlock } from '../support/ir-random.ts';

const test = suite('interp');

const BYTES = L.FRAMES + (4 << 20);
const memory = makeLinearMemory(BYTES);
const view = new DataView(memory.buffer);
const calls: string[] = [];
const { exports: runtime, helpers } = instantiateRuntime(memory, {
  resolve: (addr, access) => (map.resolve(Number(addr), access) ? 1 : 0),
  codeWrite: () => 0,
  ioAccepts: () => 1,
  ioRead: () => 0n,
  ioWrite: () => {},
  link: () => 0,
  pluginExec: (word, cpu) => {
    assert.is(cpu, CPU);
    calls.push(`${word}`);
  },
  pluginAccess: (word, cpu, address) => {
    assert.is(cpu, CPU);
    calls.push(`${word} ${BigInt.asUintN(64, address)} ${read(L.ENV_VALUE >> 3)}`);
  },
});
const map = new PageMap(memory.buffer, runtime, 1 << 20);

const CPU = 2;
const ENV = L.ENV_BASE + CPU * L.ENV_SIZE;
/** Helpers of the evaluator work on an environment of their own. */
const OTHER_ENV = L.ENV_BASE + 5 * L.ENV_SIZE;
const RECORD = L.CODE_ARENA;
const PAGES = [
  { at: 0x20000, prot: 3 },
  { at: 0x21000, prot: 3 },
  { at: 0x22000, prot: 1 },
  { at: 0x24000, prot: 2 },
] as const;
for (const { at, prot } of PAGES) map.map(at, L.PAGE_SIZE, prot);
runtime.flushTlb(8);
/** What the pages hold at the start of each case, and the evaluator's view of them. */
const FILLING = PAGES.map(({ at }) => {
  const random = new Random(at);
  return Uint8Array.from({ length: L.PAGE_SIZE }, () => random.next());
});
const model = PAGES.map(() => new Uint8Array(L.PAGE_SIZE));

/** Where the evaluator keeps the byte at a guest address. */
function place(address: bigint): { page: Uint8Array; offset: number; prot: number } | undefined {
  const index = PAGES.findIndex(({ at }) => address >> 12n === BigInt(at) >> 12n);
  return index < 0 ? undefined : { page: model[index]!, offset: Number(address & 4095n), prot: PAGES[index]!.prot };
}

const read = (slot: number, env = ENV): bigint => view.getBigUint64(env + 8 * slot, true);
const write = (slot: number, value: bigint, env = ENV): void =>
  view.setBigUint64(env + 8 * slot, BigInt.asUintN(64, value), true);

/** Puts the block where translations lie and runs it once with exactly its budget. */
function run(ir: IrBlock): void {
  const bytecode = new BytecodeBuffer(new Int32Array(ir.count * RECORDS_PER_OP * 4));
  encodeBytecode(ir, bytecode);
  const offsets = RECORD + L.TB_RECORD_SIZE;
  const code = (offsets + 2 * (ir.insns + 1) + 15) & ~15;
  new Uint8Array(memory.buffer, RECORD, L.TB_RECORD_SIZE).fill(0);
  view.setBigInt64(RECORD + L.TB_PC, BigInt(ir.pc), true);
  view.setInt32(RECORD + L.TB_CODE, code, true);
  view.setInt32(RECORD + L.TB_INSNS, ir.insns, true);
  view.setInt32(RECORD + L.TB_OFFSETS, offsets, true);
  for (let i = 0; i <= ir.insns; i++) view.setUint16(offsets + 2 * i, 4 * i, true);
  new Int32Array(memory.buffer, code, bytecode.count * 4).set(bytecode.words.subarray(0, bytecode.count * 4));
  view.setInt32(ENV + L.ENV_BUDGET, ir.insns, true);
  view.setInt32(ENV + L.ENV_CPU_INDEX, CPU, true);
  view.setInt32(ENV + L.ENV_EXIT, -1, true);
  runtime.run(ENV, RECORD, 1);
}

const CELLS = 0xb00000;
const RING_DATA = 0x1000000;

/** Runs `ir` both ways from the same random state and compares all that can be seen. */
function compare(ir: IrBlock, seed: number): string {
  const random = new Random(seed);
  for (const [i, { at }] of PAGES.entries()) {
    map.poke(at, FILLING[i]!);
    model[i]!.set(FILLING[i]!);
  }
  for (const env of [ENV, OTHER_ENV]) new Uint8Array(memory.buffer, env, L.TEMP_BASE * 8).fill(0);
  new Uint8Array(memory.buffer, CELLS, 1024).fill(0);
  new Uint8Array(memory.buffer, RING_DATA, 4096).fill(0);
  const slots = new Map<number, bigint>();
  for (const slot of [L.SLOT_PC, ...RANDOM_SLOTS]) {
    const near = BigInt(random.pick([0x20000, 0x21000, 0x22000, 0x24000]) + random.below(4096 + 16) - 8);
    slots.set(slot, random.chance(60) ? near : random.u64());
  }
  slots.set(L.SLOT_FP_MODE, BigInt(random.below(5)));
  slots.set(L.SLOT_FP_FLAGS, BigInt(random.below(32)));
  for (const [slot, value] of slots) write(slot, value);

  const wantCalls: string[] = [];
  const cells = new Map<number, bigint>();
  const ring: number[] = [];
  let cause: { reason: number; address: bigint } | undefined;
  const refuse = (address: bigint, size: number, memop: number, store: boolean): boolean => {
    if (memop & MEM_ALIGN && address & BigInt(size - 1)) {
      cause = { reason: L.EXIT_MISALIGNED, address };
      return true;
    }
    const need = store || memop & MEM_RMW ? 2 : 1;
    for (let i = 0n; i < BigInt(size); i++) {
      const byte = BigInt.asUintN(64, address + i);
      if ((place(byte)?.prot ?? 0) & need) continue;
      // The first byte of the page that refuses.
      cause = { reason: L.EXIT_FAULT, address: i === 0n ? address : byte };
      return true;
    }
    return false;
  };
  const wordAt = (offset: bigint, e: number, f: number): number => e + f * CPU + Number(BigInt.asUintN(32, offset));
  const state: EvalState = {
    slots,
    load(address, size, memop) {
      if (refuse(address, size, memop, false)) return undefined;
      let value = 0n;
      for (let i = BigInt(size) - 1n; i >= 0n; i--) {
        const { page, offset } = place(address + i)!;
        value = (value << 8n) | BigInt(page[offset]!);
      }
      return value;
    },
    store(address, size, value, memop) {
      if (refuse(address, size, memop, true)) return false;
      for (let i = 0n; i < BigInt(size); i++) {
        const { page, offset } = place(address + i)!;
        page[offset] = Number((value >> (8n * i)) & 255n);
      }
      return true;
    },
    call(helper, args, imm) {
      for (const slot of [L.SLOT_FP_MODE, L.SLOT_FP_FLAGS]) write(slot, slots.get(slot)!, OTHER_ENV);
      const of = helpers[helper] as unknown as (env: number, ...args: (bigint | number)[]) => bigint;
      const result = of(OTHER_ENV, ...args, imm);
      slots.set(L.SLOT_FP_FLAGS, read(L.SLOT_FP_FLAGS, OTHER_ENV));
      return BigInt.asUintN(64, result);
    },
    pluginWord: (offset, e, f) => cells.get(wordAt(offset, e, f)) ?? 0n,
    plugin(name, args, e, f) {
      if (name === 'plugin_ring') ring.push(Number(args[0]! & 0xffffffffn));
      else if (name === 'plugin_call') wantCalls.push(args.length ? `${e} ${args.join(' ')}` : `${e}`);
      else if (name === 'plugin_st') cells.set(wordAt(args[0]!, e, f), args[1]!);
      else {
        const at = e + f * CPU;
        cells.set(at, BigInt.asUintN(64, args[0]! + (name === 'plugin_add' ? (cells.get(at) ?? 0n) : 0n)));
      }
    },
  };
  const result = evalBlock(ir, state);
  // Observation counts the helper's calls; both sides call it.
  runtime.clearObservations();
  calls.length = 0;
  run(ir);

  try {
    const exit = view.getInt32(ENV + L.ENV_EXIT, true);
    const left = view.getInt32(ENV + L.ENV_BUDGET, true);
    const pc = read(L.SLOT_PC);
    if (result.kind === 'goto' || result.kind === 'ptr') {
      assert.is(exit, L.EXIT_LOOKUP);
      assert.is(pc, result.pc);
      assert.is(left, 0);
    } else {
      assert.is(pc, result.pc);
      assert.is(left, ir.insns - result.insn - 1);
      assert.is(view.getInt32(ENV + L.ENV_EXIT_INSN, true), result.insn);
      assert.is(view.getInt32(ENV + L.ENV_REMAIN, true), ir.insns - result.insn);
      assert.is(view.getInt32(ENV + L.ENV_TB, true), RECORD);
      const value = view.getBigUint64(ENV + L.ENV_EXIT_VALUE, true);
      if (result.kind === 'exit') {
        assert.is(exit, result.reason);
        assert.is(BigInt.asIntN(64, value), BigInt(result.argument));
      } else {
        assert.is(exit, cause?.reason);
        assert.is(value, cause?.address);
      }
    }
    for (const [slot, want] of slots) {
      if (slot !== L.SLOT_PC) assert.is(read(slot), want, `slot ${slot}`);
    }
    for (const [i, { at }] of PAGES.entries()) {
      assert.is(Buffer.compare(map.peek(at, L.PAGE_SIZE)!, model[i]!), 0, `page ${at.toString(16)}`);
    }
    for (const [at, want] of cells) assert.is(view.getBigUint64(at, true), want, 'cell');
    assert.equal(calls, wantCalls);
    assert.is(view.getUint32(CELLS + 16, true), 4 * ring.length, 'ring cursor');
    for (const [i, want] of ring.entries()) assert.is(view.getUint32(RING_DATA + 4 * i, true), want, 'ring');
  } catch (error) {
    const end = JSON.stringify(result, (_, value) => (typeof value === 'bigint' ? value.toString(16) : value));
    (error as Error).message += `\nseed ${seed}, evaluator ends ${end}\n${printBlock(ir)}`;
    throw error;
  }
  return result.kind;
}

function usesBigEndian(ir: IrBlock): boolean {
  for (let at = 0; at < ir.count * STRIDE; at += STRIDE) {
    if ((ir.ops[at] === Op.ld || ir.ops[at] === Op.st) && ir.ops[at + 6]! & MEM_BIG) return true;
  }
  return false;
}

test(`random blocks (seed ${testSeed()})`, () => {
  const ends = new Map<string, number>();
  const base = testSeed();
  for (let n = 0; n < 2500; n++) {
    const seed = base + n * 31;
    const ir = randomBlock(seed, {
      memory: n % 3 !== 0,
      calls: n % 2 === 0,
      plugins: n % 4 === 1,
      maxInsns: 1 + (n % 12),
    });
    if (usesBigEndian(ir)) continue;
    const kind = compare(ir, seed);
    ends.set(kind, (ends.get(kind) ?? 0) + 1);
  }
  for (const kind of ['goto', 'ptr', 'exit', 'fault'])
    assert.ok((ends.get(kind) ?? 0) > 50, `${kind}: ${ends.get(kind)}`);
});

test('every op and condition with every kind of operand', () => {
  const random = new Random(7);
  const operands = (b: IrBuilder): number[] => [
    RANDOM_SLOTS[0]!,
    RANDOM_SLOTS[1]!,
    b.imm(0),
    b.imm(-1),
    b.imm64(0, 0x80000000 | 0),
    b.imm(random.below(70)),
  ];
  const blocks: IrBlock[] = [];
  const block = (fill: (b: IrBuilder) => void): void => {
    const b = new IrBuilder();
    b.block.reset(0x10000);
    b.insnStart(0, 0x10000);
    fill(b);
    b.gotoTb(0, 0x10004);
    b.block.insns = 1;
    b.block.size = 4;
    blocks.push(b.block);
  };
  for (const [op, info] of OPS.entries()) {
    const arity = info.fields.join() === 'out,in' ? 1 : info.fields.join() === 'out,in,in' ? 2 : 0;
    if (arity === 0) continue;
    block((b) => {
      for (const x of operands(b)) {
        if (arity === 1) b.unary(op, x, RANDOM_SLOTS[2]);
        else for (const y of operands(b)) b.binary(op, x, y, RANDOM_SLOTS[3]);
        b.binary(Op.xor, RANDOM_SLOTS[4]!, RANDOM_SLOTS[3]!, RANDOM_SLOTS[4]);
        b.binary(Op.rotl, RANDOM_SLOTS[4]!, b.imm(5), RANDOM_SLOTS[4]);
        b.binary(Op.xor, RANDOM_SLOTS[4]!, RANDOM_SLOTS[2]!, RANDOM_SLOTS[4]);
      }
    });
  }
  for (const cond of CONDS) {
    block((b) => {
      for (const x of operands(b)) {
        for (const y of operands(b)) {
          b.setcond(cond, x, y, RANDOM_SLOTS[2]);
          b.movcond(cond, x, y, RANDOM_SLOTS[4]!, b.imm(3), RANDOM_SLOTS[5]);
          b.movcond(cond, x, y, b.imm(9), RANDOM_SLOTS[5]!, RANDOM_SLOTS[5]);
          const label = b.newLabel();
          b.brcond(cond, x, y, label);
          b.binary(Op.add, RANDOM_SLOTS[3]!, b.imm(1), RANDOM_SLOTS[3]);
          b.label(label);
          b.binary(Op.rotl, RANDOM_SLOTS[4]!, b.imm(3), RANDOM_SLOTS[4]);
          b.binary(Op.add, RANDOM_SLOTS[4]!, RANDOM_SLOTS[2]!, RANDOM_SLOTS[4]);
        }
      }
    });
  }
  for (const ir of blocks) for (let n = 0; n < 4; n++) compare(ir, 1000 + n);
});

test('helpers get their operands and immediate in order', () => {
  for (const [id, info] of HELPERS.entries()) {
    if (info.effects) continue;
    for (let n = 0; n < 3; n++) {
      const b = new IrBuilder();
      b.block.reset(0x10000);
      b.insnStart(0, 0x10000);
      const all = [RANDOM_SLOTS[0]!, n === 1 ? b.imm64(n, 0x3ff00000) : RANDOM_SLOTS[1]!, RANDOM_SLOTS[2]!];
      b.call(id, all.slice(0, info.args), n === 2 ? 7 : 1, RANDOM_SLOTS[3]);
      b.gotoTb(1, 0x10004);
      b.block.insns = 1;
      compare(b.block, id * 10 + n);
    }
  }
});

test('the longest blocks fit, with their constants and temporaries', () => {
  const b = new IrBuilder();
  b.block.reset(0x10000);
  const temps: number[] = [];
  for (let i = 0; i < 512; i++) {
    b.insnStart(i, 0x10000 + 4 * i);
    for (let k = 0; k < 2; k++) temps.push(b.binary(Op.add, temps.at(-1) ?? RANDOM_SLOTS[0]!, b.imm64(i * 77 + k, i)));
    const label = b.newLabel();
    b.brcond('eq', b.imm(i), temps[i]!, label);
    b.binary(Op.xor, RANDOM_SLOTS[1]!, temps[2 * i]!, RANDOM_SLOTS[1]);
    b.label(label);
  }
  b.gotoTb(0, 0);
  b.block.insns = 512;
  b.block.size = 2048;
  compare(b.block, 3);
});

test.run();
