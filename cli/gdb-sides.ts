// `lockstep run --gdb-a, --gdb-b`: the two machines under debuggers, at the first difference or at the start. Loaded only
// when asked for.

import { UsageError } from '../emulator/index.ts';
import { type GdbServer, type GdbSide, serveGdb } from '../lockstep/gdb/index.ts';
import { type Report, type SessionOptions, SIDES, type Side } from '../lockstep/index.ts';
import { firstDifference, GREATEST_LIMIT, isSystem, reproduces, travelBoth } from '../lockstep/travel/index.ts';
import { type GdbArguments, invitation, parseLimit, parsePort } from './gdb-options.ts';

export interface SidesArguments extends GdbArguments {
  readonly 'gdb-a'?: string;
  readonly 'gdb-b'?: string;
  readonly 'gdb-at': 'divergence' | 'start';
}

/** The port of each side that a debugger is wanted for. */
export function portsOf(options: SidesArguments): Partial<Record<Side, number>> {
  const { 'gdb-a': a, 'gdb-b': b } = options;
  parseLimit(options['memory-limit'], GREATEST_LIMIT);
  return {
    ...(a !== undefined && { A: parsePort(a, '--gdb-a') }),
    ...(b !== undefined && { B: parsePort(b, '--gdb-b') }),
  };
}

/** Resolves when each debugger has let its side go, or the signal fires. */
export async function debugSides(
  session: Omit<SessionOptions, 'stdin'>,
  stdin: Uint8Array,
  report: Report,
  options: SidesArguments,
  say: (line: string) => void,
): Promise<void> {
  const first = firstDifference(report);
  if (first === undefined && options['gdb-at'] === 'divergence')
    throw new UsageError('there is no divergence to attach gdb to', 'With --gdb-at start it attaches at the start.');
  const limitBytes = parseLimit(options['memory-limit'], GREATEST_LIMIT);
  const travellers = await travelBoth({
    ...session,
    stdin,
    cwd: process.cwd(),
    ...(limitBytes !== undefined && { limitBytes }),
    warn: (side, text) => say(`lockstep: side ${side}: ${text}`),
  });
  const system = isSystem(session);
  const sides: Partial<Record<Side, GdbSide>> = {};
  for (const side of SIDES) {
    const traveller = travellers[side];
    const same = await reproduces(traveller, report, side);
    const notes = same
      ? []
      : ['what the report shows does not show when this side is stopped: it depends on how code runs'];
    await traveller.seek(options['gdb-at'] === 'start' ? 0 : (first ?? 0));
    sides[side] = {
      ...{ name: `side ${side}`, translator: side === 'A' ? session.a : session.b, traveller, system, notes },
      allowWrite: options['allow-write'] === true,
      ...(first !== undefined && { first }),
      get peer() {
        return sides[side === 'A' ? 'B' : 'A']!;
      },
    };
    for (const note of notes) say(`lockstep: side ${side}: ${note}`);
  }
  const servers: GdbServer[] = [];
  const close = () => {
    for (const server of servers) server.close();
  };
  session.signal?.addEventListener('abort', close);
  try {
    for (const [side, port] of Object.entries(portsOf(options)) as [Side, number][]) {
      const server = await serveGdb(sides[side]!, port);
      servers.push(server);
      say(invitation(sides[side]!, server));
    }
    if (session.signal?.aborted) return;
    await Promise.all(servers.map(({ done }) => done));
  } finally {
    session.signal?.removeEventListener('abort', close);
    close();
  }
}
