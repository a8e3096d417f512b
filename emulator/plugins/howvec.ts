// How many of each class of instruction were executed; classes can be broken down or left out. The classes of a target
// are a table (insn-classes.ts).

import { UsageError } from '../must.ts';
import { didYouMean } from '../nearest.ts';
import { API_VERSION, type Cell, type InsnHandle, type PluginModule } from '../plugin/api.ts';
import { cellPool, descending } from './cells.ts';
import { Classifier, type CountMode } from './insn-classes.ts';

/** Individual instructions listed. */
const LIMIT = 50;
/** Shorter instructions QEMU 7.2 shows with what its buffer held before in the upper bytes. */
const WORD_BYTES = 4;

interface Individual {
  readonly word: number;
  /** Disassembly of its first occurrence. */
  readonly text: string;
  readonly name: string;
  readonly hits: Cell;
}

interface ShownClass {
  readonly name: string;
  readonly mode: CountMode;
  readonly hits: bigint | undefined;
}
interface ShownInstruction {
  readonly word: number;
  readonly text: string;
  readonly class: string;
  readonly hits: bigint;
}

function classText(classes: readonly ShownClass[], verbose: boolean): string {
  let text = 'Instruction Classes:\n';
  for (const { name, mode, hits } of classes) {
    const shown = name.padEnd(24);
    if (mode === 'individual') text += `Class: ${shown}\tcounted individually\n`;
    else if (mode === 'none') text += `Class: ${shown}\tnot counted\n`;
    else if (hits! > 0n || verbose) text += `Class: ${shown}\t(${hits} hits)\n`;
  }
  return text;
}

function instructionText(instructions: readonly ShownInstruction[]): string {
  if (instructions.length === 0) return '';
  let text = 'Individual Instructions:\n';
  for (const { word, text: disas, class: name, hits } of instructions) {
    text += `Instr: ${disas.padEnd(24)}\t(${hits} hits)\t(op=0x${word.toString(16).padStart(8, '0')}/${name})\n`;
  }
  return text;
}

const plugin: PluginModule = {
  name: 'howvec',
  apiVersion: API_VERSION,
  summary: 'counts executed instructions by class',
  args: {
    inline: { kind: 'bool', summary: 'count inside translated code instead of by callback', default: false },
    verbose: { kind: 'bool', summary: 'show classes without hits too', default: false },
    count: { kind: 'list', summary: 'OPT: list that class instruction by instruction; !OPT: leave it out' },
    compat: { kind: 'string', summary: 'qemu: its tables and its faults', choices: ['qemu'] },
  },
  install(api, args) {
    const qemu = args.compat === 'qemu';
    const classifier = new Classifier(api.info.target, qemu);
    const { rows } = classifier;
    const modes: CountMode[] = rows.map(({ mode = 'class' }) => mode);
    for (const wanted of (args.count as readonly string[] | undefined) ?? []) {
      const opt = wanted.replace(/^!/, '');
      const row = rows.findIndex((each) => each.opt === opt);
      if (row < 0) {
        const opts = rows.map((each) => each.opt);
        throw new UsageError(`plugin howvec: ${api.info.target} has no class ${opt}`, didYouMean(opt, opts));
      }
      modes[row] = opt === wanted ? 'individual' : 'none';
    }
    const cell = cellPool(api);
    const classes = rows.map(cell);
    const individuals = new Map<number, Individual>();
    const stale: Uint8Array[] = [];

    const wordOf = (insn: InsnHandle, index: number): number => {
      const bytes = insn.data();
      if (!qemu) return classifier.wordOf(bytes);
      stale[index] ??= new Uint8Array(WORD_BYTES);
      stale[index].set(bytes.subarray(0, WORD_BYTES));
      return classifier.wordOf(stale[index]);
    };
    const counterOf = (insn: InsnHandle, index: number): Cell | undefined => {
      const word = wordOf(insn, index);
      const row = classifier.find(word);
      if (modes[row] === 'none') return undefined;
      if (modes[row] === 'class') return classes[row];
      let individual = individuals.get(word);
      if (!individual) {
        individual = { word, text: insn.disas(), name: rows[row]!.name, hits: cell() };
        individuals.set(word, individual);
      }
      return individual.hits;
    };
    api.onTbTrans((tb) => {
      tb.insns().forEach((insn, index) => {
        const counter = counterOf(insn, index);
        if (!counter) return;
        if (args.inline) insn.inlineAdd(counter, 1);
        else insn.onExec((cpu) => counter.add(cpu, 1), { batch: true });
      });
    });

    api.onAtexit(() => {
      const listed = descending([...individuals.values()], ({ hits }) => hits.sum()).slice(0, LIMIT);
      api.result(
        {
          classes: rows.map(({ name, opt }, row) => ({
            name,
            opt,
            mode: modes[row]!,
            hits: modes[row] === 'class' ? classes[row]!.sum() : undefined,
          })),
          instructions: listed.map(({ word, text, name, hits }) => ({ word, text, class: name, hits: hits.sum() })),
        },
        ({ classes: shown, instructions }) => classText(shown, args.verbose === true) + instructionText(instructions),
      );
    });
  },
};
export default plugin;
