// `emu --plugin lockstep`: this machine as one of two peers started by hand. Loaded only when asked for: it brings the
// wire, the comparator and the report with it.

import { isatty } from 'node:tty';
import { type PluginControl, UsageError } from '../emulator/index.ts';
import { lockstepPlugin, type Observer, programHash } from '../lockstep/index.ts';
import { wantsColor } from '../ui/index.ts';
import { writeAll } from './descriptor.ts';
import type { GuestSpec } from './guest-options.ts';

export interface Peer {
  readonly observer: Observer;
  /** What the plugin takes of its arguments. */
  readonly args: readonly string[];
  /** Fulfilled when the two runs have been judged, with the exit code they deserve; undefined leaves it to the guest. */
  readonly verdict: Promise<number | undefined>;
}

export function lockstepPeer(
  guest: GuestSpec,
  program: Uint8Array,
  translator: string,
  args: readonly string[],
  timed: boolean,
  plugins: () => PluginControl,
): Peer {
  if (timed)
    throw new UsageError(
      '--timeout would end two compared runs at different places',
      'Give both the same --max-insns instead.',
    );
  if (isatty(0))
    writeAll(2, 'lockstep: what is typed at a terminal cannot be replayed: the guest has an empty standard input\n');
  let judged: (code: number | undefined) => void = () => {};
  const verdict = new Promise<number | undefined>((resolve) => {
    judged = resolve;
  });
  const observer = lockstepPlugin({
    translator,
    program: guest.program,
    programHash: programHash(program),
    setup: {
      args: guest.argv,
      env: guest.env,
      cwd: process.cwd(),
      memoryBytes: guest.memoryBytes,
      seed: guest.seed,
      maxInsns: guest.maxInsns,
    },
    plugins,
    say: (line) => writeAll(2, `${line}\n`),
    color: wantsColor('auto', process.env, process.stderr.isTTY === true),
    width: process.stderr.columns || 160,
    finished(code) {
      // Also when the verdict comes after the guest's end.
      if (code !== undefined) process.exitCode = code;
      judged(code);
    },
  });
  return { observer, args: args.map(modernArgument), verdict };
}

/** QEMU's oldest style: `arg=PATH` names the socket. */
function modernArgument(arg: string): string {
  const value = arg.startsWith('arg=') ? arg.slice('arg='.length) : undefined;
  return value === undefined ? arg : value.includes('=') ? value : `sockpath=${value}`;
}
