// What scenarios and mutants are: data that the tests, the command line and the README share. Paths are relative to
// the package root (host-paths.ts resolves them).

import type { GuestAddr, Translator } from '../emulator/index.ts';

export type Verdict = 'same' | 'diverged';

export interface Scenario {
  /** kebab-case; unique. */
  readonly name: string;
  readonly summary: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Translators by name, as the command line takes them. */
  readonly a: string;
  readonly b: string;
  readonly expect: {
    readonly verdict: Verdict;
    /** Entry of the first block whose result differs, as new-tcg cuts blocks. */
    readonly pc?: GuestAddr;
    /** What differs first: where control goes, or registers and memory. */
    readonly kind?: 'path' | 'data';
  };
}

/** A translator with one real bug, and the program that meets it. */
export interface Mutant {
  /** kebab-case; `mutant:NAME` names its translator. */
  readonly name: string;
  /** Where the bug sits: in a rewriting pass, in the lowering of one instruction, or in a decision around the code. */
  readonly kind: 'pass' | 'lowering' | 'policy';
  /** One sentence: what the translator does wrong. */
  readonly summary: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly expect: {
    /** Entry of the first block whose result differs under new-tcg's cutting. */
    readonly pc: GuestAddr;
    /** 'path' when control goes elsewhere at once, 'data' when only registers or memory differ. */
    readonly kind: 'path' | 'data';
    /** The change that a bisection blames: what it is called, and the guest instruction it was made at. */
    readonly culprit: { readonly pass: string; readonly rule: string; readonly pc: GuestAddr };
  };
  readonly translator: Translator;
}
