// Which decode rows an ISA string such as `rv64gc` or `rv64gc_zba` has: for fuzzing translators that do not know them all.

import { ZBA_ROWS } from '../guest/riscv64/rows/zba.ts';
import { ZBB_ROWS } from '../guest/riscv64/rows/zbb.ts';
import { ZBS_ROWS } from '../guest/riscv64/rows/zbs.ts';
import { UsageError } from '../must.ts';

/** Extensions that can be left out, with their rows; everything else is always there. */
const EXTENSIONS: ReadonlyMap<string, readonly { readonly name: string }[]> = new Map<
  string,
  readonly { readonly name: string }[]
>([
  ['zba', ZBA_ROWS],
  ['zbb', ZBB_ROWS],
  ['zbs', ZBS_ROWS],
]);

/** All that the machine has. */
export const FULL_ISA = 'rv64gc_zba_zbb_zbs';

/** Whether the ISA called `text` has a base row. Throws a UsageError where it names what there is not. */
export function isaFilter(text: string): (row: string) => boolean {
  const [base, ...names] = text.toLowerCase().split('_');
  const remedy = `The machine has ${FULL_ISA}; zba, zbb and zbs may be left out.`;
  if (base !== 'rv64gc' && base !== 'rv64imafdc')
    throw new UsageError(`no programs are made for the ISA "${text}"`, remedy);
  const odd = names.find((name) => !EXTENSIONS.has(name));
  if (odd !== undefined) throw new UsageError(`the machine has no extension "${odd}"`, remedy);
  const left = [...EXTENSIONS].filter(([name]) => !names.includes(name));
  const refused = new Set(left.flatMap(([, rows]) => rows.map(({ name }) => name)));
  return (row) => !refused.has(row);
}
