// For the bundle: takes imports through a room's door (`emulator/index.ts`) to the modules that define the names. To esbuild a
// door is a module like any other, and whoever asks it for one name loads, part by part, all that lies behind it.
// Then imports of what can wait are rewritten (deferred.ts). Part of the build, not of the program.

import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Plugin } from 'esbuild';
import { deferImports } from './deferred.ts';
import { namesOf } from './import-names.ts';

/** Where a door has a name from, and what it is called there. */
interface Origin {
  readonly file: string;
  readonly name: string;
}

/** `import { … } from '…/index.ts'`, not of types alone; `export { … } from '…'`. */
const IMPORT = /^import \{([^}]*)\} from '(\.[^']*\/index\.ts)';/gm;
const EXPORT = /^export \{([^}]*)\} from '(\.[^']*)';/gm;
const COMMENT = /^\s*\/\/.*$/gm;

const doors = new Map<string, ReadonlyMap<string, Origin> | undefined>();

/** What a module passes on by name; undefined when it does anything else besides. */
function doorAt(file: string): ReadonlyMap<string, Origin> | undefined {
  if (!doors.has(file)) doors.set(file, readDoor(file));
  return doors.get(file);
}

function readDoor(file: string): ReadonlyMap<string, Origin> | undefined {
  const text = readFileSync(file, 'utf8');
  const rest = text.replace(EXPORT, '').replace(/^export type (\{[^}]*\}|\*) from '[^']*';/gm, '');
  if (rest.replace(COMMENT, '').trim() !== '') return undefined;
  const origins = new Map<string, Origin>();
  for (const [, names, from] of text.matchAll(EXPORT))
    for (const { name, as } of namesOf(names!))
      origins.set(as, originOf({ file: resolve(dirname(file), from!), name }));
  return origins;
}

/** Behind a door there may be another. */
function originOf(origin: Origin): Origin {
  return (origin.file.endsWith('/index.ts') && doorAt(origin.file)?.get(origin.name)) || origin;
}

/** The imports that stand for one through a door, on as many lines as it had. */
function directImports(whole: string, list: string, door: string): string {
  const origins = doorAt(door);
  const names = namesOf(list);
  if (!origins || !names.every(({ name }) => origins.has(name))) return whole;
  const imports = names.map(({ name, as }) => {
    const origin = origins.get(name)!;
    return `import { ${origin.name} as ${as} } from ${JSON.stringify(origin.file)};`;
  });
  return imports.join(' ') + whole.replace(/[^\n]/g, '');
}

export const pastDoors: Plugin = {
  name: 'past-doors',
  setup(build) {
    build.onLoad({ filter: /\/(cli|emulator|lockstep|ui|scenarios)\/.*\.tsx?$/ }, ({ path }) => {
      if (path.includes('/node_modules/')) return undefined;
      const text = readFileSync(path, 'utf8');
      if (/^export (let|var) /m.test(text)) throw new Error(`${path}: what is exported does not change (bundle.ts)`);
      const direct = text.replace(IMPORT, (whole, list: string, door: string) =>
        directImports(whole, list, resolve(dirname(path), door)),
      );
      return { contents: deferImports(direct, path), loader: path.endsWith('x') ? 'tsx' : 'ts' };
    });
  },
};
