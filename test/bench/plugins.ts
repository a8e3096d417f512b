// What plugins cost: time with a plugin over time without, ours beside QEMU's for the same events of the same program.
// For the bench; by itself: node --import tsx test/bench/plugins.ts [runs]

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { scenarioPath } from '../../scenarios/host-paths.ts';
import { buildGuests, buildProbe, guestsMissing, probesMissing, qemuUser } from '../conformance/qemu.ts';
import { type Series, summarise, table, timeCommand } from './measure.ts';

const CLI = scenarioPath('dist/cli/main.js');
const PLUGIN = scenarioPath('test/bench/cost-plugin.mjs');

/** `qemu`: the probe has this mode, too (7.2 has no conditional callbacks). */
const MODES = [
  { mode: 'empty', qemu: true },
  { mode: 'inline', qemu: true },
  { mode: 'conditional', qemu: false },
  { mode: 'block', qemu: true },
  { mode: 'insn', qemu: true },
  { mode: 'mem-inline', qemu: true },
  { mode: 'mem', qemu: true },
] as const;

export interface Cost {
  readonly mode: string;
  /** Time with the plugin over time without; the spread pairs runs of the same round. */
  readonly ours: Series;
  readonly qemu: Series | undefined;
}

/** Ratios of whole processes, each plugin run next to one without: the machine's slow spells fall on both. */
export function pluginCosts(program: string, args: readonly string[], runs: number): Cost[] {
  const emu = (plugin: readonly string[]): string[] => [
    process.execPath,
    CLI,
    'emu',
    ...plugin,
    program,
    '--',
    ...args,
  ];
  const qemu = (plugin: readonly string[]): string[] => [qemuUser!, ...plugin, program, ...args];
  const pairs = (plain: readonly string[], loaded: readonly string[]): Series =>
    summarise(Array.from({ length: runs }, () => timeCommand(loaded) / timeCommand(plain)));
  return MODES.map(({ mode, qemu: probed }) => ({
    mode,
    ours: pairs(emu([]), emu(['--plugin', `${PLUGIN},mode=${mode}`])),
    qemu: probed ? pairs(qemu([]), qemu(['-plugin', `${buildProbe('cost')},mode=${mode}`])) : undefined,
  }));
}

const text = ({ median, least, most }: Series): string =>
  `${median.toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`;

export function costTable(costs: readonly Cost[]): string {
  return table(
    ['plugin', 'ours / no plugin', 'QEMU / no plugin'],
    costs.map(({ mode, ours, qemu }) => [mode, text(ours), qemu ? text(qemu) : '–']),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const missing = guestsMissing() ?? probesMissing();
  if (missing !== undefined) {
    console.error(`bench: ${missing}`);
    process.exit(1);
  }
  const program = join(buildGuests(), 'sha1-O2');
  console.log(costTable(pluginCosts(program, ['4000'], Number(process.argv[2] ?? 3))));
}
