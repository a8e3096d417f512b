// `lockstep emu --gdb`: one machine under a debugger, in both directions. Loaded only when asked for.

import { type StopReason, type Translator, UsageError } from '../emulator/index.ts';
import { servedAt, serveGdb } from '../lockstep/gdb/index.ts';
import { createTraveller, GREATEST_LIMIT } from '../lockstep/travel/index.ts';
import { writeAll } from './descriptor.ts';
import { EXIT } from './exit-code.ts';
import { type GdbArguments, invitation, parseLimit } from './gdb-options.ts';
import { type GuestSpec, guestMachine } from './guest-options.ts';

/** As a shell counts a process that SIGKILL has ended. */
const KILLED = 137;

export interface DebuggedGuest {
  readonly guest: GuestSpec;
  readonly program: Uint8Array;
  readonly translator: Translator;
  readonly translatorName: string;
  readonly system: boolean;
  readonly stdin: Uint8Array | ((max: number) => Uint8Array);
}

/** The exit code: the guest's own once the debugger has let it go. */
export async function debugGuest(
  { guest, program, translator, translatorName, system, stdin }: DebuggedGuest,
  port: number,
  options: GdbArguments,
): Promise<number> {
  const limitBytes = parseLimit(options['memory-limit'], GREATEST_LIMIT);
  const traveller = await createTraveller({
    ...guestMachine(guest),
    program,
    maxInsns: guest.maxInsns,
    ...(limitBytes !== undefined && { limitBytes }),
    translator,
    stdin,
    stdout: (bytes) => writeAll(1, bytes),
    stderr: (bytes) => writeAll(2, bytes),
    warn: (text) => writeAll(2, `lockstep: ${text}\n`),
  });
  const side = {
    ...{ name: 'the guest', translator: translatorName, traveller, system, notes: [] },
    allowWrite: options['allow-write'] === true,
  };
  const server = await serveGdb(side, port);
  writeAll(2, `${invitation(servedAt(side, server))}\n`);
  const how = await server.done;
  if (how === 'killed') return KILLED;
  if (how === 'gone') {
    writeAll(2, 'lockstep: gdb has gone without a word; the guest was ended\n');
    return EXIT.failure;
  }
  await settled(traveller);
  await traveller.seek(Number.MAX_SAFE_INTEGER);
  return exitOf(traveller.ended);
}

/** A journey that the debugger has left behind ends soon. */
async function settled(traveller: { readonly busy: boolean }): Promise<void> {
  while (traveller.busy) await new Promise((resolve) => setImmediate(resolve));
}

function exitOf(ended: StopReason | undefined): number {
  if (ended?.kind === 'exit') return ended.code;
  if (ended?.kind === 'stuck') throw new UsageError(ended.reason);
  return 0;
}
