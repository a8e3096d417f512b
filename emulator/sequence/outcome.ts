// What an execution of a sequence ended in, in a form in which executions can be held against each other.

import { hex } from '../bits.ts';
import { FLOAT_NAMES, INTEGER_NAMES } from '../guest/riscv64/registers.ts';
import { CODE, CODE_SIZE, DATA, FAR } from './layout.ts';

/** Instructions after which an execution is stopped. */
export const STEP_LIMIT = 600;

/** Names of the words of an outcome, in order. */
export const WORDS: readonly string[] = [
  'pc',
  ...INTEGER_NAMES,
  ...FLOAT_NAMES,
  'fflags',
  'frm',
  'res_addr',
  'res_val',
  'mstatus.FS',
  'icount',
];
export const WORD_COUNT: number = WORDS.length;
export const AT = {
  pc: 0,
  x: 1,
  f: 33,
  fflags: 65,
  frm: 66,
  reservedAddress: 67,
  reservedValue: 68,
  floatStatus: 69,
  icount: 70,
} as const;

export interface Outcome {
  /** `ebreak`, `limit`, or the exception with its address or bits. */
  readonly end: string;
  readonly words: BigUint64Array;
  /** Instructions that were the platform's, with their icount. */
  readonly events: readonly string[];
  /** The far page last, where there is one. */
  readonly code: Uint8Array;
  readonly data: Uint8Array;
}

/** The outcome of an execution that ended with an error of the translator. */
export function brokenOutcome(error: unknown): Outcome {
  const message = error instanceof Error ? error.message : String(error);
  const words = new BigUint64Array(WORD_COUNT);
  return { end: `error: ${message}`, words, events: [], code: new Uint8Array(0), data: new Uint8Array(0) };
}

export const CAUSES: Readonly<Record<number, string>> = {
  1: 'fetch fault',
  2: 'illegal instruction',
  4: 'misaligned load',
  5: 'load fault',
  6: 'misaligned store',
  7: 'store fault',
};

export const endText = (cause: number, tval: bigint): string => `${CAUSES[cause] ?? `cause ${cause}`} ${hex(tval)}`;

/** One thing that differs. */
export interface Difference {
  readonly what: string;
  readonly values: readonly string[];
}

/** Two words that are to be compared only when `compares` says so. */
export type Compares = (word: string) => boolean;

function bytesDiffer(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) !== 0;
}

/** True when the two are the same in everything that is compared. */
export function agree(a: Outcome, b: Outcome): boolean {
  if (a.end !== b.end || a.events.length !== b.events.length) return false;
  for (let n = 0; n < WORD_COUNT; n++) if (a.words[n] !== b.words[n]) return false;
  for (let n = 0; n < a.events.length; n++) if (a.events[n] !== b.events[n]) return false;
  return !bytesDiffer(a.data, b.data) && !bytesDiffer(a.code, b.code);
}

/** What is not the same in all outcomes, with the value of each. Of memory, the first 8 bytes of it. */
export function differences(outcomes: readonly Outcome[], compares: Compares = () => true): Difference[] {
  const found: Difference[] = [];
  const add = (what: string, of: (outcome: Outcome) => string): void => {
    const values = outcomes.map(of);
    if (values.some((value) => value !== values[0])) found.push({ what, values });
  };
  add('end', ({ end }) => end);
  add('events', ({ events }) => events.join('; '));
  WORDS.forEach((name, n) => {
    if (compares(name)) add(name, ({ words }) => hex(words[n]!));
  });
  for (const [name, addressOf] of [
    ['data', (at: number) => DATA + at],
    ['code', (at: number) => (at < CODE_SIZE ? CODE : FAR - CODE_SIZE) + at],
  ] as const) {
    const first = outcomes[0]![name];
    const at = first.findIndex((_, k) => outcomes.some((outcome) => outcome[name][k] !== first[k]));
    if (at < 0) continue;
    const word = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(at, at + 8)).toString('hex');
    add(`bytes from ${hex(addressOf(at))}`, (outcome) => word(outcome[name]));
  }
  return found;
}

/** A table: what differs, then one line an execution. */
export function differenceText(names: readonly string[], found: readonly Difference[]): string {
  const width = Math.max(...names.map((name) => name.length));
  return found
    .map(({ what, values }) =>
      [`${what}:`, ...values.map((value, n) => `  ${names[n]!.padEnd(width)}  ${value}`)].join('\n'),
    )
    .join('\n');
}
