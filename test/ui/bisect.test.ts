// The inspector's search for the changes to blame: real searches in processes of their own, with the keys that a person presses
// meanwhile.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { blameSearch, type SearchableRun } from '../../cli/blame-search.ts';
import { decodeRecording, type Recording } from '../../lockstep/index.ts';
import { mutants, scenarioPath } from '../../scenarios/index.ts';
import { bisecting } from '../../ui/inspector/bisect.ts';
import { screenLines } from '../../ui/inspector/layout.ts';
import { createStore } from '../../ui/inspector/store.ts';
import { columns, lineText } from '../../ui/lines.ts';
import { RunView } from '../../ui/trace/run-view.ts';
import { cli } from '../cli/cli.ts';

const dir = mkdtempSync(join(tmpdir(), 'lockstep-blame-'));
test.after(() => rmSync(dir, { recursive: true, force: true }));
const mutant = (name: string) => mutants.find((one) => one.name === name)!;

/** What `lockstep run` keeps of a divergence. */
async function recorded(b: string, program: string): Promise<Recording> {
  const path = join(dir, 'run.lsrec');
  await cli(['run', '--json', '--no-tui', '--record', path, '--b', b, program]);
  return decodeRecording(readFileSync(path), path);
}

function open(recording: Recording, run?: SearchableRun, width = 120, height = 40) {
  const store = createStore(new RunView(recording), { width, height }, (effect) => {
    if (effect.kind === 'bisect') searches.begin(effect.where);
    if (effect.kind === 'stopBisect') searches.callOff();
  });
  const searches = bisecting(blameSearch(recording.capsule, run), store, () => performance.now());
  const text = () => screenLines(store.view, store.get()).map(lineText).join('\n');
  const until = (what: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!what()) return;
        leave();
        resolve();
      };
      const leave = store.subscribe(look);
      look();
    });
  return {
    ...{ store, text, until },
    press(keys: readonly string[]) {
      for (const key of keys) store.key(key);
    },
    over: () => until(() => store.get().bisection?.status !== 'running'),
  };
}

/** Commands of processes started by this one that search. */
function searchers(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const parent = /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
        return parent === `${process.pid}` ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')] : [];
      } catch {
        return [];
      }
    })
    .filter((line) => line.includes('--ndjson'));
}

test('b names the rewrite on the block alone, and keys work meanwhile', async () => {
  const recording = await recorded('mutant:fold', scenarioPath(mutant('fold').program));
  for (const [width, height] of [
    [80, 24],
    [200, 50],
  ] as const) {
    const { store, text, press, over } = open(recording, undefined, width, height);
    press(['4']);
    assert.match(text(), /b names the rewrite to blame/);
    press(['b', 's', 'S', 'S']);
    assert.is(store.get().at.A, 77, 'the keys are answered');
    assert.match(text(), /… searching: /);
    await over();
    assert.match(text(), /● side B is wrong; 8 trials, \d+\.\d s/);
    assert.match(
      text()
        .replaceAll(/│\n│[ ›]+/g, ' ')
        .replaceAll(/ +/g, ' '),
      /≠ pass `fold` of side B, rule `fold`, applied at guest pc 0x10164/,
    );
    press(['z']);
    assert.match(text(), /B mutant:fold: wrong, instruction 1 at 0x10164/);
    press(['G']);
    assert.match(text(), / 8 B {4}block {2}all but the culprits +1 = agree/);
    press(['g', 'j', 'y']);
    for (const line of text().split('\n')) assert.is(columns(line), width);
    assert.equal(searchers(), []);
  }
});

test('what the block alone does not show is searched in the run', async () => {
  const { program } = mutant('stale-link');
  const path = scenarioPath(program);
  const recording = await recorded('mutant:stale-link', path);
  const alone = open(recording);
  alone.press(['b']);
  await alone.over();
  assert.is(alone.store.get().bisection?.result?.culprits.length ?? 0, 0);
  const words = ['--a', 'old-tcg', '--b', 'mutant:stale-link', path];
  const { store, text, press, over } = open(recording, { words, stdin: new Uint8Array(0) });
  press(['b']);
  await over();
  const [culprit] = store.get().bisection!.result!.culprits;
  assert.equal([culprit?.pass, culprit?.rule], ['policy', 'unlink']);
  assert.match(text(), /agree to the end\./);
  assert.ok(store.get().bisection!.trials.some(({ scope }) => scope !== 'block'));
});

test('a search in a translator that hangs is stopped by Esc in its pane, and leaves no process', async () => {
  const hanging = join(dir, 'hanging.mjs');
  const pass = "{ name: 'hang', summary: '', rules: {}, run() { for (;;); } }";
  writeFileSync(
    hanging,
    `export default { base: 'old-tcg', name: 'hanging', summary: '', passes: (base) => [${pass}, ...base] };\n`,
  );
  const recording = await recorded('mutant:fold', scenarioPath(mutant('fold').program));
  const words = ['--a', 'old-tcg', '--b', hanging, scenarioPath(mutant('fold').program)];
  const { store, text, press, until, over } = open(recording, { words, stdin: new Uint8Array(0) });
  press([...':bisect run', 'enter']);
  await until(() => store.get().bisection!.doing === 'comparing');
  press(['3', 'esc', 'b']);
  assert.is(store.get().message, 'the search goes on; Esc in its pane stops it');
  assert.is(store.get().bisection?.status, 'running', 'Esc in another pane is not meant for it');
  assert.is(searchers().length, 1);
  press(['esc']);
  await over();
  assert.match(text(), /● stopped after 0 trials/);
  assert.equal(searchers(), []);
});

test('mistakes are told in the pane, and nothing is begun', async () => {
  const recording = await recorded('mutant:fold', scenarioPath(mutant('fold').program));
  const { store, text, press, over } = open({ ...recording, capsule: null });
  press(['b']);
  await over();
  assert.match(text(), /the search has failed .*: the recording holds no block/);
  press([...':bisect run', 'enter']);
  await over();
  assert.match(text(), /a recording has no run to search in/);
  press([...':bisect stop', 'enter']);
  assert.is(store.get().message, 'nothing is being searched');
  const module = open({ ...recording, capsule: recording.capsule!.replace('"mutant:fold"', '"./evil.mjs"') });
  module.press(['b']);
  await module.over();
  assert.match(module.text(), /the capsule was made with a module/);
  const same = open(await recorded('new-tcg', scenarioPath(mutant('fold').program)));
  same.press(['b']);
  assert.is(same.store.get().message, 'the sides do not differ');
});

test.run();
