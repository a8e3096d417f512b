// The door of the debugger's side.

export { type GdbServer, serveGdb } from './server.ts';
export type { GdbSide } from './side.ts';
export type { Parting } from './stub.ts';
