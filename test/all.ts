// `npm test`: every test, in two processes side by side: the tests that start processes and terminals of their own wait a
// good deal, the others compute. The output of one comes as it is made, that of the other after it; at the end stand once more
// the tests that failed, and the sums.

import { execFileSync, spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { packageRoot, scenarioPath } from '../scenarios/host-paths.ts';
import { guestsMissing } from './conformance/qemu.ts';

const STARTS_PROCESSES = '(cli|conformance|lockstep|ui)/';
const SHARDS = [`^${STARTS_PROCESSES}.*\\.test\\.ts$`, `^(?!${STARTS_PROCESSES}).*\\.test\\.ts$`] as const;

interface Ended {
  readonly text: string;
  readonly failed: boolean;
}

function run(pattern: string, say: (text: string) => void): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'node_modules/uvu/bin.js', 'test', pattern], {
    cwd: packageRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      say(piece);
    });
  return new Promise((resolve) => child.once('close', (code) => resolve({ text, failed: code !== 0 })));
}

/** The last number after `label:` in uvu's summary. */
function summed(ended: readonly Ended[], label: string): number {
  return ended.reduce((sum, { text }) => {
    const plain = stripVTControlCharacters(text);
    return sum + Number([...plain.matchAll(new RegExp(`^ +${label}: +(\\d+)`, 'gm'))].at(-1)?.[1] ?? 0);
  }, 0);
}

/** What is said of each test that failed, under the name of its file. */
function failures(text: string): string {
  let file = '';
  let within = false;
  let said = '';
  for (const line of stripVTControlCharacters(text).split('\n')) {
    if (/^\S+\.test\.ts$/.test(line)) {
      file = line;
      within = false;
    } else if (/^ +FAIL /.test(line)) {
      said += `\n${file}`;
      within = true;
    } else if (/^ +Total:/.test(line)) within = false;
    if (within && line !== '') said += `\n${line}`;
  }
  return said;
}

// Both would build them.
if (guestsMissing() === undefined) execFileSync(scenarioPath('scenarios/build.sh'), ['--linux'], { stdio: 'ignore' });
const begin = performance.now();
const computing = run(SHARDS[1], () => {});
const waiting = await run(SHARDS[0], (text) => process.stdout.write(text));
const rest = await computing;
process.stdout.write(rest.text);
const ended = [waiting, rest];
const [total, passed, skipped] = ['Total', 'Passed', 'Skipped'].map((label) => summed(ended, label));
console.log(ended.map(({ text }) => failures(text)).join(''));
console.log(`\nof both:\n  Total:     ${total}\n  Passed:    ${passed}\n  Skipped:   ${skipped}`);
console.log(`  Duration:  ${((performance.now() - begin) / 1000).toFixed(0)} s`);
if (ended.some(({ failed }) => failed) || total !== passed) process.exitCode = 1;
