// Machine code that V8's optimiser has made of a WebAssembly module, as bytes that a later process of the same engine, with
// the same flags on the same kind of processor, takes instead of compiling again. V8 has this for embedders; inside it can
// only be had through functions meant for its own tests, so they are called only in the versions where they are known to
// work. Anybody who can write these bytes can have them run: they are read only from where programs are read from.

import { setFlagsFromString } from 'node:v8';

/** Calls `work` where scripts may name the engine's own functions. */
function withNatives<T>(work: () => T): T {
  setFlagsFromString('--allow-natives-syntax');
  try {
    return work();
  } finally {
    setFlagsFromString('--no-allow-natives-syntax');
  }
}

/** Whether any of this works here: checked for Node 20. */
export const keepsNativeCode: boolean = /^v20\./.test(process.version);

/** Where the machine code of the module in `file` is kept. */
export function nativeCodeFile(file: string): string {
  return `${file}.${process.version}-${process.arch}.native`;
}

/** How many of a module's exported functions the optimiser has been through. */
export function countOptimised(functions: readonly WebAssembly.ExportValue[]): number {
  if (!keepsNativeCode) return 0;
  return withNatives(() => {
    const isOptimised = new Function('f', 'return %IsTurboFanFunction(f)') as (f: unknown) => boolean;
    return functions.filter(isOptimised).length;
  });
}

/** The machine code of a module of which some function has been optimised; the engine refuses others by ending the process. */
export function encodeNativeCode(module: WebAssembly.Module): Uint8Array<ArrayBuffer> {
  const encode = (): ArrayBuffer => new Function('m', 'return %SerializeWasmModule(m)')(module);
  return new Uint8Array(withNatives(encode));
}

/** The module of `bytes` with this machine code; undefined when it is of another engine, other flags or another processor. */
export function decodeNativeCode(native: Uint8Array, bytes: Uint8Array): WebAssembly.Module | undefined {
  if (!keepsNativeCode || native.length === 0) return undefined;
  const decode = (): WebAssembly.Module | undefined =>
    new Function('n', 'b', 'return %DeserializeWasmModule(n, b)')(native.slice().buffer, bytes);
  return withNatives(decode);
}
