// The sum of many batches: counts, findings by signature, coverage. The order in which batches are added does not matter:
// of findings with the same signature the one of the lowest batch is kept.

import type { BatchResult } from './batch.ts';
import type { Finding } from './finding.ts';

export interface Found {
  readonly finding: Finding;
  /** Programs that showed it. */
  readonly count: number;
}

export class Tally {
  programs = 0;
  instructions = 0;
  readonly batches = new Set<number>();
  private readonly findings = new Map<string, Finding>();
  private readonly counts = new Map<string, number>();
  private readonly covered = new Set<string>();

  add({ batch, programs, instructions, findings, counts, met }: BatchResult): void {
    if (this.batches.has(batch)) return;
    this.batches.add(batch);
    this.programs += programs;
    this.instructions += instructions;
    for (const finding of findings) {
      const known = this.findings.get(finding.signature);
      if (!known || finding.batch < known.batch) this.findings.set(finding.signature, finding);
    }
    for (const [signature, count] of Object.entries(counts))
      this.counts.set(signature, (this.counts.get(signature) ?? 0) + count);
    for (const name of met ?? []) this.covered.add(name);
  }

  /** The most frequent first. */
  get found(): Found[] {
    return [...this.findings.values()]
      .map((finding) => ({ finding, count: this.counts.get(finding.signature) ?? 0 }))
      .sort((a, b) => b.count - a.count || (a.finding.signature < b.finding.signature ? -1 : 1));
  }

  /** Of the names in `possible`, those met and those not. */
  coverage(possible: readonly string[]): { readonly met: number; readonly missing: readonly string[] } {
    const missing = possible.filter((name) => !this.covered.has(name));
    return { met: possible.length - missing.length, missing };
  }
}
