// What happened at points of the instruction stream (system calls, interrupts, device accesses): a running digest for
// comparison and the last few in full for reports. Restorable, so that a replay repeats it.

import type { GuestEvent } from './platform.ts';

export type StampedEvent = GuestEvent & { readonly icount: number };

/** Events kept in full; older ones live on in the digest alone. */
const KEPT = 256;

const KINDS: readonly GuestEvent['kind'][] = ['syscall', 'interrupt', 'exception', 'io', 'signal', 'exit'];

export class EventLog {
  private last: StampedEvent[] = [];
  private running = 0n;
  private readonly mix: (digest: bigint, word: bigint) => bigint;

  constructor(mix: (digest: bigint, word: bigint) => bigint) {
    this.mix = mix;
  }

  add(event: GuestEvent, icount: number): void {
    let digest = this.mix(this.running, BigInt(icount));
    digest = this.mix(digest, BigInt(KINDS.indexOf(event.kind) * 256 + event.cpu));
    for (const word of event.detail) digest = this.mix(digest, BigInt.asUintN(64, word));
    this.running = digest;
    this.last.push({ ...event, icount });
    if (this.last.length > 2 * KEPT) this.last = this.last.slice(-KEPT);
  }

  /** Digest since the last reset, unsigned. */
  get digest(): bigint {
    return BigInt.asUintN(64, this.running);
  }
  /** The latest events since the last reset, oldest first. */
  get list(): readonly StampedEvent[] {
    return this.last.slice(-KEPT);
  }
  reset(): void {
    this.last = [];
    this.running = 0n;
  }
}
