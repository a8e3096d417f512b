// Makes dist/ after the runtime has been compiled: what the processes (command line, instance, fuzz worker, the run beyond a
// trace, machines under gdb) run, in parts that are loaded as they are needed, and their launchers; the mutants, which an instance
// imports by path; and what plugins import. Run by `npm run build`; not part of the program.

import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { type BuildOptions, build, transform } from 'esbuild';
import { loadDeferred } from './deferred.ts';
import { pastDoors } from './doors.ts';
import { PACK } from './launch-pack.ts';

const common: BuildOptions = { bundle: true, platform: 'node', target: 'node20', logLevel: 'warning', outdir: 'dist' };
const PROCESSES = [
  'cli/main',
  'lockstep/instance-main',
  'lockstep/fuzz/worker-main',
  'lockstep/travel/beyond-main',
  'lockstep/gdb/debugged-main',
];
/** For packages that ask where they are. */
const MODULE_URL = "const __moduleUrl = require('node:url').pathToFileURL(__filename).href;";
/** CommonJS has no `import.meta`; its loader is the quicker one at start. */
const commonJs: BuildOptions = {
  ...common,
  format: 'cjs',
  define: {
    'import.meta.filename': '__filename',
    'import.meta.url': '__moduleUrl',
    // Yargs asks when it is loaded, which opens a terminal's stream with all that streams are made of; it wraps nothing here.
    'process.stdout.columns': 'undefined',
  },
};

/** Bytes of code below which a part shared by several lies in the pack: a file costs more to open than that to read. */
const PACKED = 16 << 10;

interface Script {
  readonly code: string;
  readonly map: string;
}

/**
 * Esbuild splits ES modules only, and V8's code cache takes scripts only: the parts are split as the former and written as
 * the latter, each a function expression that nothing but launch.ts calls. Gives a digest of all that runs.
 */
async function buildParts(): Promise<string> {
  const { outputFiles } = await build({
    ...common,
    format: 'esm',
    splitting: true,
    write: false,
    entryPoints: PROCESSES.map((name) => `${name}.ts`),
    outbase: '.',
    chunkNames: 'parts/[name]-[hash]',
    external: ['wabt'],
    alias: { 'string-width': './cli/string-width.ts', assert: './cli/assert.ts', 'escalade/sync': './cli/find-up.ts' },
    sourcemap: 'inline',
    plugins: [pastDoors],
  });
  const digest = createHash('sha256').update(readFileSync('dist/emulator/runtime/runtime.wasm'));
  const packed = new Map<string, Script>();
  for (const { path, text } of outputFiles) {
    const file = path.replace(/\.js$/, '.cjs');
    const { code, map } = await transform(loadDeferred(joinedByConstants(text)), {
      ...(commonJs.define && { define: commonJs.define }),
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      // Other parts are scripts too.
      supported: { 'dynamic-import': false },
      charset: 'ascii',
      minifyWhitespace: true,
      minifySyntax: true,
      sourcemap: 'external',
      sourcefile: path,
      banner: `(function (require, module, __filename) { ${text.includes('import.meta.url') ? MODULE_URL : ''}`,
      footer: '})',
    });
    digest.update(code);
    if (basename(file).startsWith('chunk-') && code.length < PACKED) packed.set(basename(file), { code, map });
    else write(file, { code, map });
  }
  write(`dist/parts/${PACK}`, pack(packed));
  return digest.digest('hex');
}

/**
 * What a part has of other parts it has as constants of its own. Esbuild would make each use of a name a call of a getter,
 * hot loops included, for names that change; none of ours does. As `var` they are read without a look whether they are there.
 * Every line stays where it is.
 */
function joinedByConstants(text: string): string {
  return text
    .replace(/^import \{([^}]*)\} from ("\.[^"]*");$/gm, (_, names: string, from: string) => {
      return `var {${names.replaceAll(' as ', ': ')}} = require(${from});`;
    })
    .replace(/^import ("\.[^"]*");$/gm, 'require($1);')
    .replace(/^export \{([^}]*)\};$/m, (_, names: string) => {
      const exports = names.replaceAll(/([\w$]+) as ([\w$]+)/g, '$2: $1');
      return `module.exports = {__esModule: true,${exports}};`;
    });
}

function write(file: string, { code, map }: Script): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, code);
  writeFileSync(`${file}.map`, map);
}

/** The scripts as one, an object of all by name, with a map of sections. */
function pack(scripts: ReadonlyMap<string, Script>): Script {
  let code = '({\n';
  const sections: object[] = [];
  for (const [name, script] of scripts) {
    code += `${JSON.stringify(name)}:\n`;
    sections.push({ offset: { line: code.split('\n').length - 1, column: 0 }, map: JSON.parse(script.map) });
    code += `${script.code.trim()},\n`;
  }
  return { code: `${code}})`, map: JSON.stringify({ version: 3, sections }) };
}

const [digest] = await Promise.all([
  buildParts(),
  build({
    ...commonJs,
    entryPoints: Object.fromEntries(PROCESSES.map((name) => [name, 'cli/launch.ts'])),
  }),
  build({
    ...common,
    format: 'esm',
    entryPoints: ['scenarios/mutants/index.ts'],
    outbase: '.',
    outExtension: { '.js': '.mjs' },
    packages: 'external',
  }),
  // Loaded when somebody looks: Ink needs an ES module, some of what it brings needs `require`.
  build({
    ...common,
    format: 'esm',
    entryPoints: ['ui/inspector/open.ts'],
    outbase: '.',
    outExtension: { '.js': '.mjs' },
    // A debugger of React that Ink would load when asked to.
    alias: { 'react-devtools-core': './cli/no-devtools.ts' },
    define: { 'process.env.NODE_ENV': '"production"' },
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    minifyWhitespace: true,
    minifySyntax: true,
  }),
  // What plugins and their tests import: lockstep/plugin and lockstep/testing.
  build({
    ...common,
    format: 'esm',
    entryPoints: { plugin: 'emulator/plugin/api.ts', testing: 'emulator/testing.ts' },
    outExtension: { '.js': '.mjs' },
    packages: 'external',
  }),
]);
writeFileSync('dist/package.json', `${JSON.stringify({ type: 'commonjs', build: digest })}\n`);
chmodSync('dist/cli/main.js', 0o755);
