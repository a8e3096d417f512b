// The Wasm back end against an evaluator of the IR: random blocks and random control flow graphs.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type IrBlock, IrBuilder, NONE } from '../../emulator/ir/ir.ts';
import { MEM_SIGN, Op } from '../../emulator/ir/op.ts';
import { Random } from '../support/ir-random.ts';
import { ADDRESS_SLOTS, randomBlock, type Shape } from './wasm-random.ts';
import { compare, type Ended, instantiate, prepare } from './wasm-run.ts';

const RECORD = 0x3000000;
const PC = 0x8000_0000;
const STEP = 0x40;

/** Runs `body` with a seed of its own and names the seed when it fails. */
function seeded(seed: number, body: (r: Random) => void): void {
  try {
    body(new Random(seed));
  } catch (error) {
    console.error(`seed ${seed}`);
    throw error;
  }
}

/** Successors of block `from` such that the graph is reducible: loops are nested intervals entered at their start. */
function reducibleTargets(
  r: Random,
  from: number,
  loops: readonly (readonly [number, number])[],
  blocks: number,
): number[] {
  const targets: number[] = [];
  for (let n = 1 + r.below(2); n > 0; n--) {
    const around = loops.filter(([start, end]) => start <= from && from < end);
    if (around.length > 0 && r.chance(50)) {
      targets.push(r.pick(around)[0]);
      continue;
    }
    // Forward, but into no loop's middle.
    const ahead = Array.from({ length: blocks + 1 - (from + 1) }, (_, i) => from + 1 + i).filter((to) =>
      loops.every(([start, end]) => !(start < to && to < end) || (start <= from && from < end)),
    );
    targets.push(r.pick(ahead));
  }
  return targets;
}

function randomLoops(r: Random, start: number, end: number): [number, number][] {
  if (end - start < 1 || r.chance(20)) return [];
  const from = start + r.below(end - start);
  const to = from + 1 + r.below(end - from);
  return [[from, to], ...randomLoops(r, start, from), ...randomLoops(r, from, to - 1), ...randomLoops(r, to, end)];
}

type Counts = Record<Ended, number>;
const zero = (): Counts => ({ exit: 0, leave: 0, budget: 0, goto: 0, pointer: 0 });

/** One random region run from a few random states. */
function checkRegion(r: Random, blocks: number, reducible: boolean, shape: Shape, counts: Counts): void {
  const loops = randomLoops(r, 0, blocks);
  const pcOf = (block: number): number => PC + STEP * block;
  const irs = Array.from({ length: blocks }, (_, block) => {
    const targets = reducible
      ? reducibleTargets(r, block, loops, blocks)
      : [r.below(blocks + 1), r.below(blocks + 1), r.below(blocks + 1)];
    return [randomBlock(r, pcOf(block), targets.map(pcOf), shape), RECORD + 48 * block] as const;
  });
  const [run] = instantiate([{ blocks: irs.map(([ir, record]) => ({ ir, record })) }]);
  for (let n = 0; n < 4; n++) {
    prepare(r, r.chance(30) ? r.below(20) : r.below(400));
    const { ended, pc } = compare(run!, PC, irs);
    if (reducible && ended === 'goto') assert.is(pc, BigInt(pcOf(blocks)), 'an edge inside the region left it');
    counts[ended]++;
  }
}

test('single random blocks', () => {
  const counts = zero();
  for (let seed = 1; seed <= 300; seed++) {
    seeded(seed, (r) => checkRegion(r, 1, false, { misses: r.pick([0, 3, 20]), plugins: r.chance(50) }, counts));
  }
  for (const [ended, times] of Object.entries(counts)) assert.ok(times > 20, `${ended} tested ${times} times`);
});

