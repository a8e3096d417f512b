// What emitters emit: golden IR of representative blocks (riscv64.golden: title and mode, instruction words, text and
// IR), rewritten by UPDATE_GOLDENS=1; every row's IR is well formed; and the cases no oracle covers.

import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { riscv64 } from '../../emulator/guest/riscv64/index.ts';
import { F, REGISTERS, SLOT_MSTATUS, SLOT_RES_ADDR, SLOT_RES_VAL, X } from '../../emulator/guest/riscv64/registers.ts';
import { baseTable, compressedTable } from '../../emulator/guest/riscv64/tables.ts';
import { printBlock } from '../../emulator/ir/text.ts';
import { verifyBlock } from '../../emulator/ir/verify.ts';
import { EXIT_ILLEGAL, EXIT_SYSTEM, SLOT_FP_FLAGS, SLOT_FP_MODE, TEMP_BASE } from '../../emulator/memory/layout.ts';
import { bytesOf } from '../../emulator/sequence/encode.ts';
import { type EvalResult, evalBlock } from '../support/ir-eval.ts';
import { translateWords } from './context.ts';
import { Random, testSeed } from './random.ts';

const PC = 0x10000;
const GOLDEN = new URL('./riscv64.golden', import.meta.url);

const nameOf = new Map(REGISTERS.map(({ slot, name }) => [slot, name]));
const registerName = (slot: number): string => nameOf.get(slot) ?? `g${slot}`;

interface Golden {
  readonly title: string;
  readonly words: string;
  readonly expected: string;
}

const goldens: readonly Golden[] = readFileSync(GOLDEN, 'utf8')
  .split(/^== /m)
  .slice(1)
  .map((section) => {
    const [title, words, ...rest] = section.split('\n');
    return { title: title!, words: words!, expected: rest.join('\n').trimEnd() };
  });

function describe({ title, words }: Golden): string {
  const list = words.split(' ').map((word) => Number.parseInt(word, 16) | 0);
  const { block } = translateWords(riscv64, PC, list, { userMode: !title.endsWith('(system)') });
  assert.equal(verifyBlock(block), [], title);
  let pc = PC;
  const text = list.map((word) => {
    const line = `  ${riscv64.disassemble(pc, bytesOf(word))}`;
    pc += bytesOf(word).length;
    return line;
  });
  return `${text.join('\n')}\n${printBlock(block, registerName).trimEnd()}`;
}

if (process.env.UPDATE_GOLDENS === '1') {
  const sections = goldens.map((golden) => `== ${golden.title}\n${golden.words}\n${describe(golden)}\n\n`);
  writeFileSync(GOLDEN, sections.join(''));
} else {
  for (const golden of goldens) {
    test(`IR of ${golden.title}`, () => assert.fixture(describe(golden), golden.expected));
  }
}

test('the IR of every row is well formed, in user and in system mode', () => {
  const seed = testSeed();
  const random = new Random(seed);
  for (const table of [baseTable(), compressedTable()]) {
    table.rows.forEach((row, index) => {
      for (let i = 0; i < 20; i++) {
        const word = table.shape(index, random.bits());
        if (word === undefined) continue;
        for (const userMode of [true, false]) {
          const { block } = translateWords(riscv64, PC, [word], { userMode });
          assert.equal(verifyBlock(block), [], `${row.name} 0x${(word >>> 0).toString(16)} seed ${seed}`);
        }
      }
    });
  }
});

test('a block of the instruction with most temporaries ends before they run out', () => {
  const { block, ctx } = translateWords(riscv64, PC, Array(2000).fill(0x20c59553 | 0));
  assert.ok(ctx.endAfter);
  assert.ok(block.insns > 100 && block.tempCount < 1400, `${block.insns} instructions, ${block.tempCount} temporaries`);
});

test('translate returns 0 and emits nothing when a half cannot be fetched', () => {
  const { block, ctx } = translateWords(riscv64, PC, []);
  const before = block.count;
  assert.is(riscv64.translate({ ...ctx, fetch16: () => -1 }), 0);
  assert.is(riscv64.translate({ ...ctx, fetch16: (addr) => (addr === ctx.pc ? 0x0513 : -1) }), 0);
  assert.is(block.count, before);
});

test('instruction lengths', () => {
  assert.is(riscv64.instructionLength(0x0513), 4);
  assert.is(riscv64.instructionLength(0x4501), 2);
  assert.is(riscv64.instructionLength(0), 2);
});

const MEMORY_BASE = 0x4000n;

/** Evaluates a block of these words; memory is one 8-byte cell at MEMORY_BASE, in `memory[0]`. */
function run(words: readonly number[], slots: Map<number, bigint>, memory: bigint[], userMode = true): EvalResult {
  const { block } = translateWords(riscv64, PC, words, { userMode });
  return evalBlock(block, {
    slots,
    load: (address, size) => (address === MEMORY_BASE ? BigInt.asUintN(size * 8, memory[0]!) : undefined),
    store: (address, size, value) => {
      if (address !== MEMORY_BASE) return false;
      memory[0] = ((memory[0]! >> BigInt(size * 8)) << BigInt(size * 8)) | value;
      return true;
    },
    call: () => 0n,
  });
}

const LR_D_A0_A1 = 0x1005b52f;
const SC_D_A2_A3_A1 = 0x18d5b62f;
const ALL_ONES = (1n << 64n) - 1n;

