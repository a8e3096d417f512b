// A process that fuzzes: is told the plan, then one batch after another, and answers with each batch's result. Started by
// fleet.ts, which it does not outlive.

import { parseTranslatorSpec } from '../../emulator/index.ts';
import { explain } from '../engine-error.ts';
import { mutantResolver } from '../mutant-resolver.ts';
import { runBatch } from './batch.ts';
import type { FromWorker, ToWorker } from './fleet.ts';

process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit());

type Run = (batch: number, covers: boolean) => Promise<void>;

const send = (message: FromWorker) => process.send?.(message);
let ready: Promise<Run> | undefined;

async function prepare({ plan, mutants }: Extract<ToWorker, { t: 'plan' }>): Promise<Run> {
  const of = (spec: string) => parseTranslatorSpec(spec, mutantResolver(mutants));
  const translators = { a: await of(plan.a), b: await of(plan.b) };
  return async (batch, covers) => void send({ t: 'result', result: await runBatch(plan, translators, batch, covers) });
}

process.on('message', (message: ToWorker) => {
  if (message.t === 'plan') ready = prepare(message);
  else
    void ready
      ?.then((run) => run(message.batch, message.covers))
      .catch((error: unknown) => send({ t: 'failed', ...explain(error) }));
});
