// Flags of the host's JavaScript engine that change speed only.

import { setFlagsFromString } from 'node:v8';

let asked = false;

/**
 * Turns on branch hints, without which V8 lays the rare path of every memory access inside hot code. Must come before
 * anything is compiled. Engines that do not know the flag ignore it with a warning that we do not want, so it is
 * only set where it is known to exist (Node 20 to 25).
 */
export function enableBranchHints(): boolean {
  const major = Number(/^v(\d+)/.exec(process.version)?.[1] ?? 0);
  if (major < 20 || major > 25) return false;
  if (!asked) setFlagsFromString('--experimental-wasm-branch-hinting');
  asked = true;
  return true;
}
