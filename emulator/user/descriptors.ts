// File descriptors and what they stand for: open files with positions, pipes, event counters, the standard streams and
// a few devices. Reading and writing here never touch guest memory: the calls (files-syscalls.ts) do. An operation that
// has to wait answers 'wait'; the call is tried again when `changed` says that some descriptor's state changed.

import { EAGAIN, EBADF, EINVAL, EISDIR, EMFILE, EPIPE, ESPIPE, fail } from './errno.ts';
import type { FileHandle, FileSystem } from './files.ts';
import { O_ACCMODE, O_APPEND, O_NONBLOCK, O_PATH, O_RDONLY, O_WRONLY } from './files.ts';
import { makePipe, PIPE_ATOMIC, PIPE_BYTES, type Pipe, putIntoPipe, roomInPipe, takeFromPipe } from './pipe.ts';
import type { Random } from './random.ts';
import type { StandardStreams } from './streams.ts';

const MAX_DESCRIPTORS = 1024;
const EVENT_MAX = 0xfffffffffffffffen;

/** An open file description, shared by descriptors made with dup. */
export interface OpenFile {
  kind: 'file' | 'directory' | 'text' | 'null' | 'zero' | 'random' | 'stdin' | 'stdout' | 'stderr' | 'pipe' | 'event';
  refs: number;
  /** O_* status flags with the access mode. */
  flags: number;
  position: number;
  handle: FileHandle;
  /** Guest path, for directories (bases of relative paths) and /proc/self/fd. */
  path: string;
  /** Contents of a generated file. */
  bytes: Uint8Array;
  pipe: number;
  count: bigint;
  semaphore: boolean;
}

interface Slot {
  file: number;
  closeOnExec: boolean;
}

interface DescriptorState {
  limit: number;
  slots: (Slot | null)[];
  files: (OpenFile | null)[];
  pipes: (Pipe | null)[];
}

const EMPTY = new Uint8Array(0);

export class Descriptors {
  private readonly fileSystem: FileSystem;
  private readonly streams: StandardStreams;
  private readonly random: Random;
  private state: DescriptorState = { limit: MAX_DESCRIPTORS, slots: [], files: [], pipes: [] };
  /** Set when a waiting call may now succeed; cleared by whoever tries them. */
  changed = false;

  constructor(fileSystem: FileSystem, streams: StandardStreams, random: Random) {
    this.fileSystem = fileSystem;
    this.streams = streams;
    this.random = random;
    this.install(this.make('stdin', O_RDONLY), false);
    this.install(this.make('stdout', O_WRONLY), false);
    this.install(this.make('stderr', O_WRONLY), false);
  }

  /** Descriptors are below this number (RLIMIT_NOFILE). */
  get limit(): number {
    return this.state.limit;
  }
  set limit(value: number) {
    this.state.limit = Math.min(value, MAX_DESCRIPTORS);
  }

  make(kind: OpenFile['kind'], flags: number, more: Partial<OpenFile> = {}): number {
    const file: OpenFile = {
      kind,
      refs: 0,
      flags,
      position: 0,
      handle: 0,
      path: '',
      bytes: EMPTY,
      pipe: -1,
      count: 0n,
      semaphore: false,
      ...more,
    };
    const free = this.state.files.indexOf(null);
    if (free < 0) return this.state.files.push(file) - 1;
    this.state.files[free] = file;
    return free;
  }

  /** Gives an open file the lowest free descriptor from `lowest`. */
  install(file: number, closeOnExec: boolean, lowest = 0): number {
    let fd = lowest;
    while (this.state.slots[fd] != null) fd++;
    if (fd >= this.limit) {
      if (this.state.files[file]!.refs === 0) this.drop(file);
      fail(EMFILE);
    }
    while (this.state.slots.length < fd) this.state.slots.push(null);
    this.state.slots[fd] = { file, closeOnExec };
    this.state.files[file]!.refs++;
    return fd;
  }

  /** Room for `count` more descriptors, or EMFILE before anything has been made. */
  reserve(count: number): void {
    const used = this.state.slots.reduce((n, slot) => n + (slot === null ? 0 : 1), 0);
    if (used + count > this.limit) fail(EMFILE);
  }

  private slot(fd: number): Slot {
    return this.state.slots[fd] ?? fail(EBADF);
  }

  get(fd: number): OpenFile {
    return this.state.files[this.slot(fd).file]!;
  }

