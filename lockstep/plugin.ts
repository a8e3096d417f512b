// The plugin `lockstep`: its arguments and its place in the plugin engine. What it does is in observer.ts.

import type { PluginModule } from '../emulator/index.ts';
import { API_VERSION, UsageError } from '../emulator/index.ts';
import { DEFAULT_LOOK_BACK } from './look-back.ts';
import { type ObserverContext, ObserverRun } from './observer.ts';
import { checkWindow, DEFAULT_WINDOW, defaultWindow } from './window.ts';

export interface Observer extends PluginModule {
  /** True while the machine runs again what it ran before: what it writes has been written already. */
  readonly muted: boolean;
  /** Blocks recorded so far. */
  readonly blocks: number;
}

const SUMMARY = 'Compares this run with that of another machine: same path, registers, memory and events.';
const ARGS = {
  sockpath: { kind: 'string', summary: 'socket where the two peers meet' },
  verbose: { kind: 'bool', summary: 'a line for each window compared', default: false },
  window: { kind: 'int', summary: 'instructions between two comparisons', default: DEFAULT_WINDOW },
  silence: { kind: 'int', summary: 'seconds after which a silent peer is given up', default: 600 },
  stream: { kind: 'string', summary: 'windows, or blocks: record every block as it runs', default: 'windows' },
  'look-back': {
    kind: 'string',
    summary: 'instructions whose every block is compared before a divergence, 0 or all; as the one who listens says',
    default: String(DEFAULT_LOOK_BACK),
  },
  wire: { kind: 'string', summary: "qemu: speak QEMU's own records to a QEMU with -singlestep" },
} as const;
/** For lists of plugins. */
export const lockstepSummary = { summary: SUMMARY, args: ARGS };

export function createObserver(context: ObserverContext): Observer {
  let run: ObserverRun | undefined;
  return {
    name: 'lockstep',
    apiVersion: API_VERSION,
    summary: SUMMARY,
    args: ARGS,
    get muted() {
      return run?.muted ?? false;
    },
    get blocks() {
      return run?.totalBlocks ?? 0;
    },
    async install(api, args) {
      const stream = args.stream ?? 'windows';
      if (stream !== 'windows' && stream !== 'blocks')
        throw new UsageError(`stream=${String(stream)} is not known`, 'Use stream=windows or stream=blocks.');
      const window = checkWindow(Number(args.window ?? defaultWindow(stream)), stream);
      const channel = await context.connect(args);
      run = new ObserverRun(api, context, channel, window, stream);
      await run.greet();
    },
  };
}
