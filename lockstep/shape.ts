// Strict checks of decoded messages: exact keys, bounded sizes, no coercion. A shape is a predicate that explains
// itself; protocol.ts composes them and takes its TypeScript types from them.

export interface Shape<T> {
  /** Undefined when `value` fits, else what is wrong with it. `at` is its place in the message. */
  check(value: unknown, at: string): string | undefined;
  /** Never present: carries the type. */
  readonly type?: T;
}
export type Infer<S> = S extends Shape<infer T> ? T : never;
export type Message = { readonly t: string };

function shape<T>(check: Shape<T>['check']): Shape<T> {
  return { check };
}

export const safeInt: Shape<number> = shape((value, at) =>
  Number.isSafeInteger(value) ? undefined : `${at} is not an integer`,
);
/** An integer from 0. */
export const count: Shape<number> = shape((value, at) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? undefined : `${at} is not a count`,
);
export const u64: Shape<bigint> = shape((value, at) =>
  typeof value === 'bigint' && BigInt.asUintN(64, value) === value
    ? undefined
    : `${at} is not an unsigned 64-bit value`,
);
export const bool: Shape<boolean> = shape((value, at) =>
  typeof value === 'boolean' ? undefined : `${at} is not true or false`,
);

export function text(limit: number): Shape<string> {
  return shape((value, at) =>
    typeof value === 'string' && value.length <= limit
      ? undefined
      : `${at} is not a text of at most ${limit} characters`,
  );
}
export function bytes(limit: number): Shape<Uint8Array> {
  return shape((value, at) =>
    value instanceof Uint8Array && value.length <= limit
      ? undefined
      : `${at} is not a byte string of at most ${limit} bytes`,
  );
}
export function literal<const T extends string>(expected: T): Shape<T> {
  return shape((value, at) => (value === expected ? undefined : `${at} is not '${expected}'`));
}
/** The number of a version: another one explains everything else that may not fit. */
export function version(expected: number): Shape<number> {
  return shape((value, at) =>
    value === expected
      ? undefined
      : `${at} is ${String(value).slice(0, 20)}, not ${expected}: the peers must be of the same version of lockstep`,
  );
}
export function oneOf<const T extends readonly string[]>(...choices: T): Shape<T[number]> {
  return shape((value, at) =>
    choices.includes(value as string) ? undefined : `${at} is none of ${choices.join(', ')}`,
  );
}
/** Null stands for absent, so that every key is always there. */
export function maybe<T>(inner: Shape<T>): Shape<T | null> {
  return shape((value, at) => (value === null ? undefined : inner.check(value, at)));
}
export function list<T>(item: Shape<T>, limit: number): Shape<readonly T[]> {
  return shape((value, at) => {
    if (!Array.isArray(value)) return `${at} is not a list`;
    if (value.length > limit) return `${at} has ${value.length} entries, more than ${limit}`;
    for (let i = 0; i < value.length; i++) {
      const wrong = item.check(value[i], `${at}[${i}]`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  });
}
export function object<F extends Readonly<Record<string, Shape<unknown>>>>(
  fields: F,
): Shape<{ readonly [K in keyof F]: Infer<F[K]> }> {
  const entries = Object.entries(fields);
  return shape((value, at) => {
    if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
      return `${at} is not a map`;
    for (const [key, field] of entries) {
      if (!Object.hasOwn(value, key)) return `${at}.${key} is missing`;
      const wrong = field.check((value as Record<string, unknown>)[key], `${at}.${key}`);
      if (wrong !== undefined) return wrong;
    }
    for (const key of Object.keys(value))
      if (!Object.hasOwn(fields, key)) return `${at}.${key.slice(0, 40)} is unknown`;
    return undefined;
  });
}
/** A message chosen by its key `t`. */
export function union<F extends Readonly<Record<string, Shape<Message>>>>(members: F): Shape<Infer<F[keyof F]>> {
  return shape((value, at) => {
    const tag = (value as { t?: unknown } | null | undefined)?.t;
    if (typeof tag !== 'string' || !Object.hasOwn(members, tag)) return `${at} is of no known kind`;
    return members[tag]!.check(value, tag);
  });
}
