// Runs a region both ways, in Wasm and by the oracle, and compares everything that can be seen afterwards.
// The oracle does not know where a region function checks its budget or leaves by an irreducible edge: it runs
// whole blocks until it has begun as many instructions as the function says, and must then stand at the same place.

import * as assert from 'uvu/assert';
import { compileRegions, type Region } from '../../emulator/backend/wasm/index.ts';
import { HELPERS } from '../../emulator/ir/helper.ts';
import type { IrBlock } from '../../emulator/ir/ir.ts';
import { CALL_MEM } from '../../emulator/ir/op.ts';
import * as L from '../../emulator/memory/layout.ts';
import { makeLinearMemory } from '../../emulator/runtime/host-load.ts';
import type { Random } from '../support/ir-random.ts';
import * as oracle from './wasm-oracle.ts';
import { ADDRESS_SLOTS, randomAddress } from './wasm-random.ts';

const { ENV } = oracle;
export const wasmSide: oracle.Machine = oracle.newMachine(makeLinearMemory(oracle.MEMORY_BYTES));
export const oracleSide: oracle.Machine = oracle.newMachine(makeLinearMemory(oracle.MEMORY_BYTES));

type RegionFunction = (env: number) => bigint;

/** Compiles, checks that the module is valid with and without hints, instantiates; functions by region. */
export function instantiate(regions: readonly Region[]): RegionFunction[] {
  const bytes = compileRegions(regions, { branchHints: true });
  assert.ok(WebAssembly.validate(bytes), 'module with hints is valid');
  const plain = compileRegions(regions, { branchHints: false });
  assert.ok(WebAssembly.validate(plain), 'module without hints is valid');
  assert.ok(plain.length < bytes.length);
  const h = Object.fromEntries(
    HELPERS.map((info, index) => [
      info.name,
      (env: number, ...rest: (bigint | number)[]): bigint => {
        assert.is(env, ENV);
        const imm = rest.pop() as number;
        const args = rest.map((each) => BigInt.asUintN(64, each as bigint));
        return oracle.helper(wasmSide, index, args, imm);
      },
    ]),
  );
  const module = new WebAssembly.Module(bytes);
  const p: Record<string, unknown> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    if (from !== 'p') continue;
    const flags = oracle.flagsOfCallback(Number(name));
    p[name] = (cpu: number, access = 0, address = 0n): void => {
      assert.is(cpu, oracle.CPU_INDEX);
      const value = flags & CALL_MEM ? wasmSide.view.getBigUint64(ENV + L.ENV_VALUE, true) : 0n;
      oracle.pluginCall(wasmSide, (Number(name) << 7) | access, flags, address, value);
    };
  }
  const instance = new WebAssembly.Instance(module, { env: { memory: wasmSide.memory }, h, p });
  return regions.map((_, index) => instance.exports[`r${index}`] as unknown as RegionFunction);
}

/** Same random registers, pages, cells and budget on both sides. */
export function prepare(r: Random, budget: number): void {
  for (const m of [wasmSide, oracleSide]) oracle.resetMachine(m);
  const set = (slot: number, value: bigint): void => {
    oracle.write(wasmSide, slot, value);
    oracle.write(oracleSide, slot, value);
  };
  for (let slot = 16; slot < 40; slot++) set(slot, r.u64());
  for (const slot of ADDRESS_SLOTS) set(slot, randomAddress(r));
  set(L.SLOT_FP_MODE, BigInt(r.below(5)));
  for (const [, linear] of oracle.PAGES) {
    for (let at = 0; at < L.PAGE_SIZE; at += 4) {
      const word = r.next() | 0;
      wasmSide.view.setInt32(linear + at, word, true);
      oracleSide.view.setInt32(linear + at, word, true);
    }
  }
  for (const m of [wasmSide, oracleSide]) {
    m.view.setInt32(ENV + L.ENV_BUDGET, budget, true);
    new Uint8Array(m.memory.buffer, oracle.CELL, 256).fill(7);
    new Uint8Array(m.memory.buffer, oracle.RING_CURSOR, 8192).fill(0);
  }
}

export type Ended = 'exit' | 'leave' | 'budget' | 'goto' | 'pointer';

