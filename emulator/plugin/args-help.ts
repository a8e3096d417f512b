// Help of a plugin, made from its argument schema.

import type { ArgSpec, PluginModule } from './api.ts';

const SHAPES: Record<ArgSpec['kind'], string> = { bool: 'on|off', int: 'N', string: 'TEXT', list: 'TEXT' };

function shapeOf(name: string, { kind, choices }: ArgSpec): string {
  return `${name}=${choices ? choices.join('|') : SHAPES[kind]}`;
}

function notesOf({ kind, required, default: value }: ArgSpec): string {
  const notes = [
    ...(required ? ['required'] : []),
    ...(kind === 'list' ? ['may be repeated'] : []),
    ...(value === undefined ? [] : [`default ${value === true ? 'on' : value === false ? 'off' : value}`]),
  ];
  return notes.length > 0 ? ` (${notes.join(', ')})` : '';
}

/** Lines of help: what the plugin does, how it is asked for (by `file`, or by its name), its arguments. */
export function argsHelp(
  { name = 'plugin', summary, args, apiVersion }: Omit<PluginModule, 'install'>,
  file: string = name,
): string {
  const specs = Object.entries(args ?? {});
  const wide = Math.max(0, ...specs.map(([arg, spec]) => shapeOf(arg, spec).length));
  const needed = specs.filter(([, { required }]) => required).map(([arg, spec]) => `,${shapeOf(arg, spec)}`);
  const rest = specs.length > needed.length ? ',…' : '';
  return [
    `${name}: ${summary ?? 'no summary'} (API version ${apiVersion})`,
    '',
    `  lockstep emu --plugin ${file}${needed.join('')}${rest} -d plugin PROGRAM`,
    ...(specs.length > 0
      ? ['', 'Arguments:']
      : args
        ? ['', 'It takes no arguments.']
        : ['', 'It checks its arguments itself.']),
    ...specs.map(([arg, spec]) => `  ${shapeOf(arg, spec).padEnd(wide)}  ${spec.summary}${notesOf(spec)}`),
    '',
  ].join('\n');
}
