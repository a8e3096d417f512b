// The walls between the rooms as data, and a checker of one file's text. walls.test.ts holds the tree to it; the linter
// has the main ones too (biome.json), for the editor.

import { posix } from 'node:path';

export interface SourceImport {
  /** As written. */
  readonly specifier: string;
  /** From the package root when relative, else as written. */
  readonly target: string;
  readonly typeOnly: boolean;
}

/** A room (a path prefix) and what its files may not do. */
interface Wall {
  readonly room: RegExp;
  /** Imports that are refused; `target` is from the package root, or a package's name. */
  readonly refuses: (target: string, typeOnly: boolean, file: string) => boolean;
  readonly why: string;
}

const DOORS = [
  'emulator/index.ts',
  'emulator/sequence/index.ts',
  // What the launcher needs; these import nothing of the emulator.
  'emulator/host-package.ts',
  'emulator/runtime/host-flags.ts',
  'lockstep/index.ts',
  'lockstep/capsule/index.ts',
  'lockstep/fuzz/index.ts',
  'lockstep/gdb/index.ts',
  'lockstep/history/index.ts',
  'lockstep/remote/index.ts',
  'lockstep/side-process/index.ts',
  'lockstep/travel/index.ts',
  // By the package's name: what the templates of plugins import.
  'lockstep/plugin',
  'lockstep/testing',
  'ui/index.ts',
  'ui/live/index.ts',
  'scenarios/index.ts',
  'scenarios/mutants/index.ts',
];
const under = (target: string, ...prefixes: readonly string[]): boolean =>
  prefixes.some((prefix) => target === prefix || target.startsWith(`${prefix}/`));
const isHost = (file: string): boolean => posix.basename(file).startsWith('host-');
const isPackage = (target: string): boolean =>
  !under(target, 'cli', 'ui', 'lockstep', 'emulator', 'scenarios', 'test', 'dist');

