// One debugger's talk with one side: answers packets, one after another; moves the machine and says how it stopped.
// Bytes come and go through whoever made the stub (server.ts). Nothing a debugger sends may harm more than its own session.

import { type MachineControl, UsageError } from '../../emulator/index.ts';
import type { Arrival, Hit, Quest, Target } from '../travel/index.ts';
import { Breakpoints } from './breakpoints.ts';
import { monitor } from './monitor.ts';
import {
  type Arrived,
  addressOfHex,
  bytesOfHex,
  hexOfBytes,
  hexOfValue,
  MAX_PACKET,
  numberOfHex,
  packet,
  valueOfHex,
} from './packets.ts';
import { GdbRegisters } from './registers.ts';
import type { GdbSide } from './side.ts';

/** How a session ended: the debugger let the guest go, killed it, or went away (or was thrown out). */
export type Parting = 'detached' | 'killed' | 'gone';

export interface StubHost {
  send(text: string): void;
  part(how: Parting): void;
}

/** Packets that wait while the machine is on its way; a debugger sends one and waits. */
const MOST_WAITING = 64;
/** Farther than any run. */
const FAR = Number.MAX_SAFE_INTEGER;
const SIGNAL_INTERRUPT = 2;
const SIGNAL_TRAP = 5;
const READ_ONLY = 'E.registers and memory are read only: start lockstep with --allow-write';

type Direction = 'forward' | 'backward';

export class Stub {
  private readonly side: GdbSide;
  private readonly host: StubHost;
  private readonly registers: GdbRegisters;
  private readonly breakpoints = new Breakpoints();
  private readonly waiting: string[] = [];
  private working = false;
  private acknowledges = true;
  private over = false;
  private last = '';
  private journey: AbortController | undefined;
  private stopped: string;
  /** The vCPU the last stop was about, and the one that registers are asked of. */
  private stoppedCpu: number;
  private selectedCpu: number;
  /** What the debugger understands beyond the oldest protocol. */
  private names = { hwbreak: false, swbreak: false };

  constructor(side: GdbSide, host: StubHost) {
    this.side = side;
    this.host = host;
    this.registers = new GdbRegisters(side.traveller.machine, side.system);
    this.stoppedCpu = this.current();
    this.selectedCpu = this.stoppedCpu;
    this.stopped = this.stop(SIGNAL_TRAP);
  }

  private get machine(): MachineControl {
    return this.side.traveller.machine;
  }

  receive(arrived: Arrived): void {
    if (this.over) return;
    if (arrived.kind === 'interrupt') this.journey?.abort();
    else if (arrived.kind === 'again') {
      if (this.acknowledges && this.last) this.host.send(this.last);
    } else if (arrived.kind === 'damaged') {
      if (this.acknowledges) this.host.send('-');
      else this.leave('gone');
    } else if (arrived.kind === 'packet') {
      if (this.acknowledges) this.host.send('+');
      this.waiting.push(arrived.data);
      if (this.waiting.length > MOST_WAITING) this.leave('gone');
      else void this.work();
    }
  }

  /** The connection is gone: whatever is on its way ends. */
  leave(how: Parting): void {
    if (this.over) return;
    this.over = true;
    this.waiting.length = 0;
    this.journey?.abort();
    this.host.part(how);
  }

  private async work(): Promise<void> {
    if (this.working) return;
    this.working = true;
    for (let data = this.waiting.shift(); data !== undefined; data = this.waiting.shift()) {
      let answer: string | undefined;
      try {
        answer = await this.answer(data);
      } catch (error) {
        if (!this.over) this.say(`lockstep: ${(error as Error).message}`);
        answer = 'E0f';
      }
      if (this.over) break;
      if (answer !== undefined) this.reply(answer);
    }
    this.working = false;
  }

  private reply(data: string): void {
    this.last = packet(data);
    this.host.send(this.last);
  }
  /** Text for the person at the debugger; only while it waits for an answer that may follow text. */
  private say(text: string): void {
    const bytes = Buffer.from(`${text}\n`);
    const most = MAX_PACKET / 2 - 8;
    for (let at = 0; at < bytes.length; at += most)
      this.host.send(packet(`O${hexOfBytes(bytes.subarray(at, at + most))}`));
  }

  // --- packets ---------------------------------------------------------------------------------------------------------

