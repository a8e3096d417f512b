// The judge: takes what both sides say, gives commands and in the end an outcome. A pure state machine: no sockets, no
// clocks, no processes (hub.ts does those). It greets, watches windows go by, and hands a window that differs to
// investigate.ts, whose questions it carries to both sides.

import { must, SEAM_LIMIT } from '../emulator/index.ts';
import type { TrialLog } from './bisect/journal.ts';
import { differenceText, sameState, sameWindow, type WindowMessage } from './differences.ts';
import type { Divergence, LookedBack, Outcome } from './evidence.ts';
import { ProtocolError } from './frame.ts';
import {
  type AtEnd,
  type Capture,
  type Finding,
  type Inquiry,
  investigate,
  investigateEnd,
  type LoadCapture,
  type LookingBack,
  type Wanted,
} from './investigate.ts';
import type { Looked } from './look-back.ts';
import { ObservationRows } from './observation-rows.ts';
import type { Mismatch, Pinned } from './pin.ts';
import { type FromSide, type Hello, PROTOCOL_VERSION, SIDES, type Side, type ToSide } from './protocol.ts';
import type { Asking, Question } from './question.ts';
import { aheadOf, fineWindow } from './window.ts';

export type Command =
  | { readonly kind: 'send'; readonly side: Side; readonly message: ToSide }
  /** Both sides must be started again, recording every block (`stream=blocks`). */
  | { readonly kind: 'restart'; readonly window: number; readonly reason: string; readonly stateDiffered: boolean }
  | { readonly kind: 'finish'; readonly outcome: Outcome };

export interface ComparatorOptions {
  /** Whether a restart can be carried out. */
  readonly restartable: boolean;
  /** Blocks of history to keep before the bad one. */
  readonly history?: number;
  /** What to find out of a divergence beyond the report. */
  readonly wanted?: Wanted;
  readonly capture?: LoadCapture;
  /** Trials made before, and where new ones are kept. */
  readonly trials?: TrialLog;
  /** Instructions whose every block is compared before a divergence, or before the end of a run no longer than that; 0: none. */
  readonly lookBack?: number;
  /** Of a program whose sides leave it out of their greetings. */
  readonly programHash?: () => string;
  /** Carried over from before a restart. */
  readonly notes?: readonly string[];
}

const DEFAULT_HISTORY = 10;
/** A side stops by itself long before: one that does not is broken. */
const AHEAD_LIMIT = 64;

type Answers = { A?: FromSide; B?: FromSide };

/** Why a side cannot take part. */
interface Refusal {
  readonly message: string;
  readonly remedy: string;
}

/** A window that differs, or a run that has agreed to its end, while it is looked at. */
interface Inquest {
  readonly conversation: Generator<Question, Finding | AtEnd, Readonly<Record<Side, FromSide>>>;
  question: Question;
  answers: Answers;
  found(result: Finding | AtEnd): void;
}

/** A look back while it goes on. */
interface LookBackState {
  looked: LookedBack | undefined;
  /** What is known without it; undefined: that both agree. */
  readonly located: Extract<Pinned, { kind: 'diverged' }> | undefined;
  readonly end: (WindowMessage & { t: 'end' }) | undefined;
  stopped: boolean;
}

/** A run while it goes on. */
export interface Progress extends Readonly<Record<Side, { readonly icount: number; readonly windows: number }>> {
  /**
   * 'looking': a window that differs is run again, both sides go no further. 'looking back': what lies before is compared
   * block by block.
   */
  readonly phase: 'starting' | 'watching' | 'looking' | 'looking back';
  /** There while looking back. */
  readonly lookedBack?: LookedBack | undefined;
  /** How far both sides are known to agree. */
  readonly agreed: { readonly windows: number; readonly icount: number };
  /** Windows in which the sides cut blocks differently. */
  readonly skewed: number;
}

/** What to do about a side that has gone. */
const ALONE = 'Start again; lockstep emu --translator … runs that side alone and shows what it says.';

