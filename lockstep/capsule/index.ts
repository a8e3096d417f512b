// The door of capsules, apart from that of the room, so that other commands do not load them.

export { blameCapsule, type CapsuleBlame } from './blame.ts';
export { type Collected, collect } from './collect.ts';
export { type Capsule, decodeCapsule, encodeCapsule } from './format.ts';
export { assembler } from './listing.ts';
export { type CapsuleProgram, capsuleProgram } from './program.ts';
export { capsuleText, runSentences, runText, verdictOf } from './report.ts';
export { shrinkCapsule } from './shrink.ts';
export { type CapsuleRun, judge, wrongVariant } from './verdict.ts';
