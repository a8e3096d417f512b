// The run beyond its recording, for the inspector that `lockstep run` opens: made again when somebody looks farther than the
// trace. Loaded only then.

import type { Recording } from '../lockstep/index.ts';
import { BeyondProcess, type RunSpec } from '../lockstep/travel/index.ts';

export function beyondOf(recording: Recording, run: RunSpec): BeyondProcess {
  const beyond = new BeyondProcess(recording, run);
  beyond.prepare();
  return beyond;
}
