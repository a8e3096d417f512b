// One line on a terminal while a run goes on: where both sides are and how fast. The formatter is pure; the line is
// redrawn at most ten times a second, erased at the end, and never drawn where there is no terminal.

import { SpeedMeter } from '../lockstep/index.ts';

export interface SideProgress {
  readonly icount: number;
  readonly windows: number;
}
export interface RunProgress {
  readonly A: SideProgress;
  readonly B: SideProgress;
  /** While a look back goes on: every block is compared from one instruction to another, and how far that has come. */
  readonly lookedBack?: { readonly from: number; readonly to: number; readonly compared: number } | undefined;
}

export interface ProgressSink {
  readonly isTTY: boolean;
  readonly columns: number;
  write(text: string): void;
}

export interface ProgressLine {
  update(progress: RunProgress): void;
  /** Takes the line away while something else is written, or for good. */
  erase(): void;
}

const REDRAW_MS = 100;

/** `A 12.3 M  410 M/s │ B 12.3 M  395 M/s │ 12 windows agreed`, cut to the width. */
export function progressText(
  progress: RunProgress,
  speeds: { readonly A: number; readonly B: number },
  width: number,
): string {
  const { lookedBack: back } = progress;
  if (back) {
    const [done, all] = [back.compared - back.from, back.to - back.from].map(shortCount);
    return cut(`looking back: every block compared, ${done} of ${all} instructions (Ctrl-C: no further)`, width);
  }
  const side = (name: 'A' | 'B') =>
    `${name} ${shortCount(progress[name].icount)}  ${speeds[name] > 0 ? `${shortCount(speeds[name])}/s` : '…'}`;
  const windows = Math.min(progress.A.windows, progress.B.windows);
  const text = `${side('A')} │ ${side('B')} │ ${windows} window${windows === 1 ? '' : 's'}`;
  return cut(text, width);
}

function cut(text: string, width: number): string {
  return text.length < width ? text : text.slice(0, Math.max(0, width - 1));
}

/** Three significant digits and a unit: 987, 12.3 k, 410 M, 1.23 G. */
export function shortCount(count: number): string {
  const units = ['', ' k', ' M', ' G', ' T'];
  let unit = 0;
  let value = count;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  if (unit === 0) return `${Math.round(value)}`;
  return `${value >= 99.95 ? value.toFixed(0) : value >= 9.995 ? value.toFixed(1) : value.toFixed(2)}${units[unit]}`;
}

/** `now` gives milliseconds. */
export function createProgress(sink: ProgressSink, now: () => number): ProgressLine {
  let drawn = false;
  let lastDraw = Number.NEGATIVE_INFINITY;
  const meter = new SpeedMeter();
  const erase = () => {
    if (drawn) sink.write('\r\x1b[2K');
    drawn = false;
  };
  return {
    update(progress) {
      if (!sink.isTTY) return;
      const time = now();
      if (time - lastDraw < REDRAW_MS) return;
      lastDraw = time;
      meter.update(progress, time);
      sink.write(`\r\x1b[2K${progressText(progress, meter.speeds, sink.columns)}`);
      drawn = true;
    },
    erase,
  };
}
