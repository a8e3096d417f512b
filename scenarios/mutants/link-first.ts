// A jump through the register that receives the link. Real ones: rv32emu's JIT (sysprog21/rv32emu issue 472),
// libriscv's interpreter (libriscv issue 384), rvsim (stephank/rvsim pull request 12) wrote the link first; the
// official tests got a case for it (riscv-software-src/riscv-tests pull request 258).

import { Op, SLOT_PC, STRIDE } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { emitted, withLowering } from './derive.ts';

const summary = 'Writes the link of jalr before it reads the target from the same register';

export const linkFirst: Mutant = {
  name: 'link-first',
  kind: 'lowering',
  summary,
  program: 'scenarios/guests/nolibc/corners.elf',
  args: [],
  expect: { pc: 0x1013a, kind: 'path', culprit: { pass: 'lower', rule: 'link-first', pc: 0x10142 } },
  translator: withLowering('link-first', summary, { mask: 0xfffff, match: 0x80e7 }, (context, from) => {
    // The link is moved to the front: `mov ra, link` comes before the sum and the mask that make the target.
    const { block } = context.b;
    const last = block.count;
    emitted(context, from, ({ ops }, at) => {
      if (ops[at] !== Op.mov || ops[at + 1] === SLOT_PC) return;
      const link = ops.slice(at, at + STRIDE);
      ops.copyWithin((from + 1) * STRIDE, from * STRIDE, at);
      ops.set(link, from * STRIDE);
    });
    block.count = last;
  }),
};
