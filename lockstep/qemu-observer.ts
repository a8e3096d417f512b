// wire=qemu: one side of a comparison in QEMU's own form, so that the other may be a real QEMU that runs one instruction a
// block (-singlestep). A record an instruction, put into a ring by translated code, whatever blocks it is in; a batch of
// them is exchanged with the machine stopped behind it. The verdict is QEMU's (qemu-judge.ts); where the paths part, the
// machine goes back to the instruction that led there and shows it.

import {
  type Checkpoint,
  hex,
  type MachineControl,
  must,
  type PluginApi,
  type PluginControl,
  type Ring,
} from '../emulator/index.ts';
import { type Parting, QemuJudge } from './qemu-judge.ts';
import { type QemuLink, RECORD_BYTES } from './qemu-link.ts';

/** Instructions between two exchanges, at the least. */
const BATCH = 8192;
/** Instructions shown before the one at fault. */
const SHOWN = 6;
/** QEMU has no robust lists, and the C library asks for one as it starts: here there are none either. */
const SET_ROBUST_LIST = 99;
const ENOSYS = 38n;

export interface QemuObserverContext {
  say(line: string): void;
  plugins(): PluginControl;
  /** The run is over; undefined when there is nothing against the guest's own exit code. */
  finished(code: number | undefined): void;
}

/** Where a batch begins. */
interface Start {
  readonly checkpoint: Checkpoint;
  readonly icount: number;
  readonly records: number;
}

export class QemuObserver {
  private readonly api: PluginApi;
  private readonly machine: MachineControl;
  private readonly link: QemuLink;
  private readonly context: QemuObserverContext;
  private readonly judge: QemuJudge;
  private readonly ring: Ring;
  /** Pcs by the number that stands for them in the ring, and back. */
  private readonly pcs: bigint[] = [];
  private readonly numbers = new Map<number, number>();
  /** Starts of this batch and the one before, the older one first: the fault may lie in either. */
  private starts: Start[] = [];
  private last: readonly bigint[] = [];
  private done = false;
  private sent = 0;
  muted = false;

  constructor(api: PluginApi, link: QemuLink, context: QemuObserverContext, verbose: boolean) {
    this.api = api;
    this.machine = api.machine;
    this.link = link;
    this.context = context;
    this.judge = new QemuJudge(verbose, (line) => context.say(line));
    this.ring = api.ring(2 * BATCH);
  }

  get records(): number {
    return this.sent;
  }

  install(): void {
    const { api } = this;
    this.start();
    api.onVcpuInit((cpu) => {
      if (cpu > 0) this.finish(2, ['lockstep: the guest has more than one vCPU: wire=qemu cannot tell them apart']);
    });
    api.onTbTrans((tb) => {
      for (const insn of tb.insns()) insn.inline({ op: 'ring', ring: this.ring, value: this.numberOf(insn.pc) });
    });
    const batch = async () => {
      await this.exchange();
      if (this.done) await new Promise<never>(() => {});
      this.start();
    };
    api.onWindow(BATCH, batch, 'seam');
    api.onSyscallFilter((_cpu, { number }) => (number === SET_ROBUST_LIST ? -ENOSYS : undefined));
    api.onAtexit(() => {
      if (!this.done) void this.end();
    });
  }

  private numberOf(pc: number): number {
    let number = this.numbers.get(pc);
    if (number === undefined) {
      number = this.pcs.push(BigInt.asUintN(64, BigInt(pc))) - 1;
      this.numbers.set(pc, number);
    }
    return number;
  }

  private start(): void {
    const { machine } = this;
    this.starts.push({ checkpoint: machine.checkpoint(), icount: machine.icount, records: this.sent });
    if (this.starts.length > 2) machine.release(this.starts.shift()!.checkpoint);
  }

