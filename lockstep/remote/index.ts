// The door to serving and watching runs: loaded only by those who do.

export { isLoopback, newToken } from './access.ts';
export { type Place, RemoteRun } from './client.ts';
export type { ToViewer } from './messages.ts';
export { connectTo, listenAtOwnSocket, listenAtPort, listenAtSocket, liveSockets } from './places.ts';
export { LIVE_PATH, MAX_VIEWERS, type PageFile, RunServer } from './server.ts';
