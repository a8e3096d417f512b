// What plugins attached to one translated block, as data: instrument.ts weaves it into the IR, and cut or resumed parts
// of the block take their share of it. Made by handles (handles.ts, lower.ts), consumed by exec.

/** Flag of a 'call' beside CALL_* of the IR: the callback may set the pc, and the block ends where it did. */
export const CALL_PC = 16;

/**
 * `mix` is cell * MIX_STEP + h(value), where h(v) is one half of v * MIX_FACTOR with the other one in an exclusive or, its sign
 * extended. Of a constant, which most values are, that is an address computation and an addition of 32 bits to the host.
 */
export const MIX_FACTOR = { lo: 0x1ce4e5b9, hi: 0xbf58476d | 0 } as const;
export const MIX_STEP = 3;

/**
 * A value an action uses; `address`, `value`, `target` and `vcpu` are known to the weaver, a slot is a guest register.
 */
export type HookValue =
  | { readonly from: 'constant'; readonly lo: number; readonly hi: number }
  | { readonly from: 'slot'; readonly slot: number }
  | { readonly from: 'word'; readonly address: number; readonly stride: number }
  | { readonly from: 'address' | 'value' | 'target' | 'vcpu' };

/** Cells: 64-bit words at address + stride * vCPU. Rings: a cursor in bytes that the mask folds into the data. */
export type HookAction =
  | {
      readonly does: 'add' | 'store' | 'min' | 'max' | 'or' | 'mix';
      readonly address: number;
      readonly stride: number;
      readonly value: HookValue;
    }
  /** Bit number (value >> shift) & (bits - 1), a power of two of them. */
  | {
      readonly does: 'bit';
      readonly address: number;
      readonly stride: number;
      readonly value: HookValue;
      readonly shift: number;
      readonly bits: number;
    }
  | {
      readonly does: 'histogram';
      readonly address: number;
      readonly stride: number;
      readonly value: HookValue;
      readonly shift: number;
      readonly buckets: number;
      readonly log2: boolean;
    }
  | {
      readonly does: 'ring';
      readonly cursor: number;
      readonly data: number;
      readonly mask: number;
      readonly value: HookValue;
    }
  /** `full`: number of the callback for a ring without room, -1 for none. */
  | {
      readonly does: 'record';
      readonly cursor: number;
      readonly data: number;
      readonly mask: number;
      readonly recordBytes: number;
      readonly values: readonly HookValue[];
      readonly full: number;
    }
  /** `callback` is the engine's number, `flags` CALL_*. */
  | { readonly does: 'call'; readonly callback: number; readonly flags: number }
  /** One more block entered (ENV_ENTRIES), of blocks alone and unconditionally. */
  | { readonly does: 'count' }
  /** The observation log of a replay: registers at block entry, or a store. */
  | { readonly does: 'observe'; readonly block: number };

export interface HookTest {
  /** Index into CONDS of the IR. */
  readonly cond: number;
  readonly left: HookValue;
  readonly mask: { readonly lo: number; readonly hi: number } | undefined;
  readonly right: HookValue;
}

/** One thing to weave in. Order within a place is registration order. */
export interface Hook {
  /**
   * As the block is entered, before all others; before the first instruction of the block; before instruction `insn`; after an access of instruction `insn`; where the block
   * ends by going elsewhere than to the instruction behind it.
   */
  readonly at: 'entry' | 'tb' | 'insn' | 'mem' | 'transfer';
  readonly insn: number;
  /** For 'mem': 1 loads, 2 stores, 3 both. */
  readonly access: number;
  readonly action: HookAction;
  /** All must hold. */
  readonly when: readonly HookTest[];
}

/** Hooks of the part [first, first + count) of a block. A resumed part has no block hooks; each part may be where it ends. */
export function sliceHooks(
  hooks: readonly Hook[],
  first: number,
  count: number,
  skipFirstExec: boolean,
  withBlockHooks: boolean,
): Hook[] {
  const part: Hook[] = [];
  for (const hook of hooks) {
    if (hook.at === 'entry' || hook.at === 'tb') {
      if (withBlockHooks) part.push(hook);
      continue;
    }
    if (hook.at === 'transfer') {
      part.push(hook);
      continue;
    }
    const insn = hook.insn - first;
    if (insn < 0 || insn >= count) continue;
    if (hook.at === 'insn' && insn === 0 && skipFirstExec) continue;
    part.push({ ...hook, insn });
  }
  return part;
}

/** Nothing but what every part of the block has: steady hooks of a part, where those of blocks are. */
export function onlyTransfers(hooks: readonly Hook[]): boolean {
  return hooks.every(({ at }) => at === 'transfer');
}
