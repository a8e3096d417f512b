// `lockstep bisect --good --bad` on repositories made here: the commit that brings a bug, the number of builds it takes,
// commits that do not build, builds kept for the next time, and that the repository itself is left as it was.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { scenarioPath } from '../../scenarios/index.ts';
import { cli } from './cli.ts';

const test = suite('history');
const directory = mkdtempSync(join(tmpdir(), 'lockstep-history-test-'));
test.after(() => rmSync(directory, { recursive: true }));

const PROGRAM = scenarioPath('scenarios/guests/nolibc/sha1-mini.elf');
/** Commits of a history that need not be long. */
const FEW = 16;

/** A translator that adds 16 where it should add 8, once `amount` says so. */
const SOURCE = `import { AMOUNT } from './amount.mjs';
export default ({ Op, STRIDE, isConst }) => {
  const eight = {
    name: 'eight',
    rules: { eight: 'add(x, 8) => add(x, AMOUNT)' },
    run(block, context) {
      for (let at = 0; at < block.count * STRIDE; at += STRIDE) {
        const addend = block.ops[at + 3];
        if (block.ops[at] !== Op.add || !isConst(addend) || block.lo(addend) !== 8 || block.hi(addend) !== 0) continue;
        if (context.change('eight', block.pc)) block.ops[at + 3] = block.constant(AMOUNT, 0);
      }
    },
  };
  return { base: 'old-tcg', name: 'mine', passes: (base) => [eight, ...base] };
};
`;

interface History {
  readonly dir: string;
  readonly commits: readonly string[];
  builds(): number;
  readonly build: string;
}

/** Commit n (from 0) has the bug from `first` on; those in `broken` do not build. */
function historyOf(name: string, first: number, broken: readonly number[] = [], count = FEW): History {
  const dir = join(directory, name);
  mkdirSync(dir);
  const git = (...args: string[]) =>
    execFileSync(
      'git',
      ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'commit.gpgsign=false', ...args],
      {
        cwd: dir,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    ).trim();
  git('init', '-q');
  mkdirSync(join(dir, 'src'));
  writeFileSync(join(dir, 'src/mine.mjs'), SOURCE);
  const counter = join(directory, `${name}.builds`);
  const commits: string[] = [];
  for (let n = 0; n < count; n++) {
    writeFileSync(join(dir, 'src/amount.mjs'), `export const AMOUNT = ${n < first ? 8 : 16}; // ${n}\n`);
    writeFileSync(join(dir, 'make.sh'), broken.includes(n) ? 'exit 1\n' : 'mkdir -p out && cp src/*.mjs out/\n');
    git('add', '.');
    git('commit', '-q', '-m', `change ${n}`);
    commits.push(git('rev-parse', 'HEAD'));
  }
  // The working tree has a build of its own, so that the path named at the command line is there.
  execFileSync('sh', ['make.sh'], { cwd: dir });
  const builds = () => (existsSync(counter) ? readFileSync(counter, 'utf8').length : 0);
  return { dir, commits, builds, build: `printf x >>'${counter}' && sh make.sh` };
}

async function search({ dir, build, commits }: History, cache: string, good = commits[0]!, bad = commits.at(-1)!) {
  const { code, stdout, stderr } = await cli([
    ...['bisect', '--json', '--good', good, '--bad', bad, '--build', build],
    ...['--a', 'old-tcg', '--b', join(dir, 'out/mine.mjs'), '--cache', join(directory, cache), PROGRAM],
  ]);
  return { code, stderr, found: stdout === '' ? undefined : JSON.parse(stdout) };
}

test('one of 64 commits is found in 6 or 7 builds, and nothing is built twice', async () => {
  const history = historyOf('plain', 41, [], 64);
  const { code, found, stderr } = await search(history, 'cache');
  assert.is(code, 1, stderr);
  assert.is(found.verdict, 'found');
  assert.equal(found.commits, [{ commit: history.commits[41], subject: 'change 41' }]);
  assert.ok(found.limit > 0);
  assert.ok(found.builds === 6 || found.builds === 7, `${found.builds} builds`);
  assert.is(history.builds(), found.builds);
  assert.equal(found.skipped, []);

  const again = await search(history, 'cache');
  assert.equal(again.found.commits, found.commits);
  assert.equal([again.found.builds, again.found.cached], [0, found.builds]);
  assert.is(history.builds(), found.builds);

  const git = (...args: string[]) => execFileSync('git', args, { cwd: history.dir, encoding: 'utf8' });
  assert.is(git('rev-parse', 'HEAD').trim(), history.commits.at(-1));
  assert.is(git('worktree', 'list').trim().split('\n').length, 1);
  assert.is(git('for-each-ref', 'refs/bisect'), '');
});

test('commits that do not build are skipped', async () => {
  const history = historyOf('broken', 5, [7, 8]);
  const { found, stderr } = await search(history, 'cache');
  assert.is(found?.verdict, 'found', stderr);
  assert.is(found.commits[0].subject, 'change 5');
  assert.ok(found.skipped.length >= 1, 'none was skipped');
});

test('where only skipped commits are left, they are listed', async () => {
  const history = historyOf('vague', 6, [5, 6]);
  const { code, found } = await search(history, 'cache');
  assert.is(code, 3);
  assert.equal(found.commits.map(({ subject }: { subject: string }) => subject).sort(), [
    'change 5',
    'change 6',
    'change 7',
  ]);
});

test('wrong ends are mistakes', async () => {
  const history = historyOf('ends', 0);
  const differs = await search(history, 'cache');
  assert.is(differs.code, 2);
  assert.match(differs.stderr, /differ at --good .* too/);
  const unknown = await search(history, 'cache', 'nowhere');
  assert.is(unknown.code, 2);
  assert.match(unknown.stderr, /--good is no commit/);
  const builtIn = await cli(['bisect', '--good', 'HEAD~1', '--bad', 'HEAD', PROGRAM]);
  assert.is(builtIn.code, 2);
  assert.match(builtIn.stderr, /side b is "new-tcg", which has no history here/);
});

test('where the bad revision agrees there is nothing to search', async () => {
  const history = historyOf('same', FEW);
  const { code, found } = await search(history, 'cache');
  assert.is(code, 0);
  assert.equal([found.verdict, found.builds], ['same', 1]);
});

test.run();
