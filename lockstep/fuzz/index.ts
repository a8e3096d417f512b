// What the command line uses of fuzzing.

export { type FleetOptions, runFleet } from './fleet.ts';
export { Journal, type JournalContents, readJournal, type Shard } from './journal.ts';
export { BATCH, type FuzzPlan } from './plan.ts';
export { Suppressions } from './suppressions.ts';
export { Tally } from './tally.ts';
