// One debugger's talk with one side: answers packets, one after another (values.ts, motion.ts, monitor.ts do the work).
// Bytes come and go through whoever made the stub (server.ts). Nothing a debugger sends may harm more than its own session.

import { type MachineControl, UsageError } from '../../emulator/index.ts';
import { Breakpoints } from './breakpoints.ts';
import { monitor } from './monitor.ts';
import { type Direction, Motion, threadOf } from './motion.ts';
import { type Arrived, addressOfHex, bytesOfHex, hexOfBytes, MAX_PACKET, numberOfHex, packet } from './packets.ts';
import type { GdbSide } from './side.ts';
import { Values } from './values.ts';

/** How a session ended: the debugger let the guest go, killed it, or went away (or was thrown out). */
export type Parting = 'detached' | 'killed' | 'gone';

export interface StubHost {
  send(text: string): void;
  part(how: Parting): void;
}

/** Packets that wait while the machine is on its way; a debugger sends one and waits. */
const MOST_WAITING = 64;

export class Stub {
  private readonly side: GdbSide;
  private readonly host: StubHost;
  private readonly values: Values;
  private readonly breakpoints = new Breakpoints();
  private readonly motion: Motion;
  private readonly waiting: string[] = [];
  private working = false;
  private acknowledges = true;
  private over = false;
  private last = '';

  constructor(side: GdbSide, host: StubHost) {
    this.side = side;
    this.host = host;
    this.values = new Values(side);
    this.motion = new Motion(side, this.breakpoints, (text) => this.say(text));
    this.values.selectedCpu = this.motion.stoppedCpu;
  }

  private get machine(): MachineControl {
    return this.side.traveller.machine;
  }

  receive(arrived: Arrived): void {
    if (this.over) return;
    if (arrived.kind === 'interrupt') this.motion.interrupt();
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
    this.motion.interrupt();
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
        return this.motion.stopped;
      case 'g':
        return this.values.readAll();
      case 'p':
        return this.values.readOne(rest);
      case 'm':
        return this.values.readMemory(rest);
      case 'G':
      case 'P':
      case 'M':
      case 'X':
        return this.values.write(data[0], rest);
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
        return this.run('forward');
      case 's':
      case 'S':
        return this.step('forward', this.motion.stoppedCpu);
      case 'b':
        if (rest === 's') return this.step('backward', this.motion.stoppedCpu);
        return rest === 'c' ? this.run('backward') : '';
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
        return `QC${threadOf(this.motion.stoppedCpu)}`;
      case 'qfThreadInfo':
        return `m${this.machine.liveCpus.map((cpu) => threadOf(cpu.index)).join(',')}`;
      case 'qsThreadInfo':
        return 'l';
      case 'qThreadExtraInfo':
        return hexOfBytes(Buffer.from(`${this.side.name}, ${this.side.system ? 'hart' : 'vCPU'} ${rest.slice(0, 16)}`));
      case 'qAttached':
        return '1';
      case 'qOffsets':
        return this.offsets();
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
    this.motion.names = { hwbreak: known.has('hwbreak+'), swbreak: known.has('swbreak+') };
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

  /** Where a program lies that says itself where it would like to: GDB moves its symbols there. */
  private offsets(): string {
    const { loadOffset } = this.side.traveller;
    return loadOffset === 0 ? '' : `TextSeg=${loadOffset.toString(16)}`;
  }

  private transfer(text: string): string {
    const [object, action, annex, range = ''] = text.split(':');
    if (object !== 'features' || action !== 'read') return '';
    if (annex !== 'target.xml') return 'E00';
    const [offset, length] = range.split(',').map((part) => addressOfHex(part));
    if (offset === undefined || length === undefined) return 'E01';
    const { description } = this.values;
    const part = description.slice(offset, offset + Math.min(length, MAX_PACKET / 2));
    return `${offset + part.length < description.length ? 'm' : 'l'}${part}`;
  }

  private async command(hex: string): Promise<string> {
    const line = bytesOfHex(hex);
    if (!line) return 'E01';
    let text: string;
    try {
      text = await monitor(this.side, this.motion, this.values.selectedCpu, Buffer.from(line).toString());
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      text = [error.message, error.remedy].filter((part) => part).join('\n');
    }
    this.motion.moved();
    this.say(text);
    return 'OK';
  }

  // --- threads ---------------------------------------------------------------------------------------------------------

  /** The vCPU that a thread's number means; 0 and -1 are any. Undefined: there is none. */
  private cpuOf(text: string): number | undefined {
    if (text === '0' || text === '-1') return this.motion.stoppedCpu;
    const number = numberOfHex(text);
    if (number === undefined || number > 0xffffn) return undefined;
    const cpu = Number(number) - 1;
    return this.motion.live(cpu) ? cpu : undefined;
  }
  private select(text: string): string {
    const cpu = this.cpuOf(text.slice(1));
    if (cpu === undefined) return 'E01';
    if (text[0] === 'g') this.values.selectedCpu = cpu;
    return text[0] === 'g' || text[0] === 'c' ? 'OK' : '';
  }

  private async proceed(actions: string): Promise<string> {
    for (const action of actions.split(';')) {
      const [verb = '', thread] = action.split(':');
      if (!/^(c|C[0-9a-f]{2}|s|S[0-9a-f]{2})$/i.test(verb)) return 'E01';
      if (verb[0] !== 's' && verb[0] !== 'S') continue;
      const cpu = thread === undefined ? this.motion.stoppedCpu : this.cpuOf(thread);
      return cpu === undefined ? 'E01' : this.step('forward', cpu);
    }
    return this.run('forward');
  }

  private async run(direction: Direction): Promise<string> {
    return this.look(await this.motion.run(direction));
  }
  private async step(direction: Direction, cpu: number): Promise<string> {
    return this.look(await this.motion.step(direction, cpu));
  }
  /** Registers are asked of the vCPU that has stopped, until another is named. */
  private look(stopped: string): string {
    this.values.selectedCpu = this.motion.stoppedCpu;
    return stopped;
  }
}
