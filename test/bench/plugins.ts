// What plugins cost: time with a plugin over time without, ours beside QEMU's for the same events of the same program.
// For the bench; by itself: node --import tsx test/bench/plugins.ts [runs]

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { scenarioPath } from '../../scenarios/host-paths.ts';
import { buildGuests, buildProbe, guestsMissing, probesMissing, qemuUser, runToEnd } from '../conformance/qemu.ts';
import { callFloor, floorLine } from './call-floor.ts';
import { type Series, summarise, table, timeCommand } from './measure.ts';

const CLI = scenarioPath('dist/cli/main.js');
const PLUGIN = scenarioPath('test/bench/cost-plugin.mjs');

/**
 * `size`: SHA-1 of so many blocks, enough for what loading a plugin takes to vanish; `events`: each is a call of the
 * plugin; `qemu`: the probe has this mode, too (QEMU has no calls in
 * batches, 7.2 no conditional callbacks).
 */
const MODES = [
  { mode: 'empty', size: 1_000_000, events: false, qemu: true },
  { mode: 'inline', size: 1_000_000, events: false, qemu: true },
  { mode: 'conditional', size: 1_000_000, events: false, qemu: false },
  { mode: 'block', size: 240_000, events: true, qemu: true },
  { mode: 'batch', size: 240_000, events: true, qemu: false },
  { mode: 'insn', size: 24_000, events: true, qemu: true },
  { mode: 'mem-inline', size: 1_000_000, events: false, qemu: true },
  { mode: 'mem', size: 100_000, events: true, qemu: true },
] as const;

interface Measured {
  /** Time with the plugin over time without; the spread pairs runs of the same round. */
  readonly ratio: Series;
  /** Nanoseconds more an event, where events are calls. */
  readonly each: Series | undefined;
}

export interface Cost {
  readonly mode: string;
  readonly ours: Measured;
  readonly qemu: Measured | undefined;
}

/** Whole processes, each plugin run next to one without: the machine's slow spells fall on both. */
export function pluginCosts(program: string, runs: number): Cost[] {
  const emu = (plugin: readonly string[]) => [process.execPath, CLI, 'emu', '--no-cache', ...plugin, program, '--'];
  const qemu = (plugin: readonly string[]) => [qemuUser!, ...plugin, program];
  return MODES.map(({ mode, size, events, qemu: probed }) => {
    const plugin = ['--plugin', `${PLUGIN},mode=${mode}`];
    const count = events ? callbacks([...emu([...plugin, '-d', 'plugin']), String(size)]) : undefined;
    const measure = (plain: readonly string[], loaded: readonly string[]): Measured => {
      const pairs = Array.from({ length: runs }, () => ({
        with: timeCommand([...loaded, String(size)]),
        without: timeCommand([...plain, String(size)]),
      }));
      return {
        ratio: summarise(pairs.map((pair) => pair.with / pair.without)),
        each: count === undefined ? undefined : summarise(pairs.map((p) => ((p.with - p.without) / count) * 1e9)),
      };
    };
    return {
      mode,
      ours: measure(emu([]), emu(plugin)),
      qemu: probed ? measure(qemu([]), qemu(['-plugin', `${buildProbe('cost')},mode=${mode}`])) : undefined,
    };
  });
}

/** How often the plugin was called, as it says itself; QEMU's is told of the same events (test/conformance). */
function callbacks([file, ...args]: readonly string[]): number {
  const { stderr } = runToEnd(file!, args, { env: { PATH: process.env.PATH ?? '' }, seconds: 600 });
  const count = Number(/^(\d+) callbacks$/m.exec(stderr)?.[1]);
  if (!(count > 0)) throw new Error(`the cost plugin was not called: ${stderr}`);
  return count;
}

const text = ({ median, least, most }: Series): string =>
  `${median.toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`;

export function costTable(costs: readonly Cost[]): string {
  const cells = (measured: Measured | undefined): string[] =>
    measured ? [text(measured.ratio), measured.each ? text(measured.each) : ''] : ['–', ''];
  return table(
    ['plugin', 'ours / no plugin', 'ns an event', 'QEMU / no plugin', 'ns an event'],
    costs.map(({ mode, ours, qemu }) => [mode, ...cells(ours), ...cells(qemu)]),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const missing = guestsMissing() ?? probesMissing();
  if (missing !== undefined) {
    console.error(`bench: ${missing}`);
    process.exit(1);
  }
  const program = join(buildGuests(), 'sha1-O2');
  console.log(costTable(pluginCosts(program, Number(process.argv[2] ?? 3))));
  console.log(floorLine(await callFloor()));
}
