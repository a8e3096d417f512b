// What can go wrong between a plugin and the engine. Each error names the plugin, the hook it was in and the guest pc.

import { type GuestAddr, hex } from '../bits.ts';
import { UsageError } from '../must.ts';

/** Where a plugin was when something went wrong: `hook` and `pc` are missing outside of callbacks. */
export interface Place {
  readonly plugin: string;
  readonly hook?: string | undefined;
  readonly pc?: GuestAddr | undefined;
}

/** `plugin NAME in HOOK at 0x…`, as far as it is known. */
export function placeText({ plugin, hook, pc }: Place): string {
  return `plugin ${plugin}${hook === undefined ? '' : ` in ${hook}`}${pc === undefined ? '' : ` at ${hex(pc)}`}`;
}

export class PluginError extends Error implements Place {
  readonly plugin: string;
  readonly hook: string | undefined;
  readonly pc: GuestAddr | undefined;
  /** What is wrong, without the place. */
  readonly problem: string;

  constructor(place: Place, problem: string) {
    super(`${placeText(place)}: ${problem}`);
    this.name = new.target.name;
    this.plugin = place.plugin;
    this.hook = place.hook;
    this.pc = place.pc;
    this.problem = problem;
  }
}

/** What was handed to a callback (a block, an instruction, an access) was used after it. */
export class StaleHandleError extends PluginError {
  constructor(place: Place, handle: string) {
    super(place, `this ${handle} handle is only valid inside the callback that received it`);
  }
}

/** A call was made that the callback's flags do not allow. */
export class PermissionError extends PluginError {
  constructor(place: Place, call: string, needed: string) {
    super(place, `${call} needs a callback registered with ${needed}`);
  }
}

/** A call that would change a guest whose run is compared. */
export class OnlyLooksError extends PluginError {
  constructor(place: Place, call: string) {
    super(place, `${call} is not for plugins of a run that is compared: they only look`);
  }
}

/** A wrong argument in a call of the API. */
export class PluginUseError extends PluginError {}

/** A function of a service was called whose plugin is gone. */
export class ServiceGoneError extends PluginError {}

/** The plugin was written for another version of the API, or does not say for which. */
export class PluginVersionError extends UsageError {
  readonly plugin: string;
  constructor(plugin: string, problem: string, remedy: string) {
    super(`plugin ${plugin} ${problem}`, remedy);
    this.plugin = plugin;
  }
}

export function messageOf(error: unknown): string {
  if (error instanceof PluginError) return error.problem;
  return error instanceof Error ? error.message : String(error);
}
