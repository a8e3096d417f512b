// Guest memory as a map of pages: what is mapped, what may be done, which address a fault names, and what happens when
// memory runs out; against a plain model, too.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PROT_EXEC, PROT_READ, PROT_WRITE } from '../../emulator/memory/guest-memory.ts';
import { Random, testSeed } from '../guest/random.ts';
import { Asm } from '../support/asm.ts';
import { createMini, type Mini, X } from '../support/mini-machine.ts';

const test = suite('page map');
const P = 4096;
const AT = 0x100000;
const RW = PROT_READ | PROT_WRITE;

test('demand zero: mapped pages cost nothing until they are touched, and read as zero', () => {
  const mini = createMini();
  const { memory } = mini;
  memory.map(AT, 100 * P, RW);
  assert.is(memory.bytesInUse, 0);
  assert.equal(memory.read(AT + 5 * P - 2, 4), new Uint8Array(4));
  assert.is(memory.bytesInUse, 2 * P);
  assert.ok(memory.write(AT + 7, Uint8Array.of(1, 2)));
  assert.is(memory.bytesInUse, 3 * P);
  memory.map(AT, P, RW);
  assert.equal(memory.read(AT + 7, 2), new Uint8Array(2), 'mapping again is a fresh page');
  memory.unmap(AT, 100 * P);
  assert.is(memory.bytesInUse, 0);
  memory.map(AT, 100 * P, RW);
  assert.equal(memory.read(AT, 100 * P), new Uint8Array(100 * P), 'frames used before are zero again');
  mini.close();
});

test('protections', () => {
  const mini = createMini();
  const { memory } = mini;
  memory.map(AT, P, PROT_READ);
  memory.map(AT + P, P, RW);
  memory.map(AT + 2 * P, P, PROT_EXEC);
  memory.map(AT + 3 * P, P, 0);
  assert.is(memory.write(AT, Uint8Array.of(1)), false);
  assert.is(memory.write(AT + P - 1, Uint8Array.of(1, 2)), false, 'half on a page that may not be written');
  assert.equal(memory.read(AT + P, 1), Uint8Array.of(0), 'and nothing of it is');
  assert.is(memory.read(AT + 2 * P, 1), undefined);
  assert.is(memory.read(AT + 3 * P, 1), undefined);
  assert.is(memory.read(AT + 2 * P - 1, 2), undefined);
  assert.equal(memory.peek(AT + 3 * P, 1), Uint8Array.of(0));
  assert.ok(memory.poke(AT + 3 * P - 1, Uint8Array.of(5, 6)));
  assert.equal(memory.peek(AT + 3 * P - 1, 2), Uint8Array.of(5, 6));
  assert.is(memory.peek(AT + 4 * P - 1, 2), undefined);
  assert.is(memory.poke(AT + 4 * P - 1, Uint8Array.of(5, 6)), false);
  assert.equal(
    [0, 1, 2, 3, 4].map((n) => memory.protectionOf(AT + n * P + 9)),
    [PROT_READ, RW, PROT_EXEC, 0, undefined],
  );
  assert.ok(memory.allows(AT, 2 * P, PROT_READ));
  assert.not.ok(memory.allows(AT, 2 * P, PROT_WRITE));
  assert.not.ok(memory.allows(AT, 5 * P, 0));
  memory.protect(AT, 4 * P, RW);
  assert.equal(memory.ranges(), [{ start: AT, end: AT + 4 * P, prot: RW }]);
  assert.equal(memory.read(AT + 3 * P - 1, 2), Uint8Array.of(5, 6), 'contents stay');
  mini.close();
});

