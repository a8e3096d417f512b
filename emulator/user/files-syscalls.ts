// System calls on paths and on the file system: open, stat, directories, links. Reading and writing are in
// io-syscalls.ts. Relative paths are taken from the directory descriptor or the working directory, as text.

import type { Call, SyscallRow } from './call.ts';
import { EACCES, EBADF, EINVAL, ENOENT, ENOTDIR, ERANGE, fail } from './errno.ts';
import type { FileStat, FileTime } from './files.ts';
import {
  EPOCH_SECONDS,
  joinPath,
  O_ACCMODE,
  O_CLOEXEC,
  O_DIRECTORY,
  O_PATH,
  O_WRONLY,
  S_IFDIR,
  S_IFMT,
} from './files.ts';
import { openSpecial, readlinkSpecial, statDescriptor, statSpecial } from './special-files.ts';
import { encodeDirent, encodeStat, encodeStatfs, encodeStatx } from './stat-layout.ts';

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_REMOVEDIR = 0x200;
const AT_SYMLINK_FOLLOW = 0x400;
const AT_EMPTY_PATH = 0x1000;
const RENAME_NOREPLACE = 1;
const UTIME_NOW = 0x3fffffff;
const UTIME_OMIT = 0x3ffffffe;

/** The absolute path that arguments (dirfd, path) name. Empty paths do not exist unless the caller deals with them. */
function pathAt(c: Call, dirArgument: number, pathArgument: number): string {
  const path = c.string(c.arg(pathArgument));
  if (path === '') fail(ENOENT);
  return absolute(c, c.int(dirArgument), path);
}

function absolute(c: Call, dirfd: number, path: string): string {
  if (path.startsWith('/')) return path;
  if (dirfd === AT_FDCWD) return joinPath(c.process.state.cwd, path);
  const base = c.process.descriptors.get(dirfd);
  if (base.kind !== 'directory') fail(ENOTDIR);
  return joinPath(base.path, path);
}

function statPath(c: Call, dirArgument: number, pathArgument: number, flags: number): FileStat {
  const path = c.string(c.arg(pathArgument));
  const dirfd = c.int(dirArgument);
  const p = c.process;
  if (path === '') {
    if ((flags & AT_EMPTY_PATH) === 0) fail(ENOENT);
    return dirfd === AT_FDCWD ? p.files.lookup(p.state.cwd, true) : statDescriptor(p, p.descriptors.get(dirfd));
  }
  const full = absolute(c, dirfd, path);
  const follow = (flags & AT_SYMLINK_NOFOLLOW) === 0;
  return statSpecial(p, full, follow) ?? p.files.lookup(full, follow);
}

function openat(c: Call): number {
  const flags = c.int(2);
  const p = c.process;
  const named = pathAt(c, 0, 1);
  const path = named === '/proc/self/exe' ? p.exePath : named;
  const closeOnExec = (flags & O_CLOEXEC) !== 0;
  p.descriptors.reserve(1);
  const special = openSpecial(p, path, flags, closeOnExec);
  if (special !== undefined) return special;
  if ((flags & O_ACCMODE) === 3) return -EINVAL;
  const handle = p.files.open(path, flags, c.int(3) & ~p.state.umask & 0o7777);
  const stat = p.files.stat(handle);
  const directory = (stat.mode & S_IFMT) === S_IFDIR;
  const kept = flags & ~(O_CLOEXEC | O_DIRECTORY | 0o1300);
  const place = directory ? p.files.resolve(path) : path;
  const file = p.descriptors.make(directory ? 'directory' : 'file', kept, { handle, path: place });
  return p.descriptors.install(file, closeOnExec);
}

function close(c: Call): number {
  c.process.descriptors.close(c.int(0));
  return 0;
}

