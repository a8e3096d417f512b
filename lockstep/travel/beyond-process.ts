// The run beyond the trace of its recording, in a process of its own: neither a long way nor a translator that hangs keeps whoever
// looks at the recording from its keys. What does not let itself be called off is ended, and made anew when it is asked again.

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { moduleUrl } from '../../emulator/host-package.ts';
import { EngineError } from '../engine-error.ts';
import type { Recording } from '../recording/model.ts';
import type { WhereTo } from './beyond.ts';
import type { FromBeyond, Question, RunSpec, ToBeyond } from './messages.ts';
import type { Journey } from './traveller.ts';
import type { TracedWindow } from './window.ts';

/** Time to call a journey off. */
const PATIENCE_MS = 2000;
/** A run that comes to the divergence so soon is made again before anybody asks. */
const SOON = 1 << 30;
const LAST_WORDS = 2000;

interface Pending {
  readonly id: number;
  readonly journey: Journey;
  resolve(answer: TracedWindow | number | undefined): void;
  reject(error: Error): void;
}

export class BeyondProcess {
  private readonly home: Recording;
  private readonly run: RunSpec;
  private child: ChildProcess | undefined;
  private pending: Pending | undefined;
  private asked = 0;

  /** `home`: what was recorded, traced around the divergence. */
  constructor(home: Recording, run: RunSpec) {
    this.home = home;
    this.run = run;
  }

  /** Makes steps over the edges of the recording's trace quick, where that does not take long. */
  prepare(): void {
    const { start } = this.home;
    if (start !== null && start < SOON) this.send({ t: 'near', start, end: start + this.length });
  }

  /** The recording with a trace around an instruction count, or around the end; undefined when called off. */
  async around(icount: number, journey: Journey): Promise<Recording | undefined> {
    const { home } = this;
    if (home.start !== null && icount >= home.start && icount < home.start + this.length) return home;
    const trace = (await this.ask({ what: 'around', icount }, journey)) as TracedWindow | undefined;
    if (!trace) return undefined;
    const { start, registers, sides, events } = trace;
    return {
      ...home,
      start,
      registers,
      A: { ...home.A, trace: sides.A, events: [...events.A] },
      B: { ...home.B, trace: sides.B, events: [...events.B] },
    };
  }

  /** The nearest instruction that is one of those wanted; undefined: none, or called off. */
  find(whereTo: WhereTo, journey: Journey): Promise<number | undefined> {
    return this.ask({ what: 'find', whereTo }, journey) as Promise<number | undefined>;
  }

  close(): void {
    const { child } = this;
    this.child = undefined;
    // It ends with the channel, unless it hangs.
    child?.removeAllListeners('close');
    child?.disconnect();
    const insist = setTimeout(() => child?.kill('SIGKILL'), PATIENCE_MS);
    child?.once('close', () => clearTimeout(insist));
    if (!child) clearTimeout(insist);
  }

  private get length(): number {
    const { A, B } = this.home;
    return Math.max(A.trace?.steps.length ?? 0, B.trace?.steps.length ?? 0);
  }

  private ask(question: Question, journey: Journey): Promise<TracedWindow | number | undefined> {
    const id = ++this.asked;
    return new Promise((resolve, reject) => {
      let insist: NodeJS.Timeout | undefined;
      const callOff = () => {
        this.send({ t: 'callOff', id });
        insist = setTimeout(() => this.give(), PATIENCE_MS);
      };
      const settle = () => {
        clearTimeout(insist);
        journey.signal?.removeEventListener('abort', callOff);
        this.pending = undefined;
      };
      this.pending = {
        ...{ id, journey },
        resolve(answer) {
          settle();
          resolve(answer);
        },
        reject(error) {
          settle();
          reject(error);
        },
      };
      journey.signal?.addEventListener('abort', callOff, { once: true });
      this.send({ t: 'ask', id, question });
    });
  }

  /** It does not answer: it is ended, and the journey with it. */
  private give(): void {
    const { child, pending } = this;
    this.child = undefined;
    child?.removeAllListeners('close');
    child?.kill('SIGKILL');
    pending?.resolve(undefined);
  }

  private send(message: ToBeyond): void {
    this.child ??= this.start();
    this.child.send(message);
  }

  private start(): ChildProcess {
    const main = fileURLToPath(moduleUrl('lockstep/travel/beyond-main', '.js'));
    const child = fork(main, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let words = '';
    child.stderr?.on('data', (bytes: Buffer) => {
      words = (words + bytes.toString('utf8')).slice(-LAST_WORDS);
    });
    child.on('error', () => {});
    child.on('message', (message: FromBeyond) => this.heard(message));
    child.once('close', (code, signal) => {
      if (this.child === child) this.child = undefined;
      const how = signal ? `was killed (${signal})` : `died (exit code ${code})`;
      this.pending?.reject(new EngineError(`the process that makes the run again ${how}: ${words.trim()}`));
    });
    child.send({ t: 'begin', run: this.run, parent: process.pid } satisfies ToBeyond);
    return child;
  }

  private heard(message: FromBeyond): void {
    const { pending } = this;
    if (pending?.id !== message.id) return;
    if (message.t === 'at') pending.journey.onProgress?.(message.icount);
    else if (message.t === 'answer') pending.resolve(message.answer);
    else pending.reject(new Error(message.message));
  }
}
