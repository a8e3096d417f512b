// The change engine: ids are stable, distinct, independent of what is allowed; the default path names nothing.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseBlock, printBlock } from '../../emulator/ir/text.ts';
import { type Change, ChangeLog, type ChangeRecord, changeIdText } from '../../emulator/passes/change.ts';
import { passes } from '../../emulator/passes/index.ts';
import { makePipeline } from '../../emulator/passes/pipeline.ts';

const BYTES = Uint8Array.of(1, 2, 3, 4);
const TEXT = `tb 0x1000 insns=2 size=8
  insn_start 0 0x1000
  xor tmp0, g16, g16
  add g17, tmp0, $0x0
  insn_start 1 0x1004
  mov g17, g16
  goto_tb 0, 0x1008
`;

function changes(bytes: Uint8Array, allows?: (change: Change) => boolean): { list: ChangeRecord[]; text: string } {
  const list: ChangeRecord[] = [];
  const record = (change: ChangeRecord): void => void list.push(change);
  const log = new ChangeLog(allows ? { allows, record } : { record });
  const block = parseBlock(TEXT);
  makePipeline(passes, log)(block, () => bytes);
  return { list, text: printBlock(block) };
}

test('ids repeat, and depend on pass, rule, pc, ordinal and guest code', () => {
  const log = new ChangeLog({ allows: () => true, record: (change) => ids.push(change.id) });
  const ids: number[] = [];
  const ask = (): void => {
    log.context('p').change('r', 0x1000);
    log.context('p').change('r', 0x1000);
    log.context('p').change('r', 0x1004);
    log.context('p').change('r', 0x1000 + 2 ** 40);
    log.context('p').change('s', 0x1000);
    log.context('q').change('r', 0x1000);
    log.lower('r', 0x1000, 4);
    log.lower('r', 0x1000, 4);
  };
  for (const bytes of [BYTES, BYTES, Uint8Array.of(1, 2, 3, 5)]) {
    log.beginBlock();
    log.beginPasses(() => bytes);
    ask();
  }
  const [first, second, third] = [ids.slice(0, 8), ids.slice(8, 16), ids.slice(16)];
  assert.equal(first, second);
  assert.is(new Set(first).size, 8);
  for (let i = 0; i < 6; i++) assert.is.not(first[i], third[i]);
  assert.equal(first.slice(6), third.slice(6), 'lowerings depend on their instruction only');
  for (const id of ids) assert.match(changeIdText(id), /^[0-9a-f]{12}$/);
});

test('ids of a large run do not collide', () => {
  const ids = new Set<number>();
  const log = new ChangeLog({ record: (change) => ids.add(change.id) });
  for (let block = 0; block < 2000; block++) {
    log.beginPasses(() => Uint8Array.of(block, block >> 8));
    for (let k = 0; k < 50; k++) log.context('p').change(k & 1 ? 'r' : 's', 0x10000 + block * 64 + (k >> 2));
  }
  assert.is(ids.size, 100000);
});

test('a refused change is not made; the others keep their ids', () => {
  const all = changes(BYTES);
  assert.ok(all.list.length >= 3);
  const texts = new Set<string>();
  for (const refused of all.list) {
    const rest = changes(BYTES, ({ id }) => id !== refused.id);
    texts.add(rest.text);
    const at = rest.list.findIndex((change) => change.id === refused.id);
    assert.equal(rest.list[at], { ...refused, allowed: false });
    assert.equal(rest.list.slice(0, at), all.list.slice(0, at), 'what came before is as it was');
    assert.ok(rest.list.every((change, i) => i === at || change.allowed));
  }
  assert.ok(texts.size > 1, 'it makes a difference');
  const [one] = all.list;
  for (const name of [changeIdText(one!.id), `${one!.pass}/${one!.rule}`]) {
    const log = new ChangeLog({}, [name]);
    log.beginPasses(() => BYTES);
    log.steer({});
    assert.not.ok(log.context(one!.pass).change(one!.rule, one!.pc), `${name} stays refused`);
    assert.ok(log.context(one!.pass).change('another', one!.pc));
  }
  const none = changes(BYTES, () => false);
  assert.is(none.text, printBlock(parseBlock(TEXT)));
});

test('without predicate and recorder changes are counted and granted', () => {
  const log = new ChangeLog();
  const block = parseBlock(TEXT);
  makePipeline(passes, log)(block, () => BYTES);
  assert.is(log.granted, changes(BYTES).list.length);
  assert.is(log.refused, 0);
  assert.is(printBlock(block), changes(BYTES).text);
  assert.ok(log.lower('r', 0, 0));
});

test('passes ask only for rules they declare', () => {
  const known = new Set(passes.flatMap((pass) => Object.keys(pass.rules).map((rule) => `${pass.name} ${rule}`)));
  for (const change of changes(BYTES).list) assert.ok(known.has(`${change.pass} ${change.rule}`), change.rule);
});

test.run();
