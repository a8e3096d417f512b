// What a side (a machine under observation) and the comparator say to each other. frame.ts puts messages on a stream,
// shape.ts checks what arrives. Any change of meaning raises PROTOCOL_VERSION: both ends refuse another version.
// Instruction counts and addresses are numbers (exact integers), digests and register values are unsigned bigints.

import { pluginAnswer, pluginRequest } from './plugin-request.ts';
import {
  bool,
  bytes,
  count,
  type Infer,
  list,
  literal,
  type Message,
  maybe,
  object,
  oneOf,
  safeInt,
  text,
  u64,
  union,
  version,
} from './shape.ts';

export const PROTOCOL_VERSION = 11;

/** Side A is the first translator named (or the first to arrive when peers are started by hand). */
export type Side = 'A' | 'B';
export const SIDES = ['A', 'B'] as const;
export function other(side: Side): Side {
  return side === 'A' ? 'B' : 'A';
}

/** What a guest is started with: state that is there before the first instruction and that no digest covers. */
const setup = object({
  args: list(text(1 << 17), 4096),
  env: list(text(1 << 17), 4096),
  cwd: text(4096),
  memoryBytes: maybe(count),
  seed: maybe(count),
  maxInsns: maybe(count),
});

/** The first message of a side. What the two sides say here must agree wherever their streams could not otherwise. */
const hello = object({
  t: literal('hello'),
  protocol: version(PROTOCOL_VERSION),
  isa: text(64),
  system: bool,
  translator: text(1024),
  program: text(4096),
  /** SHA-256 of the program, in hexadecimal. */
  programHash: text(64),
  setup,
  window: count,
  /** 'blocks': the side keeps the digests of every block as it runs, so that nothing has to be replayed. */
  stream: oneOf('windows', 'blocks'),
});

const summaryFields = {
  /** Number of the window. It ends at the next multiple of its size, unless the guest ended first. */
  window: count,
  icount: count,
  blocks: count,
  path: u64,
  /** States at control transfers, where every block is recorded; else 0. */
  states: u64,
  /** Where blocks were entered and the states there, where every block is recorded; else 0. */
  places: u64,
  entries: u64,
  state: u64,
  memory: u64,
  events: u64,
} as const;

const summary = object({ t: literal('summary'), ...summaryFields });

const endOfGuest = object({
  kind: oneOf('exit', 'limit', 'stopped', 'stuck'),
  code: maybe(safeInt),
  reason: maybe(text(4096)),
});
const end = object({ t: literal('end'), ...summaryFields, end: endOfGuest });

/** Packed BlockObservations: see observation-rows.ts. */
const observations = object({ t: literal('observations'), rows: bytes(8 << 20) });

/** Something that happened to a guest, as reports and recordings show it. */
export const event = object({
  icount: count,
  cpu: count,
  kind: text(32),
  detail: list(u64, 64),
  text: text(1024),
});

/** The latest of what has happened to the guest in the window that ends now, for the person who watches. */
const recent = object({ t: literal('recent'), events: list(event, 64) });

/** Back at the start of the window that is to be narrowed: what was sent before of it and later ones counts no more. */
const narrowed = object({ t: literal('narrowed'), window: count });

/** The lowest instruction count, not below the one asked for, from which on a look back is possible. */
const reaches = object({ t: literal('reaches'), icount: count });
/** Gone back, with so many blocks before that place. */
const wentBack = object({ t: literal('went-back'), icount: count, blocks: count });
/** A stretch of a look back is over, with every block observed; numbered like windows, from 0. */
const looked = object({ t: literal('looked'), ...summaryFields });
/** The place that was asked for. */
const returned = object({ t: literal('returned') });

/** The replay of a pinned window is over; all its observations have been sent. */
const replayed = object({
  t: literal('replayed'),
  icount: count,
  pc: safeInt,
  state: u64,
  memory: u64,
  /** The replay ended in the very state of the first run. */
  reproduced: bool,
  events: list(event, 4096),
});

/** Packed probes, one for each place asked for: see observation-rows.ts. */
const measured = object({ t: literal('measured'), rows: bytes(1 << 16) });
/** Packed probes, one for each instruction. */
const probes = object({ t: literal('probes'), rows: bytes(1 << 20) });

const register = object({ name: text(32), cpu: count, entry: u64, after: u64 });
/** All registers of all vCPUs at each place asked for, in the order of `details.registers`. */
const registers = object({ t: literal('registers'), at: list(list(u64, 65536), 4) });
const blockText = object({
  pc: safeInt,
  insns: list(object({ pc: safeInt, bytes: text(64), text: text(256) }), 512),
  ir: text(1 << 20),
  irOptimised: text(1 << 20),
});
const details = object({
  t: literal('details'),
  entryPc: safeInt,
  afterPc: safeInt,
  registers: list(register, 65536),
  /** Pages written between the last agreed checkpoint and the point after the bad block, with a digest each. */
  pages: list(object({ address: safeInt, digest: u64 }), 65536),
  block: maybe(blockText),
  events: list(event, 4096),
});

