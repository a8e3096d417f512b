// The observer's second half: goes back to a checkpoint and looks closely. Every method leaves the machine somewhere
// after the base checkpoint; `base` itself stays valid, so that each question starts from the same place.

import type { BlockObservation, Checkpoint, MachineControl } from '../emulator/index.ts';
import { must, OBSERVE_LIMIT, SEAM_LIMIT } from '../emulator/index.ts';
import type { Choice } from './bisect/choice.ts';
import { ChangeRecorder } from './bisect/recorder.ts';
import { type Probe, packObservations, packProbes, ROWS_PER_MESSAGE } from './observation-rows.ts';
import type { BlockDescription, BlockStart, EventRecord, FromSide } from './protocol.ts';
import { registerValues } from './register-values.ts';
import { traceBlocks } from './tracer.ts';

/** How a window ended the first time. */
export interface Recorded {
  readonly icount: number;
  readonly state: bigint;
  readonly memory: bigint;
}

/** What stream=blocks keeps of a window instead of replaying it. */
export interface WindowRecord {
  readonly rows: readonly Uint8Array[];
  readonly pc: number;
  readonly events: EventRecord[];
}

export function recordWindow(machine: MachineControl, log: readonly BlockObservation[]): WindowRecord {
  return { rows: packAll(log), pc: machine.cpus[0]?.pc ?? 0, events: eventRecords(machine) };
}

function sendRecord(record: WindowRecord, end: Recorded, send: (message: FromSide) => void): void {
  for (const rows of record.rows) send({ t: 'observations', rows });
  const { icount, state, memory } = end;
  send({ t: 'replayed', icount, state, memory, pc: record.pc, reproduced: true, events: record.events });
}

function packAll(log: readonly BlockObservation[]): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < log.length; at += ROWS_PER_MESSAGE)
    parts.push(packObservations(log.slice(at, at + ROWS_PER_MESSAGE)));
  return parts;
}

const EVENTS_SENT = 4096;
const PAGES_SENT = 65536;
const TEXT_LIMIT = 1 << 20;

/** Called as a block is entered, before it runs. */
export type Visitor = (at: BlockObservation) => void;

export interface ReplayHost {
  readonly machine: MachineControl;
  /** Made at baseIcount; translated code observes blocks. */
  readonly base: Checkpoint;
  readonly baseIcount: number;
  send(message: FromSide): void;
  /** From now on, or no longer, calls the visitor at each block. Throws translated code away. */
  visit(visitor: Visitor | undefined): void;
  /** From now on translated code observes blocks, as it does at first, or no longer does. */
  observe(on: boolean): void;
}

/** How to get to a place (protocol.ts, inspect). */
type How = 'visit' | 'stop' | 'bare';

/** Where `inspect` has looked, for `readPages`. */
interface Inspected {
  readonly icount: number;
  readonly how: How;
}

export class Replay {
  private readonly host: ReplayHost;
  private readonly machine: MachineControl;
  private readonly baseIcount: number;
  private windowEnd = 0;
  private inspected: Inspected | undefined;

  constructor(host: ReplayHost) {
    this.host = host;
    this.machine = host.machine;
    this.baseIcount = host.baseIcount;
  }

  private send(message: FromSide): void {
    this.host.send(message);
  }

  /** Questions will be about this window; nothing is replayed yet. */
  expect(recorded: Recorded): void {
    this.windowEnd = recorded.icount;
  }

  /** Replays to where the window ended the first time; sends its observations and how it ended now. */
  observe(recorded: Recorded): void {
    this.expect(recorded);
    this.rewind();
    const { machine } = this;
    machine.observations.clear();
    let ended = false;
    for (let limit = this.baseIcount; !ended && limit < recorded.icount; ) {
      // One record a block at most, one instruction a block at least: a slice this long loses none.
      limit = Math.min(limit + OBSERVE_LIMIT - SEAM_LIMIT, recorded.icount);
      ended = machine.run(limit, Math.min(limit + SEAM_LIMIT, recorded.icount)).kind !== 'limit';
      for (const rows of packAll(machine.observations.drain())) this.send({ t: 'observations', rows });
    }
    const state = machine.stateDigest();
    const memory = machine.memoryDigest();
    this.send({
      t: 'replayed',
      icount: machine.icount,
      pc: machine.cpus[0]?.pc ?? 0,
      state,
      memory,
      reproduced: machine.icount === recorded.icount && state === recorded.state && memory === recorded.memory,
      events: eventRecords(machine),
    });
  }

  /** What a window recorded as it ran says instead. */
  recall(record: WindowRecord, recorded: Recorded): void {
    this.expect(recorded);
    sendRecord(record, recorded, (message) => this.send(message));
  }

