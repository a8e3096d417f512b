// Calls that translated code notes down instead of making them: the number of a callback each, for the vCPU that runs. They are
// made later, many at a time, in their order: a call from JavaScript to JavaScript costs a fraction of one out of WebAssembly.

import type { GuestAddr } from '../bits.ts';
import type { CallbackFlags, ExecCallback } from './api.ts';
import type { HookAction } from './hooks.ts';
import type { Callback, Instance, Running } from './instance.ts';
import type { RecordRingInMemory, RingArena } from './ring.ts';

/** As many as stay in the nearest cache. */
const CALLS = 1024;
/** Words of a record: one field of 64 bits, of which the low half counts. */
const WORDS = 2;

/** The call that is being made. From one to the next a number changes: to store an object's address costs as much as the call. */
class NotedCall implements Running {
  callbacks: readonly Callback[] = [];
  number = 0;
  called = false;

  private get callback(): Callback {
    return this.callbacks[this.number]!;
  }
  get owner(): Instance {
    return this.callback.owner;
  }
  get plugin(): string {
    return this.callback.plugin;
  }
  get hook(): string {
    return this.callback.hook;
  }
  get flags(): CallbackFlags {
    return this.callback.flags;
  }
  get pc(): GuestAddr | undefined {
    return this.callback.pc;
  }
}

export class Batch {
  private readonly words: Uint32Array;
  private readonly ring: RecordRingInMemory;
  private readonly call = new NotedCall();
  private making = false;
  /** Index of the vCPU that runs; before it is another's turn, calls are made. */
  cpu: number;

  constructor(buffer: ArrayBufferLike, rings: RingArena, cpu: number) {
    this.cpu = cpu;
    this.words = new Uint32Array(buffer);
    this.ring = rings.recordRing(CALLS, 1, undefined);
  }

  /** Notes down a call of callback `number`; without room for more, callback `full` is called. */
  note(number: number, full: number): HookAction {
    const { cursor, data, mask, stride } = this.ring;
    const callback = { from: 'constant', lo: number, hi: 0 } as const;
    return { does: 'record', cursor, data, mask, recordBytes: 8 * stride, values: [callback], full };
  }

  /** The call to be made next, when there are some and they are not being made already. `called`: by translated code. */
  next(callbacks: readonly Callback[], called: boolean): Running | undefined {
    if (this.words[this.ring.cursor >>> 2] === 0 || this.making) return undefined;
    this.call.callbacks = callbacks;
    this.call.called = called;
    return this.call;
  }

  /** Makes them all, in order; `threw` is told what one of them throws. */
  make(threw: (call: Running, error: unknown) => void): void {
    const { words, ring, call, cpu } = this;
    const { callbacks } = call;
    const end = (ring.data + words[ring.cursor >>> 2]!) >>> 2;
    words[ring.cursor >>> 2] = 0;
    this.making = true;
    for (let at = ring.data >>> 2; at < end; at += WORDS) {
      call.number = words[at]!;
      const { use } = callbacks[call.number]!;
      try {
        (use as ExecCallback)(cpu);
      } catch (error) {
        threw(call, error);
      }
    }
    this.making = false;
  }
}
