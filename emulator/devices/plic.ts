// The platform-level interrupt controller (SiFive PLIC 1.0.0): sources with priorities, and for each context (machine
// and supervisor mode of each hart) enables, a threshold and a claim/complete register. Sources are level triggered:
// a claimed source is not pending again until completed, and is then if its line is still high.
// Source 0 does not exist. Lower source numbers win among equal priorities.

import { must } from '../must.ts';
import type { Device, InterruptLine } from './device.ts';
import { wordOf } from './device.ts';

/** One word a source; the low three bits are kept. 0 = never interrupts. */
const PRIORITY = 0x0;
/** One bit a source. */
const PENDING = 0x1000;
/** One bit a source, ENABLE_STRIDE bytes a context. */
const ENABLE = 0x2000;
const ENABLE_STRIDE = 0x80;
/** CONTEXT_STRIDE bytes a context. */
const CONTEXT = 0x200000;
const CONTEXT_STRIDE = 0x1000;
const THRESHOLD = 0;
const CLAIM = 4;
const PRIORITY_MASK = 7;

export interface PlicOptions {
  /** Sources are 1 to sources - 1. At most 1024. */
  readonly sources: number;
  /** Interrupt line of each context. */
  readonly contexts: readonly InterruptLine[];
  /** Bytes of the window: accesses beyond it are refused. */
  readonly sizeBytes: number;
}

export interface PlicState {
  readonly priority: readonly number[];
  readonly level: readonly boolean[];
  readonly pending: readonly boolean[];
  readonly claimed: readonly boolean[];
  /** Per context, one word for 32 sources. */
  readonly enable: readonly (readonly number[])[];
  readonly threshold: readonly number[];
}

export interface Plic extends Device<PlicState> {
  /** The input line of a source. */
  line(source: number): InterruptLine;
  /** Level of a context's output. */
  output(context: number): boolean;
}

export function createPlic(options: PlicOptions): Plic {
  const { sources, contexts, sizeBytes } = options;
  must(sources > 1 && sources <= 1024, 'number of interrupt sources');
  const words = Math.ceil(sources / 32);
  const flags = (): boolean[] => new Array<boolean>(sources).fill(false);
  const level = flags();
  let priority: number[] = [];
  let pending: boolean[] = [];
  let claimed: boolean[] = [];
  let enable: number[][] = [];
  let threshold: number[] = [];
  clear();

  function clear(): void {
    priority = new Array<number>(sources).fill(0);
    pending = flags();
    claimed = flags();
    enable = contexts.map(() => new Array<number>(words).fill(0));
    threshold = contexts.map(() => 0);
  }

  const isEnabled = (context: number, source: number): boolean =>
    ((enable[context]![source >> 5]! >>> (source & 31)) & 1) !== 0;

  /** The pending, enabled source of the highest priority above `floor`; 0 = none. */
  function best(context: number, floor: number): number {
    let found = 0;
    let top = floor;
    for (let source = 1; source < sources; source++) {
      if (pending[source] && isEnabled(context, source) && priority[source]! > top) {
        found = source;
        top = priority[source]!;
      }
    }
    return found;
  }

  const output = (context: number): boolean => best(context, threshold[context]!) !== 0;

  function update(): void {
    contexts.forEach((line, context) => {
      line(output(context));
    });
  }

  function claim(context: number): number {
    // The threshold masks the notification, not the claim (PLIC specification, "interrupt claim process").
    const source = best(context, 0);
    if (source !== 0) {
      pending[source] = false;
      claimed[source] = true;
      update();
    }
    return source;
  }

  function complete(context: number, source: number): void {
    if (source === 0 || source >= sources || !isEnabled(context, source) || !claimed[source]) return;
    claimed[source] = false;
    pending[source] = level[source]!;
    update();
  }

  /** Splits an offset of the context area; undefined outside. */
  function contextAt(offset: number): { context: number; register: number } | undefined {
    const context = Math.floor((offset - CONTEXT) / CONTEXT_STRIDE);
    return offset >= CONTEXT && context < contexts.length
      ? { context, register: (offset - CONTEXT) % CONTEXT_STRIDE }
      : undefined;
  }

  /** Splits an offset of the enable area; undefined outside. */
  function enableAt(offset: number): { context: number; word: number } | undefined {
    const context = Math.floor((offset - ENABLE) / ENABLE_STRIDE);
    const word = ((offset - ENABLE) % ENABLE_STRIDE) / 4;
    return offset >= ENABLE && context < contexts.length && word < words ? { context, word } : undefined;
  }

  function readWord(offset: number): number {
    if (offset < PENDING) return priority[(offset - PRIORITY) / 4] ?? 0;
    if (offset < ENABLE) {
      const first = ((offset - PENDING) / 4) * 32;
      let word = 0;
      for (let bit = 0; bit < 32; bit++) if (pending[first + bit]) word |= 1 << bit;
      return word >>> 0;
    }
    const enabled = enableAt(offset);
    if (enabled) return enable[enabled.context]![enabled.word]! >>> 0;
    const target = contextAt(offset);
    if (target?.register === THRESHOLD) return threshold[target.context]!;
    if (target?.register === CLAIM) return claim(target.context);
    return 0;
  }

  function writeWord(offset: number, value: number): void {
    if (offset < PENDING) {
      const source = (offset - PRIORITY) / 4;
      if (source >= 1 && source < sources) priority[source] = value & PRIORITY_MASK;
    } else if (offset >= ENABLE) {
      const enabled = enableAt(offset);
      const target = contextAt(offset);
      if (enabled) {
        const last = sources - enabled.word * 32;
        const mask = (last >= 32 ? -1 : (1 << last) - 1) & (enabled.word === 0 ? ~1 : -1);
        enable[enabled.context]![enabled.word] = (value & mask) >>> 0;
      } else if (target?.register === THRESHOLD) {
        threshold[target.context] = value & PRIORITY_MASK;
      } else if (target?.register === CLAIM) {
        complete(target.context, value);
      }
    }
    update();
  }

  return {
    name: 'plic',
    accepts: (offset, size) => size === 4 && offset % 4 === 0 && offset < sizeBytes,
    read: (offset) => BigInt(readWord(offset)),
    write: (offset, _size, value) => writeWord(offset, wordOf(value)),
    line(source) {
      must(source >= 1 && source < sources, 'interrupt source');
      return (high) => {
        if (level[source] === high) return;
        level[source] = high;
        if (!claimed[source]) pending[source] = high;
        update();
      };
    },
    output,
    reset() {
      clear();
      update();
    },
    save: () => ({
      priority: [...priority],
      level: [...level],
      pending: [...pending],
      claimed: [...claimed],
      enable: enable.map((row) => [...row]),
      threshold: [...threshold],
    }),
    restore(state) {
      priority = [...state.priority];
      state.level.forEach((high, source) => {
        level[source] = high;
      });
      pending = [...state.pending];
      claimed = [...state.claimed];
      enable = state.enable.map((row) => [...row]);
      threshold = [...state.threshold];
    },
  };
}
