// What a machine under trial is steered by: makes the changes of a choice and remembers which those were, each once.

import type { ChangeOptions, ChangeRecord } from '../../emulator/index.ts';
import { type Choice, chooser, inScope } from './choice.ts';

/** Changes remembered; far more than a window of blocks asks for. */
const LIMIT = 1 << 17;

export class ChangeRecorder {
  private readonly made = new Map<number, ChangeRecord>();
  /** False when there were more changes than are remembered. */
  complete = true;
  readonly options: ChangeOptions;

  constructor(choice: Choice) {
    this.options = {
      allows: chooser(choice),
      record: (change) => {
        if (!change.allowed || !inScope(choice, change)) return;
        if (this.made.size < LIMIT) this.made.set(change.id, change);
        else this.complete = false;
      },
    };
  }

  get changes(): ChangeRecord[] {
    return [...this.made.values()];
  }
}
