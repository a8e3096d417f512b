// System calls that move bytes through descriptors, and those on descriptors themselves: read and write in all forms,
// pipes, events, fcntl, ioctl, poll and select.

import type { GuestAddr } from '../bits.ts';
import { PROT_READ, PROT_WRITE } from '../memory/guest-memory.ts';
import type { Blocked, Call, SyscallRow } from './call.ts';
import type { OpenFile } from './descriptors.ts';
import {
  PIPE_BYTES,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  POLLPRI,
  POLLRDNORM,
  POLLWRNORM,
  seekable,
} from './descriptors.ts';
import { EAGAIN, EBADF, EFAULT, EINVAL, ENOTTY, ENXIO, EPERM, EPIPE, Errno, ESPIPE, fail } from './errno.ts';
import { O_ACCMODE, O_APPEND, O_CLOEXEC, O_NONBLOCK, O_RDWR, O_WRONLY } from './files.ts';
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

const F_DUPFD = 0;
const F_GETFD = 1;
const F_SETFD = 2;
const F_GETFL = 3;
const F_SETFL = 4;
const F_GETLK = 5;
const F_SETLK = 6;
const F_SETLKW = 7;
const F_SETOWN = 8;
const F_GETOWN = 9;
const F_OFD_GETLK = 36;
const F_OFD_SETLK = 37;
const F_OFD_SETLKW = 38;
const F_DUPFD_CLOEXEC = 1030;
const F_SETPIPE_SZ = 1031;
const F_GETPIPE_SZ = 1032;
const F_UNLCK = 2;
const SETTABLE = O_APPEND | O_NONBLOCK | 0o1040000 | 0o20000;

function fcntl(c: Call): number {
  const { descriptors } = c.process;
  const fd = c.int(0);
  const file = descriptors.get(fd);
  const value = c.int(2);
  switch (c.int(1)) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
      if (value < 0 || value >= descriptors.limit) return -EINVAL;
      return descriptors.duplicate(fd, value, c.int(1) === F_DUPFD_CLOEXEC);
    case F_GETFD:
      return descriptors.closeOnExec(fd) ? 1 : 0;
    case F_SETFD:
      descriptors.setCloseOnExec(fd, (value & 1) !== 0);
      return 0;
    case F_GETFL:
      return file.flags | (file.kind === 'file' || file.kind === 'directory' ? 0o100000 : 0);
    case F_SETFL:
      file.flags = (file.flags & ~SETTABLE) | (value & SETTABLE);
      return 0;
    // There is one process: no lock is ever held by another.
    case F_GETLK:
    case F_OFD_GETLK:
      c.put(c.arg(2), Uint8Array.of(F_UNLCK, 0));
      return 0;
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
      c.bytes(c.arg(2), 32);
      return 0;
    case F_SETOWN:
      return 0;
    case F_GETOWN:
      return 0;
    case F_SETPIPE_SZ:
    case F_GETPIPE_SZ:
      if (file.kind !== 'pipe') return -EBADF;
      if (c.int(1) === F_SETPIPE_SZ && (value <= 0 || value > PIPE_BYTES)) return -EPERM;
      return PIPE_BYTES;
    default:
      return -EINVAL;
  }
}

function ioctl(c: Call): number {
  const { descriptors } = c.process;
  const fd = c.int(0);
  const file = descriptors.get(fd);
  switch (c.int(1)) {
    case 0x541b: // FIONREAD
      if (file.kind !== 'file' && file.kind !== 'pipe') return -ENOTTY;
      c.put32(c.arg(2), descriptors.available(file));
      return 0;
    case 0x5421: // FIONBIO
      file.flags = c.u32(c.arg(2)) !== 0 ? file.flags | O_NONBLOCK : file.flags & ~O_NONBLOCK;
      return 0;
    case 0x5450: // FIONCLEX
    case 0x5451: // FIOCLEX
      descriptors.setCloseOnExec(fd, c.int(1) === 0x5451);
      return 0;
    default:
      // No descriptor is ever a terminal, even when the person's is.
      return -ENOTTY;
  }
}

function pipe2(c: Call): number {
  const flags = c.int(1);
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK | 0o40000)) !== 0) return -EINVAL;
  c.writable(c.arg(0), 8);
  const [reader, writer] = c.process.descriptors.makePipe(flags & O_NONBLOCK, (flags & O_CLOEXEC) !== 0);
  c.put32(c.arg(0), reader);
  c.put32(c.arg(0) + 4, writer);
  return 0;
}

function eventfd2(c: Call): number {
  const flags = c.int(1);
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK | 1)) !== 0) return -EINVAL;
  const { descriptors } = c.process;
  descriptors.reserve(1);
  const count = BigInt(c.int(0) >>> 0);
  const file = descriptors.make('event', O_RDWR | (flags & O_NONBLOCK), { count, semaphore: (flags & 1) !== 0 });
  return descriptors.install(file, (flags & O_CLOEXEC) !== 0);
}

