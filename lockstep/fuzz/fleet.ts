// Hands batches out to worker processes and their results to the caller, until enough are done. A worker that dies, or takes
// far longer than any batch should, has found something too: the batch counts as done, with a finding that says so.

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { moduleUrl } from '../../emulator/host-package.ts';
import { UsageError } from '../../emulator/index.ts';
import { EngineError, Interrupted } from '../engine-error.ts';
import type { BatchResult } from './batch.ts';
import type { Finding } from './finding.ts';
import type { Shard } from './journal.ts';
import type { FuzzPlan } from './plan.ts';

export type ToWorker =
  | { readonly t: 'plan'; readonly plan: FuzzPlan; readonly mutants: string }
  | { readonly t: 'batch'; readonly batch: number; readonly covers: boolean };
export type FromWorker =
  | { readonly t: 'result'; readonly result: BatchResult }
  | { readonly t: 'failed'; readonly message: string; readonly remedy: string; readonly usage: boolean };

export interface FleetOptions {
  readonly plan: FuzzPlan;
  readonly shard: Shard;
  /** Module that resolves `mutant:NAME`. */
  readonly mutants: string;
  readonly jobs: number;
  /** Batches done before. */
  readonly done: ReadonlySet<number>;
  /** Batches of the whole run, over all shards; without end when missing. */
  readonly batches?: number;
  /** No more batches are begun once this fires; those begun are finished. */
  readonly enough: AbortSignal;
  /** Everything ends at once. */
  readonly signal?: AbortSignal;
  /** Called with each batch as it is done. */
  onBatch(result: BatchResult): void;
  /** A worker that takes longer for a batch is ended. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 300_000;
/** Every so many batches tell what they met: that takes time. */
const COVER_EVERY = 16;
/** Workers make much that does not last: larger nurseries cost them less. */
const WORKER_FLAGS = ['--max-semi-space-size=16'];

/** Resolves when no batch is left or it is enough. Rejects with Interrupted, or when the plan cannot be carried out. */
export async function runFleet(options: FleetOptions): Promise<void> {
  const { plan, shard, done, enough, signal } = options;
  const last = options.batches ?? Number.POSITIVE_INFINITY;
  let next = shard.index;
  const take = (): number | undefined => {
    while (done.has(next)) next += shard.of;
    if (enough.aborted || next >= last) return undefined;
    next += shard.of;
    return next - shard.of;
  };
  // Of the shard's own batches, the first among them: a short part of a run tells something, too.
  const covers = (batch: number): boolean => ((batch - shard.index) / shard.of) % COVER_EVERY === 0;
  const workers = new Set<ChildProcess>();
  const killAll = () => {
    for (const worker of workers) worker.kill('SIGKILL');
  };
  signal?.addEventListener('abort', killAll);

  /** One worker until it has nothing left to do, or is gone. True when another should take its place. */
  const work = () =>
    new Promise<boolean>((resolve, reject) => {
      const first = take();
      if (first === undefined) return resolve(false);
      let batch: number = first;
      const main = fileURLToPath(moduleUrl('lockstep/fuzz/worker-main', '.js'));
      const worker = fork(main, {
        execArgv: [...process.execArgv, ...WORKER_FLAGS],
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      workers.add(worker);
      let patience: NodeJS.Timeout | undefined;
      let isLate = false;
      const begin = () => {
        clearTimeout(patience);
        patience = setTimeout(() => {
          isLate = true;
          worker.kill('SIGKILL');
        }, options.patienceMs ?? PATIENCE_MS);
        worker.send({ t: 'batch', batch, covers: covers(batch) } satisfies ToWorker);
      };
      let finished = false;
      const end = () => {
        finished = true;
        clearTimeout(patience);
        worker.kill('SIGKILL');
      };
      worker.on('message', (message: FromWorker) => {
        if (signal?.aborted) return;
        if (message.t === 'failed') {
          end();
          reject(
            message.usage
              ? new UsageError(message.message, message.remedy)
              : new EngineError(message.message, message.remedy),
          );
          return;
        }
        options.onBatch(message.result);
        const following = take();
        if (following === undefined) return end();
        batch = following;
        begin();
      });
      worker.on('error', () => {});
      worker.once('exit', (code, by) => {
        clearTimeout(patience);
        workers.delete(worker);
        if (signal?.aborted) return reject(new Interrupted());
        if (!finished) options.onBatch(lost(plan, batch, isLate ? 'hangs' : `dies (${by ?? `exit code ${code}`})`));
        resolve(!finished);
      });
      worker.send({ t: 'plan', plan, mutants: options.mutants } satisfies ToWorker);
      begin();
    });
  const keepWorking = async () => {
    while (await work());
  };
  try {
    await Promise.all(Array.from({ length: options.jobs }, keepWorking));
  } finally {
    signal?.removeEventListener('abort', killAll);
    killAll();
  }
  if (signal?.aborted) throw new Interrupted();
}

/** A batch whose process did not live to tell about it. */
function lost({ a, b }: FuzzPlan, batch: number, how: string): BatchResult {
  const finding: Finding = {
    signature: `the process ${how}`,
    batch,
    index: 0,
    settings: { a, b, privileged: false },
    wrong: 'unknown',
    culprits: [],
    programs: [],
    registers: [],
    differences: '',
  };
  return { batch, programs: 0, instructions: 0, findings: [finding], counts: { [finding.signature]: 1 } };
}
