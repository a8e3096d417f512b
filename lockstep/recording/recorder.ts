// Collects during a session what a recording needs beside the outcome.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../emulator/host-package.ts';
import type { Side } from '../protocol.ts';
import type { Finished, Report } from '../report/model.ts';
import { OUTPUT_KEPT, type Recording, recordingOf } from './model.ts';

export class Recorder {
  private readonly translators: Readonly<Record<Side, string>>;
  private readonly pieces: Readonly<Record<Side, Uint8Array[]>> = { A: [], B: [] };
  private readonly sizes: Record<Side, number> = { A: 0, B: 0 };
  private readonly cut: Record<Side, boolean> = { A: false, B: false };

  constructor(a: string, b: string) {
    this.translators = { A: a, B: b };
  }

  add(side: Side, bytes: Uint8Array): void {
    const pieces = this.pieces[side];
    // Bytes from a channel are part of a larger piece.
    pieces.push(Uint8Array.from(bytes));
    this.sizes[side] += bytes.length;
    while (this.sizes[side] - pieces[0]!.length >= OUTPUT_KEPT) {
      this.sizes[side] -= pieces.shift()!.length;
      this.cut[side] = true;
    }
  }

  finish(outcome: Finished, report: Report): Recording {
    return recordingOf(outcome, report, { A: this.heard('A'), B: this.heard('B') }, version());
  }

  private heard(side: Side) {
    const output = new Uint8Array(Buffer.concat(this.pieces[side]));
    const outputCut = this.cut[side] || output.length > OUTPUT_KEPT;
    return { output: output.slice(-OUTPUT_KEPT), outputCut, moduleHash: hashOfModule(this.translators[side]) };
  }
}

function hashOfModule(translator: string): string | null {
  const path = translator.split(',', 1)[0]!;
  const isFile = !path.startsWith('mutant:') && /\/|\.(js|mjs|ts)$/.test(path);
  return isFile ? createHash('sha256').update(readFileSync(path)).digest('hex') : null;
}

function version(): string {
  return JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')).version;
}
