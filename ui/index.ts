// The door of the ui room.

export { type ColorChoice, wantsColor } from './color.ts';
export { createProgress, type ProgressLine, type ProgressSink, progressText, type RunProgress } from './progress.ts';
