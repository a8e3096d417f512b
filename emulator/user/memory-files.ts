// A file system whose writes stay in memory, over a read-only lower layer (the host's files, a fixture, or nothing).
// Used by lockstep and by tests: deterministic, restorable, harmless. Contents are copied up from the lower layer at
// the first write, in chunks that saved states share until one side changes them.

import { must } from '../must.ts';
import {
  EACCES,
  EBADF,
  EBUSY,
  EEXIST,
  EFBIG,
  EINVAL,
  EISDIR,
  ELOOP,
  ENOENT,
  ENOTDIR,
  ENOTEMPTY,
  EPERM,
  EXDEV,
  fail,
} from './errno.ts';
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
  O_WRONLY,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  walkPath,
} from './files.ts';

/** The files below: never written to. Paths are canonical (no links, `.` or `..` in them). */
export interface LowerFiles {
  /** The directory a process starts in; `/` when missing. */
  readonly start?: string;
  /** mode carries the type; undefined when there is nothing. */
  stat(path: string): { mode: number; size: number } | undefined;
  read(path: string, position: number, length: number): Uint8Array;
  /** Names, in any order. */
  list(path: string): string[];
  readlink(path: string): string;
}

const CHUNK = 65536;
const MAX_FILE = 1 << 30;

interface Chunk {
  bytes: Uint8Array;
  /** The epoch it was made in; an older one is shared with a saved state and copied before it is written. */
  epoch: number;
}

interface Node {
  ino: number;
  mode: number;
  nlink: number;
  atime: FileTime;
  mtime: FileTime;
  /** Path in the lower layer whose contents (file) or further entries (directory) show through; null: none. */
  lower: string | null;
  size: number;
  chunks: (Chunk | null)[];
  target: string;
  /** Directory: name to node, 0 for a name removed from the lower layer. */
  entries: Map<string, number>;
}

interface Open {
  node: number;
  flags: number;
}

interface MemoryState {
  nodes: Map<number, Node>;
  nextNode: number;
  open: Map<FileHandle, Open>;
  nextHandle: FileHandle;
}

const ROOT = 1;
const EMPTY = new Uint8Array(0);

export class MemoryFiles implements FileSystem {
  readonly start: string;
  private readonly below: LowerFiles | undefined;
  private state: MemoryState;
  private epoch = 1;

  constructor(below?: LowerFiles, contents: Readonly<Record<string, Uint8Array | string>> = {}) {
    this.below = below;
    this.start = below?.start ?? '/';
    const root = newNode('/', S_IFDIR | 0o755);
    root.lower = below === undefined ? null : '/';
    this.state = { nodes: new Map([[ROOT, root]]), nextNode: ROOT + 1, open: new Map(), nextHandle: 1 };
    for (const [path, data] of Object.entries(contents)) this.plant(path, data);
  }

  /** Puts a file there, directories included. For tests and scenario set-up. */
  plant(path: string, data: Uint8Array | string, mode = 0o644): void {
    const parts = path.split('/').filter((part) => part !== '');
    for (let i = 1; i < parts.length; i++) {
      const directory = `/${parts.slice(0, i).join('/')}`;
      if (this.find(directory) === undefined) this.mkdir(directory, 0o755);
    }
    const handle = this.open(path, O_CREAT | O_WRONLY | O_TRUNC, mode);
    this.write(handle, 0, typeof data === 'string' ? new TextEncoder().encode(data) : data);
    this.close(handle);
  }

  open(path: string, flags: number, mode: number): FileHandle {
    const create = (flags & O_CREAT) !== 0;
    const exclusive = create && (flags & O_EXCL) !== 0;
    const where = this.walk(path, !exclusive && (flags & O_NOFOLLOW) === 0);
    let id = this.find(where);
    if (id !== undefined && exclusive) fail(EEXIST);
    if (id === undefined) {
      if (!create) fail(ENOENT);
      if (path.endsWith('/')) fail(EISDIR);
      id = this.add(where, newNode(where, S_IFREG | (mode & 0o7777)));
    } else {
      this.checkOpen(this.node(id), flags);
      if ((flags & O_TRUNC) !== 0 && (flags & O_PATH) === 0) this.resize(this.node(id), 0);
    }
    const handle = this.state.nextHandle++;
    this.state.open.set(handle, { node: id, flags });
    return handle;
  }

