// The run beyond its recording, for the inspector that `lockstep run` opens: made again when somebody looks farther than the
// trace. Loaded only then.

import type { Recording, SessionOptions } from '../lockstep/index.ts';
import { Beyond, GREATEST_LIMIT, travelBoth } from '../lockstep/travel/index.ts';
import { parseLimit } from './gdb-options.ts';

export function beyondOf(
  recording: Recording,
  session: Omit<SessionOptions, 'stdin'>,
  stdin: Uint8Array,
  memoryLimit: string | undefined,
): Beyond {
  const limitBytes = parseLimit(memoryLimit, GREATEST_LIMIT);
  return new Beyond(recording, () =>
    travelBoth({
      ...session,
      stdin,
      cwd: process.cwd(),
      ...(limitBytes !== undefined && { limitBytes }),
      // The terminal is the inspector's.
      warn: () => {},
    }),
  );
}
