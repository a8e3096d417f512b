// Two machines in this process that run the same programs one after another. What a program leaves behind is part of the
// next one's start where a translator gets that wrong; a new duel starts from nothing.

import {
  agree,
  brokenOutcome,
  type ChangeOptions,
  type Coverage,
  type Outcome,
  type Sequence,
  SequenceMachine,
} from '../../emulator/sequence/index.ts';
import type { Side } from '../protocol.ts';
import type { Settings } from './plan.ts';

export class Duel {
  private readonly machines: Readonly<Record<Side, SequenceMachine>>;

  /** What side B translates is counted in `coverage`; `steer` decides on the changes of each side. */
  static async make(
    { a, b, privileged }: Settings,
    coverage?: Coverage,
    steer: Partial<Record<Side, ChangeOptions>> = {},
  ): Promise<Duel> {
    const A = await SequenceMachine.make(a, privileged, undefined, steer.A);
    return new Duel({ A, B: await SequenceMachine.make(b, privileged, coverage, steer.B) });
  }

  private constructor(machines: Readonly<Record<Side, SequenceMachine>>) {
    this.machines = machines;
  }

  run(sequence: Sequence): { readonly A: Outcome; readonly B: Outcome; readonly differs: boolean } {
    const [A, B] = [attempt(this.machines.A, sequence), attempt(this.machines.B, sequence)];
    return { A, B, differs: !agree(A, B) };
  }

  close(): void {
    this.machines.A.close();
    this.machines.B.close();
  }
}

/** A translator that throws has an outcome too. */
function attempt(machine: SequenceMachine, sequence: Sequence): Outcome {
  try {
    return machine.run(sequence);
  } catch (error) {
    return brokenOutcome(error);
  }
}
