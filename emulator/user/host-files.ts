// The host's files: as a read-only layer under MemoryFiles, and as a read-write file system for plain `emu` runs.
// The only place in this room that touches node:fs. `root` is the guest's `/`: links are walked here, not by the host,
// so that nothing outside it is reached. What the host changes by itself cannot be rolled back; handles can.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { EACCES, EBADF, EEXIST, EINVAL, EIO, EISDIR, ELOOP, ENOENT, ENOTDIR, Errno, fail } from './errno.ts';
import type { DirEntry, FileHandle, FileStat, FileSystem, FileTime } from './files.ts';
import {
  checkRemovable,
  checkRenamable,
  FILE_EPOCH,
  inodeOf,
  O_ACCMODE,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_PATH,
  O_RDONLY,
  O_TRUNC,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  type Step,
  walkPath,
} from './files.ts';
import type { LowerFiles } from './memory-files.ts';

/** Linux's number for each of the host's error names; only these leave this file. */
const LINUX_ERRNO: Readonly<Record<string, number>> = {
  EPERM: 1,
  ENOENT: 2,
  EIO: 5,
  EBADF: 9,
  ENOMEM: 12,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ETXTBSY: 26,
  EFBIG: 27,
  ENOSPC: 28,
  EROFS: 30,
  EMLINK: 31,
  ENAMETOOLONG: 36,
  ENOTEMPTY: 39,
  ELOOP: 40,
};

function attempt<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof Errno) throw error;
    const name = (error as { code?: unknown }).code;
    if (typeof name !== 'string') throw error;
    return fail(LINUX_ERRNO[name] ?? EIO);
  }
}

function joined(root: string, guestPath: string): string {
  return root === '/' ? guestPath : path.join(root, guestPath);
}

/** With the host's own root a process starts where the person is. */
function startIn(root: string): string {
  return root === '/' ? path.resolve('.') : '/';
}

/** Type and permission bits as the guest sees them; undefined for what it cannot use (devices, sockets). */
function modeOf(stats: fs.Stats): number | undefined {
  const type = stats.mode & S_IFMT;
  return type === S_IFREG || type === S_IFDIR || type === S_IFLNK ? type | (stats.mode & 0o7777) : undefined;
}

/** The host's files for reading. Devices, sockets and pipes of the host do not exist in it. */
export function hostLayer(root = '/'): LowerFiles {
  return {
    start: startIn(root),
    stat(guestPath) {
      const stats = fs.lstatSync(joined(root, guestPath), { throwIfNoEntry: false });
      const mode = stats === undefined ? undefined : modeOf(stats);
      return stats === undefined || mode === undefined ? undefined : { mode, size: stats.size };
    },
    read(guestPath, position, length) {
      return attempt(() => {
        const fd = fs.openSync(joined(root, guestPath), 'r');
        try {
          return readAt(fd, position, length);
        } finally {
          fs.closeSync(fd);
        }
      });
    },
    list(guestPath) {
      return attempt(() =>
        fs
          .readdirSync(joined(root, guestPath))
          .filter((name) => this.stat(path.posix.join(guestPath, name)) !== undefined),
      );
    },
    readlink(guestPath) {
      return attempt(() => fs.readlinkSync(joined(root, guestPath)));
    },
  };
}

