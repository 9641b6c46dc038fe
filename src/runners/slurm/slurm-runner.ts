import { mkdirSync, realpathSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Resources, Runner } from '../../engine/ports/runner.ts';
import { breather } from '../../util/breather.ts';
import { findProgram, realPath } from '../../util/find-program.ts';
import { updateQueue } from '../update-queue.ts';
import { askToEnd, callOff } from '../wrapper/call-off.ts';
import { systemPath } from '../wrapper/launch-file.ts';
import { findApptainer } from './apptainer-program.ts';
import { readWords, removeBatch, writeOwner } from './batch-folder.ts';
import { askCluster, type Cluster, largestOf } from './cluster.ts';
import { fileSystemOf } from './file-system.ts';
import { handingOver } from './handing-over.ts';
import { hearing } from './hearing.ts';
import { prepare } from './preparing.ts';
import { sharedWrapper } from './shared-wrapper.ts';
import { ask } from './slurm-programs.ts';
import type { SlurmSettings } from './slurm-settings.ts';
import { owner, sweepBatches } from './sweep.ts';
import { keepTime, takeOver } from './taking-over.ts';
import { telling } from './telling.ts';
import { type Attempt, type Batch, type Element, jobOf, unsettled } from './tracked.ts';
import { watchBatches } from './watch.ts';

export interface SlurmRunnerOptions {
  /** Absolute; on a file system that the nodes see under the same path. Made if it is not there. */
  readonly workFolder: string;
  readonly settings: SlurmSettings;
}

