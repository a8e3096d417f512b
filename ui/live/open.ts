// Shows a run while it goes on, on this process's terminal. Draws without Ink, whose frames cost more than the whole run is
// allowed to lose: the lines go straight to the painter, a few times a second, and at once when a key was pressed.

import type { ControlAction, WatchSource } from '../../lockstep/index.ts';
import { KeyReader } from '../inspector/input.ts';
import { createPainter } from '../inspector/sink.ts';
import { openTerminal } from '../inspector/terminal.ts';
import { lineAnsi } from '../lines.ts';
import { liveLines } from './layout.ts';
import { reduceLive, resizedLive } from './reduce.ts';
import { initialLive } from './state.ts';

/** How often what has changed by itself is drawn. */
const REFRESH_MS = 200;

/** What is typed after `:`. */
export interface LiveCommands {
  /** The text as far as it can be guessed. */
  complete(text: string): string;
  /** Does it; what is to be said about that. Never rejects. */
  run(text: string): Promise<string>;
}

export interface LiveHost {
  readonly color: boolean;
  readonly commands: LiveCommands;
  control(action: ControlAction): void;
  /** ^C. */
  interrupt(): void;
  /** A signal wants the process to end; the terminal is as it was. */
  killed(signal: NodeJS.Signals): void;
}

export interface LiveView {
  /** Resolves when the person watches no longer. */
  readonly left: Promise<void>;
  close(): void;
}

export function openLive(source: WatchSource, host: LiveHost): LiveView {
  const { stdin, stdout } = process;
  const keys = new KeyReader();
  const size = () => ({ width: stdout.columns || 80, height: stdout.rows || 24 });
  const first = size();
  let state = initialLive(first.width, first.height);
  let closed = false;
  let news = false;
  let pressed = Number.NEGATIVE_INFINITY;
  const draw = (answers = false) => {
    news = false;
    const rows = liveLines(source.get(), state).map((line) => lineAnsi(line, host.color));
    painter.frame(rows.join('\n'), answers);
  };
  const resize = () => {
    const { width, height } = size();
    state = resizedLive(state, width, height);
    painter.repaint();
    draw();
  };
  const terminal = openTerminal(stdin, stdout.fd, {
    data: (text) => {
      for (const key of keys.push(text)) press(key);
      pressed = performance.now();
      if (!closed) draw(true);
    },
    resumed: resize,
    killed: (signal) => host.killed(signal),
  });
  const painter = createPainter(
    (text) => terminal.write(text),
    () => performance.now(),
    () => size().height,
  );
  let leave: () => void = () => {};
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const press = (key: string) => {
    if (closed) return;
    const reduced = reduceLive(source.get(), state, key, (text) => host.commands.complete(text));
    state = reduced.state;
    switch (reduced.effect?.kind) {
      case 'quit':
        close();
        break;
      case 'interrupt':
        host.interrupt();
        break;
      case 'suspend':
        terminal.suspend();
        break;
      case 'control':
        host.control(reduced.effect.action);
        break;
      case 'command':
        void host.commands.run(reduced.effect.text).then((message) => {
          state = { ...state, message };
          if (!closed) draw(true);
        });
        break;
    }
  };
  const unsubscribe = source.subscribe(() => {
    news = true;
  });
  const timer = setInterval(() => {
    // While keys are pressed their answers show the news as well.
    if (news && performance.now() - pressed >= REFRESH_MS) draw();
  }, REFRESH_MS);
  stdout.on('resize', resize);
  const close = () => {
    if (closed) return;
    closed = true;
    clearInterval(timer);
    unsubscribe();
    stdout.off('resize', resize);
    painter.stop();
    terminal.close();
    leave();
  };
  draw();
  return { left, close };
}
