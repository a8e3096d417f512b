#!/usr/bin/env node
// What dist/ starts: runs the script that lies beside it (main.js runs main.cjs) and the parts that it asks for from V8's
// code cache, so that short runs do not spend their time compiling JavaScript. Each kind of process has caches of its own,
// with what it compiles and no more: to read what others compile costs as much as what is used. They are written when a run ends
// that had to do without, and after the first run of a guest program; they may be deleted at any time, and a directory that
// cannot be written only costs time.

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { codeCachesAreOld, LENT_IMPORT } from '../emulator/host-package.ts';
import { tuneEngine } from '../emulator/runtime/host-flags.ts';
import { startSpares } from '../lockstep/side-process/index.ts';
import { compares } from './compares.ts';
import { PACK } from './launch-pack.ts';

/** A part, as bundle.ts writes it: a function expression in ASCII. */
type Part = (load: (specifier: string) => unknown, module: { exports: unknown }, filename: string) => void;

/** Node's modules that a process needs, by its kind. */
const BUILTINS = new Map<string, readonly string[]>([
  ['emu', ['node:os', 'node:module']],
  ['run', ['node:child_process', 'node:tty', 'node:os', 'node:module']],
  ['bisect', ['node:child_process', 'node:tty', 'node:os', 'node:crypto', 'node:module']],
  ['instance-main', ['node:net', 'node:os']],
]);

/** Of the command line the command, where it matters; else the name of the script. */
const kind = ((): string => {
  const script = basename(__filename, '.js');
  const command = process.argv[2] ?? '';
  return script === 'main' && BUILTINS.has(command) ? command : script;
})();

// Node carries V8's code for them, valid for the flags it was built with: loaded later they take three times as long.
for (const name of BUILTINS.get(kind) ?? []) require(name);
// Two processes are to be on their way as early as can be: loading what starts them takes longer than to start them.
if (kind === 'run' && compares()) startSpares();
// Flags are part of what a cache is valid for, when it is read as when it is written: they are set before the first script,
// not when the first machine is made.
tuneEngine();
Object.defineProperty(globalThis, LENT_IMPORT, { value: (specifier: string) => import(specifier) });

let packed: Readonly<Record<string, Part>> | undefined;
const parts = new Map<string, { exports: unknown }>();
/** By the file of their cache: all scripts, and whether that is to be written. */
const scripts = new Map<string, { readonly script: Script; readonly uncached: boolean }>();

function loadPart(filename: string): unknown {
  const loaded = parts.get(filename);
  if (loaded) return loaded.exports;
  const module = { exports: {} };
  parts.set(filename, module);
  const part = packedPart(filename) ?? (compile(filename).runInThisContext() as Part);
  part((id) => (id.startsWith('.') ? loadPart(partFile(filename, id)) : require(id)), module, filename);
  return module.exports;
}

/** Small parts that others share lie in one script. */
function packedPart(filename: string): Part | undefined {
  const name = basename(filename);
  if (!name.startsWith('chunk-')) return undefined;
  packed ??= compile(join(dirname(filename), PACK)).runInThisContext() as Readonly<Record<string, Part>>;
  return packed[name];
}

/** Parts name each other as the ES modules they were. */
function partFile(from: string, specifier: string): string {
  return join(dirname(from), specifier.replace(/\.js$/, '.cjs'));
}

function compile(filename: string): Script {
  const cacheFile = `${filename}.${kind}.${process.version}-${process.arch}.cache`;
  const cachedData = readCache(cacheFile);
  const script = new Script(readPart(filename), { filename, ...(cachedData && { cachedData }) });
  // A run that warms the caches (warm.ts) adds what it has compiled to what they hold.
  const uncached = !cachedData || script.cachedDataRejected === true || process.env.LOCKSTEP_WARM !== undefined;
  scripts.set(cacheFile, { script, uncached });
  return script;
}

/** Parts are read while the process runs: there may be another build by then. */
function readPart(filename: string): string {
  try {
    return readFileSync(filename, 'latin1');
  } catch (error) {
    const fault = new Error(`a part of the build cannot be read: ${(error as Error).message}`);
    const remedy = 'Start it again, if it has been built meanwhile; npm run build makes what is missing.';
    throw Object.assign(fault, { name: 'UsageError', remedy });
  }
}

function readCache(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** After the run: what it compiled on the way is in the cache too. */
function writeCache(file: string, script: Script): void {
  try {
    const unfinished = `${file}.${process.pid}`;
    writeFileSync(unfinished, script.createCachedData());
    renameSync(unfinished, file);
  } catch {
    // Read-only installation: every run compiles.
  }
}

process.once('exit', () => {
  for (const [file, { script, uncached }] of scripts) if (uncached || codeCachesAreOld()) writeCache(file, script);
});
// Nothing is left to be done then. To take the heap and all machine code apart, piece by piece, takes Node up to a
// fiftieth of a run; the system does it at once.
process.once('beforeExit', () => process.exit());
// CommonJS in the build, like the parts: the name is the module's own.
loadPart(__filename.replace(/\.js$/, '.cjs'));
