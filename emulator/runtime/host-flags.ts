// Flags of the host's JavaScript engine that change speed only.

interface Engine {
  setFlagsFromString(flags: string): void;
}

let engine: Engine | undefined;
let asked = false;

/** 20 for v20.19.0. */
function majorVersion(): number {
  return Number(/^v(\d+)/.exec(process.version)?.[1] ?? 0);
}

/** Whether this is an engine whose flags have been looked at (Node 20 to 25): others complain of those they do not know. */
function isKnown(): boolean {
  const major = majorVersion();
  return major >= 20 && major <= 25;
}

/**
 * What sets the flags. `node:v8` would load all of Node's streams, which nothing else in a short run needs and which take more
 * than any other thing that it has of Node (4.5 of 67 ms); so in the versions where that works, Node's older door to the same
 * function is used, without the warning that it is old.
 */
function openEngine(): Engine {
  if (majorVersion() !== 20) return process.getBuiltinModule('node:v8');
  const { noDeprecation } = process;
  process.noDeprecation = true;
  try {
    const old = (process as unknown as { binding(name: string): Partial<Engine> }).binding('v8');
    return old.setFlagsFromString ? (old as Engine) : process.getBuiltinModule('node:v8');
  } catch {
    return process.getBuiltinModule('node:v8');
  } finally {
    process.noDeprecation = noDeprecation ?? false;
  }
}

/** Sets flags of V8, as on a command line. */
export function setEngineFlag(flag: string): void {
  engine ??= openEngine();
  engine.setFlagsFromString(flag);
}

/**
 * Turns on branch hints, without which V8 lays the rare path of every memory access inside hot code. Must come before
 * anything is compiled.
 */
export function enableBranchHints(): boolean {
  if (!isKnown()) return false;
  if (!asked) setEngineFlag('--experimental-wasm-branch-hinting');
  asked = true;
  return true;
}

/**
 * Makes the engine wait longer before it optimises a function: in a run of half a second the optimiser costs more than
 * it gives back, and competes with that of WebAssembly. Measured: 0.51 s to 0.34 s for 100 M instructions of SHA-1,
 * 0.49 s to 0.36 s for a program that is mostly translation. Later engines than Node 20's do not know the flag and
 * complain.
 */
function postponeOptimiser(): void {
  if (majorVersion() === 20) setEngineFlag('--interrupt-budget=600000');
}

/**
 * Makes V8 optimise a function of a WebAssembly module after it has run some 300 000 bytes of its code instead of 1.8 million:
 * regions are hot when they are made, and the runtime comes optimised (host-load.ts).
 */
export function hastenWasmOptimiser(): void {
  if (majorVersion() === 20) setEngineFlag('--wasm-tiering-budget=300000');
}

/**
 * Keeps the bytecode of functions that have not run for a while. The engine drops it otherwise, and then V8's code cache,
 * written at the end of a run, lacks all that ran only at the beginning, which every later run compiles again.
 */
function keepBytecode(): void {
  setEngineFlag('--no-flush-bytecode');
}

/**
 * Has the young generation collected by the thread that has filled it. Helpers must first be given a processor, and the
 * processes of a comparison have none to spare: a megabyte took 4 to 9 ms with them and takes 1 ms without.
 */
function collectAlone(): void {
  if (isKnown()) setEngineFlag('--no-parallel-scavenge');
}

/** All of these. Flags are part of what code caches and machine code are valid for: each process sets them at its start. */
export function tuneEngine(): void {
  enableBranchHints();
  postponeOptimiser();
  keepBytecode();
  hastenWasmOptimiser();
  collectAlone();
}
