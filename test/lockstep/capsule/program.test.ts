// Programs made of capsules of a board, on each privilege level: by itself each differs at its block.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Capsule } from '../../../lockstep/capsule/format.ts';
import { capsuleProgram } from '../../../lockstep/capsule/program.ts';
import { runSession } from '../../../lockstep/index.ts';
import { Asm } from '../../support/asm.ts';
import { sessionOf } from '../../support/session.ts';

const CODE = 0x80010000;
const directory = mkdtempSync(join(tmpdir(), 'lockstep-program-'));
test.after(() => rmSync(directory, { recursive: true }));

/** A shift by more than 31, on a board. */
function capsule(level: bigint): Capsule {
  const code = new Uint8Array(4096);
  code.set(new Asm(CODE).op('sllw', 5, 13, 6).op('add', 10, 5, 13).finish());
  const registers = new Map([
    ['pc', BigInt(CODE)],
    ['priv', level],
    ['mstatus', 0x2000n],
    ['t1', 37n],
    ['a3', 3n],
  ]);
  const state = { userMode: false, registers, pages: new Map([[CODE, code]]) };
  return { isa: 'riscv64', a: 'old-tcg', b: 'mutant:shift-mask', origin: 'a test', insns: 2, state };
}

for (const [name, level] of [
  ['M', 3n],
  ['S', 1n],
  ['U', 0n],
] as const)
  test(`a program enters its block in ${name}-mode and differs there`, async () => {
    const { elf, source, pc } = capsuleProgram(capsule(level), name, ['t0', 'a0']);
    assert.is(/# mret$/m.test(source), level !== 3n);
    const path = join(directory, `${name}.elf`);
    writeFileSync(path, elf);
    const bounded = (b: string) => runSession({ ...sessionOf(path, { a: 'old-tcg', b }), maxInsns: 10_000 });
    const report = await bounded('mutant:shift-mask');
    assert.is(report.verdict, 'diverged', report.summary);
    assert.equal([Number(report.at?.pc), report.at?.insn?.text], [pc, 'sllw t0,a3,t1']);
    const right = await bounded('new-tcg');
    assert.equal([right.verdict, right.end], ['same', { kind: 'exit', code: 0, reason: null }]);
  });

test.run();
