// The real gdb-multiarch on both sides of a mutant's divergence, forward and backward: transcripts as goldens (rewritten
// by UPDATE_GOLDENS=1), and the machines as if nobody had looked. And over the command line: exit codes, a gdb that dies.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { moduleUrl } from '../../../emulator/host-package.ts';
import { createMachine, parseTranslatorSpec } from '../../../emulator/index.ts';
import { debugRun, type GdbSide, serveGdb } from '../../../lockstep/gdb/index.ts';
import { EngineError, runSession, SIDES, type Side } from '../../../lockstep/index.ts';
import { firstDifference, reproduces, travelBoth } from '../../../lockstep/travel/index.ts';
import { scenarioPath } from '../../../scenarios/host-paths.ts';
import { resolveMutant } from '../../../scenarios/mutants/index.ts';
import { start } from '../../cli/cli.ts';
import { findCommand } from '../../conformance/qemu.ts';
import { skip } from '../../support/skip.ts';

const test = suite('gdb sessions');
const GDB = findCommand('gdb-multiarch');
const MISSING = 'gdb-multiarch is not installed (Debian: gdb-multiarch)';
const GDB_MS = 60_000;

/** GDB without a person: its own settings alone, its words and errors in order. */
function gdb(port: number, elf: string, commands: readonly string[]): ChildProcess {
  const setup = ['set pagination off', 'set confirm off', 'set width 0', `target remote 127.0.0.1:${port}`];
  const words = [...setup, ...commands].flatMap((command) => ['-ex', command]);
  // Its two outputs as one: what the machine says comes on the second.
  const script = 'exec "$0" "$@" 2>&1';
  const args = ['-c', script, GDB!, '-nx', '-q', '-batch', ...words, elf];
  return spawn('bash', args, { stdio: ['ignore', 'pipe', 'ignore'], timeout: GDB_MS });
}