/** Runs attempts as jobs of a Slurm cluster: arrays of like tasks, each element a launcher with its orders in a file. */
export async function openSlurmRunner(options: SlurmRunnerOptions): Promise<Runner> {
  const { settings } = options;
  mkdirSync(options.workFolder, { recursive: true, mode: 0o700 });
  const workFolder = realpathSync.native(options.workFolder);
  const wrapper = sharedWrapper(workFolder);
  const bash = findProgram('bash', systemPath);
  const place = { languages: `${wrapper}/languages`, ...(bash === undefined ? {} : { ownBash: realPath(bash) }) };
  const elsewhere = settings.scratch !== undefined;
  const apptainer = findApptainer(process.env.PATH ?? '')?.program;
  const isRemote = settings.shared || fileSystemOf(workFolder).isShared;
  const lateMs = isRemote ? Math.min(settings.lateFilesSeconds, 60) * 1000 : 1000;
  const updates = updateQueue();
  const closing = new AbortController();
  const attempts = new Map<string, Attempt>();
  const beside = new Set<Promise<void>>();
  let cluster: Cluster | undefined;

  /** What goes on beside the calls of the port: closing waits for it, and what it throws is not lost. */
  function follow(work: Promise<void>): void {
    const tracked = work.catch(updates.fail).finally(() => beside.delete(tracked));
    beside.add(tracked);
  }

  /** Where it does not answer yet, what most clusters have; then it is asked again. */
  async function askedCluster(): Promise<Cluster> {
    if (cluster !== undefined) return cluster;
    const asked = await askCluster();
    if ('words' in asked)
      return { name: '', arraySize: 1000, messageSeconds: 10, hasAccounting: false, partitions: [] };
    cluster = asked;
    return asked;
  }

  function withdraw(elements: readonly Element[]): void {
    const jobs = elements.flatMap((element) => (element.batch.job === undefined ? [] : [jobOf(element)]));
    for (let at = 0; at < jobs.length; at += 500)
      follow(ask('scancel', ['--quiet', ...jobs.slice(at, at + 500)]).then(() => watch.quicken()));
  }

  const isIdle = ({ attempts: own }: Element): boolean => own.every(({ settled }) => settled);

  const tell = telling({
    updates,
    lateFilesSeconds: isRemote ? settings.lateFilesSeconds : undefined,
    follow,
    onSettled: (attempt) => attempts.delete(attempt.token),
    onTold: (batch) => {
      if (unsettled(batch).length === 0) watch.quicken();
    },
  });

  const heard = hearing({
    tell,
    lateMs,
    soon: () => watch.quicken(),
    again(attempt) {
      const own = attempt.element?.attempts;
      own?.splice(own.indexOf(attempt), 1);
      delete attempt.element;
      over.gather(attempt);
    },
    withdraw,
  });

  const watch = watchBatches({
    isRemote,
    hasAccounting: () => cluster?.hasAccounting ?? false,
    onMark: heard.onRecord,
    onStanding: heard.onStanding,
    onDone({ folder }, { isWhole }) {
      if (isWhole) removeBatch(folder);
    },
    onBroken: updates.fail,
  });

  const over = handingOver({
    workFolder,
    wrapper,
    settings,
    listed: isRemote,
    cluster: askedCluster,
    tell,
    follow,
    closing: closing.signal,
    onSubmitted(batch: Batch) {
      watch.add(batch);
      // Called off while nobody knew its number.
      withdraw(batch.elements.filter(isIdle));
    },
  });

  return {
    name: 'slurm',
    async capacity() {
      const { partitions } = await askedCluster();
      const { maxTasks } = settings;
      // Where the cluster does not say, what is too large is Slurm's to refuse.
      const largest = partitions.length === 0 ? endless : largestOf(partitions);
      return { ...endless, pool: 'cluster', cpus: maxTasks, largest };
    },
    async submit(launches) {
      const breath = breather(8);
      for (const launch of launches) {
        try {
          const attempt = prepare(launch, { workFolder, place, elsewhere, apptainer });
          attempts.set(attempt.token, attempt);
          over.gather(attempt);
        } catch (error) {
          const why = error instanceof Error ? error.message : String(error);
          updates.push({ kind: 'not-started', token: launch.token, why });
        }
        if (breath.due()) await breath.pause();
      }
    },
    updates: (signal) => updates.take(signal),
    async adopt(adoptions) {
      const { hasAccounting } = await askedCluster();
      const { results, batches } = await takeOver(adoptions, { workFolder, hasAccounting, lateMs });
      for (const batch of batches) {
        if (readWords(batch.folder) !== undefined) writeOwner(batch, owner());
        for (const attempt of unsettled(batch)) {
          attempts.set(attempt.token, attempt);
          follow(keepTime(attempt, closing.signal));
        }
        if (batch.job === undefined && readWords(batch.folder) !== undefined) over.resume(batch);
        else watch.add(batch);
      }
      return results;
    },
    async cancel(tokens, how) {
      const touched = new Set<Element>();
      for (const token of tokens) {
        const attempt = attempts.get(token);
        if (attempt === undefined) continue;
        const { directory, element } = attempt;
        if (callOff(directory)) {
          if (element !== undefined) touched.add(element);
          tell.notStarted(attempt, 'cancelled before it began');
          continue;
        }
        const graceSeconds = how.force ? 0 : how.graceSeconds;
        attempt.cancelledBy = Date.now() + graceSeconds * 1000;
        askToEnd(directory, { ending: 'cancelled', graceSeconds });
        watch.quicken();
      }
      withdraw([...touched].filter(isIdle));
    },
    async close() {
      over.stop();
      closing.abort();
      const done = new AbortController();
      // Jobs whose tasks have all ended are about to leave the queue: whoever looks after the command is over shall find nothing of them.
      await Promise.race([
        Promise.allSettled(beside)
          .then(() => watch.finished())
          .then(() => sweepBatches(workFolder, { hasAccounting: false })),
        delay(closePatienceMs, undefined, { signal: done.signal }).catch(() => undefined),
      ]);
      done.abort();
      watch.close();
    },
  };
}

const endless: Resources = { cpus: Infinity, memoryBytes: Infinity, gpus: Infinity };

const closePatienceMs = 5000;
