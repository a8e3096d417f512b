// The hash of a program is taken over from the session where the file is the same by every mark, and made anew where it is not.

import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hashOf, identityOf, programHash } from '../../lockstep/program-identity.ts';

const dir = mkdtempSync(join(tmpdir(), 'lockstep-identity-'));
test.after(() => rmSync(dir, { recursive: true, force: true }));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('a file is known by its marks, another one in its place is not', () => {
  const path = join(dir, 'program');
  writeFileSync(path, 'one');
  const identity = identityOf(path);
  assert.ok(identity);
  const known = { marks: identity.marks, hash: '' };
  // Of other bytes than the file's: what comes back has not been computed.
  assert.is(hashOf(path, bytes('not read'), known), known.hash);
  writeFileSync(`${path}.new`, 'two');
  renameSync(`${path}.new`, path);
  assert.is(hashOf(path, bytes('two'), known), programHash(bytes('two')));
  assert.is(hashOf(path, bytes('two'), null), programHash(bytes('two')));
  assert.is(identity.hash(), programHash(bytes('one')), 'of what was read');
});

test('what is no file has no identity', () => {
  assert.is(identityOf(dir), null);
  assert.is(identityOf(join(dir, 'missing')), null);
});

test.run();
