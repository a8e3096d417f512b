// A store across two pages of which only the first can be written: it faults, and must leave nothing behind. Real one:
// an emulation of unaligned accesses stored byte by byte until it faulted (rcore-os/tgoskits issue 1853).

import { Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { access, withLowering } from './derive.ts';

const summary = 'Writes the first bytes of a store across two pages before it finds that the second one is missing';

export const partialStore: Mutant = {
  name: 'partial-store',
  kind: 'lowering',
  summary,
  program: 'scenarios/guests/nolibc/accesses.elf',
  args: [],
  expect: { pc: 0x103c2, kind: 'data', culprit: { pass: 'lower', rule: 'partial-store', pc: 0x103c2 } },
  translator: withLowering('partial-store', summary, { mask: 0x707f, match: 0x3023 }, (context, from) => {
    const [base, offset, , source] = access(context, from);
    const { b } = context;
    const [usual, done] = [b.newLabel(), b.newLabel()];
    const address = b.binary(Op.add, base, b.imm(offset));
    b.brcond('leu', b.binary(Op.and, address, b.imm(4095)), b.imm(4088), usual);
    for (let i = 0; i < 8; i++) b.store(0, address, i, b.binary(Op.shr, source, b.imm(8 * i)));
    b.br(done);
    b.label(usual);
    b.store(3, address, 0, source);
    b.label(done);
  }),
};
