// Runs a program with plugins on a machine of the real parts and gives back what the plugins wrote.

import {
  createMachine,
  type PluginModule,
  parseTranslatorSpec,
  readProgram,
  STANDARD_PLUGINS,
  type StopReason,
} from '../../emulator/index.ts';
import { scenarioPath } from '../../scenarios/host-paths.ts';

export const SHA1 = scenarioPath('scenarios/guests/nolibc/sha1-mini.elf');
export const ATOMICS = scenarioPath('scenarios/guests/nolibc/atomics.elf');
export const FAULT = scenarioPath('scenarios/guests/nolibc/fault-registers.elf');
export const TIMER = scenarioPath('scenarios/guests/bare/timer.elf');
export const TRAPS = scenarioPath('scenarios/guests/bare/traps.elf');

/** Must not matter to what plugins see. */
export const TRANSLATORS = ['tci', 'old-tcg', 'new-tcg', 'new-tcg,hot=2', 'new-tcg,tier=wasm'];

export interface Ran {
  /** What plugins wrote to the log. */
  readonly log: string;
  readonly stdout: string;
  readonly ended: StopReason;
  readonly icount: number;
  readonly warnings: readonly string[];
}

/** A standard plugin with its arguments (`howvec,count=load`), or a module. */
export type Request = string | PluginModule;

export async function runWith(
  program: string,
  requests: readonly Request[],
  translator = 'new-tcg',
  argv: readonly string[] = [],
): Promise<Ran> {
  const log: string[] = [];
  const stdout: string[] = [];
  const warnings: string[] = [];
  const plugins = await Promise.all(
    requests.map(async (request) => {
      if (typeof request !== 'string') return { module: request, args: [] };
      const [name, ...args] = request.split(',') as [string, ...string[]];
      return { module: await STANDARD_PLUGINS[name]!(), args };
    }),
  );
  const machine = await createMachine({
    program: readProgram(program),
    programPath: program,
    argv: [program, ...argv],
    env: [],
    cwd: '/',
    machine: 'auto',
    translator: await parseTranslatorSpec(translator),
    stdin: new Uint8Array(0),
    stdout: (bytes) => stdout.push(Buffer.from(bytes).toString('latin1')),
    stderr: () => {},
    warn: (text) => warnings.push(text),
    files: 'overlay',
    log: { items: new Set(['plugin'] as const), write: (text) => log.push(text) },
    plugins,
  });
  await machine.start();
  const ended = await machine.runAsync();
  machine.finish();
  return { log: log.join(''), stdout: stdout.join(''), ended, icount: machine.icount, warnings };
}

/**
 * The one text that all translators give; the ways of asking, which must not matter either, take turns. A way is
 * plugins separated by blanks.
 */
export async function sameEverywhere(program: string, ...ways: readonly string[]): Promise<string> {
  const texts = new Map<string, string>();
  const runs = Math.max(TRANSLATORS.length, ways.length);
  for (let n = 0; n < runs; n++) {
    const [translator, way] = [TRANSLATORS[n % TRANSLATORS.length]!, ways[n % ways.length]!];
    const { log, warnings } = await runWith(program, way.split(' '), translator);
    if (warnings.length > 0) throw new Error(`${way} on ${translator}: ${warnings.join('; ')}`);
    texts.set(log, `${way} on ${translator}`);
  }
  if (texts.size !== 1) throw new Error([...texts].map(([text, who]) => `${who}:\n${text}`).join('\n'));
  return [...texts.keys()][0]!;
}
