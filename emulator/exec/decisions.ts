// A translator's policy as the machine asks it. Where it would act otherwise than the machine on its own, that is a named
// change of the pass `policy` like any rewrite (passes/change.ts); refused, the machine does what it always does.

import type { GuestAddr } from '../bits.ts';
import type { ChangeLog } from '../passes/change.ts';
import type { CachedBlock, Policy } from '../translators/translator.ts';

export class Decisions {
  private readonly policy: Policy;
  private readonly changes: ChangeLog;

  constructor(policy: Policy, changes: ChangeLog) {
    this.policy = policy;
    this.changes = changes;
  }

  /** True when a policy decides on this at all; the paths that ask often look here once. */
  has(what: keyof Policy): boolean {
    return this.policy[what] !== undefined;
  }

  link(from: CachedBlock, slot: number, to: CachedBlock): boolean {
    return (this.policy.link?.(from, slot, to) ?? true) || !this.changes.policy('link', from.pc);
  }

  linkTarget(from: CachedBlock, slot: number, pc: GuestAddr): GuestAddr {
    const target = this.policy.linkTarget?.(from, slot, pc) ?? pc;
    return target === pc || !this.changes.policy('link-target', from.pc) ? pc : target;
  }

  invalidate(block: CachedBlock, start: GuestAddr, end: GuestAddr): boolean {
    return (this.policy.invalidate?.(block, start, end) ?? true) || !this.changes.policy('invalidate', block.pc);
  }

  unlink(from: CachedBlock, to: CachedBlock): boolean {
    return (this.policy.unlink?.(from, to) ?? true) || !this.changes.policy('unlink', from.pc);
  }

  forget(start: GuestAddr, end: GuestAddr): boolean {
    return (this.policy.forget?.(start, end) ?? true) || !this.changes.policy('forget', start);
  }

  entryLoad(head: GuestAddr, slot: number): boolean {
    return (this.policy.entryLoad?.(head, slot) ?? true) || !this.changes.policy('entry-load', head);
  }

  deadline(head: GuestAddr, at: GuestAddr, longest: number): number {
    const budget = this.policy.deadline?.(head, at, longest) ?? longest;
    return budget === longest || !this.changes.policy('deadline', at) ? longest : budget;
  }

  charge(block: CachedBlock, insns: number): number {
    const charged = this.policy.charge?.(block, insns) ?? insns;
    return charged === insns || !this.changes.policy('charge', block.pc) ? insns : charged;
  }

  attend(pc: GuestAddr): boolean {
    return (this.policy.attend?.(pc) ?? true) || !this.changes.policy('attend', pc);
  }
}
