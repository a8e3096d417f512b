// What watching costs a run: alone, with fifty viewers of whom ten never read, with the live view at a terminal; and how
// soon the live view answers a key. Rounds alternate; medians are shown. Needs a quiet machine.
//
//   npm run bench:viewers
//   npm run bench:viewers -- --keys 100      only keys, during a run at full speed; fails where one in a hundred takes more than 50 ms

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { scenarioPath } from '../../scenarios/index.ts';
import { LOOP } from '../cli/guests.ts';

const { values } = parseArgs({
  options: {
    insns: { type: 'string', default: '4000000000' },
    rounds: { type: 'string', default: '5' },
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
const GUEST = [...(values.keys === undefined ? ['--max-insns', values.insns] : []), values.program ?? loop];
const LIMIT_MS = 50;
// A certificate file that Node reads at its start, colours and the like would be measured too.
const ENV = { PATH: process.env.PATH ?? '', HOME: dir, XDG_RUNTIME_DIR: dir, TERM: 'xterm' };

function lockstep(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], { env: ENV, stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Milliseconds until it has ended. */
function ended(child: ChildProcess, started: number): Promise<number> {
  return new Promise((resolve, reject) =>
    child.once('exit', (code) =>
      code === 0 ? resolve(performance.now() - started) : reject(new Error(`exit ${code}`)),
    ),
  );
}

async function alone(): Promise<number> {
  return ended(lockstep('run', ...GUEST), performance.now());
}

async function watched(): Promise<number> {
  const started = performance.now();
  const child = lockstep('run', '--serve', ...GUEST);
  const done = ended(child, started);
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

/** In a terminal of its own; keys are pressed in the view. */
async function atTerminal(keys: number, ...args: readonly string[]): Promise<{ ms: number; answers: number[] }> {
  const words = [process.execPath, MAIN, 'run', ...args, ...GUEST].map((word) => `'${word}'`).join(' ');
  const started = performance.now();
  const child = spawn('script', ['-qec', `stty cols 120 rows 40; ${words}`, '/dev/null'], {
    env: ENV,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers: number[] = [];
  let pressed = 0;
  let wanted = '';
  child.stdout!.on('data', (bytes: Buffer) => {
    if (wanted !== '' && bytes.includes(wanted)) {
      answers.push(performance.now() - pressed);
      wanted = '';
    }
  });
  const panes = ['▸1', '▸2', '▸3'];
  let next = 0;
  const pressing = setInterval(() => {
    if (next >= keys || performance.now() - started < 2500 || wanted !== '') return;
    wanted = panes[next % 3]!;
    pressed = performance.now();
    child.stdin!.write(`${(next % 3) + 1}`);
    next++;
  }, 331);
  const done = ended(child, started);
  // A run without an end is interrupted when all keys have been answered.
  const enough = setInterval(() => {
    if (values.keys !== undefined && answers.length >= keys) child.stdin!.write('\x03');
  }, 100);
  const ms = await (values.keys === undefined ? done : done.catch(() => 0));
  clearInterval(pressing);
  clearInterval(enough);
  return { ms, answers };
}

const median = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
const say = (name: string, ms: readonly number[], base: readonly number[]) =>
  console.log(
    `${name.padEnd(34)} ${(median(ms) / 1000).toFixed(2)} s   ×${median(ms.map((one, i) => one / base[i]!)).toFixed(3)}`,
  );

/** Keys of one round. */
const KEYS = 30;

function sayKeys(answers: readonly number[]): void {
  const sorted = [...answers].sort((a, b) => a - b);
  const part = (of: number) => sorted[Math.min(sorted.length - 1, Math.floor(of * sorted.length))] ?? Number.NaN;
  const shown = ([0.5, 0.9, 0.99, 1] as const).map((of) => `${part(of).toFixed(1)} ms`);
  console.log(
    `a key is answered after ${shown[0]}; 90%: ${shown[1]}, 99%: ${shown[2]}, at most ${shown[3]} (${sorted.length} keys)`,
  );
  if (values.keys === undefined || part(0.99) <= LIMIT_MS) return;
  console.error(`bench: one key in a hundred took more than ${LIMIT_MS} ms`);
  process.exitCode = 1;
}

async function compare(): Promise<void> {
  const times = { alone: [] as number[], watched: [] as number[], plain: [] as number[], view: [] as number[] };
  const answers: number[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    times.alone.push(await alone());
    times.watched.push(await watched());
    times.plain.push((await atTerminal(0, '--no-tui')).ms);
    times.view.push((await atTerminal(0)).ms);
    answers.push(...(await atTerminal(KEYS)).answers);
  }
  say('alone', times.alone, times.alone);
  say(`${values.viewers} viewers, ${values.stalled} never read`, times.watched, times.alone);
  say('at a terminal, --no-tui', times.plain, times.plain);
  say('at a terminal, live view', times.view, times.plain);
  sayKeys(answers);
}

try {
  if (values.keys === undefined) await compare();
  else sayKeys((await atTerminal(Number(values.keys))).answers);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
