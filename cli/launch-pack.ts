// Between bundle.ts, which writes it, and launch.ts, which reads it.

/** The script with the small parts, beside the others. */
export const PACK = 'pack.cjs';
