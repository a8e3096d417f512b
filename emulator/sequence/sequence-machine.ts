// Sequences on machines: the real core with its back ends and runtime around a platform that notes what happens. A machine
// is made once a configuration and used for all sequences; everything a sequence can see is set before each.

import { hex } from '../bits.ts';
import type { Cpu } from '../exec/cpu.ts';
import type { Fault, Platform } from '../exec/platform.ts';
import { F, SLOT_MSTATUS, SLOT_PRIV, SLOT_RES_ADDR, SLOT_RES_VAL, X } from '../guest/riscv64/registers.ts';
import { SLOT_FP_FLAGS, SLOT_FP_MODE, SLOT_PC } from '../memory/layout.ts';
import { ChangeLog, type ChangeOptions } from '../passes/change.ts';
import type { PluginModule } from '../plugin/api.ts';
import type { Translator, Tuning } from '../translators/translator.ts';
import { type BareMachine, createBare, translatorOf } from './bare-machine.ts';
import type { Coverage } from './coverage.ts';
import { CODE, CODE_SIZE, CONSTANT, CONSTANT_BYTES, CONSTANT_SIZE, DATA, DATA_SIZE, FAR, FAR_SIZE } from './layout.ts';
import { AT, endText, type Outcome, STEP_LIMIT, WORD_COUNT } from './outcome.ts';
import { ruleFor } from './platform-rules.ts';
import { codeOf, type Sequence } from './sequence.ts';

export interface Config {
  /** A built-in translator's name, or one that is not built in. */
  readonly translator: string | Translator;
  readonly tuning: Partial<Tuning>;
  /** Stop the run every so many instructions. */
  readonly stopEvery?: number;
  /** A timer goes off every so many instructions: registers are noted, and s11 set to the time. */
  readonly timerEvery?: number;
  /** With a plugin. */
  readonly plugin?: PluginModule;
}

export function nameOf({ translator, tuning, stopEvery, timerEvery, plugin }: Config): string {
  const own = { stopEvery, timerEvery, plugin: plugin?.name };
  const settings = Object.entries({ ...tuning, ...own }).filter(([, value]) => value !== undefined);
  return [
    typeof translator === 'string' ? translator : translator.name,
    ...settings.map(([key, value]) => `${key}=${value}`),
  ].join(',');
}

/** More than the pages of a sequence; little, because a new machine finds it empty. */
const MEMORY_BYTES = 128 << 10;
const [READ, WRITE, ALL_ACCESS] = [1, 2, 7];
const FS_SHIFT = 13n;
const SD = 1n << 63n;
const withSummary = (floatStatus: number): bigint => (BigInt(floatStatus) << FS_SHIFT) | (floatStatus === 3 ? SD : 0n);

class NotingPlatform implements Platform {
  readonly kind = 'user';
  end = 'limit';
  events: string[] = [];
  private readonly mini: BareMachine;
  private readonly privileged: boolean;
  private readonly timerEvery: number;
  private pending = false;
  private readOnly = false;
  private next = Number.POSITIVE_INFINITY;
  /** icount before the first instruction of the sequence. */
  begin = 0;

  constructor(mini: BareMachine, privileged: boolean, timerEvery = Number.POSITIVE_INFINITY) {
    this.mini = mini;
    this.privileged = privileged;
    this.timerEvery = timerEvery;
  }
  /** Before a sequence. */
  reset(): void {
    this.end = 'limit';
    this.events = [];
    this.begin = this.mini.machine.icount;
    this.pending = false;
    this.next = this.begin + this.timerEvery;
    if (this.readOnly) this.toggleData();
  }
  private toggleData(): void {
    this.readOnly = !this.readOnly;
    this.mini.memory.protect(DATA, DATA_SIZE, this.readOnly ? READ : READ | WRITE);
  }
  private finish(end: string): void {
    this.end = end;
    this.mini.machine.exit(0);
  }
  system(cpu: Cpu, word: number): void {
    const rule = ruleFor(word);
    if (rule.kind === 'end') {
      this.finish('ebreak');
      return;
    }
    this.events.push(`${this.mini.machine.icount - this.begin} ${hex(BigInt(word >>> 0))}`);
    if (rule.togglesData) this.toggleData();
    if (this.privileged && rule.floatStatus !== undefined) cpu.write(SLOT_MSTATUS, withSummary(rule.floatStatus));
    cpu.pc += (word & 3) === 3 ? 4 : 2;
  }
  illegal(_cpu: Cpu, word: number): void {
    this.finish(endText(2, BigInt(word >>> 0)));
  }
  fault(_cpu: Cpu, { kind, address, misaligned }: Fault): void {
    const cause = kind === 'fetch' ? 1 : kind === 'load' ? (misaligned ? 4 : 5) : misaligned ? 6 : 7;
    this.finish(endText(cause, address));
  }
  runnable(): boolean {
    return true;
  }
  interrupt(cpu: Cpu): boolean {
    if (!this.pending) return false;
    this.pending = false;
    let digest = 0n;
    for (let n = 0; n < 32; n++) digest = BigInt.asUintN(64, digest * 31n + cpu.read(X(n)) + 7n * cpu.read(F(n)));
    const time = this.mini.machine.icount - this.begin;
    this.events.push(`${time} timer at ${hex(cpu.pc)}, registers ${hex(digest)}`);
    cpu.writeNumber(X(27), time);
    return true;
  }
  nextDeadline(): number {
    return this.next;
  }
  deadline(): void {
    this.pending = true;
    this.next += this.timerEvery;
  }
  idle(): boolean {
    return false;
  }
  save(): unknown {
    return undefined;
  }
  restore(): void {}
}

