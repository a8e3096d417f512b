// Kills at random moments: either side of a run, the command itself, its terminal; either of two peers started by hand.
// After each nothing may be left: no process, no socket, no temporary file, and the survivors end with the right code.
// Processes are known by a mark in their environment, which all children inherit.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NODE_ARGS } from '../cli/cli.ts';
import { LOOP } from '../cli/guests.ts';
import type { Random } from '../guest/random.ts';

/** How long what was started may take to be gone. */
const PATIENCE_MS = 20_000;
const LOOK_MS = 25;
/** Kills fall from the first instant of a process into its run. */
const LATEST_MS = 2500;

export interface Kill {
  /** What was killed, how and when; for people. */
  readonly what: string;
  /** Everything that was wrong afterwards. */
  readonly faults: readonly string[];
}

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  stderr(): string;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const;
type Signal = (typeof SIGNALS)[number];

export class KillRounds {
  private readonly random: Random;
  private readonly mark = randomUUID();
  private readonly dir = mkdtempSync(join(tmpdir(), 'lockstep-kills-'));
  private readonly loop = join(this.dir, 'loop');
  private readonly spins = join(this.dir, 'spins.mjs');
  private readonly socket = join(this.dir, 'socket');
  private readonly own = new Set(['loop', 'spins.mjs']);

  constructor(random: Random) {
    this.random = random;
    writeFileSync(this.loop, LOOP);
    writeFileSync(
      this.spins,
      'export default { base: "new-tcg", passes: (all) => [...all, { name: "mine", run() { for (;;); } }] };',
    );
  }

  /** One kill. */
  async round(): Promise<Kill> {
    const kinds = [this.ofSide, this.ofCommand, this.ofCommand, this.ofTerminal, this.ofPeer, this.ofPeer];
    return this.random.pick(kinds).call(this);
  }

  /** Removes what the rounds needed; gives what they have left. */
  async end(): Promise<string[]> {
    const faults = await this.leftovers();
    rmSync(this.dir, { recursive: true, force: true });
    return faults;
  }

  private async ofSide(): Promise<Kill> {
    const run = this.start(['run', this.loop]);
    const wait = await this.moment();
    const sides = this.marked().filter(({ words }) => words.includes('instance-main'));
    const victim = sides[this.random.below(Math.max(1, sides.length))];
    if (victim) process.kill(victim.pid, 'SIGKILL');
    else run.child.kill('SIGTERM');
    const { code, signal } = await run.ended;
    const faults = await this.leftovers();
    if (victim ? code !== 2 : code !== 130 && signal !== 'SIGTERM') faults.push(`exit code ${code}: ${run.stderr()}`);
    if (victim && !/was killed \(SIGKILL\)/.test(run.stderr())) faults.push(`it says: ${run.stderr()}`);
    return { what: `${victim ? 'a side' : 'the command'} after ${wait} ms`, faults };
  }

  private async ofCommand(): Promise<Kill> {
    const spins = this.random.below(3) === 0;
    const run = this.start(['run', ...(spins ? ['--b', this.spins] : []), this.loop]);
    const wait = await this.moment();
    const signal = this.signal();
    const twice = this.random.below(3) === 0;
    // As the terminal does it: the whole foreground group gets the signal. SIGKILL goes to the command alone.
    const kill = () => process.kill(signal === 'SIGKILL' ? run.child.pid! : -run.child.pid!, signal);
    kill();
    if (twice && run.child.exitCode === null && run.child.signalCode === null) kill();
    const { code, signal: by } = await run.ended;
    const faults = await this.leftovers();
    // Before the command listens to signals they end it at once, as any other process.
    if (by !== signal && code !== 130) faults.push(`exit code ${code}, signal ${by}: ${run.stderr()}`);
    const what = `the command${spins ? ', a translator that never returns' : ''}: ${signal}${twice ? ' twice' : ''}`;
    return { what: `${what} after ${wait} ms`, faults };
  }

  private async ofTerminal(): Promise<Kill> {
    const line = [process.execPath, ...NODE_ARGS, 'run', this.loop].map((word) => `'${word}'`).join(' ');
    const terminal = this.spawn('script', ['-qec', line, '/dev/null']);
    const wait = await this.moment();
    terminal.child.kill('SIGKILL');
    await terminal.ended;
    return { what: `the terminal after ${wait} ms`, faults: await this.leftovers() };
  }

