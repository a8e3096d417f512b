// The text form of a block: what tests are written in, what `-d op` and reports show. `parseBlock(printBlock(b))`
// gives the same ops; constants are pooled in order of appearance, and the temporaries and labels in use are those
// that appear. The text is driven by the op table: selector fields (condition, helper) first, then d a b c e f g.
//
//   tb 0x10a30 insns=2 size=6            block: address, guest instructions, guest bytes
//     insn_start 0 0x10a30               index, address
//     add tmp0, a0, $0x10                tmpN temporaries, $0x… 64-bit constants, other names globals (default gN)
//     ld tmp1, [sp + 8], s32.align       base, offset, memory operation
//     brcond ltu, a0, $0x0, L1
//     call fadd_d, 7, fa0, fa0, fa1      helper, immediate, result, arguments
//     plugin_call 3, reads+mem, tmp0, tmp1
//     exit system, 0x73
//   L1:                                  a label
//     goto_tb 0, 0x10a3c
//
// `#` starts a comment. Temporaries are not `tN` because RISC-V has registers of those names; the parser takes `tN`
// for a temporary when `slotOf` does not know the name.

import { hex } from '../bits.ts';
import * as L from '../memory/layout.ts';
import { UsageError } from '../must.ts';
import { HELPERS } from './helper.ts';
import { IrBlock, isConst, isTemp, NONE, type Operand, STRIDE } from './ir.ts';
import {
  CALL_ICOUNT,
  CALL_MEM,
  CALL_READS,
  CALL_WRITES,
  CONDS,
  type Field,
  MEM_ALIGN,
  MEM_BIG,
  MEM_RMW,
  MEM_SIGN,
  MEM_SIZE,
  OPS,
  Op,
} from './op.ts';

/** Names of EXIT_* by number. */
const EXITS = ['none', 'lookup', 'budget', 'leave', 'io', 'fault', 'system', 'illegal', 'hot', 'stop', 'misaligned'];
const CALL_FLAGS: readonly (readonly [number, string])[] = [
  [CALL_READS, 'reads'],
  [CALL_WRITES, 'writes'],
  [CALL_ICOUNT, 'icount'],
  [CALL_MEM, 'mem'],
];
const MEM_FLAGS: readonly (readonly [number, string])[] = [
  [MEM_RMW, 'rmw'],
  [MEM_ALIGN, 'align'],
  [MEM_BIG, 'big'],
];

/** Bounds of what the parser accepts. */
const MAX_TEXT = 4 << 20;
const MAX_OPS = 1 << 16;
const MAX_LABEL = 1 << 16;

/** The text of a memory operation: `u8` … `s64` and flags. */
export function memopText(memop: number): string {
  let text = (memop & MEM_SIGN ? 's' : 'u') + (8 << (memop & MEM_SIZE));
  for (const [bit, name] of MEM_FLAGS) if (memop & bit) text += `.${name}`;
  return memop & ~63 ? `${text}.0x${(memop >>> 0).toString(16)}` : text;
}

function intText(value: number): string {
  return value > -65536 && value < 65536 ? `${value}` : `0x${(value >>> 0).toString(16)}`;
}

function pcText(lo: number, hi: number): string {
  const low = (lo >>> 0).toString(16);
  return hi === 0 ? `0x${low}` : `0x${(hi >>> 0).toString(16)}${low.padStart(8, '0')}`;
}

/** Text of one operand. */
export function operandText(block: IrBlock, x: Operand, globalName?: (slot: number) => string): string {
  if (x === NONE) return '-';
  if (isConst(x)) return ~x < block.constCount ? `$${pcText(block.lo(x), block.hi(x))}` : `$bad${~x}`;
  if (isTemp(x)) return `tmp${x - L.TEMP_BASE}`;
  return x < L.TEMP_BASE ? (globalName?.(x) ?? `g${x}`) : `bad${x}`;
}

