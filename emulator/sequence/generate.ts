// Random sequences over every decode row, under the roles of registers (state.ts). Jumps go forward; the only way back is a
// counted loop.

import { FIELD_NAMES, type FieldName } from '../guest/riscv64/formats.ts';
import { baseTable, compressedTable } from '../guest/riscv64/tables.ts';
import { encode, type FieldValues } from './encode.ts';
import * as operands from './float-operands.ts';
import { CODE, CODE_SIZE } from './layout.ts';
import { BY_KIND, floatFields, type Kind, kindOf, type RowRef } from './rows.ts';
import { END, type Item, type Sequence } from './sequence.ts';
import {
  ALIGNED,
  BAD_POINTER,
  COUNTERS,
  dataPages,
  FLOATS,
  floatRegisters,
  integerRegisters,
  POINTERS,
  POOL,
} from './state.ts';

const { Random } = operands;
type Random = operands.Random;

export const MAX_ITEMS = 60;

/** What `chain` is made of. */
const CHAIN = (
  'addiw addiw slli slli srli srli srai slliw srliw sraiw andi ori xori addi sltiu zext.h sext.b sext.h add.uw addw subw ' +
  'and andn sub sltu sh1add.uw slli.uw rori bexti cpopw rev8 orc.b mul divuw min maxu'
).split(' ');
/** What `constants` does with two of them. */
const FOLDED = (
  'add sub srli srai slli srl sra sll srli srai mul mulh mulhu mulhsu div divu rem remu divw divuw remw remuw addw subw ' +
  'sraw srlw sllw sraiw slt sltu xor and or'
).split(' ');
/** Whatever needs no place of its own. */
const ANYWHERE = [...BY_KIND.plain, ...BY_KIND.memory, ...BY_KIND.atomic];

const FLOATING = BY_KIND.plain.filter(({ as }) => /^f[a-z]+\.[sd]/.test(as));

const field = (name: FieldName): number => FIELD_NAMES.indexOf(name);

/** Builds the items of one sequence. */
class Builder {
  readonly items: Item[] = [];
  private readonly random: Random;
  private nextId = 0;
  /** Registers written last: passes find something to do where instructions use each other's results. */
  private readonly recent: number[] = [];
  /** Jumps whose target is so many items further on: [index, distance]. */
  private readonly forward: [number, number][] = [];
  private readonly allows: (row: string) => boolean;

  constructor(random: Random, allows: (row: string) => boolean) {
    this.random = random;
    this.allows = allows;
  }

  /** One of the rows that are allowed. */
  private row(rows: readonly RowRef[]): RowRef {
    for (;;) {
      const row = this.random.pick(rows);
      if (this.allows(row.as)) return row;
    }
  }

  put(code: string | number, fields: FieldValues = {}, links: Pick<Item, 'target' | 'from'> = {}): number {
    const id = this.nextId++;
    this.items.push({ id, code, fields, ...links });
    return id;
  }

  /** A jump to an item that does not exist yet. */
  private putForward(code: string, fields: FieldValues, from?: number, nearest = 1): void {
    this.forward.push([this.items.length, nearest + this.random.below(8)]);
    this.put(code, fields, from === undefined ? { target: END } : { target: END, from });
  }

  /** Fifty instructions on floating-point registers, rounding modes set and flags read in between. */
  float(): void {
    const { random } = this;
    for (let n = 0; n < 50; n++) {
      const kind = random.below(20);
      if (kind === 0) this.put('csrrwi', { rd: 0, csr: 2, rs1: random.below(5), imm: random.below(5) });
      else if (kind === 1) this.put('csrrw', { rd: random.pick(POOL), csr: 1, rs1: 0 });
      else this.put1(this.row(FLOATING));
    }
  }

  /** Gives forward jumps their targets. */
  finish(): void {
    for (const [index, distance] of this.forward) {
      const target = this.items[index + distance]?.id ?? END;
      this.items[index] = { ...this.items[index]!, target };
    }
  }

  private target(): number {
    const { random } = this;
    // Rarely over a pointer or a counter.
    const odd = random.below(80);
    if (odd === 0) return random.pick(POINTERS);
    if (odd < 6) return 0;
    const register = random.pick(POOL);
    if (this.recent.unshift(register) > 4) this.recent.pop();
    return register;
  }
  private source(): number {
    const { random } = this;
    const n = random.below(24);
    if (n === 0) return 0;
    if (n === 1) return random.pick(POINTERS);
    if (n > 14 && this.recent.length > 0) return random.pick(this.recent);
    return n === 2 ? random.below(32) : random.pick(POOL);
  }
  private base(aligned: boolean): number {
    const { random } = this;
    if (random.below(60) === 0) return BAD_POINTER;
    if (random.below(80) === 0) return this.source();
    return random.pick(aligned && random.below(12) ? ALIGNED : POINTERS);
  }