  /** Sends what has been executed since the last time and compares the peer's part of it. */
  private async exchange(): Promise<void> {
    if (this.done) return;
    const pcs: bigint[] = [];
    this.ring.drain((records) => {
      for (const number of records) pcs.push(this.pcs[number]!);
    });
    const first = this.sent;
    const bytes = Buffer.alloc(pcs.length * RECORD_BYTES);
    pcs.forEach((pc, i) => {
      bytes.writeBigUInt64LE(pc, i * RECORD_BYTES);
      bytes.writeBigUInt64LE(BigInt(first + i), i * RECORD_BYTES + 8);
    });
    this.sent += pcs.length;
    this.link.write(bytes);
    const theirs = await this.link.read(pcs.length);
    const count = theirs.length / RECORD_BYTES;
    for (let i = 0; i < count; i++) {
      const pc = theirs.readBigUInt64LE(i * RECORD_BYTES);
      const before = Number(theirs.readBigUInt64LE(i * RECORD_BYTES + 8));
      if (before !== first + i) {
        this.finish(2, [
          `lockstep: the peer counts ${before} instructions where ${first + i} records have been exchanged`,
          'Start it with one instruction a block: qemu -singlestep (QEMU 8.1 and later: -one-insn-per-tb).',
        ]);
        return;
      }
      const parted = this.judge.take({ pc: pcs[i]!, count: first + i }, { pc, count: before });
      if (parted !== undefined) {
        this.diverged(parted, pcs, first);
        return;
      }
    }
    this.last = pcs.slice(-SHOWN - 3); // what may have to be shown when the next records differ
    if (count < pcs.length) this.lost(pcs[count]!);
  }

  private lost(pc: bigint): void {
    const { failure } = this.link;
    this.finish(2, [
      `lockstep: the peer is gone after ${this.judge.compared} records${failure ? ` (${failure.message})` : ''}; ` +
        `this guest goes on at ${this.place(pc)}`,
    ]);
  }

  private async end(): Promise<void> {
    await this.exchange();
    if (this.done) return;
    const { recovered } = this.judge;
    const lines =
      recovered === 0 ? ['No divergence :-)'] : [`${recovered} mismatches, after which both went on together`];
    this.finish(undefined, [...lines, ...this.counts()]);
  }

  private counts(): string[] {
    const { compared } = this.judge;
    return [`Executed ${compared}/${compared} blocks`, `Executed ~${compared} instructions`];
  }

  private finish(code: number | undefined, lines: readonly string[]): void {
    if (this.done) return;
    this.done = true;
    for (const line of lines) this.context.say(line);
    this.link.close();
    this.context.finished(code);
  }

  /** The instruction before the first record that differs went elsewhere. `pcs` are those from record `first` on. */
  private diverged({ record, us, them }: Parting, pcs: readonly bigint[], first: number): void {
    const { machine } = this;
    const known = [...this.last, ...pcs];
    const at = (n: number): bigint | undefined => known[n - first + this.last.length];
    const lines = [...this.counts(), ''];
    if (record === 0) lines.push('≠ the two begin at different places');
    else {
      const registers = this.goTo(record - 1);
      lines.push(`≠ instruction ${record}, after ${record - 1} on which both agree, goes to different places`);
      for (let n = Math.max(0, record - SHOWN); n < record; n++)
        lines.push(`${n === record - 1 ? '▶' : ' '} ${this.place(at(n) ?? 0n)}`);
      lines.push('registers before it:', ...registers);
      machine.run(machine.icount + 1);
      if (BigInt.asUintN(64, BigInt(machine.cpus[0]!.pc)) !== us)
        lines.push('stopped there, this side does not go astray: the mistake depends on how code is cut into blocks');
    }
    lines.push(`this side goes on at ${this.place(us)}`, `the peer goes on at  ${this.place(them)}`);
    this.finish(1, lines);
  }

  /** Takes the machine back to before a record's instruction. Returns its registers there. */
  private goTo(record: number): string[] {
    const { machine, ring } = this;
    const start = this.starts.findLast((one) => one.records <= record);
    must(start, 'the start of the batch that differs is gone');
    this.muted = true;
    this.context.plugins().sleep(['lockstep']);
    machine.rollback(start.checkpoint);
    ring.clear();
    // An instruction that cannot be fetched counts, and has no record.
    const wanted = record - start.records;
    machine.run(start.icount + wanted);
    while (ring.length < wanted && !machine.ended) machine.run(machine.icount + 1);
    const cpu = machine.cpus[0]!;
    const texts = machine.isa.registers
      .filter(({ group }) => group === 'integer')
      .map(({ name, slot }) => `${name.padStart(5)} ${hex(cpu.read(slot)).slice(2).padStart(16, '0')}`);
    const lines: string[] = [];
    for (let i = 0; i < texts.length; i += 4) lines.push(texts.slice(i, i + 4).join(' '));
    return lines;
  }

  private place(pc: bigint): string {
    const at = Number(BigInt.asIntN(64, pc));
    const symbol = this.machine.symbolAt(at);
    return `${hex(pc)}${symbol ? ` <${symbol}>` : ''}: ${this.machine.disassemble(at)}`;
  }
}
