// The plugins of a side while it is compared: they come and go at the ends of windows, at the same instruction count on both
// sides; they only look; and what the side runs once more for a closer look they are not told twice. The observer says when.

import { type PluginControl, PluginDesk, UsageError } from '../emulator/index.ts';
import type { FromSide, ToSide } from './protocol.ts';

type Ask = Extract<ToSide, { t: 'change-plugins' }>;

/** What plugins say is sent when so much of it has come, and at the ends of windows. */
const TEXT_PIECE = 1 << 16;

export class SidePlugins {
  private readonly control: () => PluginControl;
  private readonly hidden: readonly string[];
  private readonly send: (message: FromSide) => void;
  private readonly asks: Ask[] = [];
  private desk: PluginDesk | undefined;
  private text = '';

  /** `hidden` names the plugins that belong to the comparison. The machine need not be there yet. */
  constructor(control: () => PluginControl, hidden: readonly string[], send: (message: FromSide) => void) {
    this.control = control;
    this.hidden = hidden;
    this.send = send;
  }

  ask(message: Ask): void {
    this.asks.push(message);
  }

  /** Does what is due at `icount`, where a window has ended. */
  async serve(icount: number): Promise<void> {
    this.flush();
    for (let ask = this.asks[0]; ask && ask.at <= icount; ask = this.asks[0]) {
      this.asks.shift();
      this.desk ??= new PluginDesk(this.control(), [], { hidden: this.hidden, onlyLooks: true });
      await this.answer(ask, icount, this.desk.ask(ask.request));
      this.flush();
    }
  }

  /** The guest has ended: what is still asked for comes too late. */
  async refuse(icount: number): Promise<void> {
    for (const ask of this.asks.splice(0))
      await this.answer(ask, icount, Promise.reject(new UsageError('the guest has ended', 'Nothing is left to do.')));
  }

  private async answer({ id }: Ask, icount: number, doing: ReturnType<PluginDesk['ask']>): Promise<void> {
    try {
      this.send({ t: 'plugins', id, answer: { icount, plugins: await doing, error: null, remedy: '' } });
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const remedy = error instanceof UsageError ? error.remedy : '';
      this.send({ t: 'plugins', id, answer: { icount, plugins: [], error: error.message, remedy } });
    }
  }

  /** The side goes back: what comes now they have seen. */
  sleep(): void {
    this.control().sleep(this.hidden);
  }
  /** The side is where it was before. */
  wake(): void {
    this.control().wake();
  }

  /** The comparison has ended before the guest: plugins come to their end where this side stands. */
  end(): void {
    if (this.desk) this.control().atexit();
    this.flush();
  }

  /** A plugin says something. */
  say(text: string): void {
    this.text += text;
    if (this.text.length >= TEXT_PIECE) this.flush();
  }
  /** Sends what plugins have said. */
  flush(): void {
    for (let from = 0; from < this.text.length; from += TEXT_PIECE)
      this.send({
        t: 'output',
        stream: 'plugin',
        bytes: new TextEncoder().encode(this.text.slice(from, from + TEXT_PIECE)),
      });
    this.text = '';
  }
}
