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
  return new Traveller(machine, search, outlet, { limitBytes: limitBytes ?? DEFAULT_LIMIT, maxInsns });
}
