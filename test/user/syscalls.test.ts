// System calls one by one on plain memory: results, error numbers, what is written where, and the log of events.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { X } from '../../emulator/guest/riscv64/registers.ts';
import { SYSCALLS } from '../../emulator/user/syscalls.ts';
import { NOWHERE, Rig, SCRATCH, SCRATCH_BYTES } from './rig.ts';

const [ENOENT, EBADF, EAGAIN, ENOMEM, EFAULT, EEXIST, EINVAL, ENOTTY, ESPIPE, ENOSYS] = [
  2, 9, 11, 12, 14, 17, 22, 25, 29, 38,
];
const AT_FDCWD = -100;
const nr = (name: string): number => {
  for (const row of SYSCALLS.values()) if (row.name === name) return row.number;
  throw new Error(`no system call ${name}`);
};

test('writes to the streams and says so in the log', () => {
  const rig = new Rig();
  assert.is(rig.call(nr('write'), 1, rig.put(0, 'hello'), 5), 5);
  assert.is(rig.call(nr('write'), 2, rig.put(0, 'oops'), 4), 4);
  assert.is(rig.out, 'hello');
  assert.is(rig.err, 'oops');
  assert.equal(rig.transcript, ['write(1, 0x200000, 5) = 5', 'write(2, 0x200000, 4) = 4']);
  assert.equal(rig.events[0]!.detail.slice(0, 8), [64n, 1n, 0x200000n, 5n, 0n, 0n, 0n, 5n]);
  assert.is(rig.call(nr('write'), 7, SCRATCH, 1), -EBADF);
  assert.is(rig.transcript.at(-1), 'write(7, 0x200000, 1) = -EBADF');
  assert.is(rig.call(nr('write'), 0, SCRATCH, 1), -EBADF);
  assert.is(rig.call(nr('write'), 1, NOWHERE, 1), -EFAULT);
  assert.is(rig.call(nr('write'), 1, SCRATCH, -1), -EINVAL);
  assert.is(rig.call(nr('write'), 1, -4096, 10), -EFAULT);
  // A buffer that ends in unmapped memory is written as far as it goes.
  assert.is(rig.call(nr('write'), 1, SCRATCH + SCRATCH_BYTES - 3, 10), 3);
});

test('advances over the ecall and leaves other registers alone', () => {
  const rig = new Rig();
  const { pc } = rig.cpu;
  const before = [...Array(32).keys()].map((n) => rig.cpu.read(X(n)));
  rig.call(nr('getpid'));
  assert.is(rig.cpu.pc, pc + 4);
  before.forEach((value, n) => {
    if (n !== 10 && n !== 17) assert.is(rig.cpu.read(X(n)), value);
  });
});

test('an unknown call is ENOSYS, named once', () => {
  const rig = new Rig();
  assert.is(rig.call(1234), -ENOSYS);
  assert.is(rig.call(1234), -ENOSYS);
  assert.is(rig.call(-5), -ENOSYS);
  assert.is(rig.warnings.length, 2);
  assert.ok(rig.warnings[0]!.startsWith('unknown system call 1234 at pc 0x10200 (_start)'), rig.warnings[0]);
  // Known and refused without a word.
  assert.is(rig.call(nr('rseq'), 0, 0, 0, 0), -ENOSYS);
  assert.is(rig.call(nr('riscv_hwprobe'), 0, 0, 0, 0, 0), -ENOSYS);
  assert.is(rig.warnings.length, 2);
});

