// Two peers started by hand, as with QEMU: `lockstep emu --plugin lockstep,sockpath=S PROGRAM` in two terminals. The
// first listens and hosts the comparator for both; the second connects. Both say the same at the end.

import { type PluginArgs, type PluginControl, UsageError } from '../emulator/index.ts';
import { type Channel, localPair, socketChannel, watchedChannel } from './channel.ts';
import { Comparator } from './comparator.ts';
import { startHub } from './hub.ts';
import { parseLookBack } from './look-back.ts';
import type { SideChannel, Verdict } from './observer.ts';
import { createObserver, type Observer } from './plugin.ts';
import { type FromSide, fromSide, type Setup, type ToSide, toSide } from './protocol.ts';
import { QemuLink } from './qemu-link.ts';
import { QemuObserver } from './qemu-observer.ts';
import { rendezvous } from './rendezvous.ts';
import type { Report } from './report/model.ts';
import { reportText } from './report/text.ts';
import { SidePlugins } from './side-plugins.ts';

export interface ByHandOptions {
  readonly translator: string;
  readonly program: string;
  readonly programHash: string;
  readonly setup: Setup;
  /** The plugins of the machine, once it is there: others may be loaded beside this one. */
  plugins(): PluginControl;
  /** One line for the person. */
  say(line: string): void;
  readonly color: boolean;
  readonly width: number;
  /** The run is over, with the exit code it deserves; undefined when there is nothing against the guest's own. */
  finished(code: number | undefined): void;
}

/** What answers at the socket and is no lockstep peer may say nothing at all. */
const GREETING_MS = 60_000;

/** The plugin `lockstep`: our own protocol, or QEMU's where the arguments say so. */
export function lockstepPlugin(options: ByHandOptions): Observer {
  const own = ownPlugin(options);
  let qemu: QemuObserver | undefined;
  return {
    ...own,
    get muted() {
      return qemu ? qemu.muted : own.muted;
    },
    get blocks() {
      return qemu ? qemu.records : own.blocks;
    },
    async install(api, args) {
      if (args.wire === undefined) return own.install(api, args);
      if (args.wire !== 'qemu')
        throw new UsageError(`wire=${String(args.wire)} is not known`, 'Use wire=qemu, or leave it out.');
      const { role, socket } = await rendezvous(pathOf(args), options.say);
      if (role === 'connector') options.say('connect_socket::ready');
      qemu = new QemuObserver(api, new QemuLink(socket), options, args.verbose === true);
      qemu.install();
    },
  };
}

function pathOf({ sockpath }: PluginArgs): string {
  if (typeof sockpath !== 'string' || sockpath === '')
    throw new UsageError('the lockstep plugin needs a socket path', 'Add it: --plugin lockstep,sockpath=PATH');
  return sockpath;
}

/** The peer's run is not this one's: here plugins are named on the command line and speak for themselves. */
function besides(options: ByHandOptions): SidePlugins {
  return new SidePlugins(
    () => options.plugins(),
    ['lockstep'],
    () => {},
  );
}

/** The plugin that speaks our own protocol, told what the machine it will be installed in is made of. */
function ownPlugin(options: ByHandOptions): Observer {
  let side: 'a' | 'b' = 'a';
  const observer = createObserver({
    translator: options.translator,
    program: options.program,
    programHash: options.programHash,
    setup: options.setup,
    plugins: besides(options),
    async connect(args) {
      const silenceMs = Number(args.silence) * 1000;
      const greetingMs = Math.min(GREETING_MS, silenceMs);
      const { role, socket } = await rendezvous(pathOf(args), options.say);
      if (role === 'connector') {
        side = 'b';
        options.say('connect_socket::ready');
        return watchedChannel(socketChannel(socket, toSide), { silenceMs, greetingMs });
      }
      const remote = watchedChannel(socketChannel(socket, fromSide), { silenceMs, greetingMs });
      return hostComparator(
        remote,
        silenceMs,
        parseLookBack(String(args['look-back'])),
        args.verbose === true,
        options.say,
      );
    },
    finished(verdict, lost) {
      if (!verdict) {
        options.say(`lockstep: the peer is gone: ${lost?.message ?? 'no reason given'}`);
        options.say('Start both again; what ended the other one is said at its own terminal.');
        options.finished(2);
        return;
      }
      options.finished(sayVerdict(verdict, side, observer.blocks, options));
    },
  });
  return observer;
}

function hostComparator(
  remote: Channel<FromSide, ToSide>,
  silenceMs: number,
  lookBack: number,
  verbose: boolean,
  say: (line: string) => void,
): SideChannel {
  const [local, mine] = localPair<FromSide, ToSide>();
  const comparator = new Comparator({ restartable: false, lookBack });
  let shown = 0;
  startHub({
    comparator,
    channels: { A: local, B: remote },
    silenceMs,
    progress() {
      const { windows, icount } = comparator.agreed;
      if (!verbose || windows === shown) return;
      shown = windows;
      say(`window ${windows}: both agree for ${icount} instructions`);
    },
  });
  return mine;
}

function sayVerdict(verdict: Verdict, side: 'a' | 'b', blocks: number, options: ByHandOptions): number | undefined {
  if (verdict.verdict === 'failed') {
    options.say(`lockstep: ${verdict.report}`);
    return 2;
  }
  const report = JSON.parse(verdict.report) as Report;
  if (verdict.verdict === 'same') {
    options.say('No divergence :-)');
  } else {
    for (const line of reportText(report, options).trimEnd().split('\n')) options.say(line);
    if (verdict.verdict === 'diverged') options.say('too much divergence... giving up.');
  }
  // As QEMU counts: this side's blocks, of those compared, up to where the comparison ended.
  const { at } = report;
  const compared = report[side].blocks + (at ? 1 : 0);
  options.say(`Executed ${at ? compared : blocks}/${compared} blocks`);
  options.say(`Executed ~${report.a.icount ?? report.instructions} instructions`);
  return verdict.verdict === 'diverged' ? 1 : verdict.verdict === 'inconclusive' ? 3 : undefined;
}
