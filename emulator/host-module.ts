// Loads modules of users: JavaScript as it is, TypeScript through esbuild, with everything it imports in one piece. Types
// are dropped, not checked.

import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { importModule, packageRoot } from './host-package.ts';
import { UsageError } from './must.ts';

/** Of the names of files that are loaded as TypeScript. */
export const TYPESCRIPT = /\.[mc]?tsx?$/;
let loads = 0;

/** Imports the module at `path`; anew each time, so that a file that has changed is read again. */
export async function importUserModule(path: string): Promise<unknown> {
  const file = resolve(path);
  if (TYPESCRIPT.test(file)) return importModule(await bundled(file));
  const url = pathToFileURL(file);
  if (loads++ > 0) url.search = `load=${loads}`;
  return importModule(url.href);
}

/** The module and what it imports as JavaScript in a data: URL. */
async function bundled(file: string): Promise<string> {
  const { build } = (await importModule('esbuild')) as typeof import('esbuild');
  try {
    const { outputFiles } = await build({
      entryPoints: [file],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      logLevel: 'silent',
      sourcemap: 'inline',
      alias: { 'lockstep/plugin': join(packageRoot, 'emulator/plugin/api.ts') },
      define: { 'import.meta.url': JSON.stringify(pathToFileURL(file).href) },
    });
    return `data:text/javascript;base64,${Buffer.from(outputFiles[0]!.contents).toString('base64')}`;
  } catch (error) {
    throw new UsageError(firstFault(error, file));
  }
}

function firstFault(error: unknown, file: string): string {
  const [first] =
    (error as { errors?: { text: string; location?: { file: string; line: number } | null }[] }).errors ?? [];
  if (!first) return `${file}: ${error instanceof Error ? error.message : String(error)}`;
  return `${first.location ? `${first.location.file}:${first.location.line}: ` : ''}${first.text}`;
}