export class Comparator {
  private readonly options: ComparatorOptions;
  private phase: 'greeting' | 'watching' | 'pinning' | 'done' = 'greeting';
  private readonly hellos: { A?: Hello; B?: Hello } = {};
  /** Sides that failed before both were there: the other is heard too, so that what is said does not depend on haste. */
  private readonly refusals: { A?: Refusal; B?: Refusal } = {};
  private readonly queues: Record<Side, WindowMessage[]> = { A: [], B: [] };
  private readonly last: { A?: WindowMessage; B?: WindowMessage } = {};
  private commands: Command[] = [];
  private readonly notes: string[];
  private windows = 0;
  private icount = 0;
  private readonly blocks: Record<Side, number> = { A: 0, B: 0 };
  /** Windows in which the sides cut blocks differently. */
  private skewed = 0;
  private inquest: Inquest | undefined;
  private back: LookBackState | undefined;
  /** A long window that differs and is run again in fine ones. */
  private narrowing: { readonly until: number; readonly windows: Readonly<Record<Side, WindowMessage>> } | undefined;
  /** Sides that have not gone back yet: what they say of windows is out of date. */
  private readonly stale = new Set<Side>();
  /** Both sides have been there, and fit. */
  begun = false;
  /** Nothing is compared: both sides stop by themselves a few windows further on. */
  private held = false;
  private capture: Capture | undefined;
  /** While there is one, code is being loaded for what comes next: nothing may be received. */
  pending: Promise<void> | undefined;

  constructor(options: ComparatorOptions) {
    this.options = options;
    this.notes = [...(options.notes ?? [])];
  }

  /** Where each side is. */
  get progress(): Progress {
    const of = (side: Side) => {
      const last = this.last[side];
      return { icount: last?.icount ?? 0, windows: last ? last.window + 1 : 0 };
    };
    const { phase, agreed, skewed } = this;
    const looking = this.narrowing !== undefined || phase === 'pinning';
    const { back } = this;
    return {
      phase: phase === 'greeting' ? 'starting' : back ? 'looking back' : looking ? 'looking' : 'watching',
      ...{ A: of('A'), B: of('B'), agreed, skewed },
      ...(back && { lookedBack: back.looked }),
    };
  }

  /** How far both sides are known to agree. */
  get agreed(): { readonly windows: number; readonly icount: number } {
    return { windows: this.windows, icount: this.icount };
  }

  /** An instruction count that no side has passed; undefined before both are there. */
  get ahead(): number | undefined {
    const { A } = this.hellos;
    return A && this.phase !== 'greeting' ? aheadOf(A.window, this.icount) : undefined;
  }

  /** A side whose word the comparison waits for. */
  get silent(): Side {
    if (this.phase === 'greeting') return this.hellos.A || this.refusals.A ? 'B' : 'A';
    if (this.inquest) return this.inquest.answers.A ? 'B' : 'A';
    return this.queues.A.length <= this.queues.B.length ? 'A' : 'B';
  }

  receive(side: Side, message: FromSide): Command[] {
    return this.doing(() => {
      try {
        this.take(side, message);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        this.breach(side, `sent ${error.message}`);
      }
    });
  }

  /** A side is gone, or has said nothing for too long. */
  lost(side: Side, reason: string): Command[] {
    return this.doing(() => {
      const { A, B } = this.refusals;
      if (this.phase === 'greeting' && (A || B)) {
        // A side that has said why it fails goes away; and that says more than why the other one did.
        if (!this.refusals[side]) this.refuse();
      } else this.fail(`side ${side}${this.nameOf(side)} ${reason}`, ALONE);
    });
  }

  /** Ends the comparison without a verdict on what lies beyond here. What is known by now is told. */
  giveUp(reason: string): Command[] {
    return this.doing(() => {
      if (this.back) this.endLookBack(reason);
      else this.finish({ ...this.common(), verdict: 'inconclusive', reason });
    });
  }

  /** Looks back no further than it has; what else is wanted is still found out. False when nobody looks back. */
  stopLookingBack(): boolean {
    if (!this.back || this.back.stopped) return false;
    this.back.stopped = true;
    return true;
  }

  /** Holds the run where it is, or lets it go on. A window that is being looked at is looked at to its end. */
  hold(held: boolean): Command[] {
    return this.doing(() => {
      this.held = held;
      this.compare();
    });
  }

