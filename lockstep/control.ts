// What a person may do to a run while it goes on: hold it, let it go on, end it. Given to a session before it starts; what
// is asked while nothing runs yet, or between two attempts, counts for the next one. Also changes the plugins of both sides.

import type { PluginRequest } from '../emulator/index.ts';
import type { Hub } from './hub.ts';
import type { SidesPlugins } from './plugin-asks.ts';

export class RunControl {
  private hub: Hub | undefined;
  private held = false;
  private ending: string | undefined;
  private readonly listeners = new Set<() => void>();
  private readonly waiting: ((hub: Hub) => void)[] = [];

  get paused(): boolean {
    return this.held;
  }

  /** Both sides stop by themselves, at most a few windows further on. */
  pause(): void {
    this.hold(true);
  }
  resume(): void {
    this.hold(false);
  }
  /** Ends the run without a verdict on what lies beyond here. */
  stop(reason: string): void {
    this.ending = reason;
    this.hub?.giveUp(reason);
  }

  /**
   * Loads, takes out, replaces or lists plugins of both sides, at the same instruction count, at the end of a window a few
   * windows ahead. Rejects with UsageError when that cannot be done.
   */
  plugins(request: PluginRequest): Promise<SidesPlugins> {
    if (this.hub) return this.hub.plugins(request);
    return new Promise((resolve) => {
      this.waiting.push((hub) => resolve(hub.plugins(request)));
    });
  }

  /** Calls back after each change of `paused`. */
  onChange(changed: () => void): void {
    this.listeners.add(changed);
  }

  /** Called by the session for each attempt, and with undefined at its end. */
  join(hub: Hub | undefined): void {
    this.hub = hub;
    if (this.held) hub?.hold(true);
    if (this.ending !== undefined) hub?.giveUp(this.ending);
    if (hub) for (const go of this.waiting.splice(0)) go(hub);
  }

  private hold(held: boolean): void {
    if (held === this.held) return;
    this.held = held;
    this.hub?.hold(held);
    for (const changed of this.listeners) changed();
  }
}
