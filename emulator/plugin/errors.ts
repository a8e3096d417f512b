// What can go wrong between a plugin and the engine. Each error names the plugin and the place.

/** A handle was used after the callback that received it. */
export class StaleHandleError extends Error {
  constructor(plugin: string, handle: string) {
    super(`plugin ${plugin}: this ${handle} handle is only valid inside the callback that received it`);
    this.name = 'StaleHandleError';
  }
}

/** A call was made that the callback's flags do not allow. */
export class PermissionError extends Error {
  constructor(plugin: string, call: string, needed: string) {
    super(`plugin ${plugin}: ${call} needs a callback registered with ${needed}`);
    this.name = 'PermissionError';
  }
}

/** A wrong argument in a call of the API. */
export class PluginUseError extends Error {
  constructor(plugin: string, problem: string) {
    super(`plugin ${plugin}: ${problem}`);
    this.name = 'PluginUseError';
  }
}
