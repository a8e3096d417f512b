// The door of the lockstep room.

export { type Hunt, type HuntOptions, hunt } from './bisect/hunt.ts';
export { HuntJournal } from './bisect/journal.ts';
export type { SearchNews, StepNews, TrialNews, VoteNews } from './bisect/news.ts';
export { type ByHandOptions, lockstepPlugin } from './by-hand.ts';
export type { Progress } from './comparator.ts';
export { RunControl } from './control.ts';
export { EngineError, Interrupted } from './engine-error.ts';
export type { Capture } from './investigate.ts';
export { DEFAULT_LOOK_BACK, LOOK_BACK_ALL, parseLookBack } from './look-back.ts';
export { lockstepSummary, type Observer } from './plugin.ts';
export type { SidesPlugins } from './plugin-asks.ts';
export { pluginRequest } from './plugin-request.ts';
export { programHash } from './program-identity.ts';
export { SIDES, type Side } from './protocol.ts';
export { decodeRecording, encodeRecording } from './recording/file.ts';
export type { RecordedSide, RecordedTrace, Recording } from './recording/model.ts';
export { LiveRun } from './remote/live-run.ts';
export type { ControlAction, Ending, RunInfo, RunStatus, SeenEvent, Watched, WatchSource } from './remote/model.ts';
export { SpeedMeter } from './remote/speed.ts';
export { type Row, sideBySide } from './report/columns.ts';
export { HUNT_SCHEMA, type HuntReport, huntReport, huntSentences, huntText, type SearchResult } from './report/hunt.ts';
export { REPORT_SCHEMA, type Report } from './report/model.ts';
export { endText, reportText, type TextOptions } from './report/text.ts';
export { type InputStream, runSession, type SessionOptions } from './session.ts';
export { checkWindow, DEFAULT_WINDOW, MAX_RECORDED, MAX_WINDOW, MIN_WINDOW } from './window.ts';
