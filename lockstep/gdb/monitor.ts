// GDB's `monitor` commands: where one is, how the other side differs, travel by instruction count. The text of a command's
// answer; the stub sends it.

import type { MachineControl } from '../../emulator/index.ts';
import { UsageError } from '../../emulator/index.ts';
import { hexOf } from '../report/model.ts';
import type { Target, Traveller } from '../travel/index.ts';
import type { Motion } from './motion.ts';
import type { GdbSide } from './side.ts';

const HELP = `status        where this side is, and what there is to travel
diff          registers that the other side has otherwise at this instruction count
peer REG      the other side's value of a register
stop N        continue or reverse-continue stops at instruction count N too, once; first: the first difference
goto N        to instruction count N at once; first: to the first difference
writer WHAT   which instruction last wrote a register, or the bytes at ADDRESS[,LENGTH]
help          this
After goto and first, GDB must forget what it knows: maintenance flush register-cache`;

/** `cpu`: the vCPU that GDB looks at. Throws UsageError for what cannot be done. */
export async function monitor(
  side: GdbSide,
  motion: Pick<Motion, 'stopAt'>,
  cpu: number,
  line: string,
): Promise<string> {
  const [command = '', argument = '', ...more] = line.trim().split(/\s+/);
  if (more.length > 0) throw new UsageError(`${command} takes one word at most`);
  switch (command) {
    case 'status':
      return status(side);
    case 'diff':
      return diff(side, peerOf(side));
    case 'peer':
      return peer(side, peerOf(side), cpu, argument);
    case 'stop':
      motion.stopAt = argument === 'first' ? firstOf(side) : countOf(command, argument);
      return wayTo(side, motion.stopAt);
    case 'goto':
      return goTo(side, argument === 'first' ? firstOf(side) : countOf(command, argument));
    case 'first':
      return goTo(side, firstOf(side));
    case 'writer':
      return writer(side, cpu, argument);
    case 'help':
    case '':
      return HELP;
    default:
      throw new UsageError(`there is no monitor command "${command.slice(0, 64)}"`, HELP);
  }
}

function status({ name, translator, traveller, first, notes, allowWrite }: GdbSide): string {
  const { machine, ended } = traveller;
  const end =
    ended?.kind === 'exit'
      ? `, where the guest has ended: ${ended.reason ?? `exit with status ${ended.code}`}`
      : ended?.kind === 'stuck'
        ? `, where the guest waits for ever: ${ended.reason}`
        : '';
  const past = traveller.forgetful ? 'older history was given up (--memory-limit)' : 'all of the past is there';
  return [
    `${name}: ${translator}`,
    `at instruction ${traveller.icount}${end}`,
    ...(first === undefined ? [] : [`first difference at instruction ${first}`]),
    `history from instruction ${traveller.floor} on; ${past}`,
    `${traveller.checkpoints} checkpoints, ${(machine.undoBytes / 2 ** 20).toFixed(1)} MiB of undo copies`,
    `registers and memory ${allowWrite ? 'may be written' : 'are read only (--allow-write)'}`,
    ...(traveller.altered ? ['written to: what follows is no longer what was compared'] : []),
    ...notes,
  ].join('\n');
}

function peerOf({ peer: other }: GdbSide): GdbSide {
  if (!other) throw new UsageError('there is no other side: this is one machine');
  if (other.traveller.busy) throw new UsageError(`${other.name} is on its way; ask again when it has stopped`);
  if (other.traveller.altered) throw new UsageError(`${other.name} has been written to: it can no longer be compared`);
  return other;
}

/** Shows the other side at an instruction count, and takes it back to where it was. */
async function lookAt<T>(
  { traveller, name }: GdbSide,
  icount: number,
  look: (machine: MachineControl) => T,
): Promise<T> {
  const here = traveller.icount;
  const arrived = await traveller.seek(icount);
  const seen = arrived === 'there' ? look(traveller.machine) : undefined;
  const there = traveller.icount;
  await traveller.seek(here);
  if (seen === undefined) throw new UsageError(`${name} has no instruction ${icount}: it comes as far as ${there}`);
  return seen;
}

function valuesOf(machine: MachineControl): { name: string; value: bigint }[] {
  const { liveCpus, isa } = machine;
  return liveCpus.flatMap((cpu) =>
    isa.registers.map(({ name, slot }) => ({
      name: liveCpus.length > 1 ? `${name} (thread ${cpu.index + 1})` : name,
      value: cpu.read(slot),
    })),
  );
}

