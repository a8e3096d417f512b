// A run that is watched while it goes on, here or from elsewhere: feeds the live run what the session tells, serves it where
// that is asked for, opens the live view on this terminal when the run takes its time, and keeps for the terminal what is
// to be written there while the view has it.

import { LiveRun, type Recording, type Report, RunControl, type SessionOptions } from '../lockstep/index.ts';
import { type ColorChoice, wantsColor } from '../ui/index.ts';
import { writeAll } from './descriptor.ts';
import { EXIT } from './exit-code.ts';
import { pluginCommands } from './live-commands.ts';
import { type ServeArguments, serve, serves } from './serve.ts';
import type { SessionArguments, Shown } from './session-options.ts';
import { milliseconds } from './terminal.ts';

/** A run that is over sooner is not worth a screen of its own. */
const VIEW_AFTER_MS = 1000;
/** Of what is to be written while the view is open the end is kept. */
const HELD_LIMIT = 16 << 20;

export interface Watching {
  readonly session: Omit<SessionOptions, 'stdin'>;
  /** Others may watch. */
  readonly served: boolean;
  ended(report: Report, recording: Recording | undefined, exitCode: number): void;
  failed(error: unknown): void;
  /** Gives the terminal back, and writes what has waited for it. */
  leave(): void;
  /** Nobody watches from now on. */
  close(): Promise<void>;
}

/** `looks`: there is a person at a terminal with room. */
export async function watch(
  options: SessionArguments & ServeArguments,
  shown: Shown,
  looks: boolean,
): Promise<Watching> {
  const { session, guest, timeoutMs, signal } = shown;
  const control = new RunControl();
  const live = new LiveRun(
    {
      ...{
        id: serves(options) ? process.getBuiltinModule('node:crypto').randomUUID() : '',
        program: guest.program,
        a: options.a,
        b: options.b,
      },
      ...{ maxInsns: guest.maxInsns, memoryBytes: guest.memoryBytes, timeoutMs: timeoutMs ?? null },
    },
    control,
    milliseconds,
  );
  const served = await serve(options, live, shown.say);
  const terminal = new SharedTerminal(shown, live, options.color, looks);
  const watched: Watching['session'] = {
    ...session,
    control,
    ...(looks && { givesWay: true }),
    onOutput(stream, bytes) {
      live.wrote(bytes);
      terminal.write(() => session.onOutput?.(stream, bytes), bytes.length);
    },
    onNote(side, text) {
      if (side === 'A') live.noted(text);
      terminal.write(() => session.onNote?.(side, text), text.length);
    },
    onPlugin(side, text) {
      for (const line of text.trimEnd().split('\n')) live.noted(`${side}: ${line}`);
      terminal.write(() => session.onPlugin?.(side, text), text.length);
    },
    onEvents: (events) => live.happened(events),
    onProgress(progress) {
      live.moved(progress);
      if (!terminal.lent) session.onProgress?.(progress);
    },
  };
  return {
    session: served || looks ? watched : session,
    served: served !== undefined,
    ended(report, recording, exitCode) {
      live.ended(report.verdict, report.summary, exitCode);
      served?.finish(report, recording);
    },
    failed(error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      if (name === 'Interrupted') live.ended('interrupted', message, EXIT.interrupted);
      else live.ended('failed', message, EXIT.failure);
      served?.finish(undefined, undefined);
      terminal.leave();
    },
    leave: () => terminal.leave(),
    async close() {
      await served?.close(signal);
    },
  };
}

/** The terminal, which the view borrows while the run goes on. */
class SharedTerminal {
  private readonly shown: Shown;
  private readonly live: LiveRun;
  private readonly color: ColorChoice;
  private readonly opening: NodeJS.Timeout | undefined;
  private over = false;
  private view: { close(): void } | undefined;
  private readonly held: { readonly write: () => void; readonly size: number }[] = [];
  private size = 0;
  private dropped = 0;

  constructor(shown: Shown, live: LiveRun, color: ColorChoice, looks: boolean) {
    this.shown = shown;
    this.live = live;
    this.color = color;
    this.opening = looks ? setTimeout(() => void this.open(), VIEW_AFTER_MS) : undefined;
  }

  get lent(): boolean {
    return this.view !== undefined;
  }

  /** Now, or when the terminal is back. */
  write(write: () => void, size: number): void {
    if (!this.view) {
      write();
      return;
    }
    this.held.push({ write, size });
    this.size += size;
    while (this.size > HELD_LIMIT) {
      const first = this.held.shift()!;
      this.size -= first.size;
      this.dropped += first.size;
    }
  }

  /** For good. */
  leave(): void {
    this.over = true;
    clearTimeout(this.opening);
    this.giveBack();
  }

  private giveBack(): void {
    this.view?.close();
    this.view = undefined;
    if (this.dropped > 0) writeAll(2, `lockstep: ${this.dropped} bytes of output are not shown here\n`);
    for (const { write } of this.held.splice(0)) write();
    this.size = 0;
    this.dropped = 0;
  }

  private async open(): Promise<void> {
    const { openLive } = await import('../ui/live/index.ts');
    if (this.over) return;
    this.shown.end();
    const view = openLive(this.live, {
      color: wantsColor(this.color, process.env, true),
      control: (action) => this.live.control(action),
      commands: pluginCommands(this.live),
      interrupt: () => process.kill(process.pid, 'SIGINT'),
      // Whoever started the session listens too, and ends the run.
      killed: () => {},
    });
    this.view = view;
    void view.left.then(() => {
      if (this.view === view) this.giveBack();
    });
  }
}
