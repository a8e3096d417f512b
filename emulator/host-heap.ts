// The heap of processes that this package starts by itself. Imports nothing.

/**
 * A young generation in which all fits that a machine allocates until it runs. It is a megabyte otherwise, and of what a
 * start leaves nearly all stays: V8 copies it from one half to the other again and again, on all processors.
 */
export const ROOMY_HEAP = '--min-semi-space-size=8';

/**
 * Names, among the files that are valid for one set of V8's flags, those of a process like this one: '' of one that a
 * person starts.
 */
export const flagsMark: string = process.execArgv.includes(ROOMY_HEAP) ? '.roomy' : '';