test('random reducible graphs', () => {
  const counts = zero();
  for (let seed = 1001; seed <= 1250; seed++) {
    seeded(seed, (r) =>
      checkRegion(r, 2 + r.below(9), true, { misses: r.pick([0, 0, 2]), plugins: r.chance(30) }, counts),
    );
  }
  for (const [ended, times] of Object.entries(counts)) assert.ok(times > 20, `${ended} tested ${times} times`);
});

test('random graphs of any kind', () => {
  const counts = zero();
  for (let seed = 2001; seed <= 2250; seed++) {
    seeded(seed, (r) =>
      checkRegion(r, 2 + r.below(9), false, { misses: r.pick([0, 0, 2]), plugins: r.chance(30) }, counts),
    );
  }
  for (const [ended, times] of Object.entries(counts)) assert.ok(times > 20, `${ended} tested ${times} times`);
});

/** A block of `items` instructions on four registers, most of them on words and onto themselves, that leads back to its start. */
function wordLoop(r: Random, items: number): IrBlock {
  const b = new IrBuilder();
  b.block.reset(PC);
  const register = (): number => 20 + r.below(4);
  const word = (value: number): number => b.unary(Op.ext32s, value);
  const shifted = (d: number, count: number): number =>
    r.below(2) ? b.binary(Op.shl, d, count) : b.binary(Op.shr, b.unary(Op.ext32u, d), count);
  for (let insn = 0; insn < items; insn++) {
    b.insnStart(insn, PC + 4 * insn);
    const d = register();
    const a = r.below(2) ? d : register();
    const c = register();
    const op = r.pick([Op.add, Op.sub, Op.xor, Op.and, Op.or, Op.mul]);
    switch (r.below(9)) {
      case 0:
        b.binary(op, a, c, d);
        break;
      case 1:
        b.unary(Op.ext32s, b.binary(op, a, c), d);
        break;
      case 2:
        b.unary(r.pick([Op.ext8u, Op.ext16u, Op.ext32s, Op.ext32u, Op.not, Op.neg]), a, d);
        break;
      case 3:
        b.binary(Op.and, a, r.below(3) ? b.imm(r.pick([1, 255, 0x7fffffff, -256])) : b.imm64(-(2 ** 31), 0), d);
        break;
      case 4:
        b.unary(Op.ext32s, shifted(a, b.imm(r.below(32))), d);
        break;
      case 5:
        b.unary(Op.ext32s, shifted(a, b.binary(Op.and, c, b.imm(31))), d);
        break;
      case 6:
        b.mov(d, r.below(4) ? word(a) : a);
        break;
      case 7:
        b.block.push(Op.setcond, d, a, c, NONE, 0, r.below(10));
        break;
      default:
        // May leave in the middle of all that.
        b.block.push(Op.ld, d, r.below(4) ? r.pick(ADDRESS_SLOTS) : a, NONE, NONE, 0, r.pick([0, 2, 2 | MEM_SIGN]));
    }
  }
  b.block.insns = items;
  b.block.size = 4 * items;
  const again = b.newLabel();
  b.brcond(r.pick(['ne', 'lt', 'geu'] as const), register(), b.imm(r.below(3)), again);
  b.gotoTb(0, PC + 4 * items);
  b.label(again);
  b.gotoTb(1, PC);
  return b.block;
}

test('words that go through chains, registers and rounds of a loop', () => {
  const seen: Record<Ended, number> = { exit: 0, leave: 0, budget: 0, goto: 0, pointer: 0 };
  for (let seed = 1; seed <= 400; seed++)
    seeded(seed, (r) => {
      const ir = wordLoop(r, 2 + r.below(12));
      const [run] = instantiate([{ blocks: [{ ir, record: RECORD }] }]);
      for (let n = 0; n < 3; n++) {
        prepare(r, r.below(6) * ir.insns);
        seen[compare(run!, PC, [[ir, RECORD]]).ended]++;
      }
    });
  assert.ok(seen.leave > 20 && seen.budget > 100 && seen.goto > 100, JSON.stringify(seen));
});

test.run();
