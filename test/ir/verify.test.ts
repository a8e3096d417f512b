// The verifier: accepts what is well formed, names what is not, and survives garbage.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { IrBlock, STRIDE } from '../../emulator/ir/ir.ts';
import { Op } from '../../emulator/ir/op.ts';
import { parseBlock } from '../../emulator/ir/text.ts';
import { verifyBlock } from '../../emulator/ir/verify.ts';
import { Random, randomBlock } from '../support/ir-random.ts';

function block(...lines: string[]): IrBlock {
  return parseBlock(['tb 0x1000 insns=2 size=8', 'insn_start 0 0x1000', ...lines].join('\n'));
}

const END = 'goto_tb 0, 0x1008';
const rejected: readonly (readonly [string, string[], RegExp])[] = [
  ['temporary never written', ['mov g16, tmp0', END], /tmp0 is not written on every path/],
  [
    'temporary written on one path',
    ['brcond eq, g16, g17, L0', 'mov tmp0, g16', 'L0:', 'mov g16, tmp0', END],
    /tmp0 is not written on every path/,
  ],
  [
    'temporary written on the other path',
    ['brcond eq, g16, g17, L0', 'br L1', 'L0:', 'mov tmp0, g16', 'L1:', 'mov g16, tmp0', END],
    /tmp0 is not written/,
  ],
  ['missing operand', ['add g16, g17, -', END], /an operand is missing/],
  ['missing destination', ['add -, g17, g17', END], /cannot write its destination/],
  ['constant as destination', ['mov $0x1, g17', END], /cannot write its destination/],
  ['no end', ['mov g16, g17'], /does not end/],
  ['empty end', ['L0:'], /does not end/],
  ['op behind the end', [END, 'mov g16, g17', END], /cannot be reached/],
  ['label not placed', ['brcond eq, g16, g17, L0', END], /L0 is branched to and not placed/],
  ['branch backwards', ['L0:', 'brcond eq, g16, g17, L0', END], /L0 is already placed above/],
  ['label placed twice', ['br L0', 'L0:', 'L0:', END], /L0 is placed twice/],
  ['instructions descend', ['insn_start 0 0x1004', END], /do not ascend/],
  ['more instructions than the block has', ['insn_start 2 0x1004', END], /has 2 instructions/],
  [
    'branch into another instruction',
    ['brcond eq, g16, g17, L0', 'insn_start 1 0x1004', 'L0:', END],
    /another instruction/,
  ],
  ['register written before a load', ['mov g16, g17', 'ld g18, [g19], u8', END], /may fault after a write/],
  ['register loaded before a load', ['ld g18, [g19], u8', 'ld g20, [g19], u8', END], /may fault after a write/],
  ['flags set before a store', ['call fadd_d, 0, tmp0, g16, g16', 'st [g19], g18, u8', END], /may fault after a write/],
  [
    'register written on one path to a store',
    ['brcond eq, g16, g17, L0', 'mov g16, g17', 'L0:', 'st [g19], g18, u8', END],
    /may fault after a write/,
  ],
  ['too few arguments', ['call fadd_d, 0, tmp0, g16', END], /takes 2 operands/],
  ['too many arguments', ['call fclass_d, 0, tmp0, g16, g17', END], /takes 1 operands/],
  ['slot of goto_tb', ['goto_tb 2, 0x1008'], /neither 0 nor 1/],
  ['exit without a reason', ['exit none, 0x0'], /unknown exit reason/],
];

for (const [name, lines, message] of rejected) {
  test(`rejects: ${name}`, () => {
    const found = verifyBlock(block(...lines));
    assert.ok(found.length > 0, 'no violation found');
    assert.match(found.join('\n'), message);
  });
}

test('rejects an access before the first instruction', () => {
  const text = 'tb 0x1000 insns=1 size=4\nld tmp0, [g16], u8\ngoto_tb 0, 0x1004';
  assert.match(verifyBlock(parseBlock(text)).join(), /before the first insn_start/);
});

test('rejects numbers outside their tables', () => {
  const tampered: readonly (readonly [number, number, RegExp])[] = [
    [0, 200, /not in the op table/],
    [0, -1, /not in the op table/],
    [2, -9, /constant 8 is not in the pool/],
    [2, 512 + 7, /beyond tempCount/],
    [2, 5000, /5000 is not an operand/],
    [6, 10, /unknown condition/],
  ];
  for (const [word, value, message] of tampered) {
    const victim = block('setcond eq, g16, g17, $0x1', END);
    victim.ops[STRIDE + word] = value;
    assert.match(verifyBlock(victim).join(), message);
  }
});

const accepted: readonly (readonly [string, string[]])[] = [
  [
    'temporary written on both paths',
    ['brcond eq, g16, g17, L0', 'mov tmp0, g16', 'br L1', 'L0:', 'mov tmp0, g17', 'L1:', 'mov g16, tmp0', END],
  ],
  [
    'register written, then an access of the next instruction',
    ['mov g16, g17', 'insn_start 1 0x1004', 'ld g18, [g19], u8', END],
  ],
  [
    'a path that ends does not count',
    ['brcond eq, g16, g17, L0', 'mov g16, g17', END, 'L0:', 'st [g19], g18, u8', END],
  ],
  ['label behind the end that nobody branches to', [END, 'L0:', 'mov g16, g17', END]],
  ['cell of a plugin written before a load', ['mov g448, g17', 'ld g18, [g19], u8', END]],
  ['nops anywhere', [END, 'nop']],
];
for (const [name, lines] of accepted) {
  test(`accepts: ${name}`, () => {
    assert.equal(verifyBlock(block(...lines)), []);
  });
}

test('survives garbage', () => {
  for (let seed = 1; seed <= 2000; seed++) {
    const random = new Random(seed);
    const victim = randomBlock(seed, { calls: true, plugins: true });
    for (let k = 1 + random.below(4); k > 0; k--) {
      const at = random.below(victim.count) * STRIDE + random.below(STRIDE);
      victim.ops[at] = random.chance(50) ? random.next() | 0 : random.below(60) - 4;
    }
    if (random.chance(5)) victim.tempCount = random.below(4) - 2;
    assert.ok(Array.isArray(verifyBlock(victim)), `seed ${seed}`);
  }
  const overlong = new IrBlock();
  overlong.push(Op.goto_ptr);
  overlong.count = 100000;
  assert.match(verifyBlock(overlong).join(), /beyond the storage/);
});

test.run();
