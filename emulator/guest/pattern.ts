// The row language of decode tables: one row an instruction, its bits drawn as in the manual. `0` and `1` are fixed, a
// letter is a field, `-` is ignored, blanks separate. What a letter means (which field it fills, how the parts of an
// immediate are put together) is data of the row's format. The same rows decode, encode and print.
// Everything is checked when a table is made: widths, letters, parts, and that no two rows match the same word.

import { must } from '../must.ts';
import { buildTree, type Cube, findInTree, type Tree } from './decode-tree.ts';

/** What the bits of one letter are. */
export interface LetterSpec {
  /** The fields that receive the value. */
  readonly to: readonly string[];
  /** Value bits the drawn bits stand for, as the manual writes them: `12|10:5|4:1|11`. Missing: `n-1:0`. */
  readonly parts?: string;
  /** Sign-extend from the highest value bit. */
  readonly signed?: boolean;
  /** Added to the value (registers x8 to x15 of compressed forms). */
  readonly plus?: number;
}

export interface Format {
  readonly letters: Readonly<Record<string, LetterSpec>>;
  /** Fields with the same value in every instruction of the format. */
  readonly fixed?: Readonly<Record<string, number>>;
}

export interface Row {
  readonly name: string;
  readonly bits: string;
  readonly fmt: Format;
  /** Words of the pattern that are not this instruction, drawn like `bits` with `-` for any bit. */
  readonly unless?: readonly string[];
}

/** One letter of one row: where its bits lie and what they make. */
interface CompiledLetter {
  readonly letter: string;
  /** Runs of bits: word >>> shift & mask, placed at bit `left` of the value. */
  readonly runs: readonly { readonly shift: number; readonly mask: number; readonly left: number }[];
  /** 32 - width for a signed value, else 0. */
  readonly signShift: number;
  /** Bits of the word the letter occupies. */
  readonly wordMask: number;
  readonly plus: number;
  readonly to: readonly number[];
}

/** The fixed bits of a drawn pattern, and of each letter the word bits it stands for, highest first. */
interface Drawing extends Cube {
  readonly letters: ReadonlyMap<string, number[]>;
}

function parseDrawing(bits: string, width: number, where: string): Drawing {
  const drawn = bits.replaceAll(' ', '');
  must(drawn.length === width, `${where}: ${drawn.length} bits drawn, ${width} wanted`);
  let mask = 0;
  let match = 0;
  const letters = new Map<string, number[]>();
  for (let i = 0; i < width; i++) {
    const bit = width - 1 - i;
    const sign = drawn[i]!;
    if (sign === '0' || sign === '1') {
      mask |= 1 << bit;
      if (sign === '1') match |= 1 << bit;
    } else if (sign !== '-') {
      must(sign >= 'a' && sign <= 'z', `${where}: '${sign}' is not a bit`);
      const at = letters.get(sign);
      if (at) at.push(bit);
      else letters.set(sign, [bit]);
    }
  }
  return { mask, match, letters };
}

/** The value bits of a letter in drawn order: `12|10:5` gives 12, 10, 9, 8, 7, 6, 5. */
function parseParts(parts: string | undefined, count: number, where: string): number[] {
  if (parts === undefined) return Array.from({ length: count }, (_, i) => count - 1 - i);
  const out: number[] = [];
  for (const part of parts.split('|')) {
    const [high, low = high] = part.split(':').map(Number);
    must(high !== undefined && low !== undefined && high >= low && low >= 0 && high < 32, `${where}: part ${part}`);
    for (let bit = high; bit >= low; bit--) out.push(bit);
  }
  must(new Set(out).size === out.length, `${where}: a value bit is drawn twice`);
  must(out.length === count, `${where}: parts name ${out.length} bits, ${count} are drawn`);
  return out;
}

function compileLetter(
  letter: string,
  spec: LetterSpec,
  wordBits: readonly number[],
  fieldNames: readonly string[],
  where: string,
): CompiledLetter {
  const valueBits = parseParts(spec.parts, wordBits.length, where);
  const runs: { shift: number; mask: number; left: number }[] = [];
  let wordMask = 0;
  for (let i = 0; i < wordBits.length; ) {
    let length = 1;
    while (
      i + length < wordBits.length &&
      wordBits[i + length] === wordBits[i]! - length &&
      valueBits[i + length] === valueBits[i]! - length
    ) {
      length++;
    }
    const shift = wordBits[i + length - 1]!;
    must(length < 32, `${where}: field too wide`);
    const mask = (1 << length) - 1;
    runs.push({ shift, mask, left: valueBits[i + length - 1]! });
    wordMask |= mask << shift;
    i += length;
  }
  const to = spec.to.map((name) => {
    const index = fieldNames.indexOf(name);
    must(index >= 0, `${where}: no field ${name}`);
    return index;
  });
  const signShift = spec.signed ? 31 - Math.max(...valueBits) : 0;
  return { letter, runs, signShift, wordMask, plus: spec.plus ?? 0, to };
}

