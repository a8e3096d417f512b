// Files that are not the file system's: a few devices, and the parts of /proc and /sys that C libraries read. The same
// in every run: one processor, fixed sizes.

import type { OpenFile } from './descriptors.ts';
import { EACCES, EEXIST, ENOENT, ENOTDIR, ENXIO, fail } from './errno.ts';
import type { FileStat } from './files.ts';
import {
  FILE_EPOCH,
  inodeOf,
  O_ACCMODE,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_RDONLY,
  O_WRONLY,
  S_IFCHR,
  S_IFIFO,
  S_IFLNK,
  S_IFREG,
} from './files.ts';
import { PID, type Process } from './process.ts';

const DEVICES: Readonly<Record<string, OpenFile['kind']>> = {
  '/dev/null': 'null',
  '/dev/zero': 'zero',
  '/dev/random': 'random',
  '/dev/urandom': 'random',
};

const STREAMS: Readonly<Record<string, number>> = { '/dev/stdin': 0, '/dev/stdout': 1, '/dev/stderr': 2 };

const TEXTS: Readonly<Record<string, (p: Process) => string>> = {
  '/proc/self/maps': maps,
  '/proc/self/cmdline': (p) => p.argv.map((arg) => `${arg}\0`).join(''),
  '/proc/self/comm': (p) => `${baseName(p.exePath)}\n`,
  '/proc/self/stat': stat,
  '/proc/self/status': (p) => `Name:\t${baseName(p.exePath)}\nPid:\t${PID}\nThreads:\t${p.state.threads.length}\n`,
  '/proc/cpuinfo': () => 'processor\t: 0\nhart\t\t: 0\nisa\t\t: rv64imafdc\nmmu\t\t: sv39\n\n',
  '/proc/meminfo': () => 'MemTotal:        4194304 kB\nMemFree:         2097152 kB\nMemAvailable:    2097152 kB\n',
  '/proc/stat': () => 'cpu  0 0 0 0 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0 0 0\n',
  '/proc/uptime': (p) => `${(p.now / 1e9).toFixed(2)} 0.00\n`,
  '/proc/loadavg': () => `0.00 0.00 0.00 1/1 ${PID}\n`,
  '/proc/sys/kernel/osrelease': () => `${KERNEL_RELEASE}\n`,
  '/proc/sys/kernel/ngroups_max': () => '65536\n',
  '/proc/sys/vm/overcommit_memory': () => '0\n',
  '/sys/devices/system/cpu/online': () => '0\n',
  '/sys/devices/system/cpu/possible': () => '0\n',
};

/** What uname says; old enough to be everywhere, new enough for every C library. */
export const KERNEL_RELEASE = '6.1.0';

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function maps(p: Process): string {
  const hex = (n: number, width = 8): string => n.toString(16).padStart(width, '0');
  return p.space.areas
    .map(({ start, end, prot, name, shared }) => {
      const flags = `${prot & 1 ? 'r' : '-'}${prot & 2 ? 'w' : '-'}${prot & 4 ? 'x' : '-'}${shared === null ? 'p' : 's'}`;
      const inode = name.startsWith('/') ? inodeOf(name) : 0;
      const line = `${hex(start)}-${hex(end)} ${flags} 00000000 00:${inode === 0 ? '00' : '01'} ${inode}`;
      return name === '' ? `${line}\n` : `${line.padEnd(73)}${name}\n`;
    })
    .join('');
}

function stat(p: Process): string {
  const ticks = Math.floor(p.host.icount / 1e7);
  const rest = '0 '.repeat(30).trimEnd();
  return `${PID} (${baseName(p.exePath)}) R 999 ${PID} ${PID} 0 -1 0 0 0 0 0 ${ticks} 0 0 0 20 0 ${p.state.threads.length} 0 0 ${rest}\n`;
}

/** /proc/self under its other names. */
function canonical(path: string): string {
  for (const prefix of [`/proc/${PID}/`, '/proc/thread-self/']) {
    if (path.startsWith(prefix)) return `/proc/self/${path.slice(prefix.length)}`;
  }
  return path;
}

function streamOf(path: string): number | undefined {
  if (path in STREAMS) return STREAMS[path];
  const match = /^\/(?:dev|proc\/self)\/fd\/(\d{1,4})$/.exec(path);
  return match === null ? undefined : Number(match[1]);
}

/** Opens a special file: a new descriptor, or undefined when the path is an ordinary one. */
export function openSpecial(p: Process, givenPath: string, flags: number, closeOnExec: boolean): number | undefined {
  const path = canonical(givenPath);
  const device = DEVICES[path];
  const text = TEXTS[path];
  const stream = streamOf(path);
  if (path === '/dev/tty') fail(ENXIO);
  if (device === undefined && text === undefined && stream === undefined) return undefined;
  if ((flags & O_DIRECTORY) !== 0) fail(ENOTDIR);
  if ((flags & O_CREAT) !== 0 && (flags & O_EXCL) !== 0) fail(EEXIST);
  if (stream !== undefined) {
    if (!p.descriptors.has(stream)) fail(ENOENT);
    return p.descriptors.duplicate(stream, 0, closeOnExec);
  }
  if (device !== undefined) return p.descriptors.install(p.descriptors.make(device, flags, { path }), closeOnExec);
  if ((flags & O_ACCMODE) !== O_RDONLY) fail(EACCES);
  const bytes = new TextEncoder().encode(text!(p));
  return p.descriptors.install(p.descriptors.make('text', flags, { path, bytes }), closeOnExec);
}

function special(path: string, mode: number, size = 0): FileStat {
  return { ino: inodeOf(path), mode, nlink: 1, size, atime: FILE_EPOCH, mtime: FILE_EPOCH };
}

/** What stat says of a special path; undefined when it is an ordinary one. */
export function statSpecial(p: Process, givenPath: string, follow: boolean): FileStat | undefined {
  const path = canonical(givenPath);
  if (path in DEVICES) return special(path, S_IFCHR | 0o666);
  if (path in TEXTS) return special(path, S_IFREG | 0o444);
  if (readlinkSpecial(p, path) !== undefined) {
    if (path === '/proc/self/exe' && follow) return p.files.lookup(p.exePath, true);
    const stream = streamOf(path);
    if (stream !== undefined && follow) return statDescriptor(p, p.descriptors.get(stream));
    return special(path, S_IFLNK | 0o777);
  }
  return undefined;
}

export function readlinkSpecial(p: Process, givenPath: string): string | undefined {
  const path = canonical(givenPath);
  if (path === '/proc/self/exe') return p.exePath;
  if (path === '/proc/self/cwd') return p.state.cwd;
  if (path === '/proc/self') return String(PID);
  const stream = streamOf(path);
  if (stream === undefined || !p.descriptors.has(stream)) return undefined;
  const file = p.descriptors.get(stream);
  return file.path !== '' ? file.path : file.kind === 'event' ? 'anon_inode:[eventfd]' : `pipe:[${1000 + stream}]`;
}

/** fstat of anything: the streams look like pipes, so that C libraries buffer fully and never ask for a terminal. */
export function statDescriptor(p: Process, file: OpenFile): FileStat {
  switch (file.kind) {
    case 'file':
    case 'directory':
      return p.files.stat(file.handle);
    case 'text':
      return special(file.path, S_IFREG | 0o444);
    case 'null':
    case 'zero':
    case 'random':
      return special(file.path, S_IFCHR | 0o666);
    case 'event':
      return special('eventfd', 0o600);
    default:
      return special(file.kind, S_IFIFO | ((file.flags & O_ACCMODE) === O_WRONLY ? 0o200 : 0o600));
  }
}
