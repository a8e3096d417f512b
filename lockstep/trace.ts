// The comparator's half of a trace: what both sides did around a divergence, instruction by instruction, with the pages,
// the code and the blocks that belong to it. Asked for only when somebody will look at it. Pure.

import { commonBoundaries } from './boundary-search.ts';
import type { Divergence } from './evidence.ts';
import type { ObservationRows } from './observation-rows.ts';
import type { Mismatch } from './pin.ts';
import {
  type BlockStart,
  type DescribedBlock,
  type Pages,
  SIDES,
  type Side,
  type Traced,
  type TracedInsn,
  type TraceStep,
} from './protocol.ts';
import { type Asking, ask } from './question.ts';

export interface SideTrace {
  readonly initial: readonly bigint[];
  readonly steps: readonly TraceStep[];
  /** Instruction counts at which blocks begin, ascending; the first is the start of the trace. */
  readonly starts: readonly number[];
  readonly code: readonly TracedInsn[];
  /** Contents at the start of the trace; null where nothing is mapped. */
  readonly pages: Pages['pages'];
  readonly blocks: readonly DescribedBlock[];
}

export interface Trace {
  /** Instruction count of the first step of both sides: they agree there. */
  readonly start: number;
  /** Registers of one vCPU, in order. */
  readonly registers: Traced['registers'];
  readonly sides: Readonly<Record<Side, SideTrace>>;
}

/** Instructions traced before the bad block and after it. */
const REACH = 384;
const BLOCKS = 400;
const PAGES = 128;
const BLOCKS_DESCRIBED = 48;
const DESCRIBED_AT_ONCE = 4;

export function* traceAround(mismatch: Mismatch, d: Divergence): Asking<{ trace: Trace; notes: string[] }> {
  const { rows, start } = mismatch;
  const [from = d.entry] = commonBoundaries(rows, Math.max(start, d.entry - REACH), d.entry).slice(-BLOCKS / 2);
  const blocks = { A: startsOf(rows.A, from, d), B: startsOf(rows.B, from, d) };
  const traced = yield* ask({ t: 'trace', ...blocks }, 'traced');
  const wanted = new Set([...traced.A.pages, ...traced.B.pages]);
  const addresses = [...wanted].sort((a, b) => a - b).slice(0, PAGES);
  const pages = yield* ask({ t: 'peek', icount: from, addresses }, 'pages');
  const described = yield* describeAll({ A: pcsOf(rows.A, blocks.A, d), B: pcsOf(rows.B, blocks.B, d) });
  const side = (of: Side): SideTrace => ({
    initial: traced[of].initial,
    steps: traced[of].steps,
    starts: blocks[of].slice(0, -1).map(({ icount }) => icount),
    code: traced[of].code,
    pages: pages[of].pages,
    blocks: described[of],
  });
  const trace = { start: from, registers: traced.A.registers, sides: { A: side('A'), B: side('B') } };
  const notes = SIDES.filter((of) => !showsEnd(trace, of, d)).map(
    (of) => `traced instruction by instruction, ${of} does not end the block in the state it has when run as a whole`,
  );
  return { trace, notes };
}

/** Where blocks begin from `from` on, the bad block's entry among them; the last place is an end. */
function startsOf(rows: ObservationRows, from: number, d: Divergence): BlockStart[] {
  const starts: BlockStart[] = [];
  let end = d.after;
  for (let i = rows.firstFrom(from); i < rows.length && starts.length < BLOCKS; i++) {
    const icount = rows.icount(i);
    if (icount > d.after + REACH) break;
    starts.push({ icount, cpu: rows.cpu(i) });
    end = Math.max(end, i + 1 < rows.length ? rows.icount(i + 1) : icount + rows.insns(i));
  }
  for (const icount of [from, d.entry])
    if (!starts.some((start) => start.icount === icount)) starts.push({ icount, cpu: d.cpu });
  starts.sort((a, b) => a.icount - b.icount);
  return [...starts, { icount: end, cpu: d.cpu }];
}

/** Entry addresses of these blocks, the bad one first, then those nearest to it. */
function pcsOf(rows: ObservationRows, blocks: readonly BlockStart[], d: Divergence): number[] {
  const known = blocks.filter(({ icount }) => rows.indexAt(icount) >= 0);
  known.sort((x, y) => Math.abs(x.icount - d.entry) - Math.abs(y.icount - d.entry));
  const pcs = known.map(({ icount }) => rows.pc(rows.indexAt(icount)));
  return [...new Set([d.details.A.entryPc, ...pcs])].slice(0, BLOCKS_DESCRIBED);
}

function* describeAll(pcs: Readonly<Record<Side, readonly number[]>>): Asking<Record<Side, DescribedBlock[]>> {
  const blocks: Record<Side, DescribedBlock[]> = { A: [], B: [] };
  for (let at = 0; at < Math.max(pcs.A.length, pcs.B.length); at += DESCRIBED_AT_ONCE) {
    const some = (side: Side) => pcs[side].slice(at, at + DESCRIBED_AT_ONCE);
    const described = yield* ask({ t: 'describe', A: some('A'), B: some('B') }, 'described');
    for (const side of SIDES) blocks[side].push(...described[side].blocks.filter((block) => block !== null));
  }
  return blocks;
}

/** Whether the trace comes to the registers that were found after the bad block. */
function showsEnd({ start, sides }: Trace, side: Side, d: Divergence): boolean {
  const { initial, steps } = sides[side];
  if (start + steps.length < d.after) return false;
  const values = [...initial];
  for (const step of steps.slice(0, d.after - start))
    for (const { index, value } of step.registers) values[index] = value;
  return d.details[side].registers.every(({ after }, i) => (values[i] ?? 0n) === after);
}
