// The picture of the inspector in the documentation: made from a real run, by UPDATE_GOLDENS=1, and held to it.

import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { screenLines } from '../../ui/inspector/layout.ts';
import { initialState } from '../../ui/inspector/state.ts';
import { lineText } from '../../ui/lines.ts';
import { RunView } from '../../ui/trace/run-view.ts';
import { recordingOf } from './recordings.ts';
import { svgOf } from './svg.ts';

const PICTURE = new URL('../../docs/inspector.svg', import.meta.url);

test('docs/inspector.svg is the first screen of lockstep run --b mutant:fold', async () => {
  const view = new RunView(await recordingOf('fold'));
  const lines = screenLines(view, initialState(view, 110, 34));
  const svg = svgOf(lines, 'The inspector at the first instruction on which two translators differ');
  if (process.env.UPDATE_GOLDENS === '1') writeFileSync(PICTURE, svg);
  assert.fixture(readFileSync(PICTURE, 'utf8'), svg);
  assert.ok(lines.some((line) => lineText(line).includes('▶≠')));
});

test.run();