/** Text of op number `index`, without indentation. Total: a block the verifier would reject prints too. */
export function opText(block: IrBlock, index: number, globalName?: (slot: number) => string): string {
  const at = index * STRIDE;
  const word = (k: number): number => block.ops[at + k]!;
  const operand = (k: number): string => operandText(block, word(k), globalName);
  const op = word(0);
  const info = OPS[op];
  if (info === undefined) return `bad_op ${op}`;
  const join = (...parts: string[]): string => `${info.name} ${parts.join(', ')}`;
  const address = (): string => {
    const offset = word(5);
    const tail = offset === 0 ? '' : offset < 0 ? ` - ${-offset}` : ` + ${offset}`;
    return `[${operand(2)}${tail}]`;
  };
  switch (op) {
    case Op.label:
      return `L${word(7)}:`;
    case Op.insn_start:
      return `insn_start ${word(2)} ${pcText(word(3), word(4))}`;
    case Op.ld:
      return join(operand(1), address(), memopText(word(6)));
    case Op.st:
      return join(address(), operand(3), memopText(word(6)));
    case Op.call: {
      const args = [2, 3, 4].map(operand);
      while (args.at(-1) === '-') args.pop();
      return join(HELPERS[word(5)]?.name ?? `bad${word(5)}`, intText(word(6)), operand(1), ...args);
    }
    case Op.exit:
      return join(EXITS[word(5)] ?? `bad${word(5)}`, `0x${(word(6) >>> 0).toString(16)}`);
    case Op.goto_tb:
      return join(`${word(5)}`, pcText(word(3), word(4)));
    case Op.plugin_call: {
      const flags = CALL_FLAGS.filter(([bit]) => word(6) & bit).map(([, name]) => name);
      const args = [2, 3].map(operand);
      while (args.at(-1) === '-') args.pop();
      return join(intText(word(5)), flags.join('+') || 'none', ...args);
    }
    default: {
      const parts: string[] = [];
      const cond = info.fields.indexOf('cond');
      if (cond >= 0) parts.push(CONDS[word(cond + 1)] ?? `bad${word(cond + 1)}`);
      info.fields.forEach((field, k) => {
        if (field === 'out' || field === 'in') parts.push(operand(k + 1));
        else if (field === 'imm') parts.push(intText(word(k + 1)));
        else if (field === 'label') parts.push(`L${word(k + 1)}`);
      });
      return parts.length === 0 ? info.name : join(...parts);
    }
  }
}

/** The block as text, a line an op. `globalName` names the slots; they print as `g<slot>` without it. */
export function printBlock(block: IrBlock, globalName?: (slot: number) => string): string {
  let text = `tb ${hex(block.pc)} insns=${block.insns} size=${block.size}\n`;
  for (let i = 0; i < block.count; i++) {
    const line = opText(block, i, globalName);
    text += block.ops[i * STRIDE] === Op.label ? `${line}\n` : `  ${line}\n`;
  }
  return text;
}

/**
 * Parses what `printBlock` prints. `slotOf` gives the slot of a global's name; `g<slot>` is always understood.
 * Throws a UsageError that names the line. The result is well-formed text, not yet a verified block.
 */
export function parseBlock(text: string, slotOf?: (name: string) => number | undefined): IrBlock {
  if (text.length > MAX_TEXT) throw new UsageError(`IR text is longer than ${MAX_TEXT} characters`);
  const parser = new LineParser(slotOf);
  let begun = false;
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!.replace(/#.*/, '').trim();
    if (line === '') continue;
    parser.line = i + 1;
    if (begun) parser.parseOp(line);
    else parser.parseHeader(line);
    begun = true;
  }
  if (!begun) throw new UsageError('IR text is empty', 'The first line is `tb 0xADDRESS insns=N size=N`.');
  return parser.block;
}

class LineParser {
  readonly block = new IrBlock();
  line = 0;
  private readonly slotOf: ((name: string) => number | undefined) | undefined;

  constructor(slotOf: ((name: string) => number | undefined) | undefined) {
    this.slotOf = slotOf;
  }

  parseHeader(line: string): void {
    const match = /^tb (\S+) insns=(\d{1,6}) size=(\d{1,6})$/.exec(line);
    if (match === null) this.fail(`expected \`tb 0xADDRESS insns=N size=N\`, found \`${clip(line)}\``);
    const [lo, hi] = this.pc(match[1]!);
    const pc = hi * 4294967296 + (lo >>> 0);
    if (!Number.isSafeInteger(pc)) this.fail(`the block's address ${clip(match[1]!)} is outside ±2^53`);
    this.block.reset(pc);
    this.block.insns = Number(match[2]);
    this.block.size = Number(match[3]);
  }

