// The process of the command line. What takes longest is begun first: the two processes of a comparison load what they need
// while the command line is still being loaded and understood.

const words = process.argv.slice(2);
/** Words of a command line that is only to be explained. */
const ASKS: ReadonlySet<string> = new Set(['--help', '-h']);

async function main(): Promise<void> {
  const compares = words[0] === 'run' && !words.some((word) => ASKS.has(word));
  const spares = compares ? await import('../lockstep/side-process/index.ts') : undefined;
  spares?.startSpares();
  const { runCommandLine } = await import('./command-line.ts');
  await runCommandLine(async () => spares?.endSides());
}

void main();
