// Which operands hold constants at a point of a block, for mutants that fold. Knows moves and sums of constants, which
// is what loads of immediates are made of. Forgets everything at labels.

import { type IrBlock, isConst, NONE, OPS, Op, type Operand } from '../../emulator/index.ts';

export class KnownConstants {
  private readonly block: IrBlock;
  private readonly known = new Map<Operand, Operand>();

  constructor(block: IrBlock) {
    this.block = block;
  }

  /** The constant operand that `operand` is equal to, or undefined. */
  of(operand: Operand): Operand | undefined {
    if (operand === NONE) return undefined;
    return isConst(operand) ? operand : this.known.get(operand);
  }

  /** Takes note of the op at `at`, after it was looked at. */
  step(at: number): void {
    const { ops } = this.block;
    const op = ops[at]!;
    if (op === Op.label) this.known.clear();
    const info = OPS[op]!;
    if (info.fields[0] !== 'out') return;
    const d = ops[at + 1]!;
    const a = info.fields[1] === 'in' ? this.of(ops[at + 2]!) : undefined;
    const b = info.fields[2] === 'in' ? this.of(ops[at + 3]!) : undefined;
    if (op === Op.mov && a !== undefined) this.known.set(d, a);
    else if (op === Op.add && a !== undefined && b !== undefined) this.known.set(d, this.sum(a, b));
    else this.known.delete(d);
  }

  private sum(a: Operand, b: Operand): Operand {
    const lo = (this.block.lo(a) >>> 0) + (this.block.lo(b) >>> 0);
    return this.block.constant(lo | 0, (this.block.hi(a) + this.block.hi(b) + (lo > 0xffffffff ? 1 : 0)) | 0);
  }
}