test('scalars, also across pages', () => {
  const mini = createMini();
  const { memory } = mini;
  memory.map(AT, 2 * P, RW);
  for (const at of [AT + 8, AT + 13, AT + P - 1, AT + P - 3, AT + P - 7]) {
    assert.ok(memory.writeU64(at, 0x8182838485868788n));
    assert.is(memory.readU64(at), 0x8182838485868788n);
    assert.is(memory.readUint(at, 1), 0x88);
    assert.is(memory.readUint(at, 2), 0x8788);
    assert.is(memory.readUint(at, 4), 0x85868788);
    assert.ok(memory.writeUint(at, 4, 0xfffefdfc));
    assert.is(memory.readU64(at), 0x81828384fffefdfcn);
    assert.ok(memory.writeUint(at, 2, -1));
    assert.is(memory.readUint(at, 4), 0xfffeffff);
    assert.ok(memory.writeU64(at, -1n));
    assert.is(memory.readU64(at), 2n ** 64n - 1n);
  }
  for (const at of [AT + 2 * P - 1, AT + 2 * P, -8, 2 ** 39 - 4, 2 ** 52, AT - 1]) {
    assert.is(memory.readU64(at), undefined, `${at}`);
    assert.is(memory.writeU64(at, 1n), false, `${at}`);
    assert.is(memory.readUint(at, 4), undefined, `${at}`);
    assert.is(memory.writeUint(at, 4, 1), false, `${at}`);
  }
  mini.close();
});

test('hostile lengths and addresses', () => {
  const mini = createMini();
  const { memory } = mini;
  memory.map(AT, P, RW);
  assert.is(memory.read(AT, -1), undefined);
  assert.is(memory.read(AT, 2 ** 40), undefined);
  assert.is(memory.read(-P, P), undefined);
  assert.is(memory.read(2 ** 39 - 1, 2), undefined);
  assert.equal(memory.read(AT, 0), new Uint8Array(0));
  assert.ok(memory.write(AT, new Uint8Array(0)));
  for (const [addr, length] of [
    [AT + 1, P],
    [AT, P + 1],
    [AT, 0],
    [AT, -P],
    [-P, P],
    [2 ** 39, P],
  ] as const) {
    assert.throws(() => memory.map(addr, length, RW), /mapping/);
    assert.throws(() => memory.unmap(addr, length), /mapping/);
    assert.throws(() => memory.protect(addr, length, RW), /mapping/);
  }
  memory.map(2 ** 39 - P, P, RW);
  assert.ok(memory.write(2 ** 39 - 1, Uint8Array.of(7)));
  mini.close();
});

test(`against a plain model (seed ${testSeed()})`, () => {
  const random = new Random(testSeed());
  const mini = createMini();
  const { memory } = mini;
  const PAGES = 24;
  const bytes = new Uint8Array(PAGES * P);
  const prots: (number | undefined)[] = new Array(PAGES).fill(undefined);
  const pagesOf = (at: number, length: number): number[] => {
    const first = Math.floor(at / P);
    return Array.from({ length: Math.floor((at + length - 1) / P) - first + 1 }, (_, i) => first + i);
  };
  for (let n = 0; n < 3000; n++) {
    const page = random.below(PAGES);
    const count = 1 + random.below(Math.min(5, PAGES - page));
    const at = random.below(PAGES * P - 600);
    const length = 1 + random.below(random.below(5) === 0 ? 600 : 16);
    const pages = pagesOf(at, length);
    switch (random.below(8)) {
      case 0: {
        const prot = random.below(8);
        memory.map(AT + page * P, count * P, prot);
        prots.fill(prot, page, page + count);
        bytes.fill(0, page * P, (page + count) * P);
        break;
      }
      case 1:
        memory.unmap(AT + page * P, count * P);
        prots.fill(undefined, page, page + count);
        break;
      case 2: {
        const prot = random.below(8);
        memory.protect(AT + page * P, count * P, prot);
        for (let i = page; i < page + count; i++) if (prots[i] !== undefined) prots[i] = prot;
        break;
      }
      case 3:
      case 4: {
        const data = Uint8Array.from({ length }, () => random.bits());
        const poke = random.below(2) === 0;
        const may = pages.every((p) => prots[p] !== undefined && (poke || prots[p]! & PROT_WRITE));
        assert.is(poke ? memory.poke(AT + at, data) : memory.write(AT + at, data), may, `write ${n}`);
        if (may) bytes.set(data, at);
        break;
      }
      default: {
        const peek = random.below(2) === 0;
        const may = pages.every((p) => prots[p] !== undefined && (peek || prots[p]! & PROT_READ));
        const got = peek ? memory.peek(AT + at, length) : memory.read(AT + at, length);
        assert.equal(got, may ? bytes.slice(at, at + length) : undefined, `read ${n}`);
      }
    }
    if (n % 50 !== 0) continue;
    const ranges: { start: number; end: number; prot: number }[] = [];
    for (const [i, prot] of prots.entries()) {
      if (prot === undefined) continue;
      const last = ranges.at(-1);
      if (last && last.end === AT + i * P && last.prot === prot) last.end += P;
      else ranges.push({ start: AT + i * P, end: AT + (i + 1) * P, prot });
    }
    assert.equal(memory.ranges(), ranges);
    assert.ok(memory.bytesInUse <= prots.filter((p) => p !== undefined).length * P);
  }
  memory.unmap(AT, PAGES * P);
  assert.is(memory.bytesInUse, 0);
  assert.is(mini.runtime.getFramesUsed(), 0);
  mini.close();
});

