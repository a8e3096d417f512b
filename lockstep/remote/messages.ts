// What a viewer and the run it watches say to each other: JSON texts over a WebSocket, one message each, none longer than
// MAX_MESSAGE. What arrives is checked against its shape before it is used. Any change of meaning raises REMOTE_VERSION.
// Bytes travel in base64: a web page reads that without a library.

import { pluginAnswer, pluginRequest } from '../plugin-request.ts';
import {
  bool,
  count,
  type Infer,
  list,
  literal,
  type Message,
  maybe,
  object,
  oneOf,
  type Shape,
  text,
  union,
  version,
} from '../shape.ts';
import { ACTIONS, EVENTS_KEPT, NOTE_LIMIT, NOTES_KEPT, OUTPUT_TAIL, runInfo, runStatus, seenEvent } from './model.ts';

export const REMOTE_VERSION = 3;
export const MAX_MESSAGE = 1 << 20;
/** Of a document one message carries so many bytes. */
export const PIECE = 192 << 10;

const base64 = (bytes: number) => text(4 * Math.ceil(bytes / 3));

/** The run, first. */
const hello = object({ t: literal('hello'), version: version(REMOTE_VERSION), run: runInfo, control: bool });
/**
 * Where the run is, and what is new since the last one. Each list and the output end what there has been so far, `total` in
 * all: a viewer to whom something in between is lost sees it by that.
 */
const state = object({
  t: literal('state'),
  status: runStatus,
  events: object({ total: count, added: list(seenEvent, EVENTS_KEPT) }),
  notes: object({ total: count, added: list(text(NOTE_LIMIT), NOTES_KEPT) }),
  output: object({ total: count, added: base64(OUTPUT_TAIL) }),
});
/** A part of what remains of the run after its end: the report as JSON, the recording as the file it would be. */
const piece = object({
  t: literal('piece'),
  of: oneOf('report', 'recording'),
  at: count,
  total: count,
  bytes: base64(PIECE),
});
/** Nothing more will come. */
const over = object({ t: literal('over') });
/** What became of a request of this viewer's to change plugins. */
const plugins = object({ t: literal('plugins'), id: count, answer: pluginAnswer });
const refused = object({ t: literal('refused'), why: text(1024) });

/** A viewer's first message: which run it knows, and how much of it. */
const watch = object({
  t: literal('watch'),
  version: version(REMOTE_VERSION),
  /** Null: none yet. What follows counts for this run alone. */
  run: maybe(text(64)),
  events: count,
  notes: count,
  output: count,
  report: count,
  recording: count,
});
const control = object({ t: literal('control'), action: oneOf(...ACTIONS) });

/** The viewer numbers its requests. */
const changePlugins = object({ t: literal('change-plugins'), id: count, request: pluginRequest });

export const toViewer = union({ hello, state, piece, over, plugins, refused });
export const fromViewer = union({ watch, control, 'change-plugins': changePlugins });
export type ToViewer = Infer<typeof toViewer>;
export type FromViewer = Infer<typeof fromViewer>;
export type Watch = Infer<typeof watch>;
export type Document = Infer<typeof piece>['of'];
/** What remains of a run after its end. */
export type Documents = Readonly<Partial<Record<Document, Uint8Array>>>;
export const DOCUMENTS = ['report', 'recording'] as const satisfies readonly Document[];

/** The message, or why it is none. */
export function decode<T extends Message>(
  data: string,
  shape: Shape<T>,
): { readonly message: T } | { readonly wrong: string } {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return { wrong: 'it is no JSON' };
  }
  const wrong = shape.check(value, 'message');
  return wrong === undefined ? { message: value as T } : { wrong };
}
