// Reads a flattened device tree back, checking its structure on the way: for tests of the writer.

import * as assert from 'uvu/assert';

export interface ReadNode {
  readonly name: string;
  readonly properties: Map<string, Uint8Array>;
  readonly children: ReadNode[];
}

export function readFdt(blob: Uint8Array): ReadNode {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const field = (index: number): number => view.getUint32(4 * index);
  assert.is(field(0), 0xd00dfeed);
  assert.is(field(1), blob.length);
  const [structure, strings, reserved] = [field(2), field(3), field(4)];
  assert.is(reserved % 8, 0);
  assert.is(view.getBigUint64(reserved) | view.getBigUint64(reserved + 8), 0n);
  assert.is(field(5), 17);
  assert.is(structure + field(9), strings);
  assert.is(strings + field(8), blob.length);
  let at = structure;
  const text = (from: number): string => {
    const end = blob.indexOf(0, from);
    return String.fromCharCode(...blob.subarray(from, end));
  };
  const align = (): void => {
    at = (at + 3) & ~3;
  };
  const word = (): number => {
    at += 4;
    return view.getUint32(at - 4);
  };
  const node = (): ReadNode => {
    const name = text(at);
    at += name.length + 1;
    align();
    const result: ReadNode = { name, properties: new Map(), children: [] };
    for (;;) {
      const token = word();
      if (token === 1) result.children.push(node());
      else if (token === 2) return result;
      else {
        assert.is(token, 3, `token at ${at - 4}`);
        assert.is(result.children.length, 0, 'properties come before children');
        const length = word();
        const key = text(strings + word());
        result.properties.set(key, blob.slice(at, at + length));
        at += length;
        align();
      }
    }
  };
  assert.is(word(), 1);
  const root = node();
  assert.is(word(), 9);
  assert.is(at, strings);
  return root;
}

/** The node at a path of names, `/` alone for the root. */
export function nodeAt(root: ReadNode, path: string): ReadNode {
  let node = root;
  for (const name of path.split('/').filter(Boolean)) {
    const child = node.children.find((candidate) => candidate.name === name);
    assert.ok(child, `no node ${path}`);
    node = child;
  }
  return node;
}

export function cellsOf(node: ReadNode, property: string): number[] {
  const bytes = node.properties.get(property);
  assert.ok(bytes, `no property ${property}`);
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i));
}

export function textOf(node: ReadNode, property: string): string {
  const bytes = node.properties.get(property);
  assert.ok(bytes, `no property ${property}`);
  return String.fromCharCode(...bytes);
}