/** A machine of one configuration that executes sequences, in user mode or with privilege levels. */
export class SequenceMachine {
  readonly name: string;
  private readonly config: Config;
  private readonly mini: BareMachine;
  private readonly platform: NotingPlatform;
  private readonly privileged: boolean;
  private hasFar = false;

  /** With `coverage`, what the machine translates is counted there; `steer` decides on changes instead. */
  static async make(
    config: Config,
    privileged: boolean,
    coverage?: Coverage,
    steer?: ChangeOptions,
  ): Promise<SequenceMachine> {
    const machine = new SequenceMachine(config, privileged, coverage, steer);
    if (config.plugin) await machine.mini.install(config.plugin);
    return machine;
  }

  private constructor(config: Config, privileged: boolean, coverage?: Coverage, steer?: ChangeOptions) {
    this.config = config;
    this.name = nameOf(config);
    this.privileged = privileged;
    const translator = translatorOf(config.translator, config.tuning);
    this.mini = createBare({
      translator: coverage ? coverage.counted(translator) : translator,
      userMode: !privileged,
      memoryBytes: MEMORY_BYTES,
      changes: new ChangeLog(steer ?? coverage?.changeOptions(), translator.without),
    });
    this.platform = new NotingPlatform(this.mini, privileged, config.timerEvery);
    this.mini.machine.platform = this.platform;
    const { memory } = this.mini;
    memory.map(CODE, CODE_SIZE, ALL_ACCESS);
    memory.map(DATA, DATA_SIZE, READ | WRITE);
    memory.map(CONSTANT, CONSTANT_SIZE, READ);
    memory.poke(CONSTANT, CONSTANT_BYTES);
  }

  close(): void {
    this.mini.close();
  }

  run(sequence: Sequence): Outcome {
    const { mini, platform } = this;
    const { machine, memory, cpu } = mini;
    const code = codeOf(sequence);
    memory.poke(CODE, code.subarray(0, CODE_SIZE));
    this.pokeFar(code.subarray(CODE_SIZE));
    memory.poke(DATA, sequence.data);
    if (sequence.coldTlb) memory.flushAll();
    this.load(cpu, sequence);
    machine.ended = undefined;
    platform.reset();
    const last = platform.begin + STEP_LIMIT;
    const step = this.config.stopEvery ?? STEP_LIMIT;
    for (let at = platform.begin + step; !machine.ended; at += step) {
      if (machine.run(Math.min(at, last)).kind === 'limit' && at >= last) break;
    }
    return {
      end: platform.end,
      words: this.words(cpu),
      events: platform.events,
      code: this.hasFar
        ? Buffer.concat([memory.peek(CODE, CODE_SIZE)!, memory.peek(FAR, FAR_SIZE)!])
        : memory.peek(CODE, CODE_SIZE)!,
      data: memory.peek(DATA, DATA_SIZE)!,
    };
  }

  /** The far page is there for the sequences that have it. */
  private pokeFar(code: Uint8Array): void {
    const { memory } = this.mini;
    const wanted = code.length > 0;
    if (wanted && !this.hasFar) memory.map(FAR, FAR_SIZE, ALL_ACCESS);
    if (!wanted && this.hasFar) memory.unmap(FAR, FAR_SIZE);
    this.hasFar = wanted;
    if (wanted) memory.poke(FAR, code);
  }

  private load(cpu: Cpu, sequence: Sequence): void {
    cpu.pc = sequence.start;
    for (let n = 0; n < 32; n++) cpu.write(X(n), sequence.x[n]!);
    for (let n = 0; n < 32; n++) cpu.write(F(n), sequence.f[n]!);
    cpu.writeNumber(SLOT_FP_FLAGS, sequence.fflags);
    cpu.writeNumber(SLOT_FP_MODE, sequence.frm);
    cpu.write(SLOT_RES_ADDR, -1n);
    cpu.write(SLOT_RES_VAL, 0n);
    cpu.write(SLOT_MSTATUS, this.privileged ? withSummary(sequence.floatStatus ?? 3) : 0n);
    cpu.writeNumber(SLOT_PRIV, this.privileged ? 3 : 0);
  }

  private words(cpu: Cpu): BigUint64Array {
    const words = new BigUint64Array(WORD_COUNT);
    words[AT.pc] = cpu.read(SLOT_PC);
    for (let n = 0; n < 32; n++) words[AT.x + n] = cpu.read(X(n));
    for (let n = 0; n < 32; n++) words[AT.f + n] = cpu.read(F(n));
    words[AT.fflags] = cpu.read(SLOT_FP_FLAGS);
    words[AT.frm] = cpu.read(SLOT_FP_MODE);
    words[AT.reservedAddress] = cpu.read(SLOT_RES_ADDR);
    words[AT.reservedValue] = cpu.read(SLOT_RES_VAL);
    const status = cpu.read(SLOT_MSTATUS);
    const floatStatus = this.privileged ? (status >> FS_SHIFT) & 3n : 3n;
    // SD that does not go with FS, or any other bit, shows as a strange FS.
    const odd = this.privileged ? status ^ withSummary(Number(floatStatus)) : status;
    words[AT.floatStatus] = floatStatus | odd;
    words[AT.icount] = BigInt(this.mini.machine.icount - this.platform.begin);
    return words;
  }
}
