// What is fuzzed: each target makes one input from a random source and feeds it in. Nothing but the errors meant for
// people or peers may come out. Inputs are mutations of good ones and structures made of the format's own words.

import { Packr } from 'msgpackr';
import { explainMistake } from '../../cli/mistakes.ts';
import { parsePluginOptions } from '../../cli/plugin-option.ts';
import { parseCount, parseSeconds, parseSize } from '../../cli/size.ts';
import { parseTranslatorSpec } from '../../emulator/index.ts';
import { parseBlock, printBlock } from '../../emulator/ir/text.ts';
import { verifyBlock } from '../../emulator/ir/verify.ts';
import { UsageError } from '../../emulator/must.ts';
import { parseArgs } from '../../emulator/plugin/args.ts';
import { AddressSpace } from '../../emulator/user/address-space.ts';
import { guessMachine, parseElf } from '../../emulator/user/elf.ts';
import { loadImage } from '../../emulator/user/loader.ts';
import { SymbolTable } from '../../emulator/user/symbols.ts';
import { encodeFrame, FrameDecoder, ProtocolError } from '../../lockstep/frame.ts';
import { fromSide, toSide } from '../../lockstep/protocol.ts';
import type { Random } from '../guest/random.ts';
import { randomBlock } from '../support/ir-random.ts';
import { createMini } from '../support/mini-machine.ts';
import { makeElf } from '../user/make-elf.ts';

/** Feeds one input made from `random`; true when it was accepted. Throws what nobody may ever see. */
export type Target = (random: Random) => Promise<boolean> | boolean;

/** Runs `use`: an error of the `expected` kind is a refusal, any other a bug. */
function refusing(expected: new (...args: never[]) => Error, use: () => void): boolean {
  try {
    use();
    return true;
  } catch (error) {
    if (!(error instanceof expected)) throw error;
    if (error.message === '') throw new Error('a refusal without a word');
    return false;
  }
}

const EDGES = [
  0n,
  1n,
  2n,
  7n,
  8n,
  4095n,
  4096n,
  1n << 31n,
  1n << 32n,
  1n << 38n,
  1n << 52n,
  1n << 63n,
  (1n << 64n) - 1n,
];
/** Fields of an ELF header and of program headers: offset, bytes. */
const HEADER = [
  [16, 2],
  [18, 2],
  [24, 8],
  [32, 8],
  [40, 8],
  [54, 2],
  [56, 2],
  [58, 2],
  [60, 2],
  [62, 2],
] as const;
const PROGRAM = [
  [0, 4],
  [4, 4],
  [8, 8],
  [16, 8],
  [24, 8],
  [32, 8],
  [40, 8],
  [48, 8],
] as const;

function hostileElf(random: Random): Uint8Array {
  const bytes = makeElf();
  const view = new DataView(bytes.buffer);
  for (let edits = random.below(4); edits >= 0; edits--) {
    if (random.below(4) === 0) {
      bytes[random.below(bytes.length)] = random.below(256);
      continue;
    }
    const base = random.below(3) === 0 ? 0 : 64 + 56 * random.below(2);
    const [offset, size] = random.pick<readonly [number, number]>(base === 0 ? HEADER : PROGRAM);
    // Near what is there, or an edge.
    const old = size === 8 ? view.getBigUint64(base + offset, true) : BigInt(view.getUint16(base + offset, true));
    const value =
      random.below(2) === 0 ? random.pick(EDGES) - BigInt(random.below(3)) : old + BigInt(random.below(8193) - 4096);
    if (size === 8) view.setBigUint64(base + offset, BigInt.asUintN(64, value), true);
    else if (size === 4) view.setUint32(base + offset, Number(BigInt.asUintN(32, value)), true);
    else view.setUint16(base + offset, Number(BigInt.asUintN(16, value)), true);
  }
  return random.below(6) === 0 ? bytes.subarray(0, random.below(bytes.length)) : bytes;
}

