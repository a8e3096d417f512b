// The files of a uftrace.data directory: records of calls, the list of tasks, the map of the program, its symbols.

export const ENTRY = 0;
export const EXIT = 1;

const MAGIC = 5;
const RECORD = 16;
/** Records name 48 bits of an address and 10 of a depth. */
const ADDRESS_BITS = 48;
const MAX_DEPTH = 1023;

/** Records of one task, in order of time. */
export class TaskRecords {
  private view = new DataView(new ArrayBuffer(RECORD * 1024));
  private used = 0;

  put(type: typeof ENTRY | typeof EXIT, time: number, depth: number, address: number): void {
    if (depth > MAX_DEPTH) return;
    if (this.used === this.view.byteLength) {
      const wider = new Uint8Array(2 * this.used);
      wider.set(new Uint8Array(this.view.buffer));
      this.view = new DataView(wider.buffer);
    }
    const low = BigInt(type) | (BigInt(MAGIC) << 3n) | (BigInt(depth) << 6n);
    this.view.setBigUint64(this.used, BigInt(time), true);
    this.view.setBigUint64(this.used + 8, low | (BigInt.asUintN(ADDRESS_BITS, BigInt(address)) << 16n), true);
    this.used += RECORD;
  }
  get bytes(): Uint8Array {
    return new Uint8Array(this.view.buffer, 0, this.used);
  }
}

export interface Task {
  readonly id: number;
  readonly name: string;
}

const CMDLINE = 1n << 3n;
const TASKINFO = 1n << 7n;
/** Features of the data. */
const TASK_SESSION = 1n << 1n;
const RELATIVE_SYMBOLS = 1n << 5n;
const HEADER = 40;

/** The file `info`: a header of forty bytes, then lines. */
export function infoFile(command: string, tasks: readonly Task[]): Uint8Array {
  const lines = [
    `cmdline:${command}`,
    'taskinfo:lines=2',
    `taskinfo:nr_tid=${tasks.length}`,
    `taskinfo:tids=${tasks.map(({ id }) => id).join(',')}`,
    '',
  ].join('\n');
  const text = new TextEncoder().encode(lines);
  const file = new Uint8Array(HEADER + text.length);
  const view = new DataView(file.buffer);
  file.set(new TextEncoder().encode('Ftrace!\0'));
  view.setUint32(8, 4, true); // version of the format
  view.setUint16(12, HEADER, true);
  file[14] = 1; // little-endian
  file[15] = 2; // 64 bits
  view.setBigUint64(16, TASK_SESSION | RELATIVE_SYMBOLS, true);
  view.setBigUint64(24, CMDLINE | TASKINFO, true);
  view.setUint16(32, MAX_DEPTH + 1, true);
  file.set(text, HEADER);
  return file;
}

const SESSION = '0'.repeat(16);
const seconds = (time: number): string => (time / 1e9).toFixed(9);

export function taskFile(program: string, tasks: readonly Task[]): string {
  const first = tasks[0]?.id ?? 0;
  const session = `SESS timestamp=${seconds(0)} pid=${first} sid=${SESSION} exename="${program}"\n`;
  return session + tasks.map(({ id }) => `TASK timestamp=${seconds(0)} tid=${id} pid=${id}\n`).join('');
}

export function mapFile(program: string, start: number, end: number): string {
  const address = (value: number): string => value.toString(16).padStart(12, '0');
  const lines = [`${address(start)}-${address(end)} r-xp 00000000 00:00 0 ${program}`];
  return `${lines.join('\n')}\nffffffffffff-ffffffffffff rw-p 00000000 00:00 0 [stack]\n`;
}

/** Addresses are relative to the start of the map; `end` closes the last symbol. */
export function symbolFile(
  program: string,
  symbols: readonly (readonly [address: number, name: string])[],
  end: number,
): string {
  const address = (value: number): string => value.toString(16).padStart(16, '0');
  return `# symbols: ${symbols.length}\n# path name: ${program}\n# build-id: \n${symbols
    .map(([at, name]) => `${address(at)} T ${name}\n`)
    .join('')}${address(end)} ? __sym_end\n`;
}
export const SESSION_FILE = `sid-${SESSION}.map`;
