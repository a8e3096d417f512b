// The door of fuzzing, apart from that of the room, so that other commands do not load it.

export type { JournalFile } from '../journal-file.ts';
export { FUZZ_SCHEMA, type FuzzReport, fuzzReport, fuzzText } from '../report/fuzz.ts';
export { type FleetOptions, runFleet } from './fleet.ts';
export { createJournal, type JournalContents, readJournal, resumeJournal, type Shard } from './journal.ts';
export { BATCH, type FuzzPlan } from './plan.ts';
export { Suppressions } from './suppressions.ts';
export { Tally } from './tally.ts';
