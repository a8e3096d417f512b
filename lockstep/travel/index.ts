// The door of time travel.

export { createTraveller, DEFAULT_LIMIT, GREATEST_LIMIT, type TravelOptions } from './create.ts';
export type { Hit, Target } from './search.ts';
export { type Arrival, type Journey, Traveller } from './traveller.ts';
