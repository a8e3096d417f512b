// System calls about the process and the machine: identity, limits, names, randomness, and what can only be refused.

import type { Call, SyscallRow } from './call.ts';
import { EACCES, EAFNOSUPPORT, EFAULT, EINVAL, ENOSYS, EPERM, ESRCH, fail } from './errno.ts';
import { GID, PID, PPID, UID } from './process.ts';
import { KERNEL_RELEASE } from './special-files.ts';

const encoder = new TextEncoder();
const CHUNK = 1 << 16;
const RLIMIT_NOFILE = 7;

function uname(c: Call): number {
  const bytes = new Uint8Array(6 * 65);
  const fields = ['Linux', 'lockstep', KERNEL_RELEASE, '#1 SMP', 'riscv64', '(none)'];
  fields.forEach((text, i) => {
    bytes.set(encoder.encode(text), 65 * i);
  });
  c.put(c.arg(0), bytes);
  return 0;
}

function getrandom(c: Call): number {
  const [addr, size, flags] = [c.arg(0), c.count(1), c.int(2)];
  if ((flags & ~7) !== 0 || (flags & 6) === 6) return -EINVAL;
  const room = c.accessible(addr, Math.min(size, 0x1ffffff), 2);
  if (room === 0 && size > 0) return -EFAULT;
  for (let done = 0; done < room; done += CHUNK)
    c.put(addr + done, c.process.random.bytes(Math.min(CHUNK, room - done)));
  return room;
}

function limit(c: Call, index: number): [bigint, bigint] {
  return c.process.state.limits[index] ?? fail(EINVAL);
}

function setLimit(c: Call, index: number, addr: number): void {
  const old = limit(c, index);
  const [soft, hard] = [c.u64(addr), c.u64(addr + 8)];
  if (soft > hard) fail(EINVAL);
  if (hard > old[1]) fail(EPERM);
  c.process.state.limits[index] = [soft, hard];
  if (index === RLIMIT_NOFILE) c.process.descriptors.limit = Number(soft);
}

function putLimit(c: Call, addr: number, [soft, hard]: [bigint, bigint]): void {
  c.put64(addr, soft);
  c.put64(addr + 8, hard);
}

function prlimit(c: Call): number {
  const [pid, which, newAddr, oldAddr] = [c.int(0), c.int(1), c.arg(2), c.arg(3)];
  if (pid !== 0 && pid !== PID) return -ESRCH;
  const old = limit(c, which);
  if (newAddr !== 0) setLimit(c, which, newAddr);
  if (oldAddr !== 0) putLimit(c, oldAddr, old);
  return 0;
}

function sysinfo(c: Call): number {
  const bytes = new Uint8Array(112);
  const view = new DataView(bytes.buffer);
  view.setBigInt64(0, BigInt(Math.floor(c.process.now / 1e9)), true);
  view.setBigUint64(32, 4n << 30n, true); // totalram
  view.setBigUint64(40, 2n << 30n, true); // freeram
  view.setUint16(80, 1, true); // procs
  view.setUint32(104, 1, true); // mem_unit
  c.put(c.arg(0), bytes);
  return 0;
}

const PR_SET_PDEATHSIG = 1;
const PR_GET_PDEATHSIG = 2;
const PR_GET_DUMPABLE = 3;
const PR_SET_DUMPABLE = 4;
const PR_SET_NAME = 15;
const PR_GET_NAME = 16;
const PR_SET_TIMERSLACK = 29;
const PR_GET_TIMERSLACK = 30;
const PR_SET_NO_NEW_PRIVS = 38;
const PR_GET_NO_NEW_PRIVS = 39;
const PR_SET_VMA = 0x53564d41;

function prctl(c: Call): number {
  switch (c.int(0)) {
    case PR_SET_NAME:
      c.thread.name = threadName(c);
      return 0;
    case PR_GET_NAME: {
      const path = c.process.exePath;
      const bytes = new Uint8Array(16);
      bytes.set(encoder.encode(c.thread.name || path.slice(path.lastIndexOf('/') + 1)).subarray(0, 15));
      c.put(c.arg(1), bytes);
      return 0;
    }
    case PR_GET_DUMPABLE:
      return 1;
    case PR_GET_PDEATHSIG:
      c.put32(c.arg(1), 0);
      return 0;
    case PR_GET_TIMERSLACK:
      return 50000;
    case PR_SET_PDEATHSIG:
    case PR_SET_DUMPABLE:
    case PR_SET_TIMERSLACK:
    case PR_SET_NO_NEW_PRIVS:
    case PR_GET_NO_NEW_PRIVS:
    case PR_SET_VMA:
      return 0;
    default:
      return -EINVAL;
  }
}

