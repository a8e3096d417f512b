// The observer: makes a machine one side of a lockstep run. Translated code keeps a digest of the path (path.ts); at
// the end of each window a summary goes to the comparator and a checkpoint is kept until both sides have agreed. On the
// comparator's word it goes back and looks closely (replay.ts). It runs at most AHEAD windows in front of the last agreed
// one. What a replay writes is muted: it was written before.

import type { MachineControl, PluginApi, PluginArgs } from '../emulator/index.ts';
import { loadWasmText, must, SEAM_LIMIT, UsageError } from '../emulator/index.ts';
import type { ChangeRecorder } from './bisect/recorder.ts';
import type { Channel } from './channel.ts';
import { explain } from './engine-error.ts';
import { Path } from './path.ts';
import {
  type EndOfGuest,
  type FromSide,
  type Hello,
  PROTOCOL_VERSION,
  type Setup,
  type Side,
  type Summary,
  type ToSide,
} from './protocol.ts';
import { lastEvents, Replay, recordWindow, type Visitor, type WindowRecord } from './replay.ts';
import type { SidePlugins } from './side-plugins.ts';
import { type Kept, thinOut, Walk } from './walk.ts';
import { AHEAD, fineWindow, windowAt } from './window.ts';

/** Digests of a window of which no blocks are recorded. */
const UNRECORDED = { transfers: 0n, places: 0n, entries: 0n };
/** Events of a window that are told of while the run goes on. */
const RECENT = 8;

export type Verdict = Extract<ToSide, { t: 'verdict' }>;
export type SideChannel = Channel<ToSide, FromSide>;

/** What the observer cannot learn from the plugin API. */
export interface ObserverContext {
  readonly translator: string;
  readonly program: string;
  readonly programHash: string;
  readonly setup: Setup;
  /** Somebody watches the guest's latest events. */
  readonly recent?: boolean;
  /** What the machine was started to record of its changes. */
  readonly recorder?: ChangeRecorder;
  /** Where plugins may come and go while the side is compared. */
  readonly plugins?: SidePlugins;
  /** The comparator is there, and takes windows while it waits for the other side. */
  readonly eager?: boolean;
  /** Makes the connection; called once, when the plugin is installed. */
  connect(args: PluginArgs): Promise<SideChannel>;
  /**
   * The run is over, whatever the machine was at: it will not go on. Called once; `verdict` is undefined when the
   * comparator went away without one.
   */
  finished(verdict: Verdict | undefined, lost: Error | undefined): void;
}

export class ObserverRun {
  private readonly api: PluginApi;
  private readonly machine: MachineControl;
  private readonly context: ObserverContext;
  private readonly channel: SideChannel;
  private readonly window: number;
  /** Up to here windows are fine ones. */
  private fineUntil = 0;
  private readonly stream: Hello['stream'];
  private readonly path: Path;
  /** stream=blocks: where blocks end, by vCPU (Observations.digest). */
  private readonly ends: number[] = [];
  private readonly inbox: ToSide[] = [];
  /** Checkpoints from the last agreed window end on, and older ones for a look back, ascending. */
  private kept: Kept[] = [];
  private readonly summaries = new Map<number, Summary | Extract<FromSide, { t: 'end' }>>();
  /** stream=blocks: what a replay would send, of windows not yet agreed. */
  private readonly recorded = new Map<number, WindowRecord>();
  private wake: (() => void) | undefined;
  private welcomed: (() => void) | undefined;
  private refused: ((error: Error) => void) | undefined;
  private agreed = -1;
  private current = -1;
  private observing: boolean;
  private replay: Replay | undefined;
  /** A look back, while it goes on or when it was the last thing asked for. */
  private walk: Walk | undefined;
  /** Instructions that it may go back. */
  private lookBack = 0;
  private visitor: Visitor | undefined;
  private side: Side = 'A';
  private mutedUntil = -1;
  private done = false;
  private over = false;
  /** Where the machine's own run ended. */
  private lastIcount = 0;
  totalBlocks = 0;

  constructor(api: PluginApi, context: ObserverContext, channel: SideChannel, window: number, stream: Hello['stream']) {
    this.api = api;
    this.machine = api.machine;
    this.context = context;
    this.channel = channel;
    this.window = window;
    this.stream = stream;
    this.observing = stream === 'blocks';
    this.path = new Path(api);
  }

  get muted(): boolean {
    return this.machine.icount <= this.mutedUntil;
  }

