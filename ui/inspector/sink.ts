// Takes whole frames from Ink and paints what has changed of them: line by line, with absolute moves, within synchronized
// output, at most twenty times a second.

const FRAME_MS = 50;

export interface Painter {
  /** A frame as Ink writes it: lines joined by newlines. An answer to a key does not wait for a frame that was none. */
  frame(text: string, answers?: boolean): void;
  /** Forgets what is on the screen: after a resize, and when the terminal was lent to somebody. */
  repaint(): void;
  /** Paints what is waiting, then nothing any more. */
  stop(): void;
}

/** `rows` is the terminal's height now: what lies below would be painted on its last line. */
export function createPainter(write: (text: string) => void, now: () => number, rows: () => number): Painter {
  let painted: string[] = [];
  let latest: string[] | undefined;
  let clear = true;
  let last = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let answered = true;
  const paint = () => {
    timer = undefined;
    if (stopped || !latest) return;
    last = now();
    const changes: string[] = clear ? ['\x1b[2J'] : [];
    if (clear) painted = [];
    for (let row = 0; row < Math.min(rows(), Math.max(latest.length, painted.length)); row++) {
      const line = latest[row] ?? '';
      if (line !== painted[row]) changes.push(`\x1b[${row + 1};1H\x1b[0m\x1b[K${line}`);
    }
    clear = false;
    painted = latest;
    if (changes.length > 0) write(`\x1b[?2026h${changes.join('')}\x1b[?2026l`);
  };
  const soon = (answers = false) => {
    if (stopped) return;
    const atOnce = answers && !answered;
    answered = answers;
    if (timer && !atOnce) return;
    clearTimeout(timer);
    timer = undefined;
    const wait = atOnce ? 0 : last + FRAME_MS - now();
    if (wait <= 0) paint();
    else timer = setTimeout(paint, wait);
  };
  return {
    frame(text, answers) {
      latest = text.replace(/\n$/, '').split('\n');
      soon(answers);
    },
    repaint() {
      clear = true;
      soon();
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
      paint();
      stopped = true;
    },
  };
}
