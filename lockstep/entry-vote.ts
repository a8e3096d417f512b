// A third opinion on the bad block alone: both sides and the third translator run it from its entry state, which all share, so
// that nothing before it counts. Says nothing where the difference needs what was translated before.

import { parseTranslatorSpec } from '../emulator/index.ts';
import { collect } from './capsule/collect.ts';
import type { Collected } from './capsule/index.ts';
import { judge } from './capsule/verdict.ts';
import type { Capture } from './investigate.ts';
import { mutantResolver } from './mutant-resolver.ts';
import type { ReportThird } from './report/model.ts';

export class EntryVote {
  private collected: Collected | undefined;

  /** Keeps the block of the divergence, after `also` has had its turn. */
  capture(also?: Capture): Capture {
    const keep = (collected: Collected) => {
      this.collected ??= collected;
    };
    return function* capture(divergence) {
      if (also) yield* also(divergence);
      const found = yield* collect(divergence);
      if (typeof found !== 'string') keep(found);
    };
  }

  /** Undefined where the block from its entry state does not tell who is wrong. */
  async opinion(sides: { readonly a: string; readonly b: string }, c: string, mutants: string | null) {
    const { collected } = this;
    if (!collected) return undefined;
    const of = (spec: string) => parseTranslatorSpec(spec, mutantResolver(mutants));
    const third = await of(c);
    const agreesWithA = judge(collected, await of(sides.a), third).agrees;
    const agreesWithB = judge(collected, await of(sides.b), third).agrees;
    if (agreesWithA && agreesWithB) return undefined;
    const wrong = agreesWithA ? 'b' : agreesWithB ? 'a' : 'both';
    return { translator: c, from: 'entry', agreesWithA, agreesWithB, wrong } satisfies ReportThird;
  }
}