const pages = object({
  t: literal('pages'),
  pages: list(object({ address: safeInt, bytes: maybe(bytes(65536)) }), 128),
});
const names = object({ t: literal('names'), names: list(maybe(text(512)), 1024) });
const insns = object({ t: literal('insns'), texts: list(text(256), 64) });
const changesMade = {
  /** Which of the changes in question were made, each once. */
  changes: list(object({ id: count, pass: text(128), rule: text(128), pc: safeInt, allowed: bool }), 1 << 18),
  /** False when there were more. */
  complete: bool,
} as const;
/** Where a block begins, and which vCPU runs it. */
const blockStart = object({ icount: count, cpu: count });
/** Bytes that an instruction changed. */
const store = object({ address: safeInt, before: bytes(4096), after: bytes(4096) });
/** One instruction begun: where, and all that is different after it. Registers by their place in a list of all vCPUs'. */
export const traceStep = object({
  pc: safeInt,
  cpu: count,
  registers: list(object({ index: count, value: u64 }), 65536),
  stores: list(store, 512),
});
/** An instruction of the traced code, as memory is after it. */
export const tracedInsn = object({ pc: safeInt, bytes: text(64), text: text(256), symbol: maybe(text(512)) });
const traced = object({
  t: literal('traced'),
  /** Of one vCPU, in order. */
  registers: list(object({ name: text(32), group: text(32) }), 4096),
  /** All registers of all vCPUs at the start. */
  initial: list(u64, 65536),
  steps: list(traceStep, 4096),
  code: list(tracedInsn, 4096),
  /** Pages worth showing: written, or pointed to by a register. */
  pages: list(safeInt, 64),
});
export const describedBlock = object({
  pc: safeInt,
  insns: list(object({ pc: safeInt, bytes: text(64), text: text(256) }), 512),
  ir: text(1 << 20),
  irOptimised: text(1 << 20),
  /** Empty when the block is not compiled to Wasm. */
  wasm: text(1 << 20),
});
const described = object({ t: literal('described'), blocks: list(maybe(describedBlock), 4) });
/** What a trial showed: one packed probe. */
const tried = object({ t: literal('tried'), rows: bytes(1 << 10), ...changesMade });
/** Changes of the whole run so far. */
const changes = object({ t: literal('changes'), ...changesMade });
/** What the guest writes, what the machine has to say, what plugins say. */
const OUTPUTS = ['stdout', 'stderr', 'note', 'plugin'] as const;
export type OutputStream = (typeof OUTPUTS)[number];
const output = object({ t: literal('output'), stream: oneOf(...OUTPUTS), bytes: bytes(1 << 20) });
/** What became of a request to change this side's plugins. */
const plugins = object({ t: literal('plugins'), id: count, answer: pluginAnswer });
const failed = object({ t: literal('failed'), message: text(65536), remedy: text(65536), usage: bool });

// --- comparator to side ------------------------------------------------------------------------------------------
const welcome = object({
  t: literal('welcome'),
  side: oneOf('A', 'B'),
  protocol: count,
  /** Instructions that a look back may go back from the last agreed window's end. */
  lookBack: count,
});
/** Both sides agree up to the end of this window: older checkpoints may go, but for those that a look back needs. */
const ack = object({ t: literal('ack'), window: count });
/**
 * Return to the end of the window before, say `narrowed`, and run on in fine windows (window.ts), numbered from this one on,
 * to the instruction count `until`.
 */
const narrow = object({ t: literal('narrow'), window: count, until: count });
/** Return to the end of the window before, replay this one observing every block, send observations, then replayed. */
const pin = object({ t: literal('pin'), window: count });
/** How far back can the side go, at most to this instruction count? */
const reach = object({ t: literal('reach'), icount: count });
/** Return to this instruction count, or to the next seam behind it, at `latest`; what was pinned is pinned no longer. */
const goBack = object({ t: literal('go-back'), icount: count, latest: count });
/** Run on from there, observing every block, to this instruction count, or to the next seam behind it, at `latest`. */
const look = object({ t: literal('look'), icount: count, latest: count });
/** Replay the last stretch as if it were a window that is pinned. */
const pinLooked = object({ t: literal('pin-looked') });
/** Run on to this instruction count, where the pinned window begins: from now on questions are about that window again. */
const returnTo = object({ t: literal('return'), icount: count, window: count });
/** Digests after each of `count` instructions from `entry`, each reached by a run of its own from the entry. */
const probe = object({ t: literal('probe'), entry: count, count: count, cpu: count });
/** How to get to a place: as blocks are entered, by a run that ends there, by one whose code observes nothing. */
const how = oneOf('visit', 'stop', 'bare');
/** Digests of memory at each of these instruction counts, ascending, seen in one run or, under 'bare', in one each. */
const measure = object({ t: literal('measure'), icounts: list(count, 64), how });
/** Registers at instruction counts after `entry`, each reached by a run of its own from there. */
const readRegisters = object({ t: literal('read-registers'), entry: count, icounts: list(count, 4) });
/**
 * State at the entry of a block and after it. How to get there: 'visit' looks from inside the run as blocks are entered,
 * which changes no block; 'stop' ends the run there, which cuts the block that was running, and so does 'bare'.
 */
