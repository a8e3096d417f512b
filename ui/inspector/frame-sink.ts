// What Ink writes its frames to.

import { EventEmitter } from 'node:events';

/** What Ink takes for a terminal: with `debug` it writes every frame whole. */
export function frameSink(frame: (text: string) => void, columns: number) {
  return Object.assign(new EventEmitter(), {
    columns,
    write(text: string) {
      frame(text);
      return true;
    },
  });
}
