// Recordings of real runs for the tests of what shows them, made once a process.

import { type Recording, runSession } from '../../lockstep/index.ts';
import { mutants, scenarioPath } from '../../scenarios/index.ts';

const made = new Map<string, Promise<Recording>>();

/** old-tcg against the mutant, on the program that shows it. */
export function recordingOf(mutant: string): Promise<Recording> {
  const known = made.get(mutant);
  if (known) return known;
  const { program } = mutants.find(({ name }) => name === mutant)!;
  const recording = record(`mutant:${mutant}`, program);
  made.set(mutant, recording);
  return recording;
}

async function record(b: string, program: string): Promise<Recording> {
  const path = scenarioPath(program);
  let recording: Recording | undefined;
  await runSession({
    program: path,
    // The guest sees its own name: the same wherever the tests lie.
    argv: [program],
    env: [],
    machine: 'auto',
    memoryBytes: null,
    seed: null,
    maxInsns: null,
    mutants: new URL('../../scenarios/mutants/index.ts', import.meta.url).href,
    a: 'old-tcg',
    b,
    stdin: new Uint8Array(0),
    onRecording: (it) => {
      recording = it;
    },
  });
  return recording!;
}
