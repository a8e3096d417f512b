// The door of the ui room.

export { type ColorChoice, wantsColor } from './color.ts';
export type { BlameSearch } from './inspector/bisect.ts';
export { LEAST_HEIGHT, LEAST_WIDTH } from './inspector/geometry.ts';
export type { openInspector } from './inspector/open.ts';
export { lineAnsi } from './lines.ts';
export { bisection } from './panes/bisect.ts';
export { PANE_NAMES, PANES, type PaneName } from './panes/index.ts';
export { createProgress, type ProgressLine, type ProgressSink, progressText, type RunProgress } from './progress.ts';
export { BEGUN, type Bisection, type SearchTold, told } from './trace/bisection.ts';
export { parseAddress, parsePlace } from './trace/place.ts';
export { RunView } from './trace/run-view.ts';
