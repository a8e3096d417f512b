// Writes flattened device trees (Devicetree Specification v0.4, chapter 5): a tree of plain nodes becomes a blob.
// All numbers in a blob are big-endian; strings of property names are shared.

import { must } from '../must.ts';

/** A property's value: text, a list of texts, 32-bit cells, raw bytes, or `true` for one that is empty. */
export type FdtValue = string | readonly string[] | readonly number[] | Uint8Array | true;

export interface FdtNode {
  /** Unit address included: `serial@10000000`; the root's is empty. */
  readonly name: string;
  readonly properties: Readonly<Record<string, FdtValue>>;
  readonly children?: readonly FdtNode[];
}

const MAGIC = 0xd00dfeed;
const VERSION = 17;
const LAST_COMPATIBLE = 16;
const HEADER_BYTES = 40;
/** One pair of zeros ends the list of reserved ranges, which is empty. */
const RESERVATION_BYTES = 16;
const BEGIN_NODE = 1;
const END_NODE = 2;
const PROPERTY = 3;
const END = 9;

/** An address or size as two cells, high word first. */
export function cells64(value: number): [number, number] {
  return [Math.floor(value / 4294967296), value >>> 0];
}

/** Growing big-endian output. */
class Writer {
  bytes = new Uint8Array(1024);
  length = 0;

  append(data: Uint8Array): void {
    if (this.length + data.length > this.bytes.length) {
      const larger = new Uint8Array(2 * (this.length + data.length));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    this.bytes.set(data, this.length);
    this.length += data.length;
  }
  word(value: number): void {
    this.append(Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value));
  }
  text(value: string): void {
    this.append(ascii(value));
  }
  align(): void {
    this.append(new Uint8Array(-this.length & 3));
  }
  result(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }
}

/** Zero-terminated. */
function ascii(value: string): Uint8Array {
  must(/^[\x20-\x7e]*$/.test(value), 'device tree text is not ASCII');
  return Uint8Array.from(`${value}\0`, (character) => character.charCodeAt(0));
}

function encode(value: FdtValue): Uint8Array {
  if (value === true) return new Uint8Array(0);
  if (value instanceof Uint8Array) return value;
  const out = new Writer();
  for (const item of typeof value === 'string' ? [value] : value) {
    if (typeof item === 'string') out.text(item);
    else out.word(item);
  }
  return out.result();
}

/** The blob of the tree under `root`; `bootCpu` is the id of the hart that boots. */
export function buildFdt(root: FdtNode, bootCpu = 0): Uint8Array {
  const strings = new Writer();
  const offsets = new Map<string, number>();
  const offsetOf = (name: string): number => {
    let offset = offsets.get(name);
    if (offset === undefined) {
      offset = strings.length;
      offsets.set(name, offset);
      strings.text(name);
    }
    return offset;
  };

  const structure = new Writer();
  const visit = (node: FdtNode): void => {
    structure.word(BEGIN_NODE);
    structure.text(node.name);
    structure.align();
    for (const [name, value] of Object.entries(node.properties)) {
      const data = encode(value);
      structure.word(PROPERTY);
      structure.word(data.length);
      structure.word(offsetOf(name));
      structure.append(data);
      structure.align();
    }
    for (const child of node.children ?? []) visit(child);
    structure.word(END_NODE);
  };
  visit(root);
  structure.word(END);

  const structureAt = HEADER_BYTES + RESERVATION_BYTES;
  const stringsAt = structureAt + structure.length;
  const blob = new Writer();
  for (const word of [
    MAGIC,
    stringsAt + strings.length,
    structureAt,
    stringsAt,
    HEADER_BYTES,
    VERSION,
    LAST_COMPATIBLE,
    bootCpu,
    strings.length,
    structure.length,
  ])
    blob.word(word);
  blob.append(new Uint8Array(RESERVATION_BYTES));
  blob.append(structure.result());
  blob.append(strings.result());
  return blob.result();
}
