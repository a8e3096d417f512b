// Filters: which instructions of a block a plugin means. Evaluated at translation, never at run time.

import type { Filter, InsnHandle } from './api.ts';

const startsOrMatches = (text: string | undefined, wanted: string | RegExp, whole: boolean): boolean => {
  if (text === undefined) return false;
  if (typeof wanted === 'string') return whole ? text === wanted : text.startsWith(wanted);
  return text.search(wanted) >= 0;
};

/** The cheap questions first: disassembly and symbols are looked up only where the rest holds. */
export function matches(insn: InsnHandle, { range, opcode, disas, symbol }: Filter): boolean {
  if (range && (insn.pc < range[0] || insn.pc >= range[1])) return false;
  if (opcode && (insn.opcode() & opcode.mask) >>> 0 !== opcode.match >>> 0) return false;
  if (disas !== undefined && !startsOrMatches(insn.disas(), disas, false)) return false;
  return symbol === undefined || startsOrMatches(insn.symbol(), symbol, true);
}
