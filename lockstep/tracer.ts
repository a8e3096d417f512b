// The side's half of a trace: what each instruction of some blocks does, from the start of each block anew, so that the
// block as a whole ends in the state it has when nobody watches. Bytes that are written as they were do not show.

import { type MachineControl, must } from '../emulator/index.ts';
import type { BlockStart, Traced, TracedInsn, TraceStep } from './protocol.ts';

const PAGE = 4096;
const PAGES_COMPARED = 64;
const PAGES_SHOWN = 64;
const STORES_SHOWN = 512;
const STEPS_SHOWN = 4096;

type Pages = ReadonlyMap<number, Uint8Array | undefined>;

/** The machine stands before the first place; the last place is the end. Leaves it wherever it has come to. */
export function traceBlocks(machine: MachineControl, blocks: readonly BlockStart[]): Omit<Traced, 't'> {
  const first = blocks[0];
  must(first, 'a trace of no blocks');
  machine.run(first.icount);
  const initial = values(machine);
  const steps: TraceStep[] = [];
  const shown = new Set<number>();
  const registers = machine.isa.registers.map(({ name, group }) => ({ name, group }));
  const pointees = () => {
    for (const page of pagesPointedTo(machine)) if (shown.size < PAGES_SHOWN) shown.add(page);
  };
  pointees();
  for (let i = 0; i + 1 < blocks.length && steps.length < STEPS_SHOWN; i++) {
    const { icount, cpu } = blocks[i]!;
    const written = traceBlock(machine, icount, cpu, blocks[i + 1]!.icount, steps);
    for (const page of written) if (shown.size < PAGES_SHOWN) shown.add(page);
    if (machine.icount !== blocks[i + 1]!.icount) break;
  }
  pointees();
  return { registers, initial, steps, code: codeOf(machine, steps), pages: [...shown].sort((a, b) => a - b) };
}

/** Appends the steps of one block; the machine is at its end afterwards. Gives the pages written. */
function traceBlock(machine: MachineControl, icount: number, cpu: number, end: number, steps: TraceStep[]): number[] {
  const start = machine.checkpoint();
  machine.run(end);
  const reached = machine.icount;
  const written = machine.dirtyPages().slice(0, PAGES_COMPARED);
  machine.rollback(start);
  let before = { registers: values(machine), pages: read(machine, written), pc: machine.cpus[cpu]?.pc ?? 0 };
  for (let at = icount + 1; at <= reached && steps.length < STEPS_SHOWN; at++) {
    if (at > icount + 1) machine.rollback(start);
    machine.run(at);
    const dirty = new Set(machine.dirtyPages());
    const pages = new Map(
      written.map((page) => [page, dirty.has(page) ? machine.memory.peek(page, PAGE) : before.pages.get(page)]),
    );
    const after = { registers: values(machine), pages, pc: machine.cpus[cpu]?.pc ?? 0 };
    steps.push({
      pc: before.pc,
      cpu,
      registers: changedRegisters(before.registers, after.registers),
      stores: written.flatMap((page) => changedRuns(page, before.pages, after.pages)).slice(0, STORES_SHOWN),
    });
    before = after;
  }
  return written;
}

/** Of all vCPUs, in the order of registerValues. */
function values(machine: MachineControl): bigint[] {
  const list: bigint[] = [];
  for (const cpu of machine.cpus) for (const { slot } of machine.isa.registers) list.push(cpu.read(slot));
  return list;
}

function changedRegisters(before: readonly bigint[], after: readonly bigint[]): TraceStep['registers'] {
  const changed: TraceStep['registers'][number][] = [];
  for (let index = 0; index < after.length; index++)
    if (after[index] !== (before[index] ?? 0n)) changed.push({ index, value: after[index]! });
  return changed;
}

function read(machine: MachineControl, pages: readonly number[]): Pages {
  return new Map(pages.map((page) => [page, machine.memory.peek(page, PAGE)]));
}

/** The stretches of bytes of a page that are not as before; a page that is not there counts as zeros. */
function changedRuns(page: number, before: Pages, after: Pages): TraceStep['stores'] {
  const old = before.get(page) ?? new Uint8Array(PAGE);
  const now = after.get(page) ?? new Uint8Array(PAGE);
  const runs: TraceStep['stores'][number][] = [];
  // Most instructions store nothing.
  if (Buffer.compare(old, now) === 0) return runs;
  for (let at = 0; at < PAGE; at++) {
    if (old[at] === now[at]) continue;
    let end = at + 1;
    while (end < PAGE && old[end] !== now[end]) end++;
    runs.push({ address: page + at, before: old.slice(at, end), after: now.slice(at, end) });
    at = end;
  }
  return runs;
}

/** Mapped pages that integer registers point to, and those after the stack's. */
function pagesPointedTo(machine: MachineControl): Set<number> {
  const pages = new Set<number>();
  const add = (page: number) => {
    if (Number.isSafeInteger(page) && machine.memory.peek(page, 1)) pages.add(page);
  };
  for (const cpu of machine.cpus)
    for (const { name, group, slot } of machine.isa.registers) {
      if (group !== 'integer') continue;
      const page = Math.floor(Number(BigInt.asIntN(64, cpu.read(slot))) / PAGE) * PAGE;
      if (page === 0) continue;
      add(page);
      if (name === 'sp') add(page + PAGE);
    }
  return pages;
}

function codeOf(machine: MachineControl, steps: readonly TraceStep[]): TracedInsn[] {
  const pcs = [...new Set(steps.map(({ pc }) => pc))].sort((a, b) => a - b);
  return pcs.map((pc) => {
    const head = machine.memory.peek(pc, 2);
    const length = head ? machine.isa.instructionLength(head[0]! | (head[1]! << 8)) : 0;
    const bytes = machine.memory.peek(pc, length) ?? new Uint8Array(0);
    return {
      pc,
      bytes: Buffer.from(bytes).toString('hex'),
      text: machine.disassemble(pc).slice(0, 256),
      symbol: machine.symbolAt(pc)?.slice(0, 512) ?? null,
    };
  });
}
