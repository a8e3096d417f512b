// The two file systems: the same operations give the same answers on the host's files and on memory over them, saved
// states come back exactly, and nothing outside the root is reached.

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Errno } from '../../emulator/user/errno.ts';
import { type FileSystem, joinPath, walkPath } from '../../emulator/user/files.ts';
import { HostFiles, hostLayer } from '../../emulator/user/host-files.ts';
import { MemoryFiles } from '../../emulator/user/memory-files.ts';

const test = suite<{ root: string }>('files');
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

test.before.each((context) => {
  context.root = fs.mkdtempSync(path.join(os.tmpdir(), 'lockstep-files-'));
});
test.after.each(({ root }) => {
  fs.rmSync(root, { recursive: true });
});

/** The answer of an operation as text: its value, or the name of the error. */
function answer(operation: () => unknown): string {
  try {
    const value = operation();
    return value instanceof Uint8Array ? `bytes ${[...value]}` : JSON.stringify(value ?? null);
  } catch (error) {
    if (error instanceof Errno) return error.toString();
    throw error;
  }
}

function plantOnHost(root: string): void {
  fs.mkdirSync(path.join(root, 'dir/sub'), { recursive: true });
  fs.writeFileSync(path.join(root, 'one'), 'contents of one', { mode: 0o644 });
  fs.writeFileSync(path.join(root, 'dir/two'), 'x'.repeat(100_000), { mode: 0o644 });
  fs.symlinkSync('../one', path.join(root, 'dir/link'));
  fs.symlinkSync('/dir/two', path.join(root, 'absolute'));
  fs.symlinkSync('around', path.join(root, 'around'));
}

function readAll(files: FileSystem, place: string): string {
  const handle = files.open(place, 0, 0);
  const bytes = files.read(handle, 0, files.stat(handle).size);
  files.close(handle);
  return decode(bytes);
}