  /** One instruction of the row with random fields under the roles of registers. */
  put1(row: RowRef, base?: number): void {
    const { random } = this;
    const table = row.compressed ? compressedTable() : baseTable();
    const given = table.fieldsOf(row.index);
    const kind = kindOf(row);
    const isMemory = kind === 'memory' || kind === 'atomic';
    for (;;) {
      const word = table.shape(row.index, random.word() | 0);
      if (word === undefined) continue;
      const values = new Int32Array(FIELD_NAMES.length);
      table.extract(row.index, word, values);
      const has = (name: FieldName): boolean => given.has(field(name));
      const get = (name: FieldName): number => values[field(name)]!;
      const set = (name: FieldName, to: number): void => {
        if (has(name)) values[field(name)] = to;
      };
      const floats = floatFields(row);
      if (row.compressed) {
        // Registers are drawn as they come; those that would break the roles are drawn again.
        const writes = has('rd') && !floats.has('rd') && !(isMemory && /^s|^fs/.test(row.as));
        const allowed = random.below(80) === 0 || [0, ...POOL].includes(get('rd'));
        if (writes && row.name !== 'c.addi16sp' && !allowed) continue;
        if (isMemory && ![2, 9, 15].includes(get('rs1'))) continue;
        this.put(word);
        return;
      }
      set('rd', floats.has('rd') ? random.pick(FLOATS) : this.target());
      for (const name of ['rs1', 'rs2', 'rs3'] as const) {
        set(name, floats.has(name) ? random.pick(FLOATS) : this.source());
      }
      if (random.below(10) === 0 && floats.has('rs2') === floats.has('rs1')) set('rs2', get('rs1'));
      if (has('rm') && random.below(20)) set('rm', random.pick([0, 0, 1, 2, 3, 4, 7, 7]));
      if (isMemory) {
        set('rs1', base ?? this.base(kind === 'atomic'));
        set('imm', random.below(6) ? random.below(96) - 48 : random.below(400) - 200);
      } else if (row.as !== 'lui' && row.as !== 'auipc' && random.below(3) === 0) {
        const wide = get('imm');
        set('imm', random.pick([0, 0, 1, 31, 32, 63, -1]));
        if (table.encode(row.index, values) === undefined) set('imm', wide);
      }
      if (kind === 'csr')
        set('csr', random.below(30) ? 1 + random.below(3) : random.pick([0x300, 0x300, 0xc00, 0x340]));
      this.put(table.encode(row.index, values)! >>> 0);
      return;
    }
  }

  private branch(row: RowRef): void {
    const { random } = this;
    if (row.compressed) this.putForward(row.name, { rs1: 8 + random.below(8) });
    else this.putForward(row.name, { rs1: this.source(), rs2: random.below(3) ? this.source() : 0 });
  }

  private jump(row: RowRef): void {
    const { random } = this;
    if (row.as === 'jal') {
      this.putForward(row.name, row.compressed ? {} : { rd: random.pick([0, 0, 1, this.target()]) });
      return;
    }
    const through = random.pick(POOL);
    const from = this.put('auipc', { rd: through, imm: 0 });
    if (!row.compressed) {
      this.putForward(row.name, { rd: random.pick([0, 1, through, this.target()]), rs1: through }, from);
      return;
    }
    this.putForward('addi', { rd: through, rs1: through }, from, 3);
    if (random.below(4) === 0) this.put('addi', { rd: through, rs1: through, imm: 1 }); // bit 0 of a target is ignored
    this.put(row.name, { rs1: through });
  }

  private reserve(): void {
    const { random } = this;
    const base = this.base(true);
    const size = random.pick(['w', 'd']);
    this.put(`lr.${size}`, { rd: this.target(), rs1: base, aqrl: random.below(4) });
    for (let n = random.below(3); n > 0; n--) this.step(0);
    // Sometimes of another size or elsewhere.
    const other = random.below(8) === 0 ? random.pick(['w', 'd']) : size;
    const at = random.below(10) === 0 ? this.base(true) : base;
    this.put(`sc.${other}`, { rd: this.target(), rs1: at, rs2: this.source(), aqrl: random.below(4) });
  }

