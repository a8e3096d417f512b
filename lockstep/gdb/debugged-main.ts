// The process of the machines under debuggers. Started by debugged.ts; ends with the channel to the one who started it.

import { endWith } from '../end-with.ts';
import { explain } from '../engine-error.ts';
import type { FromDebugged, ToDebugged } from './messages.ts';
import { serveSides } from './serve-sides.ts';

const HERE_MS = 500;

// Ctrl-C reaches the whole process group; the one who waits decides what it means.
process.on('SIGINT', () => {});
process.once('disconnect', () => process.exit());

function tell(message: FromDebugged): void {
  if (process.connected) process.send?.(message);
}

process.once('message', async ({ debugged, parent }: ToDebugged) => {
  endWith(parent);
  setInterval(() => tell({ t: 'here' }), HERE_MS);
  try {
    await serveSides(debugged, {
      serving: (served) => tell({ t: 'serving', served }),
      say: (line) => tell({ t: 'says', line }),
    });
    tell({ t: 'over' });
  } catch (error) {
    tell({ t: 'failed', ...explain(error) });
  }
});