function closeRange(c: Call): number {
  const [first, last, flags] = [c.int(0) >>> 0, c.int(1) >>> 0, c.int(2)];
  if (first > last || (flags & ~6) !== 0) return -EINVAL;
  for (const fd of c.process.descriptors.open()) {
    if (fd < first || fd > last) continue;
    if ((flags & 4) !== 0) c.process.descriptors.setCloseOnExec(fd, true);
    else c.process.descriptors.close(fd);
  }
  return 0;
}

function newfstatat(c: Call): number {
  c.put(c.arg(2), encodeStat(statPath(c, 0, 1, c.int(3))));
  return 0;
}

function fstat(c: Call): number {
  c.put(c.arg(1), encodeStat(statDescriptor(c.process, c.process.descriptors.get(c.int(0)))));
  return 0;
}

function statx(c: Call): number {
  c.put(c.arg(4), encodeStatx(statPath(c, 0, 1, c.int(2))));
  return 0;
}

function readlinkat(c: Call): number {
  const size = c.int(3);
  if (size <= 0) return -EINVAL;
  const path = pathAt(c, 0, 1);
  const target = readlinkSpecial(c.process, path) ?? c.process.files.readlink(path);
  const bytes = new TextEncoder().encode(target).subarray(0, size);
  c.put(c.arg(2), bytes);
  return bytes.length;
}

function getcwd(c: Call): number {
  const bytes = new TextEncoder().encode(`${c.process.state.cwd}\0`);
  if (c.arg(1) >= 0 && c.arg(1) < bytes.length) return -ERANGE;
  c.put(c.arg(0), bytes);
  return bytes.length;
}

function changeTo(c: Call, path: string): number {
  const { files, state } = c.process;
  const stat = files.lookup(path, true);
  if ((stat.mode & S_IFMT) !== S_IFDIR) return -ENOTDIR;
  if ((stat.mode & 0o100) === 0) return -EACCES;
  state.cwd = files.resolve(path);
  return 0;
}

function chdir(c: Call): number {
  const path = c.string(c.arg(0));
  return path === '' ? -ENOENT : changeTo(c, absolute(c, AT_FDCWD, path));
}

function fchdir(c: Call): number {
  const file = c.process.descriptors.get(c.int(0));
  return file.kind === 'directory' ? changeTo(c, file.path) : -ENOTDIR;
}

function access(c: Call, flags: number): number {
  const mode = c.int(2);
  if ((mode & ~7) !== 0) return -EINVAL;
  const stat = statPath(c, 0, 1, flags);
  return (mode & ~(stat.mode >> 6) & 7) === 0 ? 0 : -EACCES;
}

function unlinkat(c: Call): number {
  const flags = c.int(2);
  if ((flags & ~AT_REMOVEDIR) !== 0) return -EINVAL;
  const path = pathAt(c, 0, 1);
  if (statSpecial(c.process, path, false) !== undefined) return -EACCES;
  if ((flags & AT_REMOVEDIR) !== 0) c.process.files.rmdir(path);
  else c.process.files.unlink(path);
  return 0;
}

function mkdirat(c: Call): number {
  c.process.files.mkdir(pathAt(c, 0, 1), c.int(2) & ~c.process.state.umask & 0o1777);
  return 0;
}

function rename(c: Call, flags: number): number {
  if ((flags & ~RENAME_NOREPLACE) !== 0) return -EINVAL;
  const from = pathAt(c, 0, 1);
  c.process.files.rename(from, pathAt(c, 2, 3), (flags & RENAME_NOREPLACE) !== 0);
  return 0;
}

function linkat(c: Call): number {
  const flags = c.int(4);
  if ((flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) !== 0) return -EINVAL;
  const from = pathAt(c, 0, 1);
  const { files } = c.process;
  files.link((flags & AT_SYMLINK_FOLLOW) !== 0 ? files.resolve(from) : from, pathAt(c, 2, 3));
  return 0;
}

function symlinkat(c: Call): number {
  const target = c.string(c.arg(0));
  if (target === '') return -ENOENT;
  c.process.files.symlink(target, pathAt(c, 1, 2));
  return 0;
}

