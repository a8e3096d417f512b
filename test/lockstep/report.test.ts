// The report's forms: the text against a golden file, the JSON's promises, QEMU's lines and their invariants.

import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Divergence, Outcome } from '../../lockstep/evidence.ts';
import { sideBySide } from '../../lockstep/report/columns.ts';
import { qemuLines, type Report, reportOf } from '../../lockstep/report/model.ts';
import { reportText } from '../../lockstep/report/text.ts';

const GOLDEN = new URL('./report.golden', import.meta.url);

const COMMON = {
  isa: 'riscv64',
  program: 'guest.elf',
  programHash: 'ab',
  window: 1000,
  windows: 12,
  icount: 12000,
  skewed: 0,
  sides: { A: { translator: 'old-tcg', blocks: 3000 }, B: { translator: 'mutant:fold', blocks: 3000 } },
  notes: [],
} as const;

const BLOCK = {
  pc: 0x10168,
  insns: [
    { pc: 0x10168, bytes: '0585', text: 'addi a1,a1,1' },
    { pc: 0x1016a, bytes: '00b50533', text: 'add a0,a0,a1' },
    { pc: 0x1016e, bytes: 'fec59de3', text: 'bne a1,a2,0x10168' },
  ],
  ir: 'add a1, a1, 1\nadd a0, a0, a1\nbrcond ne a1, a2, L1\n',
  irOptimised: 'add a1, a1, 1\nadd a0, a0, a1\nbrcond ne a1, a2, L1\n',
};

function details(a0: bigint, irOptimised = BLOCK.irOptimised) {
  return {
    t: 'details' as const,
    entryPc: 0x10168,
    afterPc: 0x10168,
    registers: [
      { name: 'pc', cpu: 0, entry: 0x10168n, after: 0x10168n },
      { name: 'a0', cpu: 0, entry: 0x40n, after: a0 },
    ],
    pages: [],
    block: { ...BLOCK, irOptimised },
    events: [],
  };
}

const DATA: Divergence = {
  class: 'real',
  kind: 'data',
  hidden: false,
  windowEnd: 1 << 20,
  entry: 12345,
  after: 12348,
  pcAfter: { A: 0x10168, B: 0x10168 },
  cpu: 0,
  ordinals: { A: 3100, B: 3100 },
  insns: { A: 3, B: 3 },
  history: [{ icount: 12339, pc: 0x10150, insns: 6, cpu: 0 }],
  trace: {
    A: [
      { icount: 12345, pc: 0x10168, insns: 3 },
      { icount: 12348, pc: 0x10168, insns: 3 },
    ],
    B: [
      { icount: 12345, pc: 0x10168, insns: 3 },
      { icount: 12348, pc: 0x10168, insns: 3 },
    ],
  },
  insn: { index: 1, pc: 0x1016a, icount: 12346 },
  event: undefined,
  ends: { A: undefined, B: undefined },
  details: { A: details(0x42n), B: details(2n ** 64n - 1n, 'add a1, a1, 1\nmov a0, -1\nbrcond ne a1, a2, L1\n') },
  memory: [{ address: -0x80000000, a: 0x41n, b: undefined }],
  memoryTruncated: false,
  symbols: new Map([
    [0x10168, 'sum+0x18'],
    [0x10150, 'sum'],
  ]),
};

const PATH: Divergence = {
  ...DATA,
  kind: 'path',
  class: 'transient',
  insn: undefined,
  pcAfter: { A: 0x10168, B: 0x10200 },
  trace: {
    A: [12345, 12348, 12351, 12354, 12357].map((icount) => ({ icount, pc: 0x10168, insns: 3 })),
    B: [12345, 12348, 12350, 12354, 12357].map((icount, i) => ({
      icount,
      pc: i === 0 ? 0x10168 : 0x10200 + i,
      insns: 2,
    })),
  },
};

const EARLIER: Divergence = { ...DATA, class: 'transient', entry: 345, after: 348 };
const LOOKED = { from: 0, to: 345, compared: 345, every: 'block', complete: true, found: false } as const;
const ENDED = { ...LOOKED, to: 12000, compared: 4000, every: 'transfer', complete: false } as const;

