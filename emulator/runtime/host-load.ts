// Loads and instantiates the runtime. The compiled module lies in dist/ whichever way the sources are run.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../host-package.ts';
import { UsageError } from '../must.ts';
import { hastenWasmOptimiser } from './host-flags.ts';
import { decodeNativeCode, nativeCodeFile } from './host-native-code.ts';

/** What the runtime exports besides the floating-point helpers (see runtime/assembly/index.ts). */
export interface RuntimeExports {
  readonly table: WebAssembly.Table;
  run(env: number, first: number, interpret: number): void;
  setHotThreshold(count: number): void;
  allocFrame(zero: number): number;
  freeFrame(frame: number): void;
  getFramesUsed(): number;
  setFrameLimit(limit: number): void;
  entryOf(addr: bigint, make: number): number;
  markDirty(entry: number, page: number): void;
  setTracking(on: number): void;
  beginEpoch(): void;
  getDirtyCount(): number;
  isUndoLost(): number;
  memoryDigest(): bigint;
  stateDigest(cpus: number, slotEnd: number): bigint;
  digestBytes(at: number, size: number, seed: bigint): bigint;
  mix(digest: bigint, word: bigint): bigint;
  flushTlb(cpus: number): void;
  flushWriteTags(cpus: number): void;
  flushPage(cpus: number, addr: bigint): void;
  setObservedSlots(end: number): void;
  setSliceEnd(icount: number): void;
  getObserveCount(): number;
  getObserveLost(): number;
  clearObservations(): void;
  observeBytes(addr: bigint, linear: number, length: number): void;
  resetStores(): void;
  getStores(): bigint;
  setStores(value: bigint): void;
}

/** What the runtime imports under "host". */
export interface RuntimeHost {
  resolve(addr: bigint, access: number): number;
  codeWrite(env: number, tb: number, addr: bigint, size: number): number;
  ioAccepts(addr: bigint, size: number, write: number): number;
  ioRead(env: number, addr: bigint, size: number): bigint;
  ioWrite(env: number, addr: bigint, size: number, value: bigint): void;
  link(tb: number, slot: number, pc: bigint): number;
  pluginExec(word: number, cpu: number): void;
  pluginAccess(word: number, cpu: number, address: bigint): void;
}

/** Bytes of a page of WebAssembly memory. */
const WASM_PAGE = 65536;

/**
 * The linear memory of one machine. Declared shared although nobody shares it: V8 counts a private one of this size as
 * pressure on its JavaScript heap and answers with collections (three in a row, 10 to 40 ms of every run).
 */
export function makeLinearMemory(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / WASM_PAGE);
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}

/** The compiled module. `npm run build` leaves beside it what V8's optimiser makes of it. */
export const RUNTIME: string = join(packageRoot, 'dist', 'emulator', 'runtime', 'runtime.wasm');

function readFile(path: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return new Uint8Array(readFileSync(path));
  } catch {
    return undefined;
  }
}

let compiled: WebAssembly.Module | undefined;

/** A runtime over `memory`. Compiled once a process. */
export function instantiateRuntime(
  memory: WebAssembly.Memory,
  host: RuntimeHost,
): { exports: RuntimeExports; helpers: Record<string, WebAssembly.ExportValue> } {
  if (!compiled) {
    hastenWasmOptimiser();
    const bytes = readFile(RUNTIME);
    if (!bytes) throw new UsageError('the emulator runtime has not been built', 'run: npm run build');
    const native = readFile(nativeCodeFile(RUNTIME));
    compiled = (native && decodeNativeCode(native, bytes)) ?? new WebAssembly.Module(bytes);
  }
  const instance = new WebAssembly.Instance(compiled, {
    env: {
      memory,
      abort: () => {
        throw new Error('internal error: runtime abort');
      },
    },
    host: { ...host },
  });
  return { exports: instance.exports as unknown as RuntimeExports, helpers: instance.exports };
}
