// Translator specs: every edit, every mistake with its remedy, modules of users as they would be written.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseBlock, printBlock } from '../../emulator/ir/text.ts';
import { UsageError } from '../../emulator/must.ts';
import { nearest } from '../../emulator/nearest.ts';
import { ChangeLog } from '../../emulator/passes/change.ts';
import { passes } from '../../emulator/passes/index.ts';
import { makePipeline } from '../../emulator/passes/pipeline.ts';
import { newTcg, tci, translators } from '../../emulator/translators/index.ts';
import { parseTranslatorSpec } from '../../emulator/translators/spec.ts';
import type { Translator } from '../../emulator/translators/translator.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-translators-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
let modules = 0;

/** Writes a module and returns its path. */
function module(text: string, ending = 'mjs'): string {
  const path = join(folder, `t${modules++}.${ending}`);
  writeFileSync(path, text);
  return path;
}

async function failure(spec: string): Promise<UsageError> {
  try {
    await parseTranslatorSpec(spec);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error(`accepted: ${spec}`);
}

const names = (translator: Translator): string[] => translator.passes.map((pass) => pass.name);

test('every built-in translator goes by its name', async () => {
  for (const translator of translators) assert.is(await parseTranslatorSpec(translator.name), translator);
});

test('the built-in translators are what they say', () => {
  const [reference, interp, old, optimising] = translators;
  assert.equal([names(reference!), reference!.tuning.tier], [[], 'reference']);
  assert.equal([names(interp!), interp!.tuning.tier], [[], 'interp']);
  assert.equal([names(old!), old!.tuning.regionBlocks], [['constant-fold', 'dead-code'], 1]);
  assert.equal(
    names(optimising!),
    passes.map((pass) => pass.name),
  );
});

test('a module may be a function that is given the names passes are written with', async () => {
  const path = module(`export default async ({ Op, STRIDE, passes, printBlock }) => ({
    base: 'tci', name: 'made', passes: () => [passes[0], { name: 'count', run(block) { globalThis.seen = [Op.insn_start, STRIDE, printBlock(block)]; } }],
  });`);
  const made = await parseTranslatorSpec(path);
  assert.equal([made.name, names(made)], ['made', [passes[0]!.name, 'count']]);
  assert.match((await failure(module('export default () => { throw new Error("boom"); }'))).message, /threw: boom/);
  assert.match((await failure(module('export default () => 5'))).message, /not an object/);
});

test('passes are removed and added in their place', async () => {
  const without = await parseTranslatorSpec('new-tcg,-copy-propagation,-dead-code');
  assert.equal(
    names(without),
    names(newTcg).filter((name) => name !== 'copy-propagation' && name !== 'dead-code'),
  );
  assert.is(without.name, 'new-tcg,-copy-propagation,-dead-code');
  const added = await parseTranslatorSpec('old-tcg,+dead-store,+strength-reduction,+dead-code');
  assert.equal(names(added), ['constant-fold', 'strength-reduction', 'dead-store', 'dead-code']);
  const all = await parseTranslatorSpec(
    `tci${passes
      .toReversed()
      .map((pass) => `,+${pass.name}`)
      .join('')}`,
  );
  assert.equal(names(all), names(newTcg));
  assert.equal(names(tci), [], 'the built-in one is left alone');
});

test('sizes are set', async () => {
  const spec = 'new-tcg,max-insns=1,tier=interp,hot=16,region-insns=100,region-blocks=8,link=off';
  const { tuning } = await parseTranslatorSpec(spec);
  assert.equal(tuning, {
    maxInsns: 1,
    tier: 'interp',
    hotThreshold: 16,
    regionBlocks: 8,
    regionInsns: 100,
    link: false,
  });
});

const mistakes: readonly (readonly [string, RegExp, RegExp])[] = [
  ['', /begins with a name/, /Known: reference, tci, old-tcg, new-tcg/],
  ['nwe-tcg', /unknown translator "nwe-tcg"/, /Did you mean "new-tcg"/],
  ['qemu', /unknown translator/, /Known: reference/],
  ['new-tcg,-copy-propagaton', /has no pass "copy-propagaton"/, /Did you mean "copy-propagation"/],
  ['tci,-dead-code', /tci has no pass/, /It has no passes/],
  ['old-tcg,+dead-stor', /unknown pass "dead-stor"/, /Did you mean "dead-store"/],
  ['new-tcg,fast', /cannot understand "fast"/, /-PASS, \+PASS/],
  ['new-tcg,max-insn=1', /unknown setting "max-insn"/, /Did you mean "max-insns"/],
  ['new-tcg,constructor=1', /unknown setting/, /Known/],
  ['new-tcg,max-insns=0', /max-insns is a number from 1 to 512, not "0"/, /Without the edit it is 64\./],
  ['new-tcg,max-insns=1e2', /not "1e2"/, /Without the edit/],
  ['new-tcg,hot=', /hot is a number/, /Without the edit/],
  ['new-tcg,tier=wsm', /unknown tier "wsm"/, /Did you mean "wasm"/],
  ['new-tcg,link=no', /link is on or off/, /link=off/],
  ['new-tcg,without=dead-stor/overwritten', /has no pass "dead-stor"/, /Did you mean "dead-store"/],
  ['new-tcg,without=dead-store/overwriten', /no such rule/, /Known: overwritten|Did you mean "overwritten"/],
  ['mutant:x', /no mutants are known/, /^$/],
  ['./no/such.mjs', /no translator module at/, /by its path/],
];
for (const [spec, message, remedy] of mistakes) {
  test(`refuses "${spec}"`, async () => {
    const error = await failure(spec);
    assert.match(error.message, message);
    assert.match(error.remedy, remedy);
  });
}

test('mutants are the caller’s, and take edits', async () => {
  const resolveMutant = (name: string): Translator => ({ ...newTcg, name: `mutant:${name}` });
  const mutant = await parseTranslatorSpec('mutant:sign,max-insns=2', { resolveMutant });
  assert.is(mutant.tuning.maxInsns, 2);
  assert.is(mutant.name, 'mutant:sign,max-insns=2');
});

test('a module edits a built-in translator', async () => {
  const path = module(`
    const swap = { name: 'swap-add', summary: 'a + b => b + a', rules: { swap: 'a + b => b + a' },
      run(block, context) {
        for (let i = 0; i < block.count * 8; i += 8)
          if (block.ops[i] === 3 && context.change('swap', block.pc)) {
            const a = block.ops[i + 2];
            block.ops[i + 2] = block.ops[i + 3];
            block.ops[i + 3] = a;
          }
      } };
    export default { base: 'old-tcg', name: 'mine', passes: (base) => [...base, swap], tuning: { maxInsns: 8 },
      policy: { link: () => false } };`);
  const mine = await parseTranslatorSpec(`${path},hot=2`);
  assert.equal(names(mine), ['constant-fold', 'dead-code', 'swap-add']);
  assert.equal([mine.tuning.maxInsns, mine.tuning.hotThreshold, mine.tuning.regionBlocks], [8, 2, 1]);
  assert.is(mine.policy?.link?.({ id: 1, pc: 0, size: 4, insns: 1 }, 0, { id: 2, pc: 4, size: 4, insns: 1 }), false);
  const block = parseBlock('tb 0x0 insns=1 size=4\ninsn_start 0 0x0\nadd g16, g17, g18\ngoto_tb 0, 0x4');
  makePipeline(mine.passes, new ChangeLog())(block, () => new Uint8Array(4));
  assert.match(printBlock(block), 'add g16, g18, g17');
});

test('a module may be a whole translator', async () => {
  const mine = await parseTranslatorSpec(module(`export default { name: 'bare', passes: [] }`));
  assert.equal([mine.name, mine.passes, mine.tuning], ['bare', [], newTcg.tuning]);
});

test('a module may be TypeScript', async () => {
  const text = `
    import type { Pass, TranslatorKit } from 'lockstep/translator';
    enum Length { short = 3 }
    export default ({ passes }: TranslatorKit) => ({
      name: 'typed', passes: [...passes].slice(1) satisfies readonly Pass[], tuning: { maxInsns: Length.short as number },
    });`;
  const mine = await parseTranslatorSpec(module(text, 'ts'));
  assert.equal([mine.name, mine.passes, mine.tuning.maxInsns], ['typed', newTcg.passes.slice(1), 3]);
  const { message, remedy } = await failure(module('export default {\n  name: ,\n};', 'ts'));
  assert.match(message, /cannot be loaded: .*\.ts:2: /);
  assert.match(remedy, /Types are dropped/);
});

const faulty: readonly (readonly [string, RegExp])[] = [
  ['export const x = 1', /default export is not an object/],
  ['export default []', /default export is not an object/],
  ['this is not javascript', /cannot be loaded/],
  ['throw new Error("boom")', /cannot be loaded: boom/],
  [`export default { bsae: 'new-tcg' }`, /unknown key "bsae"/],
  [`export default { base: 'new' }`, /unknown base "new"/],
  [`export default { passes: [] }`, /`name` is not a text/],
  [`export default { name: 'x' }`, /`passes` is neither/],
  [`export default { name: 'x', passes: (base) => base }`, /there is no `base`/],
  [`export default { base: 'tci', passes: () => { throw new Error('boom') } }`, /`passes` threw: boom/],
  [`export default { base: 'tci', passes: () => 3 }`, /`passes` is neither/],
  [`export default { base: 'tci', passes: [3] }`, /pass 0 is not an object/],
  [`export default { base: 'tci', passes: [{ name: 'Bad Name', run() {} }] }`, /kebab-case/],
  [`export default { base: 'tci', passes: [{ name: 'x' }] }`, /pass x: `run` is not a function/],
  [`export default { base: 'tci', passes: [{ name: 'x', run() {}, rules: { a: 1 } }] }`, /`rules` is not/],
  [
    `export default { base: 'tci', passes: [{ name: 'x', run() {} }, { name: 'x', run() {} }] }`,
    /two passes are called/,
  ],
  [`export default { base: 'tci', tuning: { maxInsns: 0 } }`, /tuning.maxInsns is a whole number/],
  [`export default { base: 'tci', tuning: { tier: 'x' } }`, /tuning.tier is one of/],
  [`export default { base: 'tci', tuning: { maxInsn: 1 } }`, /unknown key "maxInsn"/],
  [`export default { base: 'tci', policy: { link: 1 } }`, /`policy.link` is not a function/],
];
for (const [text, message] of faulty) {
  test(`refuses a module: ${text}`, async () => {
    assert.match((await failure(module(text))).message, message);
  });
}

test('a user’s pass that breaks a block, or throws, is named', async () => {
  const translate = async (body: string): Promise<void> => {
    const path = module(`export default { base: 'tci', passes: [{ name: 'mine', run(block) { ${body} } }] };`);
    const mine = await parseTranslatorSpec(path);
    const block = parseBlock('tb 0x40 insns=1 size=4\ninsn_start 0 0x40\ngoto_tb 0, 0x44');
    makePipeline(mine.passes, new ChangeLog())(block, () => new Uint8Array(4));
  };
  for (const [body, message] of [
    ['block.count = 1', /pass mine made a malformed block at 0x40/],
    ['block.nothing.at = 1', /pass mine threw at block 0x40/],
  ] as const) {
    try {
      await translate(body);
    } catch (error) {
      assert.instance(error, UsageError);
      assert.match((error as Error).message, message);
      continue;
    }
    assert.unreachable(body);
  }
});

test('the nearest name', () => {
  assert.is(nearest('intrp', ['interp', 'wasm', 'both']), 'interp');
  assert.is(nearest('ab', ['ba']), 'ba');
  assert.is(nearest('Dead-Code', ['dead-code']), 'dead-code');
  assert.is(nearest('zzz', ['interp', 'wasm']), undefined);
  assert.is(nearest('', ['a']), 'a');
});

test.run();
