// Which ops the Wasm back end does in 32 bits: chains that end in a sign extension, and what they may not swallow.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NARROW, narrowOps, PART } from '../../emulator/backend/wasm/narrow.ts';
import { carriedWords } from '../../emulator/backend/wasm/words.ts';
import { isTemp, STRIDE } from '../../emulator/ir/ir.ts';
import { OPS } from '../../emulator/ir/op.ts';
import { parseBlock } from '../../emulator/ir/text.ts';
import { TEMP_BASE } from '../../emulator/memory/layout.ts';

const test = suite('wasm: word arithmetic');

function scanned(...lines: string[]) {
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
  const live = new Uint8Array(ir.count).fill(1);
  return { ir, live, narrow: narrowOps(ir, live, reads) };
}

/** What a block carries that begins and ends with these ops and leads to itself. */
function carried(...lines: string[]): number[] {
  return carriedWords([{ ...scanned(...lines, 'goto_tb 0, 0x1000'), targets: [0] }]);
}

/** The ops of a block after its insn_start, one letter each: . in 64 bits, p part of a chain, N its end. */
function shape(...lines: string[]): string {
  return [...scanned(...lines).narrow.subarray(1)]
    .map((each) => (each === NARROW ? 'N' : each === PART ? 'p' : '.'))
    .join('');
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

test('a mask of fewer than 32 bits ends a chain, one of more does not', () => {
  assert.is(shape('xor tmp0, g20, g21', 'and g22, tmp0, $0xff', 'goto_tb 0, 0x1004'), 'pN.');
  assert.is(shape('xor tmp0, g20, g21', 'and g22, tmp0, $0x7fffffff', 'goto_tb 0, 0x1004'), 'pN.');
  assert.is(shape('xor tmp0, g20, g21', 'and g22, tmp0, $0x80000000', 'goto_tb 0, 0x1004'), '...');
  assert.is(shape('xor tmp0, g20, g21', 'and g22, tmp0, $0xffffffffffffff00', 'goto_tb 0, 0x1004'), '...');
  assert.is(shape('shr tmp0, g20, $0x8', 'and g22, tmp0, $0xff', 'goto_tb 0, 0x1004'), '...');
});

test('a register goes into a chain when its next reader overwrites it, over instructions too', () => {
  const next = 'insn_start 1 0x1002';
  assert.is(shape('xor g20, g20, g21', next, 'and g20, g20, $0xff', 'goto_tb 0, 0x1004'), 'p.N.');
  assert.is(
    shape('add g20, g20, g21', next, 'sub g20, g22, g20', next, 'ext32s g20, g20', 'goto_tb 0, 0x1004'),
    'p.p.N.',
  );
  // It lives on, is read twice, or something else stands between.
  assert.is(shape('xor g20, g20, g21', next, 'and g22, g20, $0xff', 'goto_tb 0, 0x1004'), '....');
  assert.is(
    shape('xor g20, g20, g21', next, 'and g22, g20, $0xff', next, 'and g20, g20, $0xff', 'goto_tb 0, 0x1004'),
    '......',
  );
  assert.is(
    shape('xor g20, g20, g21', next, 'add g20, g20, g20', next, 'ext32s g20, g20', 'goto_tb 0, 0x1004'),
    '..p.N.',
  );
  assert.is(shape('xor g20, g20, g21', next, 'mov g23, g24', 'and g20, g20, $0xff', 'goto_tb 0, 0x1004'), '.....');
  // A second operand that is a chain of its own would be computed in between.
  assert.is(
    shape(
      'xor g20, g20, g21',
      'add tmp0, g22, g23',
      'sub g20, g20, tmp0',
      next,
      'ext32s g20, g20',
      'goto_tb 0, 0x1004',
    ),
    '.pp.N.',
  );
});

test('a register that a loop reads and leaves as a word is carried as one', () => {
  const crc = [
    'ext32u tmp0, g20',
    'shr tmp1, tmp0, $0x8',
    'ext32s g21, tmp1',
    'ld g22, [g23], u8',
    'xor tmp2, g22, g21',
    'ext32s g20, tmp2',
  ];
  assert.equal(carried(...crc), [20]);
  // Left as something else, read as a whole, written before it is read, no loop.
  assert.equal(carried(...crc, 'add g20, g20, g23'), []);
  assert.equal(carried('add g22, g20, g23', 'add tmp0, g21, g22', 'ext32s g20, tmp0'), []);
  assert.equal(carried('mov g20, g22', ...crc), []);
  assert.equal(carriedWords([{ ...scanned(...crc, 'goto_tb 0, 0x1000'), targets: [-1] }]), []);
});

test.run();
