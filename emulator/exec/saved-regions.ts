// Modules of compiled regions as a picture of saved blocks (saved-blocks.ts) keeps them: the TB records of the blocks that
// each is made of, its bytes, and the machine code that the engine has made of it. A module is put into service when a block
// at the head of one of its regions is taken from the picture, if all its blocks are there as they were: what has been hot
// before need not be found to be hot again.
//
// Layout, in words: count; of each module its words, its groups, of each group its members and their records, how many of
// its functions are optimised, the lengths in bytes of its bytes and of its machine code, then these two.

import type { GuestAddr } from '../bits.ts';
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
  functions: readonly WebAssembly.ExportValue[] = [];

  constructor(
    groups: readonly (readonly Block[])[],
    bytes: Uint8Array<ArrayBuffer>,
    native: Uint8Array = new Uint8Array(0),
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

  /** `optimised`: how many of its functions are, by now. */
  encode(optimised: number): Int32Array {
    const words = [0, this.groups.length];
    for (const group of this.groups) words.push(group.length, ...group.map(({ record }) => record));
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
  /** Entered, or refused for good. */
  done: boolean;
}

const W_WORDS = 0;
const W_GROUPS = 1;

export class SavedRegions {
  private words: Int32Array = new Int32Array(0);
  private kept: Kept[] = [];
  /** By the records of the blocks at the heads of its regions. */
  private readonly byHead = new Map<number, Kept[]>();
  private readonly inUse: SavedModule[] = [];
  private readonly pcOf: (record: number) => GuestAddr;
  /** Modules that an earlier run does not have. */
  private fresh = 0;
  private known = 0;

  /** `pcOf`: where the block of a record in the picture lies. */
  constructor(pcOf: (record: number) => GuestAddr) {
    this.pcOf = pcOf;
  }

  /** Takes the modules at word `at` of a picture's tail, whose digest is right. */
  load(tail: Int32Array, at: number): void {
    this.words = tail;
    this.known = tail[at]!;
    for (let i = 0, next = at + 1; i < this.known; i++, next += tail[next + W_WORDS]!) {
      const module = { at: next, done: false };
      this.kept.push(module);
      for (const [head] of this.groupsOf(next)) {
        const modules = this.byHead.get(head!);
        if (modules) modules.push(module);
        else this.byHead.set(head!, [module]);
      }
    }
  }

  /** Some module has a region that begins with the block of this record. */
  isHead(record: number): boolean {
    return this.byHead.has(record);
  }

  /**
   * The modules with a region that begins with the block of this record, each once; not those with a block whose code is not
   * there as it was. `blockAt` gives the block at a pc, made if need be.
   */
  *headedBy(record: number, blockAt: (pc: GuestAddr) => Block | undefined): Generator<SavedModule> {
    const blockOf = (of: number): Block | undefined => {
      const block = blockAt(this.pcOf(of));
      return block?.record === of ? block : undefined;
    };
    for (const module of this.byHead.get(record) ?? []) {
      if (module.done) continue;
      module.done = true;
      const groups = this.groupsOf(module.at).map((group) => group.map(blockOf));
      if (groups.every((group): group is Block[] => group.every((block) => block?.valid)))
        yield this.use(this.moduleAt(module.at, groups));
    }
  }

  private moduleAt(module: number, groups: readonly (readonly Block[])[]): SavedModule {
    const { words } = this;
    const at = this.endOfGroups(module);
    const size = words[at + 1]!;
    const start = words.byteOffset + (at + 3) * 4;
    // A copy: the engine takes no module from memory that is shared.
    const bytes = new Uint8Array(words.buffer, start, size).slice();
    const native = new Uint8Array(words.buffer, start + alignWord(size), words[at + 2]!);
    return new SavedModule(groups, bytes, native, words[at]!);
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
    this.kept = [];
    this.byHead.clear();
    this.inUse.length = 0;
  }

  /** Would a picture made now hold much more than the loaded one? */
  hasMore(): boolean {
    if (this.fresh * 8 > this.known) return true;
    let more = 0;
    let before = 0;
    for (const [i, optimised] of this.countOptimised().entries()) {
      const { known } = this.inUse[i]!;
      before += known;
      more += Math.max(0, optimised - known);
    }
    return more * 8 > before;
  }

  /** By module in use: how many of its functions the engine has optimised by now. */
  private countOptimised(): number[] {
    return countOptimised(this.inUse.map(({ functions }) => functions));
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
    const optimised = this.countOptimised();
    for (const [i, module] of this.inUse.entries())
      if (module.groups.every((group) => group.every(({ valid, record }) => valid && records.has(record))))
        put(module.encode(optimised[i]!));
    for (const { at, done } of this.kept)
      if (!done && this.groupsOf(at).every((group) => group.every((record) => records.has(record))))
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

  private groupsOf(module: number): number[][] {
    const groups: number[][] = [];
    let at = module + W_GROUPS + 1;
    for (let left = this.words[module + W_GROUPS]!; left > 0; left--) {
      const end = at + 1 + this.words[at]!;
      groups.push([...this.words.subarray(at + 1, end)]);
      at = end;
    }
    return groups;
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
