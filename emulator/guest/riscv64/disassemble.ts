// From bytes to text in GNU objdump's spelling, by the rows and their aliases. Targets are numbers, `0x10a3c`.
// Compressed instructions print as what they stand for. Total: what is no instruction prints as data.

import { type GuestAddr, hex } from '../../bits.ts';
import { csrName } from './csr-names.ts';
import { type Alias, FIELD_NAMES, type FieldName } from './formats.ts';
import { FLOAT_NAMES, INTEGER_NAMES } from './registers.ts';
import { baseTable, compressedTable, expansion } from './tables.ts';

const ROUNDING = ['rne', 'rtz', 'rdn', 'rup', 'rmm', 'unknown', 'unknown', 'dyn'];
const RM_DYNAMIC = 7;
const ORDERINGS = ['', '.rl', '.aq', '.aqrl'];

/**
 * Immediate forms that GNU objdump prints under the register form's name (`add sp,sp,-16`), as it does up to release
 * 2.40. Empty this table for the manual's names, which later releases print.
 */
const SHORT_NAMES: ReadonlyMap<string, string> = new Map(
  (
    'addi xori ori andi slli srli srai addiw slliw srliw sraiw rori roriw bclri bexti binvi bseti ' +
    'csrrwi csrrsi csrrci csrwi csrsi csrci'
  )
    .split(' ')
    .map((name) => [name, name.replace(/i(w?)$/, '$1')]),
);

const field = (values: Int32Array, name: FieldName): number => values[FIELD_NAMES.indexOf(name)]!;

function fenceSet(bits: number): string {
  return bits === 0 ? 'unknown' : ['i', 'o', 'r', 'w'].filter((_, i) => bits & (8 >> i)).join('');
}

function operand(word: string, values: Int32Array, pc: GuestAddr): string {
  const name = word.replace(/^f(?=[ds])/, (_) => 'r') as FieldName;
  switch (word) {
    case 'rd':
    case 'rs1':
    case 'rs2':
      return INTEGER_NAMES[field(values, word)]!;
    case 'fd':
    case 'fs1':
    case 'fs2':
    case 'fs3':
      return FLOAT_NAMES[field(values, name)]!;
    case 'imm':
      return String(field(values, 'imm'));
    case 'hex':
      return hex(field(values, 'imm'));
    case 'upper':
      return hex((field(values, 'imm') >>> 12) & 0xfffff);
    case 'target':
      return hex(pc + field(values, 'imm'));
    case 'rm':
      return ROUNDING[field(values, 'rm')]!;
    case 'csr':
      return csrName(field(values, 'csr')) ?? hex(field(values, 'csr'));
    case 'pred':
    case 'succ':
      return fenceSet(field(values, word));
    default:
      return word;
  }
}

function holds(alias: Alias, values: Int32Array): boolean {
  return Object.entries(alias.when).every(([name, wanted]) => {
    const value = field(values, name as FieldName);
    return value === (typeof wanted === 'number' ? wanted : field(values, wanted));
  });
}

function print(index: number, aliases: readonly Alias[] | undefined, values: Int32Array, pc: GuestAddr): string {
  const row = baseTable().rows[index]!;
  const alias = (aliases ?? row.alias)?.find((candidate) => holds(candidate, values));
  let asm = alias ? alias.asm : row.fmt.asm;
  if (field(values, 'rm') === RM_DYNAMIC) asm = asm.replace(/,rm$/, '');
  const ordering = 'q' in row.fmt.letters ? ORDERINGS[field(values, 'aqrl')]! : '';
  const operands = asm.replace(/[a-z]+[0-9]?/g, (word) => operand(word, values, pc));
  const fullName = (alias ?? row).name;
  const name = (SHORT_NAMES.get(fullName) ?? fullName) + ordering;
  return operands === '' ? name : `${name} ${operands}`;
}

/** Text of the instruction at `pc` that starts at bytes[0]. */
export function disassemble(pc: GuestAddr, bytes: Uint8Array): string {
  if (bytes.length < 2) return bytes.length === 0 ? '' : `.byte ${hex(bytes[0]!)}`;
  const half = bytes[0]! | (bytes[1]! << 8);
  const values = new Int32Array(FIELD_NAMES.length);
  if ((half & 3) !== 3) {
    if (half === 0) return 'unimp';
    const index = compressedTable().find(half);
    if (index < 0) return `.2byte ${hex(half)}`;
    compressedTable().extract(index, half, values);
    return print(expansion()[index]!, compressedTable().rows[index]!.alias, values, pc);
  }
  if (bytes.length < 4) return `.2byte ${hex(half)}`;
  const word = half | (bytes[2]! << 16) | (bytes[3]! << 24);
  const index = baseTable().find(word);
  if (index < 0) return `.4byte ${hex(word >>> 0)}`;
  baseTable().extract(index, word, values);
  return print(index, undefined, values, pc);
}
