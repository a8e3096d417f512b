// What a block is known to have stored, for mutants that forward stores to loads.

import { NONE, OPS, Op, type Operand } from '../../emulator/index.ts';

export interface Stored {
  readonly base: Operand;
  readonly offset: number;
  readonly memop: number;
  readonly value: Operand;
}

/** Before an op: forgets everything where control may come from elsewhere. Helpers write no guest memory. */
export function forget(stored: Stored[], op: number): void {
  if (op === Op.label) stored.length = 0;
}

/** After the op at `at`: forgets stores whose base or value it has written. */
export function written(stored: Stored[], op: number, ops: Int32Array, at: number): void {
  const d = OPS[op]!.fields[0] === 'out' ? ops[at + 1]! : NONE;
  if (d === NONE) return;
  for (let i = stored.length - 1; i >= 0; i--) if (stored[i]!.base === d || stored[i]!.value === d) stored.splice(i, 1);
}