  private checkOpen(node: Node, flags: number): void {
    const type = node.mode & S_IFMT;
    const writes = (flags & O_ACCMODE) !== O_RDONLY || (flags & O_TRUNC) !== 0;
    if (type === S_IFLNK && (flags & O_PATH) === 0) fail((flags & O_DIRECTORY) !== 0 ? ENOTDIR : ELOOP);
    if ((flags & O_DIRECTORY) !== 0 && type !== S_IFDIR) fail(ENOTDIR);
    if (type === S_IFDIR && (writes || (flags & O_CREAT) !== 0)) fail(EISDIR);
    if ((flags & O_PATH) !== 0) return;
    if (writes && (node.mode & 0o200) === 0) fail(EACCES);
    if ((flags & O_ACCMODE) !== O_WRONLY && (node.mode & 0o400) === 0) fail(EACCES);
  }

  close(handle: FileHandle): void {
    const open = this.opened(handle);
    this.state.open.delete(handle);
    this.forget(open.node);
  }

  duplicate(handle: FileHandle): FileHandle {
    const copy = this.state.nextHandle++;
    this.state.open.set(copy, { ...this.opened(handle) });
    return copy;
  }

  stat(handle: FileHandle): FileStat {
    return statOf(this.node(this.opened(handle).node));
  }

  read(handle: FileHandle, position: number, length: number): Uint8Array {
    const open = this.opened(handle);
    if ((open.flags & O_ACCMODE) === O_WRONLY) fail(EBADF);
    const node = this.node(open.node);
    if ((node.mode & S_IFMT) === S_IFDIR) fail(EISDIR);
    const count = Math.min(length, node.size - position);
    if (count <= 0) return EMPTY;
    if (node.lower !== null) return this.below!.read(node.lower, position, count);
    const out = new Uint8Array(count);
    for (let at = 0; at < count; ) {
      const from = (position + at) % CHUNK;
      const part = Math.min(CHUNK - from, count - at);
      const chunk = node.chunks[Math.floor((position + at) / CHUNK)];
      if (chunk != null) out.set(chunk.bytes.subarray(from, from + part), at);
      at += part;
    }
    return out;
  }

  write(handle: FileHandle, position: number, bytes: Uint8Array): number {
    const open = this.opened(handle);
    if ((open.flags & O_ACCMODE) === O_RDONLY) fail(EBADF);
    const node = this.node(open.node);
    if (bytes.length === 0) return 0;
    if (position + bytes.length > MAX_FILE) fail(EFBIG);
    this.copyUp(node);
    for (let at = 0; at < bytes.length; ) {
      const from = (position + at) % CHUNK;
      const part = Math.min(CHUNK - from, bytes.length - at);
      this.own(node, Math.floor((position + at) / CHUNK)).set(bytes.subarray(at, at + part), from);
      at += part;
    }
    node.size = Math.max(node.size, position + bytes.length);
    return bytes.length;
  }

  truncate(handle: FileHandle, size: number): void {
    const open = this.opened(handle);
    const node = this.node(open.node);
    if ((node.mode & S_IFMT) !== S_IFREG || (open.flags & O_ACCMODE) === O_RDONLY) fail(EINVAL);
    if (size > MAX_FILE) fail(EFBIG);
    this.resize(node, size);
  }

  list(handle: FileHandle): DirEntry[] {
    const id = this.opened(handle).node;
    const node = this.node(id);
    if ((node.mode & S_IFMT) !== S_IFDIR) fail(ENOTDIR);
    return this.names(node).map((name) => {
      const child = this.node(this.child(id, name)!);
      return { name, ino: child.ino, type: child.mode & S_IFMT };
    });
  }

  lookup(path: string, follow: boolean): FileStat {
    return statOf(this.existing(path, follow));
  }

  resolve(path: string): string {
    const where = this.walk(path, true);
    if (this.find(where) === undefined) fail(ENOENT);
    return where;
  }

  readlink(path: string): string {
    const node = this.existing(path, false);
    return (node.mode & S_IFMT) === S_IFLNK ? node.target : fail(EINVAL);
  }

  mkdir(path: string, mode: number): void {
    const where = this.walk(path, false);
    if (this.find(where) !== undefined) fail(EEXIST);
    this.add(where, newNode(where, S_IFDIR | (mode & 0o1777)));
  }

  rmdir(path: string): void {
    checkRemovable(path);
    const where = this.walk(path, false);
    const id = this.find(where) ?? fail(ENOENT);
    const node = this.node(id);
    if ((node.mode & S_IFMT) !== S_IFDIR) fail(ENOTDIR);
    if (this.names(node).length > 0) fail(ENOTEMPTY);
    if (id === ROOT) fail(EBUSY);
    this.remove(where);
  }

