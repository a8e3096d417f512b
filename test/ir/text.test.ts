// The text form: exact round trips of random blocks, and errors that name the line.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { IrBlock, IrBuilder, STRIDE } from '../../emulator/ir/ir.ts';
import { OPS, Op } from '../../emulator/ir/op.ts';
import { memopText, parseBlock, printBlock } from '../../emulator/ir/text.ts';
import { UsageError } from '../../emulator/must.ts';
import { randomBlock } from '../support/ir-random.ts';

/** Ops with constants by value, unused fields left out. */
function contents(block: IrBlock): string[] {
  const lines: string[] = [];
  for (let i = 0; i < block.count; i++) {
    const words = block.ops.subarray(i * STRIDE, i * STRIDE + STRIDE);
    const fields = OPS[words[0]!]!.fields;
    const used = Array.from(words.subarray(1), (x, k) => {
      const field = fields[k] ?? 'none';
      if (field === 'none') return '';
      return field === 'in' && x < 0 ? `$${block.lo(x)},${block.hi(x)}` : `${x}`;
    });
    lines.push(`${OPS[words[0]!]!.name} ${used.join(' ')}`);
  }
  return lines;
}

test('random blocks survive printing and parsing', () => {
  for (let seed = 1; seed <= 500; seed++) {
    const block = randomBlock(seed, { calls: true, plugins: true });
    const text = printBlock(block);
    const parsed = parseBlock(text);
    assert.equal(contents(parsed), contents(block), `seed ${seed}`);
    assert.equal([parsed.pc, parsed.insns, parsed.size], [block.pc, block.insns, block.size], `seed ${seed}`);
    assert.is(printBlock(parsed), text, `seed ${seed}`);
  }
});

test('names of globals go both ways, also one that looks like a temporary', () => {
  const b = new IrBuilder(new IrBlock());
  b.block.reset(0x1000);
  b.insnStart(0, 0x1000);
  b.binary(Op.add, 21, b.unary(Op.mov, 16), 21);
  b.gotoPtr();
  b.block.insns = 1;
  const names = new Map([
    [16, 'zero'],
    [21, 't0'],
  ]);
  const text = printBlock(b.block, (slot) => names.get(slot) ?? `g${slot}`);
  assert.match(text, 'add t0, t0, tmp0');
  const parsed = parseBlock(text, (name) => [...names].find(([, known]) => known === name)?.[0]);
  assert.equal(contents(parsed), contents(b.block));
  // Without names, tN is a temporary for whoever types it.
  assert.is(parseBlock('tb 0x0 insns=1 size=4\n mov t3, g16').tempCount, 4);
});

test('every memory operation prints as it parses', () => {
  for (let memop = 0; memop < 64; memop++) {
    const block = parseBlock(`tb 0x0 insns=1 size=4\n ld g16, [g17 - 4], ${memopText(memop)}`);
    assert.is(block.ops[6], memop);
    assert.is(block.ops[5], -4);
  }
});

test('addresses of the upper half are exact', () => {
  const block = parseBlock('tb 0xffffffff80000000 insns=1 size=4\n insn_start 0 0xffffffff80000000');
  assert.is(block.pc, -0x80000000);
  assert.match(printBlock(block), 'insn_start 0 0xffffffff80000000');
});

const HEAD = 'tb 0x1000 insns=1 size=4\n';
const bad: readonly (readonly [string, RegExp])[] = [
  ['', /empty/],
  ['tb 1000', /line 1: expected `tb/],
  ['tb 0x7fffffffffffffff insns=1 size=4', /line 1: .*outside/],
  [`${HEAD}frob g16`, /line 2: unknown op `frob`/],
  [`${HEAD}constructor g16`, /line 2: unknown op/],
  [`${HEAD}label`, /line 2: unknown op/],
  [`${HEAD}\n# nothing\nadd g16, g17`, /line 4: add takes 3 fields, found 2/],
  [`${HEAD}mov g16, q`, /line 2: unknown operand `q`/],
  [`${HEAD}mov g512, g16`, /line 2: .*not a slot/],
  [`${HEAD}mov tmp1536, g16`, /line 2: temporary 1536/],
  [`${HEAD}mov g16, $12`, /line 2: expected a 64-bit number/],
  [`${HEAD}mov g16, $0x11112222333344445`, /line 2: expected a 64-bit number/],
  [`${HEAD}ld g16, g17, u8`, /line 2: expected `\[base/],
  [`${HEAD}ld g16, [g17 + 4294967296], u8`, /line 2: .*not a 32-bit number/],
  [`${HEAD}ld g16, [g17], u12`, /line 2: unknown memory operation/],
  [`${HEAD}ld g16, [g17], u8.odd`, /line 2: unknown flag `odd`/],
  [`${HEAD}setcond lower, g16, g17, g18`, /line 2: unknown condition/],
  [`${HEAD}br next`, /line 2: expected a label/],
  [`${HEAD}br L65536`, /line 2: label 65536/],
  [`${HEAD}exit later, 0x0`, /line 2: unknown exit reason/],
  [`${HEAD}call sin, 0, tmp0`, /line 2: unknown helper `sin`/],
  [`${HEAD}plugin_call 1, peeks`, /line 2: unknown callback flag/],
];

test('mistakes are reported with their line', () => {
  for (const [text, message] of bad) {
    try {
      parseBlock(text);
    } catch (error) {
      assert.instance(error, UsageError);
      assert.match((error as Error).message, message);
      continue;
    }
    assert.unreachable(`accepted: ${text}`);
  }
});

test('hostile text is bounded', () => {
  assert.throws(() => parseBlock('x'.repeat(5 << 20)), /longer than/);
  assert.throws(() => parseBlock(`tb 0x0 insns=1 size=4\n${'nop\n'.repeat(70000)}`), /more than 65536 ops/);
  assert.throws(
    () => parseBlock(`${HEAD}mov g16, ${'z'.repeat(100000)}`),
    (error: Error) => error.message.length < 200,
  );
});

test.run();