function cubeContains(outer: Cube, inner: Cube): boolean {
  return (outer.mask & ~inner.mask) === 0 && ((outer.match ^ inner.match) & outer.mask) === 0;
}

/** A compiled set of rows of one width. */
export class PatternTable<R extends Row = Row> {
  readonly rows: readonly R[];
  readonly width: 16 | 32;
  readonly fieldNames: readonly string[];
  private readonly cubes: readonly Cube[];
  private readonly exclusions: readonly (readonly Cube[])[];
  private readonly letters: readonly (readonly CompiledLetter[])[];
  /** Per row, the steps of `extract` in one flat program (layout in `compileProgram`). */
  private readonly programs: readonly Int32Array[];
  /** What `encode` extracts again. */
  private readonly back: Int32Array;
  /** For who finds rows in another way (pattern-source.ts). */
  readonly tree: Tree;

  /** Throws (an internal error) when a row is malformed or two rows overlap. */
  private readonly given: ReadonlySet<number>[] = [];

  constructor(width: 16 | 32, rows: readonly R[], fieldNames: readonly string[]) {
    this.width = width;
    this.rows = rows;
    this.fieldNames = fieldNames;
    this.back = new Int32Array(fieldNames.length);
    const cubes: Cube[] = [];
    const exclusions: Cube[][] = [];
    const letters: CompiledLetter[][] = [];
    // Rows of a format draw the same letters at the same bits: each is compiled once.
    const compiled = new Map<LetterSpec, Map<string, CompiledLetter>>();
    for (const row of rows) {
      const drawing = parseDrawing(row.bits, width, row.name);
      const missing = Object.keys(row.fmt.letters).filter((letter) => !drawing.letters.has(letter));
      must(missing.length === 0, `${row.name}: letters ${missing} of the format are not drawn`);
      letters.push(
        [...drawing.letters].map(([letter, wordBits]) => {
          const spec = row.fmt.letters[letter];
          must(spec, `${row.name}: letter ${letter} is not in the format`);
          const places = compiled.get(spec) ?? new Map<string, CompiledLetter>();
          compiled.set(spec, places);
          const place = String.fromCharCode(...wordBits);
          const done = places.get(place) ?? compileLetter(letter, spec, wordBits, fieldNames, `${row.name}.${letter}`);
          places.set(place, done);
          return done;
        }),
      );
      cubes.push({ mask: drawing.mask, match: drawing.match });
      exclusions.push((row.unless ?? []).map((bits) => parseDrawing(bits, width, `${row.name} unless`)));
    }
    this.cubes = cubes;
    this.exclusions = exclusions;
    this.letters = letters;
    this.programs = rows.map((row, i) => compileProgram(letters[i]!, row.fmt.fixed ?? {}, fieldNames));
    this.tree = buildTree(cubes, exclusions, (together) => this.rejectOverlaps(together));
  }

  /** The index of the row that `word` is, or -1. */
  find(word: number): number {
    return findInTree(this.tree, word);
  }

  /** Writes the fields of `word`, which row `index` matches, into `out`; fields the row does not have stay as they were. */
  extract(index: number, word: number, out: Int32Array): void {
    const program = this.programs[index]!;
    const length = program.length;
    let i = 0;
    while (i < length) {
      const runEnd = i + 4 + program[i]! * 3;
      const signShift = program[i + 1]!;
      const plus = program[i + 2]!;
      const toEnd = runEnd + program[i + 3]!;
      let value = 0;
      for (i += 4; i < runEnd; i += 3) value |= ((word >>> program[i]!) & program[i + 1]!) << program[i + 2]!;
      value = ((value << signShift) >> signShift) + plus;
      for (; i < toEnd; i++) out[program[i]!] = value;
    }
  }

