// Address to name, for reports, plugins and traces: a sorted table over an executable's symbols. Immutable.

import type { GuestAddr } from '../bits.ts';
import type { ElfSymbol } from './elf.ts';

/** A symbol without a size covers what follows it, but not for ever. */
const UNSIZED_REACH = 1 << 20;

export interface SymbolHit {
  readonly name: string;
  /** Bytes from the symbol's start. */
  readonly offset: number;
}

const RANK = { function: 0, object: 1, label: 2 } as const;

interface Index {
  readonly starts: Float64Array;
  readonly sorted: readonly ElfSymbol[];
  readonly byName: ReadonlyMap<string, ElfSymbol>;
}

export class SymbolTable {
  private readonly symbols: () => readonly ElfSymbol[];
  private readonly bias: number;
  private built: Index | undefined;

  /** The symbols are asked for at the first look-up. `bias` is added to every address: where the program was loaded. */
  constructor(symbols: () => readonly ElfSymbol[], bias = 0) {
    this.symbols = symbols;
    this.bias = bias;
  }

  private get index(): Index {
    this.built ??= buildIndex(this.symbols());
    return this.built;
  }

  get size(): number {
    return this.index.sorted.length;
  }

  /** The symbol that covers the address. */
  at(addr: GuestAddr): SymbolHit | undefined {
    const wanted = addr - this.bias;
    const { starts, sorted } = this.index;
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= wanted) low = middle + 1;
      else high = middle;
    }
    // Labels and short symbols may stand inside a longer one: look back a little for one that covers the address.
    for (let i = low - 1, steps = 0; i >= 0 && steps < 8; i--, steps++) {
      const symbol = sorted[i]!;
      const offset = wanted - symbol.addr;
      if (offset < (symbol.size > 0 ? symbol.size : UNSIZED_REACH)) return { name: symbol.name, offset };
    }
    return undefined;
  }

  /** `main+0x1c`, `main`, or undefined. */
  describe(addr: GuestAddr): string | undefined {
    const hit = this.at(addr);
    if (hit === undefined) return undefined;
    return hit.offset === 0 ? hit.name : `${hit.name}+0x${hit.offset.toString(16)}`;
  }

  /** Address of a name, where loaded. */
  addressOf(name: string): GuestAddr | undefined {
    const symbol = this.index.byName.get(name);
    return symbol === undefined ? undefined : symbol.addr + this.bias;
  }
}

function buildIndex(symbols: readonly ElfSymbol[]): Index {
  // Several names for one address: functions before data before labels, global before local, sized before unsized.
  const ordered = [...symbols].sort(
    (a, b) =>
      a.addr - b.addr ||
      RANK[a.kind] - RANK[b.kind] ||
      Number(b.global) - Number(a.global) ||
      Number(b.size > 0) - Number(a.size > 0) ||
      (a.name < b.name ? -1 : 1),
  );
  const sorted = ordered.filter((s, i) => i === 0 || ordered[i - 1]!.addr !== s.addr);
  const byName = new Map<string, ElfSymbol>();
  for (const symbol of ordered) if (!byName.has(symbol.name)) byName.set(symbol.name, symbol);
  return { starts: Float64Array.from(sorted, (s) => s.addr), sorted, byName };
}
