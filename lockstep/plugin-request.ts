// What is asked of the plugins of a run that goes on, and what is answered, as it travels: to the sides (protocol.ts) and from
// viewers (remote/messages.ts). What the requests mean: PluginDesk of the emulator.

import { count, type Infer, list, maybe, object, oneOf, text } from './shape.ts';

const spec = { file: text(4096), args: list(text(1 << 12), 64) };

export const pluginRequest = object({
  do: oneOf('load', 'unload', 'reload', 'ps'),
  name: maybe(text(256)),
  plugin: maybe(object(spec)),
});

/** `error` is null when it has been done, at that instruction count; `plugins` are those there are then. */
export const pluginAnswer = object({
  icount: count,
  plugins: list(object({ name: text(256), ...spec }), 256),
  error: maybe(text(1 << 14)),
  remedy: text(1 << 14),
});

export type PluginAnswer = Infer<typeof pluginAnswer>;
