// The door of the debugger's side.

export { debugRun } from './debugged.ts';
export type { Served } from './messages.ts';
export { servedAt } from './serve-sides.ts';
export { type GdbServer, serveGdb } from './server.ts';
export type { GdbSide } from './side.ts';
export type { Parting } from './stub.ts';
