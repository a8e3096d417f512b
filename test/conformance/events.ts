// Streams of raw events as numbers: from a QEMU with the probe `events`, and from a plugin on our machine.

import { readFileSync } from 'node:fs';
import { API_VERSION, type PluginModule } from '../../emulator/plugin/api.ts';

export const KIND = { block: 1, insn: 2, access: 3, call: 4, return: 5 } as const;
export const STORE = 1;

/** See probe/events.c. */
export interface Event {
  readonly kind: number;
  readonly info: number;
  readonly size: number;
  readonly word: number;
  readonly a: bigint;
  readonly b: bigint;
}

const RECORD = 24;

export function readEvents(path: string): Event[] {
  const bytes = readFileSync(path);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / RECORD }, (_, i) => {
    const at = RECORD * i;
    return {
      kind: view.getUint8(at),
      info: view.getUint8(at + 1),
      size: view.getUint16(at + 2, true),
      word: view.getUint32(at + 4, true),
      a: view.getBigUint64(at + 8, true),
      b: view.getBigUint64(at + 16, true),
    };
  });
}

/** A plugin that appends every event to `events`. */
export function eventsPlugin(events: Event[]): PluginModule {
  const unsigned = (value: number | bigint): bigint => BigInt.asUintN(64, BigInt(value));
  return {
    name: 'events',
    apiVersion: API_VERSION,
    install(api) {
      const put = (kind: number, rest: Partial<Event>): void => {
        events.push({ kind, info: 0, size: 0, word: 0, a: 0n, b: 0n, ...rest });
      };
      api.onTbTrans((tb) => {
        const [pc, size] = [unsigned(tb.pc), tb.insnCount];
        tb.onExec(() => put(KIND.block, { a: pc, size }));
        for (const insn of tb.insns()) {
          const at = { a: unsigned(insn.pc), size: insn.size, word: insn.opcode() };
          insn.onExec(() => put(KIND.insn, at));
          insn.onMem('rw', (_cpu, { sizeBytes, isStore, signExtended, bigEndian }, address) =>
            put(KIND.access, {
              info: (isStore ? STORE : 0) | (signExtended ? 2 : 0) | (bigEndian ? 4 : 0),
              size: sizeBytes,
              a: address,
            }),
          );
        }
      });
      api.onSyscall((_cpu, { number, args }) => put(KIND.call, { word: number, a: args[0]!, b: args[1]! }));
      api.onSyscallReturn((_cpu, { number, result }) => put(KIND.return, { word: number, a: unsigned(result) }));
    },
  };
}

/** System calls whose results are the host's own affair: the thread's number, and what QEMU does not have. */
const SET_TID_ADDRESS = 96;
const SET_ROBUST_LIST = 99;

/** A plugin that gives those calls the results they have in QEMU's stream. */
export function answersOf(theirs: readonly Event[]): PluginModule {
  const results = theirs.filter(({ kind }) => kind === KIND.return);
  let calls = 0;
  return {
    name: 'answers',
    apiVersion: API_VERSION,
    install(api) {
      api.onSyscallFilter((_cpu, { number }) => {
        const result = results[calls++];
        const theirsToSay = number === SET_TID_ADDRESS || number === SET_ROBUST_LIST;
        return theirsToSay && result?.word === number ? result.a : undefined;
      });
    },
  };
}

/** QEMU 7.2 ends a block before a short instruction that ends with its page, too; later versions and ours do not. */
export function cutAsQemu72(events: readonly Event[]): Event[] {
  const cut: Event[] = [];
  let block = -1;
  let insns = 0;
  for (const event of events) {
    if (event.kind === KIND.block) {
      block = cut.length;
      insns = 0;
    }
    if (event.kind === KIND.insn && insns++ > 0 && event.size === 2 && (event.a & 4095n) === 4094n) {
      cut[block] = { ...cut[block]!, size: insns - 1 };
      cut.push({ ...event, kind: KIND.block, size: 1, word: 0 });
    }
    cut.push(event);
  }
  return cut;
}

export function eventText({ kind, info, size, word, a, b }: Event): string {
  const name = Object.entries(KIND).find(([, value]) => value === kind)?.[0];
  return `${name} ${info} ${size} ${word.toString(16)} ${a.toString(16)} ${b.toString(16)}`;
}
