// What `lockstep bisect` tells tools, word by word: the trials of whole searches and their results, against a golden file. One
// search of each kind: a rewrite, a lowering, links, what invalidation forgets, two bugs at once, the other side, a capsule.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mutants, packageRoot } from '../../scenarios/index.ts';
import { start } from './cli.ts';

const GOLDEN = new URL('./bisect.golden', import.meta.url);
const dir = mkdtempSync(join(tmpdir(), 'lockstep-transcripts-'));
test.after(() => rmSync(dir, { recursive: true, force: true }));

/** From the root of the package, so that no path depends on where that is. */
const bisect = (...args: string[]) => start(['bisect', ...args], {}, '', packageRoot).ended;
const programOf = (name: string) => mutants.find((mutant) => mutant.name === name)!.program;
const against = (...names: string[]) => ['--no-capsule', '--b', `mutant:${names.join('+')}`, programOf(names[0]!)];

const SEARCHES: readonly (readonly string[])[] = [
  against('fold'),
  against('lui-sign'),
  against('stale-link'),
  against('wrong-link'),
  against('stale-protection'),
  against('fold-carry', 'branch-equal'),
  ['--no-capsule', '--a', 'mutant:fold-carry', '--b', 'mutant:branch-equal', programOf('fold-carry')],
  ['--no-capsule', programOf('fold')],
];

/** Each trial, then the result, of which the report has a golden of its own; time is not the same twice. */
function transcript(lines: readonly string[]): string {
  const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const { report, seconds, ...result } = told.at(-1)!;
  assert.type(seconds, 'number');
  const { verdict, class: kind, summary } = (report ?? {}) as Record<string, unknown>;
  const head = report === undefined ? {} : { report: { verdict, class: kind, summary } };
  return `${lines.slice(0, -1).join('\n')}\n${JSON.stringify({ ...result, ...head }, null, 2)}\n`;
}

const linesOf = (stdout: string) => stdout.trimEnd().split('\n');

test('searches are told as they always were', async () => {
  let text = '';
  for (const words of SEARCHES) {
    const { stdout, stderr } = await bisect('--ndjson', ...words);
    text += `$ lockstep bisect --ndjson ${words.join(' ')}\n${transcript(linesOf(stdout))}\n`;
    assert.not.match(stderr, /lockstep:/);
  }
  const capsule = join(dir, 'fold.capsule');
  await start(['run', '--json', '--capsule', capsule, '--b', 'mutant:fold', programOf('fold')], {}, '', packageRoot)
    .ended;
  const { stdout } = await bisect('--ndjson', capsule);
  text += `$ lockstep bisect --ndjson fold.capsule\n${transcript(linesOf(stdout))}`.replaceAll(dir, '.');
  if (process.env.UPDATE_GOLDENS === '1') writeFileSync(GOLDEN, text);
  assert.fixture(text, readFileSync(GOLDEN, 'utf8'));
});

test('--json prints what the last line of --ndjson says', async () => {
  const [line, object] = [await bisect('--ndjson', ...against('fold')), await bisect('--json', ...against('fold'))];
  const { t, seconds: _, ...last } = JSON.parse(linesOf(line.stdout).at(-1)!);
  const { seconds: __, ...whole } = JSON.parse(object.stdout);
  assert.is(t, 'result');
  assert.equal(last, whole);
  assert.equal([line.code, object.code], [1, 1]);
});

test('a capsule may come from standard input or out of a recording, and both are for one reader', async () => {
  const recording = join(dir, 'run.lsrec');
  const gone = join(dir, 'mul128.elf');
  writeFileSync(gone, readFileSync(join(packageRoot, programOf('fold'))));
  await start(['run', '--json', '--record', recording, '--b', 'mutant:fold', gone]).ended;
  rmSync(gone);
  const { code, stdout, stderr } = await bisect('--json', recording);
  assert.is(code, 1);
  assert.match(stderr, /mul128\.elf is not there as it was .*: only the block is searched/);
  const { culprits, vote } = JSON.parse(stdout);
  assert.equal([culprits[0].rule, vote], ['fold', 'b']);
  const shown = await start(['capsule', 'show', recording]).ended;
  assert.match(shown.stdout, /^sides {6}A old-tcg, B mutant:fold$/m);
  const file = join(dir, 'again.capsule');
  await start(['run', '--json', '--capsule', file, '--b', 'mutant:fold', programOf('fold')], {}, '', packageRoot).ended;
  const piped = await start(['bisect', '--json', '/dev/stdin'], {}, readFileSync(file, 'utf8')).ended;
  assert.is(JSON.parse(piped.stdout).culprits[0].rule, 'fold');
  const both = await bisect('--json', '--ndjson', file);
  assert.is(both.code, 2);
  assert.match(both.stderr, /--json and --ndjson exclude each other/);
  const none = await start(['bisect', '/dev/stdin'], {}, 'nothing').ended;
  assert.is(none.code, 2);
  assert.match(none.stderr, /this is no capsule/);
});

test.run();
