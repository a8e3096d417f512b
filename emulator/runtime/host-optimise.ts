// Leaves beside the compiled runtime what V8's optimiser makes of it, so that no run has to wait for that. Run by
// `npm run build`; not part of the program.

import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { setEngineFlag, tuneEngine } from './host-flags.ts';
import { RUNTIME } from './host-load.ts';
import { encodeNativeCode, keepsNativeCode, nativeCodeFile } from './host-native-code.ts';

/** Time in which the optimiser has at least something to show, in ms. */
const PATIENCE = 250;

async function optimise(file: string): Promise<void> {
  // Machine code is valid for one set of flags: that of every process of the build.
  tuneEngine();
  setEngineFlag('--no-wasm-dynamic-tiering');
  setEngineFlag('--no-wasm-lazy-compilation');
  const module = new WebAssembly.Module(new Uint8Array(readFileSync(file)));
  setEngineFlag('--wasm-dynamic-tiering');
  setEngineFlag('--wasm-lazy-compilation');
  // Functions are optimised behind our back, one by one; nothing tells when the last one is.
  let native = new Uint8Array(0);
  for (let before = -1; native.length !== before; ) {
    before = native.length;
    await setTimeout(PATIENCE);
    native = encodeNativeCode(module);
  }
  writeFileSync(nativeCodeFile(file), native);
}

if (keepsNativeCode) await optimise(RUNTIME);
