// Whole screens as a terminal shows them: recordings of three mutants, from the first screen to the wrong instruction, drawn
// by Ink through the painter into a real terminal emulator, against golden files for three sizes.

import { readFileSync, writeFileSync } from 'node:fs';
import xterm from '@xterm/headless';
import { render } from 'ink';
import { createElement } from 'react';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { searchCapsule } from '../../cli/bisect-capsule.ts';
import { decodeCapsule } from '../../lockstep/capsule/index.ts';
import type { Recording } from '../../lockstep/index.ts';
import { frameSink } from '../../ui/inspector/frame-sink.ts';
import { screenLines } from '../../ui/inspector/layout.ts';
import { Inspector } from '../../ui/inspector/screen.tsx';
import { createPainter } from '../../ui/inspector/sink.ts';
import { createStore } from '../../ui/inspector/store.ts';
import { lineText } from '../../ui/lines.ts';
import { RunView } from '../../ui/trace/run-view.ts';
import { recordingOf } from './recordings.ts';

const SIZES = [
  [80, 24],
  [120, 40],
  [200, 50],
] as const;

/** What is pressed before each screen that is kept. */
const TOURS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  fold: [[], ['v', 'v', 'v', '3', 'g', 'w'], ['D', '6', '='], ['=', '0', 'z'], ['z', 'b'], ['z', 'G']],
  'sign-extension': [[], ['5', 'v', 'z'], ['z', '7']],
  'forward-alias': [[], ['6', 'O'], ['8'], ['?']],
};

interface Shown {
  readonly store: ReturnType<typeof createStore>;
  screen(): Promise<string>;
  resize(width: number, height: number): void;
  close(): void;
}

/** The search on the recording's block, in no time. */
async function search({ capsule }: Recording, store: ReturnType<typeof createStore>): Promise<void> {
  const result = await searchCapsule(decodeCapsule(capsule!), undefined, (news) => store.searched([news], 0.1));
  store.searched([{ t: 'result', ...result, seconds: 0.1 }], 0.1);
  store.searchOver('done');
}

function show(view: RunView, width: number, height: number, color = false): Shown {
  const terminal = new xterm.Terminal({ cols: width, rows: height, allowProposedApi: true });
  let written: Promise<void> = Promise.resolve();
  // Every frame is due at once.
  let now = 0;
  const painter = createPainter(
    (text) => {
      written = new Promise((resolve) => terminal.write(text, resolve));
    },
    () => {
      now += 1000;
      return now;
    },
    () => terminal.rows,
  );
  let searched: Promise<void> = Promise.resolve();
  const store = createStore(view, { width, height }, ({ kind }) => {
    if (kind === 'bisect') searched = search(view.recording, store);
  });
  const sink = frameSink((text) => painter.frame(text), width);
  const ink = render(createElement(Inspector, { store, color }), {
    stdout: sink as unknown as NodeJS.WriteStream,
    debug: true,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  return {
    store,
    async screen() {
      await searched;
      // React draws when it likes: what stays is the screen.
      for (let before = '', calm = 0; ; ) {
        await new Promise((resolve) => setTimeout(resolve, 15));
        await written;
        const { active } = terminal.buffer;
        const row = (i: number) => active.getLine(active.baseY + i)?.translateToString(true) ?? '';
        const now = Array.from({ length: terminal.rows }, (_, i) => row(i)).join('\n');
        calm = now === before ? calm + 1 : 0;
        if (calm === 2) return now;
        before = now;
      }
    },
    resize(columns, rows) {
      terminal.resize(columns, rows);
      sink.columns = columns;
      store.resize(columns, rows);
      painter.repaint();
    },
    close() {
      ink.unmount();
      painter.stop();
      terminal.dispose();
    },
  };
}

for (const [width, height] of SIZES)
  test(`three tours at ${width}×${height}`, async () => {
    const golden = new URL(`./screens-${width}x${height}.golden`, import.meta.url);
    let text = '';
    for (const [mutant, screens] of Object.entries(TOURS)) {
      const shown = show(new RunView(await recordingOf(mutant)), width, height);
      for (const keys of screens) {
        for (const key of keys) shown.store.key(key);
        text += `=== ${mutant} ${keys.join(' ')}\n${await shown.screen()}\n`;
      }
      shown.close();
    }
    if (process.env.UPDATE_GOLDENS === '1') writeFileSync(golden, text);
    assert.fixture(text, readFileSync(golden, 'utf8'));
  });

test('colours repeat what signs say: without them the same text', async () => {
  const view = new RunView(await recordingOf('fold'));
  const [plain, colored] = [show(view, 120, 40), show(view, 120, 40, true)];
  assert.is(await colored.screen(), await plain.screen());
  plain.close();
  colored.close();
});

test('after a storm of keys and sizes the terminal shows what the state says', async () => {
  const view = new RunView(await recordingOf('fold'));
  const shown = show(view, 120, 40);
  const keys = [
    's',
    'S',
    'j',
    'k',
    'tab',
    'v',
    '5',
    '6',
    '3',
    'z',
    'o',
    'O',
    'w',
    '?',
    '?',
    'g',
    'G',
    '^d',
    '+',
    'h',
    'l',
    '-',
  ];
  for (let i = 0; i < 150; i++) {
    shown.store.key(keys[(i * 7) % keys.length]!);
    if (i % 10 === 9) shown.resize([80, 120, 200, 300, 70][i % 5]!, [24, 40, 50, 80, 15][i % 5]!);
  }
  shown.resize(100, 30);
  const expected = screenLines(view, shown.store.get()).map((line) => lineText(line).trimEnd());
  assert.equal((await shown.screen()).split('\n'), expected);
  shown.close();
});

test.run();