  private async answer(data: string): Promise<string | undefined> {
    const rest = data.slice(1);
    switch (data[0]) {
      case '?':
        return this.stopped;
      case 'g':
        return this.readAll();
      case 'p':
        return this.readOne(rest);
      case 'm':
        return this.readMemory(rest);
      case 'G':
      case 'P':
      case 'M':
      case 'X':
        return this.write(data[0], rest);
      case 'H':
        return this.select(rest);
      case 'T':
        return this.cpuOf(rest) === undefined ? 'E01' : 'OK';
      case 'Z':
        return this.breakpoints.insert(rest);
      case 'z':
        return this.breakpoints.remove(rest);
      case 'c':
      case 'C':
        return this.resume(() => this.run('forward'));
      case 's':
      case 'S':
        return this.resume(() => this.step('forward', this.stoppedCpu));
      case 'b':
        if (rest === 's') return this.resume(() => this.step('backward', this.stoppedCpu));
        return rest === 'c' ? this.resume(() => this.run('backward')) : '';
      case 'D':
        this.reply('OK');
        this.leave('detached');
        return undefined;
      case 'k':
        this.leave('killed');
        return undefined;
      case 'v':
        return this.long(data);
      case 'q':
      case 'Q':
        return this.query(data);
      default:
        return '';
    }
  }

  private async long(data: string): Promise<string | undefined> {
    if (data === 'vCont?') return 'vCont;c;C;s;S';
    if (data.startsWith('vCont;')) return this.proceed(data.slice('vCont;'.length));
    if (data === 'vKill' || data.startsWith('vKill;')) {
      this.reply('OK');
      this.leave('killed');
      return undefined;
    }
    return '';
  }

  private async query(data: string): Promise<string> {
    const name = /^\w+/.exec(data)![0];
    const rest = data.slice(name.length + 1);
    switch (name) {
      case 'qSupported':
        return this.supported(rest);
      case 'QStartNoAckMode':
        this.acknowledges = false;
        return 'OK';
      case 'qXfer':
        return this.transfer(rest);
      case 'qC':
        return `QC${threadOf(this.stoppedCpu)}`;
      case 'qfThreadInfo':
        return `m${this.machine.liveCpus.map((cpu) => threadOf(cpu.index)).join(',')}`;
      case 'qsThreadInfo':
        return 'l';
      case 'qThreadExtraInfo':
        return hexOfBytes(Buffer.from(`${this.side.name}, ${this.side.system ? 'hart' : 'vCPU'} ${rest.slice(0, 16)}`));
      case 'qAttached':
        return '1';
      case 'qSymbol':
        return 'OK';
      case 'qRcmd':
        return this.command(rest);
      default:
        return '';
    }
  }

  private supported(theirs: string): string {
    const known = new Set(theirs.split(';'));
    this.names = { hwbreak: known.has('hwbreak+'), swbreak: known.has('swbreak+') };
    return [
      `PacketSize=${MAX_PACKET.toString(16)}`,
      'QStartNoAckMode+',
      'qXfer:features:read+',
      'vContSupported+',
      'hwbreak+',
      'swbreak+',
      'ReverseStep+',
      'ReverseContinue+',
    ].join(';');
  }

  private transfer(text: string): string {
    const [object, action, annex, range = ''] = text.split(':');
    if (object !== 'features' || action !== 'read') return '';
    if (annex !== 'target.xml') return 'E00';
    const [offset, length] = range.split(',').map((part) => addressOfHex(part));
    if (offset === undefined || length === undefined) return 'E01';
    const { description } = this.registers;
    const part = description.slice(offset, offset + Math.min(length, MAX_PACKET / 2));
    return `${offset + part.length < description.length ? 'm' : 'l'}${part}`;
  }

  private async command(hex: string): Promise<string> {
    const line = bytesOfHex(hex);
    if (!line) return 'E01';
    let text: string;
    try {
      text = await monitor(this.side, this.selectedCpu, Buffer.from(line).toString());
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      text = [error.message, error.remedy].filter((part) => part).join('\n');
    }
    this.stoppedCpu = this.live(this.stoppedCpu) ? this.stoppedCpu : this.current();
    this.say(text);
    return 'OK';
  }

  // --- registers and memory --------------------------------------------------------------------------------------------

  private get cpu(): MachineControl['cpus'][number] {
    const { cpus } = this.machine;
    return cpus[this.selectedCpu] ?? cpus[0]!;
  }

  private readAll(): string {
    return this.registers
      .all(this.cpu)
      .map(({ register, value }) => hexOfValue(value, register.bytes))
      .join('');
  }
  private readOne(text: string): string {
    const register = this.registers.list[addressOfHex(text) ?? -1];
    return register ? hexOfValue(register.read(this.cpu), register.bytes) : 'E01';
  }

