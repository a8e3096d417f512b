// The bench's guests, built where needed: programs of scenarios/guests/linux, those of guests/ beside this file, SQLite
// from the amalgamation in the npm package `better-sqlite3`, and a program of nothing but different blocks.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buildDir, scenarioPath } from '../../scenarios/host-paths.ts';
import { buildGuests, crossCompiler } from '../conformance/qemu.ts';
import { buildDistinctBlocks } from './distinct-blocks.ts';

/** Pinned: another release brings another SQLite. */
const SQLITE_PACKAGE = 'better-sqlite3@12.11.1';
const SQLITE_OPTIONS = ['-DSQLITE_THREADSAFE=0', '-DSQLITE_OMIT_LOAD_EXTENSION', '-w'];

const directory = join(buildDir, 'bench');

/** Path of `sha1-O2`, `crc-O2` …: a program of scenarios/guests/linux. */
export function linuxGuest(name: string): string {
  return join(buildGuests(), name);
}

/** Path of a program of test/bench/guests, built at -O2. */
export function benchGuest(name: string): string {
  return compiled(name, [scenarioPath(`test/bench/guests/${name}.c`)], ['-lm']);
}

/** Path of the SQLite program; undefined when the amalgamation cannot be had. */
export function sqliteGuest(): string | undefined {
  const sources = sqliteSources();
  if (sources === undefined) return undefined;
  return compiled(
    'sqlite',
    [scenarioPath('test/bench/guests/sqlite.c'), join(sources, 'sqlite3.c')],
    [`-I${sources}`, ...SQLITE_OPTIONS, '-lm'],
  );
}

/** Path of a program with so many blocks, each run `rounds` times. */
export function distinctGuest(blocks: number, rounds: number): string {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, `distinct-${blocks}-${rounds}`);
  return existsSync(path) ? path : buildDistinctBlocks(directory, blocks, rounds);
}

function compiled(name: string, sources: readonly string[], more: readonly string[]): string {
  const out = join(directory, name);
  const newest = Math.max(...sources.map((source) => statSync(source).mtimeMs));
  if (existsSync(out) && statSync(out).mtimeMs >= newest) return out;
  mkdirSync(directory, { recursive: true });
  const scratch = `${out}.${process.pid}`;
  execFileSync(crossCompiler!, ['-O2', '-static', '-o', scratch, ...sources, ...more], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  renameSync(scratch, out);
  return out;
}

/** The directory of sqlite3.c and sqlite3.h, fetched once. */
function sqliteSources(): string | undefined {
  const sources = join(directory, 'package/deps/sqlite3');
  if (existsSync(join(sources, 'sqlite3.c'))) return sources;
  mkdirSync(directory, { recursive: true });
  try {
    execFileSync('npm', ['pack', '--silent', SQLITE_PACKAGE], { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
    const archive = readdirSync(directory).find((name) => name.endsWith('.tgz'));
    if (archive === undefined) return undefined;
    execFileSync('tar', ['xzf', archive, 'package/deps/sqlite3'], {
      cwd: directory,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    rmSync(join(directory, archive));
  } catch {
    return undefined;
  }
  return existsSync(join(sources, 'sqlite3.c')) ? sources : undefined;
}
