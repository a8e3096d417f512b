// Makes sentences with a remedy of what yargs says about a command line it does not understand.

import { didYouMean } from '../emulator/index.ts';

const OPTIONS = [
  'a',
  'b',
  'color',
  'env',
  'git-bisect',
  'help',
  'json',
  'machine',
  'max-insns',
  'memory',
  'plugin',
  'seed',
  'stream',
  'timeout',
  'translator',
  'version',
  'window',
];

export async function explainMistake(message: string): Promise<string> {
  const unknown = /^Unknown arguments?: (.*)$/m.exec(message)?.[1]?.split(', ');
  if (unknown) {
    // yargs names an option and each of its aliases: the longest is the one typed in full.
    const name = unknown.reduce((longest, one) => (one.length > longest.length ? one : longest), '');
    const dashes = name.length === 1 ? '-' : '--';
    return `unknown option ${dashes}${name}\n${didYouMean(name, OPTIONS)} The guest's own options go after --.`;
  }
  const choice = /Argument: ([^,]+), Given: (.*), Choices: (.*)$/m.exec(message);
  if (choice) {
    const given = (choice[2] ?? '').replaceAll('"', '');
    const choices = (choice[3] ?? '').replaceAll('"', '').split(', ');
    return `${choice[1]} cannot be "${given}"\n${didYouMean(given, choices)}`;
  }
  if (message.startsWith('Not enough non-option arguments'))
    return 'something is missing\nlockstep COMMAND --help shows what it needs.';
  return `${message.split('\n')[0]}\nlockstep --help shows what there is.`;
}
