// The door of the search through a translator's history, apart from that of the room, so that other commands do not load it.

export { gitIn, repositoryOf } from './git.ts';
export { bisectHistory, type HistoryFound } from './history.ts';