  unlink(path: string): void {
    const where = this.walk(path, false);
    const id = this.find(where) ?? fail(ENOENT);
    if ((this.node(id).mode & S_IFMT) === S_IFDIR) fail(EISDIR);
    this.remove(where);
  }

  rename(from: string, to: string, noReplace: boolean): void {
    checkRenamable(from, to);
    const source = this.walk(from, false);
    const target = this.walk(to, false);
    const id = this.find(source) ?? fail(ENOENT);
    const old = this.find(target);
    if (old === id) return;
    if (`${target}/`.startsWith(`${source}/`)) fail(EINVAL);
    if (old !== undefined) {
      if (noReplace) fail(EEXIST);
      const fromDir = (this.node(id).mode & S_IFMT) === S_IFDIR;
      const toDir = (this.node(old).mode & S_IFMT) === S_IFDIR;
      if (fromDir && !toDir) fail(ENOTDIR);
      if (!fromDir && toDir) fail(EISDIR);
      if (toDir && this.names(this.node(old)).length > 0) fail(ENOTEMPTY);
    }
    this.parentOf(target);
    if (old !== undefined) this.remove(target);
    this.node(id).nlink++;
    this.remove(source);
    const [parent, name] = this.parentOf(target);
    parent.entries.set(name, id);
  }

  link(from: string, to: string): void {
    const source = this.walk(from, false);
    const target = this.walk(to, false);
    const id = this.find(source) ?? fail(ENOENT);
    if (this.find(target) !== undefined) fail(EEXIST);
    if ((this.node(id).mode & S_IFMT) === S_IFDIR) fail(EPERM);
    const [parent, name] = this.parentOf(target);
    parent.entries.set(name, id);
    this.node(id).nlink++;
  }

  symlink(target: string, path: string): void {
    const where = this.walk(path, false);
    if (this.find(where) !== undefined) fail(EEXIST);
    const node = newNode(where, S_IFLNK | 0o777);
    node.target = target;
    node.size = new TextEncoder().encode(target).length;
    this.add(where, node);
  }

  chmod(path: string, mode: number): void {
    const node = this.existing(path, true);
    node.mode = (node.mode & S_IFMT) | (mode & 0o7777);
  }

  setTimes(path: string, follow: boolean, atime: FileTime | undefined, mtime: FileTime | undefined): void {
    const node = this.existing(path, follow);
    if (atime !== undefined) node.atime = atime;
    if (mtime !== undefined) node.mtime = mtime;
  }

  save(): unknown {
    this.epoch++;
    return copyState(this.state);
  }

  restore(state: unknown): void {
    this.epoch++;
    this.state = copyState(state as MemoryState);
  }

  // --- nodes -------------------------------------------------------------------------------------------------------

  private node(id: number): Node {
    const node = this.state.nodes.get(id);
    must(node !== undefined, `file node ${id} is gone`);
    return node;
  }

  private opened(handle: FileHandle): Open {
    return this.state.open.get(handle) ?? fail(EBADF);
  }

  private walk(path: string, follow: boolean): string {
    return walkPath(path, follow, (place) => {
      const id = this.find(place);
      if (id === undefined) return undefined;
      const node = this.node(id);
      const type = node.mode & S_IFMT;
      return type === S_IFLNK ? { type, target: node.target } : { type };
    });
  }

  private existing(path: string, follow: boolean): Node {
    return this.node(this.find(this.walk(path, follow)) ?? fail(ENOENT));
  }

  /** The node at a canonical path. */
  private find(path: string): number | undefined {
    let id: number | undefined = ROOT;
    for (const name of path.split('/')) {
      if (name === '') continue;
      id = this.child(id, name);
      if (id === undefined) return undefined;
    }
    return id;
  }

  private child(parentId: number, name: string): number | undefined {
    const parent = this.node(parentId);
    if ((parent.mode & S_IFMT) !== S_IFDIR) return undefined;
    const known = parent.entries.get(name);
    if (known !== undefined) return known === 0 ? undefined : known;
    if (parent.lower === null) return undefined;
    const path = `${parent.lower === '/' ? '' : parent.lower}/${name}`;
    const found = this.below!.stat(path);
    if (found === undefined) return undefined;
    const node = newNode(path, found.mode);
    const type = found.mode & S_IFMT;
    if (type === S_IFLNK) node.target = this.below!.readlink(path);
    else node.lower = path;
    node.size = type === S_IFDIR ? 4096 : type === S_IFLNK ? node.target.length : found.size;
    const id = this.state.nextNode++;
    this.state.nodes.set(id, node);
    parent.entries.set(name, id);
    return id;
  }

