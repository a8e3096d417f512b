// What a guest writes while its run is searched ahead of the place that is shown: it waits until the run has come there.

type Write = (bytes: Uint8Array) => void;

export class Outlet {
  private readonly now: () => number;
  private held: { readonly icount: number; readonly bytes: Uint8Array; readonly write: Write }[] = [];
  /** True while the run is ahead of what is shown. */
  ahead = false;

  /** `now`: the machine's instruction count. */
  constructor(now: () => number) {
    this.now = now;
  }

  /** A sink for the machine, in front of a real one. Bytes come once, however often their place is passed. */
  sink(write: Write): Write {
    return (bytes) => {
      this.settle(this.ahead ? -1 : this.now());
      if (this.ahead) this.held.push({ icount: this.now(), bytes: bytes.slice(), write });
      else write(bytes);
    };
  }

  /** The run that is shown has come to `icount`. */
  settle(icount: number): void {
    while (this.held[0] && this.held[0].icount <= icount) {
      const { write, bytes } = this.held.shift()!;
      write(bytes);
    }
  }
}
