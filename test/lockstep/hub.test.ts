// The hub between two made-up sides: one that has nobody to compare with yet runs on unheard, and what it has done counts when
// the other one comes; what the comparator must load first keeps nobody's words from their order.

import { setTimeout } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { localPair } from '../../lockstep/channel.ts';
import { Comparator } from '../../lockstep/comparator.ts';
import { type HubResult, startHub } from '../../lockstep/hub.ts';
import { type FromSide, type Hello, PROTOCOL_VERSION, SIDES, type Side, type ToSide } from '../../lockstep/protocol.ts';
import { ask } from '../../lockstep/question.ts';
import { SETUP } from './streams.ts';

const HELLO: Hello = {
  ...{ t: 'hello', protocol: PROTOCOL_VERSION, isa: 'riscv64', system: false, translator: 't', program: 'p' },
  ...{ programHash: '', setup: SETUP, window: 100, stream: 'windows' },
};
const DIGESTS = {
  blocks: 1,
  path: 1n,
  states: 0n,
  places: 0n,
  entries: 0n,
  state: 1n,
  memory: 1n,
  events: 1n,
} as const;

function said(text: string): FromSide {
  return { t: 'output', stream: 'stdout', bytes: new TextEncoder().encode(text) };
}
function ended(window: number, icount: number): FromSide {
  return { t: 'end', window, icount, ...DIGESTS, end: { kind: 'exit', code: 0, reason: null } };
}

/** A hub, how to speak as a side, and what has come of it. */
function hub(comparator: Comparator) {
  const pairs = { A: localPair<ToSide, FromSide>(), B: localPair<ToSide, FromSide>() };
  const heard: string[] = [];
  const told: Record<Side, string[]> = { A: [], B: [] };
  for (const side of SIDES)
    pairs[side][0].listen(
      ({ t }) => told[side].push(t),
      () => {},
    );
  const { result } = startHub({
    comparator,
    channels: { A: pairs.A[1], B: pairs.B[1] },
    silenceMs: 10_000,
    output: (side, _, bytes) => heard.push(`${side}: ${new TextDecoder().decode(bytes)}`),
  });
  const say = async (side: Side, ...messages: FromSide[]) => {
    for (const message of messages) pairs[side][0].send(message);
    await setTimeout(10);
  };
  return { result, say, heard, told };
}

function verdictOf(result: HubResult): string {
  return result.kind === 'finished' ? result.outcome.verdict : result.kind;
}

test('a side runs on while the other one is started; its guest is heard when both are there', async () => {
  const { result, say, heard, told } = hub(new Comparator({ restartable: false }));
  await say('A', HELLO, { t: 'summary', window: 0, icount: 100, ...DIGESTS }, said('early'));
  assert.equal([heard, told.A], [[], []]);
  await say('B', HELLO);
  assert.equal([heard, told.A], [['A: early'], ['welcome']]);
  await say('B', { t: 'summary', window: 0, icount: 100, ...DIGESTS }, ended(1, 150));
  assert.equal(told.A, ['welcome', 'ack']);
  await say('A', said('late'), ended(1, 150));
  assert.equal([heard, verdictOf(await result)], [['A: early', 'A: late'], 'same']);
});

test('of a side whose other one never comes nothing is heard but its notes', async () => {
  const { result, say, heard } = hub(new Comparator({ restartable: false }));
  const note: FromSide = { t: 'output', stream: 'note', bytes: new TextEncoder().encode('a warning') };
  await say('A', HELLO, said('early'), note, ended(0, 50));
  await say('B', { t: 'failed', message: 'no such translator', remedy: '', usage: true });
  assert.equal([verdictOf(await result), heard], ['failed', ['A: a warning']]);
});

test('a window before a hello breaks the protocol', async () => {
  const { result, say } = hub(new Comparator({ restartable: false }));
  await say('A', { t: 'summary', window: 0, icount: 100, ...DIGESTS });
  const finished = await result;
  assert.ok(finished.kind === 'finished' && finished.outcome.verdict === 'failed');
  assert.match(finished.outcome.message, /side A broke the protocol: it sent a window before it said hello/);
});

test('while a capture is loaded messages wait, in their order', async () => {
  let loaded: () => void = () => {};
  const loading = new Promise<void>((resolve) => {
    loaded = resolve;
  });
  const comparator = new Comparator({
    restartable: false,
    async capture() {
      await loading;
      return function* () {
        yield* ask({ t: 'read-names', addresses: [] }, 'names');
      };
    },
  });
  const { result, say, told, heard } = hub(comparator);
  for (const side of SIDES) await say(side, HELLO);
  for (const side of SIDES)
    await say(side, { t: 'summary', window: 0, icount: 100, ...DIGESTS, state: side === 'A' ? 1n : 2n });
  assert.equal(told.A, ['welcome', 'pin'], 'both are asked meanwhile');
  await say('B', said('waits'), { t: 'failed', message: 'out of memory', remedy: '', usage: false });
  assert.equal(heard, []);
  loaded();
  const finished = await result;
  assert.equal(heard, ['B: waits']);
  assert.ok(finished.kind === 'finished' && finished.outcome.verdict === 'failed');
  assert.match(finished.outcome.message, /side B \(t\): out of memory/);
});

test.run();
