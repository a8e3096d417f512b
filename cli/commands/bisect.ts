// `lockstep bisect`: names the changes of a translator that are to blame for a divergence.

import type { Argv } from 'yargs';
import { hunt, huntReport, huntText } from '../../lockstep/index.ts';
import { HISTORY_OPTIONS, type HistoryArguments, searchHistory } from '../bisect-history.ts';
import { CAPSULE_OPTION, capsuleOf } from '../capsule-option.ts';
import { writeAll } from '../descriptor.ts';
import { EXIT } from '../exit-code.ts';
import { guestWords } from '../guest-options.ts';
import { type SessionArguments, shownSession, withSessionOptions } from '../session-options.ts';
import { commandLine } from '../shell.ts';
import { readAllStdin } from '../stdin.ts';

const USAGE = `Examples:
  lockstep bisect program.elf
  lockstep bisect --a tci --b ./mine.mjs program.elf
  lockstep bisect --json --b mutant:fold program.elf
  lockstep bisect --b ./mine/dist/mine.mjs --good v1.0 --bad HEAD --build 'npm ci && npm run build' program.elf

Usage: lockstep bisect [options] PROGRAM [args..] [-- args..]

Runs the two translators against each other, then again and again with some of their rewrites left out, until those are
named that make the difference. With --good and --bad, finds the commit of a translator's repository that made the
difference. Exit codes: 0 same, 1 named, 2 usage or engine failure, 3 not all could be named.`;

interface BisectArguments extends SessionArguments, HistoryArguments {
  readonly capsule?: string;
}

export function builder(yargs: Argv): Argv {
  return withSessionOptions(yargs)
    .usage(USAGE)
    .option('capsule', CAPSULE_OPTION)
    .options(HISTORY_OPTIONS) as unknown as Argv;
}

export async function handler(options: BisectArguments): Promise<number> {
  const shown = shownSession(options);
  const started = performance.now();
  const { a, b } = options;
  const capsule = options.capsule === undefined ? undefined : await capsuleOf(options, options.capsule);
  try {
    if (options.good !== undefined || options.bad !== undefined || options.build !== undefined) {
      const stdin = process.stdin.isTTY ? new Uint8Array(0) : await readAllStdin(shown.say);
      const { found, text, code } = await searchHistory(options, { a, b }, shown, stdin);
      shown.end();
      writeAll(1, options.json ? `${JSON.stringify({ schema: 1, ...found }, null, 2)}\n` : text);
      return code;
    }
    const found = await hunt({
      ...shown.session,
      ...capsule?.session,
      stdin: process.stdin.isTTY ? new Uint8Array(0) : await readAllStdin(shown.say),
      ...(process.stderr.isTTY && { onStep: (what: string) => shown.say(`lockstep: ${what}`) }),
    });
    const report = huntReport(found, a, b, (performance.now() - started) / 1000);
    const written = capsule?.write(shown.say) ?? null;
    const words = guestWords(shown.guest);
    const command = (left: string, right: string) =>
      commandLine(['lockstep', 'run', '--a', left, '--b', right, ...words]);
    const next = report.cure ? [command(a, b), command(report.cure.a, report.cure.b)] : [command(a, b)];
    if (written) next.push(commandLine(['lockstep', 'capsule', 'run', written]));
    shown.end();
    const text = `${huntText(report)}\nnext:\n${next.map((line) => `  ${line}\n`).join('')}`;
    writeAll(1, options.json ? `${JSON.stringify({ ...report, capsule: written, next }, null, 2)}\n` : text);
    if (report.verdict === 'same') return EXIT.same;
    return report.verdict === 'found' ? EXIT.diverged : EXIT.inconclusive;
  } finally {
    shown.end();
  }
}