  /** A value and a few steps that narrow, widen and shift it, each from the last: work for folding and for extensions. */
  private chain(): void {
    const { random } = this;
    let last = this.target() || 5;
    const kind = random.below(4);
    if (kind === 0)
      this.put('addi', { rd: last, rs1: 0, imm: random.pick([-1, 0, 1, 255, -2048, random.below(4096) - 2048]) });
    else if (kind === 1) {
      this.put('lui', { rd: last, imm: (random.word() & ~0xfff) | 0 });
      if (random.below(2)) this.put('addiw', { rd: last, rs1: last, imm: random.below(4096) - 2048 });
    } else {
      const imm = random.below(64) - 32;
      this.put(random.pick(['lb', 'lbu', 'lh', 'lhu', 'lw', 'lwu', 'ld']), { rd: last, rs1: this.base(false), imm });
    }
    for (let n = 1 + random.below(4); n > 0; n--) {
      const rd = random.below(3) ? last : this.target() || 6;
      const shift = random.pick([1, 8, 16, 24, 31, 32, 32, 48, 56, 63]);
      const other = random.pick([0, last, this.source()]);
      const imm = random.pick([0, 0, 1, -1, 255, 15, -16]);
      const drawn = random.below(6) ? random.pick(CHAIN) : 'sext.w';
      const name = this.allows(drawn) ? drawn : 'sext.w';
      if (name === 'sext.w') {
        this.put('addiw', { rd, rs1: last, imm: 0 });
        last = rd;
        continue;
      }
      this.put(name, {
        rd,
        rs1: last,
        rs2: other,
        imm: /^(s[lr][lra]i|roriw?|b.*i)/.test(name) ? shift % (name.endsWith('w') ? 32 : 64) : imm,
      });
      last = rd;
    }
    this.recent.unshift(last);
  }

  /** What compilers write, and rewrites look for: pairs of shifts, arithmetic by powers of two, comparisons and branches. */
  private idiom(): void {
    const { random } = this;
    const from = this.source();
    const [rd, other] = [this.target() || 5, this.target() || 6];
    switch (random.below(4)) {
      case 0: {
        const count = random.pick([32, 48, 56, 56, 40]);
        this.put('slli', { rd, rs1: from, imm: count });
        this.put(random.pick(['srli', 'srai']), { rd: other, rs1: rd, imm: count });
        break;
      }
      case 1:
        this.put('addi', { rd, rs1: 0, imm: 2 ** random.below(11) });
        this.put(random.pick(['mul', 'mulw', 'div', 'divu', 'divuw', 'rem', 'remu', 'remuw']), {
          rd: other,
          rs1: from,
          rs2: rd,
        });
        break;
      case 2:
        this.put(random.pick(['slt', 'sltu']), { rd, rs1: from, rs2: this.source() });
        this.putForward(random.pick(['beq', 'bne']), { rs1: rd, rs2: 0 });
        break;
      default:
        // A comparison into one of the registers that compressed branches take.
        this.put(random.pick(['slti', 'sltiu']), { rd: 10, rs1: from, imm: random.below(64) - 32 });
        this.putForward(random.pick(['c.beqz', 'c.bnez']), { rs1: 10 });
    }
  }

  /** Constants and an operation on them, with nothing in between: everything can be computed beforehand. */
  private constants(): void {
    const { random } = this;
    const [first, second, rd] = [this.target() || 5, this.target() || 6, this.target() || 7];
    for (const register of [first, second]) {
      if (random.below(2)) {
        const imm = random.pick([-1, 0, 1, 2, 31, 32, 33, 63, -2048, random.below(4096) - 2048]);
        this.put('addi', { rd: register, rs1: 0, imm });
      } else this.put('lui', { rd: register, imm: random.pick([0x7ffff000, -0x80000000, random.word() & ~0xfff]) | 0 });
      if (random.below(4) === 0) this.put('add', { rd: register, rs1: register, rs2: register });
    }
    const name = random.pick(FOLDED);
    const imm = random.pick([0, 1, 16, 31, 32, 32, 33, 63]);
    this.put(name, { rd, rs1: first, rs2: second, imm: name.endsWith('w') ? imm % 32 : imm });
    this.recent.unshift(rd);
  }

  /** Accesses to the same place under two names, narrower and wider ones in turn, and far displacements. */
  private aliases(): void {
    const { random } = this;
    const [base, other] = [this.base(true), this.target() || 5];
    const offset = 8 * (random.below(9) - 4);
    const far = random.below(3) === 0 ? random.pick([0x8000, 0x10000, -0x8000]) : 0;
    if (far) {
      // Back again in the displacement of the access alone when it is near.
      this.put('lui', { rd: other, imm: far });
      this.put('add', { rd: other, rs1: other, rs2: base });
      this.put('lui', { rd: 6, imm: -far });
      this.put('add', { rd: other, rs1: other, rs2: 6 });
    } else this.put('addi', { rd: other, rs1: base, imm: offset });
    const at = (wide: boolean) => (wide ? offset : offset + random.below(8));
    this.put('sd', { rs1: base, rs2: this.source(), imm: offset });
    if (random.below(4))
      this.put(random.pick(['sb', 'sh', 'sw', 'sd']), {
        rs1: other,
        rs2: this.source(),
        imm: far ? at(false) : random.below(8),
      });
    const wide = random.below(3) > 0;
    this.put(wide ? 'ld' : random.pick(['lb', 'lbu', 'lh', 'lhu', 'lw', 'lwu']), {
      rd: this.target() || 7,
      rs1: base,
      imm: at(wide),
    });
  }