function readAt(fd: number, position: number, length: number): Uint8Array {
  const buffer = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const count = fs.readSync(fd, buffer, done, length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return buffer.subarray(0, done);
}

interface Open {
  readonly guestPath: string;
  readonly flags: number;
  /** Host descriptor; undefined for directories, O_PATH, and files to be reopened after a restore. */
  fd: number | undefined;
}

export class HostFiles implements FileSystem {
  readonly start: string;
  private readonly root: string;
  private readonly open_ = new Map<FileHandle, Open>();
  /** Handles closed by the guest whose descriptors a restored state may want again. */
  private nextHandle = 1;
  /** Times the guest has set, by path; all others are FILE_EPOCH, whatever the host says. */
  private times = new Map<string, { atime: FileTime; mtime: FileTime }>();

  constructor(root = '/') {
    this.root = attempt(() => fs.realpathSync(root));
    this.start = startIn(this.root);
  }

  private host(guestPath: string): string {
    return joined(this.root, guestPath);
  }

  private step(guestPath: string): Step | undefined {
    const stats = fs.lstatSync(this.host(guestPath), { throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    const type = stats.mode & S_IFMT;
    return type === S_IFLNK ? { type, target: fs.readlinkSync(this.host(guestPath)) } : { type };
  }

  private walk(guestPath: string, follow: boolean): string {
    return attempt(() => walkPath(guestPath, follow, (place) => this.step(place)));
  }

  private opened(handle: FileHandle): Open {
    return this.open_.get(handle) ?? fail(EBADF);
  }

  private fdOf(handle: FileHandle): number {
    const open = this.opened(handle);
    if (open.fd === undefined) {
      if ((open.flags & O_DIRECTORY) !== 0) fail(EISDIR);
      open.fd = attempt(() => fs.openSync(this.host(open.guestPath), open.flags & O_ACCMODE));
    }
    return open.fd;
  }

  open(guestPath: string, flags: number, mode: number): FileHandle {
    const exclusive = (flags & O_CREAT) !== 0 && (flags & O_EXCL) !== 0;
    const where = this.walk(guestPath, !exclusive && (flags & O_NOFOLLOW) === 0);
    const there = attempt(() => this.step(where));
    if (there === undefined) {
      if ((flags & O_CREAT) === 0) fail(ENOENT);
      if (guestPath.endsWith('/')) fail(EISDIR);
    } else {
      if (exclusive) fail(EEXIST);
      if (there.type === S_IFLNK && (flags & O_PATH) === 0) fail(ELOOP);
      if ((flags & O_DIRECTORY) !== 0 && there.type !== S_IFDIR) fail(ENOTDIR);
    }
    const handle = this.nextHandle;
    if (there?.type === S_IFDIR) {
      if ((flags & (O_ACCMODE | O_TRUNC | O_CREAT)) !== 0) fail(EISDIR);
      this.open_.set(handle, { guestPath: where, flags: O_DIRECTORY, fd: undefined });
    } else if ((flags & O_PATH) !== 0) {
      this.open_.set(handle, { guestPath: where, flags: O_RDONLY, fd: undefined });
    } else {
      // A device or pipe of the host could block for ever or differ between runs.
      if (there !== undefined && there.type !== S_IFREG) fail(EACCES);
      const c = fs.constants;
      const hostFlags =
        [c.O_RDONLY, c.O_WRONLY, c.O_RDWR, c.O_RDWR][flags & O_ACCMODE]! |
        ((flags & O_CREAT) !== 0 ? c.O_CREAT : 0) |
        ((flags & O_EXCL) !== 0 ? c.O_EXCL : 0) |
        ((flags & O_TRUNC) !== 0 ? c.O_TRUNC : 0) |
        c.O_NOFOLLOW;
      const fd = attempt(() => fs.openSync(this.host(where), hostFlags, mode & 0o777));
      this.open_.set(handle, { guestPath: where, flags: flags & O_ACCMODE, fd });
    }
    this.nextHandle++;
    return handle;
  }

  close(handle: FileHandle): void {
    const open = this.opened(handle);
    this.open_.delete(handle);
    if (open.fd !== undefined) fs.closeSync(open.fd);
  }

  duplicate(handle: FileHandle): FileHandle {
    const { guestPath, flags } = this.opened(handle);
    const copy = this.nextHandle++;
    this.open_.set(copy, { guestPath, flags, fd: undefined });
    return copy;
  }

  stat(handle: FileHandle): FileStat {
    const open = this.opened(handle);
    const stats = attempt(() =>
      open.fd === undefined ? fs.lstatSync(this.host(open.guestPath)) : fs.fstatSync(open.fd),
    );
    return this.statOf(open.guestPath, stats);
  }

  read(handle: FileHandle, position: number, length: number): Uint8Array {
    const fd = this.fdOf(handle);
    return attempt(() => readAt(fd, position, length));
  }

  write(handle: FileHandle, position: number, bytes: Uint8Array): number {
    if ((this.opened(handle).flags & O_ACCMODE) === O_RDONLY) fail(EBADF);
    const fd = this.fdOf(handle);
    return attempt(() => fs.writeSync(fd, bytes, 0, bytes.length, position));
  }

  truncate(handle: FileHandle, size: number): void {
    if ((this.opened(handle).flags & O_ACCMODE) === O_RDONLY) fail(EINVAL);
    const fd = this.fdOf(handle);
    attempt(() => fs.ftruncateSync(fd, size));
  }

  list(handle: FileHandle): DirEntry[] {
    const { guestPath, flags } = this.opened(handle);
    if ((flags & O_DIRECTORY) === 0) fail(ENOTDIR);
    return attempt(() => fs.readdirSync(this.host(guestPath)))
      .sort((a, b) => (a < b ? -1 : 1))
      .flatMap((name) => {
        const place = `${guestPath === '/' ? '' : guestPath}/${name}`;
        const stats = fs.lstatSync(this.host(place), { throwIfNoEntry: false });
        return stats === undefined ? [] : [{ name, ino: inodeOf(place), type: stats.mode & S_IFMT }];
      });
  }

  lookup(guestPath: string, follow: boolean): FileStat {
    const where = this.walk(guestPath, follow);
    return this.statOf(
      where,
      attempt(() => fs.lstatSync(this.host(where))),
    );
  }

  resolve(guestPath: string): string {
    const where = this.walk(guestPath, true);
    if (attempt(() => this.step(where)) === undefined) fail(ENOENT);
    return where;
  }

  readlink(guestPath: string): string {
    const where = this.walk(guestPath, false);
    const step = attempt(() => this.step(where)) ?? fail(ENOENT);
    return step.target ?? fail(EINVAL);
  }

  /** The host path of a name whose directory has been walked. */
  private place(guestPath: string): string {
    return this.host(this.walk(guestPath, false));
  }

  mkdir(guestPath: string, mode: number): void {
    const where = this.place(guestPath);
    attempt(() => fs.mkdirSync(where, mode & 0o777));
  }
  rmdir(guestPath: string): void {
    checkRemovable(guestPath);
    const where = this.place(guestPath);
    attempt(() => fs.rmdirSync(where));
  }
  unlink(guestPath: string): void {
    const where = this.place(guestPath);
    // The host may report a directory as EPERM here.
    if (attempt(() => fs.lstatSync(where)).isDirectory()) fail(EISDIR);
    attempt(() => fs.unlinkSync(where));
    this.times.delete(this.walk(guestPath, false));
  }
  rename(from: string, to: string, noReplace: boolean): void {
    checkRenamable(from, to);
    const [oldPath, newPath] = [this.walk(from, false), this.walk(to, false)];
    const source = this.place(from);
    const target = this.place(to);
    if (noReplace && fs.lstatSync(target, { throwIfNoEntry: false }) !== undefined) fail(EEXIST);
    attempt(() => fs.renameSync(source, target));
    const kept = this.times.get(oldPath);
    this.times.delete(oldPath);
    if (kept === undefined) this.times.delete(newPath);
    else this.times.set(newPath, kept);
  }
  link(from: string, to: string): void {
    const source = this.place(from);
    const target = this.place(to);
    attempt(() => fs.linkSync(source, target));
  }
  symlink(target: string, guestPath: string): void {
    const where = this.place(guestPath);
    attempt(() => fs.symlinkSync(target, where));
  }
  chmod(guestPath: string, mode: number): void {
    const where = this.host(this.walk(guestPath, true));
    attempt(() => fs.chmodSync(where, mode & 0o777));
  }
  setTimes(guestPath: string, follow: boolean, atime: FileTime | undefined, mtime: FileTime | undefined): void {
    const where = this.walk(guestPath, follow);
    if (attempt(() => this.step(where)) === undefined) fail(ENOENT);
    const old = this.times.get(where) ?? { atime: FILE_EPOCH, mtime: FILE_EPOCH };
    const next = { atime: atime ?? old.atime, mtime: mtime ?? old.mtime };
    this.times.set(where, next);
    const seconds = (time: FileTime): number => time.seconds + time.nanos / 1e9;
    attempt(() => fs.lutimesSync(this.host(where), seconds(next.atime), seconds(next.mtime)));
  }

  private statOf(guestPath: string, stats: fs.Stats): FileStat {
    const directory = stats.isDirectory();
    const times = this.times.get(guestPath);
    return {
      ino: inodeOf(guestPath),
      mode: stats.mode,
      nlink: directory ? 2 : stats.nlink,
      size: directory ? 4096 : stats.size,
      atime: times?.atime ?? FILE_EPOCH,
      mtime: times?.mtime ?? FILE_EPOCH,
    };
  }

  save(): unknown {
    const handles = [...this.open_].map(([handle, { guestPath, flags }]) => ({ handle, guestPath, flags }));
    return { handles, nextHandle: this.nextHandle, times: new Map(this.times) };
  }

  restore(state: unknown): void {
    const { handles, nextHandle, times } = state as {
      handles: { handle: FileHandle; guestPath: string; flags: number }[];
      nextHandle: number;
      times: Map<string, { atime: FileTime; mtime: FileTime }>;
    };
    const wanted = new Map(handles.map((entry) => [entry.handle, entry]));
    for (const [handle, open] of this.open_) {
      const same = wanted.get(handle);
      if (same !== undefined && same.guestPath === open.guestPath && same.flags === open.flags) continue;
      if (open.fd !== undefined) fs.closeSync(open.fd);
      this.open_.delete(handle);
    }
    // Descriptors closed since are opened again when they are used (fdOf).
    for (const { handle, guestPath, flags } of handles) {
      if (!this.open_.has(handle)) this.open_.set(handle, { guestPath, flags, fd: undefined });
    }
    this.nextHandle = nextHandle;
    this.times = new Map(times);
  }
}
