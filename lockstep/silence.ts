// Notices that nothing has been heard for too long. The time is cut into beats that each look for themselves, so that a
// process that was stopped and goes on, or was busy with its machine, has first to be silent for nearly all of it again.

const BEATS = 8;

export class Silence {
  private heardSince = true;
  private quiet = 0;
  private timer: NodeJS.Timeout | undefined;

  /** Calls `broken` once, after `ms` milliseconds in which `heard` was not called, unless `patient` says that they are due. */
  constructor(ms: number, broken: () => void, patient: () => boolean = () => false) {
    this.timer = setInterval(() => {
      // What has arrived is read first: the loop may have been busy.
      setImmediate(() =>
        setImmediate(() => {
          if (this.timer === undefined) return;
          this.quiet = this.heardSince || patient() ? 0 : this.quiet + 1;
          this.heardSince = false;
          if (this.quiet < BEATS) return;
          this.stop();
          broken();
        }),
      );
    }, ms / BEATS);
    this.timer.unref();
  }

  heard(): void {
    this.heardSince = true;
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
