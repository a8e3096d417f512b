// Checks that a block is well formed. Runs between passes in tests and on the output of passes a user loads. Accepts
// any contents of a block without throwing. The invariants:
//
//  - every op is in the table; its operands are of the kind the table says; fields the table does not use are ignored
//  - constants are in the pool, temporaries below tempCount, labels below labelCount, globals below TEMP_BASE
//  - conditions, memory operations, helpers and their argument counts, goto_tb slots and callback flags are known ones
//  - a temporary is written before it is read on every path
//  - a label is placed at most once, after every branch to it; a label branched to is placed
//  - the block ends with an op that ends it; after such an op only a label (or a nop) follows
//  - insn_start indices ascend and lie below `insns`; a branch and its label belong to the same instruction
//  - an op that may fault lies behind an insn_start
//  - no write of a global reaches a later op of the same instruction that may fault (by this path or that); cells of
//    plugins are exempt, because hooks do not run again with an instruction that left

import { SLOT_CELLS, SLOT_FP_FLAGS, TEMP_BASE } from '../memory/layout.ts';
import { HELPERS } from './helper.ts';
import { type IrBlock, isConst, isGlobal, isTemp, NONE, STRIDE } from './ir.ts';
import { CALL_ICOUNT, CALL_MEM, CALL_READS, CALL_WRITES, CONDS, type Field, OPS, Op } from './op.ts';
import { opText } from './text.ts';

/** After so many findings the rest is noise. */
const MAX_VIOLATIONS = 50;
const CALL_ALL = CALL_READS | CALL_WRITES | CALL_ICOUNT | CALL_MEM;

/** What holds at a point of the block, over every path to it. */
interface Facts {
  /** Temporaries written on every path: one byte each. */
  readonly written: Uint8Array;
  /** Some path has written a global in the current instruction. */
  dirty: boolean;
}

/** The violations of `block`, each naming the op; empty when it is well formed. */
export function verifyBlock(block: IrBlock): string[] {
  return new Verifier(block).run();
}

class Verifier {
  private readonly block: IrBlock;
  private readonly found: string[] = [];
  private readonly placed = new Set<number>();
  /** Meet over the branches to a label not yet placed, and the instruction they belong to. */
  private readonly pending = new Map<number, { facts: Facts; insn: number }>();
  /** Facts here; undefined where nothing comes from above. */
  private now: Facts | undefined;
  private insn = -1;
  private index = 0;

  constructor(block: IrBlock) {
    this.block = block;
    this.now = { written: new Uint8Array(Math.max(0, block.tempCount)), dirty: false };
  }

  run(): string[] {
    const { block } = this;
    if (block.count * STRIDE > block.ops.length) return [`count ${block.count} is beyond the storage`];
    for (this.index = 0; this.index < block.count && this.found.length < MAX_VIOLATIONS; this.index++) this.checkOp();
    if (this.now !== undefined && this.found.length < MAX_VIOLATIONS)
      this.found.push('the block does not end with an op that ends it');
    for (const label of this.pending.keys()) this.found.push(`L${label} is branched to and not placed below`);
    return this.found;
  }

  /** What holds where no path comes from: nothing to complain about. */
  private everything(): Facts {
    return { written: new Uint8Array(Math.max(0, this.block.tempCount)).fill(1), dirty: false };
  }

  private word(k: number): number {
    return this.block.ops[this.index * STRIDE + k]!;
  }

  private report(message: string): void {
    this.found.push(`op ${this.index} \`${opText(this.block, this.index)}\`: ${message}`);
  }

  private checkOp(): void {
    const op = this.word(0);
    const info = OPS[op];
    if (info === undefined) {
      this.report('is not in the op table');
      return;
    }
    if (op === Op.nop) return;
    if (op === Op.label) {
      this.placeLabel();
      return;
    }
    if (this.now === undefined) {
      this.report('cannot be reached: only a label may follow an op that ends the block');
      // Report once, then look at the rest as if it could be reached.
      this.now = this.everything();
    }
    const facts = this.now;
    for (let k = 1; k < STRIDE; k++) this.checkField(info.fields[k - 1] ?? 'none', this.word(k), facts);
    if (op === Op.insn_start) this.startInsn(facts);
    if (op === Op.goto_tb && this.word(5) !== 0 && this.word(5) !== 1) this.report('the slot is neither 0 nor 1');
    if (op === Op.exit && (this.word(5) < 1 || this.word(5) > 10)) this.report('unknown exit reason');
    if (op === Op.plugin_call && this.word(6) & ~CALL_ALL) this.report('unknown callback flags');
    if (op === Op.call) this.checkCall(facts);
    if (info.faults) {
      if (this.insn < 0) this.report('may fault before the first insn_start');
      if (facts.dirty) this.report('may fault after a write of a global in the same instruction');
    }
    if (op === Op.brcond || op === Op.br) this.branch(this.word(7), facts);
    this.write(info.fields[0] === 'out' ? this.word(1) : NONE, facts);
    if (info.ends) this.now = undefined;
  }

