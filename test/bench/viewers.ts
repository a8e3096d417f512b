// What watching costs a run: alone, with fifty viewers of whom ten never read, with the live view at a terminal; and how
// soon the live view answers a key. Rounds alternate; medians are shown. Needs a quiet machine, and less than two minutes of it.
//
//   npm run bench:viewers
//   npm run bench:viewers -- --keys 100      only keys, during a run at full speed; fails where one in a hundred takes more than 50 ms
//
// Of a key's time Linux tells how much the view's process computed: the rest is waits for a core that others had, in it and
// in whoever carries the key and the answer.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { scenarioPath } from '../../scenarios/index.ts';
import { LOOP } from '../cli/guests.ts';

const { values } = parseArgs({
  options: {
    insns: { type: 'string', default: '3000000000' },
    seconds: { type: 'string', default: '80' },
    viewers: { type: 'string', default: '50' },
    stalled: { type: 'string', default: '10' },
    program: { type: 'string' },
    keys: { type: 'string' },
  },
});
const MAIN = scenarioPath('dist/cli/main.js');
const dir = mkdtempSync(join(tmpdir(), 'lockstep-viewers-'));
const loop = join(dir, 'loop');
writeFileSync(loop, LOOP);
const PROGRAM = values.program ?? loop;
const GUEST = ['--max-insns', values.insns, PROGRAM];
const LIMIT_MS = 50;
// A certificate file that Node reads at its start, colours and the like would be measured too.
const ENV = { PATH: process.env.PATH ?? '', HOME: dir, XDG_RUNTIME_DIR: dir, TERM: 'xterm' };

function lockstep(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], { env: ENV, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Milliseconds until it has ended. */
function ended(child: ChildProcess, started: number): Promise<number> {
  return new Promise((resolve, reject) =>
    child.once('exit', (code) =>
      code === 0 ? resolve(performance.now() - started) : reject(new Error(`exit ${code}`)),
    ),
  );
}

/** Milliseconds until its report was there: what comes after it is said to viewers, not waited for. */
async function reported(child: ChildProcess, started: number): Promise<number> {
  let last = Number.NaN;
  child.stdout!.on('data', () => {
    last = performance.now() - started;
  });
  await ended(child, started);
  return last;
}

async function alone(): Promise<number> {
  return reported(lockstep('run', ...GUEST), performance.now());
}

async function watched(): Promise<number> {
  const started = performance.now();
  const child = lockstep('run', '--serve', ...GUEST);
  const done = reported(child, started);
  const sockets: Socket[] = [];
  child.stderr!.once('data', (text: Buffer) => {
    const path = /attach (\S+)/.exec(String(text))![1]!;
    for (let i = 0; i < Number(values.viewers); i++) sockets.push(viewer(path, i < Number(values.stalled)));
  });
  const ms = await done;
  for (const socket of sockets) socket.destroy();
  return ms;
}

/** A viewer that looks at nothing: it costs this machine as little as one that is elsewhere. */
function viewer(path: string, stalls: boolean): Socket {
  const socket = connect(path);
  socket.on('error', () => {});
  socket.write(
    'GET /live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  socket.once('data', () => {
    const text = JSON.stringify({
      ...{ t: 'watch', version: 2, run: null },
      ...{ events: 0, notes: 0, output: 0, report: 0, recording: 0 },
    });
    const body = Buffer.from(text);
    // A masked text frame; the mask is zero.
    socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | body.length, 0, 0, 0, 0]), body]));
    if (stalls) socket.pause();
  });
  if (!stalls) socket.resume();
  return socket;
}

interface Answer {
  readonly ms: number;
  /** Of these the process of the view computed. */
  readonly own: number;
}

