// How many hot regions are compiled together: many, few for a while after code has changed under a module, then more again.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Asm, encode } from '../support/asm.ts';
import { CALL } from '../support/mini-machine.ts';
import { start } from './configs.ts';
import { CODE, type GuestProgram } from './programs.ts';

const test = suite('batches');
const HOT = 64;
const [T0, S0, S1, A0] = [5, 8, 9, 10] as const;

/** Loops that become hot once each, behind code that is compiled, and changed if `patches`. */
function loops(count: number, patches: boolean): GuestProgram {
  const a = new Asm(CODE);
  a.la(S0, 'patched').li(S1, encode('addi', { rd: A0, rs1: A0, imm: patches ? 77 : 1 }) | 0);
  // Hot again and again: that is compiled without waiting for more.
  a.li(T0, 20 * HOT)
    .label('first')
    .label('patched')
    .imm('addi', A0, A0, 1)
    .imm('addi', T0, T0, -1);
  a.branch('bne', T0, 0, 'first');
  if (patches) a.store('sw', S1, S0, 0).jal(0, 'behind').label('behind');
  for (let n = 0; n < count; n++)
    a.li(T0, HOT + 2)
      .label(`loop${n}`)
      .imm('addi', T0, T0, -1)
      .branch('bne', T0, 0, `loop${n}`);
  a.ecall(CALL.exit);
  return { name: `${count} loops`, code: a.finish(), onFault: 'exit' };
}

function modulesOf(count: number, patches: boolean): number {
  const mini = start({ translator: 'new-tcg', tuning: { hotThreshold: HOT } }, loops(count, patches));
  mini.machine.run(1_000_000);
  assert.ok(mini.machine.ended);
  assert.is(mini.machine.cache.modulesLost > 0, patches);
  const { modules } = mini.machine.regions;
  mini.close();
  return modules;
}

test('sixty-four make a module; after a loss eight, sixteen, thirty-two, and sixty-four again', () => {
  const made = (patches: boolean) => [0, 7, 8, 24, 56, 63, 64, 119, 120, 128].map((n) => modulesOf(n, patches));
  assert.equal(made(false), [1, 1, 1, 1, 1, 1, 2, 2, 2, 3]);
  assert.equal(made(true), [1, 1, 2, 3, 4, 4, 4, 4, 5, 5]);
});

test.run();
