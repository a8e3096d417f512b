// System calls on descriptors themselves: duplicates, flags, pipes and events, and what little ioctl there is.

import type { Call, SyscallRow } from './call.ts';
import { EBADF, EINVAL, ENOTTY, EPERM } from './errno.ts';
import { O_APPEND, O_CLOEXEC, O_NONBLOCK, O_RDWR } from './files.ts';
import { PIPE_BYTES } from './pipe.ts';

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

export const DESCRIPTOR_SYSCALLS: readonly SyscallRow[] = [
  { number: 19, name: 'eventfd2', args: 'dx', handler: eventfd2 },
  { number: 23, name: 'dup', args: 'd', handler: (c) => c.process.descriptors.duplicate(c.int(0), 0, false) },
  { number: 24, name: 'dup3', args: 'ddx', handler: dup3 },
  { number: 25, name: 'fcntl', args: 'ddx', handler: fcntl },
  { number: 29, name: 'ioctl', args: 'dxx', handler: ioctl },
  { number: 59, name: 'pipe2', args: 'xx', handler: pipe2 },
];
