// What plugins attached to one translated block, as data: the block former weaves it into the IR, and cut or resumed
// parts of the block take their share of it. Made by the engine, consumed by exec.

/** One op to insert. Order within a place is registration order. */
export interface Hook {
  /** Before the first instruction of the block; before instruction `insn`; after an access of instruction `insn`. */
  readonly at: 'tb' | 'insn' | 'mem';
  readonly insn: number;
  /** For 'mem': 1 loads, 2 stores, 3 both. */
  readonly access: number;
  readonly op: 'plugin_add' | 'plugin_store' | 'plugin_ring' | 'plugin_call' | 'observe';
  /** Immediate operand (halves); ignored by plugin_call. */
  readonly lo: number;
  readonly hi: number;
  /** The op's fields e, f, g (see ir/op.ts). */
  readonly e: number;
  readonly f: number;
  readonly g: number;
}

/** Hooks of the part [first, first + count) of a block. A resumed part has no block hooks. */
export function sliceHooks(
  hooks: readonly Hook[],
  first: number,
  count: number,
  skipFirstExec: boolean,
  withBlockHooks: boolean,
): Hook[] {
  const part: Hook[] = [];
  for (const hook of hooks) {
    if (hook.at === 'tb') {
      if (withBlockHooks) part.push(hook);
      continue;
    }
    const insn = hook.insn - first;
    if (insn < 0 || insn >= count) continue;
    if (hook.at === 'insn' && insn === 0 && skipFirstExec) continue;
    part.push({ ...hook, insn });
  }
  return part;
}
