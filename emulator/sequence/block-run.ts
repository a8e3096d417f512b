// Runs a few instructions from a given state: registers and pages go in, registers and pages come out. The machine is bare:
// what is a system's or a kernel's business ends the run, and memory that was not given faults. Pages may be read, written and
// executed.

import type { Cpu } from '../exec/cpu.ts';
import type { Fault, Platform } from '../exec/platform.ts';
import { riscv64 } from '../guest/riscv64/index.ts';
import { REGISTERS } from '../guest/riscv64/registers.ts';
import { ChangeLog, type ChangeOptions } from '../passes/change.ts';
import type { Translator } from '../translators/translator.ts';
import { type BareMachine, createBare } from './bare-machine.ts';
import { bytesOf } from './encode.ts';

export const STATE_PAGE = 4096;
/** Pages a state may have: what fits a small machine. */
export const MAX_STATE_PAGES = 256;

export interface EntryState {
  readonly userMode: boolean;
  /** By name; those not named are zero. */
  readonly registers: ReadonlyMap<string, bigint>;
  /** Address, a multiple of STATE_PAGE, to content. */
  readonly pages: ReadonlyMap<number, Uint8Array>;
}

export interface BlockEnd {
  /** `limit`: all instructions were begun. Else what ended it, with its address or word. */
  readonly end: string;
  /** Where memory was not there, if that ended it. */
  readonly missing: number | undefined;
  readonly insns: number;
  readonly registers: ReadonlyMap<string, bigint>;
  readonly pages: ReadonlyMap<number, Uint8Array>;
}

class EndingPlatform implements Platform {
  readonly kind = 'user';
  end = 'limit';
  missing: number | undefined;
  private readonly mini: BareMachine;

  constructor(mini: BareMachine) {
    this.mini = mini;
  }
  private finish(end: string): void {
    this.end = end;
    this.mini.machine.exit(0);
  }
  system(_cpu: Cpu, word: number): void {
    this.finish(`system instruction 0x${(word >>> 0).toString(16)}`);
  }
  illegal(_cpu: Cpu, word: number): void {
    this.finish(`illegal instruction 0x${(word >>> 0).toString(16)}`);
  }
  fault(_cpu: Cpu, { kind, address, misaligned }: Fault): void {
    if (address < 1n << 53n) this.missing = Number(address);
    this.finish(`${misaligned ? 'misaligned ' : ''}${kind} fault 0x${address.toString(16)}`);
  }
  runnable(): boolean {
    return true;
  }
  interrupt(): boolean {
    return false;
  }
  nextDeadline(): number {
    return Number.POSITIVE_INFINITY;
  }
  deadline(): void {}
  idle(): boolean {
    return false;
  }
  save(): unknown {
    return undefined;
  }
  restore(): void {}
}

/** Runs `insns` instructions, or as many as there are before something ends it. An error of the translator is an end too. */
export function runBlock(state: EntryState, insns: number, translator: Translator, steer?: ChangeOptions): BlockEnd {
  const mini = createBare({
    translator,
    userMode: state.userMode,
    memoryBytes: (state.pages.size + 32) * STATE_PAGE,
    changes: new ChangeLog(steer, translator.without),
  });
  try {
    const platform = new EndingPlatform(mini);
    const { machine, memory, cpu } = mini;
    machine.platform = platform;
    for (const [address, bytes] of state.pages) {
      memory.map(address, STATE_PAGE, 7);
      memory.poke(address, bytes);
    }
    for (const { name, slot } of REGISTERS) cpu.write(slot, state.registers.get(name) ?? 0n);
    const begin = machine.icount;
    try {
      machine.run(begin + insns);
    } catch (error) {
      platform.end = `error: ${error instanceof Error ? error.message : String(error)}`;
    }
    return {
      end: platform.end,
      missing: platform.missing,
      insns: machine.icount - begin,
      registers: new Map(REGISTERS.map(({ name, slot }) => [name, cpu.read(slot)])),
      pages: new Map([...state.pages.keys()].map((address) => [address, memory.peek(address, STATE_PAGE)!])),
    };
  } finally {
    mini.close();
  }
}

const NAMES: ReadonlySet<string> = new Set(REGISTERS.map(({ name }) => name));

export function isRegister(name: string): boolean {
  return NAMES.has(name);
}

/** The words of the instructions that lie at the entry, one after another, as far as there are any. */
export function wordsAt({ registers, pages }: EntryState, insns: number): number[] {
  const words: number[] = [];
  let at = Number(registers.get('pc') ?? 0n);
  const byteAt = (address: number) => pages.get(address - (address % STATE_PAGE))?.[address % STATE_PAGE];
  for (let n = 0; n < insns; n++) {
    const first = byteAt(at);
    if (first === undefined) break;
    const size = riscv64.instructionLength(first);
    let word = 0;
    for (let k = size - 1; k >= 0; k--) {
      const byte = byteAt(at + k);
      if (byte === undefined) return words;
      word = (word << 8) | byte;
    }
    words.push(word >>> 0);
    at += size;
  }
  return words;
}

/** The state with these instructions at its entry instead. They must fit the pages there are. */
export function withWords(state: EntryState, words: readonly number[]): EntryState {
  const pages = new Map([...state.pages].map(([address, bytes]) => [address, bytes.slice()]));
  let at = Number(state.registers.get('pc') ?? 0n);
  for (const byte of words.flatMap((word) => [...bytesOf(word)])) {
    const page = pages.get(at - (at % STATE_PAGE));
    if (page) page[at % STATE_PAGE] = byte;
    at++;
  }
  return { ...state, pages };
}

/** Address and text of the instructions that lie at the entry. */
export function disassembled(state: EntryState, insns: number): { readonly address: number; readonly text: string }[] {
  let at = Number(state.registers.get('pc') ?? 0n);
  return wordsAt(state, insns).map((word) => {
    const bytes = bytesOf(word);
    const line = { address: at, text: riscv64.disassemble(at, bytes) };
    at += bytes.length;
    return line;
  });
}