  private names(directory: Node): string[] {
    const names = new Set<string>(directory.lower === null ? [] : this.below!.list(directory.lower));
    for (const [name, id] of directory.entries) {
      if (id === 0) names.delete(name);
      else names.add(name);
    }
    return [...names].sort((a, b) => (a < b ? -1 : 1));
  }

  /** The directory a canonical path is in, and the name in it. */
  private parentOf(path: string): [Node, string] {
    const slash = path.lastIndexOf('/');
    const name = path.slice(slash + 1);
    if (name === '') fail(EEXIST);
    const id = this.find(path.slice(0, slash)) ?? fail(ENOENT);
    const parent = this.node(id);
    if ((parent.mode & S_IFMT) !== S_IFDIR) fail(ENOTDIR);
    if ((parent.mode & 0o200) === 0) fail(EACCES);
    return [parent, name];
  }

  private add(path: string, node: Node): number {
    const [parent, name] = this.parentOf(path);
    const id = this.state.nextNode++;
    this.state.nodes.set(id, node);
    parent.entries.set(name, id);
    return id;
  }

  private remove(path: string): void {
    const id = this.find(path) ?? fail(ENOENT);
    const [parent, name] = this.parentOf(path);
    if (parent.lower !== null) parent.entries.set(name, 0);
    else parent.entries.delete(name);
    this.node(id).nlink--;
    this.forget(id);
  }

  /** Drops a node that neither a name nor a handle leads to. */
  private forget(id: number): void {
    const node = this.node(id);
    const names = (node.mode & S_IFMT) === S_IFDIR ? node.nlink - 1 : node.nlink;
    if (names > 0 || id === ROOT) return;
    for (const open of this.state.open.values()) if (open.node === id) return;
    this.state.nodes.delete(id);
  }

  private copyUp(node: Node): void {
    if (node.lower === null) return;
    if (node.size > MAX_FILE) fail(EXDEV);
    const path = node.lower;
    const size = node.size;
    node.lower = null;
    for (let at = 0; at < size; at += CHUNK) {
      this.own(node, at / CHUNK).set(this.below!.read(path, at, Math.min(CHUNK, size - at)));
    }
  }

  private resize(node: Node, size: number): void {
    if (size === 0) node.lower = null;
    else this.copyUp(node);
    if (size < node.size) {
      node.chunks.length = Math.min(node.chunks.length, Math.ceil(size / CHUNK));
      const last = Math.floor(size / CHUNK);
      if (size % CHUNK !== 0 && node.chunks[last] != null) this.own(node, last).fill(0, size % CHUNK);
    }
    node.size = size;
  }

  /** The chunk's bytes, safe to write. */
  private own(node: Node, index: number): Uint8Array {
    while (node.chunks.length <= index) node.chunks.push(null);
    const chunk = node.chunks[index];
    if (chunk != null && chunk.epoch === this.epoch) return chunk.bytes;
    const bytes = chunk != null ? chunk.bytes.slice() : new Uint8Array(CHUNK);
    node.chunks[index] = { bytes, epoch: this.epoch };
    return bytes;
  }
}

function newNode(path: string, mode: number): Node {
  const directory = (mode & S_IFMT) === S_IFDIR;
  return {
    ino: inodeOf(path),
    mode,
    nlink: directory ? 2 : 1,
    atime: FILE_EPOCH,
    mtime: FILE_EPOCH,
    lower: null,
    size: directory ? 4096 : 0,
    chunks: [],
    target: '',
    entries: new Map(),
  };
}

function statOf(node: Node): FileStat {
  return { ino: node.ino, mode: node.mode, nlink: node.nlink, size: node.size, atime: node.atime, mtime: node.mtime };
}

/** Chunks are shared, never changed in place by an epoch other than their own; everything else is copied. */
function copyState(state: MemoryState): MemoryState {
  const nodes = new Map<number, Node>();
  for (const [id, node] of state.nodes) {
    nodes.set(id, { ...node, chunks: node.chunks.slice(), entries: new Map(node.entries) });
  }
  const open = new Map([...state.open].map(([handle, entry]) => [handle, { ...entry }]));
  return { nodes, nextNode: state.nextNode, open, nextHandle: state.nextHandle };
}
