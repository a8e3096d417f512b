// Makes dist/ after the runtime has been compiled: each process (command line, instance) as one script and its launcher,
// the mutants, which an instance imports by path, and what plugins import. Run by `npm run build`; not part of the program.

import { chmodSync, writeFileSync } from 'node:fs';
import { type BuildOptions, build } from 'esbuild';

const common: BuildOptions = { bundle: true, platform: 'node', target: 'node20', logLevel: 'warning', outdir: 'dist' };
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

await Promise.all([
  build({
    ...commonJs,
    entryPoints: ['cli/main.ts', 'lockstep/instance-main.ts', 'lockstep/fuzz/worker-main.ts'],
    outbase: '.',
    outExtension: { '.js': '.cjs' },
    external: ['wabt'],
    alias: { 'string-width': './cli/string-width.ts', assert: './cli/assert.ts' },
    // What launch.ts calls; nothing else loads these files.
    banner: { js: `(function (require, module, __filename) { ${MODULE_URL}` },
    footer: { js: '})' },
    charset: 'ascii',
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: true,
  }),
  build({
    ...commonJs,
    entryPoints: {
      'cli/main': 'cli/launch.ts',
      'lockstep/instance-main': 'cli/launch.ts',
      'lockstep/fuzz/worker-main': 'cli/launch.ts',
    },
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