  has(fd: number): boolean {
    return this.state.slots[fd] != null;
  }

  /** Open descriptors in ascending order. */
  open(): number[] {
    return this.state.slots.flatMap((slot, fd) => (slot === null ? [] : [fd]));
  }

  closeOnExec(fd: number): boolean {
    return this.slot(fd).closeOnExec;
  }
  setCloseOnExec(fd: number, value: boolean): void {
    this.slot(fd).closeOnExec = value;
  }

  close(fd: number): void {
    const { file } = this.slot(fd);
    this.state.slots[fd] = null;
    const open = this.state.files[file]!;
    if (--open.refs === 0) this.drop(file);
  }

  private drop(index: number): void {
    const open = this.state.files[index]!;
    this.state.files[index] = null;
    if (open.kind === 'file' || open.kind === 'directory') this.fileSystem.close(open.handle);
    if (open.kind === 'pipe') {
      const pipe = this.state.pipes[open.pipe]!;
      if ((open.flags & O_ACCMODE) === O_RDONLY) pipe.readers--;
      else pipe.writers--;
      if (pipe.readers === 0 && pipe.writers === 0) this.state.pipes[open.pipe] = null;
      this.changed = true;
    }
  }

  duplicate(fd: number, lowest: number, closeOnExec: boolean): number {
    return this.install(this.slot(fd).file, closeOnExec, lowest);
  }

  /** dup3: `to` is closed first. */
  duplicateTo(fd: number, to: number, closeOnExec: boolean): number {
    const { file } = this.slot(fd);
    if (to < 0 || to >= this.limit) fail(EBADF);
    this.state.files[file]!.refs++;
    if (this.has(to)) this.close(to);
    this.state.files[file]!.refs--;
    return this.install(file, closeOnExec, to);
  }

  makePipe(flags: number, closeOnExec: boolean): [number, number] {
    this.reserve(2);
    const pipe = makePipe();
    const free = this.state.pipes.indexOf(null);
    const index = free < 0 ? this.state.pipes.push(pipe) - 1 : free;
    this.state.pipes[index] = pipe;
    return [
      this.install(this.make('pipe', O_RDONLY | flags, { pipe: index }), closeOnExec),
      this.install(this.make('pipe', O_WRONLY | flags, { pipe: index }), closeOnExec),
    ];
  }

  /** Up to `length` bytes at the file's position, which moves; at `at` when given (pread). */
  read(file: OpenFile, length: number, at?: number): Uint8Array | 'wait' {
    if ((file.flags & O_PATH) !== 0 || (file.flags & O_ACCMODE) === O_WRONLY) fail(EBADF);
    if (at !== undefined && !seekable(file)) fail(ESPIPE);
    switch (file.kind) {
      case 'file': {
        const bytes = this.fileSystem.read(file.handle, at ?? file.position, length);
        if (at === undefined) file.position += bytes.length;
        return bytes;
      }
      case 'text': {
        const from = at ?? file.position;
        const bytes = file.bytes.slice(from, from + length);
        if (at === undefined) file.position += bytes.length;
        return bytes;
      }
      case 'null':
        return EMPTY;
      case 'zero':
        return new Uint8Array(length);
      case 'random':
        return this.random.bytes(length);
      case 'stdin':
        return length === 0 ? EMPTY : this.streams.read(length);
      case 'pipe':
        return this.readPipe(file, length);
      case 'event':
        return this.readEvent(file, length);
      case 'directory':
        return fail(EISDIR);
      default:
        return fail(EBADF);
    }
  }

  private readPipe(file: OpenFile, length: number): Uint8Array | 'wait' {
    const pipe = this.state.pipes[file.pipe]!;
    if (length === 0) return EMPTY;
    if (pipe.length === 0) {
      if (pipe.writers === 0) return EMPTY;
      return (file.flags & O_NONBLOCK) !== 0 ? fail(EAGAIN) : 'wait';
    }
    this.changed = true;
    return takeFromPipe(pipe, length);
  }

  private readEvent(file: OpenFile, length: number): Uint8Array | 'wait' {
    if (length < 8) fail(EINVAL);
    if (file.count === 0n) return (file.flags & O_NONBLOCK) !== 0 ? fail(EAGAIN) : 'wait';
    const value = file.semaphore ? 1n : file.count;
    file.count -= value;
    this.changed = true;
    return new Uint8Array(BigUint64Array.of(value).buffer);
  }

