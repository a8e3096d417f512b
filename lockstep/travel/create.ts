// Makes a machine that can be travelled: with what it reads known in advance or logged, what it writes written once, and
// its files' changes kept in memory.

import { createMachine, type MachineOptions } from '../../emulator/index.ts';
import { Outlet } from './outlet.ts';
import { Search } from './search.ts';
import { Traveller } from './traveller.ts';

export interface TravelOptions extends Omit<MachineOptions, 'files' | 'plugins' | 'pluginErrors' | 'log' | 'probe'> {
  readonly maxInsns: number | null;
  /** Bytes of undo copies that may be kept; DEFAULT_LIMIT when missing. */
  readonly limitBytes?: number;
}

export const DEFAULT_LIMIT = 256 << 20;
/** The machine has room for so much; the rest is for one search. */
export const GREATEST_LIMIT = 384 << 20;

export async function createTraveller({ maxInsns, limitBytes, ...options }: TravelOptions): Promise<Traveller> {
  const outlet = new Outlet(() => machine.icount);
  const search = new Search();
  const machine = await createMachine({
    ...options,
    stdout: outlet.sink(options.stdout),
    stderr: outlet.sink(options.stderr),
    files: 'overlay',
    plugins: [{ module: search.plugin, args: [] }],
    pluginErrors: 'fatal',
  });
  await machine.start();
  const loadOffset = offsetOf(options.program, machine.cpus[0]?.pc ?? 0);
  return new Traveller(machine, search, outlet, { limitBytes: limitBytes ?? DEFAULT_LIMIT, maxInsns, loadOffset });
}

const ELF_HEADER = 64;
const [E_TYPE, E_ENTRY] = [16, 24];
const ET_DYN = 3;

/** A position-independent program begins at its entry, wherever it was loaded. */
function offsetOf(program: Uint8Array, pc: number): number {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  if (program.length < ELF_HEADER || view.getUint16(E_TYPE, true) !== ET_DYN) return 0;
  return pc - Number(view.getBigUint64(E_ENTRY, true));
}
