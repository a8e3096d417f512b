// Machine code that V8's optimiser has made of a WebAssembly module, as bytes that a later process of the same engine, with
// the same flags on the same kind of processor, takes instead of compiling again. V8 has this for embedders; inside it can
// only be had through functions meant for its own tests, so they are called only in the versions where they are known to
// work. Anybody who can write these bytes can have them run: they are read only from where programs are read from.

import { setEngineFlag } from './host-flags.ts';

/** The engine's own functions. */
interface Natives {
  isOptimised(exported: unknown): boolean;
  encode(module: WebAssembly.Module): ArrayBuffer;
  decode(native: ArrayBuffer, bytes: Uint8Array): WebAssembly.Module | undefined;
}

let natives: Natives | undefined;

/** Only here may scripts name them: the engine compiles what does when it is called. The flag is part of what its code is valid for. */
function withNatives<T>(work: (natives: Natives) => T): T {
  setEngineFlag('--allow-natives-syntax');
  try {
    natives ??= {
      isOptimised: new Function('f', 'return %IsTurboFanFunction(f)') as Natives['isOptimised'],
      encode: new Function('m', 'return %SerializeWasmModule(m)') as Natives['encode'],
      decode: new Function('n', 'b', 'return %DeserializeWasmModule(n, b)') as Natives['decode'],
    };
    return work(natives);
  } finally {
    setEngineFlag('--no-allow-natives-syntax');
  }
}

/** Whether any of this works here: checked for Node 20. */
export const keepsNativeCode: boolean = /^v20\./.test(process.version);

/** Where the machine code of the module in `file` is kept. */
export function nativeCodeFile(file: string): string {
  return `${file}.${process.version}-${process.arch}.native`;
}

/** Of each module's exported functions, how many the optimiser has been through. */
export function countOptimised(modules: readonly (readonly WebAssembly.ExportValue[])[]): number[] {
  if (!keepsNativeCode) return modules.map(() => 0);
  return withNatives(({ isOptimised }) => modules.map((functions) => functions.filter(isOptimised).length));
}

/** The machine code of a module of which some function has been optimised; the engine refuses others by ending the process. */
export function encodeNativeCode(module: WebAssembly.Module): Uint8Array<ArrayBuffer> {
  return new Uint8Array(withNatives(({ encode }) => encode(module)));
}

/** The module of `bytes` with this machine code; undefined when it is of another engine, other flags or another processor. */
export function decodeNativeCode(native: Uint8Array, bytes: Uint8Array): WebAssembly.Module | undefined {
  if (!keepsNativeCode || native.length === 0) return undefined;
  return withNatives(({ decode }) => decode(native.slice().buffer, bytes));
}
