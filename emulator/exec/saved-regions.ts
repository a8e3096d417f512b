// Modules of compiled regions as a picture of saved blocks (saved-blocks.ts) keeps them: which blocks each is made of, and
// its bytes with the places where they name TB records. A module is used again where the same blocks, all taken from the
// picture, are to be compiled together: emitting them would give the same bytes but for the records.
//
// Layout, in words: count; of each module its words, its groups, of each group its members and their pcs, places and
// members there in turn after their number, then its length in bytes and its bytes.

import { type CompiledRegions, patchS32 } from '../backend/wasm/index.ts';
import { addrOf, type GuestAddr, hiOf } from '../bits.ts';
import type { Block } from './block.ts';

/** A module that this run has compiled. */
interface Made {
  readonly groups: readonly (readonly Block[])[];
  readonly bytes: Uint8Array;
  /** Offsets into `bytes` and the member named there, counted over all groups, in turn. */
  readonly places: readonly number[];
}

/** A module of an earlier run: word indices into the picture. */
interface Kept {
  readonly at: number;
  used: boolean;
}

const W_WORDS = 0;
const W_GROUPS = 1;

export class SavedRegions {
  private words = new Int32Array(0);
  private readonly kept = new Map<GuestAddr, Kept[]>();
  private readonly made: Made[] = [];
  /** Is the record one of the loaded picture? */
  private readonly isKept: (record: number) => boolean;
  /** Modules that an earlier run does not have. */
  fresh = 0;

  constructor(isKept: (record: number) => boolean) {
    this.isKept = isKept;
  }

  get known(): number {
    return this.kept.size;
  }

  /** Takes the modules at word `at` of a picture whose digest is right. */
  load(picture: Int32Array<ArrayBuffer>, at: number): void {
    this.words = picture;
    const count = picture[at]!;
    for (let i = 0, next = at + 1; i < count; i++, next += picture[next + W_WORDS]!) {
      const head = this.pcAt(next + W_GROUPS + 2);
      const modules = this.kept.get(head);
      if (modules) modules.push({ at: next, used: false });
      else this.kept.set(head, [{ at: next, used: false }]);
    }
  }

  /** The module of these groups, for their blocks' records where they lie now; undefined when there is none. */
  find(groups: readonly (readonly Block[])[]): Uint8Array<ArrayBuffer> | undefined {
    const { words } = this;
    const kept = this.kept.get(groups[0]![0]!.pc)?.find(({ at }) => this.isOf(at, groups));
    if (!kept) return undefined;
    kept.used = true;
    const blocks = groups.flat();
    const at = this.placesAt(kept.at);
    const places = words.subarray(at + 1, at + 1 + words[at]!);
    const length = at + 1 + places.length;
    const bytes = new Uint8Array(words.buffer, words.byteOffset + (length + 1) * 4, words[length]!);
    for (let i = 0; i < places.length; i += 2) patchS32(bytes, places[i]!, blocks[places[i + 1]!]!.record);
    this.made.push({ groups, bytes, places: [...places] });
    return bytes;
  }

  /** A module has been compiled of these groups, every block as it is in the cache. */
  add(groups: readonly (readonly Block[])[], { bytes, records }: CompiledRegions): void {
    const members = new Map(groups.flat().map((block, i) => [block.record, i]));
    const places = records.map((each, i) => (i % 2 === 0 ? each : members.get(each)!));
    this.made.push({ groups, bytes, places });
    this.fresh++;
  }

  /**
   * What a picture holds of all this, in `room` bytes at most, when its block at a pc is the one whose record `recordAt`
   * gives.
   */
  encode(recordAt: ReadonlyMap<GuestAddr, number>, room: number): Int32Array {
    const parts: Int32Array[] = [];
    let words = 1;
    const put = (part: Int32Array): void => {
      if ((words + part.length) * 4 > room) return;
      parts.push(part);
      words += part.length;
    };
    for (const module of this.made)
      if (module.groups.every((group) => group.every(({ valid, pc, record }) => valid && recordAt.get(pc) === record)))
        put(encodeModule(module));
    for (const { at, used } of [...this.kept.values()].flat())
      if (!used && this.pcsOf(at).every((pc) => this.isKept(recordAt.get(pc) ?? 0)))
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
      for (const { pc, record } of group) {
        if (this.pcAt(next) !== pc || !this.isKept(record)) return false;
        next += 2;
      }
    }
    return true;
  }

  private pcAt(at: number): GuestAddr {
    return addrOf(this.words[at]!, this.words[at + 1]!);
  }

  private pcsOf(module: number): GuestAddr[] {
    const pcs: GuestAddr[] = [];
    let at = module + W_GROUPS + 1;
    for (let groups = this.words[module + W_GROUPS]!; groups > 0; groups--) {
      const end = at + 1 + 2 * this.words[at]!;
      for (at++; at < end; at += 2) pcs.push(this.pcAt(at));
    }
    return pcs;
  }

  private placesAt(module: number): number {
    let at = module + W_GROUPS + 1;
    for (let groups = this.words[module + W_GROUPS]!; groups > 0; groups--) at += 1 + 2 * this.words[at]!;
    return at;
  }
}

function encodeModule({ groups, bytes, places }: Made): Int32Array {
  const words = [0, groups.length];
  for (const group of groups) {
    words.push(group.length);
    for (const { pc } of group) words.push(pc | 0, hiOf(pc));
  }
  words.push(places.length, ...places, bytes.length);
  const out = new Int32Array(words.length + Math.ceil(bytes.length / 4));
  out.set(words);
  out[W_WORDS] = out.length;
  new Uint8Array(out.buffer).set(bytes, words.length * 4);
  return out;
}