/** Sixteen bytes with the final zero; longer names are cut. */
function threadName(c: Call): string {
  const bytes: number[] = [];
  for (let i = 0; i < 15; i++) {
    const byte = c.memory.readUint(c.arg(1) + i, 1) ?? fail(EFAULT);
    if (byte === 0) break;
    bytes.push(byte);
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

function membarrier(c: Call): number {
  const command = c.int(0);
  // QUERY names the private expedited commands; vCPUs take turns, so every barrier holds already.
  if (command === 0) return 0x8 | 0x10 | 0x1 | 0x20 | 0x40;
  return [0x1, 0x8, 0x10, 0x20, 0x40].includes(command) ? 0 : -EINVAL;
}

function threeIds(id: number): (c: Call) => number {
  return (c) => {
    for (let i = 0; i < 3; i++) c.put32(c.arg(i), id);
    return 0;
  };
}

/** Setting an id to what it is succeeds; nothing else is permitted. -1 leaves it. */
function setIds(id: number, count: number): (c: Call) => number {
  return (c) => {
    for (let i = 0; i < count; i++) if (c.int(i) !== id && c.int(i) !== -1) return -EPERM;
    return 0;
  };
}

function getcpu(c: Call): number {
  if (c.arg(0) !== 0) c.put32(c.arg(0), 0);
  if (c.arg(1) !== 0) c.put32(c.arg(1), 0);
  return 0;
}

const self = (c: Call, result: number): number => (c.int(0) === 0 || c.int(0) === PID ? result : -ESRCH);
const constant = (value: number) => (): number => value;

export const PROCESS_SYSCALLS: readonly SyscallRow[] = [
  { number: 90, name: 'capget', args: 'xx', handler: constant(-EPERM) },
  { number: 92, name: 'personality', args: 'x', handler: constant(0) },
  { number: 140, name: 'setpriority', args: 'ddd', handler: constant(0) },
  // The raw call answers 20 - nice.
  { number: 141, name: 'getpriority', args: 'dd', handler: constant(20) },
  { number: 143, name: 'setregid', args: 'dd', handler: setIds(GID, 2) },
  { number: 144, name: 'setgid', args: 'd', handler: setIds(GID, 1) },
  { number: 145, name: 'setreuid', args: 'dd', handler: setIds(UID, 2) },
  { number: 146, name: 'setuid', args: 'd', handler: setIds(UID, 1) },
  { number: 147, name: 'setresuid', args: 'ddd', handler: setIds(UID, 3) },
  { number: 148, name: 'getresuid', args: 'xxx', handler: threeIds(UID) },
  { number: 149, name: 'setresgid', args: 'ddd', handler: setIds(GID, 3) },
  { number: 150, name: 'getresgid', args: 'xxx', handler: threeIds(GID) },
  { number: 154, name: 'setpgid', args: 'dd', handler: (c) => self(c, 0) },
  { number: 155, name: 'getpgid', args: 'd', handler: (c) => self(c, PID) },
  { number: 156, name: 'getsid', args: 'd', handler: (c) => self(c, PID) },
  { number: 157, name: 'setsid', args: '', handler: constant(-EPERM) },
  {
    number: 158,
    name: 'getgroups',
    args: 'dx',
    handler: (c) => {
      if (c.int(0) !== 0) c.put32(c.arg(1), GID);
      return 1;
    },
  },
  { number: 160, name: 'uname', args: 'x', handler: uname },
  {
    number: 163,
    name: 'getrlimit',
    args: 'dx',
    handler: (c) => {
      putLimit(c, c.arg(1), limit(c, c.int(0)));
      return 0;
    },
  },
  {
    number: 164,
    name: 'setrlimit',
    args: 'dx',
    handler: (c) => {
      setLimit(c, c.int(0), c.arg(1));
      return 0;
    },
  },
  { number: 167, name: 'prctl', args: 'dxxxx', handler: prctl },
  { number: 168, name: 'getcpu', args: 'xx', handler: getcpu },
  { number: 172, name: 'getpid', args: '', handler: constant(PID) },
  { number: 173, name: 'getppid', args: '', handler: constant(PPID) },
  { number: 174, name: 'getuid', args: '', handler: constant(UID) },
  { number: 175, name: 'geteuid', args: '', handler: constant(UID) },
  { number: 176, name: 'getgid', args: '', handler: constant(GID) },
  { number: 177, name: 'getegid', args: '', handler: constant(GID) },
  { number: 179, name: 'sysinfo', args: 'x', handler: sysinfo },
  { number: 198, name: 'socket', args: 'ddd', handler: constant(-EAFNOSUPPORT) },
  { number: 199, name: 'socketpair', args: 'dddx', handler: constant(-EAFNOSUPPORT) },
  { number: 221, name: 'execve', args: 'xxx', handler: constant(-EACCES) },
  // Known and refused: C libraries ask once and do without.
  { number: 258, name: 'riscv_hwprobe', args: 'xdxxx', handler: constant(-ENOSYS) },
  { number: 259, name: 'riscv_flush_icache', args: 'xxx', handler: constant(0) },
  { number: 261, name: 'prlimit64', args: 'ddxx', handler: prlimit },
  { number: 278, name: 'getrandom', args: 'xdx', handler: getrandom },
  { number: 283, name: 'membarrier', args: 'dxd', handler: membarrier },
  { number: 293, name: 'rseq', args: 'xdxx', handler: constant(-ENOSYS) },
  { number: 437, name: 'openat2', args: 'dxxd', handler: constant(-ENOSYS) },
];
