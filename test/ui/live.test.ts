// The live view without a terminal: every state it can show, lines for any size whatever is pressed, keys and what they ask
// for, numbers for people.

import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { RunStatus, Watched } from '../../lockstep/index.ts';
import { keysMarkdown } from '../../ui/inspector/keys.ts';
import { columns, lineText } from '../../ui/lines.ts';
import { LIVE_BINDINGS } from '../../ui/live/keys.ts';
import { liveLines } from '../../ui/live/layout.ts';
import { reduceLive, resizedLive } from '../../ui/live/reduce.ts';
import { initialLive, type LiveState } from '../../ui/live/state.ts';
import { aheadText, durationText, grouped, stateText, statusLine } from '../../ui/live/status.ts';

const STATUS: RunStatus = {
  phase: 'running',
  elapsedMs: 12_345,
  A: { icount: 12_345_678, windows: 13, speed: 410e6 },
  B: { icount: 11_111_111, windows: 12, speed: 395e6 },
  agreed: { windows: 12, icount: 11_000_000 },
  skewed: 3,
  end: null,
};
const OUTPUT = new TextEncoder().encode(
  Array.from({ length: 100 }, (_, i) => `line ${i} ${'x'.repeat(i * 3)} 漢字\t\x1b[31m\n`).join(''),
);

function watched(changes: Partial<Watched> = {}, status: Partial<RunStatus> = {}): Watched {
  return {
    link: 'here',
    info: {
      ...{ id: '1', program: 'dir/kernel.elf', a: 'old-tcg', b: 'mutant:fold' },
      ...{ maxInsns: 100_000_000, memoryBytes: 256 << 20, timeoutMs: null },
    },
    status: { ...STATUS, ...status },
    events: {
      total: 40,
      kept: Array.from({ length: 40 }, (_, i) => ({
        icount: i * 1000,
        cpu: i % 2,
        kind: 'syscall',
        text: `write(${i})`,
      })),
    },
    notes: { total: 1, kept: ['a machine\x07 says'] },
    output: { total: OUTPUT.length, kept: OUTPUT },
    mayControl: true,
    said: undefined,
    ...changes,
  };
}
const ended = (verdict: 'same' | 'diverged' | 'inconclusive' | 'failed' | 'interrupted', summary = 'why') =>
  watched({}, { phase: 'ended', end: { verdict, summary, exitCode: 0 } });

const screen = (run: Watched, state: LiveState) => liveLines(run, state).map(lineText);
const after = (run: Watched, keys: readonly string[], from = initialLive(100, 30)) =>
  keys.reduce((state, key) => reduceLive(run, state, key).state, from);

test('every state has its words', () => {
  const said = (run: Watched) => stateText(run).text;
  const { status: _, ...unknown } = watched({ link: 'connecting' });
  assert.is(said({ ...unknown, status: undefined }), 'connecting');
  assert.is(said(watched({}, { phase: 'starting' })), 'starting');
  assert.is(said(watched()), 'running');
  assert.is(said(watched({}, { phase: 'paused' })), 'paused');
  assert.match(said(watched({}, { phase: 'looking' })), /^seeking/);
  assert.is(said(ended('diverged')), 'DIVERGED');
  assert.is(said(ended('same')), 'finished: the same');
  assert.is(said(ended('failed')), 'engine died');
  assert.is(said(watched({ link: 'lost' })), 'disconnected, stale: running');
  for (const verdict of ['inconclusive', 'interrupted'] as const) assert.is(said(ended(verdict)), verdict);
});

