// A sequence on the reference model.

import { hex } from '../bits.ts';
import { CAUSE, NO_RESERVATION, ReferenceHart } from '../guest/riscv64/reference/index.ts';
import { LOW_LIMIT, PlainPages } from './layout.ts';
import { AT, endText, type Outcome, STEP_LIMIT, WORD_COUNT } from './outcome.ts';
import { ruleFor } from './platform-rules.ts';
import { codeOf, type Sequence } from './sequence.ts';

export interface ReferenceRun {
  readonly outcome: Outcome;
  /** Names of the rows executed, in order. */
  readonly rows: readonly string[];
  /** Why qemu-riscv64 cannot be asked about this sequence; undefined when it can. */
  readonly notForQemu: string | undefined;
}

const CTZW_MASK = 0xfff0707f;
const CTZW_MATCH = 0x6010101b;
const FENCE_I = 0x100f;

export function runOnReference(sequence: Sequence): ReferenceRun {
  const code = codeOf(sequence);
  const memory = new PlainPages(code, sequence.data);
  const hart = new ReferenceHart(memory);
  const privileged = sequence.floatStatus !== undefined;
  hart.pc = BigInt(sequence.start);
  for (let n = 1; n < 32; n++) hart.setX(n, sequence.x[n]!);
  for (let n = 0; n < 32; n++) hart.setF(n, sequence.f[n]!);
  hart.fflags = sequence.fflags;
  hart.frm = sequence.frm;
  hart.floatStatus = sequence.floatStatus ?? 3;

  const rows: string[] = [];
  const events: string[] = [];
  let notForQemu = privileged ? 'needs privilege levels' : sequence.far === undefined ? undefined : 'has a far part';
  let end = 'limit';
  let icount = 0;
  let reservedBy = '';
  while (icount < STEP_LIMIT) {
    notForQemu ??= countsTooFar(hart, memory) ? 'ctzw of a word of zeros' : undefined;
    const reserved = hart.reservation.address;
    const result = hart.step();
    icount++;
    if (hart.row?.startsWith('lr.')) reservedBy = hart.row;
    // QEMU 7.2 stores such a word and says that it has not.
    if (hart.row === 'sc.w' && reservedBy === 'lr.d' && reserved !== NO_RESERVATION) notForQemu ??= 'sc.w after lr.d';
    if (hart.row !== undefined) rows.push(hart.row);
    if (result.kind === 'retired') continue;
    if (result.kind === 'trap') {
      end = endText(result.cause, result.tval);
      if (result.cause !== CAUSE.illegal && !alwaysUnmapped(result.tval)) notForQemu ??= `address ${hex(result.tval)}`;
      break;
    }
    const rule = ruleFor(result.word);
    if (rule.kind === 'end') {
      end = 'ebreak';
      break;
    }
    events.push(`${icount} ${hex(BigInt(result.word >>> 0))}`);
    if ((result.word & 0x707f) !== FENCE_I) notForQemu ??= 'an instruction for the platform';
    if (rule.togglesData) memory.toggleData();
    if (privileged && rule.floatStatus !== undefined) hart.floatStatus = rule.floatStatus;
    hart.pc += (result.word & 3) === 3 ? 4n : 2n;
  }
  if (end === 'limit') notForQemu ??= 'does not end';
  // There, a block that has begun does not see stores to itself.
  if (Buffer.compare(code, memory.code) !== 0) notForQemu ??= 'changes its code';
  if (hasLastEbreak(memory.code)) notForQemu ??= 'an ebreak before the end of memory';

  const words = new BigUint64Array(WORD_COUNT);
  words[AT.pc] = hart.pc;
  words.set(hart.x, AT.x);
  words.set(hart.f, AT.f);
  words[AT.fflags] = BigInt(hart.fflags);
  words[AT.frm] = BigInt(hart.frm);
  words[AT.reservedAddress] = hart.reservation.address;
  words[AT.reservedValue] = hart.reservation.value;
  words[AT.floatStatus] = BigInt(hart.floatStatus);
  words[AT.icount] = BigInt(icount);
  return { outcome: { end, words, events, code: memory.code, data: memory.data }, rows, notForQemu };
}

/** QEMU 7.2 counts on above bit 31 when the word is zero. */
function countsTooFar(hart: ReferenceHart, memory: PlainPages): boolean {
  const low = memory.fetch16(hart.pc);
  const high = memory.fetch16(hart.pc + 2n);
  if (low === undefined || high === undefined) return false;
  const word = (low | (high << 16)) >>> 0;
  return (word & CTZW_MASK) >>> 0 === CTZW_MATCH && (hart.x[(word >>> 15) & 31]! & 0xffffffffn) === 0n;
}

/**
 * QEMU looks at the word four bytes behind an ebreak, compressed or not (for a semihosting call), and faults when half of
 * that is not mapped.
 */
function hasLastEbreak(code: Uint8Array): boolean {
  const [a, b, c, d] = code.subarray(-6);
  return (a === 0x02 && b === 0x90) || (a === 0x73 && b === 0 && c === 0x10 && d === 0);
}

/** No process has anything mapped there, whatever else it has. */
function alwaysUnmapped(address: bigint): boolean {
  return address < BigInt(LOW_LIMIT) || address >= 1n << 63n;
}
