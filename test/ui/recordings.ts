// Recordings of real runs for the tests of what shows them, made once a process.

import { copyFileSync, mkdirSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { capsuleOf } from '../../cli/capsule-option.ts';
import { type Recording, runSession } from '../../lockstep/index.ts';
import { mutants, scenarioPath } from '../../scenarios/index.ts';
import { sessionOf } from '../support/session.ts';

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
  // The guest's stack holds the path of its program: the same wherever the tests lie.
  const path = join('/tmp/lockstep-ui-tests', basename(program));
  mkdirSync(dirname(path), { recursive: true });
  const copy = `${path}.${process.pid}`;
  copyFileSync(scenarioPath(program), copy);
  renameSync(copy, path);
  let recording: Recording | undefined;
  const sides = { a: 'old-tcg', b };
  const capsule = capsuleOf({ ...sides, program, color: 'never' }, undefined)!;
  await runSession({
    ...sessionOf(path, sides, [program]),
    ...capsule.session,
    onRecording: (it) => {
      recording = it;
    },
  });
  return { ...recording!, capsule: capsule.text ?? null };
}
