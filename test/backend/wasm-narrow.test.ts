// Which ops the Wasm back end does in 32 bits: chains that end in a sign extension, and what they may not swallow.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NARROW, narrowOps, PART } from '../../emulator/backend/wasm/narrow.ts';
import { isTemp, STRIDE } from '../../emulator/ir/ir.ts';
import { OPS } from '../../emulator/ir/op.ts';
import { parseBlock } from '../../emulator/ir/text.ts';
import { TEMP_BASE } from '../../emulator/memory/layout.ts';

const test = suite('wasm: word arithmetic');

/** The ops of a block after its insn_start, one letter each: . in 64 bits, p part of a chain, N its end. */
function shape(...lines: string[]): string {
  const ir = parseBlock(
    ['tb 0x1000 insns=1 size=4', '  insn_start 0 0x1000', ...lines.map((line) => `  ${line}`)].join('\n'),
  );
  const reads = new Uint16Array(ir.tempCount);
  for (let at = 0; at < ir.count * STRIDE; at += STRIDE) {
    for (const [field, use] of OPS[ir.ops[at]!]!.fields.entries()) {
      const x = ir.ops[at + 1 + field]!;
      if (use === 'in' && isTemp(x)) reads[x - TEMP_BASE]!++;
    }
  }
  const how = narrowOps(ir, new Uint8Array(ir.count).fill(1), reads);
  return [...how.subarray(1)].map((each) => (each === NARROW ? 'N' : each === PART ? 'p' : '.')).join('');
}

test('a sum and its extension are one', () => {
  assert.is(shape('add tmp0, g20, g21', 'ext32s g22, tmp0', 'goto_tb 0, 0x1004'), 'pN.');
});

test('both halves of a rotation are words, and so is what joins them', () => {
  const rotation = [
    'shl tmp0, g20, $0x5',
    'ext32s g21, tmp0',
    'ext32u tmp1, g20',
    'shr tmp2, tmp1, $0x1b',
    'ext32s g22, tmp2',
  ];
  assert.is(shape(...rotation, 'or g21, g21, g22', 'goto_tb 0, 0x1004'), 'pNppNN.');
});

test('a count that was masked to five bits belongs to its shift', () => {
  assert.is(shape('and tmp0, g21, $0x1f', 'shl tmp1, g20, tmp0', 'ext32s g22, tmp1', 'goto_tb 0, 0x1004'), 'ppN.');
  assert.is(shape('and tmp0, g21, $0x3f', 'shl tmp1, g20, tmp0', 'ext32s g22, tmp1', 'goto_tb 0, 0x1004'), '....');
});

test('a shift to the right needs its operand extended just before', () => {
  assert.is(shape('shr tmp0, g20, $0x5', 'ext32s g22, tmp0', 'goto_tb 0, 0x1004'), '...');
  assert.is(shape('ext32s tmp0, g20', 'shr tmp1, tmp0, $0x5', 'ext32s g22, tmp1', 'goto_tb 0, 0x1004'), '....');
});

test('a value that is read twice is not swallowed', () => {
  assert.is(shape('add tmp0, g20, g21', 'ext32s g22, tmp0', 'mov g23, tmp0', 'goto_tb 0, 0x1004'), '....');
});

test('logic on values not known to be words stays in 64 bits; a label makes all unknown', () => {
  assert.is(shape('ext32s g20, g21', 'or g22, g20, g23', 'goto_tb 0, 0x1004'), '...');
  const joined = ['brcond eq, g30, g31, L0', 'add tmp0, g20, g21', 'ext32s g20, tmp0', 'L0:', 'xor g22, g20, g20'];
  assert.is(shape(...joined, 'goto_tb 0, 0x1004'), '.pN...');
});

test.run();
