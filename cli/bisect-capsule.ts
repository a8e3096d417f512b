// The search of `lockstep bisect` on one block, without the program it is from: for the command, the inspector's twin and
// whoever else has a capsule.

import { changeIdText, hex, parseTranslatorSpec, translators } from '../emulator/index.ts';
import {
  blameCapsule,
  type Capsule,
  type CapsuleBlame,
  judge,
  runSentences,
  verdictOf,
} from '../lockstep/capsule/index.ts';
import { HUNT_SCHEMA, type SearchNews, type SearchResult } from '../lockstep/index.ts';
import { refuseFiles } from './capsule-file.ts';
import { resolveMutant } from './mutants.ts';
import { commandLine } from './shell.ts';

/** `path` is the capsule's file, for the commands to type next; undefined: it has none. */
export async function searchCapsule(
  capsule: Capsule,
  path: string | undefined,
  tell: (news: SearchNews) => void,
): Promise<SearchResult> {
  const started = performance.now();
  const of = (spec: string) => {
    refuseFiles(spec);
    return parseTranslatorSpec(spec, { resolveMutant });
  };
  const [a, b] = [await of(capsule.a), await of(capsule.b)];
  const reference = translators.find(({ name }) => name === 'reference')!;
  tell({ t: 'step', what: 'the reference model on the block' });
  const runs = [judge(capsule, a, reference), judge(capsule, b, reference)];
  const vote = verdictOf(runs);
  tell({ t: 'vote', wrong: vote, text: runSentences(runs) });
  tell({ t: 'step', what: 'the block with some changes left out' });
  const blame = blameCapsule(capsule, a, b, tell);
  const verdict = blame.kind === 'gone' ? 'same' : blame.kind === 'elsewhere' ? 'unnamed' : 'found';
  const culprits = blame.culprits.map(({ side, pass, rule, pc, text, symbol, id }) => ({
    side: side === 'A' ? ('a' as const) : ('b' as const),
    ...{ pass, rule, pc: hex(pc), text, symbol, id: changeIdText(id), again: [] },
  }));
  const next = path === undefined ? [] : ['capsule run', 'shrink'].map((words) => nextCommand(words, path));
  const { wrong, trials } = blame;
  const sentences = sentencesOf(blame, hex(Number(capsule.state.registers.get('pc') ?? 0n)));
  const seconds = (performance.now() - started) / 1000;
  return {
    ...{ schema: HUNT_SCHEMA, verdict, wrong, vote, culprits, trials, seconds },
    ...{ capsule: path ?? null, sentences, next },
  };
}

function nextCommand(words: string, path: string): string {
  return commandLine(['lockstep', ...words.split(' '), path]);
}

/** What `lockstep bisect CAPSULE` prints. */
export function capsuleSearchText({ sentences, trials, seconds, next }: SearchResult): string {
  const told = sentences.map((line) => `${line}\n`).join('');
  const commands = next.length > 0 ? `\nnext:\n${next.map((line) => `  ${line}\n`).join('')}` : '';
  return `${told}\n${trials} trials, ${seconds.toFixed(1)} s\n${commands}`;
}

/** Registers and places named in a sentence. */
const NAMED = 4;

function sentencesOf({ kind, culprits, differs, agrees }: CapsuleBlame, block: string): string[] {
  if (kind === 'gone')
    return [
      'The two agree on this block: what differed depends on what was translated before, or on memory it does not hold.',
    ];
  if (kind === 'elsewhere')
    return ['They differ without any change too: what is wrong lies in what both sides always do.'];
  return culprits.map(
    ({ side, pass, rule, pc, text }) =>
      `pass \`${pass}\` of side ${side}, rule \`${rule}\`, applied at guest pc ${hex(pc)} (\`${text}\`) in block ${block}, ` +
      `makes ${differs.slice(0, NAMED).join(', ')} wrong${agrees ? '; without it the two agree on the block' : ''}.`,
  );
}