/** Runs one instruction with s0 at an address and returns what the platform was told. */
function access(mini: Mini, name: string, address: bigint): string | undefined {
  const a = new Asm(0x10000);
  if (name.startsWith('amo')) a.i(name, { rd: 10, rs1: 8, rs2: 9 });
  else if (name.startsWith('s')) a.store(name, 9, 8, 0);
  else a.load(name, 10, 8, 0);
  const { machine, memory, cpu, platform } = mini;
  memory.map(0x10000, P, 7);
  memory.poke(0x10000, a.finish());
  platform.onFault = 'skip';
  platform.trace.length = 0;
  cpu.pc = 0x10000;
  cpu.write(X(8), address);
  machine.run(machine.icount + 1);
  return platform.trace[0]?.replace(/^\d+ /, '').replace(/ at .*/, '');
}

test('faults name the first byte that cannot be had, on every tier', () => {
  for (const tier of ['interp', 'wasm'] as const) {
    const mini = createMini({ tuning: { tier } });
    const { memory } = mini;
    memory.map(AT, P, RW);
    memory.map(AT + P, P, PROT_READ);
    memory.map(AT + 3 * P, P, RW);
    const cases: [string, bigint, string | undefined][] = [
      ['ld', BigInt(AT), undefined],
      ['sd', BigInt(AT), undefined],
      ['sd', BigInt(AT + P - 8), undefined],
      ['sd', BigInt(AT + P - 4), `store mapped ${(AT + P).toString(16)}`],
      ['ld', BigInt(AT + P - 4), undefined],
      ['sb', BigInt(AT + P), `store mapped ${(AT + P).toString(16)}`],
      ['ld', BigInt(AT + 2 * P - 4), `load ${(AT + 2 * P).toString(16)}`],
      ['sd', BigInt(AT + 2 * P - 4), `store mapped ${(AT + 2 * P - 4).toString(16)}`],
      ['lw', BigInt(AT + 3 * P - 3), `load ${(AT + 3 * P - 3).toString(16)}`],
      ['sw', BigInt(AT + 3 * P - 3), `store ${(AT + 3 * P - 3).toString(16)}`],
      ['lw', BigInt(AT + 4 * P - 3), `load ${(AT + 4 * P).toString(16)}`],
      ['sh', BigInt(AT + 4 * P - 1), `store ${(AT + 4 * P).toString(16)}`],
      ['amoadd.d', BigInt(AT + 8), undefined],
      ['amoadd.d', BigInt(AT + 4), `store misaligned mapped ${(AT + 4).toString(16)}`],
      ['amoadd.w', BigInt(AT + P), `store mapped ${(AT + P).toString(16)}`],
      ['lr.w', BigInt(AT + P), undefined],
      ['lr.w', BigInt(AT + 1), `load misaligned mapped ${(AT + 1).toString(16)}`],
      ['ld', 0n, 'load 0'],
      ['ld', 1n << 39n, 'load 8000000000'],
      ['ld', (1n << 39n) + BigInt(AT), `load ${((1n << 39n) + BigInt(AT)).toString(16)}`],
      ['sd', (1n << 63n) + BigInt(AT), `store ${((1n << 63n) + BigInt(AT)).toString(16)}`],
      ['ld', (1n << 32n) + BigInt(AT), `load ${((1n << 32n) + BigInt(AT)).toString(16)}`],
      ['lb', (1n << 64n) - 1n, 'load ffffffffffffffff'],
      ['ld', (1n << 64n) - 4n, 'load fffffffffffffffc'],
    ];
    for (const [name, address, want] of cases) {
      // Twice: by a cold and by a filled TLB.
      for (let round = 0; round < 2; round++)
        assert.is(access(mini, name, address), want, `${tier} ${name} ${address.toString(16)}`);
    }
    mini.close();
  }
});