function dup3(c: Call): number {
  const [from, to, flags] = [c.int(0), c.int(1), c.int(2)];
  if (from === to || (flags & ~O_CLOEXEC) !== 0) return -EINVAL;
  return c.process.descriptors.duplicateTo(from, to, (flags & O_CLOEXEC) !== 0);
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

// --- poll and select -------------------------------------------------------------------------------------------------

/** The wait's deadline: from the argument at the first attempt, kept afterwards. */
function deadlineOf(c: Call, timeoutAddr: GuestAddr): number {
  if (c.resumed !== null) return c.resumed.deadline;
  return timeoutAddr === 0 ? NEVER : c.process.after(c.timespec(timeoutAddr));
}

/** Waits, or answers `ready`: also with 0 when the time is over. */
function answer(
  c: Call,
  ready: number,
  deadline: number,
  timeoutAddr: GuestAddr,
  mask: bigint | null,
): number | Blocked {
  const { now } = c.process;
  if (ready > 0 || c.timedOut || deadline <= now) {
    if (timeoutAddr !== 0) c.putTimespec(timeoutAddr, Math.max(0, deadline - now));
    return ready;
  }
  if (mask !== null && c.resumed === null) {
    c.thread.savedMask = c.thread.mask;
    c.thread.mask = mask;
  }
  return { kind: 'descriptors', progress: 0, deadline, restart: false };
}

function readiness(c: Call, fd: number): number {
  const { descriptors } = c.process;
  if (!descriptors.has(fd)) return POLLNVAL;
  const bits = descriptors.ready(descriptors.get(fd));
  return bits | ((bits & POLLIN) !== 0 ? POLLRDNORM : 0) | ((bits & POLLOUT) !== 0 ? POLLWRNORM : 0);
}

function ppoll(c: Call): number | Blocked {
  const [list, count, timeoutAddr, maskAddr] = [c.arg(0), c.arg(1), c.arg(2), c.arg(3)];
  if (count < 0 || count > c.process.descriptors.limit) return -EINVAL;
  const deadline = deadlineOf(c, timeoutAddr);
  const mask = maskAddr === 0 ? null : c.signalSet(maskAddr, c.arg(4));
  const view = c.view(list, 8 * count);
  let ready = 0;
  const results: number[] = [];
  for (let i = 0; i < count; i++) {
    const fd = view.getInt32(8 * i, true);
    const wanted = view.getInt16(8 * i + 4, true) | POLLERR | POLLHUP | POLLNVAL;
    const bits = fd < 0 ? 0 : readiness(c, fd) & wanted;
    if (bits !== 0) ready++;
    results.push(bits);
  }
  const result = answer(c, ready, deadline, timeoutAddr, mask);
  if (typeof result === 'number') {
    results.forEach((bits, i) => {
      c.put(list + 8 * i + 6, Uint8Array.of(bits & 255, bits >> 8));
    });
  }
  return result;
}

function pselect6(c: Call): number | Blocked {
  const count = c.int(0);
  if (count < 0) return -EINVAL;
  const fds = Math.min(count, c.process.descriptors.limit);
  const size = Math.ceil(fds / 64) * 8;
  const deadline = deadlineOf(c, c.arg(4));
  const maskArgument = c.arg(5);
  const maskAddr = maskArgument === 0 ? 0 : c.i64(maskArgument);
  const mask = maskAddr === 0 ? null : c.signalSet(maskAddr, c.i64(maskArgument + 8));
  const interest = [POLLIN | POLLHUP | POLLERR, POLLOUT | POLLERR, POLLPRI];
  const results: { addr: GuestAddr; bytes: Uint8Array }[] = [];
  let ready = 0;
  for (let set = 0; set < 3; set++) {
    const addr = c.arg(1 + set);
    if (addr === 0) continue;
    const wanted = c.bytes(addr, size);
    const bytes = new Uint8Array(size);
    for (let fd = 0; fd < fds; fd++) {
      if ((wanted[fd >> 3]! & (1 << (fd & 7))) === 0) continue;
      const bits = readiness(c, fd);
      if (bits === POLLNVAL) return -EBADF;
      if ((bits & interest[set]!) === 0) continue;
      bytes[fd >> 3]! |= 1 << (fd & 7);
      ready++;
    }
    results.push({ addr, bytes });
  }
  const result = answer(c, ready, deadline, c.arg(4), mask);
  if (typeof result === 'number') for (const { addr, bytes } of results) c.put(addr, bytes);
  return result;
}

function fileOnly(c: Call): OpenFile {
  return c.process.descriptors.get(c.int(0));
}

export const IO_SYSCALLS: readonly SyscallRow[] = [
  { number: 19, name: 'eventfd2', args: 'dx', handler: eventfd2 },
  { number: 23, name: 'dup', args: 'd', handler: (c) => c.process.descriptors.duplicate(c.int(0), 0, false) },
  { number: 24, name: 'dup3', args: 'ddx', handler: dup3 },
  { number: 25, name: 'fcntl', args: 'ddx', handler: fcntl },
  { number: 29, name: 'ioctl', args: 'dxx', handler: ioctl },
  {
    number: 32,
    name: 'flock',
    args: 'dx',
    handler: (c) => {
      fileOnly(c);
      return 0;
    },
  },
  { number: 59, name: 'pipe2', args: 'xx', handler: pipe2 },
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
  { number: 72, name: 'pselect6', args: 'dxxxxx', handler: pselect6 },
  { number: 73, name: 'ppoll', args: 'xdxxd', handler: ppoll },
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