/** Calls the region function, replays on the oracle, compares. `blocks` are all the oracle may meet, by pc. */
export function compare(
  run: RegionFunction,
  entry: number,
  blocks: readonly (readonly [IrBlock, number])[],
): { ended: Ended; pc: bigint } {
  const byPc = new Map(blocks.map((each) => [each[0].pc, each]));
  const field = (m: oracle.Machine, offset: number): number => m.view.getInt32(ENV + offset, true);
  const budget = field(wasmSide, L.ENV_BUDGET);
  const result = run(ENV);
  const left = field(wasmSide, L.ENV_BUDGET);
  assert.ok(left >= 0 && left <= budget, `budget ${budget} -> ${left}`);
  const reason = result === 1n ? field(wasmSide, L.ENV_EXIT) : L.EXIT_NONE;
  const pc = result === 1n ? BigInt.asIntN(64, oracle.read(wasmSide, L.SLOT_PC)) : result;

  let at = entry;
  let rest = budget;
  let ended: Ended | undefined;
  while (ended === undefined) {
    if (rest === left && pc === BigInt(at) && (rest < budget || reason === L.EXIT_BUDGET)) {
      assert.ok(reason === L.EXIT_NONE || reason === L.EXIT_BUDGET || reason === L.EXIT_LEAVE, `exit ${reason}`);
      if (reason !== L.EXIT_LEAVE) {
        ended = reason === L.EXIT_BUDGET ? 'budget' : 'goto';
        break;
      }
    }
    const [ir, record] = byPc.get(at)!;
    assert.ok(rest - ir.insns >= 0, `function stopped with ${left} at ${pc}, the oracle went on to ${at}`);
    rest -= ir.insns;
    oracleSide.view.setInt32(ENV + L.ENV_BUDGET, rest, true);
    const outcome = oracle.evaluate(oracleSide, ir);
    switch (outcome.kind) {
      case 'goto':
        at = Number(outcome.pc);
        break;
      case 'ptr':
        ended = 'pointer';
        assert.is(BigInt.asUintN(64, result), outcome.pc);
        assert.is(pc, BigInt.asIntN(64, oracle.read(wasmSide, L.SLOT_PC)), 'slot pc');
        break;
      case 'fault':
        ended = 'leave';
        assert.is(reason, L.EXIT_LEAVE);
        assert.is(BigInt.asUintN(64, pc), outcome.pc);
        assert.is(field(wasmSide, L.ENV_REMAIN), ir.insns - outcome.insn, 'remain');
        rest += ir.insns - outcome.insn;
        break;
      case 'exit':
        ended = 'exit';
        assert.is(reason, outcome.reason);
        assert.is(BigInt.asUintN(64, pc), outcome.pc);
        assert.is(wasmSide.view.getBigInt64(ENV + L.ENV_EXIT_VALUE, true), BigInt(outcome.argument), 'exit value');
        rest += ir.insns - outcome.insn - 1;
        break;
    }
    if (outcome.kind === 'fault' || outcome.kind === 'exit') {
      assert.is(field(wasmSide, L.ENV_TB), record, 'record');
      assert.is(field(wasmSide, L.ENV_EXIT_INSN), outcome.insn, 'instruction index');
    }
  }
  assert.is(left, rest, 'budget');
  for (let slot = L.SLOT_FP_MODE; slot < 64; slot++) {
    assert.is(oracle.read(wasmSide, slot), oracle.read(oracleSide, slot), `slot ${slot} after ${ended}`);
  }
  assert.equal(wasmSide.log, oracleSide.log, 'log of callbacks');
  const same = (from: number, size: number, what: string): void =>
    assert.is(
      Buffer.compare(
        Buffer.from(wasmSide.memory.buffer, from, size),
        Buffer.from(oracleSide.memory.buffer, from, size),
      ),
      0,
      what,
    );
  for (const [page, linear] of oracle.PAGES) same(linear, L.PAGE_SIZE, `guest page ${page}`);
  same(oracle.CELL, 256, 'cells');
  same(oracle.RING_CURSOR, 8192, 'ring');
  return { ended, pc };
}
