// What the words of the command line mean. Commands are loaded when they are meant, so that help and completion answer at
// once. Here is the only place where errors become messages and exit codes.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import yargs, { type Argv } from 'yargs';
import { hideBin } from 'yargs/helpers';
import { packageRoot } from '../emulator/host-package.ts';
import { complain } from './descriptor.ts';
import { EXIT } from './exit-code.ts';

/** A command's module: options, and what it does; the handler gives the exit code. */
export interface CommandModule {
  builder(yargs: Argv): Argv;
  /** `options` is what the builder describes: each command names its own type. */
  handler(options: never): Promise<number | undefined>;
  /** Nothing goes on after it: the process ends at once, which is quicker than to take everything down. */
  readonly thatIsAll?: boolean;
}

interface CommandEntry {
  readonly command: string;
  readonly describe: string;
  load(): Promise<CommandModule>;
}

const COMPLETIONS = '--get-yargs-completions';

const COMMANDS: readonly CommandEntry[] = [
  {
    command: 'run [program] [args..]',
    describe: 'Run a program under two translators and compare every step',
    load: () => import('./commands/run.ts'),
  },
  {
    command: 'bisect [program] [args..]',
    describe: 'Name the rewrites that make two translators differ',
    load: () => import('./commands/bisect.ts'),
  },
  {
    command: 'capsule [action] [file]',
    describe: 'Run or show the block on which two translators differ',
    load: () => import('./commands/capsule.ts'),
  },
  {
    command: 'shrink [file]',
    describe: 'Make a capsule small: a few instructions that still go wrong',
    load: () => import('./commands/shrink.ts'),
  },
  {
    command: 'fuzz [action] [files..]',
    describe: 'Run random programs under two translators until they differ',
    load: () => import('./commands/fuzz.ts'),
  },
  {
    command: 'show [recording]',
    describe: 'Show what a run has recorded: code, registers, memory, IR',
    load: () => import('./commands/show.ts'),
  },
  {
    command: 'inspect [recording]',
    describe: 'Walk through what a run has recorded, at the terminal',
    load: () => import('./commands/inspect.ts'),
  },
  {
    command: 'attach [place]',
    describe: 'Watch a run that goes on elsewhere',
    load: () => import('./commands/attach.ts'),
  },
  {
    command: 'emu [program] [args..]',
    describe: 'Run a program in one machine, with plugins',
    load: () => import('./commands/emu.ts'),
  },
  {
    command: 'list [what]',
    describe: 'List translators, plugins, mutants or scenarios',
    load: () => import('./commands/list.ts'),
  },
  {
    command: 'plugin [action] [name]',
    describe: 'Show the help of a plugin, or write a new one',
    load: () => import('./commands/plugin.ts'),
  },
];

const USAGE = `Examples:
  lockstep run program.elf                               old-tcg against new-tcg
  lockstep run --a tci --b ./mine.mjs program.elf        your own translator against the reference
  lockstep run --b mutant:fold program.elf               a translator with a known bug
  lockstep bisect --b mutant:fold program.elf            which rewrite is to blame
  lockstep inspect run.lsrec                             look around in what run --record wrote
  lockstep attach                                        watch what run --serve is at
  lockstep emu --plugin hotblocks -d plugin program.elf  one machine, one plugin
  lockstep list mutants

Usage: lockstep COMMAND [options]

Exit codes: 0 same, 1 diverged, 2 usage or engine failure, 3 inconclusive, 130 interrupted.`;

/** Options that may stand alone, or with a value after `=`: what follows a bare one is not its value. */
const WITH_OR_WITHOUT_VALUE = new Set(['--serve', '--serve-after']);
/** First words that need no command. */
const WITHOUT_COMMAND = new Set(['help', '--help', '-h', '--version', 'completion']);

/** `code` is for the process; it is not `over` while something may go on. */
interface Done {
  readonly code: number | undefined;
  readonly over: boolean;
}

