// How pin.ts talks with both sides: each `yield` of a generator asks both the same question and goes on with both answers.

import type { ObservationRows } from './observation-rows.ts';
import type { FromSide, Side, ToSide } from './protocol.ts';

/** Asked of both sides; the answers have the kind `expect`. */
export interface Question {
  readonly message: ToSide;
  readonly expect: FromSide['t'];
  /** Where the observations that come before the answers go. */
  readonly rows?: Readonly<Record<Side, ObservationRows>>;
}
export type Answers = Readonly<Record<Side, FromSide>>;
export type Asking<T> = Generator<Question, T, Answers>;
export type AnswersOf<T extends FromSide['t']> = Readonly<Record<Side, Extract<FromSide, { t: T }>>>;

export function* ask<T extends FromSide['t']>(
  message: ToSide,
  expect: T,
  rows?: Question['rows'],
): Asking<AnswersOf<T>> {
  return (yield { message, expect, ...(rows && { rows }) }) as AnswersOf<T>;
}
