// A register write removed because it is overwritten before anybody reads it, though a load between the two may fault
// and show the registers to a signal handler. Real ones: dead-store elimination of guest registers in translators that
// list calls and exits as observers and forget memory accesses.

import { isGlobal, OPS, Op, type Operand } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { eachOp, onePass, withPass } from './derive.ts';

const summary = 'Removes a register write that only the handler of a fault could have seen';

const pass = onePass('dead-store', summary, 'x = a; load; x = b is load; x = b, wrong', (block, change) => {
  const { ops } = block;
  /** Registers -> word and pc of their last write that nothing has read since. */
  const pending = new Map<Operand, { at: number; pc: number; acrossAccess: boolean }>();
  eachOp(block, (op, at, pc) => {
    const { fields, effects } = OPS[op]!;
    for (let i = 1; i < 5; i++) if (fields[i] === 'in') pending.delete(ops[at + 1 + i]!);
    if (op === Op.ld || op === Op.st) {
      // The accesses that should make all writes wanted.
      for (const write of pending.values()) write.acrossAccess = true;
    } else if (op !== Op.insn_start && (effects || op === Op.call)) {
      pending.clear();
    }
    if (fields[0] !== 'out') return;
    const d = ops[at + 1]!;
    const before = pending.get(d);
    // Without an access between them new-tcg's own pass does it, rightly.
    if (before?.acrossAccess && change(before.pc)) ops[before.at] = Op.nop;
    pending.delete(d);
    if (isGlobal(d) && op !== Op.ld && op !== Op.call) pending.set(d, { at, pc, acrossAccess: false });
  });
});

export const deadStore: Mutant = {
  name: 'dead-store',
  kind: 'pass',
  summary,
  program: 'scenarios/guests/nolibc/fault-registers.elf',
  args: [],
  expect: { pc: 0x101e6, kind: 'data', culprit: { pass: 'dead-store', rule: 'dead-store', pc: 0x101e8 } },
  translator: withPass(pass),
};
