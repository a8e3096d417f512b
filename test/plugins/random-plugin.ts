// A plugin made of chance: hooks of all kinds anywhere, all inline operations, events; and now and then it throws,
// leaves, or starts anew. It never changes the guest's state.

import {
  API_VERSION,
  type Cell,
  type CellArray,
  type Condition,
  type ExecOptions,
  type InlineOp,
  type InsnHandle,
  type PluginApi,
  type PluginModule,
  type Predicate,
  type RecordRing,
  type Ring,
  type Source,
  type TbHandle,
} from '../../emulator/plugin/api.ts';
import type { Random } from '../guest/random.ts';

const CONDITIONS: readonly Condition[] = ['never', 'always', 'eq', 'ne', 'lt', 'le', 'gt', 'ge'];
const REGISTERS = ['a0', 'sp', 't0', 's1'];

/** What a random plugin did, for the soak to know that it did something. */
export interface Deeds {
  hooks: number;
  callbacks: number;
  resets: number;
  uninstalls: number;
  throws: number;
}

export function randomPlugin(random: Random, name: string, deeds: Deeds): PluginModule {
  return {
    name,
    apiVersion: API_VERSION,
    install(api) {
      new Instance(api, random, deeds).register();
    },
  };
}

class Instance {
  private readonly api: PluginApi;
  private readonly random: Random;
  private readonly deeds: Deeds;
  private readonly cells: readonly Cell[];
  private readonly array: CellArray;
  private readonly ring: Ring;
  private readonly records: RecordRing;
  /** One in so many callbacks does something drastic; most plugins are quiet. */
  private readonly temper: number;

  constructor(api: PluginApi, random: Random, deeds: Deeds) {
    this.api = api;
    this.random = random;
    this.deeds = deeds;
    const board = api.scoreboard(8 * 40);
    this.cells = [0, 1, 2, 3].map((i) => board.u64(8 * i));
    this.array = board.u64s(32, 64);
    this.ring = api.ring(64);
    this.records = api.recordRing({ records: 64, fields: 3, full: (ring) => ring.clear() });
    this.temper = random.pick([100, 1000, 10_000, 1_000_000]);
  }

  register(): void {
    const { api, random } = this;
    const maybe = (use: () => void): void => {
      if (random.below(2) === 0) use();
    };
    api.onTbTrans((tb) => this.translate(tb));
    maybe(() => api.onVcpuInit(() => this.act()));
    maybe(() => api.onVcpuExit(() => this.act()));
    maybe(() => api.onFlush(() => this.act()));
    maybe(() => api.onDiscontinuity(() => this.act()));
    maybe(() => api.onSyscall(() => this.act()));
    maybe(() => api.onSyscallReturn(() => this.act()));
    maybe(() => api.onMapping(() => this.act()));
    maybe(() => api.onWindow(1 + random.below(20_000), () => this.act()));
    maybe(() => api.onAtexit(() => api.result({ sum: this.cells[0]!.sum() })));
  }

  private act(): void {
    const { api, random, deeds } = this;
    deeds.callbacks++;
    if (random.below(this.temper) !== 0) return;
    switch (random.below(4)) {
      case 0:
        deeds.throws++;
        throw new Error('a random plugin throws');
      case 1:
        deeds.uninstalls++;
        api.uninstall(() => deeds.callbacks++);
        break;
      case 2:
        deeds.resets++;
        api.reset(() => this.register());
        break;
      default:
        api.onTbTrans(random.below(4) === 0 ? null : (tb) => this.translate(tb));
        api.machine.flushCode();
    }
  }

  private source(memory: boolean): Source {
    const { random } = this;
    const more: readonly Source[] = memory ? ['address', 'value'] : [];
    return random.pick<Source>([
      random.below(100),
      BigInt(random.bits()) << 20n,
      'pc',
      'cpu',
      { register: random.pick(REGISTERS) },
      ...more,
    ]);
  }
  private op(memory: boolean): InlineOp {
    const { random } = this;
    const cell = random.pick(this.cells);
    const value = this.source(memory);
    switch (random.below(5)) {
      case 0:
        return { op: random.pick(['add', 'store', 'min', 'max', 'or'] as const), cell, value };
      case 1:
        return { op: 'bit', bitmap: this.array, index: value, shift: random.below(20) };
      case 2:
        return { op: 'histogram', buckets: this.array, value, scale: random.pick(['linear', 'log2'] as const) };
      case 3:
        return { op: 'ring', ring: this.ring, value };
      default:
        return { op: 'record', ring: this.records, values: [value, this.source(memory), 'pc'] };
    }
  }
  private when(memory: boolean): Predicate {
    const { random } = this;
    return {
      left: random.below(2) === 0 ? random.pick(this.cells) : this.source(memory),
      is: random.pick(CONDITIONS),
      right: random.below(2) === 0 ? random.below(1000) : this.source(memory),
      signed: random.below(2) === 0,
    };
  }

  private translate(tb: TbHandle): void {
    const { random } = this;
    for (let n = random.below(3); n > 0; n--) {
      this.deeds.hooks++;
      if (random.below(2) === 0) tb.inline(this.op(false), this.when(false));
      else
        tb.onExec(() => this.act(), {
          ...random.pick<ExecOptions>([
            { batch: true },
            { flags: 'no-regs' },
            { flags: 'r-regs' },
            { flags: 'rw-regs' },
          ]),
          when: this.when(false),
        });
    }
    for (const insn of tb.insns()) if (random.below(4) === 0) this.hook(insn);
  }
  private hook(insn: InsnHandle): void {
    const { random } = this;
    const access = random.pick(['r', 'w', 'rw'] as const);
    this.deeds.hooks++;
    switch (random.below(5)) {
      case 0:
        insn.onExec(() => this.act(), { batch: random.below(2) === 0 });
        break;
      case 1:
        insn.onExec((cpu) => void this.api.readRegister(cpu, 'a0'), { flags: 'r-regs', when: this.when(false) });
        break;
      case 2:
        insn.inline(this.op(false), this.when(false));
        break;
      case 3:
        insn.inlineMem(access, this.op(true), this.when(true));
        break;
      default:
        insn.onMem(access, (_cpu, info) => {
          void info.value;
          this.act();
        });
    }
  }
}