  private doing(what: () => void): Command[] {
    if (this.phase !== 'done') what();
    const commands = this.commands;
    this.commands = [];
    return commands;
  }

  // --- messages --------------------------------------------------------------------------------------------------
  private take(side: Side, message: FromSide): void {
    switch (message.t) {
      case 'output':
      case 'recent':
        break;
      case 'failed':
        if (this.phase === 'greeting' && !this.refusals[side]) {
          this.refusals[side] = { message: message.message, remedy: message.remedy };
          this.greeted();
        } else this.fail(`side ${side}${this.nameOf(side)}: ${message.message}`, message.remedy);
        break;
      case 'hello':
        this.takeHello(side, message);
        break;
      case 'narrowed':
        if (!this.stale.delete(side)) this.breach(side, 'went back unasked');
        break;
      case 'summary':
      case 'end':
        this.takeWindow(side, message);
        break;
      default:
        this.takeAnswer(side, message);
    }
  }

  private breach(side: Side, what: string): void {
    this.fail(`side ${side}${this.nameOf(side)} broke the protocol: it ${what}`);
  }

  // --- greeting --------------------------------------------------------------------------------------------------
  private takeHello(side: Side, hello: Hello): void {
    if (this.phase !== 'greeting' || this.hellos[side]) {
      this.breach(side, 'said hello twice');
      return;
    }
    this.hellos[side] = hello;
    this.greeted();
  }

  /** Goes on once both sides are there, or have said why they cannot be. */
  private greeted(): void {
    for (const side of SIDES) if (!this.hellos[side] && !this.refusals[side]) return;
    const { A, B } = this.hellos;
    if (this.refusals.A || this.refusals.B || !A || !B) {
      this.refuse();
      return;
    }
    const wrong = misfit(A, B, this.sameProgram(A, B));
    if (wrong) {
      this.fail(wrong.message, wrong.remedy);
      return;
    }
    this.phase = 'watching';
    this.begun = true;
    for (const to of SIDES) this.send(to, { t: 'welcome', side: to, protocol: PROTOCOL_VERSION, lookBack: this.reach });
    // One of them may have run ahead.
    this.compare();
  }

  /** Where only one side has computed a hash, its file was touched meanwhile: then the other's must be known. */
  private sameProgram(a: Hello, b: Hello): boolean {
    const hashOf = ({ programHash }: Hello) => programHash || this.options.programHash?.();
    return a.programHash === b.programHash || hashOf(a) === hashOf(b);
  }

  /** Ends the run with what the sides say; once, without a side's name, when both say the same. */
  private refuse(): void {
    const { A, B } = this.refusals;
    if (A && B && A.message === B.message) this.fail(A.message, A.remedy);
    else if (A) this.fail(`side A${this.nameOf('A')}: ${A.message}`, A.remedy);
    else if (B) this.fail(`side B${this.nameOf('B')}: ${B.message}`, B.remedy);
  }

  // --- watching --------------------------------------------------------------------------------------------------
  private takeWindow(side: Side, message: WindowMessage): void {
    if (!this.hellos[side]) {
      this.breach(side, 'sent a window before it said hello');
      return;
    }
    // A side that had run ahead when the pin came: it sends these windows again, should it ever go on.
    if (this.phase === 'pinning' && this.hellos[side]?.stream === 'windows') return;
    if (this.stale.has(side)) return;
    const queue = this.queues[side];
    const before = queue.at(-1);
    if (before?.t === 'end') this.breach(side, 'went on after its end');
    else if (queue.length >= AHEAD_LIMIT) this.breach(side, 'ran too far ahead');
    else if (message.window !== (before ? before.window + 1 : this.windows))
      this.breach(side, `sent window ${message.window} out of order`);
    else {
      this.last[side] = message;
      queue.push(message);
      this.compare();
    }
  }