/** In a terminal of its own. */
function terminal(...args: readonly string[]): ChildProcess {
  const words = [process.execPath, MAIN, 'run', ...args].map((word) => `'${word}'`).join(' ');
  return spawn('script', ['-qec', `stty cols 120 rows 40; exec ${words}`, '/dev/null'], {
    env: ENV,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

async function atTerminal(...args: readonly string[]): Promise<number> {
  const started = performance.now();
  const child = terminal(...args, ...GUEST);
  child.stdout!.resume();
  return ended(child, started);
}

/** Keys pressed in the view of a run without an end, which is interrupted when all have been answered. */
async function press(keys: number): Promise<readonly Answer[]> {
  const started = performance.now();
  const child = terminal(PROGRAM);
  const answers: Answer[] = [];
  let computed = () => 0;
  let before = 0;
  let pressed = 0;
  let wanted = '';
  child.stdout!.on('data', (bytes: Buffer) => {
    if (wanted !== '' && bytes.includes(wanted)) {
      answers.push({ ms: performance.now() - pressed, own: computed() - before });
      wanted = '';
      if (answers.length === keys) child.stdin!.write('\x03');
    }
  });
  const panes = ['▸1', '▸2', '▸3'];
  let next = 0;
  const pressing = setInterval(() => {
    if (next >= keys || performance.now() - started < 2500 || wanted !== '') return;
    if (next === 0) computed = timeOf(child.pid!);
    wanted = panes[next % 3]!;
    before = computed();
    pressed = performance.now();
    child.stdin!.write(`${(next % 3) + 1}`);
    next++;
  }, 331);
  await new Promise((resolve) => child.once('exit', resolve));
  clearInterval(pressing);
  return answers;
}

/** Milliseconds that the first thread of what `script` has started has computed until now; 0 where nobody counts them. */
function timeOf(script: number): () => number {
  try {
    const [pid = ''] = execFileSync('pgrep', ['-P', String(script)], { encoding: 'utf8' }).split('\n');
    return () => Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return () => 0;
  }
}

const median = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
const say = (name: string, ms: readonly number[], base: readonly number[]) => {
  const ratios = ms.map((one, i) => one / base[i]!);
  const spread = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(3)).join('–');
  console.log(
    `${name.padEnd(34)} ${(median(ms) / 1000).toFixed(2)} s   ×${median(ratios).toFixed(3)}${ms === base ? '' : ` (${spread})`}`,
  );
};

const LEAST_ROUNDS = 3;
/** Keys of a whole measurement. */
const KEYS = 30;

function sayKeys(answers: readonly Answer[]): void {
  const say = (what: string, numbers: readonly number[]) => {
    const sorted = [...numbers].sort((a, b) => a - b);
    const part = (of: number) => sorted[Math.min(sorted.length - 1, Math.floor(of * sorted.length))] ?? Number.NaN;
    const shown = ([0.5, 0.9, 0.99, 1] as const).map((of) => `${part(of).toFixed(1)} ms`);
    console.log(`${what} ${shown[0]}; 90%: ${shown[1]}, 99%: ${shown[2]}, at most ${shown[3]} (${sorted.length} keys)`);
    return part(0.99);
  };
  const p99 = say(
    'a key is answered after',
    answers.map(({ ms }) => ms),
  );
  say(
    'of this the view computed',
    answers.map(({ own }) => own),
  );
  if (values.keys === undefined || p99 <= LIMIT_MS) return;
  console.error(`bench: one key in a hundred took more than ${LIMIT_MS} ms`);
  process.exitCode = 1;
}

async function compare(): Promise<void> {
  const times = { alone: [] as number[], watched: [] as number[], plain: [] as number[], view: [] as number[] };
  const measured = {
    alone: async () => times.alone.push(await alone()),
    watched: async () => times.watched.push(await watched()),
    plain: async () => times.plain.push(await atTerminal('--no-tui')),
    view: async () => times.view.push(await atTerminal()),
  };
  // What is compared runs one after the other, each of the two first in every other round.
  const there = ['alone', 'watched', 'plain', 'view'] as const;
  const back = ['watched', 'alone', 'view', 'plain'] as const;
  const until = performance.now() + Number(values.seconds) * 1000;
  for (let round = 0; round < LEAST_ROUNDS || performance.now() < until; round++)
    for (const one of round % 2 === 0 ? there : back) await measured[one]();
  console.log(`medians of ${times.alone.length} rounds`);
  say('alone', times.alone, times.alone);
  say(`${values.viewers} viewers, ${values.stalled} never read`, times.watched, times.alone);
  say('at a terminal, --no-tui', times.plain, times.plain);
  say('at a terminal, live view', times.view, times.plain);
  sayKeys(await press(KEYS));
}

try {
  if (values.keys === undefined) await compare();
  else sayKeys(await press(Number(values.keys)));
} finally {
  rmSync(dir, { recursive: true, force: true });
}
