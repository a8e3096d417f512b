#!/usr/bin/env node
// What dist/ starts: runs the bundle that lies beside it (main.js runs main.cjs) from V8's code cache, so that short runs
// do not spend their time compiling JavaScript. The cache is written when a run ends without a usable one; it may be
// deleted at any time, and a directory that cannot be written only costs time.

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { Script } from 'node:vm';
import { LENT_IMPORT } from '../emulator/host-package.ts';
import { enableBranchHints, keepBytecode, postponeOptimiser } from '../emulator/runtime/host-flags.ts';

// CommonJS in the build, like the bundle it runs: these are the module's own.
const filename = __filename.replace(/\.js$/, '.cjs');
const cacheFile = `${filename}.${process.version}-${process.arch}.cache`;

// Flags are part of what a cache is valid for: they are set before, not when the first machine is made.
enableBranchHints();
postponeOptimiser();
keepBytecode();

function readCache(): Buffer | undefined {
  try {
    return readFileSync(cacheFile);
  } catch {
    return undefined;
  }
}

const cachedData = readCache();
// The bundle is a function expression in ASCII (bundle.ts).
const script = new Script(readFileSync(filename, 'latin1'), { filename, ...(cachedData && { cachedData }) });
if (!cachedData || script.cachedDataRejected) {
  process.once('exit', () => {
    try {
      const unfinished = `${cacheFile}.${process.pid}`;
      // After the run: what it compiled on the way is in the cache too.
      writeFileSync(unfinished, script.createCachedData());
      renameSync(unfinished, cacheFile);
    } catch {
      // Read-only installation: every run compiles.
    }
  });
}
Object.defineProperty(globalThis, LENT_IMPORT, { value: (specifier: string) => import(specifier) });
script.runInThisContext()(require, { exports: {} }, filename);