test('opens, reads, seeks and closes', () => {
  const rig = new Rig();
  assert.is(rig.call(nr('openat'), AT_FDCWD, rig.put(0, '/etc/motd'), 0, 0), 3);
  assert.is(rig.call(nr('read'), 3, SCRATCH, 5), 5);
  assert.is(rig.text(SCRATCH, 5), 'hello');
  assert.is(rig.call(nr('lseek'), 3, -6, 2), 7);
  assert.is(rig.call(nr('read'), 3, SCRATCH, 100), 6);
  assert.is(rig.text(SCRATCH, 6), 'world\n');
  assert.is(rig.call(nr('read'), 3, SCRATCH, 100), 0);
  assert.is(rig.call(nr('pread64'), 3, SCRATCH, 3, 1), 3);
  assert.is(rig.text(SCRATCH, 3), 'ell');
  assert.is(rig.call(nr('write'), 3, SCRATCH, 3), -EBADF);
  assert.is(rig.call(nr('lseek'), 3, 0, 0), 0);
  assert.is(rig.call(nr('read'), 3, NOWHERE, 3), -EFAULT);
  assert.is(rig.call(nr('lseek'), 3, -1, 0), -EINVAL);
  assert.is(rig.call(nr('lseek'), 1, 0, 0), -ESPIPE);
  assert.is(rig.call(nr('close'), 3), 0);
  assert.is(rig.call(nr('close'), 3), -EBADF);
  assert.is(rig.call(nr('openat'), AT_FDCWD, rig.put(0, '/no/such'), 0, 0), -ENOENT);
  assert.is(rig.call(nr('openat'), AT_FDCWD, NOWHERE, 0, 0), -EFAULT);
  assert.is(rig.call(nr('openat'), 55, rig.put(0, 'relative'), 0, 0), -EBADF);
  assert.is(rig.call(nr('openat'), AT_FDCWD, rig.put(0, ''), 0, 0), -ENOENT);
  assert.is(rig.call(nr('openat'), AT_FDCWD, rig.put(0, 'x'.repeat(5000)), 0, 0), -36);
});

test('a path may end at the end of mapped memory', () => {
  const rig = new Rig();
  const path = '/etc/motd\0';
  const at = rig.put(SCRATCH_BYTES - path.length, new TextEncoder().encode(path));
  assert.is(rig.call(nr('openat'), AT_FDCWD, at, 0, 0), 3);
  rig.memory.write(at + path.length - 1, Uint8Array.of(65));
  assert.is(rig.call(nr('openat'), AT_FDCWD, at, 0, 0), -EFAULT);
});

test('runs out of descriptors with EMFILE', () => {
  const rig = new Rig();
  const path = rig.put(0, '/etc/motd');
  for (let fd = 3; fd < 1024; fd++) assert.is(rig.call(nr('openat'), AT_FDCWD, path, 0, 0), fd);
  assert.is(rig.call(nr('openat'), AT_FDCWD, path, 0, 0), -24);
  assert.is(rig.call(nr('pipe2'), SCRATCH, 0), -24);
  assert.is(rig.call(nr('dup'), 1), -24);
  assert.is(rig.call(nr('close'), 500), 0);
  assert.is(rig.call(nr('dup'), 1), 500);
});

test('the limit on descriptors can be lowered', () => {
  const rig = new Rig();
  assert.is(rig.call(nr('prlimit64'), 0, 7, rig.words(0, 5, 5), 0), 0);
  assert.is(rig.call(nr('prlimit64'), 0, 7, rig.words(0, 6, 6), 0), -1);
  assert.is(rig.call(nr('dup'), 1), 3);
  assert.is(rig.call(nr('dup'), 1), 4);
  assert.is(rig.call(nr('dup'), 1), -24);
});

test('the program finds itself', () => {
  const rig = new Rig({ programPath: 'prog', cwd: '/bin' });
  const link = rig.put(0, '/proc/self/exe');
  assert.is(rig.call(nr('readlinkat'), AT_FDCWD, link, SCRATCH + 64, 100), 9);
  assert.is(rig.text(SCRATCH + 64, 9), '/bin/prog');
  assert.is(rig.call(nr('openat'), AT_FDCWD, link, 0, 0), 3);
  assert.is(rig.call(nr('read'), 3, SCRATCH + 64, 10), 3);
  assert.is(rig.call(nr('openat'), AT_FDCWD, rig.put(0, '/proc/self/maps'), 0, 0), 4);
  const length = rig.call(nr('read'), 4, SCRATCH + 64, 4000);
  const lines = rig.text(SCRATCH + 64, length).split('\n');
  assert.ok(/^00010000-00011000 r-xp 00000000 00:01 \d+ +\/bin\/prog$/.test(lines[0]!), lines[0]);
  assert.ok(lines.some((line) => line.endsWith('[stack]')));
});