  private compare(): void {
    const { A, B } = this.queues;
    while (this.phase === 'watching' && !this.held && A.length > 0 && B.length > 0) {
      const a = A[0]!;
      const b = B[0]!;
      if (!sameWindow(a, b)) {
        // Once: a side that overshoots the ends of windows sends long ones however it is asked.
        if (!this.narrowing && this.isLong(Math.max(a.icount, b.icount))) this.narrow(a, b);
        else this.startPinning(a, b);
        return;
      }
      A.shift();
      B.shift();
      const { narrowing } = this;
      if (narrowing && (a.t === 'end' || a.icount >= narrowing.until)) {
        this.narrowing = undefined;
        const { A: first, B: second } = narrowing.windows;
        const what = differenceText(first, second);
        this.unreproduced(narrowing.windows, `window ${first.window} differed (${what}), but its replay agrees`);
        return;
      }
      if (!this.agree(a, b)) for (const side of SIDES) this.send(side, { t: 'ack', window: a.window });
    }
  }

  /** Both sides agree up to the end of this window. True when that was the end of the run. */
  private agree(a: WindowMessage, b: WindowMessage): boolean {
    this.windows = a.window + 1;
    this.icount = a.icount;
    this.blocks.A += a.blocks;
    this.blocks.B += b.blocks;
    if (a.blocks !== b.blocks) this.skewed++;
    if (a.t !== 'end') return false;
    if (this.reach > 0 && a.icount <= this.reach) this.lookBackFrom(a);
    else this.finish({ ...this.common(), verdict: 'same', end: a.end });
    return true;
  }

  /** Instructions a look back may go back here. */
  private get reach(): number {
    return this.hellos.A?.stream === 'windows' ? (this.options.lookBack ?? 0) : 0;
  }

  // --- narrowing -------------------------------------------------------------------------------------------------
  private isLong(end: number): boolean {
    const { A } = this.hellos;
    return A?.stream === 'windows' && end - this.icount > fineWindow(A.window) + SEAM_LIMIT;
  }

  private narrow(a: WindowMessage, b: WindowMessage): void {
    const until = Math.max(a.icount, b.icount);
    this.narrowing = { until, windows: { A: a, B: b } };
    for (const side of SIDES) {
      this.queues[side].length = 0;
      this.stale.add(side);
      this.send(side, { t: 'narrow', window: a.window, until });
    }
  }

  // --- looking closely -------------------------------------------------------------------------------------------
  private startPinning(a: WindowMessage, b: WindowMessage): void {
    this.narrowing = undefined;
    for (const side of SIDES) if (this.hellos[side]?.stream === 'windows') this.queues[side].length = 0;
    const mismatch: Mismatch = {
      windows: { A: a, B: b },
      start: this.icount,
      blocksBefore: { ...this.blocks },
      rows: { A: new ObservationRows(), B: new ObservationRows() },
      history: this.history,
    };
    const looking = this.reach > 0 ? this.lookingBack(undefined) : undefined;
    this.loadCapture();
    this.begin(investigate(mismatch, { ...this.inquiry, looking }), (result) => this.pinned(mismatch, result));
  }

  private captureOf(divergence: Divergence): Asking<void> {
    must(this.capture, 'a capture before it is loaded');
    return this.capture(divergence);
  }

  /** While both sides run the window again there is time for it. */
  private loadCapture(): void {
    const { capture: load } = this.options;
    if (!load || this.capture || this.pending) return;
    const loaded = load();
    if (!(loaded instanceof Promise)) {
      this.capture = loaded;
      return;
    }
    this.pending = loaded.then((capture) => {
      this.capture = capture;
      this.pending = undefined;
    });
  }

  /** Both sides have agreed to the end: whether they did all the way. */
  private lookBackFrom(end: WindowMessage & { t: 'end' }): void {
    const conversation = investigateEnd(end.icount, this.history, this.lookingBack(end), this.inquiry);
    this.begin(conversation, (result) => {
      this.back = undefined;
      if (result.kind === 'diverged') this.diverged(result);
      else if (result.kind === 'agreed') this.sameToTheEnd(end, result.looked);
    });
  }

  private get history(): number {
    return this.options.history ?? DEFAULT_HISTORY;
  }
  private get inquiry(): Inquiry {
    const { wanted, trials } = this.options;
    return { wanted, capture: this.options.capture && ((divergence) => this.captureOf(divergence)), trials };
  }

