// Makes sentences with a remedy of what yargs says about a command line it does not understand.

import { didYouMean } from '../emulator/index.ts';

const OF_A_GUEST = ['machine', 'memory', 'seed', 'env', 'max-insns', 'timeout'];
/** What each command takes, besides --help and --version. */
export const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  run: [
    ...[
      'a',
      'b',
      'c',
      'window',
      'look-back',
      'stream',
      'json',
      'color',
      'git-bisect',
      'record',
      'tui',
      'capsule',
      'cache',
      ...OF_A_GUEST,
    ],
    ...['serve', 'listen', 'allow-control', 'allow-remote', 'serve-after'],
    ...['gdb-a', 'gdb-b', 'gdb-at', 'allow-write', 'memory-limit'],
  ],
  bisect: [
    ...['a', 'b', 'window', 'look-back', 'json', 'ndjson', 'color', 'capsule', 'journal', 'resume', ...OF_A_GUEST],
    ...['good', 'bad', 'build', 'side', 'cache'],
  ],
  capsule: ['translator', 'json'],
  shrink: ['translator', 'output', 'scenario'],
  fuzz: [
    'a',
    'b',
    'isa',
    'seed',
    'length',
    'time',
    'count',
    'batch',
    'jobs',
    'journal',
    'resume',
    'shard',
    'suppress',
    'vary',
    'json',
  ],
  emu: [
    'translator',
    'plugin',
    'plugin-json',
    'plugin-errors',
    'control',
    'd',
    'D',
    'cache',
    'profile',
    'profile-trace',
    'gdb',
    'allow-write',
    'memory-limit',
    ...OF_A_GUEST,
  ],
  inspect: ['color'],
  plugin: ['with', 'control', 'run'],
  attach: ['json', 'ndjson', 'color', 'tui', 'record'],
  show: ['pane', 'at', 'address', 'json', 'color'],
  list: ['json'],
};

/** `words` are those of the command line. */
export function explainMistake(message: string, words: readonly string[]): string {
  const command = words[0] ?? '';
  const unknownCommand = /^Unknown command: (.*)$/.exec(message)?.[1];
  if (unknownCommand !== undefined)
    return unknownCommand.startsWith('-')
      ? `a command comes first, not ${unknownCommand}\nlockstep ${Object.keys(OPTIONS).join('|')} [options] …`
      : `unknown command "${unknownCommand}"\n${didYouMean(unknownCommand, Object.keys(OPTIONS))}`;
  const unknown = /^Unknown arguments?: (.*)$/m.exec(message)?.[1]?.split(', ');
  // yargs names an option and each of its aliases: the longest is the one typed in full.
  if (unknown)
    return unknownWord(
      command,
      unknown.reduce((longest, x) => (x.length > longest.length ? x : longest)),
      words,
    );
  const lacking = /^Not enough arguments following: (.*)$/m.exec(message)?.[1];
  if (lacking) return `${asTyped(lacking, words)} needs a value\nlockstep ${command} --help shows which.`;
  const choice = /Argument: ([^,]+), Given: (.*), Choices: (.*)$/m.exec(message);
  if (choice) {
    const [name = '', given = '', choices = ''] = choice.slice(1).map((text) => text.replaceAll('"', ''));
    return `${name === 'what' ? 'list' : asTyped(name, words)} cannot be "${given}"\n${didYouMean(given, choices.split(', '))}`;
  }
  return `${message.split('\n')[0]}\nlockstep --help shows what there is.`;
}

function unknownWord(command: string, name: string, words: readonly string[]): string {
  const option = asTyped(name, words);
  // A group of one-letter options is typed as one word.
  const typed = words.some((word) => word === option || word.startsWith(`${option}=`) || /^-[^-]/.test(word));
  if (!typed) return `"${name}" is one word too many\nlockstep ${command} --help shows what it takes.`;
  const own = Object.hasOwn(OPTIONS, command) ? OPTIONS[command]! : [];
  const other = Object.keys(OPTIONS).find((one) => one !== command && OPTIONS[one]?.includes(name));
  if (other) return `unknown option ${option}: lockstep ${other} has it, ${command} has not\n${GUESTS_OWN}`;
  if (name.length === 1) return `unknown option ${option}\nlockstep ${command} --help lists the options. ${GUESTS_OWN}`;
  return `unknown option ${option}\n${didYouMean(name, [...own, 'help', 'version'])} ${GUESTS_OWN}`;
}

const GUESTS_OWN = "The guest's own options go after --.";

/** An option's name with the dashes it was given. */
function asTyped(name: string, words: readonly string[]): string {
  const long = `--${name}`;
  return name.length > 1 || words.some((word) => word === long || word.startsWith(`${long}=`)) ? long : `-${name}`;
}
