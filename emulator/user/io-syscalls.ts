// System calls that move bytes through descriptors: read and write in all forms, seeking, sendfile. On descriptors
// themselves: descriptor-syscalls.ts; waiting for them: poll-syscalls.ts.

import type { GuestAddr } from '../bits.ts';
import { PROT_READ, PROT_WRITE } from '../memory/guest-memory.ts';
import type { Blocked, Call, SyscallRow } from './call.ts';
import type { OpenFile } from './descriptors.ts';
import { seekable } from './descriptors.ts';
import { EAGAIN, EBADF, EFAULT, EINVAL, ENXIO, EPIPE, Errno, ESPIPE, fail } from './errno.ts';
import { O_ACCMODE, O_NONBLOCK, O_WRONLY } from './files.ts';
import { NEVER, PID, UID } from './process.ts';
import { SI_USER, SIGPIPE } from './signal-numbers.ts';
import { sendSignal } from './signals.ts';

const CHUNK = 1 << 20;
const MAX_TRANSFER = 0x7ffff000;
const MAX_VECTORS = 1024;

interface Vector {
  readonly addr: GuestAddr;
  readonly length: number;
}

const single = (c: Call): Vector[] => [{ addr: c.arg(1), length: Math.min(c.count(2), MAX_TRANSFER) }];

function vectors(c: Call): Vector[] {
  const count = c.arg(2);
  if (count < 0 || count > MAX_VECTORS) fail(EINVAL);
  const list: Vector[] = [];
  let total = 0;
  for (let i = 0; i < count; i++) {
    const length = c.i64(c.arg(1) + 16 * i + 8);
    if (length < 0) fail(EINVAL);
    const kept = Math.min(length, MAX_TRANSFER - total);
    total += kept;
    list.push({ addr: c.i64(c.arg(1) + 16 * i), length: kept });
  }
  return list;
}

/** The parts of the vectors that bytes `from` to `from + count` of their whole fall into. */
function* parts(list: readonly Vector[], from: number, count: number): Generator<Vector> {
  let skip = from;
  let left = count;
  for (const { addr, length } of list) {
    if (left <= 0) return;
    if (skip >= length) {
      skip -= length;
      continue;
    }
    const part = Math.min(length - skip, left);
    yield { addr: addr + skip, length: part };
    skip = 0;
    left -= part;
  }
}

function totalOf(list: readonly Vector[]): number {
  return list.reduce((sum, vector) => sum + vector.length, 0);
}

/** Bytes of the vectors, up to the first the guest may not read. */
function gather(c: Call, list: readonly Vector[], from: number, count: number): Uint8Array {
  const out = new Uint8Array(count);
  let done = 0;
  for (const { addr, length } of parts(list, from, count)) {
    const usable = c.accessible(addr, length, PROT_READ);
    if (usable > 0) out.set(c.bytes(addr, usable), done);
    done += usable;
    if (usable < length) break;
  }
  return out.subarray(0, done);
}

/** Bytes from `from` on that the guest may write to. */
function roomIn(c: Call, list: readonly Vector[], from: number, count: number): number {
  let room = 0;
  for (const { addr, length } of parts(list, from, count)) {
    const usable = c.accessible(addr, length, PROT_WRITE);
    room += usable;
    if (usable < length) break;
  }
  return room;
}

function scatter(c: Call, list: readonly Vector[], from: number, bytes: Uint8Array): void {
  let done = 0;
  for (const { addr, length } of parts(list, from, bytes.length)) {
    c.put(addr, bytes.subarray(done, done + length));
    done += length;
  }
}

const waitForDescriptors = (progress: number): Blocked => ({
  kind: 'descriptors',
  progress,
  deadline: NEVER,
  restart: true,
});

function readInto(c: Call, list: readonly Vector[], at?: number): number | Blocked {
  const { descriptors } = c.process;
  const file = descriptors.get(c.int(0));
  const total = totalOf(list);
  const streams = file.kind === 'file' || file.kind === 'text' || file.kind === 'zero' || file.kind === 'random';
  let done = 0;
  do {
    const wanted = Math.min(total - done, CHUNK);
    const room = roomIn(c, list, done, wanted);
    if (room === 0 && wanted > 0) return done > 0 ? done : -EFAULT;
    const bytes = descriptors.read(file, room, at === undefined ? undefined : at + done);
    if (bytes === 'wait') return waitForDescriptors(0);
    scatter(c, list, done, bytes);
    done += bytes.length;
    if (bytes.length < wanted) break;
  } while (streams && done < total);
  return done;
}

