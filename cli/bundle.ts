// Makes dist/ after the runtime has been compiled: what the processes (command line, instance, fuzz worker, the run beyond a
// trace, machines under gdb) run, in parts that are loaded as they are needed, and their launchers; the mutants, which an instance
// imports by path; and what plugins import. Run by `npm run build`; not part of the program.

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type BuildOptions, build, transform } from 'esbuild';

const common: BuildOptions = { bundle: true, platform: 'node', target: 'node20', logLevel: 'warning', outdir: 'dist' };
const PROCESSES = [
  'cli/main',
  'lockstep/instance-main',
  'lockstep/fuzz/worker-main',
  'lockstep/travel/beyond-main',
  'lockstep/gdb/debugged-main',
];
const MODULE_URL = "const __moduleUrl = require('node:url').pathToFileURL(__filename).href;";
/** CommonJS has no `import.meta`; its loader is the quicker one at start. */
const commonJs: BuildOptions = {
  ...common,
  format: 'cjs',
  define: {
    'import.meta.url': '__moduleUrl',
    // Yargs asks when it is loaded, which opens a terminal's stream with all that streams are made of; it wraps nothing here.
    'process.stdout.columns': 'undefined',
  },
  banner: { js: MODULE_URL },
};

/**
 * Esbuild splits ES modules only, and V8's code cache takes scripts only: the parts are split as the former and written as
 * the latter, each a function expression that nothing but launch.ts calls.
 */
async function buildParts(): Promise<void> {
  const { outputFiles } = await build({
    ...common,
    format: 'esm',
    splitting: true,
    write: false,
    entryPoints: PROCESSES.map((name) => `${name}.ts`),
    outbase: '.',
    chunkNames: 'parts/[name]-[hash]',
    external: ['wabt'],
    alias: { 'string-width': './cli/string-width.ts', assert: './cli/assert.ts' },
    sourcemap: 'inline',
  });
  for (const { path, text } of outputFiles) {
    const file = path.replace(/\.js$/, '.cjs');
    const { code, map } = await transform(text, {
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
      banner: `(function (require, module, __filename) { ${MODULE_URL}`,
      footer: '})',
    });
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, code);
    writeFileSync(`${file}.map`, map);
  }
}

await Promise.all([
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
writeFileSync('dist/package.json', '{ "type": "commonjs" }\n');
chmodSync('dist/cli/main.js', 0o755);