/** Parses, names and loads a damaged program. */
function elf(random: Random): boolean {
  const bytes = hostileElf(random);
  return refusing(UsageError, () => {
    const file = parseElf(bytes);
    guessMachine(file);
    new SymbolTable(() => file.symbols).at(file.entry);
    const mini = createMini();
    try {
      loadImage(mini.memory, new AddressSpace(mini.memory), {
        elf: file,
        argv: ['prog'],
        env: [],
        programPath: '/prog',
        realPath: '/prog',
        stackBytes: 1 << 16,
        random: new Uint8Array(16),
      });
    } finally {
      mini.close();
    }
  });
}

const WORDS = [
  't',
  'hello',
  'summary',
  'end',
  'window',
  'icount',
  'blocks',
  'path',
  'state',
  'rows',
  'names',
  '__proto__',
];

/** Any value MessagePack can carry, deeper now and then. */
function anyValue(random: Random, depth: number): unknown {
  switch (random.below(depth > 0 ? 12 : 8)) {
    case 0:
      return null;
    case 1:
      return random.below(2) === 0;
    case 2:
      return random.bits();
    case 3:
      return random.bits64();
    case 4:
      return random.bits() / 7;
    case 5:
      return random.pick(WORDS);
    case 6:
      return new Uint8Array(random.below(64));
    case 7:
      return random.below(2) === 0 ? new Date(random.bits()) : undefined;
    case 8:
      return new Map([[anyValue(random, 0), anyValue(random, depth - 1)]]);
    case 9:
      return Array.from({ length: random.below(6) }, () => anyValue(random, depth - 1));
    default:
      return Object.fromEntries(
        Array.from({ length: random.below(6) }, () => [random.pick(WORDS), anyValue(random, depth - 1)]),
      );
  }
}

const plainPackr = new Packr({ useRecords: false, int64AsType: 'bigint' });
const recordPackr = new Packr({ useRecords: true, moreTypes: true, structuredClone: true });

function body(random: Random): Uint8Array {
  const kind = random.below(5);
  if (kind === 0) return new Uint8Array(1 + random.below(200)).map(() => random.bits());
  // An array in an array in an array …
  if (kind === 1)
    return new Uint8Array(1 + random.below(200_000)).fill(random.pick([0x91, 0x81, 0x80, 0xdc, 0xdd, 0xc7, 0xd4]));
  const packed =
    kind === 2
      ? plainPackr.pack(SUMMARY)
      : (kind === 3 ? recordPackr : plainPackr).pack({
          t: random.pick([...KINDS, 'x']),
          ...(anyValue(random, 3) as object | null),
        });
  const bytes = Uint8Array.from(packed);
  for (let edits = random.below(3); edits > 0; edits--) bytes[random.below(bytes.length)] = random.bits();
  return bytes;
}

const KINDS = ['hello', 'summary', 'end', 'observations', 'pages', 'failed', 'verdict'];
const SUMMARY = {
  t: 'summary',
  window: 3,
  icount: 2 ** 33,
  blocks: 77,
  path: 1n << 63n,
  states: 0n,
  state: 0n,
  memory: 5n,
  events: 6n,
};

/** A stream of frames, cut anywhere, at either kind of receiver. */
function protocol(random: Random): boolean {
  const inner = body(random);
  let bytes = new Uint8Array(4 + inner.length);
  new DataView(bytes.buffer).setUint32(0, random.below(8) === 0 ? random.bits() : inner.length, true);
  bytes.set(inner, 4);
  if (random.below(4) === 0) {
    const good = encodeFrame({ t: 'ack', window: random.below(9) } as never);
    bytes = new Uint8Array([...good, ...bytes]);
  }
  return refusing(ProtocolError, () => {
    const decoder = random.below(2) === 0 ? new FrameDecoder(fromSide) : new FrameDecoder(toSide);
    const cut = random.below(bytes.length);
    decoder.push(bytes.subarray(0, cut));
    decoder.push(bytes.subarray(cut));
  });
}

