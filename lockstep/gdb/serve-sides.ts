// Makes both machines of a run anew, takes them to where debuggers are to find them, and serves each on its port.

import { SIDES, type Side } from '../protocol.ts';
import { firstDifference, isSystem, reproduces, travelBoth } from '../travel/index.ts';
import type { DebuggedRun, Served } from './messages.ts';
import { type GdbServer, serveGdb } from './server.ts';
import type { GdbSide } from './side.ts';

const ELSEWISE = 'what the report shows does not show when this side is stopped: it depends on how code runs';

/** Resolves when each debugger has let its side go. Throws UsageError when a port cannot be had. */
export async function serveSides(
  { run, report, ports, at, allowWrite }: DebuggedRun,
  told: { serving(served: Served): void; say(line: string): void },
): Promise<void> {
  const first = firstDifference(report);
  const travellers = await travelBoth({ ...run, warn: (side, text) => told.say(`lockstep: side ${side}: ${text}`) });
  const system = isSystem(run);
  const sides: Partial<Record<Side, GdbSide>> = {};
  for (const side of SIDES) {
    const traveller = travellers[side];
    const notes = (await reproduces(traveller, report, side)) ? [] : [ELSEWISE];
    await traveller.seek(at === 'start' ? 0 : (first ?? 0));
    sides[side] = {
      ...{ name: `side ${side}`, translator: side === 'A' ? run.a : run.b, traveller, system, notes, allowWrite },
      ...(first !== undefined && { first }),
      get peer() {
        return sides[side === 'A' ? 'B' : 'A']!;
      },
    };
    for (const note of notes) told.say(`lockstep: side ${side}: ${note}`);
  }
  const servers: GdbServer[] = [];
  try {
    for (const side of SIDES) {
      const port = ports[side];
      if (port === undefined) continue;
      const server = await serveGdb(sides[side]!, port);
      servers.push(server);
      told.serving(servedAt(sides[side]!, server));
    }
    await Promise.all(servers.map(({ done }) => done));
  } finally {
    for (const server of servers) server.close();
  }
}

export function servedAt({ name, translator, traveller: { icount } }: GdbSide, { port }: GdbServer): Served {
  return { name, translator, icount, port };
}
