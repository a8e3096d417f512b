// Standard input, output and error of the process, made safe for rollback: what was written once is not written again
// when the same stretch is replayed, and what was read once is read again from a log. Counters are state; the
// high-water marks and the log are not.

/** Up to `length` bytes of input; an empty array is the end of the file. May wait for the person at the keyboard. */
export type InputSource = (length: number) => Uint8Array;
export type OutputSink = (bytes: Uint8Array) => void;

interface StreamState {
  /** Bytes written to stdout and stderr. */
  written: [number, number];
  /** Place in the input log: chunk and offset in it. */
  chunk: number;
  offset: number;
}

export class StandardStreams {
  private readonly sinks: readonly [OutputSink, OutputSink];
  private readonly source: InputSource;
  private readonly highWater: [number, number] = [0, 0];
  /** Each read's bytes as they came, so that a replay meets the same boundaries and the same end of file. */
  private readonly log: Uint8Array[] = [];
  private state: StreamState = { written: [0, 0], chunk: 0, offset: 0 };

  constructor(source: InputSource, stdout: OutputSink, stderr: OutputSink) {
    this.source = source;
    this.sinks = [stdout, stderr];
  }

  write(stream: 0 | 1, bytes: Uint8Array): void {
    const start = this.state.written[stream];
    const end = start + bytes.length;
    this.state.written[stream] = end;
    const seen = this.highWater[stream];
    if (end <= seen) return;
    this.highWater[stream] = end;
    this.sinks[stream](bytes.subarray(Math.max(0, seen - start)));
  }

  read(length: number): Uint8Array {
    const s = this.state;
    if (s.chunk === this.log.length) this.log.push(this.source(length).slice());
    const chunk = this.log[s.chunk]!;
    const bytes = chunk.subarray(s.offset, s.offset + length);
    s.offset += bytes.length;
    if (s.offset >= chunk.length) {
      s.chunk++;
      s.offset = 0;
    }
    return bytes;
  }

  save(): unknown {
    return structuredClone(this.state);
  }
  restore(state: unknown): void {
    this.state = structuredClone(state) as StreamState;
  }
}