  parseOp(line: string): void {
    const block = this.block;
    if (block.count >= MAX_OPS) this.fail(`more than ${MAX_OPS} ops`);
    if (line.endsWith(':')) {
      block.push(Op.label, NONE, NONE, NONE, NONE, 0, 0, this.label(line.slice(0, -1)));
      return;
    }
    const space = line.search(/\s/);
    const name = space < 0 ? line : line.slice(0, space);
    const rest = space < 0 ? '' : line.slice(space).trim();
    const op = Object.hasOwn(Op, name) ? Op[name as keyof typeof Op] : undefined;
    if (op === undefined || op === Op.label) this.fail(`unknown op \`${clip(name)}\``);
    const parts = rest === '' ? [] : rest.split(op === Op.insn_start ? /\s+/ : ',').map((part) => part.trim());
    switch (op) {
      case Op.insn_start: {
        this.arity(name, parts, 2, 2);
        block.push(op, NONE, this.int(parts[0]!), ...this.pc(parts[1]!));
        return;
      }
      case Op.ld: {
        this.arity(name, parts, 3, 3);
        const [base, offset] = this.address(parts[1]!);
        block.push(op, this.operand(parts[0]!), base, NONE, NONE, offset, this.memop(parts[2]!));
        return;
      }
      case Op.st: {
        this.arity(name, parts, 3, 3);
        const [base, offset] = this.address(parts[0]!);
        block.push(op, NONE, base, this.operand(parts[1]!), NONE, offset, this.memop(parts[2]!));
        return;
      }
      case Op.call: {
        this.arity(name, parts, 3, 6);
        const helper = HELPERS.findIndex((row) => row.name === parts[0]);
        if (helper < 0) this.fail(`unknown helper \`${clip(parts[0]!)}\``);
        const args = parts.slice(3).map((part) => this.operand(part));
        const imm = this.int(parts[1]!);
        block.push(op, this.operand(parts[2]!), args[0] ?? NONE, args[1] ?? NONE, args[2] ?? NONE, helper, imm);
        return;
      }
      case Op.exit: {
        this.arity(name, parts, 2, 2);
        const reason = EXITS.indexOf(parts[0]!);
        if (reason < 0) this.fail(`unknown exit reason \`${clip(parts[0]!)}\``);
        block.push(op, NONE, NONE, NONE, NONE, reason, this.int(parts[1]!));
        return;
      }
      case Op.goto_tb: {
        this.arity(name, parts, 2, 2);
        block.push(op, NONE, NONE, ...this.pc(parts[1]!), this.int(parts[0]!));
        return;
      }
      case Op.plugin_call: {
        this.arity(name, parts, 2, 4);
        const args = parts.slice(2).map((part) => this.operand(part));
        const flags = this.callFlags(parts[1]!);
        block.push(op, NONE, args[0] ?? NONE, args[1] ?? NONE, NONE, this.int(parts[0]!), flags);
        return;
      }
      default:
        this.parseByTable(op, name, parts);
    }
  }

  private parseByTable(op: number, name: string, parts: string[]): void {
    const fields = OPS[op]!.fields;
    const used = fields.filter((field) => field !== 'none').length;
    this.arity(name, parts, used, used);
    const words: [number, number, number, number, number, number, number] = [NONE, NONE, NONE, NONE, 0, 0, 0];
    // The one op with an operand in `e` is movcond; its sibling setcond leaves that operand empty.
    if (op === Op.setcond) words[4] = NONE;
    let next = 0;
    const cond = fields.indexOf('cond');
    if (cond >= 0) words[cond] = this.cond(parts[next++]!);
    fields.forEach((field: Field, k) => {
      if (field === 'out' || field === 'in') words[k] = this.operand(parts[next++]!);
      else if (field === 'imm') words[k] = this.int(parts[next++]!);
      else if (field === 'label') words[k] = this.label(parts[next++]!);
    });
    this.block.push(op, ...words);
  }

