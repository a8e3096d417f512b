// The door to the live view: loaded only when somebody watches.

export { type LiveCommands, type LiveHost, type LiveView, openLive } from './open.ts';
export { durationText, stateText, statusLine } from './status.ts';
