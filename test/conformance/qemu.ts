// The real QEMU and the cross compiler, for tests and the bench: where they are, building the probe plugins and the guests of the
// C library, running a guest in an empty environment. Each `…Missing` says in words what is not installed.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { buildDir, scenarioPath } from '../../scenarios/host-paths.ts';

const PROBES = 'test/conformance/probe';

/** Absolute path of a command, or undefined. */
export function findCommand(name: string): string | undefined {
  for (const dir of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(dir, name);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      // not here
    }
  }
  return undefined;
}

export const qemuUser: string | undefined = findCommand('qemu-riscv64');
export const qemuSystem: string | undefined = findCommand('qemu-system-riscv64');
export const crossCompiler: string | undefined = findCommand('riscv64-linux-gnu-gcc');
export const hostCompiler: string | undefined = findCommand('gcc') ?? findCommand('cc');

/** Why qemu-riscv64 cannot be compared with, or undefined when it can. */
export function qemuUserMissing(): string | undefined {
  return qemuUser === undefined ? 'qemu-riscv64 is not installed (Debian: qemu-user)' : undefined;
}
export function qemuSystemMissing(): string | undefined {
  return qemuSystem === undefined ? 'qemu-system-riscv64 is not installed (Debian: qemu-system-misc)' : undefined;
}
/** Why the guests of the C library cannot be built. */
export function guestsMissing(): string | undefined {
  return crossCompiler === undefined
    ? 'riscv64-linux-gnu-gcc is not installed (Debian: gcc-riscv64-linux-gnu libc6-dev-riscv64-cross)'
    : undefined;
}
/** Why the probe plugins cannot be used. */
export function probesMissing(): string | undefined {
  return hostCompiler === undefined ? 'no C compiler for the host is installed (Debian: gcc)' : qemuUserMissing();
}

/** Builds the static programs of guests/linux where needed; returns the directory they are in. */
export function buildGuests(): string {
  execFileSync(scenarioPath('scenarios/build.sh'), ['--linux'], { stdio: ['ignore', 'ignore', 'pipe'] });
  return join(buildDir, 'linux');
}

export type Probe = 'count' | 'lockstep-classic' | 'events' | 'cost';

/** Builds a probe plugin where needed and returns the path of its shared object. */
export function buildProbe(probe: Probe): string {
  const source = scenarioPath(`${PROBES}/${probe}.c`);
  const header = scenarioPath(`${PROBES}/qemu-plugin.h`);
  const out = join(buildDir, `${probe}.so`);
  const newest = Math.max(statSync(source).mtimeMs, statSync(header).mtimeMs);
  if (existsSync(out) && statSync(out).mtimeMs >= newest) return out;
  if (hostCompiler === undefined) throw new Error(probesMissing());
  mkdirSync(buildDir, { recursive: true });
  const scratch = `${out}.${process.pid}`;
  const flags = ['-O2', '-Wall', '-Wextra', '-shared', '-fPIC', '-fvisibility=hidden'];
  execFileSync(hostCompiler, [...flags, '-o', scratch, source], { stdio: ['ignore', 'ignore', 'pipe'] });
  renameSync(scratch, out);
  return out;
}

export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  /** As a shell counts: 128 + the signal's number when one killed it. */
  readonly code: number;
}

const SIGNALS: Readonly<Record<string, number>> = {
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGTERM: 15,
};

/** Runs a command to its end with the given environment only; throws when it takes longer than `seconds`. */
export function runToEnd(
  command: string,
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly seconds?: number; readonly input?: string } = {},
): Outcome {
  const result = spawnSync(command, args, {
    env: { ...options.env },
    input: options.input ?? '',
    encoding: 'utf8',
    timeout: (options.seconds ?? 60) * 1000,
    killSignal: 'SIGKILL',
    maxBuffer: 1 << 26,
  });
  if (result.error) throw new Error(`${command} ${args.join(' ')}: ${result.error.message}`);
  const code = result.status ?? 128 + (SIGNALS[result.signal ?? ''] ?? 0);
  return { stdout: result.stdout, stderr: result.stderr, code };
}

/** Runs a guest program under qemu-riscv64 in an empty environment. */
export function runUnderQemu(program: string, args: readonly string[] = [], qemuArgs: readonly string[] = []): Outcome {
  if (qemuUser === undefined) throw new Error(qemuUserMissing());
  return runToEnd(qemuUser, [...qemuArgs, program, ...args]);
}

/** Guest instructions of a run, as the count probe has them; undefined when a signal ended the guest. */
export function countUnderQemu(program: string, args: readonly string[] = []): number | undefined {
  const { stderr } = runUnderQemu(program, args, ['-plugin', buildProbe('count')]);
  const found = /^insns: (\d+)$/m.exec(stderr);
  return found === null ? undefined : Number(found[1]);
}

/** What each side wrote to stderr, and how long both took. */
export interface PairOutcome {
  readonly first: string;
  readonly second: string;
  readonly seconds: number;
}

/** Two QEMUs in lockstep over the classic protocol, each given a program and its arguments. */
export async function runQemuPair(
  first: readonly string[],
  second: readonly string[],
  socket: string,
): Promise<PairOutcome> {
  if (qemuUser === undefined) throw new Error(qemuUserMissing());
  const qemu = qemuUser;
  const plugin = `${buildProbe('lockstep-classic')},sockpath=${socket}`;
  rmSync(socket, { force: true });
  const begin = process.hrtime.bigint();
  const start = (command: readonly string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      const child = spawn(qemu, ['-plugin', plugin, ...command], { env: {}, stdio: ['ignore', 'ignore', 'pipe'] });
      let text = '';
      child.stderr.on('data', (chunk) => {
        text += chunk;
      });
      child.on('error', reject);
      child.on('close', () => resolve(text));
    });
  const opening = start(first);
  // The first one makes the socket; the second must find it.
  for (let tries = 0; !existsSync(socket) && tries < 5000; tries++) await new Promise((wake) => setTimeout(wake, 2));
  const both = await Promise.all([opening, start(second)]);
  return { first: both[0], second: both[1], seconds: Number(process.hrtime.bigint() - begin) / 1e9 };
}