  /** What `extract` does for row `index`, as expressions of `word`. */
  steps(index: number): { readonly field: string; readonly value: string }[] {
    const letters = this.letters[index]!.flatMap((letter) => {
      const value = letterSource(letter);
      return letter.to.map((to) => ({ field: this.fieldNames[to]!, value }));
    });
    const fixed = Object.entries(this.rows[index]!.fmt.fixed ?? {});
    return [...letters, ...fixed.map(([field, value]) => ({ field, value: String(value) }))];
  }

  /**
   * The word of row `index` with these fields; ignored bits are 0. Undefined when a value does not fit its bits, when
   * letters disagree with fixed fields, or when the word is one of the row's exceptions.
   */
  encode(index: number, fields: ArrayLike<number>): number | undefined {
    let word = this.cubes[index]!.match;
    for (const letter of this.letters[index]!) {
      const value = fields[letter.to[0]!]! - letter.plus;
      for (const run of letter.runs) word |= ((value >>> run.left) & run.mask) << run.shift;
    }
    if (this.exclusions[index]!.some((cube) => ((word ^ cube.match) & cube.mask) === 0)) return undefined;
    const { back } = this;
    for (let i = 0; i < back.length; i++) back[i] = fields[i] ?? 0;
    this.extract(index, word, back);
    for (let i = 0; i < back.length; i++) if (back[i] !== (fields[i] ?? 0)) return undefined;
    return word;
  }

  /** Turns any 32 bits into a word of row `index` by setting its fixed bits and clearing ignored ones. */
  shape(index: number, random: number): number | undefined {
    let letterMask = 0;
    for (const letter of this.letters[index]!) letterMask |= letter.wordMask;
    const word = (random & letterMask) | this.cubes[index]!.match;
    return this.exclusions[index]!.some((cube) => ((word ^ cube.match) & cube.mask) === 0) ? undefined : word;
  }

  /** Numbers of the fields row `index` fills. */
  fieldsOf(index: number): ReadonlySet<number> {
    const given = this.given[index] ?? this.findFieldsOf(index);
    this.given[index] = given;
    return given;
  }

  private findFieldsOf(index: number): ReadonlySet<number> {
    const fixed = Object.keys(this.rows[index]!.fmt.fixed ?? {}).map((name) => this.fieldNames.indexOf(name));
    return new Set([...this.letters[index]!.flatMap((letter) => letter.to), ...fixed]);
  }

  private rejectOverlaps(together: readonly number[]): void {
    const { rows, cubes, exclusions } = this;
    for (const i of together) {
      const a = cubes[i]!;
      for (const j of together) {
        const b = cubes[j]!;
        if (j <= i || ((a.match ^ b.match) & a.mask & b.mask) !== 0) continue;
        const both = { mask: a.mask | b.mask, match: a.match | b.match };
        const excluded = [...exclusions[i]!, ...exclusions[j]!].some((cube) => cubeContains(cube, both));
        must(excluded, `rows ${rows[i]!.name} and ${rows[j]!.name} overlap`);
      }
    }
  }
}

/** The value of a letter as an expression of `word`. */
function letterSource({ runs, signShift, plus }: CompiledLetter): string {
  const [first] = runs;
  const signed = signShift > 0;
  // A signed value that ends at the word's top bit needs no more than one shift.
  if (signed && first && runs.length === 1 && first.left === 0 && first.shift === signShift)
    return `word >> ${signShift}`;
  const parts = runs.map(({ shift, mask, left }) => {
    const down = shift === 0 ? 'word' : `(word >>> ${shift})`;
    const bits = `(${down} & ${mask})`;
    return left === 0 ? bits : `(${bits} << ${left})`;
  });
  const value = parts.length === 1 ? parts[0]! : `(${parts.join(' | ')})`;
  const extended = signed ? `((${value} << ${signShift}) >> ${signShift})` : value;
  return plus === 0 ? extended : `${extended} + ${plus}`;
}

/** Per letter: number of runs, sign shift, plus, number of fields; the runs (shift, mask, left); the fields. */
function compileProgram(
  letters: readonly CompiledLetter[],
  fixed: Readonly<Record<string, number>>,
  fieldNames: readonly string[],
): Int32Array {
  const out: number[] = [];
  for (const { runs, signShift, plus, to } of letters) {
    out.push(runs.length, signShift, plus, to.length);
    for (const run of runs) out.push(run.shift, run.mask, run.left);
    out.push(...to);
  }
  for (const [name, value] of Object.entries(fixed)) {
    const index = fieldNames.indexOf(name);
    must(index >= 0, `no field ${name}`);
    out.push(0, 0, value, 1, index);
  }
  return Int32Array.from(out);
}
