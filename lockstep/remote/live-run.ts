// The run of this process as viewers see it: takes what the session tells, keeps the latest of it. Taking costs next to
// nothing, since it happens at each message of a side; who shows it asks when it wants to.

import type { PluginRequest } from '../../emulator/index.ts';
import type { Progress } from '../comparator.ts';
import type { RunControl } from '../control.ts';
import type { SidesPlugins } from '../plugin-asks.ts';
import type { EventRecord } from '../protocol.ts';
import {
  type ControlAction,
  type Ending,
  EVENT_LIMIT,
  EVENTS_KEPT,
  NOTE_LIMIT,
  NOTES_KEPT,
  OUTPUT_TAIL,
  type RunInfo,
  type RunStatus,
  type SeenEvent,
  SUMMARY_LIMIT,
  type Watched,
  type WatchSource,
} from './model.ts';
import { OutputTail } from './output-tail.ts';
import { SpeedMeter } from './speed.ts';

const STOPPED = 'stopped by a person who watched';

export class LiveRun implements WatchSource {
  readonly info: RunInfo;
  private readonly controls: RunControl;
  private readonly now: () => number;
  private readonly started: number;
  private readonly meter = new SpeedMeter();
  private readonly listeners = new Set<() => void>();
  private progress: Progress | undefined;
  private readonly output = new OutputTail(OUTPUT_TAIL);
  private events: SeenEvent[] = [];
  private eventsTotal = 0;
  private notes: string[] = [];
  private notesTotal = 0;
  private end: RunStatus['end'] = null;
  private endedMs = 0;

  /** `now` gives milliseconds. */
  constructor(info: RunInfo, controls: RunControl, now: () => number) {
    this.info = info;
    this.controls = controls;
    this.now = now;
    this.started = now();
    controls.onChange(() => this.changed());
  }

  moved(progress: Progress): void {
    this.progress = progress;
    this.meter.update(progress, this.now());
    this.changed();
  }
  wrote(bytes: Uint8Array): void {
    this.output.add(bytes);
    this.changed();
  }
  happened(events: readonly EventRecord[]): void {
    this.eventsTotal += events.length;
    const seen = events.map(({ icount, cpu, kind, text }) => ({ icount, cpu, kind, text: text.slice(0, EVENT_LIMIT) }));
    this.events = [...this.events, ...seen].slice(-EVENTS_KEPT);
    this.changed();
  }
  noted(text: string): void {
    this.notesTotal++;
    this.notes = [...this.notes, text.slice(0, NOTE_LIMIT)].slice(-NOTES_KEPT);
    this.changed();
  }
  ended(verdict: Ending, summary: string, exitCode: number): void {
    this.end = { verdict, summary: summary.slice(0, SUMMARY_LIMIT), exitCode };
    this.endedMs = this.now() - this.started;
    this.changed();
  }

  get(): Watched {
    const { events, eventsTotal, notes, notesTotal, output } = this;
    return {
      ...{ link: 'here', info: this.info, status: this.status(), mayControl: true, said: undefined },
      events: { total: eventsTotal, kept: events },
      notes: { total: notesTotal, kept: notes },
      output: output.get(),
    };
  }
  subscribe(changed: () => void): () => void {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  }
  control(action: ControlAction): void {
    if (action === 'stop') this.controls.stop(STOPPED);
    else this.controls[action]();
  }
  plugins(request: PluginRequest): Promise<SidesPlugins> {
    return this.controls.plugins(request);
  }

  private status(): RunStatus {
    const { progress, end, meter } = this;
    // Sides that say nothing stand still.
    if (progress && !end) meter.update(progress, this.now());
    const side = (of: 'A' | 'B') => ({ icount: 0, windows: 0, ...progress?.[of], speed: meter.speeds[of] });
    return {
      phase: end ? 'ended' : this.phase(),
      elapsedMs: end ? this.endedMs : this.now() - this.started,
      A: side('A'),
      B: side('B'),
      agreed: progress?.agreed ?? { windows: 0, icount: 0 },
      skewed: progress?.skewed ?? 0,
      end,
    };
  }
  private phase(): RunStatus['phase'] {
    const phase = this.progress?.phase ?? 'starting';
    if (phase === 'looking' || phase === 'looking back') return phase;
    if (this.controls.paused) return 'paused';
    return phase === 'watching' ? 'running' : 'starting';
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }
}
