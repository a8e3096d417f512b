// Opens the inspector where there is a person at a terminal. Its module is loaded only then.

import { writeFileSync } from 'node:fs';
import { importModule, moduleUrl } from '../emulator/host-package.ts';
import { type Recording, reportText } from '../lockstep/index.ts';
import type { BeyondProcess } from '../lockstep/travel/index.ts';
import { type ColorChoice, LEAST_HEIGHT, LEAST_WIDTH, type openInspector, wantsColor } from '../ui/index.ts';
import { blameSearch, type SearchableRun } from './blame-search.ts';
import { writeRecording } from './recording-file.ts';
import { isTerminal } from './terminal.ts';

const REPORT_WIDTH = 120;

/** A person can read what is on the screen and press keys, and the panes have room. */
export function canInspect(): boolean {
  if (!isTerminal(0) || !isTerminal(1) || process.env.TERM === 'dumb') return false;
  const { stdout } = process;
  return (stdout.columns || 0) >= LEAST_WIDTH && (stdout.rows || 0) >= LEAST_HEIGHT;
}

/** Its module, which takes a while the first time. */
export async function loadInspector(): Promise<{ readonly openInspector: typeof openInspector }> {
  return (await importModule(moduleUrl('ui/inspector/open', '.mjs').href)) as { openInspector: typeof openInspector };
}

/** The run, where it can still be made: to look at beyond the recording, and to search in. */
export interface RunAtHand {
  readonly beyond: BeyondProcess;
  readonly searchable: SearchableRun;
}

/** Resolves when the person has quit. */
export async function inspect(recording: Recording, choice: ColorChoice, run?: RunAtHand): Promise<void> {
  const module = await loadInspector();
  try {
    await module.openInspector(recording, {
      color: wantsColor(choice, process.env, true),
      exportReport: (path) => writeFileSync(path, reportText(recording.report, { color: false, width: REPORT_WIDTH })),
      saveRecording: (path) => writeRecording(path, recording),
      blame: blameSearch(recording.capsule, run?.searchable),
      ...(run && { beyond: run.beyond }),
    });
  } finally {
    run?.beyond.close();
  }
}
