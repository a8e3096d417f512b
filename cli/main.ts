// The process of the command line. What takes longest is begun first: the two processes of a comparison load what they need
// while the command line is still being loaded and understood.

import { compares } from './compares.ts';

async function main(): Promise<void> {
  const spares = compares() ? await import('../lockstep/side-process/index.ts') : undefined;
  spares?.startSpares();
  const { runCommandLine } = await import('./command-line.ts');
  await runCommandLine(async () => spares?.endSides());
}

void main();
