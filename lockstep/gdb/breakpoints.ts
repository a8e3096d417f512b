// Breakpoints and watchpoints as GDB sets them (packets Z and z). They are targets of searches: guest memory never holds one.

import type { Target } from '../travel/index.ts';
import { addressOfHex } from './packets.ts';

/** What a stop reply says a watchpoint was. */
export type WatchName = 'watch' | 'rwatch' | 'awatch';

const WATCHES: Readonly<Record<string, { readonly access: 'r' | 'w' | 'rw'; readonly name: WatchName }>> = {
  2: { access: 'w', name: 'watch' },
  3: { access: 'r', name: 'rwatch' },
  4: { access: 'rw', name: 'awatch' },
};
/** More are refused: every access is compared with each. */
const MOST_WATCHES = 64;
const MOST_BREAKS = 4096;
const LONGEST_WATCH = 1 << 16;

export class Breakpoints {
  /** Of kinds 0 (software) and 1 (hardware), by kind and address. */
  private readonly breaks = new Set<string>();
  private readonly watches = new Map<string, { readonly target: Target; readonly name: WatchName }>();
  private cached: readonly Target[] | undefined;

  /** `type,address,kind` of a Z packet; the reply. Empty: not known. */
  insert(text: string): string {
    const [type = '', addressText, kindText] = text.split(';', 1)[0]!.split(',');
    const address = addressOfHex(addressText);
    const watch = WATCHES[type];
    if (type !== '0' && type !== '1' && !watch) return '';
    if (address === undefined) return 'E01';
    this.cached = undefined;
    if (!watch) {
      if (this.breaks.size >= MOST_BREAKS) return 'E02';
      this.breaks.add(`${type},${address}`);
      return 'OK';
    }
    const length = addressOfHex(kindText);
    if (length === undefined || length < 1 || length > LONGEST_WATCH) return 'E01';
    if (this.watches.size >= MOST_WATCHES) return 'E02';
    this.watches.set(`${type},${address},${length}`, {
      name: watch.name,
      target: { what: 'access', access: watch.access, start: address, end: address + length },
    });
    return 'OK';
  }

  remove(text: string): string {
    const [type = '', addressText, kindText] = text.split(',');
    const watch = WATCHES[type];
    if (type !== '0' && type !== '1' && !watch) return '';
    const address = addressOfHex(addressText);
    if (address === undefined) return 'E01';
    this.cached = undefined;
    if (watch) this.watches.delete(`${type},${address},${addressOfHex(kindText)}`);
    else this.breaks.delete(`${type},${address}`);
    return 'OK';
  }

  /** The same array while nothing changes. */
  get targets(): readonly Target[] {
    this.cached ??= [
      ...(this.breaks.size > 0 ? [{ what: 'insn', pcs: this.pcs } as const] : []),
      ...[...this.watches.values()].map(({ target }) => target),
    ];
    return this.cached;
  }
  private get pcs(): ReadonlySet<number> {
    return new Set([...this.breaks].map((key) => Number(key.split(',')[1])));
  }

  /** Set when the target is a watchpoint. */
  watchOf(target: Target): WatchName | undefined {
    return [...this.watches.values()].find((watch) => watch.target === target)?.name;
  }
  /** Whether the breakpoint at an address is a hardware one. */
  isHardware(pc: number): boolean {
    return this.breaks.has(`1,${pc}`) && !this.breaks.has(`0,${pc}`);
  }
}
