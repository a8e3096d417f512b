// The shape of a region's control flow: order, dominators, loops, and what each edge becomes in structured code
// (Ramsey, "Beyond Relooper"): a block dominated and reached by one edge stands at that edge, a merge node follows a
// Wasm block of its dominator, a back edge branches to a Wasm loop. An edge back to a block that does not dominate
// its source (irreducible flow) leaves the region.

import type { BlockScan } from './scan.ts';

export type EdgeKind = 'inline' | 'forward' | 'back' | 'exit';

export interface Shape {
  /** Reachable blocks in reverse postorder; 0 is first. */
  readonly order: readonly number[];
  /** By block: 1 when a back edge leads to it. */
  readonly isHeader: Uint8Array;
  /** By block: merge nodes it immediately dominates, in order. */
  readonly follows: readonly (readonly number[])[];
  /** By block: most instructions begun from its start up to the next header or exit. */
  readonly longest: Int32Array;
  edge(from: number, to: number): EdgeKind;
}

export function shapeOf(blocks: readonly BlockScan[]): Shape {
  const order = reversePostorder(blocks);
  const position = new Int32Array(blocks.length).fill(-1);
  for (const [index, block] of order.entries()) position[block] = index;
  // Forward edges alone decide dominance: a back edge adds no path, and other edges backwards leave the region.
  const idom = dominators(blocks, order, position);

  const dominates = (a: number, b: number): boolean => {
    let x = b;
    while (position[x]! > position[a]!) x = idom[x]!;
    return x === a;
  };

  const isHeader = new Uint8Array(blocks.length);
  const forwardEdges = new Int32Array(blocks.length);
  for (const from of order) {
    for (const to of blocks[from]!.targets) {
      if (to < 0) continue;
      if (position[to]! > position[from]!) forwardEdges[to]!++;
      else if (dominates(to, from)) isHeader[to] = 1;
    }
  }

  const follows: number[][] = blocks.map(() => []);
  for (const block of order) if (forwardEdges[block]! > 1) follows[idom[block]!]!.push(block);

  const longest = new Int32Array(blocks.length);
  for (let i = order.length - 1; i >= 0; i--) {
    const block = order[i]!;
    let rest = 0;
    for (const to of blocks[block]!.targets) {
      if (to >= 0 && position[to]! > i && isHeader[to] === 0) rest = Math.max(rest, longest[to]!);
    }
    longest[block] = blocks[block]!.ir.insns + rest;
  }

  return {
    order,
    isHeader,
    follows,
    longest,
    edge(from, to) {
      if (to < 0) return 'exit';
      if (position[to]! > position[from]!) return forwardEdges[to]! > 1 ? 'forward' : 'inline';
      return dominates(to, from) ? 'back' : 'exit';
    },
  };
}

function reversePostorder(blocks: readonly BlockScan[]): number[] {
  const seen = new Uint8Array(blocks.length);
  const next = new Int32Array(blocks.length);
  const postorder: number[] = [];
  const stack = [0];
  seen[0] = 1;
  while (stack.length > 0) {
    const block = stack[stack.length - 1]!;
    const { targets } = blocks[block]!;
    const index = next[block]!++;
    if (index >= targets.length) {
      postorder.push(block);
      stack.pop();
      continue;
    }
    const to = targets[index]!;
    if (to >= 0 && seen[to] === 0) {
      seen[to] = 1;
      stack.push(to);
    }
  }
  return postorder.reverse();
}

/** Immediate dominators over forward edges: the graph has no cycles, so one sweep in order is enough. */
function dominators(blocks: readonly BlockScan[], order: readonly number[], position: Int32Array): Int32Array {
  const idom = new Int32Array(blocks.length).fill(-1);
  idom[0] = 0;
  for (const from of order) {
    for (const to of blocks[from]!.targets) {
      if (to < 0 || position[to]! <= position[from]!) continue;
      if (idom[to] === -1) {
        idom[to] = from;
        continue;
      }
      let x = idom[to]!;
      let y = from;
      while (x !== y) {
        while (position[x]! > position[y]!) x = idom[x]!;
        while (position[y]! > position[x]!) y = idom[y]!;
      }
      idom[to] = x;
    }
  }
  return idom;
}