  private checkField(field: Field, x: number, facts: Facts): void {
    const op = this.word(0);
    switch (field) {
      case 'in':
        // Calls take fewer operands than the table has room for; checkCall counts them.
        if (x === NONE) {
          if (op !== Op.call && op !== Op.plugin_call) this.report('an operand is missing');
        } else this.checkOperand(x, facts);
        break;
      case 'out':
        if (isTemp(x) ? x - TEMP_BASE >= this.block.tempCount : !isGlobal(x))
          this.report('cannot write its destination');
        break;
      case 'memop':
        if (x & ~63) this.report('unknown memory operation');
        break;
      case 'cond':
        if (x < 0 || x >= CONDS.length) this.report('unknown condition');
        break;
      case 'helper':
        if (HELPERS[x] === undefined) this.report('unknown helper');
        break;
      default:
        break;
    }
  }

  private checkOperand(x: number, facts: Facts): void {
    if (isConst(x)) {
      if (~x >= this.block.constCount) this.report(`constant ${~x} is not in the pool`);
    } else if (isTemp(x)) {
      if (x - TEMP_BASE >= this.block.tempCount) this.report(`tmp${x - TEMP_BASE} is beyond tempCount`);
      else if (!facts.written[x - TEMP_BASE]) this.report(`tmp${x - TEMP_BASE} is not written on every path to here`);
    } else if (!isGlobal(x)) this.report(`${x} is not an operand`);
  }

  private checkCall(facts: Facts): void {
    const helper = HELPERS[this.word(5)];
    if (helper === undefined) return;
    for (let k = 0; k < 3; k++) {
      if ((this.word(2 + k) !== NONE) !== k < helper.args) {
        this.report(`${helper.name} takes ${helper.args} operands`);
        break;
      }
    }
    if (helper.fp) this.write(SLOT_FP_FLAGS, facts);
  }

  private startInsn(facts: Facts): void {
    const index = this.word(2);
    if (index <= this.insn) this.report('insn_start indices do not ascend');
    if (index >= this.block.insns) this.report(`the block has ${this.block.insns} instructions`);
    this.insn = index;
    facts.dirty = false;
  }

  private write(x: number, facts: Facts): void {
    if (isTemp(x)) facts.written[x - TEMP_BASE] = 1;
    else if (isGlobal(x) && x < SLOT_CELLS) facts.dirty = true;
  }

  private branch(label: number, facts: Facts): void {
    if (this.badLabel(label, 'is already placed above')) return;
    const known = this.pending.get(label);
    if (known === undefined) {
      this.pending.set(label, { facts: { written: facts.written.slice(), dirty: facts.dirty }, insn: this.insn });
      return;
    }
    if (known.insn !== this.insn) this.report(`L${label} is branched to from another instruction`);
    meet(known.facts, facts);
  }

  private badLabel(label: number, whenPlaced: string): boolean {
    const inRange = label >= 0 && label < this.block.labelCount;
    if (!inRange) this.report(`L${label} is beyond labelCount`);
    else if (this.placed.has(label)) this.report(`L${label} ${whenPlaced}`);
    return !inRange || this.placed.has(label);
  }

  private placeLabel(): void {
    const label = this.word(7);
    if (this.badLabel(label, 'is placed twice')) return;
    this.placed.add(label);
    const known = this.pending.get(label);
    this.pending.delete(label);
    if (known === undefined) {
      // Nothing branches here: what follows runs only if control comes from above.
      this.now ??= this.everything();
      return;
    }
    if (known.insn !== this.insn) this.report('the label is in another instruction than a branch to it');
    if (this.now === undefined) this.now = known.facts;
    else meet(this.now, known.facts);
  }
}

function meet(into: Facts, other: Facts): void {
  for (let i = 0; i < into.written.length; i++) into.written[i]! &= other.written[i]!;
  into.dirty ||= other.dirty;
}