  private lookingBack(end: LookBackState['end']): LookingBack {
    const stopped = () => this.back?.stopped === true;
    return {
      limit: this.reach,
      get stopped() {
        return stopped();
      },
      located: (located) => {
        this.back = { located, end, looked: undefined, stopped: false };
      },
      progress: (looked) => {
        if (this.back) this.back.looked = looked;
      },
      differs: () => {
        // Then it is no longer known that both agree.
        if (this.back?.end) this.back = undefined;
        this.loadCapture();
      },
      over: () => {
        this.back = undefined;
      },
    };
  }

  /** A look back ends before it is done: what is known without it is told. */
  private endLookBack(reason: string): void {
    const { located, end, looked } = this.back!;
    this.back = undefined;
    this.inquest = undefined;
    this.notes.push(`looking back was cut short: ${reason}`);
    const common = { ...this.common(), lookedBack: looked };
    if (located) {
      common.notes.push(...located.notes);
      this.finish({ ...common, verdict: 'diverged', divergence: located.divergence, later: located.visible });
    } else if (end) this.finish({ ...common, verdict: 'same', end: end.end });
  }

  private begin(conversation: Inquest['conversation'], found: Inquest['found']): void {
    this.phase = 'pinning';
    const opening = conversation.next();
    if (opening.done) {
      found(opening.value);
      return;
    }
    this.inquest = { conversation, question: opening.value, answers: {}, found };
    this.askBoth(opening.value);
  }

  private askBoth(question: Question): void {
    for (const side of SIDES) this.send(side, question.message);
  }

  private takeAnswer(side: Side, message: FromSide): void {
    const { inquest } = this;
    if (!inquest || inquest.answers[side]) {
      this.breach(side, `sent ${message.t} unasked`);
    } else if (message.t === 'observations' && inquest.question.rows) {
      inquest.question.rows[side].add(message.rows);
    } else if (message.t !== inquest.question.expect) {
      this.breach(side, `answered ${message.t} where ${inquest.question.expect} was asked for`);
    } else {
      inquest.answers[side] = message;
      const { A, B } = inquest.answers;
      if (A && B) this.goOn(inquest, { A, B });
    }
  }

  private goOn(inquest: Inquest, answers: Readonly<Record<Side, FromSide>>): void {
    const step = inquest.conversation.next(answers);
    if (!step.done) {
      inquest.question = step.value;
      inquest.answers = {};
      this.askBoth(step.value);
      return;
    }
    this.inquest = undefined;
    inquest.found(step.value);
  }

  private pinned(mismatch: Mismatch, result: Finding | AtEnd): void {
    const { A: a, B: b } = mismatch.windows;
    if (result.kind === 'diverged') this.diverged(result);
    else if (result.kind === 'skew') this.skew(a, b);
    else if (result.kind === 'unreproduced') this.unreproduced(mismatch.windows, result.reason);
  }

  private diverged({ kind: _, notes, visible: __, ...found }: Extract<Finding, { kind: 'diverged' }>): void {
    this.notes.push(...notes);
    this.finish({ ...this.common(), verdict: 'diverged', ...found });
  }

  /** To the end, and block by block as far as `looked` says. */
  private sameToTheEnd(end: WindowMessage & { t: 'end' }, { looked, unexplained }: Looked): void {
    const common = { ...this.common(), lookedBack: looked };
    if (unexplained) this.finish({ ...common, verdict: 'inconclusive', reason: unexplained });
    else this.finish({ ...common, verdict: 'same', end: end.end });
  }

  /** What differed agrees when it is looked at again. */
  private unreproduced({ A: a, B: b }: Mismatch['windows'], reason: string): void {
    if (this.options.restartable && this.hellos.A?.stream === 'windows') {
      this.phase = 'done';
      this.commands.push({ kind: 'restart', window: a.window, reason, stateDiffered: !sameState(a, b) });
    } else {
      const where = `instructions ${this.icount} to ${Math.max(a.icount, b.icount)}`;
      this.finish({ ...this.common(), verdict: 'inconclusive', reason: `${reason}: ${where}` });
    }
  }

