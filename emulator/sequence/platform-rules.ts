// What the platform of the agreement tests does with the instructions that are its business: as little as lets a sequence
// go on. ebreak ends it; a CSR write to mstatus stands for one that sets FS; ecall makes the data pages read-only, or writable
// again; all others are stepped over.

const MSTATUS = 0x300;
const EBREAK = 0x00100073;
const C_EBREAK = 0x9002;
const ECALL = 0x00000073;

export type Rule =
  | { readonly kind: 'end' }
  | { readonly kind: 'next'; readonly floatStatus?: 0 | 1 | 2 | 3; readonly togglesData?: true };

export function ruleFor(word: number): Rule {
  const bits = word >>> 0;
  if (bits === EBREAK || bits === C_EBREAK) return { kind: 'end' };
  if (bits === ECALL) return { kind: 'next', togglesData: true };
  const isCsr = (bits & 0x7f) === 0x73 && ((bits >>> 12) & 3) !== 0;
  // The low bits of the rs1 field stand for the value written.
  if (isCsr && bits >>> 20 === MSTATUS) return { kind: 'next', floatStatus: ((bits >>> 15) & 3) as 0 | 1 | 2 | 3 };
  return { kind: 'next' };
}
