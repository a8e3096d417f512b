// Joins the comparator to the channels of the two sides until there is an outcome, and watches for sides that die or
// fall silent. Knows nothing of processes: session.ts and by-hand.ts bring the channels.

import type { PluginRequest } from '../emulator/index.ts';
import type { Channel } from './channel.ts';
import type { Command, Comparator } from './comparator.ts';
import type { Outcome } from './evidence.ts';
import { PluginAsks, type SidesPlugins } from './plugin-asks.ts';
import { type EventRecord, type FromSide, type OutputStream, SIDES, type Side, type ToSide } from './protocol.ts';
import { reportOf } from './report/model.ts';
import { Silence } from './silence.ts';

/** How long the plugins of both sides may take to come to their end after the verdict. */
const LAST_WORDS_MS = 2000;

export type HubChannel = Channel<FromSide, ToSide>;

export interface HubOptions {
  readonly comparator: Comparator;
  readonly channels: Readonly<Record<Side, HubChannel>>;
  /** A run in which nothing is said for so long has failed. */
  readonly silenceMs: number;
  /** True while silence has a good reason. */
  patient?(): boolean;
  events?(side: Side, events: readonly EventRecord[]): void;
  output?(side: Side, stream: OutputStream, bytes: Uint8Array): void;
  /** After each message. */
  progress?(): void;
  /** What is known of why a side's channel has closed. */
  lastWords?(side: Side): Promise<string>;
}

export type HubResult =
  | { readonly kind: 'finished'; readonly outcome: Outcome }
  | Extract<Command, { kind: 'restart' }>;

export interface Hub {
  readonly result: Promise<HubResult>;
  /** Ends the comparison where it is. */
  giveUp(reason: string): void;
  /** Looks back no further. False when nobody looks back. */
  stopLookingBack(): boolean;
  /** Holds the run where it is, or lets it go on. */
  hold(held: boolean): void;
  /** Changes the plugins of both sides. Rejects with UsageError when that cannot be done. */
  plugins(request: PluginRequest): Promise<SidesPlugins>;
}

export function startHub(options: HubOptions): Hub {
  const { comparator, channels } = options;
  let settled = false;
  /** Set after a verdict while plugins come to their end: called when a side has closed its channel. */
  let leaves: (() => void) | undefined;
  let resolve: (result: HubResult) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const result = new Promise<HubResult>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  /** What a guest has said while its side was the only one: nothing, should the other one never come. */
  const early: (() => void)[] = [];
  /** What has come from the sides while the comparator was loading code. */
  const waiting: (() => void)[] = [];
  let awaited: Promise<void> | undefined;

  const settle = (value: HubResult) => {
    if (settled) return;
    settled = true;
    silence.stop();
    asks.end();
    resolve(value);
  };

  const finish = (outcome: Outcome) => {
    const end = () => settle({ kind: 'finished', outcome });
    if (!asks.loaded) {
      end();
      return;
    }
    silence.stop();
    const patience = setTimeout(end, LAST_WORDS_MS);
    let there = SIDES.length;
    leaves = () => {
      if (--there > 0) return;
      clearTimeout(patience);
      end();
    };
  };

  const obey = (commands: readonly Command[]) => {
    for (const command of commands) {
      if (command.kind === 'send') {
        channels[command.side].send(command.message);
      } else if (command.kind === 'restart') {
        for (const side of SIDES) channels[side].destroy();
        settle(command);
      } else {
        const { outcome } = command;
        const report =
          outcome.verdict === 'failed'
            ? [outcome.message, outcome.remedy].filter((line) => line !== '').join('\n')
            : JSON.stringify(reportOf(outcome));
        for (const side of SIDES) {
          channels[side].send({ t: 'verdict', verdict: outcome.verdict, report });
          channels[side].close();
        }
        finish(outcome);
      }
    }
  };

  const inOrder = (come: () => void) => {
    waiting.push(come);
    goOn();
  };

  const goOn = () => {
    while (!comparator.pending && waiting.length > 0) waiting.shift()!();
    if (comparator.pending && comparator.pending !== awaited) {
      awaited = comparator.pending;
      awaited.then(goOn, reject);
    }
  };

  const asks = new PluginAsks((message) => {
    for (const side of SIDES) channels[side].send(message);
  });

  const silence = new Silence(
    options.silenceMs,
    () => obey(comparator.lost(comparator.silent, `has said nothing for ${options.silenceMs / 1000} seconds`)),
    options.patient,
  );

  const hear = (side: Side, message: FromSide) => {
    if (settled) return;
    if (message.t === 'output') {
      const { stream, bytes } = message;
      const ofGuest = stream === 'stdout' || stream === 'stderr';
      if (ofGuest && !comparator.begun) early.push(() => options.output?.(side, stream, bytes));
      else options.output?.(side, stream, bytes);
    }
    if (leaves) return;
    if (message.t === 'recent') options.events?.(side, message.events);
    if (message.t === 'plugins') {
      asks.take(side, message);
      return;
    }
    const commands = comparator.receive(side, message);
    if (comparator.begun) for (const output of early.splice(0)) output();
    obey(commands);
    asks.go(comparator.ahead);
    options.progress?.();
  };

  const gone = async (side: Side, reason: Error | undefined) => {
    if (settled) return;
    if (leaves) {
      leaves();
      return;
    }
    const words = await options.lastWords?.(side);
    obey(comparator.lost(side, words || (reason ? `is gone: ${reason.message}` : 'has closed the connection')));
  };

  for (const side of SIDES)
    channels[side].listen(
      (message) => {
        silence.heard();
        inOrder(() => hear(side, message));
      },
      (reason) => inOrder(() => void gone(side, reason)),
    );
  return {
    result,
    giveUp: (reason) => obey(comparator.giveUp(reason)),
    stopLookingBack: () => comparator.stopLookingBack(),
    hold: (held) => obey(comparator.hold(held)),
    plugins(request) {
      const answer = asks.ask(request);
      if (settled) asks.end();
      else asks.go(comparator.ahead);
      return answer;
    },
  };
}
