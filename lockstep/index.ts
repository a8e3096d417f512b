// The door of the lockstep room.

export { type Hunt, type HuntOptions, hunt } from './bisect/hunt.ts';
export { type ByHandOptions, lockstepPlugin } from './by-hand.ts';
export { EngineError, Interrupted } from './engine-error.ts';
export { programHash } from './instance.ts';
export { lockstepSummary, type Observer } from './plugin.ts';
export type { Side } from './protocol.ts';
export { HUNT_SCHEMA, type HuntReport, huntReport, huntText } from './report/hunt.ts';
export { REPORT_SCHEMA, type Report } from './report/model.ts';
export { reportText, type TextOptions } from './report/text.ts';
export { type InputStream, runSession, type SessionOptions } from './session.ts';
export { checkWindow, DEFAULT_WINDOW, MAX_WINDOW, MIN_WINDOW } from './window.ts';