function outcomes(): Record<string, Outcome> {
  return {
    same: { ...COMMON, verdict: 'same', end: { kind: 'exit', code: 0, reason: null } },
    skew: { ...COMMON, verdict: 'same', skewed: 4, end: { kind: 'exit', code: 3, reason: null } },
    data: { ...COMMON, verdict: 'diverged', divergence: DATA },
    path: { ...COMMON, verdict: 'diverged', divergence: PATH },
    // Wrong for a while, which a look back has found; and a look back that was ended.
    earlier: {
      ...COMMON,
      verdict: 'diverged',
      divergence: EARLIER,
      later: DATA,
      lookedBack: { ...LOOKED, found: true },
    },
    traceless: { ...COMMON, verdict: 'diverged', divergence: EARLIER, lookedBack: { ...LOOKED, found: true } },
    cut: { ...COMMON, verdict: 'same', end: { kind: 'limit', code: null, reason: null }, lookedBack: ENDED },
    inconclusive: { ...COMMON, verdict: 'inconclusive', reason: 'the time allowed is over', notes: ['a note'] },
  };
}

function reports(): [string, Report][] {
  return Object.entries(outcomes()).map(([name, outcome]) => {
    assert.is.not(outcome.verdict, 'failed');
    return [
      name,
      { ...reportOf(outcome as Extract<Outcome, { verdict: 'same' }>), next: ['lockstep run --a tci guest.elf'] },
    ];
  });
}

test('the text of each kind of report', () => {
  const text = reports()
    .map(([name, report]) => `=== ${name}\n${reportText(report, { color: false, width: 100 })}`)
    .join('\n');
  if (process.env.UPDATE_GOLDENS) writeFileSync(GOLDEN, text);
  assert.is(text, readFileSync(GOLDEN, 'utf8'));
});

test('colour adds nothing but colour', () => {
  for (const [, report] of reports()) {
    const plain = reportText(report, { color: false, width: 100 });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colour is made of.
    assert.is(reportText(report, { color: true, width: 100 }).replace(/\x1b\[[0-9;]*m/g, ''), plain);
  }
});

test('the JSON has its schema first, 64-bit values as hexadecimal texts, and survives a round trip', () => {
  for (const [, report] of reports()) {
    const json = JSON.stringify(report);
    assert.ok(json.startsWith('{"schema":1,"verdict":'));
    assert.equal(JSON.parse(json), report);
  }
  const report = Object.fromEntries(reports()).data!;
  assert.is(report.at?.pc, '0x10168');
  assert.is(report.at?.insn?.text, 'add a0,a0,a1');
  assert.equal(report.registers, [{ name: 'a0', cpu: 0, before: '0x40', a: '0x42', b: '0xffffffffffffffff' }]);
  assert.equal(report.memory, [{ address: '0xffffffff80000000', symbol: null, a: '0x41', b: null }]);
});

test('lines in the format of QEMU, with its invariants', () => {
  const data = qemuLines(DATA);
  assert.is(data[0], 'Δ insn_count @ 0x0000000000010168 (12348) vs 0x0000000000010168 (12348)');
  assert.is(data[1], '  previously @ 0x0000000000010168/3 (12348 insns)');
  assert.is(data[2], '  previously @ 0x0000000000010150/6 (12345 insns)');
  const path = qemuLines(PATH);
  assert.equal(path.slice(0, 3), [
    '@ 0x0000000000010168 vs 0x0000000000010201 (1/0 since last)',
    '@ 0x0000000000010168 vs 0x0000000000010202 (2/1 since last)',
    '@ 0x0000000000010168 vs 0x0000000000010203 (3/1 since last)',
  ]);
  assert.match(path[3]!, /^Δ insn_count @ 0x0000000000010168 \(12348\) vs 0x0000000000010200 \(12348\)$/);
});

test('two texts side by side', () => {
  const marks = (left: string, right: string) =>
    sideBySide(left.split(''), right.split(''))
      .map((row) => row.mark)
      .join('');
  assert.is(marks('abc', 'abc'), '===');
  assert.is(marks('abc', 'axc'), '=≠=');
  assert.is(marks('abc', 'ac'), '=<=');
  assert.is(marks('ac', 'abc'), '=>=');
  assert.is(marks('a', 'bcd'), '≠>>');
});

test.run();
