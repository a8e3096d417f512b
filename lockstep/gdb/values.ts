// Registers and memory as a debugger reads and writes them: the answers to packets g, p, m, G, P, M and X.

import type { MachineControl } from '../../emulator/index.ts';
import { addressOfHex, bytesOfHex, hexOfBytes, hexOfValue, MAX_PACKET, valueOfHex } from './packets.ts';
import { GdbRegisters } from './registers.ts';
import type { GdbSide } from './side.ts';

const READ_ONLY = 'E.registers and memory are read only: start lockstep with --allow-write';

export class Values {
  /** What `qXfer:features:read:target.xml` gives. */
  readonly description: string;
  /** The vCPU whose registers are asked for. */
  selectedCpu = 0;
  private readonly side: GdbSide;
  private readonly registers: GdbRegisters;

  constructor(side: GdbSide) {
    this.side = side;
    this.registers = new GdbRegisters(this.machine, side.system);
    this.description = this.registers.description;
  }

  private get machine(): MachineControl {
    return this.side.traveller.machine;
  }
  private get cpu(): MachineControl['cpus'][number] {
    const { cpus } = this.machine;
    return cpus[this.selectedCpu] ?? cpus[0]!;
  }

  readAll(): string {
    return this.registers
      .all(this.cpu)
      .map(({ register, value }) => hexOfValue(value, register.bytes))
      .join('');
  }
  readOne(text: string): string {
    const register = this.registers.list[addressOfHex(text) ?? -1];
    return register ? hexOfValue(register.read(this.cpu), register.bytes) : 'E01';
  }

  readMemory(text: string): string {
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

  write(kind: 'G' | 'P' | 'M' | 'X', text: string): string {
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
}

/** `address,length`, both in hexadecimal. */
function rangeOf(text: string): { address: number; length: number } | undefined {
  const [address, length] = text.split(',').map((part) => addressOfHex(part));
  return address === undefined || length === undefined ? undefined : { address, length };
}