  measure(icounts: readonly number[], how: How): void {
    const { machine } = this;
    const rows: Probe[] = icounts.map(() => ({ pc: 0, state: 0n, memory: 0n }));
    this.look(icounts, how, (i, pc, on) => {
      const running = pc === undefined ? undefined : { pc, cpu: on };
      rows[i] = { pc: pc ?? 0, state: registerDigest(machine, running), memory: machine.memoryDigest() };
    });
    this.send({ t: 'measured', rows: packProbes(rows) });
  }

  /** Registers at places after the entry, each reached from there as `probe` does. */
  readRegisters(entry: number, icounts: readonly number[]): void {
    const { machine } = this;
    this.rewind();
    machine.run(entry);
    const start = machine.checkpoint();
    const at = icounts.map((icount, i) => {
      if (i > 0) machine.rollback(start);
      machine.run(icount);
      return registerValues(machine).map((register) => register.value);
    });
    this.send({ t: 'registers', at });
    this.rewind();
  }

  /** Runs from the entry to each of the instructions after it, each time from the entry. */
  probe(entry: number, count: number, cpu: number): void {
    const { machine } = this;
    this.rewind();
    machine.run(entry);
    const start = machine.checkpoint();
    const rows: Probe[] = [];
    let pc = machine.cpus[cpu]?.pc ?? 0;
    for (let i = 1; i <= count; i++) {
      if (i > 1) machine.rollback(start);
      machine.run(entry + i);
      rows.push({ pc, state: machine.stateDigest(), memory: machine.memoryDigest() });
      pc = machine.cpus[cpu]?.pc ?? 0;
    }
    this.send({ t: 'probes', rows: packProbes(rows) });
    this.rewind();
  }

  /** Registers at two points, the pages written up to the second, and the block at the first. */
  inspect(entry: number, after: number, cpu: number, how: How): void {
    const { machine } = this;
    this.inspected = { icount: after, how };
    let before: ReturnType<typeof registerValues> = [];
    let registers = before;
    let entryPc = 0;
    let afterPc = 0;
    let pages: { address: number; digest: bigint }[] = [];
    let events: EventRecord[] = [];
    this.look([entry, after], how, (i, pc, on) => {
      const here = pc ?? machine.cpus[cpu]?.pc ?? 0;
      const values = registerValues(machine, pc === undefined ? undefined : { pc, cpu: on });
      if (i === 0) {
        before = values;
        entryPc = here;
        return;
      }
      registers = values;
      afterPc = here;
      events = eventRecords(machine);
      pages = machine
        .dirtyPages()
        .slice(0, PAGES_SENT)
        .map((address) => ({ address, digest: pageDigest(machine.memory.peek(address, PAGE)) }));
    });
    const block = machine.describeBlock(entryPc);
    this.send({
      t: 'details',
      entryPc,
      afterPc,
      registers: registers.map(({ name, cpu: of, value }, i) => ({
        name,
        cpu: of,
        entry: before[i]?.value ?? 0n,
        after: value,
      })),
      pages,
      block: block ? describe(block) : null,
      events,
    });
  }

  readPages(addresses: readonly number[]): void {
    must(this.inspected, 'pages are asked for before a place has been inspected');
    const { memory } = this.machine;
    let pages: { address: number; bytes: Uint8Array | null }[] = [];
    if (addresses.length > 0)
      this.look([this.inspected.icount], this.inspected.how, () => {
        pages = addresses.map((address) => ({ address, bytes: memory.peek(address, PAGE) ?? null }));
      });
    this.send({ t: 'pages', pages });
  }

  readNames(addresses: readonly number[]): void {
    this.send({ t: 'names', names: addresses.map((address) => this.machine.symbolAt(address)?.slice(0, 512) ?? null) });
  }

  /** Guest code as it stands there. */
  readInsns(icount: number, addresses: readonly number[]): void {
    const { machine } = this;
    this.rewind();
    machine.run(icount);
    this.send({ t: 'insns', texts: addresses.map((address) => machine.disassemble(address).slice(0, 256)) });
    this.rewind();
  }

  trace(blocks: readonly BlockStart[]): void {
    const { machine } = this;
    this.rewind();
    this.send({ t: 'traced', ...traceBlocks(machine, blocks) });
    this.rewind();
  }

  peek(icount: number, addresses: readonly number[]): void {
    const { machine } = this;
    this.rewind();
    machine.run(icount);
    this.send({
      t: 'pages',
      pages: addresses.map((address) => ({ address, bytes: machine.memory.peek(address, PAGE) ?? null })),
    });
    this.rewind();
  }