/** Only regular files can be made this way. */
function mknodat(c: Call): number {
  const mode = c.int(2);
  if ((mode & S_IFMT) !== 0 && (mode & S_IFMT) !== 0o100000) return -1;
  const path = pathAt(c, 0, 1);
  const { files, state } = c.process;
  files.close(files.open(path, 0o300 | O_WRONLY, mode & ~state.umask & 0o7777));
  return 0;
}

function fchmodat(c: Call): number {
  c.process.files.chmod(pathAt(c, 0, 1), c.int(2));
  return 0;
}

function fchmod(c: Call): number {
  const file = c.process.descriptors.get(c.int(0));
  if ((file.flags & O_PATH) !== 0) return -EBADF;
  if (file.kind === 'file' || file.kind === 'directory') c.process.files.chmod(file.path, c.int(1));
  return 0;
}

/** Everything belongs to the one user there is: changing that needs a privilege, keeping it does not. */
function fchownat(c: Call): number {
  statPath(c, 0, 1, c.int(4));
  return 0;
}

function fchown(c: Call): number {
  c.process.descriptors.get(c.int(0));
  return 0;
}

function timeAt(c: Call, addr: number): FileTime | undefined {
  const nanos = c.i64(addr + 8);
  if (nanos === UTIME_OMIT) return undefined;
  if (nanos === UTIME_NOW) return currentTime(c);
  if (nanos < 0 || nanos >= 1e9) fail(EINVAL);
  return { seconds: c.i64(addr), nanos };
}

function currentTime(c: Call): FileTime {
  const now = c.process.now;
  return { seconds: EPOCH_SECONDS + Math.floor(now / 1e9), nanos: now % 1e9 };
}

function utimensat(c: Call): number {
  const [path, times, flags] = [c.arg(1), c.arg(2), c.int(3)];
  const { files, descriptors } = c.process;
  const atime = times === 0 ? currentTime(c) : timeAt(c, times);
  const mtime = times === 0 ? currentTime(c) : timeAt(c, times + 16);
  if (path === 0) {
    const file = descriptors.get(c.int(0));
    if (file.kind === 'file' || file.kind === 'directory') files.setTimes(file.path, true, atime, mtime);
    return 0;
  }
  files.setTimes(pathAt(c, 0, 1), (flags & AT_SYMLINK_NOFOLLOW) === 0, atime, mtime);
  return 0;
}

function getdents64(c: Call): number {
  const file = c.process.descriptors.get(c.int(0));
  if (file.kind !== 'directory') return -ENOTDIR;
  const room = c.int(2) >>> 0;
  const self = c.process.files.stat(file.handle).ino;
  const entries = [
    { name: '.', ino: self, type: S_IFDIR },
    { name: '..', ino: self, type: S_IFDIR },
    ...c.process.files.list(file.handle),
  ];
  let used = 0;
  let position = file.position;
  while (position < entries.length) {
    const { name, ino, type } = entries[position]!;
    const bytes = encodeDirent(name, ino, type, position + 1);
    if (used + bytes.length > room) {
      if (used === 0) return -EINVAL;
      break;
    }
    c.put(c.arg(1) + used, bytes);
    used += bytes.length;
    position++;
  }
  file.position = position;
  return used;
}

function truncate(c: Call): number {
  const length = c.arg(1);
  if (length < 0) return -EINVAL;
  const { files } = c.process;
  const handle = files.open(absolute(c, AT_FDCWD, c.string(c.arg(0))), O_WRONLY, 0);
  try {
    files.truncate(handle, length);
  } finally {
    files.close(handle);
  }
  return 0;
}

function ftruncate(c: Call): number {
  const length = c.arg(1);
  const file = c.process.descriptors.get(c.int(0));
  if (length < 0 || file.kind !== 'file' || (file.flags & O_ACCMODE) === 0) return -EINVAL;
  c.process.files.truncate(file.handle, length);
  return 0;
}