async function run(argv: readonly string[]): Promise<Done> {
  const word = argv[0] === COMPLETIONS ? argv[2] : argv[0];
  const meant = COMMANDS.find(({ command }) => command.split(' ')[0] === word);
  if (!meant && argv[0] !== COMPLETIONS && argv[0] !== undefined && !WITHOUT_COMMAND.has(argv[0]))
    throw new UsageMistake(`Unknown command: ${argv[0]}`);
  // Yargs would print the script first, and complain then.
  const extra = argv[0] === 'completion' && argv.slice(1).find((one) => !WITHOUT_COMMAND.has(one));
  if (extra) throw new UsageMistake(`Unknown argument: ${extra.replace(/^-+|=.*/g, '')}`);
  const module = await meant?.load();
  let handle: (() => Promise<number | undefined>) | undefined;
  const define = (cli: Argv, { command, describe, ...entry }: CommandEntry): void => {
    cli.command(
      command,
      describe,
      // Null takes out the usage line that yargs makes of a default command: each command has a usage text of its own.
      (y) => (module && entry.load === meant?.load ? module.builder(y.usage(null as never) as Argv) : (y as Argv)),
      (options) => {
        handle = () => module!.handler(options as never);
      },
    );
  };
  if (meant && word === argv[0]) {
    // As the default command of a parser of its own: yargs composes the whole help text before it runs any other.
    const cli = parser(argv.slice(1), `lockstep ${word}`);
    define(cli, { ...meant, command: meant.command.replace(/^\w+/, '$0') });
    await cli.parse();
  } else {
    const cli = parser(argv, 'lockstep')
      .usage(USAGE)
      .demandCommand(1, 'Which command?')
      .completion('completion', 'Print a completion script for your shell');
    for (const entry of COMMANDS) define(cli, entry);
    await cli.parse();
  }
  return { code: await handle?.(), over: handle !== undefined && module?.thatIsAll === true };
}

function parser(argv: readonly string[], name: string): Argv {
  const end = argv.indexOf('--');
  const words = argv.map((word, i) => (WITH_OR_WITHOUT_VALUE.has(word) && (end < 0 || i < end) ? `${word}=` : word));
  return yargs(words)
    .scriptName(name)
    .parserConfiguration({
      'populate--': true,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'camel-case-expansion': false,
      'greedy-arrays': false,
    })
    .strict()
    .alias('help', 'h')
    .version(version())
    .middleware(lastOfEach)
    .wrap(null)
    .exitProcess(false)
    .fail((message, error) => {
      // What its tokenizer finds wrong is an error, what its rules find wrong is a message.
      throw error && error.name !== 'YError' ? error : new UsageMistake(message ?? error.message);
    });
}

/** Yargs looks beside the script that runs: the build has no package.json there. */
function version(): string {
  return JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')).version;
}

/** Options that may be given several times, and what yargs keeps for itself. */
const LISTS = new Set(['env', 'plugin', 'args', 'files', '_', '--']);

/** Of an option given twice the last counts, as everywhere. */
function lastOfEach(options: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(options))
    if (Array.isArray(value) && !LISTS.has(name)) options[name] = value.at(-1);
}

/** What yargs found wrong with the words of the command line. */
class UsageMistake extends Error {}

async function report(error: unknown): Promise<number> {
  const say = (text: string) => complain(`${text}\n`);
  if (!(error instanceof Error)) {
    say(`lockstep: ${String(error)}`);
    return EXIT.failure;
  }
  if (error.name === 'Interrupted') return EXIT.interrupted;
  if (error instanceof UsageMistake) {
    const { explainMistake } = await import('./mistakes.ts');
    say(`lockstep: ${explainMistake(error.message, hideBin(process.argv))}`);
  } else {
    const known = error.name === 'UsageError' || error.name === 'EngineError';
    say(`lockstep: ${error.message}`);
    if ('remedy' in error && error.remedy) say(String(error.remedy));
    else if (!known) say('This is a bug of lockstep. LOCKSTEP_DEBUG=1 shows where it happened.');
  }
  if (process.env.LOCKSTEP_DEBUG) say(error.stack ?? '');
  return EXIT.failure;
}

/** Modules of the user's run in this process: what they throw later, or their own exit, must not pass for a result. */
let answered = false;
process.on('uncaughtException', (error: unknown) => {
  const { message = String(error), stack = '' } = error instanceof Error ? error : {};
  complain(`lockstep: an error that nobody waited for: ${message}\n`);
  complain(process.env.LOCKSTEP_DEBUG ? `${stack}\n` : 'LOCKSTEP_DEBUG=1 shows whether a module of yours threw it.\n');
  process.exit(EXIT.failure);
});
process.once('exit', (code) => {
  if (answered || code !== 0) return;
  complain('lockstep: the run ended without a result: a module has ended the process, or waits for what never comes\n');
  complain('Look at the modules given by --translator and --plugin.\n');
  process.exitCode = EXIT.failure;
});

/** Does what the command line says, and sets the exit code. `atEnd` is called when it is done. */
export async function runCommandLine(atEnd: () => Promise<void>): Promise<void> {
  try {
    const { code, over } = await run(hideBin(process.argv)).finally(atEnd);
    answered = true;
    // A plugin may set the exit code later: a peer of lockstep still talks after the guest's end.
    if (code !== undefined) process.exitCode ??= code;
    if (over) process.exit();
  } catch (error) {
    answered = true;
    // Sockets and timers of a run that has failed must not keep it alive.
    process.exit(await report(error));
  }
}
