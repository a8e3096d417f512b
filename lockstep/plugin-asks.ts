// Requests to change the plugins of both sides, from when they are made until both have answered. Sent once both sides are
// there, with an instruction count that neither has passed, so that they do it at the same one.

import { type LoadedPlugin, type PluginRequest, UsageError } from '../emulator/index.ts';
import type { PluginAnswer } from './plugin-request.ts';
import type { FromSide, Side, ToSide } from './protocol.ts';

/** The plugins of both sides after something was asked, and the instruction count at which it took effect. */
export interface SidesPlugins {
  readonly icount: number;
  readonly plugins: readonly LoadedPlugin[];
}

interface Ask {
  readonly request: PluginRequest;
  readonly answers: { A?: PluginAnswer; B?: PluginAnswer };
  sent: boolean;
  resolve(answer: SidesPlugins): void;
  reject(error: Error): void;
}

export class PluginAsks {
  private readonly send: (message: ToSide) => void;
  private readonly asks = new Map<number, Ask>();
  private last = 0;
  /** The sides have, or have had, plugins that may have a last word. */
  loaded = false;

  constructor(send: (message: ToSide) => void) {
    this.send = send;
  }

  ask(request: PluginRequest): Promise<SidesPlugins> {
    return new Promise((resolve, reject) => {
      this.asks.set(++this.last, { request, answers: {}, sent: false, resolve, reject });
    });
  }

  /** Sends what has not been sent. `ahead` is undefined before both sides are there. */
  go(ahead: number | undefined): void {
    if (ahead === undefined) return;
    for (const [id, ask] of this.asks) {
      if (ask.sent) continue;
      ask.sent = true;
      const { request } = ask;
      this.send({ t: 'change-plugins', id, at: request.do === 'ps' ? 0 : ahead, request });
    }
  }

  take(side: Side, { id, answer }: Extract<FromSide, { t: 'plugins' }>): void {
    const ask = this.asks.get(id);
    if (!ask) return;
    ask.answers[side] = answer;
    const { A, B } = ask.answers;
    if (!A || !B) return;
    this.asks.delete(id);
    const failed = A.error === null ? (B.error === null ? undefined : B) : A;
    if (!failed && A.plugins.length > 0) this.loaded = true;
    if (!failed) ask.resolve({ icount: A.icount, plugins: A.plugins });
    else {
      const one = A.error === B.error ? '' : `side ${failed === A ? 'A' : 'B'}: `;
      ask.reject(new UsageError(`${one}${failed.error}`, failed.remedy));
    }
  }

  /** The run is over. */
  end(): void {
    for (const { reject } of this.asks.values())
      reject(new UsageError('the run has ended meanwhile', 'Nothing is left to do.'));
    this.asks.clear();
  }
}
