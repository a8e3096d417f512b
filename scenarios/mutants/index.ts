// The mutants: translators with one bug each, found again by tests and shown by `lockstep run --b mutant:NAME`.

import { didYouMean, type Translator, UsageError } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { condition } from './condition.ts';
import { copyJoin } from './copy-join.ts';
import { deadStore } from './dead-store.ts';
import { fold } from './fold.ts';
import { shiftMask } from './shift-mask.ts';
import { signExtension } from './sign-extension.ts';
import { staleCode } from './stale-code.ts';
import { wrongLink } from './wrong-link.ts';

export const mutants: readonly Mutant[] = [
  fold,
  signExtension,
  shiftMask,
  condition,
  copyJoin,
  deadStore,
  staleCode,
  wrongLink,
];

/** The translator of the mutant called `name` (without `mutant:`). */
export function resolveMutant(name: string): Translator {
  const found = mutants.find((mutant) => mutant.name === name);
  if (found === undefined) {
    throw new UsageError(
      `no mutant ${name}`,
      didYouMean(
        name,
        mutants.map((mutant) => mutant.name),
      ),
    );
  }
  return found.translator;
}
