// A misaligned load done in two halves, put together in the other byte order. Real ones: split accesses in emulators
// of big-endian guests on little-endian hosts; Plexus's emulator had to split 32-bit accesses into halves to get them
// right (Spritetm/plexus_20_emu pull request 13).

import { MEM_SIGN, Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { access, withLowering } from './derive.ts';

const summary = 'Assembles a word that is misaligned by two from its halves in big-endian order';

export const halfOrder: Mutant = {
  name: 'half-order',
  kind: 'lowering',
  summary,
  program: 'scenarios/guests/nolibc/accesses.elf',
  args: [],
  expect: { pc: 0x1036e, kind: 'data', culprit: { pass: 'lower', rule: 'half-order', pc: 0x1036e } },
  translator: withLowering('half-order', summary, { mask: 0x707f, match: 0x2003 }, (context, from) => {
    const [base, offset, d] = access(context, from);
    const { b } = context;
    const value = b.block.newTemp();
    const [usual, done] = [b.newLabel(), b.newLabel()];
    const address = b.binary(Op.add, base, b.imm(offset));
    b.brcond('ne', b.binary(Op.and, address, b.imm(3)), b.imm(2), usual);
    const first = b.load(1, address, 0);
    const second = b.load(1, address, 2);
    const word = b.binary(Op.or, b.binary(Op.shl, first, b.imm(16)), second);
    b.unary(Op.ext32s, word, value);
    b.br(done);
    b.label(usual);
    b.load(2 | MEM_SIGN, address, 0, value);
    b.label(done);
    b.mov(d, value);
  }),
};
