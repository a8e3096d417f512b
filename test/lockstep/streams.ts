// Hand-made sides for the comparator's tests: a guest is a list of blocks, a side is such a list with mistakes in it,
// cut as one likes. Answers every question the comparator asks.

import type { BlockObservation } from '../../emulator/index.ts';
import { type Command, Comparator, type ComparatorOptions } from '../../lockstep/comparator.ts';
import type { Outcome } from '../../lockstep/evidence.ts';
import { packObservations, packProbes } from '../../lockstep/observation-rows.ts';
import { type End, type FromSide, PROTOCOL_VERSION, SIDES, type Side, type Summary } from '../../lockstep/protocol.ts';

/** What one side did, by instruction: the state after `icount` instructions. */
export interface FakeGuest {
  readonly length: number;
  /** Boundaries of blocks, ascending, from 0. */
  readonly cuts: readonly number[];
  pc(icount: number): number;
  /** A register's value. */
  a0(icount: number): bigint;
  /** One doubleword of memory, at 0x2000. */
  word(icount: number): bigint;
  readonly exit?: { readonly kind: 'exit'; readonly code: number };
  /** A system call at this instruction count. */
  readonly event?: { readonly icount: number; readonly detail: bigint };
  /** The window in which the path digest is another, for no reason that a replay shows. */
  readonly pathNoise?: number;
  /** What observations say instead of `word`: they do not see what a platform writes. */
  observedWord?(icount: number): bigint;
  /** What observations say instead of `a0`: they do not see the registers of a vCPU that has just had its turn. */
  observedA0?(icount: number): bigint;
  /** It cannot be sent further back than here. */
  readonly reaches?: number;
  /** What a replay shows instead. */
  readonly replay?: FakeGuest;
}

export const SETUP = { args: ['guest.elf', 'x'], env: [], cwd: '/', memoryBytes: null, seed: null, maxInsns: null };
export const WINDOW = 100;
export const BASE = 0x10000;

export function guest(changes: Partial<FakeGuest> = {}): FakeGuest {
  return {
    length: 350,
    cuts: Array.from({ length: 35 }, (_, i) => i * 10),
    pc: (icount) => BASE + 4 * (icount % 50),
    a0: (icount) => BigInt(icount),
    word: (icount) => BigInt(Math.floor(icount / 100)),
    ...changes,
  };
}

function digest(g: FakeGuest, icount: number): bigint {
  return BigInt.asUintN(64, g.a0(icount) * 0x9e3779b97f4a7c15n + g.word(icount) * 31n);
}

function eventsIn(g: FakeGuest, from: number, to: number) {
  const event = g.event;
  if (!event || event.icount <= from || event.icount > to) return [];
  return [{ icount: event.icount, cpu: 0, kind: 'syscall', detail: [event.detail], text: `call ${event.detail}` }];
}

function stretch(g: FakeGuest, index: number, from: number, to: number): Summary {
  let path = g.pathNoise === index ? 8n : 7n;
  for (let i = from; i < to; i++)
    if (g.pc(i + 1) !== g.pc(i) + 4) path = BigInt.asUintN(64, path * 31n + BigInt(g.pc(i + 1)));
  const [event] = eventsIn(g, from, to);
  return {
    t: 'summary',
    window: index,
    icount: to,
    blocks: g.cuts.filter((cut) => cut >= from && cut < to).length,
    path,
    states: 0n,
    places: 0n,
    entries: 0n,
    state: BigInt.asUintN(64, g.a0(to) * 3n + BigInt(g.pc(to))),
    memory: g.word(to),
    events: event ? BigInt(event.icount) * 1000n + event.detail[0]! : 0n,
  };
}

function window(g: FakeGuest, index: number): Summary | End {
  const to = Math.min((index + 1) * WINDOW, g.length);
  const summary = stretch(g, index, index * WINDOW, to);
  if (to < g.length || g.length % WINDOW === 0 ? to < g.length : false) return summary;
  return { ...summary, t: 'end', end: { kind: g.exit?.kind ?? 'exit', code: g.exit?.code ?? 0, reason: null } };
}

/** The same, with every block observed. */
function observed(g: FakeGuest, index: number, from: number, to: number): Summary {
  const cuts = g.cuts.filter((cut) => cut >= from && cut < to);
  const sum = (values: readonly bigint[]) =>
    BigInt.asUintN(
      64,
      values.reduce((all, value) => all * 31n + value, 7n),
    );
  const places = sum(cuts.map(BigInt));
  return { ...stretch(g, index, from, to), places, entries: sum(cuts.map((cut) => digest(g, cut))) };
}

class FakeSide {
  readonly guest: FakeGuest;
  next = 0;
  ended = false;
  pinned = 0;
  /** The last stretch of a look back. */
  from = 0;
  to = 0;
  constructor(g: FakeGuest) {
    this.guest = g;
  }

  hello(translator: string, changes: object = {}): FromSide {
    return {
      t: 'hello',
      protocol: PROTOCOL_VERSION,
      isa: 'riscv64',
      system: false,
      translator,
      program: 'guest.elf',
      programHash: 'ab',
      setup: SETUP,
      window: WINDOW,
      stream: 'windows',
      ...changes,
    } as FromSide;
  }

  run(): FromSide[] {
    if (this.ended) return [];
    const message = window(this.guest, this.next++);
    this.ended = message.t === 'end';
    return [message];
  }

