// Runs the real command line in a process of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// `npm test` has just built everything; a test run by itself takes the sources as they are.
export const RUNS_BUILD: boolean = ['test', 'kills', 'mutants'].includes(process.env.npm_lifecycle_event ?? '');
const MAIN = fileURLToPath(new URL(RUNS_BUILD ? '../../dist/cli/main.js' : '../../cli/main.ts', import.meta.url));
/** Node's own words before the command line's. */
export const NODE_ARGS = RUNS_BUILD ? [MAIN] : ['--import', import.meta.resolve('tsx'), MAIN];

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when standard error holds the text; rejects when the process ends without it. */
  said(text: string): Promise<void>;
}

const LIMIT_MS = 120_000;
/** Where capsules go that no test has asked for. */
const CAPSULES = join(tmpdir(), 'lockstep-test-capsules');

/** `stdin` null is left open: the caller writes to the child and ends it. */
export function start(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  stdin: string | null = '',
  cwd?: string,
): Running {
  // Test runners set FORCE_COLOR, which would beat NO_COLOR.
  const { FORCE_COLOR: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [...NODE_ARGS, ...args], {
    env: { ...inherited, NO_COLOR: '1', LOCKSTEP_CAPSULES: CAPSULES, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  });
  let stdout = '';
  let stderr = '';
  const waiting: { text: string; resolve: () => void; reject: (error: Error) => void }[] = [];
  child.stdout.on('data', (bytes) => {
    stdout += bytes;
  });
  child.stderr.on('data', (bytes) => {
    stderr += bytes;
    for (const wait of waiting) if (stderr.includes(wait.text)) wait.resolve();
  });
  child.stdin.on('error', () => {});
  if (stdin !== null) child.stdin.end(stdin);
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      for (const wait of waiting) wait.reject(new Error(`ended without saying "${wait.text}":\n${stderr}`));
      resolve({ code, signal, stdout, stderr });
    });
  });
  return {
    child,
    ended,
    said: (text) =>
      new Promise((resolve, reject) => {
        if (stderr.includes(text)) resolve();
        else waiting.push({ text, resolve, reject });
      }),
  };
}

export function cli(args: readonly string[], env: Readonly<Record<string, string>> = {}, stdin = ''): Promise<Ended> {
  return start(args, env, stdin).ended;
}
