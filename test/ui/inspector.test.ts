// The inspector without a terminal: keys as a terminal sends them, what each does, lines for any size, frames as painted.

import { readFileSync, writeFileSync } from 'node:fs';
import { render } from 'ink-testing-library';
import { createElement } from 'react';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Side } from '../../lockstep/index.ts';
import { KeyReader } from '../../ui/inspector/input.ts';
import { BINDINGS, keysMarkdown } from '../../ui/inspector/keys.ts';
import { screenLines } from '../../ui/inspector/layout.ts';
import { reduce, resized } from '../../ui/inspector/reduce.ts';
import { Inspector } from '../../ui/inspector/screen.tsx';
import { createPainter } from '../../ui/inspector/sink.ts';
import { initialState, type State } from '../../ui/inspector/state.ts';
import { createStore } from '../../ui/inspector/store.ts';
import { columns, lineText } from '../../ui/lines.ts';
import { hexText } from '../../ui/panes/pane.ts';
import { RunView } from '../../ui/trace/run-view.ts';
import { recordingOf } from './recordings.ts';

const fold = async () => new RunView(await recordingOf('fold'));

/** Keys one after the other, from the first screen. */
function after(view: RunView, keys: readonly string[], from = initialState(view, 120, 40)): State {
  return keys.reduce((state, key) => reduce(view, state, key).state, from);
}
const typed = (text: string) => [...text].map((char) => (char === '\r' ? 'enter' : char));

test('what a terminal sends is cut into keys', () => {
  const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
    [['jjj'], ['j', 'j', 'j']],
    [['\x1b[A\x1b[B\x1bOC'], ['up', 'down', 'right']],
    [
      ['\x1b', '[A'],
      ['esc', '[', 'A'],
    ],
    [['\x1b[', '5~'], ['pageup']],
    [
      ['a\x1b[200~qqq\rpasted', ' more\x1b[20', '1~b'],
      ['a', 'b'],
    ],
    [['\x1b[M !!x'], ['x']],
    [['\x1b[<0;12;34Mz'], ['z']],
    [['\x04\x15\x1a\x03'], ['^d', '^u', '^z', '^c']],
    [['\r\t\x7f\x1b[Z'], ['enter', 'tab', 'backspace', 'backtab']],
    [['\x1b'], ['esc']],
    [['é≠'], ['é', '≠']],
  ];
  for (const [pieces, keys] of cases) {
    const reader = new KeyReader();
    assert.equal(
      pieces.flatMap((piece) => reader.push(piece)),
      keys,
      JSON.stringify(pieces),
    );
  }
});

test('every key has one meaning', () => {
  const keys = BINDINGS.flatMap((binding) => binding.keys);
  assert.is(new Set(keys).size, keys.length);
  for (const key of "sSoOcCDnNwW[]+-hlmx'v=a/f:yebq?".replace('x', '')) assert.ok(keys.includes(key), key);
});

test('help and quit are in the footer at any width', async () => {
  const view = await fold();
  for (const width of [80, 97, 120, 300])
    assert.match(
      lineText(screenLines(view, initialState(view, width, 24)).at(-1)!),
      /^ s step .* \? help {2}q quit *$/,
    );
});

