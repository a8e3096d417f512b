// The search that the inspector asks for: `lockstep bisect --ndjson` in a process of its own, so that keys are answered while
// it goes on, and one that hangs in somebody's translator can be ended. First on the capsule, which takes a moment; where that
// does not show the difference, in the run itself, when it can be made again.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { moduleUrl } from '../emulator/host-package.ts';
import type { BlameSearch, SearchTold } from '../ui/index.ts';

/** The run, as the command line of `lockstep bisect` describes it. */
export interface SearchableRun {
  readonly words: readonly string[];
  readonly stdin: Uint8Array;
}

/** Time to end by itself, together with the processes it has started. */
const PATIENCE_MS = 2000;
const LAST_WORDS = 2000;

export function blameSearch(capsule: string | null, run: SearchableRun | undefined): BlameSearch {
  return async (where, tell, signal) => {
    if (where === 'run' && !run)
      throw new Error('a recording has no run to search in; lockstep bisect takes it, with the arguments of its guest');
    if (where === 'block') {
      if (capsule !== null) {
        const found = await searchBlock(capsule, tell, signal, run !== undefined);
        if (found || signal.aborted) return;
      } else if (!run) throw new Error('the recording holds no block that shows the difference by itself');
    }
    tell({ t: 'step', what: 'comparing in the run' });
    await bisectIn(['--no-capsule', ...run!.words], run!.stdin, tell, signal);
  };
}

/** False: the block does not tell, but the run may. */
async function searchBlock(
  capsule: string,
  tell: (news: SearchTold) => void,
  signal: AbortSignal,
  goesOn: boolean,
): Promise<boolean> {
  let named = true;
  const heard = (news: SearchTold) => {
    if (news.t === 'result') named = news.verdict === 'found' || !goesOn;
    if (news.t !== 'result' || named) tell(news);
  };
  try {
    await bisectIn(['/dev/stdin'], new TextEncoder().encode(capsule), heard, signal);
  } catch (error) {
    // A capsule does not choose which modules are loaded; the run's own command line does.
    if (!goesOn) throw error;
    return false;
  }
  return named;
}

function bisectIn(
  words: readonly string[],
  stdin: Uint8Array,
  tell: (news: SearchTold) => void,
  signal: AbortSignal,
): Promise<void> {
  const main = fileURLToPath(moduleUrl('cli/main', '.js'));
  const child = spawn(process.execPath, [...process.execArgv, main, 'bisect', '--ndjson', ...words], { stdio: 'pipe' });
  let complaint = '';
  let answered = false;
  child.stderr.on('data', (bytes: Buffer) => {
    complaint = (complaint + bytes.toString('utf8')).slice(-LAST_WORDS);
  });
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  // Loaded here: every run loads this module, few search.
  process
    .getBuiltinModule('node:readline')
    .createInterface({ input: child.stdout })
    .on('line', (line) => {
      const news = JSON.parse(line) as SearchTold;
      answered ||= news.t === 'result';
      tell(news);
    });
  let insist: NodeJS.Timeout | undefined;
  const end = () => {
    child.kill('SIGTERM');
    insist = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  };
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(insist);
      signal.removeEventListener('abort', end);
    };
    child.once('error', (error) => {
      settle();
      reject(error);
    });
    child.once('close', (code, killed) => {
      settle();
      if (answered || signal.aborted) resolve();
      else reject(new Error(lastLine(complaint) ?? `it ended with ${killed ?? `exit code ${code}`}`));
    });
  });
}

/** The program's own complaint, not what a guest wrote before it. */
function lastLine(text: string): string | undefined {
  const lines = text.split('\n').filter((line) => line.startsWith('lockstep: '));
  return lines.at(-1)?.slice('lockstep: '.length);
}