  private replayed(from: number, first: Summary | End, again: Summary | End): FromSide[] {
    const g = this.guest.replay ?? this.guest;
    const rows: Omit<BlockObservation, 'size'>[] = g.cuts
      .filter((cut) => cut >= from && cut < again.icount)
      .map((icount, i, all) => ({
        icount,
        pc: g.pc(icount),
        insns: (all[i + 1] ?? again.icount) - icount,
        cpu: 0,
        digest: digest({ ...g, word: g.observedWord ?? g.word, a0: g.observedA0 ?? g.a0 }, icount),
      }));
    return [
      { t: 'observations', rows: packObservations(rows) },
      {
        t: 'replayed',
        icount: again.icount,
        pc: g.pc(again.icount),
        state: again.state,
        memory: again.memory,
        reproduced: first.state === again.state && first.memory === again.memory,
        events: eventsIn(g, from, again.icount),
      },
    ];
  }

  answer(message: Extract<Command, { kind: 'send' }>['message']): FromSide[] {
    const g = this.guest.replay ?? this.guest;
    switch (message.t) {
      case 'pin': {
        this.pinned = message.window;
        return this.replayed(message.window * WINDOW, window(this.guest, message.window), window(g, message.window));
      }
      case 'reach':
        return [{ t: 'reaches', icount: Math.max(message.icount, this.guest.reaches ?? 0) }];
      case 'go-back':
        this.to = message.icount;
        return [{ t: 'went-back', icount: this.to, blocks: g.cuts.filter((cut) => cut < this.to).length }];
      case 'look':
        this.from = this.to;
        // Short ones, so that there are several.
        this.to = Math.min(message.icount, this.from + WINDOW / 2);
        return [{ ...observed(g, 0, this.from, this.to), t: 'looked' }];
      case 'pin-looked': {
        const looked = observed(g, 0, this.from, this.to);
        return this.replayed(this.from, looked, looked);
      }
      case 'return':
        return [{ t: 'returned' }];
      case 'probe': {
        const rows = Array.from({ length: message.count }, (_, i) => ({
          pc: g.pc(message.entry + i),
          state: BigInt.asUintN(64, g.a0(message.entry + i + 1) * 3n + BigInt(g.pc(message.entry + i + 1))),
          memory: g.word(message.entry + i + 1),
        }));
        return [{ t: 'probes', rows: packProbes(rows) }];
      }
      case 'measure': {
        const rows = message.icounts.map((icount) => ({
          pc: g.pc(icount),
          state: digest(g, icount),
          memory: g.word(icount),
        }));
        return [{ t: 'measured', rows: packProbes(rows) }];
      }
      case 'read-registers':
        return [{ t: 'registers', at: message.icounts.map((icount) => [BigInt(g.pc(icount)), g.a0(icount)]) }];
      case 'inspect':
        return [
          {
            t: 'details',
            entryPc: g.pc(message.entry),
            afterPc: g.pc(message.after),
            registers: [
              { name: 'pc', cpu: 0, entry: BigInt(g.pc(message.entry)), after: BigInt(g.pc(message.after)) },
              { name: 'a0', cpu: 0, entry: g.a0(message.entry), after: g.a0(message.after) },
            ],
            pages: [{ address: 0x2000, digest: g.word(message.after) }],
            block: null,
            events: [],
          },
        ];
      case 'read-pages':
        return [
          {
            t: 'pages',
            pages: message.addresses.map((address) => {
              const bytes = new Uint8Array(4096);
              new DataView(bytes.buffer).setBigUint64(8, g.word(g.length), true);
              return { address, bytes };
            }),
          },
        ];
      case 'read-names':
        return [{ t: 'names', names: message.addresses.map((address) => (address === BASE ? 'main' : null)) }];
      case 'resume':
        this.next = message.window + 1;
        return [];
      default:
        return [];
    }
  }
}

export interface Played {
  readonly outcome: Outcome | undefined;
  readonly restart: { window: number; reason: string; stateDiffered: boolean } | undefined;
  readonly acks: number;
  readonly resumes: number;
  /** Stretches looked back at, by both sides. */
  readonly looks: number;
}

export interface PlayOptions extends ComparatorOptions {
  /** Called before each message of a side is heard; may give commands of its own. */
  before?(comparator: Comparator, message: FromSide): Command[] | undefined;
}

/** Plays two guests against a comparator; messages of A and B alternate as `order` says (a run of sides). */
export function play(a: FakeGuest, b: FakeGuest, options: PlayOptions = { restartable: false }): Played {
  const comparator = new Comparator(options);
  const sides = { A: new FakeSide(a), B: new FakeSide(b) };
  let outcome: Outcome | undefined;
  let restart: Played['restart'];
  let acks = 0;
  let resumes = 0;
  let looks = 0;
  const inbox: [Side, FromSide][] = SIDES.map((side) => [side, sides[side].hello(`translator-${side}`)]);
  for (let steps = 0; steps < 1000 && !outcome && !restart; steps++) {
    const next = inbox.shift();
    if (!next) {
      for (const side of SIDES) for (const message of sides[side].run()) inbox.push([side, message]);
      if (inbox.length === 0) break;
      continue;
    }
    for (const command of options.before?.(comparator, next[1]) ?? comparator.receive(...next)) {
      if (command.kind === 'finish') outcome = command.outcome;
      else if (command.kind === 'restart') restart = command;
      else {
        if (command.message.t === 'ack') acks++;
        if (command.message.t === 'resume') resumes++;
        if (command.message.t === 'look') looks++;
        for (const reply of sides[command.side].answer(command.message)) inbox.push([command.side, reply]);
        if (command.message.t === 'resume') sides[command.side].ended = false;
      }
    }
  }
  return { outcome, restart, acks, resumes, looks };
}
