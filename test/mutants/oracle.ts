// The first block whose result differs, found the plain way: both translators run in this process and observe every block, and
// the observations are compared in order. No windows, no checkpoints, no replay: what a session says is checked against it.

import { readFileSync } from 'node:fs';
import {
  API_VERSION,
  type BlockObservation,
  createMachine,
  type Machine,
  OBSERVE_LIMIT,
  type PluginApi,
  type PluginModule,
  parseTranslatorSpec,
  SEAM_LIMIT,
} from '../../emulator/index.ts';
import { resolveMutant, scenarioPath } from '../../scenarios/index.ts';

/** Where the two differ first. */
export interface FirstBad {
  readonly pc: number;
  readonly icount: number;
  /** Its length. */
  readonly insns: number;
  /** Blocks of A entered from there on before its instruction count reaches the end of the window of `windowInsns`. */
  readonly delayBlocks: number;
  readonly delayInsns: number;
}

/** Observes every block translated while it is `on`. */
class Observe implements PluginModule {
  readonly name = 'observe';
  readonly apiVersion = API_VERSION;
  on = true;

  install(api: PluginApi): void {
    api.onTbTrans((tb) => {
      if (this.on) tb.observe();
    });
  }
}

async function started(
  program: string,
  args: readonly string[],
  spec: string,
  observe: Observe = new Observe(),
): Promise<Machine> {
  const machine = await createMachine({
    program: readFileSync(scenarioPath(program)),
    // Sessions start guests by their whole paths, which are on their stacks.
    programPath: scenarioPath(program),
    cwd: process.cwd(),
    argv: [program, ...args],
    env: [],
    machine: 'auto',
    translator: await parseTranslatorSpec(spec, { resolveMutant }),
    stdin: new Uint8Array(0),
    stdout: () => {},
    stderr: () => {},
    warn: () => {},
    files: 'overlay',
    plugins: [{ module: observe, args: [] }],
  });
  await machine.start();
  return machine;
}

/** Instructions whose observations fit the log: a block has one at least. */
const SLICE = OBSERVE_LIMIT - SEAM_LIMIT;

/**
 * Undefined when they agree up to `limit` instructions or the guest's end. A mutant may be wrong about stops alone: whether
 * both stop in the same place is judged only at multiples of `stops`, where a session has stopped and judged it.
 */
export async function firstBad(
  program: string,
  args: readonly string[],
  specs: readonly [string, string],
  windowInsns: number,
  limit: number,
  stops?: number,
): Promise<FirstBad | undefined> {
  const plain = await Promise.all(specs.map((spec) => started(program, args, spec)));
  const found = [
    differing(plain, windowInsns, limit, stops),
    differing(await runBefore(program, args, specs, limit), windowInsns, limit, stops),
  ].filter((bad) => bad !== undefined);
  return found.sort((a, b) => a.icount - b.icount)[0];
}

/**
 * Both back at the start after they have run as they are. What was compiled then is compiled from the start: a mutant may
 * go wrong in that alone, as it does when a session looks back.
 */
function runBefore(
  program: string,
  args: readonly string[],
  specs: readonly [string, string],
  limit: number,
): Promise<Machine[]> {
  return Promise.all(
    specs.map(async (spec) => {
      const observe = new Observe();
      observe.on = false;
      const machine = await started(program, args, spec, observe);
      const start = machine.checkpoint();
      machine.run(limit);
      machine.rollback(start);
      observe.on = true;
      machine.flushCode();
      return machine;
    }),
  );
}

function differing(
  [a, b]: readonly Machine[],
  windowInsns: number,
  limit: number,
  stops: number | undefined,
): FirstBad | undefined {
  let last: BlockObservation | undefined;
  for (let end = 0; end < limit && !a!.ended && !b!.ended; ) {
    end += stops ?? SLICE;
    for (const machine of [a!, b!]) machine.run(end, end + SEAM_LIMIT);
    const furthest = Math.max(a!.icount, b!.icount);
    if (stops === undefined) for (const machine of [a!, b!]) if (machine.icount < furthest) machine.run(furthest);
    const [left, right] = [a!.observations.drain(), b!.observations.drain()];
    const { good, differs } = compared(left, right, last);
    last = good;
    if (differs) return last && measured(a!, left, last, windowInsns, limit);
    const ends = [a!, b!].map(
      (m) => `${m.icount} ${m.cpus.map((cpu) => cpu.pc)} ${m.stateDigest()} ${m.memoryDigest()}`,
    );
    if (ends[0] !== ends[1]) return last && measured(a!, left, last, windowInsns, limit);
  }
  return undefined;
}

/** The last block both entered alike, before they differ where they do. */
function compared(
  left: readonly BlockObservation[],
  right: readonly BlockObservation[],
  before: BlockObservation | undefined,
): { readonly good: BlockObservation | undefined; readonly differs: boolean } {
  let good = before;
  for (let i = 0, j = 0; i < left.length && j < right.length; ) {
    const [a, b] = [left[i]!, right[j]!];
    if (a.icount !== b.icount) {
      if (a.icount < b.icount) i++;
      else j++;
      continue;
    }
    if (a.pc !== b.pc || a.digest !== b.digest) return { good: good ?? a, differs: true };
    good = a;
    i++;
    j++;
  }
  return { good, differs: false };
}

/** How long it takes from there to the end of the window, as A runs on. */
function measured(
  machine: Machine,
  blocks: readonly BlockObservation[],
  { pc, icount, insns }: BlockObservation,
  windowInsns: number,
  limit: number,
): FirstBad {
  const windowEnd = Math.min((Math.floor(icount / windowInsns) + 1) * windowInsns, limit);
  let delayBlocks = blocks.filter((block) => block.icount >= icount && block.icount < windowEnd).length;
  while (!machine.ended && machine.icount < windowEnd) {
    machine.run(Math.min(machine.icount + OBSERVE_LIMIT, windowEnd));
    delayBlocks += machine.observations.drain().length;
  }
  return { pc, icount, insns, delayBlocks, delayInsns: Math.min(windowEnd, machine.icount) - icount };
}
