// Which of the changes a translator asks for it may make in one trial of a search. Plain data, since it goes over the wire;
// a set of changes is named by the ends of their ids in binary, so that changes nobody has seen yet fall into it too.

import type { Change } from '../../emulator/index.ts';

/** The last bits of an id in binary; '' is the end of every id. */
export type Suffix = string;

/** Bits of an id. */
export const ID_BITS = 48;

export interface Choice {
  /** Guest addresses [start, end) of the changes in question, others are made as ever; null: all addresses. */
  readonly scope: { readonly start: number; readonly end: number } | null;
  /** Of the changes in question those with one of these ends are made. */
  readonly made: readonly Suffix[];
  /** … unless they have one of these. */
  readonly unmade: readonly Suffix[];
}

/** The whole id in binary: the end that no other change has. */
export function suffixOf(id: number, bits: number = ID_BITS): Suffix {
  return id
    .toString(2)
    .padStart(ID_BITS, '0')
    .slice(ID_BITS - bits);
}

/** A test for ids. */
export function endsIn(suffix: Suffix): (id: number) => boolean {
  const modulus = 2 ** suffix.length;
  const rest = suffix === '' ? 0 : Number.parseInt(suffix, 2);
  return (id) => id % modulus === rest;
}

export function inScope({ scope }: Pick<Choice, 'scope'>, { pc }: Pick<Change, 'pc'>): boolean {
  return scope === null || (pc >= scope.start && pc < scope.end);
}

/** Whether `choice` lets the translator make a change. */
export function chooser(choice: Choice): (change: Pick<Change, 'id' | 'pc'>) => boolean {
  const made = choice.made.map(endsIn);
  const unmade = choice.unmade.map(endsIn);
  return (change) => {
    if (!inScope(choice, change)) return true;
    const ends = (test: (id: number) => boolean) => test(change.id);
    return made.some(ends) && !unmade.some(ends);
  };
}