  private async ofPeer(): Promise<Kill> {
    const plugin = ['--plugin', `lockstep,sockpath=${this.socket}`, this.loop];
    const stale = existsSync(this.socket);
    const peers = [this.start(['emu', ...plugin]), this.start(['emu', ...plugin])] as const;
    const wait = await this.moment();
    const signal = this.signal();
    const first = this.random.below(2);
    const victim = peers[first]!;
    const other = peers[1 - first]!;
    victim.child.kill(signal);
    const { code, signal: by } = await victim.ended;
    const faults: string[] = [];
    if (by !== signal && code !== 2) faults.push(`the victim: exit code ${code}, signal ${by}: ${victim.stderr()}`);
    // A peer that is left alone before both have met waits for the next one.
    const met = peers.some((peer) => peer.stderr().includes('connect_socket::ready'));
    const alone = await Promise.race([other.ended, after(met ? PATIENCE_MS : 1500)]);
    if (alone === undefined) {
      if (met) faults.push('the peer of the victim does not end');
      other.child.kill('SIGTERM');
      await other.ended;
    } else if (alone.code !== 2) faults.push(`the peer: exit code ${alone.code}: ${other.stderr()}`);
    const waited = signal === 'SIGKILL' && !met && victim.stderr().includes('setup_socket::ready');
    // Nobody can tidy up after a SIGKILL, so the next two peers must.
    if (existsSync(this.socket) && (waited || stale)) faults.push(...(await this.replaceStale()));
    faults.push(...(await this.leftovers()));
    return { what: `peer ${first + 1}: ${signal} after ${wait} ms${met ? '' : ', before they met'}`, faults };
  }

  private async replaceStale(): Promise<string[]> {
    const args = ['emu', '--max-insns', '1000', '--plugin', `lockstep,sockpath=${this.socket}`, this.loop];
    const peers = [this.start(args), this.start(args)];
    const faults: string[] = [];
    for (const peer of peers) {
      const { code } = await peer.ended;
      if (code !== 0) faults.push(`after a stale socket: exit code ${code}: ${peer.stderr()}`);
    }
    if (!peers.some((peer) => peer.stderr().includes('removed the stale socket')))
      faults.push('nobody removed the stale socket');
    return faults;
  }

  private signal(): Signal {
    return this.random.pick(SIGNALS);
  }

  private async moment(): Promise<number> {
    const ms = this.random.below(LATEST_MS);
    await after(ms);
    return ms;
  }

  private start(args: readonly string[]): Started {
    return this.spawn(process.execPath, [...NODE_ARGS, ...args]);
  }

  private spawn(command: string, args: readonly string[]): Started {
    const child = spawn(command, args, {
      cwd: this.dir,
      // A group of its own, as a shell gives it.
      detached: true,
      env: { ...process.env, LOCKSTEP_KILLS: this.mark, TMPDIR: this.dir },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr!.on('data', (bytes) => {
      stderr += bytes;
    });
    const ended = new Promise<Awaited<Started['ended']>>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    return { child, ended, stderr: () => stderr };
  }

  private marked(): { readonly pid: number; readonly words: string }[] {
    const found: { pid: number; words: string }[] = [];
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
      try {
        if (readFileSync(`/proc/${name}/environ`, 'latin1').includes(`LOCKSTEP_KILLS=${this.mark}`))
          found.push({ pid: Number(name), words: readFileSync(`/proc/${name}/cmdline`, 'latin1') });
      } catch {
        // Ended in between, or somebody else's.
      }
    }
    return found;
  }

  /** Waits for all processes to end; what is still there then is ended here, and named. */
  private async leftovers(): Promise<string[]> {
    const end = performance.now() + PATIENCE_MS;
    while (this.marked().length > 0 && performance.now() < end) await after(LOOK_MS);
    const faults: string[] = [];
    for (const { pid, words } of this.marked()) {
      faults.push(`a process is left: ${words.replaceAll('\0', ' ')}`);
      process.kill(pid, 'SIGKILL');
    }
    for (const name of readdirSync(this.dir)) {
      // The transformer that runs the sources in tests keeps a cache.
      if (this.own.has(name) || name.startsWith('tsx-')) continue;
      faults.push(`a file is left: ${name}`);
      rmSync(join(this.dir, name), { recursive: true, force: true });
    }
    return faults;
  }
}

function after(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), ms));
}