test('SC stores after an LR of the same address, once', () => {
  const slots = new Map([
    [X(11), MEMORY_BASE],
    [X(13), 99n],
  ]);
  const memory = [7n];
  run([LR_D_A0_A1, SC_D_A2_A3_A1], slots, memory);
  assert.is(slots.get(X(10)), 7n);
  assert.is(slots.get(X(12)), 0n);
  assert.is(memory[0], 99n);
  assert.is(slots.get(SLOT_RES_ADDR), ALL_ONES);
  memory[0] = 7n;
  run([SC_D_A2_A3_A1], slots, memory);
  assert.is(slots.get(X(12)), 1n);
  assert.is(memory[0], 7n);
});

test('SC fails when the value has changed or the address is another', () => {
  const slots = new Map([
    [X(11), MEMORY_BASE],
    [X(13), 99n],
    [SLOT_RES_ADDR, MEMORY_BASE],
    [SLOT_RES_VAL, 6n],
  ]);
  const memory = [7n];
  run([SC_D_A2_A3_A1], slots, memory);
  assert.is(slots.get(X(12)), 1n);
  assert.is(slots.get(SLOT_RES_ADDR), ALL_ONES);
  slots.set(SLOT_RES_ADDR, MEMORY_BASE + 8n).set(SLOT_RES_VAL, 7n);
  run([SC_D_A2_A3_A1], slots, memory);
  assert.is(slots.get(X(12)), 1n);
  assert.is(memory[0], 7n);
});

test('a load that faults leaves its destination, also when that is the base', () => {
  const slots = new Map([[X(10), 0x9999n]]);
  assert.is(run([0x00053503], slots, [0n]).kind, 'fault');
  assert.is(slots.get(X(10)), 0x9999n);
});

test('ctzw looks at the low word only', () => {
  const slots = new Map([[X(11), 1n << 40n]]);
  run([0x6015951b], slots, [0n]);
  assert.is(slots.get(X(10)), 32n);
});

const FADD_D_DYNAMIC = 0x02c5f553;

test('a dynamic rounding mode that is reserved makes the instruction illegal', () => {
  for (const mode of [5n, 6n, 7n]) {
    const ending = run([FADD_D_DYNAMIC], new Map([[SLOT_FP_MODE, mode]]), [0n]);
    assert.equal([ending.kind, ending.kind === 'exit' && ending.reason], ['exit', EXIT_ILLEGAL]);
  }
  assert.is(run([FADD_D_DYNAMIC], new Map([[SLOT_FP_MODE, 4n]]), [0n]).kind, 'goto');
});

test('frm written in the block is checked again', () => {
  const FSRMI_5 = 0x0022d073;
  const ending = run([FADD_D_DYNAMIC, FSRMI_5, FADD_D_DYNAMIC], new Map([[SLOT_FP_MODE, 0n]]), [0n]);
  assert.equal([ending.kind, ending.insn], ['exit', 2]);
});

test('with mstatus.FS off every floating-point instruction of a system is illegal and changes nothing', () => {
  baseTable().rows.forEach((row, index) => {
    if (!/^f(?!ence)/.test(row.name)) return;
    const word = baseTable().shape(index, (10 << 7) | (11 << 15) | (12 << 20))!;
    const slots = new Map([[SLOT_MSTATUS, 0n]]);
    const ending = run([word], slots, [0n], false);
    assert.is(ending.kind === 'exit' ? ending.reason : -1, EXIT_ILLEGAL, row.name);
    assert.is(slots.size, 1, row.name);
  });
});

test('floating-point writes of a system make FS dirty, reads do not', () => {
  const DIRTY = (1n << 63n) | 0x6000n;
  const after = (word: number): bigint => {
    const slots = new Map([
      [SLOT_MSTATUS, 0x2000n],
      [X(10), MEMORY_BASE],
    ]);
    assert.is(run([word], slots, [0n], false).kind, 'goto');
    return slots.get(SLOT_MSTATUS)!;
  };
  assert.is(after(0x00053507), DIRTY, 'fld fa0,0(a0)');
  assert.is(after(0xf2050553 | 0), DIRTY, 'fmv.d.x fa0,a0');
  assert.is(after(0x00105073), DIRTY, 'fsflagsi 0');
  assert.is(after(0x00a53027), 0x2000n, 'fsd fa0,0(a0)');
  assert.is(after(0xe2050553 | 0), 0x2000n, 'fmv.x.d a0,fa0');
  assert.is(after(0x00102573), 0x2000n, 'frflags a0');
});

test('the platform gets the word as it stands in memory', () => {
  for (const [word, reason] of [
    [0x00000073, EXIT_SYSTEM],
    [0x9002, EXIT_SYSTEM],
    [0x30200073, EXIT_SYSTEM],
    [0x0000100f, EXIT_SYSTEM],
    [0xc0102573 | 0, EXIT_SYSTEM],
    [0x8002, EXIT_ILLEGAL],
    [0xffffffff | 0, EXIT_ILLEGAL],
  ] as const) {
    const ending = run([word], new Map(), [0n]);
    assert.ok(ending.kind === 'exit');
    assert.equal([ending.reason, ending.argument], [reason, word]);
  }
});

test('registers: pc first, slots distinct and inside the layout, names distinct', () => {
  assert.is(REGISTERS[0]!.name, 'pc');
  assert.is(new Set(REGISTERS.map((r) => r.slot)).size, REGISTERS.length);
  const names = REGISTERS.flatMap((r) => [r.name, ...r.aliases]);
  assert.is(new Set(names).size, names.length);
  for (const { slot, name } of REGISTERS) {
    assert.ok(slot === 0 || slot === SLOT_FP_FLAGS || slot === SLOT_FP_MODE || slot >= X(0), name);
    assert.ok(slot < riscv64.slotEnd && slot < TEMP_BASE, name);
  }
  assert.is(X(31) + 1, F(0));
});

test.run();