const IR_WORDS = [
  'tmp0',
  'tmp99999999',
  'g16',
  'g-1',
  '$0x',
  '$0xffffffffffffffffff',
  'L0:',
  'L65536',
  '[sp',
  '[g2 + 8]',
  's32.align',
  'u8.',
  'call',
  'exit',
  'system',
  'plugin_call',
  '+',
  '-',
  ',',
  'insn_start',
  'tb',
  'insns=-1',
  'size=1e9',
  '0x1',
  '99999999999999999999',
  '#',
  '\n',
  '\0',
];

/** Text of a random block, damaged: what the parser takes the verifier and the printer take as well. */
function ir(random: Random): boolean {
  const words = printBlock(randomBlock(random.bits(), { calls: true, plugins: true })).split(/( |\n)/);
  for (let edits = random.below(5); edits >= 0; edits--) {
    const at = random.below(words.length);
    const kind = random.below(4);
    if (kind === 0) words.splice(at, 1 + random.below(3));
    else if (kind === 1) words[at] = random.pick(IR_WORDS);
    else if (kind === 2) words.splice(at, 0, random.pick(words));
    else words[at] = (words[at] ?? '').slice(random.below(4));
    if (words.length === 0) words.push('');
  }
  return refusing(UsageError, () => {
    const block = parseBlock(words.join(''));
    verifyBlock(block);
    const text = printBlock(block);
    if (printBlock(parseBlock(text)) !== text) throw new Error(`printed and parsed text differ:\n${text}`);
  });
}

const SPEC = [
  'new-tcg',
  'old-tcg',
  'tci',
  'mutant:',
  'mutant:fold',
  ',',
  ',,',
  '-',
  '+',
  'dead-store',
  '-copy-propagation',
  'max-insns=',
  '=',
  '1',
  '0',
  '-1',
  '1e9',
  'tier=',
  'interp',
  'hot=',
  'NaN',
  '__proto__',
  'constructor',
  ' ',
  './no.mjs',
  '/',
  '\0',
  'é',
];
function words(random: Random, from: readonly string[]): string {
  return Array.from({ length: random.below(7) }, () => random.pick(from)).join('');
}

async function spec(random: Random): Promise<boolean> {
  try {
    await parseTranslatorSpec(words(random, SPEC));
    return true;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return false;
  }
}

const ARGS = [
  'limit',
  'inline',
  'path',
  'list',
  '=',
  'on',
  'off',
  '5',
  '0x',
  '-1',
  'arg=',
  'a/b',
  ',',
  ',,',
  '__proto__',
  'toString',
  'file=',
  '\0',
  '',
];
const SCHEMA = {
  limit: { kind: 'int', summary: 's', default: 1 },
  inline: { kind: 'bool', summary: 's' },
  path: { kind: 'string', summary: 's', required: true },
  list: { kind: 'list', summary: 's' },
} as const;

function pluginArguments(random: Random): boolean {
  return refusing(UsageError, () => {
    for (const { args } of parsePluginOptions([words(random, ARGS), words(random, ARGS)]))
      parseArgs('p', random.below(2) === 0 ? SCHEMA : undefined, args);
  });
}

const NUMBERS = [
  '1',
  '0',
  '9',
  '_',
  ',',
  '.',
  '-',
  '+',
  'e',
  '0x',
  'f',
  'k',
  'M',
  'G',
  'iB',
  ' ',
  '\0',
  '٣',
  '99999999',
];
function commandLine(random: Random): boolean {
  explainMistake(
    words(random, ['Unknown argument', 's', ': ', 'a', ', ', 'Choices: ', '"', 'Argument: ', 'Given: ', '\n']),
    [words(random, SPEC), words(random, SPEC)],
  );
  const parse = random.pick([parseCount, parseSize, parseSeconds]);
  return refusing(UsageError, () => {
    const value = parse(words(random, NUMBERS), '--x');
    if (!(Number.isFinite(value) && value >= 0)) throw new Error(`accepted as ${value}`);
  });
}

export const TARGETS: Readonly<Record<string, Target>> = { elf, protocol, ir, spec, pluginArguments, commandLine };
