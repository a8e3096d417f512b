// For the bundle: functions whose modules are loaded when they are first called. A run that takes its blocks from an earlier
// one translates nothing, one of a program needs no board. In the sources these are imports like any others.
// Part of the build, not of the program.

import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { namesOf } from './import-names.ts';

/** The modules and those of their functions that can wait. */
const DEFERRED: Readonly<Record<string, readonly string[]>> = {
  'emulator/backend/interp/encode.ts': ['encodeBytecode'],
  'emulator/backend/wasm/module.ts': ['compileRegions'],
  'emulator/boards/virt.ts': ['createVirtBoard'],
  'emulator/exec/reference.ts': ['referenceRun'],
  'emulator/guest/riscv64/disassemble.ts': ['disassemble'],
  'emulator/guest/riscv64/reference/environment-hart.ts': ['environmentHart'],
  'emulator/guest/riscv64/translate.ts': ['translate'],
  'emulator/plugin/instrument.ts': ['instrument'],
  'emulator/user/linux.ts': ['createLinuxPlatform'],
};

const files = new Map(Object.entries(DEFERRED).map(([file, names]) => [resolve(file), names]));

/** An import of names, on one line or several; more than one on a line as doors.ts leaves them. */
const IMPORT = /^import \{([^}]*)\} from (?:'(\.[^']*)'|"(\/[^"]*)");|(?<=; )import \{([^}]*)\} from "(\/[^"]*)";/gm;

/** Replaces imports of nothing but functions that can wait by functions that load them, on as many lines. */
export function deferImports(text: string, file: string): string {
  return text.replace(
    IMPORT,
    (whole, first: string, relative: string, absolute: string, next: string, beside: string) => {
      const from = absolute ?? beside ?? resolve(dirname(file), relative);
      const waiting = files.get(from);
      if (!waiting) return whole;
      const names = namesOf(first ?? next);
      const now = names.find(({ name }) => !waiting.includes(name));
      if (now) throw new Error(`${file}: ${now.name} is wanted at once of a module that is to wait (cli/deferred.ts)`);
      const functions = names.map(({ name, as }) => {
        const parameters = parametersOf(from, name);
        const loaded = `__later_${as}`;
        const load = `(${loaded} ??= __deferred(() => import(${JSON.stringify(from)})))`;
        return `let ${loaded}; function ${as}(${parameters}) { return ${load}.${name}(${parameters}); }`;
      });
      return functions.join(' ') + whole.replace(/[^\n]/g, '');
    },
  );
}

/** To be done with the text of a part: what was split off is loaded without waiting. */
export function loadDeferred(text: string): string {
  const done = text.replace(/__deferred\(\(\) => import\(("[^"]*")\)\)/g, 'require($1)');
  if (done.includes('__deferred(')) throw new Error('a deferred import does not look as expected (cli/deferred.ts)');
  return done;
}

/** Names of the parameters of an exported function, as its source has them. */
function parametersOf(file: string, name: string): string {
  const [, list] = new RegExp(`^export function ${name}\\(([^()]*)\\)`, 'm').exec(readFileSync(file, 'utf8')) ?? [];
  const parameters = list?.split(',').map((parameter) => /^\s*(\w+)\??:/.exec(parameter)?.[1] ?? parameter.trim());
  if (parameters?.at(-1) === '') parameters.pop();
  if (!parameters?.every((parameter) => /^\w+$/.test(parameter)))
    throw new Error(`${file}: ${name} is no function of plain parameters (cli/deferred.ts)`);
  return parameters.join(', ');
}
