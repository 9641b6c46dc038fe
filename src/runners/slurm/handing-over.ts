import { callOff } from '../wrapper/call-off.ts';
import { batchesFolder, batchName, newBatchId, removeBatch, writeBatch } from './batch-folder.ts';
import { type Plan, planBatches } from './batches.ts';
import type { Cluster } from './cluster.ts';
import { jobScript } from './job-script.ts';
import { sbatchWords } from './sbatch-words.ts';
import type { SlurmSettings } from './slurm-settings.ts';
import { submitBatch } from './submission.ts';
import { owner } from './sweep.ts';
import type { Telling } from './telling.ts';
import { type Attempt, type Batch, type Element, unsettled } from './tracked.ts';

/** Puts attempts into jobs. */
export interface HandingOver {
  /** Goes into the next batch, with what else comes in the same moment. */
  gather(attempt: Attempt): void;
  /** A batch of an earlier engine, which may have died before or after Slurm heard of it. */
  resume(batch: Batch): void;
  /** Gathers no more. */
  stop(): void;
}

export interface HandingOverOptions {
  readonly workFolder: string;
  readonly wrapper: string;
  readonly settings: SlurmSettings;
  readonly listed: boolean;
  readonly cluster: () => Promise<Cluster>;
  readonly tell: Telling;
  readonly follow: (work: Promise<void>) => void;
  readonly closing: AbortSignal;
  readonly onSubmitted: (batch: Batch) => void;
}

export function handingOver(options: HandingOverOptions): HandingOver {
  const { workFolder, wrapper, settings, tell, follow } = options;
  let gathered: Attempt[] = [];
  let timer: NodeJS.Timeout | undefined;

  async function handOver(waiting: readonly Attempt[]): Promise<void> {
    const cluster = await options.cluster();
    if (options.closing.aborted) return;
    const { arraySize } = cluster;
    const wanted = waiting.filter((attempt) => !attempt.settled);
    for (const plan of planBatches(wanted, { arraySize, packSeconds: settings.packSeconds })) {
      const batch = toBatch(plan);
      try {
        write(batch, plan, cluster);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        for (const attempt of unsettled(batch)) tell.notStarted(attempt, why);
        continue;
      }
      follow(submit(batch, { mayBeThere: false }));
    }
  }

  function toBatch(plan: Plan<Attempt>): Batch {
    const id = newBatchId();
    const batch: Batch = { id, name: batchName(id), folder: `${batchesFolder(workFolder)}/${id}`, elements: [] };
    for (const [index, own] of plan.elements.entries()) {
      const element: Element = { batch, index, attempts: [...own], wasRunning: false };
      batch.elements.push(element);
      for (const attempt of own) {
        attempt.element = element;
        attempt.tries += 1;
      }
    }
    return batch;
  }

  function write(batch: Batch, plan: Plan<Attempt>, { partitions }: Cluster): void {
    const { folder, name } = batch;
    const { guards } = plan;
    const { scratch } = settings;
    writeBatch(batch, {
      owner: owner(),
      script: jobScript({ batchFolder: folder, workFolder, wrapper, guards, scratch, listed: options.listed }),
      words: sbatchWords({
        name,
        folder,
        elements: plan.elements.length,
        longest: Math.max(...plan.elements.map((element) => element.length)),
        resources: plan.resources,
        ...(plan.seconds === undefined ? {} : { seconds: plan.seconds }),
        settings,
        partitions,
      }),
    });
  }

  async function submit(batch: Batch, how: { readonly mayBeThere: boolean }): Promise<void> {
    const { hasAccounting, messageSeconds } = await options.cluster();
    const result = await submitBatch(batch, {
      ...how,
      hasAccounting,
      // How long a request may be on its way whose sender has given up.
      arrivalMs: messageSeconds * 2000,
      closing: options.closing,
      onSilent: (words) => tell.silent(unsettled(batch)[0], words),
      onAnswered: () => tell.answered(),
    });
    switch (result.kind) {
      case 'submitted':
        options.onSubmitted(batch);
        return;
      case 'refused':
        // Called off, so that it stays so whatever another engine thinks of the batch.
        for (const attempt of unsettled(batch))
          if (callOff(attempt.directory))
            tell.notStarted(attempt, `Slurm refuses the job: ${result.words}${remedy(result.words)}`);
        // What has begun came with an earlier request, whose answer was lost and which was longer on its way than anybody thought.
        if (unsettled(batch).length > 0) options.onSubmitted(batch);
        else removeBatch(batch.folder);
        return;
      case 'dropped':
        if (unsettled(batch).length === 0) removeBatch(batch.folder);
    }
  }

  return {
    gather(attempt) {
      gathered.push(attempt);
      timer ??= setTimeout(() => {
        timer = undefined;
        const all = gathered;
        gathered = [];
        follow(handOver(all));
      }, gatherMs);
    },
    resume: (batch) => follow(submit(batch, { mayBeThere: true })),
    stop: () => clearTimeout(timer),
  };
}

/** Sites bound how many jobs somebody may have; Slurm says so in one sentence with other limits. */
const remedy = (words: string): string =>
  /submit limit|MaxSubmit|QOS policy/i.test(words)
    ? ' (where it is the number of jobs, `max_tasks` under [slurm] in bit.toml keeps within it)'
    : '';

const gatherMs = 100;