const inspect = object({
  t: literal('inspect'),
  entry: count,
  after: count,
  cpu: count,
  how,
});
/** Contents where the last `inspect` has looked. */
const readPages = object({ t: literal('read-pages'), addresses: list(safeInt, 128) });
const readNames = object({ t: literal('read-names'), addresses: list(safeInt, 1024) });
/** Disassembly at these addresses, as memory is at `icount`. */
const readInsns = object({ t: literal('read-insns'), icount: count, addresses: list(safeInt, 64) });
const suffixes = list(text(64), 65536);
const choice = object({
  scope: maybe(object({ start: safeInt, end: safeInt })),
  made: suffixes,
  unmade: suffixes,
});
/** Run to `after` making only the changes that the side's choice allows (bisect/choice.ts); get there as `inspect` does. */
const trial = object({
  t: literal('trial'),
  /** Null: all changes. */
  A: maybe(choice),
  B: maybe(choice),
  after: count,
  how,
});
/** Of a side that was started with a choice. */
const listChanges = object({ t: literal('list-changes') });
/**
 * Registers and stores of each instruction of these blocks: each reached by a run of its own from the start of its block,
 * as with `probe`; the last place is where the last block ends.
 */
const trace = object({ t: literal('trace'), A: list(blockStart, 1024), B: list(blockStart, 1024) });
/** Contents of pages at an instruction count. */
const peek = object({ t: literal('peek'), icount: count, addresses: list(safeInt, 128) });
/** Code, IR and Wasm of the blocks at these addresses. */
const describeBlocks = object({ t: literal('describe'), A: list(safeInt, 4), B: list(safeInt, 4) });
/** The pinned window held no divergence: go on from its end. */
const resume = object({ t: literal('resume'), window: count });
/** Change the plugins at the end of the first window at or beyond this instruction count, and answer. */
const changePlugins = object({ t: literal('change-plugins'), id: count, at: count, request: pluginRequest });
/** The end. `report` is the JSON text of the report; the side ends its run. */
const verdict = object({
  t: literal('verdict'),
  verdict: oneOf('same', 'diverged', 'inconclusive', 'failed'),
  report: text(8 << 20),
});

export const fromSide = union({
  hello,
  summary,
  end,
  recent,
  narrowed,
  reaches,
  'went-back': wentBack,
  looked,
  returned,
  observations,
  replayed,
  measured,
  probes,
  registers,
  details,
  pages,
  names,
  insns,
  tried,
  traced,
  described,
  changes,
  output,
  plugins,
  failed,
});
export const toSide = union({
  welcome,
  ack,
  narrow,
  pin,
  reach,
  'go-back': goBack,
  look,
  'pin-looked': pinLooked,
  return: returnTo,
  measure,
  probe,
  'read-registers': readRegisters,
  inspect,
  'read-pages': readPages,
  'read-names': readNames,
  'read-insns': readInsns,
  trial,
  'list-changes': listChanges,
  trace,
  peek,
  describe: describeBlocks,
  resume,
  'change-plugins': changePlugins,
  verdict,
});

export type FromSide = Infer<typeof fromSide>;
export type ToSide = Infer<typeof toSide>;
export type Setup = Infer<typeof setup>;
export type Hello = Infer<typeof hello>;
export type Summary = Infer<typeof summary>;
export type End = Infer<typeof end>;
export type EndOfGuest = Infer<typeof endOfGuest>;
export type Replayed = Infer<typeof replayed>;
export type Details = Infer<typeof details>;
export type Pages = Infer<typeof pages>;
export type EventRecord = Infer<typeof event>;
export type BlockStart = Infer<typeof blockStart>;
export type TraceStep = Infer<typeof traceStep>;
export type TracedInsn = Infer<typeof tracedInsn>;
export type Traced = Infer<typeof traced>;
export type DescribedBlock = Infer<typeof describedBlock>;
export type BlockDescription = Infer<typeof blockText>;
export type { Message };