async function transcript(port: number, elf: string, commands: readonly string[]): Promise<string> {
  // One by one with the command before its answer, as a person sees it.
  const child = gdb(
    port,
    elf,
    commands.flatMap((command) => [`echo (gdb) ${command}\\n`, command]),
  );
  let text = '';
  child.stdout!.on('data', (bytes) => {
    text += bytes;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  assert.is(code, 0, text);
  // What GDB itself says on the way in differs between its versions.
  return text.slice(text.indexOf('(gdb) '));
}

const COMMANDS: readonly string[] = [
  'monitor status',
  'x/2i $pc',
  'info registers pc sp a3',
  'stepi',
  'monitor diff',
  'reverse-stepi',
  'monitor diff',
  'break *0x101c6',
  'reverse-continue',
  'monitor status',
  'delete',
  'watch *(long *)0x4000800e78',
  'continue',
  'info registers pc',
  'reverse-continue',
  'delete',
  'break put',
  'continue',
  'continue',
  'reverse-continue',
  'delete',
  'continue',
  'reverse-stepi',
  'x/i $pc',
  'monitor first',
  'maintenance flush register-cache',
  'x/i $pc',
  'monitor writer a3',
  'set var $a3 = 1',
  'detach',
];

interface Sides {
  readonly sides: Record<Side, GdbSide>;
  readonly elf: string;
}

async function divergence(mutant: string): Promise<Sides> {
  // From the package's root, where tests run: the program's path lies on the guest's stack, whose addresses are in the goldens.
  const elf = 'scenarios/guests/nolibc/mul128.elf';
  const options = {
    ...{ a: 'old-tcg', b: `mutant:${mutant}`, program: elf, argv: ['mul128'], env: [], machine: 'user' as const },
    ...{ memoryBytes: null, seed: null, maxInsns: null, stdin: new Uint8Array(0) },
    mutants: moduleUrl('scenarios/mutants/index', '.mjs').href,
  };
  const report = await runSession(options);
  const travellers = await travelBoth({ ...options, cwd: '/', warn: () => {} });
  const first = firstDifference(report)!;
  const sides: Partial<Record<Side, GdbSide>> = {};
  for (const side of SIDES) {
    const traveller = travellers[side];
    assert.ok(await reproduces(traveller, report, side));
    await traveller.seek(first);
    sides[side] = {
      ...{ name: `side ${side}`, traveller, first, system: false, allowWrite: false, notes: [] },
      translator: side === 'A' ? options.a : options.b,
      get peer() {
        return sides[side === 'A' ? 'B' : 'A']!;
      },
    };
  }
  return { sides: sides as Record<Side, GdbSide>, elf };
}

if (GDB === undefined) skip('gdb sessions', MISSING);
else {
  test('both sides of a divergence, forward and backward', async () => {
    const { sides, elf } = await divergence('fold');
    for (const side of SIDES) {
      const server = await serveGdb(sides[side], 0);
      const text = await transcript(server.port, elf, COMMANDS);
      assert.is(await server.done, 'detached');
      const golden = new URL(`session-${side.toLowerCase()}.golden`, import.meta.url);
      if (process.env.UPDATE_GOLDENS === '1') writeFileSync(golden, text);
      assert.is(text, readFileSync(golden, 'utf8'), 'UPDATE_GOLDENS=1 writes it');

      // The machine is as if nobody had looked: no breakpoint is in memory, nothing was left over.
      const { traveller } = sides[side];
      const plain = await createMachine({
        ...{ program: readFileSync(elf), programPath: elf, argv: ['mul128'], env: [], machine: 'user', cwd: '/' },
        translator: await parseTranslatorSpec(side === 'A' ? 'old-tcg' : 'mutant:fold', { resolveMutant }),
        ...{ stdin: new Uint8Array(0), stdout: () => {}, stderr: () => {}, warn: () => {}, files: 'overlay' },
        plugins: [],
      });
      plain.run(traveller.icount);
      assert.is(traveller.machine.stateDigest(), plain.stateDigest());
      for (const { start, end } of plain.memory.ranges())
        assert.equal(traveller.machine.memory.peek(start, end - start), plain.memory.peek(start, end - start));
    }
  });

  test('emu --gdb: after detach the guest runs to its end, with its exit code', async () => {
    const elf = scenarioPath('scenarios/guests/bare/exit42.elf');
    const emu = start(['emu', '--gdb', '0', elf]);
    const port = await portOf(emu, 'the guest');
    const text = await transcript(port, elf, ['info registers pc', 'stepi', 'info registers mhartid', 'detach']);
    assert.match(text, /pc +0x1000\b/);
    assert.match(text, /mhartid +0x0/);
    const { code, stderr } = await emu.ended;
    assert.is(code, 42, stderr);
  });

  test('a gdb that is killed, and one that kills, leave no process', async () => {
    const elf = scenarioPath('scenarios/guests/nolibc/sha1-mini.elf');
    const lost = start(['emu', '--gdb', '0', elf]);
    // It sees to its own end: no moment has to be met.
    const child = gdb(await portOf(lost, 'the guest'), elf, ['stepi', 'shell kill -KILL $PPID']);
    assert.is(await new Promise((resolve) => child.once('close', (_, signal) => resolve(signal))), 'SIGKILL');
    const gone = await lost.ended;
    assert.is(gone.code, 2);
    assert.match(gone.stderr, /gdb has gone/);
    const killed = start(['emu', '--gdb', '0', elf]);
    await transcript(await portOf(killed, 'the guest'), elf, ['stepi', 'kill']);
    assert.is((await killed.ended).code, 137);
  });

  test('run --gdb-a --gdb-b: at the divergence, the verdict as the exit code', async () => {
    const elf = scenarioPath('scenarios/guests/nolibc/mul128.elf');
    const run = start(['run', '--b', 'mutant:fold', '--gdb-a', '0', '--gdb-b', '0', elf]);
    for (const side of ['side A', 'side B']) {
      const text = await transcript(await portOf(run, side), elf, ['x/i $pc', 'stepi', 'monitor diff', 'detach']);
      assert.match(text, /srl\s+a3,a3,0x20/);
      assert.match(text, /\na3 +0x[0f]*f +0xf+\n/);
    }
    const { code, stdout } = await run.ended;
    assert.is(code, 1);
    assert.match(stdout, /DIVERGED/);
  });
}

/** The port a side is served at. */
function portOf({ child, ended }: ReturnType<typeof start>, side: string): Promise<number> {
  let text = said.get(child) ?? '';
  return new Promise((resolve, reject) => {
    const look = () => {
      const found = new RegExp(`gdb for ${side} .*target remote :(\\d+)`).exec(text);
      if (found) resolve(Number(found[1]));
    };
    child.stderr!.on('data', (bytes) => {
      text += bytes;
      said.set(child, text);
      look();
    });
    look();
    void ended.then(({ stderr }) => reject(new Error(stderr)));
  });
}
const said = new WeakMap<ChildProcess, string>();

/** A translator that does not come back once machines are under debuggers. */
function hanging(dir: string): string {
  const path = join(dir, 'hanging.mjs');
  const run = "if (process.argv[1].includes('debugged-main')) for (;;);";
  const pass = `{ name: 'hang', summary: '', rules: {}, run() { ${run} } }`;
  const translator = `{ base: 'old-tcg', name: 'hanging', summary: '', passes: (base) => [${pass}, ...base] }`;
  writeFileSync(path, `export default ${translator};\n`);
  return path;
}

const told = { serving: () => {}, say: () => {} };

test('a translator that does not return is ended, and keeps nobody who is called off', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'lockstep-gdb-'));
  const program = scenarioPath('scenarios/guests/nolibc/sha1-mini.elf');
  const run = {
    ...{ a: 'old-tcg', b: hanging(dir), program, argv: ['sha1'], env: [], machine: 'user' as const },
    ...{ memoryBytes: null, seed: null, maxInsns: null, mutants: null, stdin: new Uint8Array(0) },
  };
  const report = await runSession(run);
  assert.is(report.verdict, 'same');
  const debugged = { run: { ...run, cwd: '/' }, report, ports: { B: 0 }, at: 'divergence' as const, allowWrite: false };
  const further = { ...debugged, report: { ...report, b: { ...report.b, icount: 100 } } };
  try {
    await debugRun(further, { ...told, silenceMs: 3000 });
    assert.unreachable();
  } catch (error) {
    assert.instance(error, EngineError);
    assert.match((error as Error).message, /has not come back for 3 seconds, and was ended/);
  }
  await debugRun(further, { ...told, signal: AbortSignal.timeout(2000) });
  rmSync(dir, { recursive: true });
});

test('a port that is taken, or none, is a mistake of the person', async () => {
  const elf = scenarioPath('scenarios/guests/nolibc/sha1-mini.elf');
  const one = start(['emu', '--gdb', '0', elf]);
  const port = await portOf(one, 'the guest');
  const two = await start(['emu', '--gdb', `${port}`, elf]).ended;
  assert.is(two.code, 2);
  assert.match(two.stderr, /gdb cannot be served at 127\.0\.0\.1:\d+ \(EADDRINUSE\)/);
  // A connection that says nothing and goes is a debugger that has gone.
  createConnection(port, '127.0.0.1').on('connect', function (this: { destroy(): void }) {
    this.destroy();
  });
  assert.is((await one.ended).code, 2);
  const bad = await start(['emu', '--gdb', '70000', elf]).ended;
  assert.match(bad.stderr, /--gdb is a port from 0 to 65535/);
  const mixed = await start(['emu', '--gdb', '0', '-d', 'in_asm', elf]).ended;
  assert.match(mixed.stderr, /--gdb and -d do not go together/);
  const same = await start(['run', '--gdb-a', '0', elf]).ended;
  assert.is(same.code, 2);
  assert.match(same.stderr, /no divergence to attach gdb to/);
});

test.run();
