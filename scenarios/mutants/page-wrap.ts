// A load whose last bytes lie on the next page, done as if the page went round. Real ones: Plexus's emulator looked
// one page up for both halves (Spritetm/plexus_20_emu pull request 13); angr repaired writes across pages (angr pull
// request 3427).

import { Op } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { access, withLowering } from './derive.ts';

const summary = 'Takes the second part of a load across two pages from the start of the first page';

export const pageWrap: Mutant = {
  name: 'page-wrap',
  kind: 'lowering',
  summary,
  program: 'scenarios/guests/nolibc/accesses.elf',
  args: [],
  expect: { pc: 0x10396, kind: 'data', culprit: { pass: 'lower', rule: 'page-wrap', pc: 0x10396 } },
  translator: withLowering('page-wrap', summary, { mask: 0x707f, match: 0x3003 }, (context, from) => {
    const [base, offset, d] = access(context, from);
    const { b } = context;
    const value = b.block.newTemp();
    const [usual, done] = [b.newLabel(), b.newLabel()];
    const address = b.binary(Op.add, base, b.imm(offset));
    b.brcond('leu', b.binary(Op.and, address, b.imm(4095)), b.imm(4088), usual);
    const page = b.binary(Op.and, address, b.imm(-4096));
    b.mov(value, b.imm(0));
    for (let i = 7; i >= 0; i--) {
      const within = b.binary(Op.and, b.binary(Op.add, address, b.imm(i)), b.imm(4095));
      const byte = b.load(0, b.binary(Op.or, page, within), 0);
      b.binary(Op.or, b.binary(Op.shl, value, b.imm(8)), byte, value);
    }
    b.br(done);
    b.label(usual);
    b.load(3, address, 0, value);
    b.label(done);
    b.mov(d, value);
  }),
};