  private operand(text: string): Operand {
    if (text === '-') return NONE;
    if (text.startsWith('$')) return this.block.constant(...this.pc(text.slice(1)));
    const temp = /^tmp(\d{1,6})$/.exec(text);
    if (temp !== null) return this.temp(Number(temp[1]));
    const slot = this.slotOf?.(text);
    if (slot !== undefined) return this.global(text, slot);
    const plain = /^([gt])(\d{1,6})$/.exec(text);
    if (plain === null) this.fail(`unknown operand \`${clip(text)}\``);
    return plain[1] === 'g' ? this.global(text, Number(plain[2])) : this.temp(Number(plain[2]));
  }

  private global(text: string, slot: number): Operand {
    if (!Number.isInteger(slot) || slot < 0 || slot >= L.TEMP_BASE) this.fail(`\`${clip(text)}\` is not a slot`);
    return slot;
  }

  private temp(number: number): Operand {
    if (L.TEMP_BASE + number >= L.TEMP_LIMIT) this.fail(`temporary ${number} is beyond the last one`);
    if (number >= this.block.tempCount) this.block.tempCount = number + 1;
    return L.TEMP_BASE + number;
  }

  private label(text: string): number {
    const match = /^L(\d{1,5})$/.exec(text);
    if (match === null) this.fail(`expected a label, found \`${clip(text)}\``);
    const label = Number(match[1]);
    if (label >= MAX_LABEL) this.fail(`label ${label} is beyond ${MAX_LABEL - 1}`);
    if (label >= this.block.labelCount) this.block.labelCount = label + 1;
    return label;
  }

  private cond(text: string): number {
    const cond = (CONDS as readonly string[]).indexOf(text);
    if (cond < 0) this.fail(`unknown condition \`${clip(text)}\``);
    return cond;
  }

  private memop(text: string): number {
    const [kind, ...flags] = text.split('.');
    const match = /^([us])(8|16|32|64)$/.exec(kind!);
    if (match === null) this.fail(`unknown memory operation \`${clip(text)}\``);
    let memop = (match[1] === 's' ? MEM_SIGN : 0) | ['8', '16', '32', '64'].indexOf(match[2]!);
    for (const flag of flags) {
      const row = MEM_FLAGS.find(([, name]) => name === flag);
      if (row === undefined) this.fail(`unknown flag \`${clip(flag)}\` of a memory operation`);
      memop |= row[0];
    }
    return memop;
  }

  private callFlags(text: string): number {
    let flags = 0;
    for (const name of text === 'none' ? [] : text.split('+')) {
      const row = CALL_FLAGS.find((known) => known[1] === name);
      if (row === undefined) this.fail(`unknown callback flag \`${clip(name)}\``);
      flags |= row[0];
    }
    return flags;
  }

  private address(text: string): [base: Operand, offset: number] {
    const match = /^\[(\S+?)(?:\s*([+-])\s*(\w+))?\]$/.exec(text);
    if (match === null) this.fail(`expected \`[base + offset]\`, found \`${clip(text)}\``);
    const offset = match[3] === undefined ? 0 : this.int(match[2] === '-' ? `-${match[3]}` : match[3]);
    return [this.operand(match[1]!), offset];
  }

  /** An int32: decimal, or hexadecimal of 32 bits. */
  private int(text: string): number {
    const value = /^-?(\d{1,10}|0x[0-9a-f]{1,8})$/i.test(text) ? Number(text.replace('-', '')) : Number.NaN;
    const signed = text.startsWith('-') ? -value : value;
    if (!(signed >= -2147483648 && signed <= 4294967295)) this.fail(`\`${clip(text)}\` is not a 32-bit number`);
    return signed | 0;
  }

  /** A 64-bit hexadecimal number as halves. */
  private pc(text: string): [lo: number, hi: number] {
    const match = /^0x([0-9a-f]{1,16})$/i.exec(text);
    if (match === null) this.fail(`expected a 64-bit number \`0x…\`, found \`${clip(text)}\``);
    const digits = match[1]!.padStart(16, '0');
    return [Number.parseInt(digits.slice(8), 16) | 0, Number.parseInt(digits.slice(0, 8), 16) | 0];
  }

  private arity(name: string, parts: readonly string[], least: number, most: number): void {
    if (parts.length >= least && parts.length <= most) return;
    const want = least === most ? `${least}` : `${least} to ${most}`;
    this.fail(`${name} takes ${want} fields, found ${parts.length}`);
  }

  private fail(message: string): never {
    throw new UsageError(`IR text, line ${this.line}: ${message}`);
  }
}

function clip(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
