// Arguments of plugins: `k=v` strings as QEMU passes them, checked against the plugin's schema.

import { UsageError } from '../must.ts';
import { nearest } from '../nearest.ts';
import type { ArgSpec, PluginArgs } from './api.ts';

const TRUE = new Set(['on', 'yes', 'true', 'y']);
const FALSE = new Set(['off', 'no', 'false', 'n']);

/**
 * One option as written: `k=v`; a bare `k` is `k=on`. The old positional `arg=X` becomes `X=on`, or X itself when X
 * holds a `=`; a plugin with a `positional` argument takes a bare `arg=X` as its value.
 */
function splitOption(option: string, positional: string | undefined): [string, string] {
  const text = option.startsWith('arg=') ? option.slice(4) : option;
  const at = text.indexOf('=');
  if (at >= 0) return [text.slice(0, at), text.slice(at + 1)];
  return option.startsWith('arg=') && positional !== undefined && text.includes('/')
    ? [positional, text]
    : [text, 'on'];
}

function convert(plugin: string, key: string, spec: ArgSpec, value: string): boolean | number | string {
  if (spec.kind === 'bool') {
    if (TRUE.has(value)) return true;
    if (FALSE.has(value)) return false;
    throw new UsageError(`plugin ${plugin}: ${key}=${value} is not a yes or no`, `write ${key}=on or ${key}=off`);
  }
  if (spec.kind === 'int') {
    const number = /^(0x[0-9a-f]+|\d+)$/i.test(value) ? Number(value) : Number.NaN;
    if (Number.isSafeInteger(number)) return number;
    throw new UsageError(`plugin ${plugin}: ${key}=${value} is not a number`, `write ${key}=100, for example`);
  }
  if (spec.choices && !spec.choices.includes(value)) {
    throw new UsageError(
      `plugin ${plugin}: ${key}=${value} is not possible`,
      nearest(value, spec.choices)
        ? `did you mean ${nearest(value, spec.choices)}?`
        : `it is one of: ${spec.choices.join(', ')}`,
    );
  }
  return value;
}

/** Parses options by a schema. Without a schema every value stays a string and a repeated key keeps its last. */
export function parseArgs(
  plugin: string,
  specs: Readonly<Record<string, ArgSpec>> | undefined,
  options: readonly string[],
): PluginArgs {
  // Names come from a command line: `__proto__` is one like any other.
  const args = new Map<string, boolean | number | string | string[]>();
  const positional = Object.entries(specs ?? {}).find(([, spec]) => spec.required && spec.kind === 'string')?.[0];
  for (const option of options) {
    const [key, value] = splitOption(option, positional);
    if (!specs) {
      args.set(key, value);
      continue;
    }
    const spec = Object.hasOwn(specs, key) ? specs[key] : undefined;
    if (!spec) {
      const near = nearest(key, Object.keys(specs));
      const known = Object.keys(specs).join(', ') || 'none';
      throw new UsageError(
        `plugin ${plugin} has no argument ${key}`,
        near ? `did you mean ${near}?` : `its arguments are: ${known}`,
      );
    }
    if (spec.kind === 'list')
      args.set(key, [...((args.get(key) as string[] | undefined) ?? []), String(convert(plugin, key, spec, value))]);
    else args.set(key, convert(plugin, key, spec, value));
  }
  for (const [key, spec] of Object.entries(specs ?? {})) {
    if (!args.has(key) && spec.default !== undefined) args.set(key, spec.default);
    if (!args.has(key) && spec.required) {
      throw new UsageError(`plugin ${plugin} needs ${key}=…`, spec.summary);
    }
  }
  return Object.fromEntries(args);
}