test('at first sight: the ops of the position, the byte that differs', async () => {
  const view = await fold();
  const seen = (state: State, of = view) => screenLines(of, state).map(lineText).join('\n');
  const first = initialState(view, 80, 24);
  assert.match(seen(first), /▶ {3}insn_start 1 0x10164/);
  assert.match(seen(after(view, ['s'], first)), /▶ {3}insn_start 2 0x10166/, 'it goes along');
  assert.not.match(seen(after(view, ['v'], first)), /▶ .*\(func/, 'Wasm knows no instructions');
  const block = new RunView(await recordingOf('forward-alias'));
  assert.match(
    seen(initialState(block, 80, 24), block),
    /≠ {3}ld t1, \[a1\], u64/,
    'only the block as a whole goes wrong',
  );
  const stored = new RunView(await recordingOf('store-width'));
  const memory = reduce(stored, initialState(stored, 120, 40), '6').state;
  const lines = screenLines(stored, memory).map(lineText);
  const differing = lines.find((line) => /^│.≠ [0-9a-f]{8} ([0-9a-f]{2} ){16}/.test(line));
  assert.match(differing ?? lines.join('\n'), /^│›≠/, 'w asks for it at once');
});

test('the documentation has the table of keys', () => {
  const page = new URL('../../docs/inspector.md', import.meta.url);
  const text = readFileSync(page, 'utf8');
  const table = `<!-- keys -->\n${keysMarkdown()}\n<!-- /keys -->`;
  const updated = text.replace(/<!-- keys -->[\s\S]*<!-- \/keys -->/, () => table);
  if (process.env.UPDATE_GOLDENS === '1') writeFileSync(page, updated);
  assert.ok(text.includes(table), 'UPDATE_GOLDENS=1 writes it');
});

test('steps, blocks, runs and back', async () => {
  const view = await fold();
  assert.is(view.first, 78);
  assert.is(after(view, ['s']).at.A, 79);
  assert.is(after(view, ['S']).at.A, 77);
  assert.is(after(view, ['s', 's', 'S', 'S']).at.A, 78, 'there and back');
  assert.is(after(view, ['o']).at.A, 96, 'the next block');
  assert.is(after(view, ['O']).at.A, 77, 'the start of this one');
  assert.is(after(view, ['O', 'O']).at.A, 65, 'of the one before');
  assert.is(after(view, ['c']).at.A, view.last);
  assert.is(after(view, ['C']).at.A, view.start);
  assert.is(after(view, ['C', 'S']).at.A, view.start, 'not beyond the beginning');
  assert.is(after(view, ['c', 'D']).at.A, 78);
  assert.is(after(view, ['C', 'n']).at.A, 78, 'n without a search: the next instruction that differs');
});

test('marks, and both sides apart', async () => {
  const view = await fold();
  const marked = after(view, ['m', 'k', 'o', 'm', 'e', 'c']);
  assert.is(after(view, ["'", 'k'], marked).at.A, 78);
  assert.is(after(view, ['C'], marked).at.A, 96, 'a run stops at a mark');
  assert.is(after(view, ['C', 'C'], marked).at.A, 78);
  assert.match(after(view, ["'", 'z'], marked).message, /no mark z/);
  const apart = after(view, ['a', '2', 's', 's']);
  assert.equal(apart.at, { A: 78, B: 80 });
  const place = (state: State) => lineText(screenLines(view, state)[1]!).trim();
  const pcOf = (side: Side, at: number) => hexText(view.sides[side].step(at)!.pc);
  assert.match(
    place(apart),
    new RegExp(`\\(unlinked\\) .* B at ${pcOf('B', 80)} `),
    'the selected side is the one described',
  );
  assert.match(place(after(view, ['1'], apart)), new RegExp(` A at ${pcOf('A', 78)} `));
  assert.equal(after(view, ['a'], apart).at, { A: 80, B: 80 }, 'linked again where the selected side is');
});

test('who wrote it: a register from the list, a byte from memory', async () => {
  const view = await fold();
  const writer = after(view, ['3', 'g', 'w']);
  assert.is(writer.at.A, 77, 'a3 was last written by the instruction before');
  assert.is(after(view, ['W'], writer).at.A, 78);
  const earlier = after(view, ['w'], writer);
  assert.is(earlier.message, 'no write of a3 before this in the trace', 'the same register is still selected');
  assert.is(after(view, ['W'], earlier).at.A, 78);
  assert.is(after(view, ['3', 'g', ']']).at.A, 79, 'the next instruction that names a3');
  const stored = new RunView(await recordingOf('forward-alias'));
  const { address } = stored.sides.A.steps.flatMap((step) => step.stores)[0]!;
  const found = after(stored, [...typed(`:mem 0x${address.toString(16)}\r`), 'c', 'W', 'w']);
  const step = stored.sides.A.step(found.at.A)!;
  assert.ok(step.stores.length > 0, 'a store');
});

test('search, filter, commands and their completion', async () => {
  const view = await fold();
  const at = (state: State) => view.sides.A.insn(view.sides.A.step(state.at.A)!.pc)!;
  assert.match(at(after(view, typed('/mul\r'))).text, /^mul/);
  const twice = after(view, [...typed('/mul\r'), 'n', 'N']);
  assert.is(twice.at.A, after(view, typed('/mul\r')).at.A);
  assert.is(after(view, typed(':goto first\r'), after(view, ['c'])).at.A, 78);
  assert.is(after(view, typed(':0%\r')).at.A, view.start);
  assert.is(after(view, typed(':+3\r')).at.A, 81);
  assert.is(after(view, typed(':find a3==0xffffffff\r'), after(view, ['C'])).at.A, 78);
  assert.is(after(view, [...typed(':watch a0\r'), 'C']).at.A, 75, 'a run stops at a write to what is watched');
  assert.is(after(view, [...typed(':wa'), 'tab']).prompt?.text, 'watch ');
  assert.is(after(view, [...typed(':goto fi'), 'tab']).prompt?.text, 'goto first ');
  assert.match(after(view, typed(':nonsense\r')).message, /no command nonsense/);
  const filtered = after(view, ['3', ...typed('fsp\r')]);
  assert.is(filtered.filters.regs, 'sp');
  assert.is(after(view, ['esc'], filtered).filters.regs, undefined);
  for (const [keys, effect] of [
    [['q'], 'quit'],
    [['e'], 'export'],
    [['y'], 'copy'],
    [['^z'], 'suspend'],
  ] as const)
    assert.is(reduce(view, after(view, keys.slice(0, -1)), keys.at(-1)!).effect?.kind, effect);
  const save = typed(':save x.lsrec\r');
  assert.equal(reduce(view, after(view, save.slice(0, -1)), 'enter').effect, { kind: 'save', path: 'x.lsrec' });
});

test('a screen is exactly as large as the terminal, in every state, whatever is pressed', async () => {
  const view = await fold();
  const keys = [...BINDINGS.flatMap((binding) => binding.keys), 'x', 'enter', 'esc', 'backspace', 'tab'].filter(
    (key) => key !== '^z',
  );
  let seed = Number(process.env.STORM_SEED ?? 1);
  const random = (below: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % below;
  };
  let state = initialState(view, 120, 40);
  const pressed: string[] = [];
  for (let i = 0; i < 400; i++) {
    const key = keys[random(keys.length)]!;
    pressed.push(key);
    state = reduce(view, state, key).state;
    if (i % 7 === 0)
      state = resized(state, [80, 81, 100, 120, 200, 300, 60][random(7)]!, [20, 24, 25, 40, 50, 80, 10][random(7)]!);
    const { width, height } = state.size;
    const lines = screenLines(view, state);
    const context = `seed 1, after ${pressed.slice(-8).join(' ')}, ${width}×${height}`;
    if (width >= 80 && height >= 20) assert.is(lines.length, height, context);
    else assert.ok(lines.length <= height, context);
    for (const line of lines) assert.is(columns(lineText(line)), width, `${context}: ${lineText(line)}`);
  }
});

test('Ink shows the lines, and follows the store', async () => {
  const view = await fold();
  const store = createStore(view, { width: 100, height: 30 }, () => {});
  const { lastFrame, unmount } = render(createElement(Inspector, { store, color: false }));
  const expected = () => screenLines(view, store.get()).map((line) => lineText(line).trimEnd());
  assert.equal(
    lastFrame()!
      .split('\n')
      .map((line) => line.trimEnd()),
    expected(),
  );
  store.key('s');
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.match(lastFrame()!, / A 79 {2}B 79 /);
  unmount();
});

test('the painter writes what has changed, at most twenty times a second', async () => {
  const written: string[] = [];
  let now = 0;
  const painter = createPainter(
    (text) => written.push(text),
    () => now,
    () => 24,
  );
  painter.frame('one\ntwo\n');
  assert.equal(written, ['\x1b[?2026h\x1b[2J\x1b[1;1H\x1b[0m\x1b[Kone\x1b[2;1H\x1b[0m\x1b[Ktwo\x1b[?2026l']);
  now = 10;
  for (let i = 0; i < 100; i++) painter.frame(`one\ntwo ${i}`);
  assert.is(written.length, 1, 'all of them wait');
  await new Promise((resolve) => setTimeout(resolve, 120));
  assert.equal(written.slice(1), ['\x1b[?2026h\x1b[2;1H\x1b[0m\x1b[Ktwo 99\x1b[?2026l']);
  now = 1000;
  painter.frame('one\ntwo 99');
  assert.is(written.length, 2, 'nothing has changed');
  painter.stop();
  painter.frame('late');
  assert.is(written.length, 2);
});

test('the answer to a key does not wait for a frame that nobody asked for', async () => {
  const written: string[] = [];
  let now = 1000;
  const painter = createPainter(
    (text) => written.push(text),
    () => now,
    () => 24,
  );
  painter.frame('news');
  now += 10;
  painter.frame('more news');
  assert.is(written.length, 1, 'it waits');
  painter.frame('an answer', true);
  assert.is(written.length, 2, 'it does not');
  assert.match(written[1]!, /an answer/);
  now += 10;
  painter.frame('another answer', true);
  assert.is(written.length, 2, 'answers wait for answers: twenty a second');
  await new Promise((resolve) => setTimeout(resolve, 120));
  assert.match(written[2]!, /another answer/);
  painter.stop();
});

test.run();
