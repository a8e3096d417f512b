// The door of time travel.

export { Beyond, endOf, type Wanted, type WhereTo } from './beyond.ts';
export { BeyondProcess } from './beyond-process.ts';
export { createTraveller, DEFAULT_LIMIT, GREATEST_LIMIT, type TravelOptions } from './create.ts';
export type { RunSpec } from './messages.ts';
export type { Hit, Target } from './search.ts';
export { firstDifference, isSystem, reproduces, type SidesOptions, travelBoth } from './sides.ts';
export { type Arrival, type Journey, type Quest, Traveller } from './traveller.ts';
export { traceWindow } from './window.ts';
