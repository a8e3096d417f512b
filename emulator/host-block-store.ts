// Translated blocks kept on disk between runs of the same program: one file a program and translator, in the user's cache
// directory. Files may be deleted at any time; what is damaged or out of date is not used; what cannot be read or written
// only costs time. They hold machine code: one that somebody else could have written is not used either.

import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Picture } from './exec/saved-blocks.ts';
import { packageRoot, renewCodeCaches } from './host-package.ts';
import { translatorIdentity } from './translators/identity.ts';
import type { Translator } from './translators/translator.ts';

/** Files kept, the newest; each holds 32 MiB at most, most hold less than one. */
const MOST_FILES = 64;
const SUFFIX = '.blocks';

export interface BlockStore {
  /** Everything that the blocks in the file depend on besides the guest code they are compared with. */
  readonly key: string;
  /** The picture in the file; undefined when there is none that may be used. */
  open(): Picture | undefined;
  write(blocks: Uint8Array): void;
}

/**
 * Where the blocks of a program are kept; undefined when they cannot be: parts of a user, or run from the sources. `hooks`
 * tells blocks with the hooks of a plugin from those without.
 */
export function blockStore(
  program: string,
  machine: 'user' | 'virt',
  translator: Translator,
  hooks = '',
): BlockStore | undefined {
  const identity = translatorIdentity(translator);
  if (identity === undefined || import.meta.filename.endsWith('.ts')) return undefined;
  const directory =
    process.env.LOCKSTEP_CACHE ?? join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'lockstep');
  let key: string;
  try {
    // What V8 checks of machine code does not tell one architecture from another.
    const engine = `${process.version} ${process.arch}`;
    key = [engine, build(), stamp(realpathSync(program)), machine, identity, hooks].join('\n');
  } catch {
    return undefined;
  }
  const file = join(directory, `${nameOf(key)}${SUFFIX}`);
  return {
    key,
    open() {
      try {
        return pictureIn(openSync(file, 'r'));
      } catch {
        return undefined;
      }
    },
    write(blocks) {
      try {
        mkdirSync(directory, { recursive: true, mode: 0o700 });
        const unfinished = `${file}.${process.pid}`;
        writeFileSync(unfinished, blocks, { mode: 0o600 });
        renameSync(unfinished, file);
        tidy(directory);
        renewCodeCaches();
      } catch {
        // Read-only or full: every run translates.
      }
    },
  };
}

/** The picture in an open file; undefined, and the file closed, when somebody else can have written it. */
function pictureIn(fd: number): Picture | undefined {
  const close = (): void => closeSync(fd);
  const stats = fstatSync(fd);
  if (!isOurs(stats)) {
    close();
    return undefined;
  }
  const read = (into: Uint8Array, at: number): boolean => {
    try {
      return readSync(fd, into, 0, into.length, at) === into.length;
    } catch {
      return false;
    }
  };
  return { size: stats.size, read, close };
}

/** Nobody but this user can have written it. */
function isOurs({ uid, mode }: Stats): boolean {
  return uid === process.getuid?.() && (mode & 0o022) === 0;
}

/** What `npm run build` has made, by what is in it. */
function build(): string {
  return readFileSync(join(packageRoot, 'dist', 'package.json'), 'utf8');
}

/** Tells one state of a file from another. */
function stamp(path: string): string {
  const { size, mtimeMs, ino } = statSync(path);
  return `${path} ${size} ${mtimeMs} ${ino}`;
}

/** 64 bits of the key as 16 hexadecimal digits; the file holds the whole key. */
function nameOf(key: string): string {
  let a = 0x811c9dc5;
  let b = 0x2545f491;
  for (let i = 0; i < key.length; i++) {
    a = Math.imul(a ^ key.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ key.charCodeAt(i), 0x5bd1e995);
    b ^= b >>> 15;
  }
  return [a, b].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

/** Deletes the oldest files beyond the most that are kept. */
function tidy(directory: string): void {
  const names = readdirSync(directory).filter((name) => name.endsWith(SUFFIX));
  if (names.length <= MOST_FILES) return;
  const age = new Map(names.map((name) => [name, statSync(join(directory, name)).mtimeMs]));
  names.sort((x, y) => age.get(y)! - age.get(x)!);
  for (const name of names.slice(MOST_FILES)) rmSync(join(directory, name), { force: true });
}
