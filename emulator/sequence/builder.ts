// Builds the items of a random sequence one by one: which registers they use, by the roles of registers (state.ts), and where
// jumps lead that are put before their targets. What is built of them: generate.ts and idioms.ts.

import { FIELD_NAMES, type FieldName } from '../guest/riscv64/formats.ts';
import { baseTable, compressedTable } from '../guest/riscv64/tables.ts';
import { encode, type FieldValues } from './encode.ts';
import type { Random } from './float-operands.ts';
import { floatFields, type Kind, kindOf, type RowRef } from './rows.ts';
import { END, type Item } from './sequence.ts';
import { ALIGNED, BAD_POINTER, FLOATS, POINTERS, POOL } from './state.ts';

const AT = Object.fromEntries(FIELD_NAMES.map((name, n) => [name, n])) as Readonly<Record<FieldName, number>>;
const NO_FIELDS: FieldValues = {};
const SOURCES = ['rs1', 'rs2', 'rs3'] as const;
/** What compressed loads and stores may go through: the pointers among the registers they name. */
const COMPRESSED_BASES = [2, 9, 15];
const ROUNDINGS = [0, 0, 1, 2, 3, 4, 7, 7];
const IMMEDIATES = [0, 0, 1, 31, 32, 63, -1];
const CSRS = [0x300, 0x300, 0xc00, 0x340];

/** What `put1` wants to know of a row. */
interface Form {
  readonly table: ReturnType<typeof baseTable> | ReturnType<typeof compressedTable>;
  readonly kind: Kind;
  readonly isMemory: boolean;
  /** Numbers of the fields it has, and names of those that are floating-point registers. */
  readonly given: ReadonlySet<number>;
  readonly floats: ReadonlySet<FieldName>;
  /** Writes an integer register of its own choice. */
  readonly writes: boolean;
}

const forms = new Map<RowRef, Form>();

function formOf(row: RowRef): Form {
  const known = forms.get(row);
  if (known) return known;
  const table = row.compressed ? compressedTable() : baseTable();
  const kind = kindOf(row);
  const isMemory = kind === 'memory' || kind === 'atomic';
  const given = table.fieldsOf(row.index);
  const floats = floatFields(row);
  const stores = isMemory && /^s|^fs/.test(row.as);
  const writes = given.has(AT.rd) && !floats.has('rd') && !stores && row.name !== 'c.addi16sp';
  const form = { table, kind, isMemory, given, floats, writes };
  forms.set(row, form);
  return form;
}

/** Builds the items of one sequence. */
export class Builder {
  readonly items: Item[] = [];
  readonly random: Random;
  private nextId = 0;
  /** The first item of the far part, where there is one. */
  far: number | undefined;
  /** An item whose upper half a later one of the same loop writes over, where there is one. */
  halfRewritten: number | undefined;
  /** Registers written last: passes find something to do where instructions use each other's results. */
  private readonly recent: number[] = [];
  /** Jumps whose target is so many items further on: [index, distance]. */
  private readonly forward: [number, number][] = [];
  readonly allows: (row: string) => boolean;
  /** Fields of the instruction that is being made. */
  private readonly values = new Int32Array(FIELD_NAMES.length);

  constructor(random: Random, allows: (row: string) => boolean) {
    this.random = random;
    this.allows = allows;
  }

  /** One of the rows that are allowed. */
  row(rows: readonly RowRef[]): RowRef {
    for (;;) {
      const row = this.random.pick(rows);
      if (this.allows(row.as)) return row;
    }
  }

  /** The id of the next item. */
  get next(): number {
    return this.nextId;
  }

  /** One item; what leads nowhere is an instruction word at once. */
  put(code: string | number, fields: FieldValues = NO_FIELDS, links?: Pick<Item, 'target' | 'from'>): number {
    const id = this.nextId++;
    if (links) this.items.push({ id, code, fields, ...links });
    else this.items.push({ id, code: typeof code === 'number' ? code : encode(code, fields), fields: NO_FIELDS });
    return id;
  }

