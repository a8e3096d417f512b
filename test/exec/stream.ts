// A whole program on a whole machine (a board or Linux), boiled down to what must be the same whatever the settings: a
// digest of the instruction stream, of everything at certain instruction counts, and of the end.

import { readFileSync } from 'node:fs';
import { SEAM_LIMIT } from '../../emulator/exec/machine-control.ts';
import { createMachine } from '../../emulator/machine.ts';
import { API_VERSION, type PluginModule } from '../../emulator/plugin/api.ts';
import type { Translator } from '../../emulator/translators/translator.ts';

export interface StreamOptions {
  readonly args?: readonly string[];
  /** Instruction counts to stop at, ascending. */
  readonly stops?: readonly number[];
  /** Go on from each stop to the next seam. */
  readonly toSeams?: boolean;
  /** Digest every instruction, by a plugin that is called before each. */
  readonly perInstruction?: boolean;
}

export interface Stream {
  /** Instruction stream; empty without `perInstruction`. */
  readonly instructions: string;
  /** Registers, memory and events at each stop that was reached. */
  readonly marks: readonly string[];
  readonly end: string;
  readonly icount: number;
}

/** Two lanes of (vCPU, pc, icount) of every instruction. */
function streamDigest(): { module: PluginModule; text: () => string } {
  let [a, b, count] = [0x811c9dc5, 0x1b873593, 0];
  const module: PluginModule = {
    name: 'stream',
    apiVersion: API_VERSION,
    install(api) {
      api.onTbTrans((tb) => {
        for (const { pc, onExec } of tb.insns().map((insn) => ({ pc: insn.pc, onExec: insn.onExec.bind(insn) }))) {
          const low = pc | 0;
          const high = Math.floor(pc / 2 ** 32) | 0;
          onExec((cpu) => {
            a = Math.imul(a ^ low ^ (cpu << 28), 0x01000193);
            b = Math.imul(b ^ high ^ (api.machine.icount | 0), 0x85ebca77) ^ (a >>> 15);
            count++;
          });
        }
      });
    },
  };
  return { module, text: () => `${count} ${(a >>> 0).toString(16)} ${(b >>> 0).toString(16)}` };
}

export async function follow(program: string, translator: Translator, options: StreamOptions = {}): Promise<Stream> {
  const { args = [], stops = [], toSeams = false, perInstruction = false } = options;
  const digest = streamDigest();
  const out: Uint8Array[] = [];
  const machine = await createMachine({
    program: readFileSync(program),
    programPath: program,
    cwd: '/',
    argv: [program, ...args],
    env: [],
    machine: 'auto',
    translator,
    memoryBytes: 64 << 20,
    stdin: new Uint8Array(0),
    stdout: (bytes) => out.push(bytes.slice()),
    stderr: () => {},
    warn: () => {},
    files: 'overlay',
    plugins: perInstruction ? [{ module: digest.module, args: [] }] : [],
  });
  await machine.start();
  machine.checkpoint();
  const state = (): string => {
    const pcs = machine.cpus.map(({ pc }) => pc.toString(16)).join(' ');
    const digests = [machine.stateDigest(), machine.memoryDigest(), machine.eventDigest()];
    return `${machine.icount}: ${digests.map((one) => one.toString(16)).join(' ')} at ${pcs}`;
  };
  const marks: string[] = [];
  for (const stop of stops) {
    if (machine.ended) break;
    machine.run(stop, toSeams ? stop + SEAM_LIMIT : stop);
    marks.push(state());
  }
  if (!machine.ended) machine.run(Number.POSITIVE_INFINITY);
  return {
    instructions: perInstruction ? digest.text() : '',
    marks,
    end: `${JSON.stringify(machine.ended)} ${state()} ${Buffer.concat(out).toString('base64')}`,
    icount: machine.icount,
  };
}