function writeFrom(c: Call, list: readonly Vector[], at?: number): number | Blocked {
  const { descriptors } = c.process;
  const file = descriptors.get(c.int(0));
  const total = totalOf(list);
  let done = c.resumed?.kind === 'descriptors' ? c.resumed.progress : 0;
  try {
    do {
      const wanted = descriptors.acceptable(file, Math.min(total - done, CHUNK));
      if (wanted === 0 && done < total)
        return (file.flags & O_NONBLOCK) !== 0 ? done || -EAGAIN : waitForDescriptors(done);
      const bytes = gather(c, list, done, wanted);
      if (bytes.length === 0 && wanted > 0) return done > 0 ? done : -EFAULT;
      const count = descriptors.write(file, bytes, at === undefined ? undefined : at + done);
      if (count === 'wait') return waitForDescriptors(done);
      done += count;
    } while (done < total);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    if (error.code === EPIPE) {
      sendSignal(c.process, c.thread, {
        sig: SIGPIPE,
        code: SI_USER,
        kind: 'kill',
        pid: PID,
        uid: UID,
        value: 0n,
        why: 'write to a pipe nobody reads',
      });
    }
    if (done > 0) return done;
    throw error;
  }
  return done;
}

function position(c: Call, index: number): number {
  const at = c.arg(index);
  return at < 0 ? fail(EINVAL) : at;
}

function lseek(c: Call): number {
  const file = c.process.descriptors.get(c.int(0));
  const [offset, whence] = [c.arg(1), c.int(2)];
  if (!seekable(file)) return -ESPIPE;
  const size =
    file.kind === 'file' ? c.process.files.stat(file.handle).size : file.kind === 'text' ? file.bytes.length : 0;
  let to: number;
  if (whence === 0) to = offset;
  else if (whence === 1) to = file.position + offset;
  else if (whence === 2) to = size + offset;
  else if (whence === 3 || whence === 4) {
    // SEEK_DATA, SEEK_HOLE: everything is data, with one hole at the end.
    if (offset < 0 || offset >= size) return -ENXIO;
    to = whence === 3 ? offset : size;
  } else return -EINVAL;
  if (to < 0 || !Number.isSafeInteger(to)) return -EINVAL;
  file.position = to;
  return to;
}

function sync(c: Call): number {
  const file = c.process.descriptors.get(c.int(0));
  return seekable(file) ? 0 : -EINVAL;
}

function sendfile(c: Call): number | Blocked {
  const { descriptors } = c.process;
  const [out, from, offsetAddr] = [descriptors.get(c.int(0)), descriptors.get(c.int(1)), c.arg(2)];
  const total = Math.min(c.count(3), MAX_TRANSFER);
  if ((out.flags & O_ACCMODE) === 0 || (from.flags & O_ACCMODE) === O_WRONLY) return -EBADF;
  if (from.kind !== 'file' && from.kind !== 'text' && from.kind !== 'zero') return -EINVAL;
  let at = offsetAddr === 0 ? from.position : c.i64(offsetAddr);
  if (at < 0) return -EINVAL;
  let done = 0;
  while (done < total) {
    const bytes = descriptors.read(from, Math.min(total - done, CHUNK), at);
    if (bytes === 'wait' || bytes.length === 0) break;
    const count = descriptors.write(out, bytes);
    if (count === 'wait') {
      if (done === 0) return waitForDescriptors(0);
      break;
    }
    done += count;
    at += count;
    if (count < bytes.length) break;
  }
  if (offsetAddr === 0) from.position = at;
  else c.put64(offsetAddr, at);
  return done;
}

function fileOnly(c: Call): OpenFile {
  return c.process.descriptors.get(c.int(0));
}

export const IO_SYSCALLS: readonly SyscallRow[] = [
  {
    number: 32,
    name: 'flock',
    args: 'dx',
    handler: (c) => {
      fileOnly(c);
      return 0;
    },
  },
  { number: 62, name: 'lseek', args: 'ddd', handler: lseek },
  { number: 63, name: 'read', args: 'dxd', handler: (c) => readInto(c, single(c)) },
  { number: 64, name: 'write', args: 'dxd', handler: (c) => writeFrom(c, single(c)) },
  { number: 65, name: 'readv', args: 'dxd', handler: (c) => readInto(c, vectors(c)) },
  { number: 66, name: 'writev', args: 'dxd', handler: (c) => writeFrom(c, vectors(c)) },
  { number: 67, name: 'pread64', args: 'dxdd', handler: (c) => readInto(c, single(c), position(c, 3)) },
  { number: 68, name: 'pwrite64', args: 'dxdd', handler: (c) => writeFrom(c, single(c), position(c, 3)) },
  { number: 69, name: 'preadv', args: 'dxdd', handler: (c) => readInto(c, vectors(c), position(c, 3)) },
  { number: 70, name: 'pwritev', args: 'dxdd', handler: (c) => writeFrom(c, vectors(c), position(c, 3)) },
  { number: 71, name: 'sendfile', args: 'ddxd', handler: sendfile },
  { number: 81, name: 'sync', args: '', handler: () => 0 },
  { number: 82, name: 'fsync', args: 'd', handler: sync },
  { number: 83, name: 'fdatasync', args: 'd', handler: sync },
  {
    number: 223,
    name: 'fadvise64',
    args: 'dddd',
    handler: (c) => (seekable(fileOnly(c)) ? 0 : -ESPIPE),
  },
];