  describeBlocks(pcs: readonly number[], wasmText: (bytes: Uint8Array) => string): void {
    const blocks = pcs.map((pc) => {
      const block = this.machine.describeBlock(pc, undefined, wasmText);
      return block ? { ...describe(block), wasm: (block.wasm ?? '').slice(0, TEXT_LIMIT) } : null;
    });
    this.send({ t: 'described', blocks });
  }

  /** The state at `after` when only the changes of `choice` (null: all) are made, and which of those in its scope were. */
  trial(choice: Choice | null, after: number, how: How): void {
    const { machine } = this;
    const recorder = choice ? new ChangeRecorder(choice) : undefined;
    machine.steerChanges(recorder?.options ?? {});
    let rows: Uint8Array = new Uint8Array(0);
    this.look([after], how, (_, pc, on) => {
      const running = pc === undefined ? undefined : { pc, cpu: on };
      rows = packProbes([{ pc: pc ?? 0, state: registerDigest(machine, running), memory: machine.memoryDigest() }]);
    });
    machine.steerChanges({});
    this.rewind();
    this.send({ t: 'tried', rows, changes: recorder?.changes ?? [], complete: recorder?.complete ?? true });
  }

  /**
   * Replays once and calls `see` at each of these places (ascending). A place where a block is entered is seen from
   * inside the run, with its pc and vCPU; any other, and all of them under 'stop' and 'bare', by a run that ends there.
   */
  private look(
    icounts: readonly number[],
    how: How,
    see: (index: number, pc: number | undefined, cpu: number) => void,
  ): void {
    const { machine } = this;
    const missed = new Set(icounts.keys());
    if (how === 'visit') {
      const last = icounts.at(-1) ?? 0;
      const wanted = new Map(icounts.map((icount, i) => [icount, i]));
      this.host.visit((at) => {
        const index = wanted.get(at.icount);
        if (index !== undefined && missed.delete(index)) see(index, at.pc, at.cpu);
        if (at.icount >= last) machine.stop();
      });
      this.rewind();
      machine.observations.clear();
      machine.run(this.windowEnd);
      this.host.visit(undefined);
    }
    if (how === 'bare') this.host.observe(false);
    for (const index of missed) {
      this.rewind();
      machine.run(icounts[index]!);
      see(index, undefined, 0);
    }
    if (how === 'bare') this.host.observe(true);
  }

  private rewind(): void {
    this.machine.rollback(this.host.base);
  }
}

const PAGE = 4096;

/** Of all registers of all vCPUs, inside a run too; a vCPU that is not there counts as one full of zeros. */
function registerDigest(machine: MachineControl, running?: { readonly pc: number; readonly cpu: number }): bigint {
  let digest = 0n;
  registerValues(machine, running).forEach(({ value }, i) => {
    if (value === 0n) return;
    let mixed = (value ^ (BigInt(i + 1) * 0x9e3779b97f4a7c15n)) * 0xff51afd7ed558ccdn;
    mixed = BigInt.asUintN(64, mixed);
    digest ^= BigInt.asUintN(64, (mixed ^ (mixed >> 33n)) * 0xc4ceb9fe1a85ec53n);
  });
  return digest;
}

/** FNV-like over 32-bit words in two lanes; only ever compared with the same function's result on the other side. */
function pageDigest(bytes: Uint8Array | undefined): bigint {
  if (!bytes) return 0n;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let a = 0x811c9dc5 | 0;
  let b = 0x2545f491;
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const word = view.getInt32(at, true);
    a = Math.imul(a ^ word, 0x01000193);
    a ^= a >>> 15;
    b = Math.imul(((b << 7) | (b >>> 25)) + word, 0x297a2d39);
  }
  return (BigInt(a >>> 0) << 32n) | BigInt(b >>> 0);
}

function eventRecords(machine: MachineControl): EventRecord[] {
  return machine.events().slice(0, EVENTS_SENT).map(eventRecord);
}

/** The latest events since the last checkpoint, oldest first. */
export function lastEvents(machine: MachineControl, limit: number): EventRecord[] {
  return machine.events().slice(-limit).map(eventRecord);
}

function eventRecord(event: ReturnType<MachineControl['events']>[number]): EventRecord {
  return {
    icount: event.icount,
    cpu: event.cpu,
    kind: event.kind,
    detail: event.detail.slice(0, 64).map((value) => BigInt.asUintN(64, value)),
    text: event.text.slice(0, 1024),
  };
}

/** Within the bounds of messages. */
export function describe(block: NonNullable<ReturnType<MachineControl['describeBlock']>>): BlockDescription {
  return {
    pc: block.pc,
    insns: block.insns.map((insn) => ({ pc: insn.pc, bytes: insn.bytes.slice(0, 64), text: insn.text.slice(0, 256) })),
    ir: block.ir.slice(0, TEXT_LIMIT),
    irOptimised: block.irOptimised.slice(0, TEXT_LIMIT),
  };
}
