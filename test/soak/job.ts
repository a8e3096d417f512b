// What the soak is made of: kinds of work, each a function of a seed, so that any of it can be done again alone.

export interface Job {
  /** What `--only` calls it. */
  readonly name: string;
  readonly summary: string;
  /** Share of the time, relative to the others. */
  readonly share: number;
  /** Why it cannot be done here; undefined when it can. */
  readonly missing?: string;
  /** Does the work of one seed: the text of a disagreement, if there is one, as small as it could be made. */
  run(seed: number): Promise<string | undefined>;
  /** What has been done so far, in words. */
  tally(): string;
}