test('a TLB never outlives the mapping it came from', () => {
  for (const tier of ['interp', 'wasm'] as const) {
    const mini = createMini({ tuning: { tier } });
    const { memory, cpu } = mini;
    const at = BigInt(AT);
    memory.map(AT, P, RW);
    cpu.write(X(9), 0x77n);
    assert.is(access(mini, 'sd', at), undefined);
    memory.protect(AT, P, PROT_READ);
    assert.is(access(mini, 'sd', at), `store mapped ${at.toString(16)}`);
    assert.is(access(mini, 'ld', at), undefined);
    memory.protect(AT, P, 0);
    assert.is(access(mini, 'ld', at), `load mapped ${at.toString(16)}`);
    memory.protect(AT, P, RW);
    assert.is(access(mini, 'ld', at), undefined);
    assert.is(cpu.read(X(10)), 0x77n);
    memory.map(AT, P, RW);
    assert.is(access(mini, 'ld', at), undefined);
    assert.is(cpu.read(X(10)), 0n);
    memory.unmap(AT, P);
    assert.is(access(mini, 'ld', at), `load ${at.toString(16)}`);
    mini.close();
  }
});

/** A loop that writes a byte a page from AT on. */
function toucher(mini: Mini): void {
  const a = new Asm(0x10000);
  a.li(8, AT).li(9, P).label('loop').store('sb', 9, 8, 0).op('add', 8, 8, 9).jal(0, 'loop');
  mini.memory.map(0x10000, P, 7);
  mini.memory.poke(0x10000, a.finish());
  mini.cpu.pc = 0x10000;
}

test('a guest that uses up its memory is stuck, with the reason; going back makes it run again', () => {
  for (const tier of ['interp', 'wasm'] as const) {
    const mini = createMini({ memoryBytes: 8 * P, frameBytes: 32 * P, tuning: { tier } });
    const { machine, memory } = mini;
    memory.map(AT, 64 * P, RW);
    toucher(mini);
    machine.run(10);
    const base = machine.checkpoint();
    const ends: string[] = [];
    for (let round = 0; round < 3; round++) {
      const end = machine.run(100000);
      assert.is(end.kind, 'stuck');
      assert.match(end.kind === 'stuck' ? end.reason : '', /used up its memory/);
      assert.is(memory.bytesInUse, 8 * P);
      assert.is(machine.run(200000), end, 'it stays so');
      ends.push(`${machine.icount} ${machine.stateDigest()}`);
      machine.rollback(base);
      assert.is(machine.ended, undefined);
    }
    assert.is(new Set(ends).size, 1);
    // With a page given back before, the same run gets one page further.
    const before = Number(ends[0]!.split(' ')[0]);
    memory.unmap(AT, P);
    machine.run(100000);
    assert.is(machine.icount, before + 3);
    mini.close();
  }
});

test('an instruction fetch that finds no memory left is the guest out of memory, not a fault', () => {
  const mini = createMini({ memoryBytes: P, frameBytes: 4 * P });
  const { machine, memory, cpu } = mini;
  memory.map(0x10000, 2 * P, 7);
  memory.poke(0x10000, Uint8Array.of(0x6f, 0x10, 0, 0));
  cpu.pc = 0x10000;
  const end = machine.run(100);
  assert.is(end.kind, 'stuck', JSON.stringify(end));
  assert.equal(mini.platform.trace, []);
  mini.close();
});

test.run();
