// `lockstep bisect CAPSULE`: the same search on one block, without the program it is from.

import { changeIdText, hex, parseTranslatorSpec } from '../emulator/index.ts';
import { blameCapsule, type CapsuleBlame } from '../lockstep/capsule/index.ts';
import { HUNT_SCHEMA } from '../lockstep/index.ts';
import { readCapsule, refuseFiles } from './capsule-file.ts';
import { writeAll } from './descriptor.ts';
import { EXIT } from './exit-code.ts';
import { resolveMutant } from './mutants.ts';
import { commandLine } from './shell.ts';

export async function bisectCapsule(path: string, json: boolean): Promise<number> {
  const started = performance.now();
  const capsule = readCapsule(path);
  const of = (spec: string) => {
    refuseFiles(spec);
    return parseTranslatorSpec(spec, { resolveMutant });
  };
  const blame = blameCapsule(capsule, await of(capsule.a), await of(capsule.b));
  const seconds = (performance.now() - started) / 1000;
  const verdict = blame.kind === 'gone' ? 'same' : blame.kind === 'elsewhere' ? 'unnamed' : 'found';
  const culprits = blame.culprits.map(({ side, pass, rule, pc, text, symbol, id }) => ({
    side: side === 'A' ? 'a' : 'b',
    ...{ pass, rule, pc: hex(pc), text, symbol, id: changeIdText(id) },
  }));
  const next = [commandLine(['lockstep', 'capsule', 'run', path]), commandLine(['lockstep', 'shrink', path])];
  const { wrong, trials } = blame;
  const result = { schema: HUNT_SCHEMA, verdict, wrong, culprits, trials, seconds, capsule: path, next };
  const pc = hex(Number(capsule.state.registers.get('pc') ?? 0n));
  const told = `${textOf(blame, pc)}\n${trials} trials, ${seconds.toFixed(1)} s\n\nnext:\n`;
  writeAll(1, json ? `${JSON.stringify(result, null, 2)}\n` : `${told}${next.map((line) => `  ${line}\n`).join('')}`);
  if (verdict === 'same') return EXIT.same;
  return verdict === 'found' ? EXIT.diverged : EXIT.inconclusive;
}

/** Registers and places named in a sentence. */
const NAMED = 4;

function textOf({ kind, culprits, differs, agrees }: CapsuleBlame, block: string): string {
  if (kind === 'gone')
    return 'The two agree on this block: what differed depends on what was translated before, or on memory it does not hold.\n';
  if (kind === 'elsewhere')
    return 'They differ without any change too: what is wrong lies in what both sides always do.\n';
  return culprits
    .map(
      ({ side, pass, rule, pc, text }) =>
        `pass \`${pass}\` of side ${side}, rule \`${rule}\`, applied at guest pc ${hex(pc)} (\`${text}\`) in block ${block}, ` +
        `makes ${differs.slice(0, NAMED).join(', ')} wrong${agrees ? '; without it the two agree on the block' : ''}.\n`,
    )
    .join('');
}
