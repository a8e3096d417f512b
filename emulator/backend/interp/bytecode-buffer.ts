// Where the interpreter's bytecode (bytecode.ts) goes.

/** Records one op becomes at most. */
export const RECORDS_PER_OP = 5;
/** Words of a record. */
export const RECORD_WORDS = 4;

/** Where bytecode goes: four words a record, from word `start` of `words` on. */
export class BytecodeBuffer {
  words: Int32Array;
  start = 0;
  /** Records in use. */
  count = 0;

  constructor(words: Int32Array) {
    this.words = words;
  }

  push(op: number, d: number, a: number, b: number, lo: number, hi: number): void {
    const words = this.words;
    const at = this.start + this.count++ * RECORD_WORDS;
    words[at] = op | (d << 16);
    words[at + 1] = a | (b << 16);
    words[at + 2] = lo;
    words[at + 3] = hi;
  }
}
