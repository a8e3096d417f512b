// Modules of compiled regions as a picture of saved blocks (saved-blocks.ts) keeps them: the TB records of the blocks that
// each is made of, its bytes, and the machine code that the engine has made of it. A module is used again where the same
// blocks, all taken from the picture, are to be compiled together: their records lie where they lay, so emitting them would
// give the same bytes.
//
// Layout, in words: count; of each module its words, its groups, of each group its members and their records, how many of
// its functions are optimised, the lengths in bytes of its bytes and of its machine code, then these two.

import { countOptimised, decodeNativeCode, encodeNativeCode } from '../runtime/host-native-code.ts';
import type { Block } from './block.ts';

/** A module in use. */
export class SavedModule {
  readonly groups: readonly (readonly Block[])[];
  readonly bytes: Uint8Array<ArrayBuffer>;
  private readonly native: Uint8Array;
  /** Functions that are optimised in `native`. */
  readonly known: number;
  private code: WebAssembly.Module | undefined;
  private functions: readonly WebAssembly.ExportValue[] = [];

  constructor(
    groups: readonly (readonly Block[])[],
    bytes: Uint8Array<ArrayBuffer>,
    native = new Uint8Array(0),
    known = 0,
  ) {
    this.groups = groups;
    this.bytes = bytes;
    this.native = native;
    this.known = known;
  }

  /** The module with its machine code; undefined when there is none for this engine. */
  optimised(): WebAssembly.Module | undefined {
    return decodeNativeCode(this.native, this.bytes);
  }

  instantiated(code: WebAssembly.Module, functions: readonly WebAssembly.ExportValue[]): void {
    this.code = code;
    this.functions = functions;
  }

  /** How many functions the engine has optimised by now. */
  countOptimised(): number {
    return countOptimised(this.functions);
  }

  encode(): Int32Array {
    const words = [0, this.groups.length];
    for (const group of this.groups) words.push(group.length, ...group.map(({ record }) => record));
    const optimised = this.countOptimised();
    const more = this.code !== undefined && optimised > this.known;
    const native = more ? encodeNativeCode(this.code!) : this.native;
    words.push(more ? optimised : this.known, this.bytes.length, native.length);
    const at = words.length * 4;
    const nativeAt = at + alignWord(this.bytes.length);
    const out = new Int32Array((nativeAt + alignWord(native.length)) / 4);
    out.set(words);
    out[W_WORDS] = out.length;
    const bytes = new Uint8Array(out.buffer);
    bytes.set(this.bytes, at);
    bytes.set(native, nativeAt);
    return out;
  }
}

/** A module of an earlier run. */
interface Kept {
  /** Its word index in the picture. */
  readonly at: number;
  used: boolean;
}

const W_WORDS = 0;
const W_GROUPS = 1;

export class SavedRegions {
  private words = new Int32Array(0);
  /** By the record of the first block. */
  private readonly kept = new Map<number, Kept[]>();
  private readonly inUse: SavedModule[] = [];
  /** Modules that an earlier run does not have. */
  private fresh = 0;
  private known = 0;

  /** Takes the modules at word `at` of a picture whose digest is right. */
  load(picture: Int32Array<ArrayBuffer>, at: number): void {
    this.words = picture;
    this.known = picture[at]!;
    for (let i = 0, next = at + 1; i < this.known; i++, next += picture[next + W_WORDS]!) {
      const head = picture[next + W_GROUPS + 2]!;
      const modules = this.kept.get(head);
      if (modules) modules.push({ at: next, used: false });
      else this.kept.set(head, [{ at: next, used: false }]);
    }
  }

  /** The module of these groups; undefined when there is none. */
  find(groups: readonly (readonly Block[])[]): SavedModule | undefined {
    const { words } = this;
    const kept = this.kept.get(groups[0]![0]!.record)?.find(({ at }) => this.isOf(at, groups));
    if (!kept) return undefined;
    kept.used = true;
    const at = this.endOfGroups(kept.at);
    const [optimised, size, nativeSize] = words.subarray(at, at + 3) as unknown as [number, number, number];
    const start = words.byteOffset + (at + 3) * 4;
    const bytes = new Uint8Array(words.buffer as ArrayBuffer, start, size);
    const native = new Uint8Array(words.buffer as ArrayBuffer, start + alignWord(size), nativeSize);
    return this.use(new SavedModule(groups, bytes, native, optimised));
  }

  /** A module has been compiled of these groups, every block as it is in the cache. */
  add(groups: readonly (readonly Block[])[], bytes: Uint8Array<ArrayBuffer>): SavedModule {
    this.fresh++;
    return this.use(new SavedModule(groups, bytes));
  }

  private use(module: SavedModule): SavedModule {
    this.inUse.push(module);
    return module;
  }

  /** The arena has been emptied: what lies there from now on are other blocks. */
  forget(): void {
    this.kept.clear();
    this.inUse.length = 0;
  }

  /** Would a picture made now hold much more than the loaded one? */
  hasMore(): boolean {
    if (this.fresh * 8 > this.known) return true;
    let optimised = 0;
    let before = 0;
    for (const module of this.inUse) {
      before += module.known;
      optimised += Math.max(module.known, module.countOptimised());
    }
    return (optimised - before) * 8 > before;
  }

  /** What a picture with the blocks of these records holds of all this, in `room` bytes at most. */
  encode(records: ReadonlySet<number>, room: number): Int32Array {
    const parts: Int32Array[] = [];
    let words = 1;
    const put = (part: Int32Array): void => {
      if ((words + part.length) * 4 > room) return;
      parts.push(part);
      words += part.length;
    };
    for (const module of this.inUse)
      if (module.groups.every((group) => group.every(({ valid, record }) => valid && records.has(record))))
        put(module.encode());
    for (const { at, used } of [...this.kept.values()].flat())
      if (!used && this.recordsOf(at).every((record) => records.has(record)))
        put(this.words.subarray(at, at + this.words[at + W_WORDS]!));
    const out = new Int32Array(words);
    out[0] = parts.length;
    let at = 1;
    for (const part of parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }

  private isOf(at: number, groups: readonly (readonly Block[])[]): boolean {
    const { words } = this;
    if (words[at + W_GROUPS] !== groups.length) return false;
    let next = at + W_GROUPS + 1;
    for (const group of groups) {
      if (words[next++] !== group.length) return false;
      for (const { record } of group) if (words[next++] !== record) return false;
    }
    return true;
  }

  private recordsOf(module: number): number[] {
    const records: number[] = [];
    let at = module + W_GROUPS + 1;
    for (let groups = this.words[module + W_GROUPS]!; groups > 0; groups--) {
      const end = at + 1 + this.words[at]!;
      records.push(...this.words.subarray(at + 1, end));
      at = end;
    }
    return records;
  }

  private endOfGroups(module: number): number {
    let at = module + W_GROUPS + 1;
    for (let groups = this.words[module + W_GROUPS]!; groups > 0; groups--) at += 1 + this.words[at]!;
    return at;
  }
}

function alignWord(bytes: number): number {
  return (bytes + 3) & ~3;
}