  /** Stores an instruction over one of this sequence, ahead or in the loop around. */
  private patch(depth: number): void {
    const { random } = this;
    const register = random.pick(POOL);
    const word = encode('addi', { rd: random.pick(POOL), rs1: register, imm: random.below(100) }) | 0;
    const [value, base] = [random.pick([28, 31]), random.pick([13, 14])];
    this.put('lui', { rd: value, imm: ((word + 0x800) & ~0xfff) | 0 });
    this.put('addiw', { rd: value, rs1: value, imm: (word << 20) >> 20 });
    const from = this.put('auipc', { rd: base, imm: 0 });
    if (random.below(3) < (depth === 0 ? 3 : 1)) this.putForward('sw', { rs1: base, rs2: value }, from);
    else this.put('sw', { rs1: base, rs2: value }, { target: Math.max(0, from - random.below(8)), from });
  }

  private loop(depth: number): void {
    const { random } = this;
    const counter = COUNTERS[depth]!;
    // A few times around; now and then as often as the limit of steps lets it.
    const most = depth > 0 ? 3 : random.below(5) === 0 ? 100 : 6;
    this.put('addi', { rd: counter, rs1: 0, imm: 1 + random.below(most) });
    const top = this.nextId;
    for (let n = 2 + random.below(10); n > 0; n--) this.step(depth + 1);
    this.put('addi', { rd: counter, rs1: counter, imm: -1 });
    this.put('blt', { rs1: 0, rs2: counter }, { target: top });
  }

  /** A few items. `depth` counts the loops around. */
  step(depth: number): void {
    const { random } = this;
    const of = (kind: Kind): RowRef => this.row(BY_KIND[kind]);
    const n = random.below(1000);
    if (n < 375) this.put1(of('plain'));
    else if (n < 435) this.chain();
    else if (n < 450) this.idiom();
    else if (n < 470) this.constants();
    else if (n < 485) this.aliases();
    else if (n < (depth > 0 ? 540 : 500)) this.patch(depth);
    else if (n < 680) this.put1(of('memory'));
    else if (n < 740) this.put1(of('atomic'));
    else if (n < 765) this.reserve();
    else if (n < 850) this.branch(of('branch'));
    else if (n < 890) this.jump(of('jump'));
    else if (n < 930) this.put1(of('csr'));
    else if (n < 960 && depth < COUNTERS.length && this.items.length < MAX_ITEMS / 2) this.loop(depth);
    else if (n < 964) this.put1(of('platform'));
    else if (n < 966) this.put(random.pick([0, random.word() | 3, random.below(65536)]));
    else this.put1(this.row(ANYWHERE));
  }
}

/** Where a sequence of about `bytes` bytes starts. */
function startAddress(random: Random, bytes: number): number {
  const n = random.below(20);
  if (n < 9) return CODE + 4096 - 2 * random.below(bytes / 2);
  if (n === 9) return CODE + CODE_SIZE - 2 * random.below(bytes / 2); // runs off the end
  return CODE + 2 * random.below(1500);
}

/** What a sequence is made of: anything, or floating point for the most part. */
export type Flavour = 'any' | 'float';

export interface Shape {
  /** How many items at least; a random number up to MAX_ITEMS when missing. */
  readonly items?: number;
  /** Which decode rows may be drawn, by name; all when missing. Every kind of row must have one. */
  readonly allows?: (row: string) => boolean;
}

export function generate(seed: number, flavour: Flavour = 'any', { items, allows = () => true }: Shape = {}): Sequence {
  const random = new Random(seed);
  const builder = new Builder(random, allows);
  if (flavour === 'float') builder.float();
  const length = items ?? 1 + random.below(random.below(4) ? MAX_ITEMS : 8);
  while (builder.items.length < length) builder.step(0);
  builder.finish();
  return {
    seed,
    start: startAddress(random, 4 * builder.items.length + 4),
    items: builder.items,
    x: integerRegisters(random),
    f: floatRegisters(random),
    fflags: random.below(2) ? 0 : random.below(32),
    frm: random.below(8) ? random.below(5) : random.below(8),
    floatStatus: random.below(5) === 0 ? (random.pick([0, 1, 1, 2, 3]) as 0 | 1 | 2 | 3) : undefined,
    data: dataPages(random),
    coldTlb: random.below(2) === 0,
  };
}
