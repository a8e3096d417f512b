// `--capsule FILE` and `--no-capsule` of run and bisect: the block on which the sides differ is kept with its entry state, as a
// file: in FILE, or among the newest in a directory of the user's that no run clutters.

import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { writeFault } from '../emulator/index.ts';
import type { Capture, SessionOptions } from '../lockstep/index.ts';
import type { SessionArguments } from './session-options.ts';

export const CAPSULE_OPTION = {
  type: 'string',
  requiresArg: true,
  describe: 'file to keep the block that differs in, with its entry state; one is kept anyway, --no-capsule: none',
} as const;

const SUFFIX = '.capsule';
/** Files kept where no other place was asked for. */
const MOST_FILES = 64;

export interface CapsuleOption {
  /** What the session needs for it. */
  readonly session: Pick<SessionOptions, 'capture'>;
  /** What has been captured; undefined: nothing. */
  readonly text: string | undefined;
  /** Writes what has been captured; the path, or undefined when there is nothing or it cannot be kept in a capsule. */
  write(say: (line: string) => void): string | undefined;
}

/** `path` false: none is wanted; undefined: it goes where they are kept. */
export function capsuleOf(
  { a, b, program }: SessionArguments,
  path: string | false | undefined,
): CapsuleOption | undefined {
  if (path === false) return undefined;
  let text: string | undefined;
  let why: string | undefined;
  const load = async (): Promise<Capture> => {
    const { collect, encodeCapsule } = await import('../lockstep/capsule/index.ts');
    return function* capture(divergence) {
      // Of a bisection's many runs the first is the one.
      if (text !== undefined || why !== undefined) return;
      const found = yield* collect(divergence);
      if (typeof found === 'string') why = found;
      else {
        const origin = `${program ?? 'a guest'}, after ${divergence.entry} instructions`;
        text = encodeCapsule({ isa: 'riscv64', a, b, origin, ...found });
      }
    };
  };
  return {
    session: { capture: load },
    get text() {
      return text;
    },
    write(say) {
      if (why !== undefined && path !== undefined) say(`lockstep: no capsule was written: ${why}`);
      if (text === undefined) return undefined;
      if (path === undefined) return keep(text, basename(program ?? 'guest'));
      try {
        writeFileSync(path, text);
      } catch (error) {
        throw writeFault(`the capsule ${path}`, error);
      }
      return path;
    },
  };
}

/** The directory of capsules that nobody gave a place. */
function directoryOfCapsules(): string {
  const { LOCKSTEP_CAPSULES, XDG_STATE_HOME } = process.env;
  return LOCKSTEP_CAPSULES ?? join(XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'lockstep', 'capsules');
}

/** The same divergence has the same name. Undefined where nothing can be written: the report is what was asked for. */
function keep(text: string, program: string): string | undefined {
  const directory = directoryOfCapsules();
  const digest = process.getBuiltinModule('node:crypto').createHash('sha256').update(text).digest('hex').slice(0, 8);
  const path = join(directory, `${program}-${digest}${SUFFIX}`);
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(path, text);
    const names = readdirSync(directory).filter((name) => name.endsWith(SUFFIX));
    const age = new Map(names.map((name) => [name, statSync(join(directory, name)).mtimeMs]));
    names.sort((x, y) => age.get(y)! - age.get(x)!);
    for (const name of names.slice(MOST_FILES)) rmSync(join(directory, name), { force: true });
  } catch {
    return undefined;
  }
  return path;
}
