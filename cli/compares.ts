// Whether a command line is one of a comparison, as far as that can be told before it is understood.

/** Words of a command line that is only to be explained. */
const ASKS: ReadonlySet<string> = new Set(['--help', '-h']);

/** Of this process. */
export function compares(): boolean {
  const [command, ...words] = process.argv.slice(2);
  return command === 'run' && !words.some((word) => ASKS.has(word));
}