  private readMemory(text: string): string {
    const range = rangeOf(text);
    if (!range) return 'E01';
    const { memory } = this.machine;
    const { address } = range;
    const length = Math.min(range.length, MAX_PACKET / 2);
    const whole = memory.peek(address, length);
    if (whole) return hexOfBytes(whole);
    // As far as there is memory.
    let have = 0;
    while (have < length && memory.peek(address + have, 1)) have++;
    return have > 0 ? hexOfBytes(memory.peek(address, have)!) : 'E0e';
  }

  private write(kind: 'G' | 'P' | 'M' | 'X', text: string): string {
    // Whether X is known is found out with no bytes at all.
    if (kind === 'X' && /,0:$/.test(text)) return 'OK';
    if (!this.side.allowWrite) return READ_ONLY;
    const done =
      kind === 'G' ? this.writeAll(text) : kind === 'P' ? this.writeOne(text) : this.writeMemory(text, kind === 'X');
    if (!done) return 'E01';
    this.side.traveller.written();
    return 'OK';
  }
  private writeAll(text: string): boolean {
    let at = 0;
    const values: bigint[] = [];
    for (const { bytes } of this.registers.list) {
      const value = valueOfHex(text.slice(at, at + 2 * bytes));
      if (value === undefined) break;
      values.push(value);
      at += 2 * bytes;
    }
    if (values.length === 0) return false;
    values.forEach((value, i) => {
      this.registers.list[i]!.write?.(this.cpu, value);
    });
    return true;
  }
  private writeOne(text: string): boolean {
    const [number, hex = ''] = text.split('=');
    const write = this.registers.list[addressOfHex(number) ?? -1]?.write;
    const value = valueOfHex(hex);
    if (!write || value === undefined) return false;
    write(this.cpu, value);
    return true;
  }
  private writeMemory(text: string, binary: boolean): boolean {
    const colon = text.indexOf(':');
    const range = rangeOf(text.slice(0, colon));
    const data = text.slice(colon + 1);
    const bytes = binary ? new Uint8Array(Buffer.from(data, 'latin1')) : bytesOfHex(data);
    if (colon < 0 || !range || bytes?.length !== range.length) return false;
    return this.machine.memory.poke(range.address, bytes);
  }

  // --- threads ---------------------------------------------------------------------------------------------------------

  private live(cpu: number): boolean {
    return this.machine.liveCpus.some(({ index }) => index === cpu);
  }
  /** The vCPU that runs next, or the first one there is. */
  private current(): number {
    const { nextCpu, liveCpus } = this.machine;
    return nextCpu >= 0 ? nextCpu : (liveCpus[0]?.index ?? 0);
  }
  /** The vCPU that a thread's number means; 0 and -1 are any. Undefined: there is none. */
  private cpuOf(text: string): number | undefined {
    if (text === '0' || text === '-1') return this.stoppedCpu;
    const number = numberOfHex(text);
    if (number === undefined || number > 0xffffn) return undefined;
    const cpu = Number(number) - 1;
    return this.live(cpu) ? cpu : undefined;
  }
  private select(text: string): string {
    const cpu = this.cpuOf(text.slice(1));
    if (cpu === undefined) return 'E01';
    if (text[0] === 'g') this.selectedCpu = cpu;
    return text[0] === 'g' || text[0] === 'c' ? 'OK' : '';
  }

  // --- moving ----------------------------------------------------------------------------------------------------------

  private async proceed(actions: string): Promise<string> {
    for (const action of actions.split(';')) {
      const [verb = '', thread] = action.split(':');
      if (!/^(c|C[0-9a-f]{2}|s|S[0-9a-f]{2})$/i.test(verb)) return 'E01';
      if (verb[0] !== 's' && verb[0] !== 'S') continue;
      const cpu = thread === undefined ? this.stoppedCpu : this.cpuOf(thread);
      return cpu === undefined ? 'E01' : this.resume(() => this.step('forward', cpu));
    }
    return this.resume(() => this.run('forward'));
  }

  private async resume(move: () => Promise<string>): Promise<string> {
    this.journey = new AbortController();
    try {
      this.stopped = await move();
    } finally {
      this.journey = undefined;
    }
    this.selectedCpu = this.stoppedCpu;
    return this.stopped;
  }
  private get quest(): Quest {
    return { signal: this.journey!.signal };
  }