test('the screen: both sides, how far, events, output, keys', () => {
  const lines = screen(watched(), initialLive(120, 40));
  assert.match(lines[0]!, /^ lockstep {2}old-tcg ⇄ mutant:fold {2}kernel\.elf .* ● running *$/);
  assert.match(lines[1]!, /^ A 12\.3 M 410 M\/s │ B 11\.1 M 395 M\/s │ A ahead by 1\.23 M │ 12 windows agree/);
  assert.match(lines[2]!, /^ ├█+─+┤ 11% of 100 M, 12\.3 s, 0\.2 s left *$/);
  const all = lines.join('\n');
  assert.match(all, /│ insns {4}12,345,678 {9}11,111,111 /);
  assert.match(all, /39,000 hart 1 syscall write\(39\)/);
  assert.match(all, /note: a machine· says/);
  assert.match(all, /line 99 x+/);
  assert.not(all.includes('\x1b'));
  assert.match(lines.at(-1)!, /p pause .* q stop watching/);
  assert.match(screen(watched(), initialLive(80, 24)).at(-1)!, /p pause .* \? help {2}q stop watching *$/);
  const narrow = screen(
    watched({ events: { total: 0, kept: [] }, notes: { total: 0, kept: [] } }),
    initialLive(80, 24),
  );
  assert.not.match(narrow.slice(3).join('\n'), /…/, 'nothing is cut where there is little room');
  const long = screen(watched({ info: { ...watched().info!, b: 'mutant:forward-alias' } }), initialLive(200, 50));
  assert.ok(long.join('\n').includes('B mutant:forward-alias '), 'whole where there is room');
  const dead = screen(ended('failed', 'side B was killed (SIGKILL)'), initialLive(120, 40));
  assert.match(dead.join('\n'), /side B was killed \(SIGKILL\)/);
  const reader = screen(watched({ link: 'open', mayControl: false }), initialLive(120, 40));
  assert.match(reader[0]!, /read-only {2}● running *$/);
  assert.not.match(reader.at(-1)!, /pause/);
});

test('what keys ask for', () => {
  const effect = (keys: readonly string[], run = watched()) =>
    reduceLive(run, after(run, keys.slice(0, -1)), keys.at(-1)!).effect;
  assert.equal(effect(['q']), { kind: 'quit' });
  assert.equal(effect(['^c']), { kind: 'interrupt' });
  assert.equal(effect(['^z']), { kind: 'suspend' });
  assert.equal(effect(['p']), { kind: 'control', action: 'pause' });
  assert.equal(effect(['p'], watched({}, { phase: 'paused' })), { kind: 'control', action: 'resume' });
  assert.equal(effect(['x', 'y']), { kind: 'control', action: 'stop' });
  assert.is(effect(['x', 'n']), undefined);
  assert.is(effect(['x', 'q']), undefined, 'any other key: no');
  const reader = watched({ mayControl: false });
  assert.is(effect(['p'], reader), undefined);
  assert.match(after(reader, ['x']).message, /read-only/);
});

test('a command is typed, completed, given up, run', () => {
  const run = watched();
  const complete = (text: string) => `${text}!`;
  const typed = (...keys: string[]) =>
    keys.reduce((reduced, key) => reduceLive(run, reduced.state, key, complete), {
      state: initialLive(100, 30),
    } as ReturnType<typeof reduceLive>);
  assert.is(typed(':').state.typing, '');
  assert.is(typed(':', 'p', 'q', 'backspace', 'tab').state.typing, 'p!', 'no key does what it does elsewhere');
  assert.match(screen(run, typed(':', 'x').state).at(-1)!, /^ :x█ *$/);
  for (const gone of ['esc', '^c']) assert.is(typed(':', 'p', gone).state.typing, undefined);
  assert.is(typed(':', 'backspace').state.typing, undefined);
  assert.equal(typed(':', 'p', 's', 'enter').effect, { kind: 'command', text: 'ps' });
  assert.is(typed(':', ' ', 'enter').effect, undefined);
  assert.is(typed(':', 'p', 'enter').state.typing, undefined);
  const reader = after(watched({ mayControl: false }), [':']);
  assert.is(reader.typing, undefined);
  assert.match(reader.message, /read-only/);
});