const WALLS: readonly Wall[] = [
  {
    room: /^emulator\//,
    refuses: (target) => under(target, 'lockstep', 'ui', 'cli', 'scenarios', 'test'),
    why: 'the emulator knows nothing of comparison, screens and commands',
  },
  {
    room: /^emulator\//,
    refuses: (target, _typeOnly, file) =>
      (target.startsWith('node:') && !isHost(file)) || ['react', 'ink', 'ws', 'yargs', 'msgpackr'].includes(target),
    why: 'under emulator/ only files named host-*.ts import node: modules, and none a package of the rooms above',
  },
  {
    room: /^lockstep\//,
    refuses: (target) => under(target, 'ui', 'cli', 'scenarios', 'test') || ['react', 'ink', 'yargs'].includes(target),
    why: 'lockstep knows nothing of screens and commands',
  },
  {
    room: /^ui\//,
    refuses: (target) => under(target, 'emulator', 'cli', 'scenarios', 'test'),
    why: 'the screen gets values as snapshots from lockstep',
  },
  { room: /^cli\//, refuses: (target) => under(target, 'test'), why: 'programs do not import tests' },
  {
    room: /^scenarios\//,
    refuses: (target) => under(target, 'lockstep', 'ui', 'cli', 'test'),
    why: 'scenarios are built from the emulator alone',
  },
  {
    room: /^emulator\/(guest|ir|passes)\//,
    refuses: (target) =>
      under(
        target,
        ...['backend', 'exec', 'devices', 'boards', 'user', 'plugin', 'plugins', 'sched'].map((r) => `emulator/${r}`),
      ),
    why: 'guest, ir and passes never import backend, exec, devices, boards, user, plugin, sched',
  },
  {
    room: /^emulator\/backend\//,
    refuses: (target) => under(target, 'emulator/guest'),
    why: 'guest and back end meet in the IR alone',
  },
  {
    room: /^emulator\/backend\/interp\//,
    refuses: (target) => under(target, 'emulator/backend/wasm'),
    why: 'the two back ends are tested against each other',
  },
  {
    room: /^emulator\/backend\/wasm\//,
    refuses: (target) => under(target, 'emulator/backend/interp'),
    why: 'the two back ends are tested against each other',
  },
  {
    room: /^emulator\/guest\/[^/]+\/reference/,
    refuses: (target) => under(target, 'emulator/ir', 'emulator/passes', 'emulator/backend'),
    why: 'the reference model is independent of the IR',
  },
  {
    room: /^emulator\/devices\//,
    refuses: (target, typeOnly) => !typeOnly && under(target, 'emulator/sched', 'emulator/exec'),
    why: 'devices are handed a clock, an interrupt line and a byte sink',
  },
];

// Node's global, not a guest's process that a function was given.
const NODE_PROCESS =
  /\bprocess\s*\.\s*(env|argv|execArgv|stdin|stdout|stderr|exitCode|cwd|pid|platform|memoryUsage|nextTick|hrtime|uptime|on|once)\b/;

const CALLS: readonly {
  readonly room: RegExp;
  readonly host: boolean;
  readonly call: RegExp;
  readonly what: string;
}[] = [
  { room: /^(emulator|lockstep)\//, host: false, call: /\bDate\s*[.(]|\bnew Date\b/, what: 'Date' },
  { room: /^(emulator|lockstep)\//, host: false, call: /\bperformance\s*\./, what: 'performance' },
  { room: /^(emulator|lockstep)\//, host: false, call: /\bMath\s*\.\s*random\b/, what: 'Math.random' },
  { room: /^(emulator|lockstep)\//, host: false, call: /\bprocess\s*\.\s*(hrtime|uptime)\b/, what: 'process.hrtime' },
  { room: /^emulator\//, host: true, call: NODE_PROCESS, what: 'process (outside host-*.ts)' },
  { room: /^emulator\//, host: true, call: /\brequire\s*\(/, what: 'require (outside host-*.ts)' },
];

/** Blanks comments and the text of string literals out, so that words in them are no calls. */
export function codeOnly(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, (match) =>
    match.startsWith('/') ? ' ' : "''",
  );
}

/** Static and dynamic imports and re-exports of a module's text. */
export function importsOf(file: string, text: string): SourceImport[] {
  const found: SourceImport[] = [];
  const withoutComments = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/[^\n]*/gm, '');
  const pattern =
    /\b(import|export)\s+(type\s+)?(?:[\w*\s{},$]*?\bfrom\s*)?(['"])([^'"\n]+)\3|\bimport\s*\(\s*(['"])([^'"\n]+)\5/g;
  for (const match of withoutComments.matchAll(pattern)) {
    const specifier = (match[4] ?? match[6])!;
    const relative = specifier.startsWith('.');
    const target = relative ? posix.join(posix.dirname(file), specifier) : specifier;
    const names = /\{([^}]*)\}/.exec(match[0]);
    const everyNameIsType =
      /^(import|export)\s*\{/.test(match[0]) &&
      names !== null &&
      names[1]!.split(',').every((name) => name.trim() === '' || name.trim().startsWith('type '));
    found.push({ specifier, target, typeOnly: match[2] !== undefined || everyNameIsType });
  }
  return found;
}

/** Everything in `text`, the content of `file` (from the package root), that a wall forbids. */
export function violationsOf(file: string, text: string): string[] {
  const found: string[] = [];
  for (const { specifier, target, typeOnly } of importsOf(file, text)) {
    const before = found.length;
    for (const wall of WALLS) {
      if (wall.room.test(file) && wall.refuses(target, typeOnly, file)) {
        found.push(`${file} imports ${specifier}: ${wall.why}`);
      }
    }
    const room = file.split('/')[0]!;
    const other = target.split('/')[0]!;
    const crosses = other !== room && !isPackage(target) && room !== 'test' && found.length === before;
    if (crosses && !DOORS.includes(target))
      found.push(`${file} imports ${specifier}: a room is entered by its index.ts`);
  }
  const code = codeOnly(text);
  for (const { room, host, call, what } of CALLS) {
    if (room.test(file) && !(host && isHost(file)) && call.test(code)) found.push(`${file} uses ${what}`);
  }
  return found;
}
