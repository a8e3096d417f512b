// The door of the sequences: random sequences of guest instructions, and what executes them. Apart from the emulator's
// own door, so that a machine that runs programs does not load them.

export type { ChangeOptions } from '../passes/change.ts';
export {
  type BlockEnd,
  disassembled,
  type EntryState,
  isRegister,
  MAX_STATE_PAGES,
  runBlock,
  STATE_PAGE,
  withWords,
  wordsAt,
} from './block-run.ts';
export { Coverage } from './coverage.ts';
export { bytesOf, encode } from './encode.ts';
export { Random } from './float-operands.ts';
export { generate, type Shape } from './generate.ts';
export { FULL_ISA, isaFilter } from './isa-filter.ts';
export { agree, brokenOutcome, type Difference, differences, differenceText, type Outcome } from './outcome.ts';
export { runOnReference } from './reference-run.ts';
export { listing, rowsOf, type Sequence } from './sequence.ts';
export { type Config, nameOf, SequenceMachine } from './sequence-machine.ts';
export { shrink, simplerWords } from './shrink.ts';
