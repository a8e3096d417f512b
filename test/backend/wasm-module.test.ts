// What the Wasm back end promises beyond the meaning of ops: exact budgets, calls between regions, hints that stand at
// branches, text, large regions, and refusal of blocks that break the IR's rules.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compileRegions, loadWasmText, type Region } from '../../emulator/backend/wasm/index.ts';
import { type IrBlock, IrBuilder } from '../../emulator/ir/ir.ts';
import { MEM_BIG, Op } from '../../emulator/ir/op.ts';
import * as L from '../../emulator/memory/layout.ts';
import { Random } from '../support/ir-random.ts';
import { ENV, read, write } from './wasm-oracle.ts';
import { randomBlock } from './wasm-random.ts';
import { compare, instantiate, prepare, wasmSide } from './wasm-run.ts';

const RECORD = 0x3000000;
const HINTS = { branchHints: true };

/** A block of `insns` instructions that add 1 to x10 each, with `finish` as the last one's end. */
function counting(pc: number, insns: number, finish: (b: IrBuilder) => void): IrBlock {
  const b = new IrBuilder();
  b.block.reset(pc);
  b.block.insns = insns;
  for (let i = 0; i < insns; i++) {
    b.insnStart(i, pc + 4 * i);
    b.binary(Op.add, 26, b.imm(1), 26);
  }
  finish(b);
  return b.block;
}

const region = (...blocks: IrBlock[]): Region => ({ blocks: blocks.map((ir, i) => ({ ir, record: RECORD + 48 * i })) });
const budgetLeft = (): number => wasmSide.view.getInt32(ENV + L.ENV_BUDGET, true);
const exitReason = (): number => wasmSide.view.getInt32(ENV + L.ENV_EXIT, true);

test('a loop stops where the budget does not reach its longest path', () => {
  // Head of 2, then 3 or 5, back to the head: 7 must be left at the head although 5 would do for one way round.
  const head = counting(0x1000, 2, (b) => {
    const odd = b.newLabel();
    b.brcond('ne', b.binary(Op.and, 26, b.imm(1)), b.imm(0), odd);
    b.gotoTb(0, 0x2000);
    b.label(odd);
    b.gotoTb(1, 0x3000);
  });
  const short = counting(0x2000, 3, (b) => b.gotoTb(0, 0x1000));
  const long = counting(0x3000, 5, (b) => b.gotoTb(0, 0x1000));
  const [run] = instantiate([region(head, short, long)]);
  for (let budget = 0; budget < 40; budget++) {
    prepare(new Random(1), budget);
    write(wasmSide, 26, 0n);
    let expected = 0;
    while (budget - expected >= 7) expected += expected % 2 === 0 ? 5 : 7;
    assert.is(run!(ENV), 1n);
    assert.is(exitReason(), L.EXIT_BUDGET);
    assert.is(budgetLeft(), budget - expected, `budget ${budget}`);
    assert.is(read(wasmSide, 26), BigInt(expected));
    assert.is(read(wasmSide, L.SLOT_PC), 0x1000n);
  }
});

test('regions of a module call each other without the stack growing', () => {
  const ping = counting(0x1000, 3, (b) => b.gotoTb(0, 0x2000));
  const pong = counting(0x2000, 2, (b) => b.gotoTb(0, 0x1000));
  const [run] = instantiate([region(ping), region(pong)]);
  prepare(new Random(1), 10_000_004);
  write(wasmSide, 26, 0n);
  assert.is(run!(ENV), 1n);
  assert.is(exitReason(), L.EXIT_BUDGET);
  assert.is(read(wasmSide, 26), 10_000_003n);
  assert.is(read(wasmSide, L.SLOT_PC), 0x2000n);
  assert.is(budgetLeft(), 1);
});

test('random blocks spread over the regions of a module', () => {
  for (let seed = 3001; seed <= 3100; seed++) {
    try {
      const r = new Random(seed);
      const pcs = Array.from({ length: 9 }, (_, i) => 0x8000_0000 + 64 * i);
      const irs = pcs.slice(0, 8).map((pc, i) => {
        const targets = [r.pick(pcs), r.pick(pcs), r.pick(pcs)];
        const shape = { misses: r.pick([0, 1]), plugins: r.chance(30) };
        return [randomBlock(r, pc, targets, shape), RECORD + 48 * i] as const;
      });
      // Regions overlap: some blocks stand in two.
      const regions = [0, 2, 5].map((start) => ({
        blocks: irs.slice(start, start + 4).map(([ir, record]) => ({ ir, record })),
      }));
      const functions = instantiate(regions);
      for (const [i, run] of functions.entries()) {
        prepare(r, r.below(300));
        compare(run, regions[i]!.blocks[0]!.ir.pc, irs);
      }
    } catch (error) {
      console.error(`seed ${seed}`);
      throw error;
    }
  }
});

test('a region of 600 blocks in a chain, each with a way out', () => {
  const blocks = Array.from({ length: 600 }, (_, i) =>
    counting(0x1000 + 16 * i, 1, (b) => {
      const out = b.newLabel();
      b.brcond('eq', 26, b.imm(300), out);
      b.gotoTb(0, 0x1000 + 16 * (i + 1));
      b.label(out);
      b.gotoTb(1, 0x100000);
    }),
  );
  const [run] = instantiate([region(...blocks)]);
  prepare(new Random(1), 700);
  write(wasmSide, 26, 0n);
  assert.is(run!(ENV), 0x100000n);
  assert.is(read(wasmSide, 26), 300n);
  assert.is(budgetLeft(), 400);
  write(wasmSide, 26, 1000n);
  wasmSide.view.setInt32(ENV + L.ENV_BUDGET, 600, true);
  assert.is(run!(ENV), BigInt(0x1000 + 16 * 600));
  assert.is(budgetLeft(), 0);
});