  /** To the next breakpoint or watchpoint, or as far as there is a run. */
  private async run(direction: Direction): Promise<string> {
    const { traveller } = this.side;
    const { targets } = this.breakpoints;
    const hit = targets.length > 0 ? await traveller.find(direction, targets, this.quest) : undefined;
    if (hit) return this.arrive(direction, hit);
    if (this.journey!.signal.aborted) {
      // Where the search had come to; that is not far from where the run is known.
      await traveller.seek(traveller.reached);
      return this.halted(SIGNAL_INTERRUPT);
    }
    const end = direction === 'forward' ? FAR : traveller.floor;
    return this.ran(direction, await traveller.seek(end, this.quest));
  }

  /** One instruction of a vCPU, or back over one. */
  private async step(direction: Direction, cpu: number): Promise<string> {
    const { traveller } = this.side;
    const { liveCpus, nextCpu } = this.machine;
    const here = traveller.icount;
    const own = direction === 'forward' ? nextCpu === cpu : liveCpus.length === 1;
    let from = direction === 'forward' ? here : here - 1;
    if (!own && liveCpus.length > 1) {
      // Others have their turns in between.
      const hit = await traveller.find(direction, [{ what: 'cpu', cpu }], this.quest);
      if (!hit && this.journey!.signal.aborted) {
        await traveller.seek(here);
        return this.halted(SIGNAL_INTERRUPT);
      }
      from = hit?.icount ?? (direction === 'forward' ? FAR - 1 : traveller.floor - 1);
      await traveller.seek(here);
    }
    const watches = this.breakpoints.targets.filter(({ what }) => what === 'access');
    if (watches.length > 0) {
      const until = direction === 'forward' ? from + 1 : from;
      const hit = await traveller.find(direction, watches, { ...this.quest, until });
      if (hit) return this.arrive(direction, hit);
    }
    const to = direction === 'forward' ? from + 1 : from;
    const arrival = await traveller.seek(to, this.quest);
    if (arrival !== 'there') return this.ran(direction, arrival);
    return this.halted(SIGNAL_TRAP, '', this.live(cpu) ? cpu : this.current());
  }

  private async arrive(direction: Direction, hit: Hit): Promise<string> {
    const { traveller } = this.side;
    const { target, icount, pc, address } = hit;
    await traveller.seek(icount);
    const cpu = hit.cpu >= 0 ? hit.cpu : this.current();
    if (pc !== undefined && this.machine.cpus[cpu]?.pc !== pc)
      this.say(
        `lockstep: found at instruction ${icount} while searching, but the run that nobody watches differs there`,
      );
    if (target.what === 'insn') {
      const hardware = pc !== undefined && this.breakpoints.isHardware(pc);
      const why = hardware ? this.names.hwbreak && 'hwbreak:;' : this.names.swbreak && 'swbreak:;';
      return this.halted(SIGNAL_TRAP, why || '', cpu);
    }
    // GDB holds that a RISC-V processor stops before the access, and steps over it to see what it has done: the way it goes.
    if (direction === 'backward') await traveller.seek(icount + 1);
    return this.halted(SIGNAL_TRAP, this.watchText(target, address), this.live(cpu) ? cpu : this.current());
  }
  private watchText(target: Target, address = 0): string {
    const name = this.breakpoints.watchOf(target);
    return name ? `${name}:${Math.max(address, target.what === 'access' ? target.start : 0).toString(16)};` : '';
  }

  /** After a journey that met nothing. */
  private ran(direction: Direction, arrival: Arrival): string {
    if (arrival === 'cancelled') return this.halted(SIGNAL_INTERRUPT);
    if (direction === 'backward') return this.halted(SIGNAL_TRAP, 'replaylog:begin;');
    const { ended } = this.side.traveller;
    if (ended?.kind === 'exit') this.say(`lockstep: the guest ends here: ${ended.reason ?? `status ${ended.code}`}`);
    if (ended?.kind === 'stuck') this.say(`lockstep: the guest waits for ever here: ${ended.reason}`);
    return this.halted(SIGNAL_TRAP, 'replaylog:end;');
  }

  private halted(signal: number, why = '', cpu = this.current()): string {
    this.stoppedCpu = cpu;
    return this.stop(signal, why);
  }
  private stop(signal: number, why = ''): string {
    return `T${signal.toString(16).padStart(2, '0')}thread:${threadOf(this.stoppedCpu)};${why}`;
  }
}

/** GDB counts threads from 1. */
function threadOf(cpu: number): string {
  return (cpu + 1).toString(16);
}

/** `address,length`, both in hexadecimal. */
function rangeOf(text: string): { address: number; length: number } | undefined {
  const [address, length] = text.split(',').map((part) => addressOfHex(part));
  return address === undefined || length === undefined ? undefined : { address, length };
}
