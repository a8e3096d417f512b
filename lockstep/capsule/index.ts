// The door of capsules, apart from that of the room, so that other commands do not load them.

export { type Collected, collect } from './collect.ts';
export { type Capsule, decodeCapsule, encodeCapsule } from './format.ts';
export { assembler } from './listing.ts';
export { capsuleText, runText, verdictOf } from './report.ts';
export { shrinkCapsule } from './shrink.ts';
export { type CapsuleRun, judge, wrongVariant } from './verdict.ts';
