// Machine code kept between processes: that of the runtime, which the build leaves, is taken by a process with the flags of
// the build and computes the same; one with other flags compiles.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RUNTIME } from '../../emulator/runtime/host-load.ts';
import { keepsNativeCode, nativeCodeFile } from '../../emulator/runtime/host-native-code.ts';
import { skip } from '../support/skip.ts';

/** Says whether the machine code was taken, how many of two functions are optimised at once, and what one of them computes. */
const PROBE = `
import { readFileSync } from 'node:fs';
const at = (path) => new URL(path, ${JSON.stringify(new URL('../../emulator/runtime/', import.meta.url).href)}).href;
const { tuneEngine } = await import(at('host-flags.ts'));
const { countOptimised, decodeNativeCode, encodeNativeCode, nativeCodeFile } = await import(at('host-native-code.ts'));
tuneEngine();
const file = ${JSON.stringify(RUNTIME)};
const bytes = new Uint8Array(readFileSync(file));
const native = new Uint8Array(readFileSync(nativeCodeFile(file)));
const taken = decodeNativeCode(native, bytes);
const module = taken ?? new WebAssembly.Module(bytes);
const memory = new WebAssembly.Memory({ initial: 1 << 13, maximum: 1 << 13, shared: true });
const none = () => { throw new Error('not called'); };
const host = Object.fromEntries(WebAssembly.Module.imports(module).filter((i) => i.module === 'host').map(({ name }) => [name, none]));
const { exports } = new WebAssembly.Instance(module, { env: { memory, abort: none }, host });
const [optimised] = countOptimised([[exports.run, exports.mix]]);
const again = taken ? encodeNativeCode(taken).length : 0;
console.log(JSON.stringify({ taken: !!taken, optimised, again, length: native.length, mix: String(exports.mix(3n, 5n)) }));
`;

interface Answer {
  readonly taken: boolean;
  readonly optimised: number;
  readonly again: number;
  readonly length: number;
  readonly mix: string;
}

function ask(...flags: readonly string[]): Answer {
  const args = [...flags, '--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', PROBE];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', cwd: new URL('.', import.meta.url) }));
}

if (!keepsNativeCode) skip('machine code between processes', `not known for Node ${process.version}`);
else {
  test('the runtime comes optimised, and computes what it computes when it is compiled', () => {
    const kept = ask();
    assert.equal([kept.taken, kept.optimised], [true, 2]);
    assert.is(kept.again, kept.length, 'what is taken is the whole');
    const other = ask('--no-opt');
    assert.equal([other.taken, other.optimised], [false, 0], 'of a process with other flags');
    assert.is(other.mix, kept.mix);
  });

  test('the build leaves machine code of this engine', () => {
    assert.ok(readFileSync(nativeCodeFile(RUNTIME)).length > readFileSync(RUNTIME).length);
  });
}

test.run();