/** Only the plain form (mode 0: make the file at least so long). */
function fallocate(c: Call): number {
  const [mode, offset, length] = [c.int(1), c.arg(2), c.arg(3)];
  const file = c.process.descriptors.get(c.int(0));
  if (offset < 0 || length <= 0) return -EINVAL;
  if (mode !== 0) return -95;
  if (file.kind !== 'file' || (file.flags & O_ACCMODE) === 0) return -EBADF;
  const { files } = c.process;
  if (files.stat(file.handle).size < offset + length) files.truncate(file.handle, offset + length);
  return 0;
}

function statfs(c: Call, addr: number): number {
  c.put(addr, encodeStatfs());
  return 0;
}

function umask(c: Call): number {
  const old = c.process.state.umask;
  c.process.state.umask = c.int(0) & 0o777;
  return old;
}

export const FILES_SYSCALLS: readonly SyscallRow[] = [
  { number: 17, name: 'getcwd', args: 'xd', handler: getcwd },
  { number: 33, name: 'mknodat', args: 'dxox', handler: mknodat },
  { number: 34, name: 'mkdirat', args: 'dxo', handler: mkdirat },
  { number: 35, name: 'unlinkat', args: 'dxx', handler: unlinkat },
  { number: 36, name: 'symlinkat', args: 'xdx', handler: symlinkat },
  { number: 37, name: 'linkat', args: 'dxdxx', handler: linkat },
  { number: 38, name: 'renameat', args: 'dxdx', handler: (c) => rename(c, 0) },
  {
    number: 43,
    name: 'statfs',
    args: 'xx',
    handler: (c) => {
      c.process.files.lookup(absolute(c, AT_FDCWD, c.string(c.arg(0))), true);
      return statfs(c, c.arg(1));
    },
  },
  {
    number: 44,
    name: 'fstatfs',
    args: 'dx',
    handler: (c) => {
      c.process.descriptors.get(c.int(0));
      return statfs(c, c.arg(1));
    },
  },
  { number: 45, name: 'truncate', args: 'xd', handler: truncate },
  { number: 46, name: 'ftruncate', args: 'dd', handler: ftruncate },
  { number: 47, name: 'fallocate', args: 'dxdd', handler: fallocate },
  { number: 48, name: 'faccessat', args: 'dxo', handler: (c) => access(c, 0) },
  { number: 49, name: 'chdir', args: 'x', handler: chdir },
  { number: 50, name: 'fchdir', args: 'd', handler: fchdir },
  { number: 52, name: 'fchmod', args: 'do', handler: fchmod },
  { number: 53, name: 'fchmodat', args: 'dxo', handler: fchmodat },
  { number: 54, name: 'fchownat', args: 'dxddx', handler: fchownat },
  { number: 55, name: 'fchown', args: 'ddd', handler: fchown },
  { number: 56, name: 'openat', args: 'dxoo', handler: openat },
  { number: 57, name: 'close', args: 'd', handler: close },
  { number: 61, name: 'getdents64', args: 'dxd', handler: getdents64 },
  { number: 78, name: 'readlinkat', args: 'dxxd', handler: readlinkat },
  { number: 79, name: 'newfstatat', args: 'dxxx', handler: newfstatat },
  { number: 80, name: 'fstat', args: 'dx', handler: fstat },
  { number: 88, name: 'utimensat', args: 'dxxx', handler: utimensat },
  { number: 166, name: 'umask', args: 'o', handler: umask },
  { number: 276, name: 'renameat2', args: 'dxdxx', handler: (c) => rename(c, c.int(4)) },
  { number: 291, name: 'statx', args: 'dxxxx', handler: statx },
  { number: 436, name: 'close_range', args: 'ddx', handler: closeRange },
  { number: 439, name: 'faccessat2', args: 'dxox', handler: (c) => access(c, c.int(3)) },
];