test('stat as riscv64 lays it out', () => {
  const rig = new Rig();
  assert.is(rig.call(nr('newfstatat'), AT_FDCWD, rig.put(0, '/etc/motd'), SCRATCH + 256, 0), 0);
  const view = rig.view(SCRATCH + 256, 128);
  assert.is(view.getUint32(16, true), 0o100644);
  assert.is(view.getUint32(20, true), 1);
  assert.is(view.getUint32(24, true), 1000);
  assert.is(view.getBigInt64(48, true), 13n);
  assert.is(view.getInt32(56, true), 4096);
  assert.is(view.getBigInt64(64, true), 8n);
  assert.is(view.getBigInt64(88, true), 1577836800n);
  assert.is(rig.call(nr('statx'), AT_FDCWD, rig.put(0, '/etc'), 0, 0xfff, SCRATCH + 256), 0);
  const extended = rig.view(SCRATCH + 256, 256);
  assert.is(extended.getUint16(28, true), 0o40755);
  assert.is(rig.call(nr('fstat'), 1, SCRATCH + 256), 0);
  assert.is(rig.view(SCRATCH + 256, 128).getUint32(16, true) & 0o170000, 0o010000);
  assert.is(rig.call(nr('fstat'), 1, NOWHERE), -EFAULT);
  assert.is(rig.call(nr('ioctl'), 1, 0x5401, SCRATCH), -ENOTTY);
});

test('directory entries come sorted and in pieces', () => {
  const rig = new Rig();
  const names: string[] = [];
  for (let i = 0; i < 20; i++) {
    const fd = rig.call(nr('openat'), AT_FDCWD, rig.put(0, `/etc/file${19 - i}`), 0o101, 0o600);
    rig.call(nr('close'), fd);
  }
  const fd = rig.call(nr('openat'), AT_FDCWD, rig.put(0, '/etc'), 0o200000, 0);
  assert.is(rig.call(nr('getdents64'), fd, SCRATCH, 10), -EINVAL);
  while (true) {
    const used = rig.call(nr('getdents64'), fd, SCRATCH, 100);
    if (used === 0) break;
    assert.ok(used > 0 && used <= 100);
    const view = rig.view(SCRATCH, used);
    for (let at = 0; at < used; at += view.getUint16(at + 16, true)) {
      const name = rig.text(SCRATCH + at + 19, view.getUint16(at + 16, true) - 19);
      names.push(name.slice(0, name.indexOf('\0')));
    }
  }
  assert.is(names.length, 23);
  assert.equal(names.slice(0, 5), ['.', '..', 'file0', 'file1', 'file10']);
  assert.is(names.at(-1), 'motd');
});

test('brk and mmap keep to their ranges', () => {
  const rig = new Rig();
  const brk = rig.call(nr('brk'), 0);
  assert.is(rig.call(nr('brk'), brk + 5000), brk + 5000);
  assert.is(rig.memory.protectionOf(brk + 4096), 3);
  assert.is(rig.call(nr('brk'), brk + 10), brk + 10);
  assert.is(rig.memory.protectionOf(brk + 4096), undefined);
  assert.is(rig.call(nr('brk'), brk - 1), brk + 10);
  assert.is(rig.call(nr('brk'), -1), brk + 10);
  const ANON = 0x22;
  assert.is(rig.call(nr('mmap'), 0, 0, 3, ANON, -1, 0), -EINVAL);
  assert.is(rig.call(nr('mmap'), 0, -1, 3, ANON, -1, 0), -ENOMEM);
  assert.is(rig.call(nr('mmap'), 0, 2 ** 38, 3, ANON, -1, 0), -ENOMEM);
  assert.is(rig.call(nr('mmap'), 0, 4096, 3, 2, 77, 0), -EBADF);
  assert.is(rig.call(nr('mmap'), 0x1000, 4096, 3, ANON | 0x10, -1, 0), -EINVAL);
  const a = rig.call(nr('mmap'), 0, 3 * 4096, 3, ANON, -1, 0);
  assert.is(rig.call(nr('mmap'), a, 4096, 3, ANON | 0x100000, -1, 0), -EEXIST);
  assert.is(rig.call(nr('mmap'), 2 ** 39, 4096, 3, ANON | 0x10, -1, 0), -EINVAL);
  assert.is(rig.call(nr('mprotect'), a + 4096, 4096, 1), 0);
  assert.is(rig.memory.protectionOf(a + 4096), 1);
  assert.is(rig.memory.protectionOf(a + 8192), 3);
  assert.is(rig.call(nr('mprotect'), a + 8192, 8192, 1), -ENOMEM);
  assert.is(rig.call(nr('munmap'), a + 4096, 4096), 0);
  assert.is(rig.memory.protectionOf(a + 4096), undefined);
  assert.is(rig.call(nr('munmap'), a + 1, 4096), -EINVAL);
  assert.is(rig.call(nr('madvise'), a, 4096, 12345), -EINVAL);
  assert.is(rig.call(nr('mremap'), a, 4096, 0, 0), -EINVAL);
});

