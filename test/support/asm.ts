// A small RV64 assembler for tests: rows of the decode tables encoded by name, labels, two-pass. Guest programs of
// tests need no cross compiler this way. Register operands are numbers; `R` names the usual ones.

import { INTEGER_NAMES } from '../../emulator/guest/riscv64/registers.ts';
import { encode, type FieldValues } from '../../emulator/sequence/encode.ts';

/** Integer registers by ABI name. */
export const R = Object.fromEntries(INTEGER_NAMES.map((name, n) => [name, n])) as Readonly<Record<string, number>>;

export { encode, type FieldValues };

interface Fixup {
  readonly at: number;
  readonly make: (offset: number) => number;
  readonly label: string;
  /** Address the offset is counted from. */
  readonly from: number;
}

export class Asm {
  readonly base: number;
  private readonly bytes: number[] = [];
  private readonly labels = new Map<string, number>();
  private readonly fixups: Fixup[] = [];
  /** Address of every instruction emitted, in order. */
  readonly starts: number[] = [];

  constructor(base: number) {
    this.base = base;
  }

  get here(): number {
    return this.base + this.bytes.length;
  }

  /** One instruction by row name. */
  i(name: string, fields: FieldValues = {}): this {
    return this.word(encode(name, fields));
  }
  /** One instruction word, 2 or 4 bytes by its low bits. */
  word(word: number): this {
    this.starts.push(this.here);
    const size = (word & 3) === 3 ? 4 : 2;
    for (let k = 0; k < size; k++) this.bytes.push((word >>> (8 * k)) & 255);
    return this;
  }
  /** Data. */
  data(...bytes: number[]): this {
    this.bytes.push(...bytes);
    return this;
  }
  /** Bytes of zero up to `addr`. */
  org(addr: number): this {
    if (addr < this.here) throw new Error('org goes backwards');
    while (this.here < addr) this.bytes.push(0);
    return this;
  }
  /** Nops up to `addr`, 4 bytes each (2 where needed). */
  padTo(addr: number): this {
    while (this.here < addr) this.i(addr - this.here >= 4 ? 'addi' : 'c.addi', addr - this.here >= 4 ? {} : { rd: 0 });
    return this;
  }
  label(name: string): this {
    this.labels.set(name, this.here);
    return this;
  }
  addressOf(label: string): number {
    const at = this.labels.get(label);
    if (at === undefined) throw new Error(`no label ${label}`);
    return at;
  }

  op(name: string, rd: number, rs1: number, rs2: number): this {
    return this.i(name, { rd, rs1, rs2 });
  }
  imm(name: string, rd: number, rs1: number, imm: number): this {
    return this.i(name, { rd, rs1, imm });
  }
  load(name: string, rd: number, base: number, imm = 0): this {
    return this.i(name, { rd, rs1: base, imm });
  }
  store(name: string, rs2: number, base: number, imm = 0): this {
    return this.i(name, { rs2, rs1: base, imm });
  }
  /** Loads a signed 32-bit constant: lui and addiw, always two instructions. */
  li(rd: number, value: number): this {
    const upper = (value + 0x800) & ~0xfff;
    this.i('lui', { rd, imm: upper | 0 });
    return this.imm('addiw', rd, rd, (value << 20) >> 20);
  }
  /** Address of a label, two instructions. */
  la(rd: number, label: string): this {
    const from = this.here;
    this.fix(label, from, (offset) => encode('auipc', { rd, imm: ((offset + 0x800) & ~0xfff) | 0 }));
    this.fix(label, from, (offset) => encode('addi', { rd, rs1: rd, imm: (offset << 20) >> 20 }));
    return this;
  }
  branch(name: string, rs1: number, rs2: number, label: string): this {
    return this.fix(label, this.here, (imm) => encode(name, { rs1, rs2, imm }));
  }
  jal(rd: number, label: string): this {
    return this.fix(label, this.here, (imm) => encode('jal', { rd, imm }));
  }
  ecall(number: number): this {
    this.imm('addi', 17, 0, number);
    return this.i('ecall');
  }
  private fix(label: string, from: number, make: (offset: number) => number): this {
    this.fixups.push({ at: this.bytes.length, make, label, from });
    this.starts.push(this.here);
    this.bytes.push(0, 0, 0, 0);
    return this;
  }

  finish(): Uint8Array {
    const out = Uint8Array.from(this.bytes);
    const view = new DataView(out.buffer);
    for (const { at, make, label, from } of this.fixups) view.setUint32(at, make(this.addressOf(label) - from), true);
    return out;
  }
}