test('random operations: memory over the host answers as the host does', ({ root }) => {
  const seed = 314159;
  let state = seed;
  const random = (limit: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  let reached = 0;
  for (let round = 0; round < 12; round++) {
    const base = path.join(root, `lower${round}`);
    const live = path.join(root, `live${round}`);
    for (const place of [base, live]) plantOnHost(place);
    const host = new HostFiles(live);
    const memory = new MemoryFiles(hostLayer(base));
    const names = ['one', 'dir', 'new', 'link', 'two', 'sub', 'around', 'absolute', '..', '.'];
    const place = (): string => {
      let text = '';
      for (let i = 0; i <= random(3); i++) text += `/${names[random(names.length)]}`;
      return random(8) === 0 ? `${text}/` : text;
    };
    const handles: [number, number][] = [];
    for (let step = 0; step < 250; step++) {
      const [a, b] = [place(), place()];
      const number = random(200_000);
      const bytes = encode(String(step).repeat(1 + random(400)));
      const flags = [0, 0o102, 0o1102, 0o302, 2, 0o200000, 0o400000, 1, 0o1001][random(9)]!;
      const which = handles[random(Math.max(1, handles.length))];
      const kind = random(13);
      let text = '';
      const act = (files: FileSystem, side: 0 | 1): unknown => {
        const handle = which?.[side] ?? 12345;
        switch (kind) {
          case 0:
          case 1:
          case 2: {
            text = `open ${a} 0${flags.toString(8)}`;
            const opened = files.open(a, flags, 0o644);
            if (side === 0) handles.push([opened, 0]);
            else handles.at(-1)![1] = opened;
            return 'opened';
          }
          case 3:
            text = `write at ${number}`;
            return files.write(handle, number, bytes);
          case 4:
            text = `read at ${number}`;
            return files.read(handle, number % 1000, 500);
          case 5:
            text = `truncate ${number}`;
            return files.truncate(handle, number);
          case 6:
            text = `lookup ${a}`;
            return kindAndSize(files, a);
          case 7:
            text = `mkdir ${a}`;
            return files.mkdir(a, 0o755);
          case 8:
            text = `unlink ${a}`;
            return files.unlink(a);
          case 9:
            text = `rmdir ${a}`;
            return files.rmdir(a);
          case 10:
            text = `rename ${a} ${b}`;
            return files.rename(a, b, false);
          case 11:
            text = `symlink ${b} at ${a}`;
            return files.symlink(b, a);
          default:
            text = `link ${a} ${b}`;
            return files.link(a, b);
        }
      };
      const before = handles.length;
      const [onHost, inMemory] = [answer(() => act(host, 0)), answer(() => act(memory, 1))];
      const where = `seed ${seed} round ${round} step ${step}: ${text}`;
      if (handles.length > before && onHost !== inMemory) handles.pop();
      const failed = /^E[A-Z]+$/.test(onHost) && /^E[A-Z]+$/.test(inMemory);
      // Of several reasons why a rename fails, another may be named.
      if (!failed || kind !== 10) assert.is(inMemory, onHost, where);
      if (!failed) reached++;
    }
    assert.is(tree(memory), tree(host), `seed ${seed} round ${round}: the trees differ`);
    for (const [h, m] of handles) {
      host.close(h);
      memory.close(m);
    }
    assert.is(readHost(base), 'contents of one', 'the lower layer is untouched');
  }
  assert.ok(reached > 500, `only ${reached} operations succeeded`);
});

function kindAndSize(files: FileSystem, place: string): unknown {
  const { mode, size } = files.lookup(place, true);
  return [mode & 0o170000, (mode & 0o170000) === 0o040000 ? 0 : size];
}

function readHost(base: string): string {
  return fs.readFileSync(path.join(base, 'one'), 'utf8');
}

/** Everything there is, with contents. */
function tree(files: FileSystem, place = '/'): string {
  const handle = files.open(place, 0o200000, 0);
  const lines: string[] = [];
  for (const { name, type } of files.list(handle)) {
    const inner = joinPath(place, name);
    if (type === 0o040000) lines.push(`${inner}/`, tree(files, inner));
    else if (type === 0o120000) lines.push(`${inner} -> ${files.readlink(inner)}`);
    else {
      const stat = files.lookup(inner, false);
      const text = (stat.mode & 0o400) === 0 ? '?' : readAll(files, inner);
      lines.push(`${inner} ${stat.size} ${stat.nlink} ${text}`);
    }
  }
  files.close(handle);
  return lines.join('\n');
}

test('a saved state comes back exactly, as often as wanted', ({ root }) => {
  plantOnHost(root);
  const files = new MemoryFiles(hostLayer(root));
  const handle = files.open('/dir/two', 2, 0);
  files.write(handle, 10, encode('first'));
  const saved = files.save();
  const before = tree(files);
  for (let round = 0; round < 3; round++) {
    files.write(handle, 10, encode(`round ${round}`));
    files.write(handle, 300_000, encode('far'));
    files.unlink('/one');
    files.rename('/dir', '/moved', false);
    files.mkdir('/dir', 0o755);
    files.close(handle);
    assert.is.not(tree(files), before);
    files.restore(saved);
    assert.is(tree(files), before);
    assert.is(decode(files.read(handle, 8, 9)), 'xxfirstxx');
  }
  // A state saved after a restore is independent of the one before.
  files.write(handle, 0, encode('later'));
  const later = files.save();
  files.restore(saved);
  assert.is(decode(files.read(handle, 0, 5)), 'xxxxx');
  files.restore(later);
  assert.is(decode(files.read(handle, 0, 5)), 'later');
});

test('the host side reopens what was closed since', ({ root }) => {
  plantOnHost(root);
  const files = new HostFiles(root);
  const handle = files.open('/one', 0, 0);
  const saved = files.save();
  files.close(handle);
  assert.is(
    answer(() => files.read(handle, 0, 8)),
    'EBADF',
  );
  const other = files.open('/dir/two', 0, 0);
  files.restore(saved);
  assert.is(decode(files.read(handle, 0, 8)), 'contents');
  assert.is(
    answer(() => files.read(other, 0, 8)),
    'EBADF',
  );
  files.close(handle);
});

test('links and dots do not lead out of the root', ({ root }) => {
  const inside = path.join(root, 'jail');
  fs.mkdirSync(inside);
  fs.writeFileSync(path.join(root, 'secret'), 'secret');
  fs.symlinkSync('../secret', path.join(inside, 'up'));
  fs.symlinkSync(path.join(root, 'secret'), path.join(inside, 'absolute'));
  for (const files of [new HostFiles(inside), new MemoryFiles(hostLayer(inside))]) {
    for (const place of ['/up', '/absolute', '/../secret', '/../../secret']) {
      assert.is(
        answer(() => files.open(place, 0, 0)),
        'ENOENT',
        place,
      );
      assert.is(
        answer(() => files.lookup(place, true)),
        'ENOENT',
        place,
      );
    }
  }
});

test('walks paths as Linux does', () => {
  const links: Record<string, string> = { '/l': '/d/e', '/d/up': '..', '/loop': 'loop', '/a': 'b', '/b': 'd' };
  const directories = ['/', '/d', '/d/e'];
  const walk = (place: string, follow = true): string =>
    answer(() =>
      walkPath(place, follow, (at) => {
        const target = links[at];
        if (target !== undefined) return { type: 0o120000, target };
        if (directories.includes(at)) return { type: 0o040000 };
        return at === '/f' ? { type: 0o100000 } : undefined;
      }),
    );
  assert.is(walk('/'), '"/"');
  assert.is(walk('/d/./e//../e/'), '"/d/e"');
  assert.is(walk('/l/..'), '"/d"');
  assert.is(walk('/d/up/f'), '"/f"');
  assert.is(walk('/a/e'), '"/d/e"');
  assert.is(walk('/a', false), '"/a"');
  assert.is(walk('/a/', false), '"/d"');
  assert.is(walk('/new'), '"/new"');
  assert.is(walk('/new/x'), 'ENOENT');
  assert.is(walk('/f/x'), 'ENOTDIR');
  assert.is(walk('/f/'), 'ENOTDIR');
  assert.is(walk('/loop'), 'ELOOP');
  assert.is(walk('/../../f'), '"/f"');
  assert.is(walk(`/${'n'.repeat(256)}`), 'ENAMETOOLONG');
});

test.run();
