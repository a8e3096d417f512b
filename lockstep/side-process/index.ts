// The processes of sides, and spare ones: what a process is to run it reads from its standard input, so it can be started
// before that is known. While the command line is still being loaded and understood, two spare ones load what they need.
// Imports nothing else of this room. A process that is not told anything ends when its standard input does.

import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { moduleUrl } from '../../emulator/host-package.ts';

interface Started {
  readonly spare: ChildProcess[];
  /** Of every process started here: when it has ended. */
  readonly ends: Promise<void>[];
}

const STARTED: unique symbol = Symbol.for('lockstep.sides');
/** Of the whole process: the build has this module twice, in its launcher, which starts the spare ones, and where they are taken. */
const shared = globalThis as { [STARTED]?: Started };
shared[STARTED] ??= { spare: [], ends: [] };
const { spare, ends } = shared[STARTED];

/** A process that waits for the spec of a side; `main` is the file of another build than this one. */
export function sideProcess(main?: string): ChildProcess {
  if (main !== undefined) return start(main);
  // One that has ended already tells nobody why.
  for (let process = spare.shift(); process; process = spare.shift())
    if (process.pid !== undefined && process.exitCode === null && process.signalCode === null) return process;
  return start();
}

/** Starts the two that a comparison will need, if it has not been done. `endSides` is called when the comparison is over. */
export function startSpares(): void {
  if (ends.length === 0) spare.push(start(), start());
}

/** Ends those that nobody has taken. Resolves when all that were ever started have ended, whoever has ended them. */
export async function endSides(): Promise<void> {
  for (const process of spare.splice(0)) process.kill('SIGKILL');
  await Promise.all(ends);
}

function start(main?: string): ChildProcess {
  // The sources run as they are under tsx, the build under plain node: whichever runs now, with its options.
  const args = main ? [main] : [...process.execArgv, fileURLToPath(moduleUrl('lockstep/instance-main', '.js'))];
  const { spawn } = process.getBuiltinModule('node:child_process');
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'pipe', 'pipe'], env: sideEnvironment() });
  // Why it could not be started is told to whoever takes it (session.ts).
  child.on('error', () => {});
  ends.push(
    new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    }),
  );
  return child;
}

/** Without what makes every Node process read and parse certificates when it starts (40 ms each): a side talks to nobody but us. */
function sideEnvironment(): NodeJS.ProcessEnv {
  if (process.env.NODE_EXTRA_CA_CERTS === undefined) return process.env;
  const { NODE_EXTRA_CA_CERTS: _, ...rest } = process.env;
  return rest;
}