test('a pane that was moved stands still, and follows again at its end', () => {
  const run = watched();
  const up = after(run, Array(6).fill('k'));
  assert.equal(up.back, { output: 6 });
  assert.match(screen(run, up).join('\n'), /3 Guest output \(still, G follows\)/);
  assert.not.match(screen(run, up).join('\n'), /line 99 /);
  assert.equal(after(run, ['G'], up).back, {});
  assert.equal(after(run, Array(9).fill('j'), up).back, {}, 'not beyond the end');
  assert.match(screen(run, after(run, ['g'])).join('\n'), /line 0 /);
  assert.is(after(run, ['2']).focus, 'events');
  assert.is(after(run, ['tab']).focus, 'sides');
});

test('a screen is exactly as large as the terminal, in every state, whatever is pressed', () => {
  const seedText = process.env.STORM_SEED ?? '1';
  let seed = Number(seedText);
  const random = (below: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % below;
  };
  const { info: _, status: __, ...nothing } = watched({ link: 'connecting' });
  const runs = [
    watched(),
    watched({ mayControl: false, link: 'lost', said: 'no' }),
    watched({}, { phase: 'looking', A: { icount: 2 ** 53 - 1, windows: 2 ** 40, speed: 1e300 } }),
    watched({ output: { total: 0, kept: new Uint8Array(0) }, events: { total: 0, kept: [] } }),
    watched({ output: { total: 2 ** 50, kept: Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) & 255) } }),
    ended('diverged', `${'long '.repeat(100)}\n\x1b[2J`),
    { ...nothing, info: undefined, status: undefined },
  ] satisfies Watched[];
  const keys = [...LIVE_BINDINGS.flatMap((binding) => binding.keys), 'y', 'n', 'enter', '0', '漢'];
  let state = initialLive(100, 30);
  const pressed: string[] = [];
  for (let i = 0; i < 3000; i++) {
    const run = runs[random(runs.length)]!;
    const key = keys[random(keys.length)]!;
    pressed.push(key);
    state = reduceLive(run, state, key).state;
    if (i % 5 === 0)
      state = resizedLive(
        state,
        [80, 81, 100, 120, 200, 300, 60, 1][random(8)]!,
        [20, 24, 25, 40, 50, 80, 10, 1][random(8)]!,
      );
    const { width, height } = state.size;
    const lines = screen(run, state);
    const context = `STORM_SEED=${seedText}, after ${pressed.slice(-8).join(' ')}, ${width}×${height}`;
    if (width >= 80 && height >= 20) assert.is(lines.length, height, context);
    else assert.ok(lines.length <= height, context);
    for (const line of lines) assert.is(columns(line), width, `${context}: ${line}`);
  }
});

test('numbers for people', () => {
  assert.equal([0, 999, 1000, 1234567].map(grouped), ['0', '999', '1,000', '1,234,567']);
  assert.equal([0, 9840, 59_949, 59_950, 245_000, 7_380_000].map(durationText), [
    '0.0 s',
    '9.8 s',
    '59.9 s',
    '1 min 0 s',
    '4 min 5 s',
    '2 h 3 min',
  ]);
  const at = (icount: number) => ({ icount });
  assert.equal(
    [aheadText({ A: at(5), B: at(5) }), aheadText({ A: at(1500), B: at(0) }), aheadText({ A: at(0), B: at(7) })],
    ['level', 'A ahead by 1.50 k', 'B ahead by 7'],
  );
  assert.match(statusLine(watched({}, { agreed: { windows: 1, icount: 1 } })), /│ 1 window agree$/);
});

test('every key has one meaning, and the documentation has the table', () => {
  const keys = LIVE_BINDINGS.flatMap((binding) => binding.keys);
  assert.is(new Set(keys).size, keys.length);
  const page = new URL('../../docs/inspector.md', import.meta.url);
  const text = readFileSync(page, 'utf8');
  const table = `<!-- live keys -->\n${keysMarkdown(LIVE_BINDINGS)}\n<!-- /live keys -->`;
  if (process.env.UPDATE_GOLDENS === '1')
    writeFileSync(
      page,
      text.replace(/<!-- live keys -->[\s\S]*<!-- \/live keys -->/, () => table),
    );
  assert.ok(text.includes(table), 'UPDATE_GOLDENS=1 writes it');
});

test.run();