  /** Says hello, waits for the comparator's welcome unless it is eager, hooks into the machine. */
  async greet(): Promise<void> {
    const { api, channel, context } = this;
    channel.listen(
      (message) => this.receive(message),
      (reason) => this.lost(reason),
    );
    channel.send({
      t: 'hello',
      protocol: PROTOCOL_VERSION,
      isa: this.machine.isa.name,
      system: api.info.system,
      translator: context.translator,
      program: context.program,
      programHash: context.programHash,
      setup: context.setup,
      window: this.window,
      stream: this.stream,
    });
    if (!context.eager) await this.welcome();
    this.keep(-1, 0, 0);
    this.hook();
    this.setWindow();
    api.onAtexit(() => this.guestEnded());
  }

  private async welcome(): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        this.welcomed = resolve;
        this.refused = reject;
      });
    } finally {
      this.welcomed = undefined;
      this.refused = undefined;
    }
  }

  /** What translated code and vCPUs tell. The engine drops it all at the guest's end: a replay then hooks in again. */
  private hook(): void {
    this.api.onTbTrans(
      (tb) => {
        this.path.attach(tb, this.observing);
        if (this.observing) tb.observe();
        if (this.visitor) tb.onExec(() => this.visited(), 'r-regs');
        // Whatever else is attached is so after a flush.
      },
      undefined,
      this.observing ? undefined : 'path',
    );
  }

  /** Length of the window that the instruction after `icount` belongs to. */
  private size(icount: number): number {
    return icount < this.fineUntil ? fineWindow(this.window) : windowAt(this.window, icount);
  }
  private setWindow(): void {
    this.api.onWindow(this.size(this.machine.icount), (icount) => this.windowEnded(icount), 'seam');
  }

  private visited(): void {
    const at = this.machine.observations.drain().at(-1);
    if (at) this.visitor?.(at);
  }

  // --- running ---------------------------------------------------------------------------------------------------
  private async windowEnded(icount: number): Promise<void> {
    try {
      if (!this.done) this.summarise(this.current + 1, icount, undefined);
      await this.settle();
      if (!this.done) await this.changePlugins();
      this.setWindow();
    } catch (error) {
      this.fail(error);
    }
    // The run ends here: no run is in progress that stop() could end, and nothing may run after the verdict.
    if (this.done) await new Promise<never>(() => {});
  }

  private async changePlugins(): Promise<void> {
    const { plugins } = this.context;
    const { icount } = this.machine;
    if (icount >= this.mutedUntil) plugins?.wake();
    await plugins?.serve(icount);
  }

  private guestEnded(): void {
    if (this.done) return;
    this.over = true;
    this.context.plugins?.flush();
    void this.context.plugins?.refuse(this.machine.icount);
    this.hook();
    const { machine } = this;
    this.lastIcount = machine.icount;
    const ended = machine.ended;
    const end: EndOfGuest =
      ended?.kind === 'exit'
        ? { kind: 'exit', code: ended.code, reason: ended.reason ?? null }
        : ended?.kind === 'stuck'
          ? { kind: 'stuck', code: null, reason: ended.reason }
          : { kind: ended?.kind ?? 'limit', code: null, reason: null };
    this.summarise(this.current + 1, machine.icount, end);
    this.pump();
  }

  private summarise(window: number, icount: number, end: EndOfGuest | undefined): void {
    const { machine } = this;
    const { blocks, path } = this.path.take();
    this.totalBlocks += blocks;
    const records = this.stream === 'blocks' ? machine.observations.digest(this.ends) : UNRECORDED;
    const fields = {
      window,
      icount,
      blocks,
      path,
      states: records.transfers,
      places: records.places,
      entries: records.entries,
      state: machine.stateDigest(),
      memory: machine.memoryDigest(),
      events: machine.eventDigest(),
    };
    const summary: Summary | Extract<FromSide, { t: 'end' }> = end
      ? { t: 'end', ...fields, end }
      : { t: 'summary', ...fields };
    if (this.stream === 'blocks') {
      this.recorded.set(window, recordWindow(machine, machine.observations.drain()));
    }
    this.summaries.set(window, summary);
    this.current = window;
    if (this.context.recent) this.tellRecent();
    this.channel.send(summary);
    if (!end) this.keep(window, icount, blocks);
  }

  private tellRecent(): void {
    if (this.muted) return;
    const events = lastEvents(this.machine, RECENT);
    if (events.length > 0) this.channel.send({ t: 'recent', events });
  }

  /** `blocks` since the checkpoint before. */
  private keep(window: number, icount: number, blocks: number): void {
    const before = this.kept.at(-1)?.blocks ?? 0;
    this.kept.push({ window, icount, blocks: before + blocks, checkpoint: this.machine.checkpoint() });
  }

  /** At the end of a window: lets messages in, and waits while too far ahead or while the comparator has questions. */
  private async settle(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.pump();
    while (!this.done && (this.replay || this.walk || this.current - this.agreed > AHEAD)) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      this.pump();
    }
    await this.channel.drained();
  }

  // --- the comparator's commands ---------------------------------------------------------------------------------
  private receive(message: ToSide): void {
    if (message.t === 'welcome') {
      this.side = message.side;
      this.lookBack = message.lookBack;
      this.welcomed?.();
      return;
    }
    if (message.t === 'verdict') {
      if (this.done) return;
      this.done = true;
      if (!this.over) this.context.plugins?.end();
      this.channel.close();
      if (this.refused) this.refused(new UsageError(message.report));
      else this.context.finished(message, undefined);
      this.wake?.();
      return;
    }
    this.inbox.push(message);
    // After its end the machine waits for nothing but questions; before, it is asked at the ends of windows.
    if (this.over) setImmediate(() => this.pump());
    else this.wake?.();
  }

  private lost(reason: Error | undefined): void {
    if (this.done) return;
    this.done = true;
    const error = reason ?? new Error('it has closed the connection');
    if (this.refused)
      this.refused(
        new UsageError(
          `no lockstep peer has answered: ${error.message}`,
          'Is it a peer of this version, at a socket of its own?',
        ),
      );
    else this.context.finished(undefined, error);
    this.wake?.();
  }

  private pump(): void {
    for (let message = this.inbox.shift(); message && !this.done; message = this.inbox.shift()) {
      try {
        this.obey(message);
      } catch (error) {
        this.fail(error);
      }
    }
  }

  /** Tells the comparator, which ends the run for both sides. */
  private fail(error: unknown): void {
    this.channel.send({ t: 'failed', ...explain(error) });
  }

  private obey(message: ToSide): void {
    switch (message.t) {
      case 'ack':
        this.acknowledged(message.window);
        return;
      case 'narrow':
        this.narrow(message.window, message.until);
        return;
      case 'pin':
        this.pin(message.window);
        return;
      case 'resume':
        this.resume(message.window);
        return;
      case 'reach':
        this.channel.send({ t: 'reaches', icount: this.reach(message.icount) });
        return;
      case 'go-back':
        this.goBack(message.icount, message.latest);
        return;
      case 'look':
        this.channel.send({ ...this.walking().look(message.icount, message.latest), t: 'looked' });
        return;
      case 'pin-looked':
        this.pinLooked();
        return;
      case 'return':
        this.returnTo(message.icount, message.window);
        return;
      case 'measure':
        this.asked().measure(message.icounts, message.how);
        return;
      case 'read-registers':
        this.asked().readRegisters(message.entry, message.icounts);
        return;
      case 'probe':
        this.asked().probe(message.entry, message.count, message.cpu);
        return;
      case 'inspect':
        this.asked().inspect(message.entry, message.after, message.cpu, message.how);
        return;
      case 'read-pages':
        this.asked().readPages(message.addresses);
        return;
      case 'read-names':
        this.asked().readNames(message.addresses);
        return;
      case 'read-insns':
        this.asked().readInsns(message.icount, message.addresses);
        return;
      case 'change-plugins':
        this.context.plugins?.ask(message);
        if (this.over) void this.context.plugins?.refuse(this.machine.icount);
        return;
      case 'list-changes': {
        const { recorder } = this.context;
        this.channel.send({ t: 'changes', changes: recorder?.changes ?? [], complete: recorder?.complete ?? true });
        return;
      }
      case 'trace':
        this.asked().trace(message[this.side]);
        return;
      case 'peek':
        this.asked().peek(message.icount, message.addresses);
        return;
      case 'describe':
        this.describe(message[this.side]);
        return;
      case 'trial':
        this.asked().trial(message[this.side], message.after, message.how);
        return;
    }
  }

  /** Wasm needs a printer, which is loaded when first asked for. */
  private describe(pcs: readonly number[]): void {
    const replay = this.asked();
    loadWasmText().then(
      (wasmText) => replay.describeBlocks(pcs, wasmText),
      (error) => this.fail(error),
    );
  }

  private asked(): Replay {
    must(this.replay, 'the comparator asks about a window that it has not pinned');
    return this.replay;
  }

  private acknowledged(window: number): void {
    if (window <= this.agreed) return;
    this.agreed = window;
    for (const at of [...this.summaries.keys()]) if (at <= window) this.summaries.delete(at);
    for (const at of [...this.recorded.keys()]) if (at <= window) this.recorded.delete(at);
    const agreed = this.kept.filter((kept) => kept.window <= window);
    const later = this.kept.slice(agreed.length);
    this.kept = [...thinOut(agreed, this.lookBack, this.machine), ...later];
  }

  private narrow(window: number, until: number): void {
    const base = this.kept.find((kept) => kept.window === window - 1);
    must(base, `window ${window} is to be narrowed but its start is gone`);
    this.mutedUntil = Math.max(this.mutedUntil, this.machine.icount);
    this.context.plugins?.sleep();
    this.machine.rollback(base.checkpoint);
    // Blocks are counted on: what has been taken back does not count.
    this.path.take();
    this.forget(window);
    this.current = window - 1;
    this.fineUntil = until;
    this.channel.send({ t: 'narrowed', window });
    if (this.over) this.drive();
  }

  /** Forgets what has been said of this window and later ones. */
  private forget(window: number): void {
    this.kept = this.kept.filter((kept) => kept.window < window);
    for (const at of [...this.summaries.keys()]) if (at >= window) this.summaries.delete(at);
  }

  private pin(window: number): void {
    const summary = this.summaries.get(window);
    const base = this.kept.find((kept) => kept.window === window - 1);
    must(summary && base, `window ${window} is pinned but its start is gone`);
    const { machine } = this;
    this.context.plugins?.sleep();
    this.replay = this.replayFrom(base);
    const record = this.recorded.get(window);
    if (record) {
      this.mutedUntil = Number.MAX_SAFE_INTEGER;
      this.replay.recall(record, summary);
      return;
    }
    this.mutedUntil = Math.max(this.mutedUntil, machine.icount);
    this.observe(true);
    this.kept = this.kept.filter((kept) => kept.window < window);
    this.replay.observe(summary);
  }

  private replayFrom({ checkpoint, icount }: Kept): Replay {
    const { machine } = this;
    return new Replay({
      machine,
      base: checkpoint,
      baseIcount: icount,
      send: (message) => this.channel.send(message),
      visit: (visitor) => {
        this.visitor = visitor;
        machine.flushCode();
      },
      observe: (on) => this.observe(on),
    });
  }

  // --- looking back ----------------------------------------------------------------------------------------------
  /** The lowest instruction count from `icount` on that can be gone back to; where the machine is when there is none. */
  private reach(icount: number): number {
    const { machine } = this;
    const base = this.kept.find(({ checkpoint }) => machine.canRollback(checkpoint));
    return Math.max(icount, base?.icount ?? machine.icount);
  }

  private goBack(icount: number, latest: number): void {
    const { machine, path } = this;
    const base = this.kept.findLast((kept) => kept.icount <= icount && machine.canRollback(kept.checkpoint));
    must(base, 'asked to go back further than possible');
    this.context.plugins?.sleep();
    this.replay = undefined;
    this.mutedUntil = Math.max(this.mutedUntil, machine.icount);
    this.walk = new Walk({ machine, path, observe: (on) => this.observe(on) }, base, icount, latest);
    this.kept = [];
    this.channel.send({ t: 'went-back', icount: machine.icount, blocks: this.walk.base.blocks });
  }

  private walking(): Walk {
    must(this.walk, 'the comparator looks back without having gone back');
    return this.walk;
  }

  private pinLooked(): void {
    const { looked, base } = this.walking();
    must(looked, 'nothing has been looked at yet');
    this.replay = this.replayFrom(base);
    this.replay.observe(looked);
  }

  private returnTo(icount: number, window: number): void {
    const summary = this.summaries.get(window);
    must(summary, `nothing is known of window ${window}`);
    this.replay = this.replayFrom(this.walking().finish(icount));
    this.observe(true);
    this.replay.expect(summary);
    this.channel.send({ t: 'returned' });
  }

  /** From now on translated code observes blocks, or no longer does. */
  private observe(on: boolean): void {
    if (this.observing === on) return;
    this.observing = on;
    this.machine.flushCode();
  }

  private resume(window: number): void {
    const base = this.kept.find((kept) => kept.window === window - 1);
    must(this.replay && base, 'resumed without having been pinned');
    this.replay = undefined;
    if (this.stream === 'blocks') {
      // Nothing has been replayed: the machine is where it was.
      this.mutedUntil = -1;
      this.acknowledged(window);
      return;
    }
    // What has been replayed has been told.
    this.path.take();
    this.forget(window + 1);
    this.current = window;
    this.observe(false);
    this.keep(window, this.machine.icount, this.summaries.get(window)?.blocks ?? 0);
    this.acknowledged(window);
    if (this.over) this.drive();
  }

  /** Goes on after a replay that took the machine back from its end: the machine's own loop has returned already. */
  private drive(): void {
    const { machine } = this;
    while (!this.done && !machine.ended && machine.icount < this.lastIcount) {
      const size = this.size(machine.icount);
      const next = (Math.floor(machine.icount / size) + 1) * size;
      const latest = next + SEAM_LIMIT;
      machine.run(Math.min(next, this.lastIcount), Math.min(latest, this.lastIcount));
      const { icount, atSeam, ended } = machine;
      if (!ended && (icount === latest || (icount > next && atSeam)))
        this.summarise(this.current + 1, icount, undefined);
    }
    this.guestEnded();
  }
}
