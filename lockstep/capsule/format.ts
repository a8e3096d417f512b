// The file of a capsule: a block's code, the state it is entered with and the memory it touches, with the two translators that
// disagree on it. Text (JSON), a few kilobytes. It may come from strangers: nothing of it is run but guest code in a bare
// machine, every field is checked, and pages cannot unpack to more than they are.

import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { UsageError } from '../../emulator/index.ts';
import { type EntryState, isRegister, MAX_STATE_PAGES, STATE_PAGE } from '../../emulator/sequence/index.ts';

export const CAPSULE_SCHEMA = 'lockstep-capsule/1';

export interface Capsule {
  readonly isa: 'riscv64';
  /** Specs of the two translators. */
  readonly a: string;
  readonly b: string;
  /** Where it comes from, for people. */
  readonly origin: string;
  /** Instructions to run: to the end of the block, or as far as the sides' blocks go together. */
  readonly insns: number;
  readonly state: EntryState;
}

/** Most bytes of a file that is read, and most instructions it may ask for. */
const MAX_FILE = 4 << 20;
const MAX_INSNS = 4096;
const MAX_TEXT = 4096;

const hex = (value: bigint | number): string => `0x${value.toString(16)}`;

export function encodeCapsule({ isa, a, b, origin, insns, state }: Capsule): string {
  const registers = [...state.registers].filter(([, value]) => value !== 0n);
  return `${JSON.stringify(
    {
      schema: CAPSULE_SCHEMA,
      isa,
      a,
      b,
      origin: origin.slice(0, MAX_TEXT),
      insns,
      userMode: state.userMode,
      registers: Object.fromEntries(registers.map(([name, value]) => [name, hex(value)])),
      pages: [...state.pages].map(([address, bytes]) => ({
        address: hex(address),
        deflate: deflateRawSync(bytes, { level: 9 }).toString('base64'),
      })),
    },
    null,
    1,
  )}\n`;
}

/** Throws a UsageError that says what is wrong with a text that is no capsule. */
export function decodeCapsule(text: string): Capsule {
  if (text.length > MAX_FILE) throw wrong(`it is larger than ${MAX_FILE} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong('it is no JSON');
  }
  const file = recordOf(value, 'the file');
  if (file.schema !== CAPSULE_SCHEMA)
    throw wrong(`its schema is ${JSON.stringify(file.schema)?.slice(0, 60)}, this lockstep reads "${CAPSULE_SCHEMA}"`);
  if (file.isa !== 'riscv64') throw wrong('its isa is not riscv64');
  if (typeof file.userMode !== 'boolean') throw wrong('userMode is true or false');
  const { insns } = file;
  if (!Number.isInteger(insns) || Number(insns) < 1 || Number(insns) > MAX_INSNS)
    throw wrong(`insns is a number from 1 to ${MAX_INSNS}`);
  const registers = new Map<string, bigint>();
  for (const [name, number] of Object.entries(recordOf(file.registers, 'registers'))) {
    if (!isRegister(name)) throw wrong(`there is no register ${JSON.stringify(name.slice(0, 40))}`);
    registers.set(name, numberOf(number, name, 64));
  }
  if (!Array.isArray(file.pages) || file.pages.length > MAX_STATE_PAGES)
    throw wrong(`pages is a list of at most ${MAX_STATE_PAGES}`);
  const pages = new Map<number, Uint8Array>();
  for (const one of file.pages) {
    const page = recordOf(one, 'a page');
    const address = Number(numberOf(page.address, 'the address of a page', 47));
    if (address % STATE_PAGE !== 0 || pages.has(address)) throw wrong(`there cannot be a page at ${hex(address)}`);
    pages.set(address, unpacked(page.deflate));
  }
  const [a, b, origin] = [textOf(file.a, 'a'), textOf(file.b, 'b'), textOf(file.origin, 'origin')];
  return { isa: 'riscv64', a, b, origin, insns: Number(insns), state: { userMode: file.userMode, registers, pages } };
}

function wrong(what: string): UsageError {
  return new UsageError(
    `this is no capsule: ${what}`,
    'lockstep run --capsule FILE and lockstep bisect --capsule FILE write them.',
  );
}

function recordOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(`${what} is no object`);
  return value as Record<string, unknown>;
}

function textOf(value: unknown, what: string): string {
  // What a terminal would take for a command is no name of anything.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is them that are looked for.
  if (typeof value !== 'string' || value.length > MAX_TEXT || /[\u0000-\u001f\u007f-\u009f]/.test(value))
    throw wrong(`${what} is no plain text`);
  return value;
}

function numberOf(value: unknown, what: string, bits: number): bigint {
  if (typeof value !== 'string' || !/^0x[0-9a-f]{1,16}$/.test(value)) throw wrong(`${what} is no hexadecimal number`);
  const number = BigInt(value);
  if (number >> BigInt(bits)) throw wrong(`${what} has more than ${bits} bits`);
  return number;
}

function unpacked(packed: unknown): Uint8Array {
  if (typeof packed !== 'string' || packed.length > 2 * STATE_PAGE)
    throw wrong('the content of a page is no short text');
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(inflateRawSync(Buffer.from(packed, 'base64'), { maxOutputLength: STATE_PAGE }));
  } catch {
    throw wrong('the content of a page does not unpack');
  }
  if (bytes.length !== STATE_PAGE) throw wrong(`a page has ${STATE_PAGE} bytes`);
  return bytes;
}