  /** A jump to an item that does not exist yet. */
  putForward(code: string, fields: FieldValues, from?: number, nearest = 1): void {
    this.forward.push([this.items.length, nearest + this.random.below(8)]);
    this.put(code, fields, from === undefined ? { target: END } : { target: END, from });
  }

  /** An item that points back to the item `to`, or as far back as it reaches. */
  putBack(code: string, fields: FieldValues, to: number, from?: number): void {
    const target = Math.max(to, this.far ?? 0);
    this.put(code, fields, from === undefined ? { target } : { target, from });
  }

  /** The rest is placed far away; a jump leads there. Once, and not in a loop. */
  goFar(): void {
    this.far = this.next + 1;
    this.put('jal', { rd: this.random.pick([0, 1]) }, { target: this.far });
  }

  /** Something has been put into a register. */
  wrote(register: number): void {
    this.recent.unshift(register);
    if (this.recent.length > 4) this.recent.pop();
  }

  /** Gives forward jumps their targets; those that do not reach far go to the jump that does. */
  finish(): void {
    const bridge = this.far === undefined ? undefined : this.items.findIndex(({ id }) => id === this.far) - 1;
    for (const [index, distance] of this.forward) {
      const item = this.items[index]!;
      const crosses = bridge !== undefined && index < bridge && index + distance > bridge && item.code !== 'jal';
      const target = this.items[crosses ? bridge : index + distance]?.id ?? END;
      this.items[index] = { ...item, target };
    }
  }

  target(): number {
    const { random } = this;
    // Rarely over a pointer or a counter.
    const odd = random.below(80);
    if (odd === 0) return random.pick(POINTERS);
    if (odd < 6) return 0;
    const register = random.pick(POOL);
    this.wrote(register);
    return register;
  }
  source(): number {
    const { random } = this;
    const n = random.below(24);
    if (n === 0) return 0;
    if (n === 1) return random.pick(POINTERS);
    if (n > 14 && this.recent.length > 0) return random.pick(this.recent);
    return n === 2 ? random.below(32) : random.pick(POOL);
  }
  base(aligned: boolean): number {
    const { random } = this;
    if (random.below(60) === 0) return BAD_POINTER;
    if (random.below(80) === 0) return this.source();
    return random.pick(aligned && random.below(12) ? ALIGNED : POINTERS);
  }

  /** One instruction of the row with random fields under the roles of registers. */
  put1(row: RowRef): void {
    const { random, values } = this;
    const form = formOf(row);
    const { table, kind, given, floats } = form;
    for (;;) {
      const word = table.shape(row.index, random.word() | 0);
      if (word === undefined) continue;
      values.fill(0);
      table.extract(row.index, word, values);
      if (row.compressed) {
        // Registers are drawn as they come; those that would break the roles are drawn again.
        const allowed = random.below(80) === 0 || values[AT.rd] === 0 || POOL.includes(values[AT.rd]!);
        if (form.writes && !allowed) continue;
        if (form.isMemory && !COMPRESSED_BASES.includes(values[AT.rs1]!)) continue;
        this.put(word);
        return;
      }
      const set = (name: FieldName, to: number): void => {
        if (given.has(AT[name])) values[AT[name]] = to;
      };
      set('rd', floats.has('rd') ? random.pick(FLOATS) : this.target());
      for (const name of SOURCES) set(name, floats.has(name) ? random.pick(FLOATS) : this.source());
      if (random.below(10) === 0 && floats.has('rs2') === floats.has('rs1')) set('rs2', values[AT.rs1]!);
      if (random.below(20)) set('rm', random.pick(ROUNDINGS));
      if (form.isMemory) {
        set('rs1', this.base(kind === 'atomic'));
        set('imm', random.below(6) ? random.below(96) - 48 : random.below(400) - 200);
      } else if (row.as !== 'lui' && row.as !== 'auipc' && random.below(3) === 0) {
        const wide = values[AT.imm]!;
        set('imm', random.pick(IMMEDIATES));
        if (table.encode(row.index, values) === undefined) set('imm', wide);
      }
      if (kind === 'csr') set('csr', random.below(30) ? 1 + random.below(3) : random.pick(CSRS));
      this.put(table.encode(row.index, values)! >>> 0);
      return;
    }
  }
}
