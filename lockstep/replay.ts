// The observer's second half: goes back to a checkpoint and looks closely. Every method leaves the machine somewhere
// after the base checkpoint; `base` itself stays valid, so that each question starts from the same place.

import type { BlockObservation, Checkpoint, MachineControl } from '../emulator/index.ts';
import { OBSERVE_LIMIT } from '../emulator/index.ts';
import { type Probe, packObservations, packProbes, ROWS_PER_MESSAGE } from './observation-rows.ts';
import type { BlockDescription, EventRecord, FromSide } from './protocol.ts';

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

export function recordWindow(machine: MachineControl): WindowRecord {
  return { rows: packAll(machine.observations.drain()), pc: machine.cpus[0]?.pc ?? 0, events: eventRecords(machine) };
}

export function sendRecord(record: WindowRecord, end: Recorded, send: (message: FromSide) => void): void {
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

export class Replay {
  private readonly machine: MachineControl;
  private readonly base: Checkpoint;
  private readonly baseIcount: number;
  private readonly send: (message: FromSide) => void;

  /** `base` was made at baseIcount; translation hooks already observe. */
  constructor(machine: MachineControl, base: Checkpoint, baseIcount: number, send: (message: FromSide) => void) {
    this.machine = machine;
    this.base = base;
    this.baseIcount = baseIcount;
    this.send = send;
  }

  /** Replays to where the window ended the first time; sends its observations and how it ended now. */
  observe(recorded: Recorded): void {
    this.rewind();
    const { machine } = this;
    machine.observations.clear();
    let ended = false;
    for (let limit = this.baseIcount; !ended && limit < recorded.icount; ) {
      // One record a block at most, one instruction a block at least: a slice this long loses none.
      limit = Math.min(limit + OBSERVE_LIMIT, recorded.icount);
      ended = machine.run(limit).kind !== 'limit';
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

  /** Digests at several places on the way, in one run. */
  measure(icounts: readonly number[]): void {
    const { machine } = this;
    this.rewind();
    const rows: Probe[] = [];
    for (const icount of icounts) {
      machine.run(icount);
      rows.push({ pc: machine.cpus[0]?.pc ?? 0, state: machine.stateDigest(), memory: machine.memoryDigest() });
    }
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

  /** Registers at two points, the pages written up to the second, and the block at the first. Stays at the second. */
  inspect(entry: number, after: number, cpu: number): void {
    const { machine } = this;
    this.rewind();
    machine.run(entry);
    const before = registerValues(machine);
    const entryPc = machine.cpus[cpu]?.pc ?? 0;
    const block = machine.describeBlock(entryPc);
    // Not on from here: stopping at the entry has cut a block, and what is hunted may depend on how blocks are cut.
    this.rewind();
    machine.run(after);
    const registers = registerValues(machine).map((register, i) => ({
      name: register.name,
      cpu: register.cpu,
      entry: before[i]?.value ?? 0n,
      after: register.value,
    }));
    this.send({
      t: 'details',
      entryPc,
      afterPc: machine.cpus[cpu]?.pc ?? 0,
      registers,
      pages: machine
        .dirtyPages()
        .slice(0, PAGES_SENT)
        .map((address) => ({ address, digest: pageDigest(machine.memory.peek(address, PAGE)) })),
      block: block ? describe(block) : null,
      events: eventRecords(machine),
    });
  }

  readPages(addresses: readonly number[]): void {
    const { memory } = this.machine;
    this.send({
      t: 'pages',
      pages: addresses.map((address) => ({ address, bytes: memory.peek(address, PAGE) ?? null })),
    });
  }

  readNames(addresses: readonly number[]): void {
    this.send({ t: 'names', names: addresses.map((address) => this.machine.symbolAt(address)?.slice(0, 512) ?? null) });
  }

  private rewind(): void {
    this.machine.rollback(this.base);
  }
}

const PAGE = 4096;

function registerValues(machine: MachineControl): { name: string; cpu: number; value: bigint }[] {
  return machine.cpus.flatMap((cpu) =>
    machine.isa.registers.map((register) => ({ name: register.name, cpu: cpu.index, value: cpu.read(register.slot) })),
  );
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
  return machine
    .events()
    .slice(0, EVENTS_SENT)
    .map((event) => ({
      icount: event.icount,
      cpu: event.cpu,
      kind: event.kind,
      detail: event.detail.slice(0, 64).map((value) => BigInt.asUintN(64, value)),
      text: event.text.slice(0, 1024),
    }));
}

function describe(block: NonNullable<ReturnType<MachineControl['describeBlock']>>): BlockDescription {
  return {
    pc: block.pc,
    insns: block.insns.map((insn) => ({ pc: insn.pc, bytes: insn.bytes.slice(0, 64), text: insn.text.slice(0, 256) })),
    ir: block.ir.slice(0, TEXT_LIMIT),
    irOptimised: block.irOptimised.slice(0, TEXT_LIMIT),
  };
}
