// The process of the run beyond the trace. Started by beyond-process.ts, asked one thing at a time; while nothing is asked it
// looks ahead. Ends with the channel to the one who started it.

import { endWith } from '../end-with.ts';
import { runsForeignCode } from '../instance.ts';
import { Beyond, endOf } from './beyond.ts';
import type { FromBeyond, Question, RunSpec, ToBeyond } from './messages.ts';
import { travelBoth } from './sides.ts';

// Ctrl-C and Ctrl-Z reach the whole process group; the one at the terminal decides what they mean.
process.on('SIGINT', () => {});
process.once('disconnect', () => process.exit());

let beyond: Beyond | undefined;
let current: { readonly id: number; readonly controller: AbortController } | undefined;
/** Everything is done one after the other. */
let work: Promise<void> = Promise.resolve();
let ahead = { start: 0, end: 0, controller: new AbortController() };

function begin(run: RunSpec, parent: number): void {
  if ([run.a, run.b].some((translator) => runsForeignCode({ translator }))) endWith(parent);
  // The terminal is the inspector's.
  beyond = new Beyond(() => travelBoth({ ...run, warn: () => {} }));
}

function tell(message: FromBeyond): void {
  if (process.connected) process.send?.(message);
}

async function answer(id: number, question: Question, signal: AbortSignal): Promise<void> {
  const journey = { signal, onProgress: (icount: number) => tell({ t: 'at', id, icount }) };
  try {
    if (question.what === 'find') {
      tell({ t: 'answer', id, answer: await beyond!.find(question.whereTo, journey) });
      return;
    }
    const trace = await beyond!.around(question.icount, journey);
    tell({ t: 'answer', id, answer: trace });
    if (trace) lookAhead(trace.start, endOf(trace));
  } catch (error) {
    tell({ t: 'failed', id, message: error instanceof Error ? error.message : String(error) });
  }
}

function lookAhead(start: number, end: number): void {
  const controller = new AbortController();
  ahead = { start, end, controller };
  const { signal } = controller;
  // What goes wrong here goes wrong again when it is asked for, and is told then.
  work = work.then(() => beyond!.lookAhead({ start, end }, signal)).catch(() => {});
}

/** What is asked for is what is being looked at. */
function isNear(question: Question): boolean {
  return question.what === 'around' && question.icount >= ahead.start - NEAR && question.icount < ahead.end + NEAR;
}

const NEAR = 64;

process.on('message', (message: ToBeyond) => {
  switch (message.t) {
    case 'begin':
      begin(message.run, message.parent);
      return;
    case 'near':
      lookAhead(message.start, message.end);
      return;
    case 'ask': {
      const { id, question } = message;
      const controller = new AbortController();
      current = { id, controller };
      if (!isNear(question)) ahead.controller.abort();
      work = work.then(() => answer(id, question, controller.signal));
      return;
    }
    case 'callOff':
      if (current?.id === message.id) current.controller.abort();
      return;
  }
});
