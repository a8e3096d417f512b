// A trace of both sides around any instruction, made by their travellers: what a session records around a divergence, of
// another place. Each side starts where its run is between blocks, and both where they have that in common, if they do.

import { loadWasmText, type MachineControl } from '../../emulator/index.ts';
import {
  type BlockStart,
  type DescribedBlock,
  type EventRecord,
  SIDES,
  type Side,
  type TraceStep,
} from '../protocol.ts';
import { describe, lastEvents } from '../replay.ts';
import type { SideTrace, Trace } from '../trace.ts';
import { traceBlocks } from '../tracer.ts';
import type { Journey, Traveller } from './traveller.ts';

/** Instructions traced before the place and after it. */
const REACH = 96;
const PAGES = 128;
const EVENTS = 1024;
const BLOCKS_DESCRIBED = 8;
/** A block is no longer. */
const LONGEST_BLOCK = 512;

/** A trace with what happened to the guest in it. */
export interface TracedWindow extends Trace {
  readonly events: Both<readonly EventRecord[]>;
}

type Both<T> = Readonly<Record<Side, T>>;

/** Undefined when the journey was called off. The travellers are left near the place. */
export async function traceWindow(
  travellers: Both<Traveller>,
  icount: number,
  journey: Journey,
): Promise<TracedWindow | undefined> {
  const happened: Record<Side, readonly EventRecord[]> = { A: [], B: [] };
  const starts: Record<Side, BlockStart[]> = { A: [], B: [] };
  const ends: number[] = [];
  for (const side of SIDES) {
    const arrived = await travellers[side].seek(icount, journey);
    if (arrived === 'cancelled') return undefined;
    ends.push(travellers[side].icount);
  }
  // Behind the end of both sides there is their end.
  const place = Math.max(...ends);
  for (const side of SIDES) {
    const traveller = travellers[side];
    if ((await traveller.seek(Math.max(traveller.floor, place - REACH), journey)) === 'cancelled') return undefined;
    await traveller.lend((machine) => {
      starts[side] = boundaries(machine, place + REACH);
      happened[side] = lastEvents(machine, EVENTS);
    });
  }
  const from = commonStart(starts, place);
  const traced = { A: await traceSide(travellers.A, starts.A, from), B: await traceSide(travellers.B, starts.B, from) };
  const pages = [...new Set([...traced.A.pages, ...traced.B.pages])].sort((x, y) => x - y).slice(0, PAGES);
  const wasmText = await loadWasmText();
  const sideTrace = async (side: Side): Promise<SideTrace> => {
    const traveller = travellers[side];
    await traveller.seek(from);
    const { initial, steps, code } = traced[side];
    return {
      ...{ initial, steps, code },
      starts: [from, ...starts[side].map((start) => start.icount).filter((at) => at > from)].slice(0, -1),
      pages: pages.map((address) => ({ address, bytes: traveller.machine.memory.peek(address, 4096) ?? null })),
      blocks: describeAll(traveller, steps, from, starts[side], place, wasmText),
    };
  };
  const sides = { A: await sideTrace('A'), B: await sideTrace('B') };
  const eventsOf = (side: Side) => happened[side].filter(({ icount }) => icount >= from);
  return { start: from, registers: traced.A.registers, sides, events: { A: eventsOf('A'), B: eventsOf('B') } };
}

/** Where blocks begin from where the machine stands on, and who runs them; the last is an end. */
function boundaries(machine: MachineControl, until: number): BlockStart[] {
  const found: BlockStart[] = [];
  const here = () => found.push({ icount: machine.icount, cpu: Math.max(0, machine.nextCpu) });
  while (!machine.ended && machine.icount < until) {
    here();
    const { icount } = machine;
    // The shortest way that leads on is one block.
    for (let length = 1; machine.icount === icount && !machine.ended && length <= LONGEST_BLOCK; length++)
      machine.runBlocks(icount + length);
    if (machine.icount === icount && !machine.ended) machine.run(icount + 1);
  }
  here();
  return found;
}

/** The first place before the one that is meant where both sides begin a block; else the later of their own. */
function commonStart({ A, B }: Both<readonly BlockStart[]>, place: number): number {
  const others = new Set(B.map(({ icount }) => icount));
  const common = A.find(({ icount }) => icount <= place && others.has(icount));
  return common?.icount ?? Math.max(A[0]!.icount, B[0]!.icount);
}

type Traced = ReturnType<typeof traceBlocks>;

async function traceSide(traveller: Traveller, starts: readonly BlockStart[], from: number): Promise<Traced> {
  const first = Math.max(
    0,
    starts.findLastIndex(({ icount }) => icount <= from),
  );
  const blocks = starts.slice(first);
  await traveller.seek(blocks[0]!.icount);
  const traced = await traveller.lend((machine) => traceBlocks(machine, blocks));
  const early = from - blocks[0]!.icount;
  return early > 0 ? { ...traced, ...trimmed(traced.initial, traced.steps, early) } : traced;
}

/** Without the first `early` steps. */
function trimmed(initial: readonly bigint[], steps: Traced['steps'], early: number): Pick<Traced, 'initial' | 'steps'> {
  const values = [...initial];
  for (const step of steps.slice(0, early)) for (const { index, value } of step.registers) values[index] = value;
  return { initial: values, steps: steps.slice(early) };
}

/** The blocks that are run nearest to the place. */
function describeAll(
  traveller: Traveller,
  steps: readonly TraceStep[],
  from: number,
  starts: readonly BlockStart[],
  place: number,
  wasmText: (bytes: Uint8Array) => string,
): DescribedBlock[] {
  const near = starts
    .filter(({ icount }) => icount >= from)
    .sort((x, y) => Math.abs(x.icount - place) - Math.abs(y.icount - place));
  const pcs = new Set(near.flatMap(({ icount }) => steps[icount - from]?.pc ?? []));
  return [...pcs].slice(0, BLOCKS_DESCRIBED).flatMap((pc) => describeOnce(traveller, pc, wasmText) ?? []);
}

const WASM_LIMIT = 1 << 20;

/** Blocks described of each traveller, by where they begin: disassembling their Wasm is most of what a trace would cost. */
const DESCRIBED = new WeakMap<Traveller, Map<number, DescribedBlock>>();
const MOST_DESCRIBED = 512;

function describeOnce(
  traveller: Traveller,
  pc: number,
  wasmText: (bytes: Uint8Array) => string,
): DescribedBlock | undefined {
  const { machine } = traveller;
  const known = DESCRIBED.get(traveller) ?? new Map<number, DescribedBlock>();
  DESCRIBED.set(traveller, known);
  const before = known.get(pc);
  if (before && isStill(machine, before)) return before;
  const block = machine.describeBlock(pc, undefined, wasmText);
  if (!block) return undefined;
  const described = { ...describe(block), wasm: (block.wasm ?? '').slice(0, WASM_LIMIT) };
  if (known.size >= MOST_DESCRIBED) known.clear();
  known.set(pc, described);
  return described;
}

/** The guest has not written other code there since. */
function isStill(machine: MachineControl, { insns }: DescribedBlock): boolean {
  return insns.every(({ pc, bytes }) => {
    const now = machine.memory.peek(pc, bytes.replaceAll(' ', '').length / 2);
    return now !== undefined && Buffer.from(now).toString('hex') === bytes.replaceAll(' ', '');
  });
}