  /** Only the cuts differ: no divergence. Both go on from the end of the window. */
  private skew(a: WindowMessage, b: WindowMessage): void {
    if (a.blocks === b.blocks) this.skewed++;
    this.phase = 'watching';
    if (this.agree(a, b)) return;
    for (const side of SIDES) {
      const queue = this.queues[side];
      if (queue[0]?.window === a.window) queue.shift();
      this.send(side, { t: 'resume', window: a.window });
    }
    this.compare();
  }

  // --- endings ---------------------------------------------------------------------------------------------------
  private common() {
    const describe = (side: Side) => ({
      translator: this.hellos[side]?.translator ?? '',
      blocks: this.blocks[side],
    });
    const hello = this.hellos.A ?? this.hellos.B;
    return {
      isa: hello?.isa ?? '',
      program: hello?.program ?? '',
      programHash: hello?.programHash ?? '',
      window: hello?.window ?? 0,
      windows: this.windows,
      icount: this.icount,
      skewed: this.skewed,
      sides: { A: describe('A'), B: describe('B') },
      notes: [...this.notes],
    };
  }

  private fail(message: string, remedy = ''): void {
    // What has been found is worth more than what went wrong afterwards.
    if (this.back) {
      this.endLookBack(message);
      return;
    }
    this.finish({ ...this.common(), verdict: 'failed', message, remedy });
  }

  private finish(outcome: Outcome): void {
    this.phase = 'done';
    this.commands.push({ kind: 'finish', outcome });
  }

  private nameOf(side: Side): string {
    const name = this.hellos[side]?.translator;
    return name ? ` (${name})` : '';
  }

  private send(side: Side, message: ToSide): void {
    this.commands.push({ kind: 'send', side, message });
  }
}

/** Why two peers cannot be compared. */
function misfit(a: Hello, b: Hello, sameProgram: boolean): Refusal | undefined {
  for (const hello of [a, b])
    if (hello.protocol !== PROTOCOL_VERSION)
      return {
        message: `a peer speaks protocol ${hello.protocol}, this is protocol ${PROTOCOL_VERSION}`,
        remedy: 'Start both peers with the same version of lockstep.',
      };
  const machine = (hello: Hello) => (hello.system ? 'virt' : 'user');
  const same: readonly (readonly [what: string, ofA: unknown, ofB: unknown, remedy: string])[] = [
    ['instruction sets', a.isa, b.isa, 'Both sides must run the same guest.'],
    ['kinds of machine', machine(a), machine(b), 'Start both with the same --machine.'],
    ['windows', a.window, b.window, 'Give both the same window=N.'],
    ['streams', a.stream, b.stream, 'Give both the same stream=.'],
    ['memory sizes', a.setup.memoryBytes, b.setup.memoryBytes, 'Give both the same -m.'],
    ['seeds', a.setup.seed, b.setup.seed, 'Give both the same --seed.'],
    ['instruction limits', a.setup.maxInsns, b.setup.maxInsns, 'Give both the same --max-insns.'],
  ];
  // A board's guest sees none of these.
  const ofProcess: typeof same = [
    ['arguments', a.setup.args, b.setup.args, 'Write the program and its arguments alike on both sides.'],
    ['environments', a.setup.env, b.setup.env, 'Give both the same --env.'],
    ['working directories', a.setup.cwd, b.setup.cwd, 'Start both in the same directory.'],
  ];
  if (!sameProgram)
    return {
      message: `the two sides run different programs: ${a.program} and ${b.program}`,
      remedy: 'Give both the same file.',
    };
  for (const [what, ofA, ofB, remedy] of a.system ? same : [...same, ...ofProcess]) {
    const [left, right] = [plain(ofA), plain(ofB)];
    if (left !== right)
      return { message: `the two sides have different ${what}: ${shortened(left)} and ${shortened(right)}`, remedy };
  }
  return undefined;
}

function plain(value: unknown): string {
  return value === null ? 'the default' : typeof value === 'object' ? JSON.stringify(value) : String(value);
}

const SHOWN = 200;

function shortened(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
