// Makes a capsule of a divergence while both sides still stand at it: a conversation like pin.ts. The reference model runs the
// block from the entry state, and each page it finds missing is asked for, until nothing is missing that there is. Pure.

import { translators } from '../../emulator/index.ts';
import { type EntryState, MAX_STATE_PAGES, runBlock, STATE_PAGE } from '../../emulator/sequence/index.ts';
import type { Divergence } from '../evidence.ts';
import { type Asking, ask } from '../question.ts';

export interface Collected {
  readonly insns: number;
  readonly state: EntryState;
}

const MAX_INSNS = 4096;
/** satp.MODE: 0 = addresses are physical. */
const MODE_SHIFT = 60n;

/** Undefined where a block and its registers and pages do not make up what happens: `why` says so. */
export function* collect(divergence: Divergence): Asking<Collected | string> {
  const reference = translators.find(({ name }) => name === 'reference')!;
  const { entry, after, cpu } = divergence;
  const insns = after - entry;
  if (insns < 1 || insns > MAX_INSNS) return `the stretch that differs has ${insns} instructions`;
  // Looked at again with both places the entry, so that pages are read there.
  const { A: details } = yield* ask({ t: 'inspect', entry, after: entry, cpu, how: 'stop' }, 'details');
  const registers = new Map(
    details.registers.filter((one) => one.cpu === cpu).map(({ name, after: value }) => [name, value]),
  );
  const userMode =
    registers.get('priv') === undefined || (registers.get('mstatus') === 0n && registers.get('priv') === 0n);
  if (!userMode && (registers.get('satp') ?? 0n) >> MODE_SHIFT !== 0n && registers.get('priv') !== 3n)
    return 'addresses are translated there, and a capsule has no page tables';
  const pages = new Map<number, Uint8Array>();
  const absent = new Set<number>();
  let wanted = divergence.memory.map(({ address }) => pageOf(address));
  for (;;) {
    const addresses = [...new Set(wanted)].filter((address) => !pages.has(address) && !absent.has(address));
    if (addresses.length > 0) {
      const { A } = yield* ask({ t: 'read-pages', addresses }, 'pages');
      for (const { address, bytes } of A.pages) {
        if (bytes) pages.set(address, bytes);
        else absent.add(address);
      }
    }
    if (pages.size > MAX_STATE_PAGES) return `it touches more than ${MAX_STATE_PAGES} pages`;
    const state = { userMode, registers, pages };
    const { missing } = runBlock(state, insns, reference);
    if (missing === undefined) return { insns, state };
    // What faults at its end may lie on the next page.
    wanted = [pageOf(missing), pageOf(missing + 7)];
    if (wanted.every((address) => pages.has(address) || absent.has(address))) return { insns, state };
  }
}

const pageOf = (address: number): number => address - (((address % STATE_PAGE) + STATE_PAGE) % STATE_PAGE);