async function diff({ traveller, name }: GdbSide, other: GdbSide): Promise<string> {
  const mine = valuesOf(traveller.machine);
  const theirs = new Map(await lookAt(other, traveller.icount, (machine) => valuesOf(machine).map(toPair)));
  const lines = mine
    .filter((register) => theirs.get(register.name) !== register.value)
    .map((register) => {
      const value = theirs.get(register.name);
      return `${register.name.padEnd(10)} ${hexOf(register.value).padEnd(18)} ${value === undefined ? '-' : hexOf(value)}`;
    });
  if (lines.length === 0) return `all registers agree at instruction ${traveller.icount}`;
  return [`register   ${name.padEnd(18)} ${other.name}`, ...lines].join('\n');
}

function toPair({ name, value }: { name: string; value: bigint }): readonly [string, bigint] {
  return [name, value];
}

function registerOf({ isa }: MachineControl, name: string): MachineControl['isa']['registers'][number] {
  const plain = name.replace(/^\$/, '');
  const found = isa.registers.find((register) => register.name === plain || register.aliases.includes(plain));
  if (!found) throw new UsageError(`there is no register "${plain.slice(0, 64)}"`);
  return found;
}

async function peer({ traveller }: GdbSide, other: GdbSide, cpu: number, name: string): Promise<string> {
  const { slot } = registerOf(traveller.machine, name);
  const value = await lookAt(other, traveller.icount, (machine) => machine.cpus[cpu]?.read(slot) ?? 0n);
  return `${name} of ${other.name}: ${hexOf(value)}`;
}

function countOf(command: string, text: string): number {
  const value = /^(\d{1,16}|0x[0-9a-f]{1,13})$/i.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new UsageError(`${command} takes an instruction count`);
  return value;
}

function firstOf({ first }: GdbSide): number {
  if (first === undefined) throw new UsageError('there is no first difference: nothing was compared');
  return first;
}

/** How to come to a place by what GDB does itself, so that it sees where it is. */
function wayTo({ traveller: { icount } }: GdbSide, to: number): string {
  if (to === icount) return `at instruction ${to} already`;
  return `${to > icount ? 'continue' : 'reverse-continue'} goes to instruction ${to}, or to a breakpoint before it`;
}

async function goTo({ traveller }: GdbSide, icount: number): Promise<string> {
  const arrived = await traveller.seek(icount);
  const { machine } = traveller;
  const where = machine.cpus[Math.max(0, machine.nextCpu)]!.pc;
  const why = arrived === 'there' ? '' : arrived === 'end' ? ', the end' : ', the beginning of the history';
  return `at instruction ${traveller.icount}${why}: ${placeText(machine, where)}\nmaintenance flush register-cache makes GDB look`;
}

function placeText(machine: MachineControl, pc: number): string {
  const symbol = machine.symbolAt(pc);
  return `${hexOf(pc)}${symbol ? ` <${symbol}>` : ''} ${machine.disassemble(pc)}`;
}

async function writer({ traveller, name }: GdbSide, cpu: number, what: string): Promise<string> {
  const here = traveller.icount;
  const hit = await traveller.find('backward', [targetOf(traveller, cpu, what)]);
  const text = hit && (await placeAt(traveller, hit.icount, hit.cpu));
  await traveller.seek(here);
  if (text === undefined) return `nothing has written ${what} on ${name} since instruction ${traveller.floor}`;
  return `${what} was last written at instruction ${hit!.icount}: ${text}`;
}

async function placeAt(traveller: Traveller, icount: number, cpu: number): Promise<string> {
  await traveller.seek(icount);
  const { machine } = traveller;
  return placeText(machine, machine.cpus[Math.max(0, cpu)]!.pc);
}

const LONGEST = 1 << 16;

function targetOf({ machine }: Traveller, cpu: number, what: string): Target {
  const [place = '', length = '1'] = what.split(',');
  if (!/^(0x[0-9a-f]{1,13}|\d{1,15})$/i.test(place)) {
    const { slot, group } = registerOf(machine, place);
    if (group === 'pc') throw new UsageError('every instruction writes the pc');
    return { what: 'register', cpu, slot };
  }
  const start = Number(place);
  const bytes = /^\d{1,6}$/.test(length) ? Number(length) : 0;
  if (bytes < 1 || bytes > LONGEST) throw new UsageError(`a length is from 1 to ${LONGEST}`);
  return { what: 'access', access: 'w', start, end: start + bytes };
}
