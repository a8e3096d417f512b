// Both machines of a run, each to be travelled on its own: started anew in this process, since those that were compared
// have gone. The same inputs give the same runs; where a bug does not show again because code is stopped, that is said.

import { machineKind, parseTranslatorSpec, readProgram } from '../../emulator/index.ts';
import { mutantResolver } from '../mutant-resolver.ts';
import { SIDES, type Side } from '../protocol.ts';
import type { Report } from '../report/model.ts';
import type { SessionOptions } from '../session.ts';
import { createTraveller } from './create.ts';
import type { Traveller } from './traveller.ts';

type Run = Pick<
  SessionOptions,
  'a' | 'b' | 'program' | 'argv' | 'env' | 'machine' | 'memoryBytes' | 'seed' | 'maxInsns' | 'mutants'
>;

export interface SidesOptions extends Run {
  /** All of the guest's standard input. */
  readonly stdin: Uint8Array;
  readonly cwd: string;
  /** Bytes of undo copies that each may keep. */
  readonly limitBytes?: number;
  /** What the machines have to say. */
  warn(side: Side, text: string): void;
}

export async function travelBoth(options: SidesOptions): Promise<Record<Side, Traveller>> {
  const [A, B] = await Promise.all(SIDES.map((side) => travelOne(options, side)));
  return { A: A!, B: B! };
}

async function travelOne(options: SidesOptions, side: Side): Promise<Traveller> {
  const { memoryBytes, seed, limitBytes, mutants, program, argv, env, machine, stdin, cwd, maxInsns } = options;
  return createTraveller({
    ...{ argv, env, machine, stdin, cwd, maxInsns },
    program: readProgram(program),
    programPath: program,
    translator: await parseTranslatorSpec(side === 'A' ? options.a : options.b, mutantResolver(mutants)),
    ...(memoryBytes !== null && { memoryBytes }),
    ...(seed !== null && { seed }),
    ...(limitBytes !== undefined && { limitBytes }),
    // It was shown when the sides were compared.
    stdout: () => {},
    stderr: () => {},
    warn: (text) => options.warn(side, text),
  });
}

/** Whether the run has a privileged state. */
export function isSystem({ program, machine }: Pick<SidesOptions, 'program' | 'machine'>): boolean {
  return machineKind({ program: readProgram(program), programPath: program, machine }) === 'virt';
}

/** Instructions before the first that goes wrong, as far as the report knows it; undefined when nothing differed. */
export function firstDifference({ at }: Report): number | undefined {
  return at ? (at.insn?.icount ?? at.icount) : undefined;
}

/** Takes a side to the end of the bad block and compares it with the report; true when it went as it did then. */
export async function reproduces(traveller: Traveller, report: Report, side: Side): Promise<boolean> {
  const { icount } = side === 'A' ? report.a : report.b;
  if (icount === null) return true;
  await traveller.seek(icount);
  const { machine } = traveller;
  return report.registers.every(({ name, cpu, a, b }) => {
    const register = machine.isa.registers.find((one) => one.name === name);
    const value = register && machine.cpus[cpu]?.read(register.slot);
    return value === BigInt(side === 'A' ? a : b);
  });
}
