// Waiting for descriptors: ppoll and pselect6. The wait is tried again whenever a descriptor changes; its deadline is
// that of the first attempt.

import type { GuestAddr } from '../bits.ts';
import type { Blocked, Call, SyscallRow } from './call.ts';
import { POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLPRI, POLLRDNORM, POLLWRNORM } from './descriptors.ts';
import { EBADF, EINVAL } from './errno.ts';
import { NEVER } from './process.ts';

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

export const POLL_SYSCALLS: readonly SyscallRow[] = [
  { number: 72, name: 'pselect6', args: 'dxxxxx', handler: pselect6 },
  { number: 73, name: 'ppoll', args: 'xdxxd', handler: ppoll },
];
