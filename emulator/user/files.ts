// What a process sees as the file system: absolute paths and handles, without descriptors or positions (those are the
// process's, descriptors.ts). Implementations: memory-files.ts (writes stay in memory) and host-files.ts. Failures are
// thrown as Errno. Inode numbers and times do not come from the host, so that two sides see the same.

import { EBUSY, EINVAL, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, ENOTEMPTY, fail } from './errno.ts';

export const O_ACCMODE = 3;
export const O_RDONLY = 0;
export const O_WRONLY = 1;
export const O_RDWR = 2;
export const O_CREAT = 0o100;
export const O_EXCL = 0o200;
export const O_TRUNC = 0o1000;
export const O_APPEND = 0o2000;
export const O_NONBLOCK = 0o4000;
export const O_DIRECTORY = 0o200000;
export const O_NOFOLLOW = 0o400000;
export const O_CLOEXEC = 0o2000000;
export const O_PATH = 0o10000000;

export const S_IFMT = 0o170000;
export const S_IFREG = 0o100000;
export const S_IFDIR = 0o040000;
export const S_IFLNK = 0o120000;
export const S_IFCHR = 0o020000;
export const S_IFIFO = 0o010000;

/** 2020-01-01T00:00:00Z: where CLOCK_REALTIME starts, and the time of every file that was given no other. */
export const EPOCH_SECONDS = 1577836800;

export interface FileTime {
  readonly seconds: number;
  readonly nanos: number;
}

export interface FileStat {
  readonly ino: number;
  /** Type and permission bits (S_IF*). */
  readonly mode: number;
  readonly nlink: number;
  readonly size: number;
  readonly atime: FileTime;
  readonly mtime: FileTime;
}

export interface DirEntry {
  readonly name: string;
  readonly ino: number;
  /** S_IFREG, S_IFDIR or S_IFLNK. */
  readonly type: number;
}

export type FileHandle = number;

export interface FileSystem {
  /** The directory a process starts in; `/` when missing. */
  readonly start?: string;
  /** Opens or creates by Linux's O_* flags; `mode` already has the umask applied. */
  open(path: string, flags: number, mode: number): FileHandle;
  close(handle: FileHandle): void;
  /** Another handle of the same file, closed on its own. */
  duplicate(handle: FileHandle): FileHandle;
  stat(handle: FileHandle): FileStat;
  /** Bytes from `position`; fewer at the end of the file, none past it. */
  read(handle: FileHandle, position: number, length: number): Uint8Array;
  write(handle: FileHandle, position: number, bytes: Uint8Array): number;
  truncate(handle: FileHandle, size: number): void;
  /** Entries without `.` and `..`, sorted by name. */
  list(handle: FileHandle): DirEntry[];

  lookup(path: string, follow: boolean): FileStat;
  /** The path without symbolic links, `.` and `..`; it exists. */
  resolve(path: string): string;
  readlink(path: string): string;
  mkdir(path: string, mode: number): void;
  rmdir(path: string): void;
  unlink(path: string): void;
  rename(from: string, to: string, noReplace: boolean): void;
  link(from: string, to: string): void;
  symlink(target: string, path: string): void;
  chmod(path: string, mode: number): void;
  /** undefined leaves a time as it is. */
  setTimes(path: string, follow: boolean, atime: FileTime | undefined, mtime: FileTime | undefined): void;

  save(): unknown;
  restore(state: unknown): void;
}

export const FILE_EPOCH: FileTime = { seconds: EPOCH_SECONDS, nanos: 0 };

/** Joins a path to a base directory. Leaves `..` alone: it means something only once links are followed. */
export function joinPath(base: string, path: string): string {
  return path.startsWith('/') ? path : `${base === '/' ? '' : base}/${path}`;
}

/** An inode number that depends on nothing but the file's path: 48 bits of FNV-1a, never 0. */
export function inodeOf(path: string): number {
  let low = 0x811c9dc5;
  let high = 0xcbf29ce4;
  for (let i = 0; i < path.length; i++) {
    low = Math.imul(low ^ path.charCodeAt(i), 0x01000193);
    high = Math.imul(high ^ path.charCodeAt(i) ^ (low >>> 24), 0x01000193);
  }
  return (high & 0xffff) * 4294967296 + (low >>> 0) || 1;
}

/** rmdir refuses the two names every directory has, by what they would remove. */
export function checkRemovable(path: string): void {
  if (/\/\.\/*$/.test(path) || path === '.') fail(EINVAL);
  if (/\/\.\.\/*$/.test(path) || path === '..') fail(ENOTEMPTY);
}

/** rename neither moves nor replaces the root or a name every directory has. */
export function checkRenamable(...paths: string[]): void {
  for (const path of paths) {
    const last = path.split('/').findLast((name) => name !== '');
    if (last === undefined || last === '.' || last === '..') fail(EBUSY);
  }
}

export const PATH_MAX = 4096;
const NAME_MAX = 255;
const MAX_LINKS = 40;

/** What the walk needs to know of one place: its type, and where it points if it is a link. */
export interface Step {
  readonly type: number;
  readonly target?: string;
}

/**
 * Walks an absolute path as Linux does. Returns the canonical path; its last component need not exist, the others do.
 * `follow` says whether a link in the last place is followed. `at` is asked with canonical paths.
 */
export function walkPath(path: string, follow: boolean, at: (path: string) => Step | undefined): string {
  if (path.length >= PATH_MAX) fail(ENAMETOOLONG);
  const todo = path.split('/').reverse();
  const mustBeDirectory = path.endsWith('/') || path.endsWith('/.');
  const done: string[] = [];
  let links = 0;
  while (todo.length > 0) {
    const name = todo.pop()!;
    if (name === '' || name === '.') continue;
    if (name.length > NAME_MAX) fail(ENAMETOOLONG);
    if (name === '..') {
      done.pop();
      continue;
    }
    const here = `/${[...done, name].join('/')}`;
    const last = todo.every((rest) => rest === '' || rest === '.');
    const step = at(here);
    if (step === undefined && !last) fail(ENOENT);
    if (step?.target !== undefined && (!last || follow || mustBeDirectory)) {
      if (++links > MAX_LINKS) fail(ELOOP);
      if (step.target === '') fail(ENOENT);
      if (step.target.startsWith('/')) done.length = 0;
      todo.push(...step.target.split('/').reverse());
      continue;
    }
    if (step !== undefined && !last && step.type !== S_IFDIR) fail(ENOTDIR);
    if (step !== undefined && last && mustBeDirectory && step.type !== S_IFDIR) fail(ENOTDIR);
    done.push(name);
  }
  return `/${done.join('/')}`;
}
