import { setTimeout as delay } from 'node:timers/promises';
import { readWords, writeJob } from './batch-folder.ts';
import { neverSent } from './passing.ts';
import { ask } from './slurm-programs.ts';
import { askStanding } from './standing.ts';
import { type Batch, unsettled } from './tracked.ts';

export type Submitted =
  | { readonly kind: 'submitted' }
  /** Slurm will not have it, in its words. */
  | { readonly kind: 'refused'; readonly words: string }
  /** Nobody wants it any more, and Slurm has not got it; or the engine ends, and the next one asks by name. */
  | { readonly kind: 'dropped' };

/**
 * Hands a batch to Slurm exactly once, for as long as it takes. Where an answer was lost, the batch may have arrived: then it is looked for by
 * its name, and submitted again only once the controller has said, late enough to have heard of it, that there is none.
 */
export async function submitBatch(
  batch: Batch,
  options: {
    readonly hasAccounting: boolean;
    /** An earlier engine may have submitted it. */
    readonly mayBeThere: boolean;
    readonly arrivalMs: number;
    readonly closing: AbortSignal;
    readonly onSilent: (words: string) => void;
    readonly onAnswered: () => void;
  },
): Promise<Submitted> {
  const { closing, arrivalMs } = options;
  const words = readWords(batch.folder) ?? [];
  let mayBeThere = options.mayBeThere;
  let sureAt = mayBeThere ? Date.now() + arrivalMs : 0;
  for (let pause = 500; !closing.aborted; pause = Math.min(15_000, pause * 2)) {
    if (mayBeThere) {
      const asked = await askStanding([batch], options);
      const found = 'standing' in asked ? asked.standing.get(batch.name)?.values().next().value : undefined;
      if (found !== undefined) {
        writeJob(batch, found.job);
        return { kind: 'submitted' };
      }
      if ('silent' in asked) options.onSilent(asked.silent);
      else if (Date.now() >= sureAt) mayBeThere = false;
    }
    if (!mayBeThere) {
      if (unsettled(batch).length === 0) return { kind: 'dropped' };
      const answer = await ask('sbatch', [...words, `${batch.folder}/job.bash`], { folder: batch.folder });
      if (answer.kind === 'refused') return { kind: 'refused', words: answer.words };
      const job = answer.kind === 'answered' ? /^(\d+)(?:;.*)?$/m.exec(answer.text)?.[1] : undefined;
      if (job !== undefined) {
        options.onAnswered();
        writeJob(batch, job);
        return { kind: 'submitted' };
      }
      const said = answer.kind === 'answered' ? `sbatch answered ${JSON.stringify(answer.text)}` : answer.words;
      options.onSilent(said);
      if (!neverSent(said)) {
        mayBeThere = true;
        sureAt = Date.now() + arrivalMs;
      }
    }
    await delay(pause, undefined, { signal: closing }).catch(() => undefined);
  }
  return { kind: 'dropped' };
}
