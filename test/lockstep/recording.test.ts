// Recordings: what a run writes down, that it opens as it was, and that a file which is not whole says so.

import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { deflateSync } from 'node:zlib';
import { Packr } from 'msgpackr';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { decodeRecording, encodeRecording, type Recording, runSession } from '../../lockstep/index.ts';
import { mutants, scenarioPath } from '../../scenarios/index.ts';
import { sessionOf } from '../support/session.ts';

const FOLD = mutants.find(({ name }) => name === 'fold')!;
const ALIAS = mutants.find(({ name }) => name === 'forward-alias')!;
const recorded = new Map<string, Promise<Recording>>();

/** Runs old-tcg against `b`. */
function record(b: string, program: string): Promise<Recording> {
  const known = recorded.get(b);
  if (known) return known;
  const path = scenarioPath(program);
  let recording: Recording | undefined;
  const made = runSession({
    ...sessionOf(path, { a: 'old-tcg', b }),
    onRecording: (it) => {
      recording = it;
    },
  }).then(() => recording!);
  recorded.set(b, made);
  return made;
}
const fold = () => record('mutant:fold', FOLD.program);

/** Decoders give Buffers. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

function refused(file: Uint8Array): string {
  try {
    decodeRecording(file, 'run.lsrec');
  } catch (error) {
    assert.is((error as Error).name, 'UsageError');
    return (error as Error).message;
  }
  return 'it opens';
}

test('a recording says what the report says, and what each instruction did', async () => {
  const { report, A, B, start, registers, programHash } = await fold();
  assert.is(report.verdict, 'diverged');
  assert.is(programHash.length, 64);
  const bad = report.at!.insn!;
  const steps = { A: A.trace!.steps, B: B.trace!.steps };
  for (const side of ['A', 'B'] as const) {
    const step = steps[side][bad.icount - start!]!;
    assert.is(`0x${step.pc.toString(16)}`, bad.pc);
    assert.is(A.trace!.code.find(({ pc }) => pc === step.pc)?.text, bad.text);
  }
  const register = (side: 'A' | 'B', name: string, upTo: number) => {
    const index = registers.findIndex((one) => one.name === name);
    const values = [...(side === 'A' ? A : B).trace!.initial];
    for (const step of steps[side].slice(0, upTo - start!))
      for (const change of step.registers) values[change.index] = change.value;
    return `0x${values[index]!.toString(16)}`;
  };
  assert.ok(report.registers.length > 0);
  for (const differing of report.registers) {
    assert.is(register('A', differing.name, report.at!.icount), differing.before, 'before the block');
    assert.is(register('A', differing.name, report.a.icount!), differing.a, 'after it, on A');
    assert.is(register('B', differing.name, report.b.icount!), differing.b, 'after it, on B');
  }
  assert.match(new TextDecoder().decode(A.output), /^products\nsum /);
  assert.is.not(Buffer.compare(A.output, B.output), 0);
  const block = A.trace!.blocks.find(({ pc }) => `0x${pc.toString(16)}` === report.at!.pc)!;
  assert.is(block.irOptimised, report.a.block!.irOptimised);
  assert.match(block.wasm, /^\(module/);
});

test('stores are written down with what was there before', async () => {
  const { A } = await record('mutant:forward-alias', ALIAS.program);
  const { steps, pages } = A.trace!;
  const memory = new Map(pages.map(({ address, bytes }) => [address, Uint8Array.from(bytes ?? new Uint8Array(4096))]));
  let stores = 0;
  for (const step of steps)
    for (const { address, before, after } of step.stores) {
      const page = memory.get(address - (address % 4096));
      if (!page) continue;
      stores++;
      const there = page.subarray(address % 4096, (address % 4096) + before.length);
      assert.is(Buffer.compare(there, before), 0, `store at ${address}`);
      page.set(after, address % 4096);
    }
  assert.ok(stores > 10, `only ${stores} stores`);
});

test('what was written is what is read, without traces too', async () => {
  const same = await record('new-tcg', FOLD.program);
  assert.is(same.report.verdict, 'same');
  assert.is(same.A.trace, null);
  for (const recording of [await fold(), same]) {
    const read = decodeRecording(encodeRecording(recording), 'x');
    assert.ok(isDeepStrictEqual(plain(read), plain(recording)));
  }
});

test('two recordings of one run are the same file', async () => {
  const first = encodeRecording(await fold());
  recorded.delete('mutant:fold');
  assert.is(Buffer.compare(encodeRecording(await fold()), first), 0);
});

test('a file of version 1, which had no capsule, opens', async () => {
  const recording = await fold();
  const { capsule: _, report, ...rest } = recording;
  const packr = new Packr({ useRecords: false, int64AsType: 'bigint' });
  const body = deflateSync(packr.pack({ t: 'recording', ...rest, report: JSON.stringify(report) }));
  const file = Buffer.alloc(48 + body.length);
  file.write('LOCKSTEP');
  file.writeUInt32LE(1, 8);
  file.writeUInt32LE(body.length, 12);
  createHash('sha256').update(body).digest().copy(file, 16);
  body.copy(file, 48);
  assert.ok(isDeepStrictEqual(plain(decodeRecording(file, 'old')), plain({ ...recording, capsule: null })));
});

test('a file that is not whole, or was altered, or is of another version, says so', async () => {
  const file = encodeRecording(await fold());
  assert.match(refused(new Uint8Array(0)), /^run\.lsrec is not a recording$/);
  assert.match(refused(new TextEncoder().encode('{"schema":1}')), /is not a recording/);
  for (const length of [8, 20, 51, 52, 1000, file.length - 1])
    assert.match(refused(file.slice(0, length)), /^run\.lsrec is cut off/, `${length} bytes`);
  assert.match(refused(Uint8Array.from([...file, 0])), /1 bytes too many/);
  for (const at of [16, 47, 52, 500, file.length - 1]) {
    const altered = file.slice();
    altered[at]! ^= 1;
    assert.match(refused(altered), /has been altered: its checksum is wrong/, `byte ${at}`);
  }
  const newer = file.slice();
  newer[8] = 200;
  assert.match(refused(newer), /is a recording of version 200; this lockstep reads versions 1 to 2/);
  const older = file.slice();
  older[8] = 0;
  assert.match(refused(older), /of version 0/);
  assert.is(refused(file), 'it opens');
});

test.run();
