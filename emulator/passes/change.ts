// The change engine: names every rewrite a translator makes, so that the difference between two translators is a set
// of names that can be counted, listed, allowed one by one and bisected. Passes ask through a PassContext, emitters
// for their alternative lowerings through `lower` (pass name `lower`), the machine for decisions around translated code
// through `policy` (pass name `policy`).
//
// An id is a 48-bit hash of (pass, rule, guest pc, ordinal among equal ones of the block, hash of the guest code): it
// does not depend on what was translated before, nor on which other changes are allowed. The guest code is the
// block's bytes for passes and the instruction word for lowerings, whose block is not yet complete.
// Without a predicate and a recorder nothing is hashed: a change is counted and granted. They may be exchanged between
// two translations (`steer`), which is how a bisection tries one set of changes after another.

import { type GuestAddr, hiOf } from '../bits.ts';
import type { PassContext } from './pass.ts';

/** A 48-bit unsigned integer. */
export type ChangeId = number;

export interface Change {
  readonly id: ChangeId;
  readonly pass: string;
  readonly rule: string;
  readonly pc: GuestAddr;
}

export interface ChangeRecord extends Change {
  /** False when the predicate refused it. */
  readonly allowed: boolean;
}

export interface ChangeOptions {
  /** Which changes may be made; all when missing. Must answer the same for the same change. */
  readonly allows?: (change: Change) => boolean;
  /** Called for every change asked for, in order; again when a block is translated again. */
  readonly record?: (change: ChangeRecord) => void;
}

/** The name emitters' alternative lowerings go by. */
export const LOWER = 'lower';
/** The name decisions around translated code go by (exec/decisions.ts). */
export const POLICY = 'policy';

/** Ids as people read and type them: 12 hexadecimal digits. */
export function changeIdText(id: ChangeId): string {
  return id.toString(16).padStart(12, '0');
}

/** All changes of one machine's translator. */
export class ChangeLog {
  /** Changes granted and refused so far. */
  granted = 0;
  refused = 0;
  /** Reads the bytes of the block in the passes: most translators never ask for them. */
  private readBytes: () => Uint8Array = () => new Uint8Array(0);
  private allows: ChangeOptions['allows'];
  private record: ChangeOptions['record'];
  private readonly without: ReadonlySet<string>;
  private named = false;
  private readonly contexts = new Map<string, PassContext>();
  private bytesHash = 0;
  /** How often each (pass, rule, pc, code) was asked for in this block. */
  private readonly ordinals = new Map<number, number>();
  private readonly lowerOrdinals = new Map<number, number>();

  /** `without` is never granted, whoever steers: ids as `changeIdText` writes them, and `pass/rule` for a whole rule. */
  constructor(options: ChangeOptions = {}, without: readonly string[] = []) {
    this.without = new Set(without);
    this.steer(options);
  }

  /** From the next translation on these decide and record. What has been translated before must be thrown away. */
  steer(options: ChangeOptions): void {
    this.allows = options.allows;
    this.record = options.record;
    this.named = this.without.size > 0 || options.allows !== undefined || options.record !== undefined;
  }

  /** Called before a block is emitted. */
  beginBlock(): void {
    if (this.named) this.lowerOrdinals.clear();
  }

  /** Called with what reads the block's guest bytes before its first pass. */
  beginPasses(guestBytes: () => Uint8Array): void {
    this.readBytes = guestBytes;
    if (!this.named) return;
    this.ordinals.clear();
    this.bytesHash = hashBytes(guestBytes());
  }

  /** Bytes of the block in the passes. */
  get guestBytes(): Uint8Array {
    return this.readBytes();
  }

  /** What the pass called `pass` asks; one object a pass, valid for every block. */
  context(pass: string): PassContext {
    let context = this.contexts.get(pass);
    if (context === undefined) {
      context = new LogContext(this, pass);
      this.contexts.set(pass, context);
    }
    return context;
  }

  /** Asks for the alternative lowering `rule` of the instruction `word` at `guestPc`. */
  lower(rule: string, guestPc: GuestAddr, word: number): boolean {
    if (this.named) return this.decide(LOWER, rule, guestPc, word, this.lowerOrdinals);
    this.granted++;
    return true;
  }

  /**
   * Asks for the decision `rule` about the code at `guestPc`. Asked as often as the decision is taken, and the same change
   * each time: no ordinal, and no hash of code that may not be there.
   */
  policy(rule: string, guestPc: GuestAddr): boolean {
    if (this.named) return this.decide(POLICY, rule, guestPc, 0, undefined);
    this.granted++;
    return true;
  }

  /** Decides on a change of a pass, and names it where somebody listens. */
  ask(pass: string, rule: string, guestPc: GuestAddr): boolean {
    if (!this.named) {
      this.granted++;
      return true;
    }
    return this.decide(pass, rule, guestPc, this.bytesHash, this.ordinals);
  }

  private decide(
    pass: string,
    rule: string,
    pc: GuestAddr,
    code: number,
    ordinals: Map<number, number> | undefined,
  ): boolean {
    // Two lanes of 32 bits from different seeds and multipliers.
    let high = mix(mix(hashText(pass, 0x51ed270b), hashText(rule, 0x2545f491)), pc | 0);
    let low = mix(mix(hashText(pass, 0x7feb352d), hashText(rule, 0x1b873593)), hiOf(pc));
    high = mix(mix(high, hiOf(pc)), code);
    low = mix(mix(low, pc | 0), code);
    const base = idOf(high, low);
    const ordinal = ordinals?.get(base) ?? 0;
    ordinals?.set(base, ordinal + 1);
    const id = ordinal === 0 ? base : idOf(mix(high, ordinal), mix(low, ordinal));
    const change = { id, pass, rule, pc };
    const allowed = !this.refuses(change) && (this.allows === undefined || this.allows(change));
    if (allowed) this.granted++;
    else this.refused++;
    this.record?.({ ...change, allowed });
    return allowed;
  }

  private refuses({ id, pass, rule }: Change): boolean {
    const { without } = this;
    return without.size > 0 && (without.has(`${pass}/${rule}`) || without.has(changeIdText(id)));
  }
}

class LogContext implements PassContext {
  private readonly log: ChangeLog;
  private readonly pass: string;
  constructor(log: ChangeLog, pass: string) {
    this.log = log;
    this.pass = pass;
  }
  get guestBytes(): Uint8Array {
    return this.log.guestBytes;
  }
  change(rule: string, guestPc: GuestAddr): boolean {
    return this.log.ask(this.pass, rule, guestPc);
  }
}

function idOf(high: number, low: number): ChangeId {
  return (high >>> 0) * 65536 + (low >>> 16);
}

function mix(hash: number, word: number): number {
  let h = Math.imul(hash ^ word, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca77);
  return h ^ (h >>> 13);
}

function hashText(text: string, seed: number): number {
  let h = seed;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix(h, text.length);
}

function hashBytes(bytes: Uint8Array): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) h = Math.imul(h ^ bytes[i]!, 0x01000193);
  return mix(h, bytes.length);
}