  /** Bytes written, possibly fewer than given (pipes); 'wait' when none can be now. */
  write(file: OpenFile, bytes: Uint8Array, at?: number): number | 'wait' {
    if ((file.flags & O_PATH) !== 0 || (file.flags & O_ACCMODE) === O_RDONLY) fail(EBADF);
    if (at !== undefined && !seekable(file)) fail(ESPIPE);
    switch (file.kind) {
      case 'file': {
        const end = (file.flags & O_APPEND) !== 0 ? this.fileSystem.stat(file.handle).size : undefined;
        const position = end ?? at ?? file.position;
        const count = this.fileSystem.write(file.handle, position, bytes);
        if (at === undefined) file.position = position + count;
        return count;
      }
      case 'null':
      case 'zero':
      case 'random':
        return bytes.length;
      case 'stdout':
      case 'stderr':
        this.streams.write(file.kind === 'stdout' ? 0 : 1, bytes);
        return bytes.length;
      case 'pipe':
        return this.writePipe(file, bytes);
      case 'event':
        return this.writeEvent(file, bytes);
      default:
        return fail(EBADF);
    }
  }

  /** How many of `wanted` bytes a write can take now; everything but a pipe takes them all. */
  acceptable(file: OpenFile, wanted: number): number {
    if (file.kind !== 'pipe' || (file.flags & O_ACCMODE) === O_RDONLY) return wanted;
    return roomInPipe(this.state.pipes[file.pipe]!, wanted);
  }

  private writePipe(file: OpenFile, bytes: Uint8Array): number | 'wait' {
    const pipe = this.state.pipes[file.pipe]!;
    if (pipe.readers === 0) fail(EPIPE);
    if (bytes.length === 0) return 0;
    const count = this.acceptable(file, bytes.length);
    if (count === 0) return (file.flags & O_NONBLOCK) !== 0 ? fail(EAGAIN) : 'wait';
    putIntoPipe(pipe, bytes.subarray(0, count));
    this.changed = true;
    return count;
  }

  private writeEvent(file: OpenFile, bytes: Uint8Array): number | 'wait' {
    if (bytes.length < 8) fail(EINVAL);
    const value = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
    if (value > EVENT_MAX) fail(EINVAL);
    if (file.count + value > EVENT_MAX) return (file.flags & O_NONBLOCK) !== 0 ? fail(EAGAIN) : 'wait';
    file.count += value;
    this.changed = true;
    return 8;
  }

  /** Bits of poll(2) that hold now. */
  ready(file: OpenFile): number {
    if (file.kind === 'pipe') {
      const pipe = this.state.pipes[file.pipe]!;
      if ((file.flags & O_ACCMODE) === O_RDONLY) {
        return (pipe.length > 0 ? POLLIN : 0) | (pipe.writers === 0 ? POLLHUP : 0);
      }
      return (PIPE_BYTES - pipe.length >= PIPE_ATOMIC ? POLLOUT : 0) | (pipe.readers === 0 ? POLLERR : 0);
    }
    if (file.kind === 'event') return (file.count > 0n ? POLLIN : 0) | (file.count < EVENT_MAX ? POLLOUT : 0);
    if (file.kind === 'stdin') return POLLIN;
    if (file.kind === 'stdout' || file.kind === 'stderr') return POLLOUT;
    return POLLIN | POLLOUT;
  }

  /** Bytes that FIONREAD reports. */
  available(file: OpenFile): number {
    if (file.kind === 'pipe') return this.state.pipes[file.pipe]!.length;
    if (file.kind === 'file') return Math.max(0, this.fileSystem.stat(file.handle).size - file.position);
    return 0;
  }

  save(): unknown {
    return structuredClone(this.state);
  }
  restore(state: unknown): void {
    this.state = structuredClone(state) as DescriptorState;
    this.changed = false;
  }
}

export const POLLIN = 1;
export const POLLPRI = 2;
export const POLLOUT = 4;
export const POLLERR = 8;
export const POLLHUP = 16;
export const POLLNVAL = 32;
export const POLLRDNORM = 64;
export const POLLWRNORM = 256;

/** Files with a position that lseek may move. */
export function seekable(file: OpenFile): boolean {
  return file.kind !== 'pipe' && file.kind !== 'event' && !file.kind.startsWith('std');
}