/** Sections of a module: id and the range of its contents. */
function sections(bytes: Uint8Array): { id: number; start: number; end: number }[] {
  const list = [];
  for (let at = 8; at < bytes.length; ) {
    const id = bytes[at]!;
    const [size, start] = u32(bytes, at + 1);
    list.push({ id, start, end: start + size });
    at = start + size;
  }
  return list;
}
function u32(bytes: Uint8Array, at: number): [value: number, next: number] {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++]!;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at];
  }
}

test('every branch hint stands at a conditional branch, in order, and says unlikely', () => {
  const r = new Random(5);
  const pcs = Array.from({ length: 5 }, (_, i) => 0x8000_0000 + 64 * i);
  const irs = pcs.map((pc) => randomBlock(r, pc, pcs, { misses: 0, plugins: true }));
  const bytes = compileRegions([region(...irs), region(irs[2]!)], HINTS);
  const parts = sections(bytes);
  assert.ok(
    parts.findIndex(({ id }) => id === 0) < parts.findIndex(({ id }) => id === 10),
    'the hints come before the code',
  );
  const code = parts.find(({ id }) => id === 10)!;
  const bodies: number[] = [];
  let [functions, at] = u32(bytes, code.start);
  for (; functions > 0; functions--) {
    const [size, start] = u32(bytes, at);
    bodies.push(start);
    at = start + size;
  }
  assert.is(bodies.length, 2);

  const custom = parts.find(({ id }) => id === 0)!;
  const [nameLength, nameStart] = u32(bytes, custom.start);
  assert.is(Buffer.from(bytes.subarray(nameStart, nameStart + nameLength)).toString(), 'metadata.code.branch_hint');
  const numbers: number[] = [];
  for (at = nameStart + nameLength; at < custom.end; ) {
    const [value, next] = u32(bytes, at);
    numbers.push(value);
    at = next;
  }
  assert.is(numbers.shift(), 2);
  const accesses = irs.map((ir) => countAccesses(ir));
  const imports = numbers[0]!;
  for (const [index, start] of bodies.entries()) {
    assert.is(numbers.shift(), imports + index, 'function');
    const hints = numbers.shift()!;
    const least = index === 0 ? 1 : accesses[2]!;
    assert.ok(hints > least / 2, `${hints} hints`);
    for (let last = 0, n = 0; n < hints; n++) {
      const offset = numbers.shift()!;
      assert.ok(offset > last);
      last = offset;
      assert.ok([0x04, 0x0d].includes(bytes[start + offset]!), 'if or br_if');
      assert.is(numbers.shift(), 1, 'size');
      const likely = numbers.shift();
      assert.ok(likely === 0 || (likely === 1 && bytes[start + offset] === 0x0d), 'likely are branches alone');
    }
  }
  assert.is(numbers.length, 0);
});

function countAccesses(ir: IrBlock): number {
  let count = 0;
  for (let i = 0; i < ir.count; i++) if (ir.ops[i * 8] === Op.ld || ir.ops[i * 8] === Op.st) count++;
  return count;
}

test('text of a module', async () => {
  const block = counting(0x1000, 1, (b) => b.gotoTb(0, 0x2000));
  const next = counting(0x2000, 1, (b) => b.gotoTb(0, 0x4000));
  const text = (await loadWasmText())(compileRegions([region(block), region(next)], HINTS));
  for (const part of ['(export "r0")', '(export "r1")', 'return_call', '(i64.const 16384)', 'i64.store offset=208']) {
    assert.ok(text.includes(part), `${part} in\n${text}`);
  }
});

test('no hints section unless asked for', () => {
  const bytes = compileRegions([region(counting(0x1000, 1, (b) => b.gotoPtr()))], { branchHints: false });
  assert.not.ok(sections(bytes).some(({ id }) => id === 0));
});

test('blocks that break the rules are refused', () => {
  const refuse = (why: RegExp, ...blocks: IrBlock[]): void => {
    assert.throws(() => compileRegions([region(...blocks)], HINTS), why);
  };
  refuse(
    /without an end/,
    counting(0x1000, 1, () => {}),
  );
  refuse(
    /backwards/,
    counting(0x1000, 1, (b) => {
      const label = b.newLabel();
      b.label(label);
      b.br(label);
    }),
  );
  refuse(
    /never placed/,
    counting(0x1000, 1, (b) => b.br(b.newLabel())),
  );
  refuse(
    /before it is written/,
    counting(0x1000, 1, (b) => {
      b.mov(26, b.block.newTemp());
      b.gotoPtr();
    }),
  );
  refuse(
    /big-endian/,
    counting(0x1000, 1, (b) => {
      b.load(MEM_BIG | 2, 26, 0);
      b.gotoPtr();
    }),
  );
  refuse(
    /two blocks/,
    counting(0x1000, 1, (b) => b.gotoPtr()),
    counting(0x1000, 2, (b) => b.gotoPtr()),
  );
  refuse(/empty region/);
  refuse(
    /length out of range/,
    counting(0x1000, 0, (b) => b.gotoPtr()),
  );
});

test.run();
