// Decisions around translated code: a policy's answer counts where it is allowed as a change, and is asked for by name
// only where it departs from what the machine does on its own.

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Decisions } from '../../emulator/exec/decisions.ts';
import { ChangeLog, type ChangeRecord } from '../../emulator/passes/change.ts';
import type { CachedBlock, Policy } from '../../emulator/translators/translator.ts';

const from: CachedBlock = { id: 1, pc: 0x1000, size: 8, insns: 2 };
const to: CachedBlock = { id: 2, pc: 0x2000, size: 4, insns: 1 };

const contrary: Policy = {
  link: () => false,
  linkTarget: (_from, _slot, pc) => pc + 2,
  invalidate: () => false,
  unlink: () => false,
  forget: () => false,
  entryLoad: () => false,
  deadline: () => 0,
  charge: (_block, insns) => insns - 1,
  attend: () => false,
};

/** Every decision once, in the order of the policy's methods. */
function answers(decisions: Decisions): unknown[] {
  return [
    decisions.link(from, 0, to),
    decisions.linkTarget(from, 0, 0x2000),
    decisions.invalidate(from, 0x1000, 0x1004),
    decisions.unlink(from, to),
    decisions.forget(0x1000, 0x2000),
    decisions.entryLoad(0x1000, 10),
    decisions.deadline(0x1000, 0x2000, 7),
    decisions.charge(from, 2),
    decisions.attend(0x1000),
  ];
}
const USUAL = [true, 0x2000, true, true, true, true, 7, 2, true];
const CONTRARY = [false, 0x2002, false, false, false, false, 0, 1, false];

function asked(policy: Policy, allowed: boolean): { answers: unknown[]; changes: ChangeRecord[] } {
  const changes: ChangeRecord[] = [];
  const log = new ChangeLog({ allows: () => allowed, record: (change) => changes.push(change) });
  return { answers: answers(new Decisions(policy, log)), changes };
}

test('without a policy everything is as usual, and nothing is a change', () => {
  assert.equal(asked({}, true), { answers: USUAL, changes: [] });
  assert.not(new Decisions({}, new ChangeLog()).has('link'));
  assert.ok(new Decisions(contrary, new ChangeLog()).has('link'));
});

test('a policy that agrees makes no change', () => {
  const agreeing: Policy = { link: () => true, linkTarget: (_from, _slot, pc) => pc, charge: (_block, insns) => insns };
  assert.equal(asked(agreeing, true), { answers: USUAL, changes: [] });
});

test('a contrary answer is a named change, and counts when it is allowed', () => {
  const { answers: given, changes } = asked(contrary, true);
  assert.equal(given, CONTRARY);
  assert.equal(
    changes.map(({ pass, rule }) => `${pass} ${rule}`),
    [
      'policy link',
      'policy link-target',
      'policy invalidate',
      'policy unlink',
      'policy forget',
      'policy entry-load',
      'policy deadline',
      'policy charge',
      'policy attend',
    ],
  );
  assert.equal(answers(new Decisions(contrary, new ChangeLog())), CONTRARY, 'unnamed too');
});

test('refused it changes nothing', () => {
  assert.equal(asked(contrary, false).answers, USUAL);
});

test('asked again it is the same change', () => {
  const ids = (): number[] => asked(contrary, true).changes.map(({ id }) => id);
  assert.equal(ids(), ids());
  assert.is(new Set(ids()).size, 9);
});

test.run();