test('random changes of the address space agree with a page table', () => {
  const seed = 77;
  let state = seed;
  const random = (limit: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const rig = new Rig();
  const base = 0x5000000000;
  const PAGES = 24;
  const model = new Array<number | undefined>(PAGES).fill(undefined);
  for (let round = 0; round < 1500; round++) {
    const first = random(PAGES);
    const count = 1 + random(PAGES - first);
    const [addr, length] = [base + first * 4096, count * 4096];
    const prot = random(8);
    const where = `seed ${seed} round ${round}`;
    const kind = random(4);
    if (kind === 0) {
      assert.is(rig.call(nr('mmap'), addr, length, prot, 0x32, -1, 0), addr, where);
      model.fill(prot, first, first + count);
    } else if (kind === 1) {
      assert.is(rig.call(nr('munmap'), addr, length), 0, where);
      model.fill(undefined, first, first + count);
    } else if (kind === 2) {
      let whole = 0;
      for (let i = first; i < first + count && model[i] !== undefined; i++, whole++) model[i] = prot;
      assert.is(rig.call(nr('mprotect'), addr, length, prot), whole === count ? 0 : -ENOMEM, where);
    } else {
      const free = model.slice(first, first + count).every((p) => p === undefined);
      const got = rig.call(nr('mmap'), addr, length, prot, 0x22, -1, 0);
      assert.is(got === addr, free, where);
      if (free) model.fill(prot, first, first + count);
      else rig.call(nr('munmap'), got, length);
    }
    model.forEach((prot, i) => {
      assert.is(rig.memory.protectionOf(base + i * 4096), prot, `${where} page ${i}`);
    });
  }
});

test('maps files privately and shared', () => {
  const rig = new Rig();
  const fd = rig.call(nr('openat'), AT_FDCWD, rig.put(0, '/etc/motd'), 2, 0);
  const own = rig.call(nr('mmap'), 0, 4096, 3, 2, fd, 0);
  const shared = rig.call(nr('mmap'), 0, 4096, 3, 1, fd, 0);
  assert.is(rig.text(own, 14), 'hello, world\n\0');
  rig.memory.write(own, Uint8Array.of(74));
  rig.memory.write(shared, Uint8Array.of(89));
  assert.is(rig.call(nr('munmap'), own, 4096), 0);
  assert.is(rig.call(nr('close'), fd), 0);
  assert.is(rig.call(nr('munmap'), shared, 4096), 0);
  const again = rig.call(nr('openat'), AT_FDCWD, rig.put(0, '/etc/motd'), 0, 0);
  assert.is(rig.call(nr('read'), again, SCRATCH, 100), 13);
  assert.is(rig.text(SCRATCH, 5), 'Yello');
  assert.is(rig.call(nr('mmap'), 0, 4096, 3, 1, again, 0), -13);
});

test('time is instructions plus sleep', () => {
  const rig = new Rig();
  rig.icount = 5_000_000_123;
  const clock = (id: number): [bigint, bigint] => {
    assert.is(rig.call(nr('clock_gettime'), id, SCRATCH), 0);
    return [rig.view(SCRATCH, 16).getBigInt64(0, true), rig.view(SCRATCH, 16).getBigInt64(8, true)];
  };
  assert.equal(clock(1), [5n, 124n]);
  assert.equal(clock(0), [1577836805n, 125n]);
  assert.is(rig.call(nr('clock_gettime'), 99, SCRATCH), -EINVAL);
  assert.is(rig.call(nr('clock_gettime'), 1, NOWHERE), -EFAULT);
  // Sleeping: not runnable until the deadline, which idle() jumps to.
  assert.is(rig.begin(rig.cpu, nr('nanosleep'), rig.words(64, 2, 500), 0), false);
  const { pc } = rig.cpu;
  assert.is(rig.platform.nextDeadline(), rig.icount + 2_000_000_500);
  assert.is(rig.platform.idle(), true);
  assert.is(rig.platform.runnable(rig.cpu), true);
  assert.is(rig.result(rig.cpu), 0);
  assert.is(rig.cpu.pc, pc + 4);
  assert.is(rig.platform.nextDeadline(), Number.POSITIVE_INFINITY);
  assert.equal(clock(1), [7n, 629n]);
  assert.equal(clock(2), [5n, 130n], 'processor time does not count sleep');
  assert.is(rig.call(nr('nanosleep'), rig.words(64, 0, 1_000_000_000), 0), -EINVAL);
  assert.is(rig.call(nr('nanosleep'), rig.words(64, -1, 0), 0), -EINVAL);
  assert.is(rig.call(nr('nanosleep'), rig.words(64, 0, 0), 0), 0);
});

test('a sleep also ends when instructions reach its deadline', () => {
  const rig = new Rig();
  assert.is(rig.begin(rig.cpu, nr('nanosleep'), rig.words(64, 0, 1000), 0), false);
  rig.icount = rig.platform.nextDeadline() - 1;
  rig.platform.deadline();
  assert.is(rig.platform.runnable(rig.cpu), false);
  rig.icount++;
  rig.platform.deadline();
  assert.is(rig.platform.runnable(rig.cpu), true);
});

test('getrandom repeats with the seed', () => {
  const bytes = (seed: number): string => {
    const rig = new Rig({ seed });
    assert.is(rig.call(nr('getrandom'), SCRATCH, 24, 0), 24);
    return rig.memory.read(SCRATCH, 24)!.join();
  };
  assert.is(bytes(5), bytes(5));
  assert.is.not(bytes(5), bytes(6));
  assert.is(new Rig().call(nr('getrandom'), NOWHERE, 8, 0), -EFAULT);
});

test('stdin is read in the pieces it comes in', () => {
  const rig = new Rig({ input: ['first line\n', 'second'] });
  assert.is(rig.call(nr('read'), 0, SCRATCH, 5), 5);
  assert.is(rig.call(nr('read'), 0, SCRATCH, 100), 6);
  assert.is(rig.text(SCRATCH, 6), ' line\n');
  assert.is(rig.call(nr('read'), 0, SCRATCH, 100), 6);
  assert.is(rig.call(nr('read'), 0, SCRATCH, 100), 0);
});

test('a pipe makes its reader wait, and its writer when full', () => {
  const rig = new Rig();
  assert.is(rig.call(nr('pipe2'), SCRATCH, 0), 0);
  const other = thread(rig);
  assert.is(rig.begin(rig.cpu, nr('read'), 3, SCRATCH + 64, 10), false);
  assert.is(rig.begin(other, nr('write'), 4, rig.put(128, 'ping'), 4), true);
  assert.is(rig.platform.runnable(rig.cpu), true);
  assert.is(rig.result(rig.cpu), 4);
  assert.is(rig.text(SCRATCH + 64, 4), 'ping');
  // The waiting call's result is logged when it has one, before its waker's.
  assert.equal(rig.transcript.slice(-2), ['write(4, 0x200080, 4) = 4', 'read(3, 0x200040, 10) = 4']);
  assert.is(rig.begin(rig.cpu, nr('write'), 4, SCRATCH, 100_000), false);
  assert.is(rig.begin(other, nr('read'), 3, SCRATCH + 0x20000, 40_000), true);
  assert.is(rig.result(rig.cpu), 100_000);
  assert.is(rig.begin(rig.cpu, nr('close'), 4), true);
  let rest = 0;
  while (rig.begin(other, nr('read'), 3, SCRATCH + 0x20000, 50_000) && rig.result(other) > 0) rest += rig.result(other);
  assert.is(rest, 60_000);
});

/** A second thread as pthread_create makes it. */
function thread(rig: Rig, tls = 0) {
  const flags = 0x3d0f00;
  const tid = rig.call(nr('clone'), flags, SCRATCH + 0x3000, SCRATCH + 0x2000, tls, SCRATCH + 0x2000);
  assert.ok(tid > 1000);
  return rig.cpus.at(-1)!;
}

test('clone makes a thread with its own stack and thread pointer', () => {
  const rig = new Rig();
  rig.cpu.write(X(9), 1234n);
  const other = thread(rig, 0x777000);
  assert.is(other.pc, rig.cpu.pc);
  assert.is(other.readNumber(X(2)), SCRATCH + 0x3000);
  assert.is(other.readNumber(X(4)), 0x777000);
  assert.is(other.readNumber(X(10)), 0);
  assert.is(other.read(X(9)), 1234n);
  assert.is(rig.memory.readUint(SCRATCH + 0x2000, 4), 1001);
  assert.is(rig.begin(other, nr('gettid')), true);
  assert.is(rig.result(other), 1001);
  // A process is refused by name; so are threads when there is no vCPU left.
  assert.is(rig.call(nr('clone'), 17, 0, 0, 0, 0), -ENOSYS);
  assert.ok(rig.warnings[0]!.includes('fork'));
  thread(rig);
  thread(rig);
  assert.is(rig.call(nr('clone'), 0x3d0f00, SCRATCH, SCRATCH, 0, SCRATCH), -EAGAIN);
});

test('futex: waits on the value, wakes in order, by bits, requeues, times out', () => {
  const rig = new Rig();
  const [a, b] = [thread(rig), thread(rig)];
  const word = rig.words(0, 5);
  const other = rig.words(64, 0);
  const [WAIT, WAKE, CMP_REQUEUE, WAIT_BITSET, WAKE_BITSET] = [128, 129, 132, 137, 138];
  const futex = nr('futex');
  assert.is(rig.call(futex, word, WAIT, 4, 0), -EAGAIN);
  assert.is(rig.call(futex, NOWHERE, WAIT, 4, 0), -EFAULT);
  assert.is(rig.call(futex, word + 1, WAIT, 4, 0), -EINVAL);
  assert.is(rig.begin(b, futex, word, WAIT, 5, 0), false);
  assert.is(rig.begin(a, futex, word, WAIT, 5, 0), false);
  assert.is(rig.call(futex, word, WAKE, 1), 1);
  assert.is(rig.platform.runnable(b), true, 'first come, first woken');
  assert.is(rig.platform.runnable(a), false);
  assert.is(rig.call(futex, other, WAKE, 10), 0);
  assert.is(rig.call(futex, word, CMP_REQUEUE, 0, 10, other, 4), -EAGAIN);
  assert.is(rig.call(futex, word, CMP_REQUEUE, 0, 10, other, 5), 1);
  assert.is(rig.call(futex, word, WAKE, 10), 0);
  assert.is(rig.call(futex, other, WAKE, 10), 1);
  assert.is(rig.begin(a, futex, word, WAIT_BITSET, 5, 0, 0, 2), false);
  assert.is(rig.call(futex, word, WAKE_BITSET, 1, 0, 0, 1), 0);
  assert.is(rig.call(futex, word, WAKE_BITSET, 1, 0, 0, 3), 1);
  assert.is(rig.call(futex, word, 134, 0), -ENOSYS, 'LOCK_PI');
  const timeout = rig.words(128, 0, 5000);
  assert.is(rig.begin(a, futex, word, WAIT, 5, timeout), false);
  assert.is(rig.begin(b, nr('gettid')), true);
  rig.icount += 5000;
  rig.platform.deadline();
  assert.is(rig.result(a), -110);
  // Absolute, on the real-time clock.
  rig.words(128, 1577836800, 50_000);
  assert.is(rig.begin(a, futex, word, WAIT_BITSET | 256, 5, timeout, 0, -1), false);
  assert.is(rig.platform.nextDeadline(), 50_000);
});

test('the last words of a thread: its tid is cleared, its joiner woken, robust locks marked', () => {
  const rig = new Rig();
  const a = thread(rig);
  const tidWord = SCRATCH + 0x2000;
  assert.is(rig.begin(rig.cpu, nr('futex'), tidWord, 0, 1001, 0), false);
  const lock = rig.put(0x110, new Uint8Array(Uint32Array.of(0x80000000 | 1001).buffer));
  // List head at 0x80: one entry at 0x100 whose futex is 16 bytes behind it.
  rig.words(0x100, SCRATCH + 0x80);
  rig.words(0x80, SCRATCH + 0x100, 16, 0);
  assert.is(rig.begin(a, nr('set_robust_list'), SCRATCH + 0x80, 24), true);
  rig.begin(a, nr('exit'), 0);
  assert.equal(rig.removed, [a.index]);
  assert.is(rig.memory.readUint(tidWord, 4), 0);
  assert.is(rig.memory.readUint(lock, 4), 0xc0000000);
  assert.is(rig.platform.runnable(rig.cpu), true);
  assert.is(rig.platform.runnable(a), false);
  assert.is(rig.ended, undefined);
  rig.begin(rig.cpu, nr('exit'), 7);
  assert.equal(rig.ended, { code: 7 });
});

test('exit_group ends everything with its status', () => {
  const rig = new Rig();
  thread(rig);
  rig.begin(rig.cpu, nr('exit_group'), 300);
  assert.equal(rig.ended, { code: 44 });
  assert.is(rig.platform.runnable(rig.cpu), false);
  assert.is(rig.transcript.at(-1), 'exit with status 44');
});

test('counters read by instruction', () => {
  const rig = new Rig();
  rig.icount = 1000;
  const { pc } = rig.cpu;
  rig.platform.system(rig.cpu, 0xc0002573); // rdcycle a0
  assert.is(rig.cpu.read(X(10)), 1000n);
  rig.platform.system(rig.cpu, 0xc02025f3 | 0); // rdinstret a1
  assert.is(rig.cpu.read(X(11)), 1000n);
  rig.platform.system(rig.cpu, 0x0000100f); // fence.i
  assert.is(rig.cpu.pc, pc + 12);
  assert.is(rig.ended, undefined);
  rig.platform.system(rig.cpu, 0x30002573); // csrr a0, mstatus
  assert.equal(rig.ended, { code: 132, reason: 'SIGILL' });
});

test('random arguments never break the process', () => {
  const seed = 4242;
  let state = seed;
  const random = (limit: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const values = (): bigint[] => [
    0n,
    1n,
    3n,
    BigInt(random(64)),
    BigInt(SCRATCH + random(64) * 8),
    BigInt(SCRATCH + SCRATCH_BYTES - random(32)),
    BigInt(NOWHERE),
    0x4000001000n,
    BigInt(random(2 ** 31)),
    0xffffffffffffffffn - BigInt(random(200)),
    1n << BigInt(random(64)),
    0x8000000000000000n,
  ];
  let waits = 0;
  for (let round = 0; round < 40; round++) {
    const rig = new Rig({ input: ['text'] });
    for (let step = 0; step < 300; step++) {
      const rows = [...SYSCALLS.values()];
      const row = rows[random(rows.length)]!;
      const args = [0, 1, 2, 3, 4, 5].map(() => values()[random(12)]!);
      // Mapping a great deal is legal, and only slow here.
      if (row.name === 'mmap' || row.name === 'brk' || row.name === 'mremap') args[1] = args[1]! & 0xffffn;
      if (row.name === 'brk') args[0] = args[0]! & 0xfffffn;
      if (row.name === 'mremap') args[2] = args[2]! & 0xffffn;
      try {
        if (!rig.begin(rig.cpu, row.number, ...args)) waits++;
      } catch (error) {
        assert.unreachable(`seed ${seed} round ${round} step ${step}: ${row.name}(${args.join(', ')}): ${error}`);
      }
      if (rig.ended || !rig.platform.runnable(rig.cpu)) break;
      rig.memory.map(SCRATCH, SCRATCH_BYTES, 3);
    }
    rig.platform.restore(rig.platform.save());
  }
  assert.ok(waits > 0);
});

test.run();
