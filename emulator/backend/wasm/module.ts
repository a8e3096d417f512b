// One Wasm module holding a function per region: memory, helpers and plugins' callbacks are imported, regions are
// exported as r0, r1, … in the order given. With branch hints, the custom section that V8 reads under its flag
// `--experimental-wasm-branch-hinting` marks misses, spent budgets and conditional callbacks as unlikely.

import { hiOf, loOf } from '../../bits.ts';
import { HELPERS } from '../../ir/helper.ts';
import type { BranchHint } from './body.ts';
import { emitRegion, pcKey } from './emit.ts';
import { Writer } from './encoder.ts';
import { KIND_FUNC, KIND_MEMORY, Section, TYPE_FUNC, TYPE_I32, TYPE_I64 } from './opcode.ts';
import { type Region, scanRegion } from './scan.ts';

/** Limits of a shared memory: least and most pages follow. */
const LIMITS_SHARED = 3;
const MOST_PAGES = 65536;

export interface WasmOptions {
  /** Emit `metadata.code.branch_hint`; pays only when V8's flag is set before anything is compiled. */
  readonly branchHints: boolean;
  /** Decisions on what a region does at its entry and at its checks of the budget; missing: the usual. */
  readonly decisions?: RegionDecisions;
}

export interface RegionDecisions {
  /** Is the global in `slot`, which the region needs, loaded when it is entered at `head`? */
  entryLoad(head: number, slot: number): boolean;
  /** The budget below which it leaves at the block `at`; `longest` is the longest way from there to the next check. */
  deadline(head: number, at: number, longest: number): number;
}

/** Function types: 0 a region, 1 to 4 a helper of 0 to 3 operands, 5 a plugin's callback, 6 one that is told of accesses. */
const TYPE_REGION = 0;
const TYPE_HELPER = 1;
const TYPE_CALLBACK = 5;
const TYPE_ACCESS_CALLBACK = 6;
const HELPER_ARGS = 4;

/**
 * Compiles regions to one module. Imports: memory env.memory (any limits), h.<helper> for the helpers used, p.<number>
 * for callbacks of plugins: (cpu: i32), or (cpu: i32, access: i32, address: i64) with the value in ENV_VALUE. A function
 * each, since a call that goes through a table in JavaScript costs as much again. Exports r0, r1, …: (env: i32) -> i64, the
 * next guest pc, or 1 with ENV_EXIT set.
 */
export function compileRegions(regions: readonly Region[], options: WasmOptions): Uint8Array<ArrayBuffer> {
  const calls = { helpers: new Set<number>(), callbacks: new Set<number>() };
  const scans = regions.map((region) => scanRegion(region, calls));
  const helpers = [...calls.helpers].sort((a, b) => a - b);
  const callbacks = [...calls.callbacks].sort((a, b) => a - b);
  const imported = helpers.length + callbacks.length;

  const entries = new Map<string, number>();
  for (const [index, scan] of scans.entries()) {
    const { pc } = scan.blocks[0]!.ir;
    const key = pcKey(loOf(pc), hiOf(pc));
    if (!entries.has(key)) entries.set(key, imported + index);
  }
  const callees = {
    helpers: new Map(helpers.map((helper, index) => [helper, index])),
    callbacks: new Map(callbacks.map((key, index) => [key, helpers.length + index])),
    regions: entries,
  };
  const code = new Writer(16384);
  code.u32(scans.length);
  const scratch = new Writer(8192);
  const hints = scans.map((scan) => emitRegion(scan, callees, scratch, options.decisions).finish(code));

  const out = new Writer(16384);
  for (const byte of [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]) out.byte(byte);
  section(out, Section.type, () => writeTypes(out));
  section(out, Section.import, () => writeImports(out, helpers, callbacks));
  section(out, Section.function, () => {
    out.u32(scans.length);
    for (const _ of scans) out.u32(TYPE_REGION);
  });
  section(out, Section.export, () => {
    out.u32(scans.length);
    for (const index of scans.keys()) {
      out.name(`r${index}`);
      out.byte(KIND_FUNC);
      out.u32(imported + index);
    }
  });
  if (options.branchHints) section(out, Section.custom, () => writeHints(out, hints, imported));
  section(out, Section.code, () => out.append(code));
  return out.finish();
}

function section(out: Writer, id: number, write: () => void): void {
  out.byte(id);
  const at = out.beginSized();
  write();
  out.endSized(at);
}

function writeTypes(out: Writer): void {
  const type = (params: readonly number[], results: readonly number[]): void => {
    out.byte(TYPE_FUNC);
    for (const list of [params, results]) {
      out.u32(list.length);
      for (const each of list) out.byte(each);
    }
  };
  out.u32(TYPE_ACCESS_CALLBACK + 1);
  type([TYPE_I32], [TYPE_I64]);
  for (let args = 0; args < HELPER_ARGS; args++) {
    type([TYPE_I32, ...new Array<number>(args).fill(TYPE_I64), TYPE_I32], [TYPE_I64]);
  }
  type([TYPE_I32], []);
  type([TYPE_I32, TYPE_I32, TYPE_I64], []);
}

function writeImports(out: Writer, helpers: readonly number[], callbacks: readonly number[]): void {
  out.u32(1 + helpers.length + callbacks.length);
  out.name('env');
  out.name('memory');
  out.byte(KIND_MEMORY);
  // At least one page, any maximum: matches every memory that is shared.
  out.byte(LIMITS_SHARED);
  out.u32(1);
  out.u32(MOST_PAGES);
  for (const helper of helpers) {
    const { name, args } = HELPERS[helper]!;
    out.name('h');
    out.name(name);
    out.byte(KIND_FUNC);
    out.u32(TYPE_HELPER + args);
  }
  for (const key of callbacks) {
    out.name('p');
    out.name(String(key >>> 1));
    out.byte(KIND_FUNC);
    out.u32(key & 1 ? TYPE_ACCESS_CALLBACK : TYPE_CALLBACK);
  }
}

/** By region, in the order of their offsets. */
function writeHints(out: Writer, hints: readonly (readonly BranchHint[])[], imported: number): void {
  out.name('metadata.code.branch_hint');
  out.u32(hints.length);
  for (const [index, branches] of hints.entries()) {
    out.u32(imported + index);
    out.u32(branches.length);
    for (const { offset, likely } of branches) {
      out.u32(offset);
      out.u32(1);
      out.byte(likely ? 1 : 0);
    }
  }
}
