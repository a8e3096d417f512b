// The door for tests of plugins (`lockstep/testing`): runs a plugin on a few instructions written down in the test, in a
// real machine, and says what became of it.

import type { Cpu } from './exec/cpu.ts';
import type { StopReason } from './exec/machine-control.ts';
import { createMachine, type Machine } from './machine.ts';
import { UsageError } from './must.ts';
import type { Json, PluginModule } from './plugin/api.ts';
import { smallElf } from './plugin/small-elf.ts';
import { parseTranslatorSpec } from './translators/spec.ts';

export { loadPluginFile } from './host-plugin.ts';
export { smallElfEntry as ENTRY } from './plugin/small-elf.ts';

export interface RunOptions {
  /** The plugin's arguments, `key=value`. */
  readonly args?: readonly string[];
  /** A translator as `--translator` takes it: `tci`, or `new-tcg,max-insns=1` for blocks of one instruction. */
  readonly translator?: string;
  /** Instructions after which the guest is stopped; a million when missing. */
  readonly maxInsns?: number;
  /** Called with the machine before it runs: to set registers and memory. */
  readonly prepare?: (machine: Machine) => void;
}

export interface PluginRun {
  /** What the plugin wrote with `outs`. */
  readonly output: string;
  /** What it handed over with `result`. */
  readonly results: readonly Json[];
  /** What the engine had to say about it; empty when all is well. */
  readonly warnings: readonly string[];
  /** It threw and was removed. */
  readonly failed: boolean;
  readonly stopped: StopReason;
  /** Instructions begun. */
  readonly icount: number;
  /** Value of a register at the end. */
  register(name: string, cpu?: number): bigint;
}

/**
 * Runs `plugin` on a Linux process of these instructions: 32-bit words, or 16-bit ones where the two low bits are not 3.
 * The first lies at ENTRY; behind the last the process exits with status 0.
 */
export async function runPlugin(
  plugin: PluginModule,
  instructions: readonly number[],
  options: RunOptions = {},
): Promise<PluginRun> {
  let output = '';
  const warnings: string[] = [];
  const machine = await createMachine({
    program: smallElf(instructions),
    programPath: '/test',
    cwd: '/',
    argv: ['test'],
    env: [],
    machine: 'user',
    memoryBytes: 64 << 20,
    translator: await parseTranslatorSpec(options.translator ?? 'new-tcg'),
    stdin: new Uint8Array(0),
    stdout: () => {},
    stderr: () => {},
    warn: (text) => warnings.push(text),
    files: 'overlay',
    log: {
      items: new Set(['plugin']),
      write: (text) => {
        output += text;
      },
    },
    plugins: [{ module: plugin, args: options.args ?? [] }],
  });
  await machine.start();
  options.prepare?.(machine);
  const stopped = await machine.runAsync(options.maxInsns ?? 1_000_000);
  machine.finish();
  return {
    output,
    results: machine.pluginResults.map(({ data }) => data),
    warnings,
    failed: machine.failedPlugins.length > 0,
    stopped,
    icount: machine.icount,
    register(name, cpu = 0) {
      const found = machine.isa.registers.find((r) => r.name === name || r.aliases.includes(name));
      const of: Cpu | undefined = machine.cpus[cpu];
      if (!found || !of) throw new UsageError(`there is no register ${name} of vCPU ${cpu}`);
      return of.read(found.slot);
    },
  };
}
