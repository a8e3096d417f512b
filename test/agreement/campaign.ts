// Random sequences on everything that can execute them: the reference model, every translator, one of the settings that
// must not matter, and qemu-riscv64 where it can be asked. The tests run a few seconds of it, the soak as long as one likes.

import { Coverage } from '../../emulator/sequence/coverage.ts';
import { Random } from '../../emulator/sequence/float-operands.ts';
import { type Flavour, generate } from '../../emulator/sequence/generate.ts';
import { agree, differences, differenceText, type Outcome } from '../../emulator/sequence/outcome.ts';
import { type ReferenceRun, runOnReference } from '../../emulator/sequence/reference-run.ts';
import { listing, type Sequence } from '../../emulator/sequence/sequence.ts';
import { type Config, nameOf, SequenceMachine } from '../../emulator/sequence/sequence-machine.ts';
import { shrink } from '../../emulator/sequence/shrink.ts';
import { SYSTEM_VARIATIONS, TRANSLATORS, VARIATIONS } from './configs.ts';
import { asSignal, completed, qemuMissing, runOnQemu } from './qemu-run.ts';

/** Sequences in one process of qemu-riscv64. */
const QEMU_BATCH = 500;

/** The seeds of a campaign: `first`, then others that follow from it. */
export function* seeds(first: number): Generator<number> {
  const random = new Random(first);
  for (let next = first; ; next = random.word() | 0) yield next;
}

/** On a machine of its own. */
export async function runFresh(config: Config, sequence: Sequence): Promise<Outcome> {
  const machine = await SequenceMachine.make(config, sequence.floatStatus !== undefined);
  try {
    return machine.run(sequence);
  } finally {
    machine.close();
  }
}

/** What everyone makes of a sequence, and where they differ. */
async function report(sequence: Sequence, config: Config): Promise<string> {
  const reference = runOnReference(sequence);
  const configs = [...TRANSLATORS, config];
  const names = ['reference', ...configs.map(nameOf)];
  const outcomes = [reference.outcome];
  for (const one of configs) outcomes.push(await runFresh(one, sequence));
  if (qemuMissing === undefined && reference.notForQemu === undefined) {
    names.push('qemu-riscv64');
    const { end, events } = reference.outcome;
    const asked = { ...completed(runOnQemu([sequence])[0]!, asSignal(reference.outcome)), events };
    outcomes.push(asSignal(reference.outcome).end === asked.end ? { ...asked, end } : asked);
  }
  return `${listing(sequence)}\n${differenceText(names, differences(outcomes))}`;
}

/** The text of a disagreement between `config` and the reference model, with the smallest sequence that shows it. */
export async function failureText(sequence: Sequence, config: Config): Promise<string> {
  const shows = async (candidate: Sequence): Promise<boolean> =>
    !agree(runOnReference(candidate).outcome, await runFresh(config, candidate));
  const where = `seed ${sequence.seed}, ${nameOf(config)}`;
  if (!(await shows(sequence))) {
    return `${where}: differs only after the sequences before it\n${await report(sequence, config)}`;
  }
  const small = await shrink(sequence, shows);
  const floatStatus = small.floatStatus === undefined ? 'user mode' : `mstatus.FS = ${small.floatStatus}`;
  const text = await report(small, config);
  return `${where}: LOCKSTEP_SEED=${sequence.seed} repeats it (${floatStatus}); shrunk:\n${text}`;
}

/** The same for one between the reference model and qemu-riscv64. */
async function qemuFailureText(sequence: Sequence): Promise<string> {
  const shows = async (candidate: Sequence): Promise<boolean> => {
    const { outcome, notForQemu } = runOnReference(candidate);
    if (notForQemu !== undefined) return false;
    const signal = asSignal(outcome);
    return !agree(signal, completed(runOnQemu([candidate])[0]!, signal));
  };
  const small = (await shows(sequence)) ? await shrink(sequence, shows) : sequence;
  return `seed ${sequence.seed}, qemu-riscv64; shrunk:\n${await report(small, TRANSLATORS[0]!)}`;
}

export class Campaign {
  readonly coverage: Coverage;
  sequences = 0;
  /** Instructions executed on the reference model; each translator executes as many. */
  instructions = 0;
  /** Sequences qemu-riscv64 has executed. */
  asked = 0;
  private readonly machines = new Map<string, SequenceMachine>();
  private forQemu: { sequence: Sequence; reference: ReferenceRun }[] = [];

  private readonly translators: readonly Config[];

  /** `also` runs every sequence beside the built-in translators. */
  constructor(coverage: Coverage = new Coverage(), also: readonly Config[] = []) {
    this.coverage = coverage;
    this.translators = [...TRANSLATORS, ...also];
  }

  /** The machine of a configuration, made when first needed. */
  private async machine(config: Config, privileged: boolean): Promise<SequenceMachine> {
    const key = `${nameOf(config)} ${privileged}`;
    let machine = this.machines.get(key);
    if (machine === undefined) {
      machine = await SequenceMachine.make(config, privileged, this.coverage);
      this.machines.set(key, machine);
    }
    return machine;
  }

  /** Runs the sequence of a seed; the text of the disagreement, if there is one. */
  async run(seed: number, flavour: Flavour = 'any'): Promise<string | undefined> {
    const sequence = generate(seed, flavour);
    const reference = runOnReference(sequence);
    this.sequences++;
    this.instructions += reference.rows.length;
    this.coverage.executed(reference.rows);
    const privileged = sequence.floatStatus !== undefined;
    const variations = privileged ? SYSTEM_VARIATIONS : VARIATIONS;
    for (const config of [...this.translators, variations[(seed >>> 0) % variations.length]!]) {
      const outcome = (await this.machine(config, privileged)).run(sequence);
      if (!agree(reference.outcome, outcome)) return failureText(sequence, config);
    }
    if (qemuMissing === undefined && reference.notForQemu === undefined) this.forQemu.push({ sequence, reference });
    return undefined;
  }

  /** How many sequences wait to be asked about. */
  get waiting(): number {
    return this.forQemu.length;
  }

  /** Asks qemu-riscv64 about the sequences since the last time. */
  async askQemu(): Promise<string | undefined> {
    const waiting = this.forQemu;
    this.forQemu = [];
    for (let at = 0; at < waiting.length; at += QEMU_BATCH) {
      const batch = waiting.slice(at, at + QEMU_BATCH);
      const outcomes = runOnQemu(batch.map(({ sequence }) => sequence));
      for (const [n, { sequence, reference }] of batch.entries()) {
        const want = asSignal(reference.outcome);
        if (!agree(want, completed(outcomes[n]!, want))) return qemuFailureText(sequence);
      }
      this.asked += batch.length;
    }
    return undefined;
  }

  close(): void {
    for (const machine of this.machines.values()) machine.close();
    this.machines.clear();
  }
}
