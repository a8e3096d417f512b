// The capsule file: what is written is read back; what was tampered with is refused with a reason and never taken apart
// further, whatever is in it.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Capsule, decodeCapsule, encodeCapsule } from '../../../lockstep/capsule/format.ts';
import { Random, testSeed } from '../../guest/random.ts';

const page = Uint8Array.from({ length: 4096 }, (_, n) => (n * n) & 255);
const capsule: Capsule = {
  isa: 'riscv64',
  a: 'tci',
  b: 'new-tcg,max-insns=1',
  origin: 'a test',
  insns: 3,
  state: {
    userMode: true,
    registers: new Map([
      ['pc', 0x1000n],
      ['a0', (1n << 64n) - 1n],
    ]),
    pages: new Map([[0x1000, page]]),
  },
};
const text = encodeCapsule(capsule);
const withField = (edit: Record<string, unknown>): string => JSON.stringify({ ...JSON.parse(text), ...edit });

test('what is written is read back', () => {
  assert.equal(decodeCapsule(text), capsule);
  assert.ok(text.length < 2000, `${text.length} bytes`);
});

test('what is wrong is named', () => {
  const aPage = JSON.parse(text).pages[0];
  const bomb = Buffer.from('7dc181000000004090fda90500', 'hex').toString('base64');
  for (const [edit, message] of [
    [{ schema: 'lockstep-capsule/9' }, /schema is "lockstep-capsule\/9"/],
    [{ isa: 'x86' }, /isa is not riscv64/],
    [{ insns: 1e9 }, /insns is a number from 1/],
    [{ insns: -1 }, /insns/],
    [{ userMode: 1 }, /userMode/],
    [{ registers: { rax: '0x1' } }, /no register "rax"/],
    [{ registers: { __proto__: null, constructor: '0x1' } }, /no register "constructor"/],
    [{ registers: { a0: 5 } }, /a0 is no hexadecimal number/],
    [{ registers: { a0: '0x10000000000000000' } }, /a0 is no hexadecimal number/],
    [{ registers: [] }, /registers is no object/],
    [{ pages: Array(300).fill(aPage) }, /at most 256/],
    [{ pages: [aPage, aPage] }, /cannot be a page at 0x1000/],
    [{ pages: [{ ...aPage, address: '0x1001' }] }, /cannot be a page/],
    [{ pages: [{ ...aPage, address: '0xffffffffffffe000' }] }, /more than 47 bits/],
    [{ pages: [{ ...aPage, deflate: 'AAAA' }] }, /does not unpack|4096 bytes/],
    [{ pages: [{ ...aPage, deflate: bomb }] }, /does not unpack|4096 bytes/],
    [{ pages: [{ ...aPage, deflate: 'A'.repeat(100_000) }] }, /no short text/],
    [{ a: '\u001b[2J' }, /a is no plain text/],
    [{ origin: 'x'.repeat(5000) }, /origin is no plain text/],
  ] as const)
    assert.throws(
      () => decodeCapsule(withField(edit)),
      (error: Error) => error.name === 'UsageError' && message.test(error.message),
    );
  assert.throws(() => decodeCapsule('{'), /no JSON/);
  assert.throws(() => decodeCapsule('x'.repeat(5 << 20)), /larger than/);
});

test('random damage gives a capsule or a UsageError', () => {
  const seed = testSeed();
  const random = new Random(seed);
  let refused = 0;
  for (let n = 0; n < 3000; n++) {
    const at = random.below(text.length);
    const cut = random.below(4) === 0 ? random.below(40) : 1;
    const damaged = text.slice(0, at) + String.fromCharCode(32 + random.below(95)) + text.slice(at + cut);
    try {
      decodeCapsule(damaged);
    } catch (error) {
      refused++;
      assert.is((error as Error).name, 'UsageError', `seed ${seed}: ${(error as Error).stack}`);
    }
  }
  assert.ok(refused > 1000, String(refused));
});

test.run();
