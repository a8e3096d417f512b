// The mutants: translators with one bug each, found again by tests and shown by `lockstep run --b mutant:NAME`.

import { didYouMean, type Translator, UsageError } from '../../emulator/index.ts';
import type { Mutant } from '../scenario.ts';
import { branchEqual } from './branch-equal.ts';
import { compareBoundary } from './compare-boundary.ts';
import { compressedShift } from './compressed-shift.ts';
import { compressedStack } from './compressed-stack.ts';
import { condition } from './condition.ts';
import { conditionalAddress } from './conditional-address.ts';
import { conditionalTwice } from './conditional-twice.ts';
import { copyJoin } from './copy-join.ts';
import { crossingCode } from './crossing-code.ts';
import { cutCount } from './cut-count.ts';
import { deadStore } from './dead-store.ts';
import { deadline } from './deadline.ts';
import { together } from './derive.ts';
import { divOverflow } from './div-overflow.ts';
import { divisionByShift } from './division-by-shift.ts';
import { divuwExtension } from './divuw-extension.ts';
import { dynamicRounding } from './dynamic-rounding.ts';
import { entryLoad } from './entry-load.ts';
import { fetchAndAdd } from './fetch-and-add.ts';
import { fold } from './fold.ts';
import { foldArithmeticShift } from './fold-arithmetic-shift.ts';
import { foldCarry } from './fold-carry.ts';
import { forwardAlias } from './forward-alias.ts';
import { forwardNarrow } from './forward-narrow.ts';
import { halfOrder } from './half-order.ts';
import { highProduct } from './high-product.ts';
import { lateSignal } from './late-signal.ts';
import { linkFirst } from './link-first.ts';
import { loadHoist } from './load-hoist.ts';
import { loadSign } from './load-sign.ts';
import { lostFlags } from './lost-flags.ts';
import { luiSign } from './lui-sign.ts';
import { maximumSign } from './maximum-sign.ts';
import { minimumNan } from './minimum-nan.ts';
import { minimumWord } from './minimum-word.ts';
import { pageWrap } from './page-wrap.ts';
import { partialStore } from './partial-store.ts';
import { remainderZero } from './remainder-zero.ts';
import { roundedTwice } from './rounded-twice.ts';
import { shiftMask } from './shift-mask.ts';
import { shiftSaturate } from './shift-saturate.ts';
import { shiftedExtension } from './shifted-extension.ts';
import { signExtension } from './sign-extension.ts';
import { staleCode } from './stale-code.ts';
import { staleLink } from './stale-link.ts';
import { staleProtection } from './stale-protection.ts';
import { storeWidth } from './store-width.ts';
import { sumExtension } from './sum-extension.ts';
import { truncation } from './truncation.ts';
import { unboxedInput } from './unboxed-input.ts';
import { unboxedLoad } from './unboxed-load.ts';
import { unsignedConversion } from './unsigned-conversion.ts';
import { wideOffset } from './wide-offset.ts';
import { wrongLink } from './wrong-link.ts';

export const mutants: readonly Mutant[] = [
  // Folding and arithmetic
  fold,
  foldCarry,
  foldArithmeticShift,
  divisionByShift,
  divOverflow,
  remainderZero,
  divuwExtension,
  highProduct,
  // Extensions and shifts
  signExtension,
  shiftedExtension,
  sumExtension,
  luiSign,
  shiftMask,
  shiftSaturate,
  // Conditions and control flow
  condition,
  compareBoundary,
  branchEqual,
  linkFirst,
  copyJoin,
  // Encodings
  compressedShift,
  compressedStack,
  // Memory
  forwardAlias,
  forwardNarrow,
  loadHoist,
  wideOffset,
  storeWidth,
  loadSign,
  halfOrder,
  pageWrap,
  partialStore,
  deadStore,
  // Atomics
  conditionalAddress,
  conditionalTwice,
  fetchAndAdd,
  minimumWord,
  maximumSign,
  // Floating point
  dynamicRounding,
  truncation,
  roundedTwice,
  unsignedConversion,
  unboxedInput,
  unboxedLoad,
  lostFlags,
  minimumNan,
  // Around translated code
  staleCode,
  crossingCode,
  staleLink,
  wrongLink,
  staleProtection,
  entryLoad,
  deadline,
  cutCount,
  lateSignal,
];

/** The translator of the mutant called `name` (without `mutant:`); of several, `one+other`, with the bugs of all. */
export function resolveMutant(name: string): Translator {
  const [first, ...others] = name.split('+').map(only);
  return others.length === 0 ? first! : { ...together([first!, ...others]), name: `mutant:${name}` };
}

/** The translator of one mutant. */
function only(name: string): Translator {
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
