import { existsSync, mkdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type {
  Adoption,
  AdoptionResult,
  Capacity,
  ExitRecord,
  Launch,
  Runner,
  RunnerUpdate,
} from '../../engine/ports/runner.ts';
import type { AttemptToken } from '../../util/brand.ts';
import { breather } from '../../util/breather.ts';
import { findProgram, realPath } from '../../util/find-program.ts';
import { guardOf } from '../local/isolation.ts';
import { updateQueue } from '../update-queue.ts';
import { linkInputs, makeAttemptDirectory, realSources } from '../wrapper/attempt-directory.ts';
import { callOff, noteEnding } from '../wrapper/call-off.ts';
import { isTerminated, readLauncherRecord, type TerminatedRecord } from '../wrapper/exit-record.ts';
import { systemPath } from '../wrapper/launch-file.ts';
import {
  batchesFolder,
  batchName,
  lastWords,
  newBatchId,
  readJob,
  readPlace,
  readWords,
  removeMark,
  writeBatch,
} from './batch-folder.ts';
import { planBatches } from './batches.ts';
import { askCluster, type Cluster, largestOf } from './cluster.ts';
import { fileSystemOf } from './file-system.ts';
import { jobScript } from './job-script.ts';
import type { JobState } from './job-state.ts';
import { awaitLateFiles } from './late-files.ts';
import type { Seen } from './queue.ts';
import { sbatchWords } from './sbatch-words.ts';
import { sharedWrapper } from './shared-wrapper.ts';
import { ask } from './slurm-programs.ts';
import type { SlurmSettings } from './slurm-settings.ts';
import { type Asked, askStanding } from './standing.ts';
import { submitBatch } from './submission.ts';
import { writeSynthetic } from './synthetic-record.ts';
import { type Attempt, type Batch, type Element, jobOf, unsettled } from './tracked.ts';
import { verdict } from './verdict.ts';
import { isDone, watchBatches } from './watch.ts';

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
  const isRemote = settings.shared || fileSystemOf(workFolder).isShared;
  const lateMs = isRemote ? Math.min(settings.lateFilesSeconds, 60) * 1000 : 1000;
  const ownGuard = guardOf(workFolder);
  const updates = updateQueue();
  const closing = new AbortController();
  const attempts = new Map<string, Attempt>();
  const gathered: Attempt[] = [];
  const under = new Set<Promise<void>>();
  let gathering: NodeJS.Timeout | undefined;
  let cluster: Cluster | undefined;

  const watch = watchBatches({
    isRemote,
    hasAccounting: () => cluster?.hasAccounting ?? false,
    onMark: (attempt) => lookAtRecord(attempt, attempt.element?.state),
    onStanding,
  });

  // — Saying —

  type Said<U = RunnerUpdate> = U extends RunnerUpdate ? Omit<U, 'token'> : never;
  const say = (attempt: Attempt, update: Said): void =>
    updates.push({ ...update, token: attempt.token } as RunnerUpdate);

  /** From here on nobody else tells of its end. */
  function settle(attempt: Attempt): void {
    attempt.settled = true;
    attempts.delete(attempt.token);
    if (attempt.hasSecrets) rmSync(`${attempt.directory}/launch`, { force: true });
    if (attempt.element !== undefined) removeMark(attempt.element.batch, attempt);
  }

  function start(attempt: Attempt, at: string): void {
    if (attempt.started || attempt.element?.batch.job === undefined) return;
    attempt.started = true;
    say(attempt, { kind: 'started', external: jobOf(attempt.element), at });
  }

  function end(attempt: Attempt, record: ExitRecord): void {
    settle(attempt);
    const told = isRemote ? awaitLateFiles(attempt.directory, { seconds: settings.lateFilesSeconds }) : undefined;
    const tell = (): void => {
      start(attempt, record.startedAt);
      say(attempt, { kind: 'ended', record });
      tidy(attempt.element?.batch);
    };
    if (told === undefined) tell();
    else follow(told.then(tell));
  }

  function notStarted(attempt: Attempt, why: string): void {
    settle(attempt);
    say(attempt, { kind: 'not-started', why });
    tidy(attempt.element?.batch);
  }

  function lose(attempt: Attempt, why: string): void {
    settle(attempt);
    say(attempt, { kind: 'lost', why });
    tidy(attempt.element?.batch);
  }

  function doubt(batch: Batch, why: string): void {
    for (const attempt of unsettled(batch)) {
      if (attempt.doubted) continue;
      attempt.doubted = true;
      say(attempt, { kind: 'unreachable', why });
    }
  }

  /** What is begun beside the calls of the port, so that closing waits for it. */
  function follow(work: Promise<void>): void {
    const tracked = work.catch(updates.fail).finally(() => under.delete(tracked));
    under.add(tracked);
  }

  // — Handing over —

  async function theCluster(): Promise<Cluster> {
    if (cluster !== undefined) return cluster;
    const asked = await askCluster();
    if ('words' in asked) return { name: '', arraySize: 1000, hasAccounting: false, partitions: [] };
    cluster = asked;
    return asked;
  }

  function prepare(launch: Launch): Attempt {
    const { directory, timeoutSeconds, resources } = launch;
    makeAttemptDirectory(launch, { ...place, elsewhere: settings.scratch !== undefined });
    const guards = new Set<string>();
    if (ownGuard !== undefined && ownGuard !== workFolder) guards.add(ownGuard);
    if (launch.staged.length > 0) {
      const sources = realSources(launch);
      linkInputs(launch, sources);
      writeFileSync(`${directory}/inputs`, launch.staged.map(({ target }) => `${target}\0`).join(''));
      for (const source of sources) {
        const guard = source.startsWith(`${workFolder}/`) ? undefined : guardOf(source);
        if (guard !== undefined) guards.add(guard);
      }
    }
    if (timeoutSeconds !== undefined || resources.memoryBytes !== undefined) {
      const microseconds = Math.ceil((timeoutSeconds ?? 0) * 1e6);
      writeFileSync(`${directory}/limits`, `${microseconds} ${Math.ceil(resources.memoryBytes ?? 0)}\n`);
    }
    return track(launch, { hasSecrets: (launch.activation.secrets?.length ?? 0) > 0, guards: [...guards] });
  }

  function track(
    of: Pick<Launch, 'token' | 'directory' | 'resources' | 'timeoutSeconds'>,
    more: { readonly hasSecrets: boolean; readonly guards: readonly string[] },
  ): Attempt {
    const { token, directory, resources, timeoutSeconds } = of;
    const attempt: Attempt = {
      token,
      directory,
      resources,
      ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
      ...more,
      tries: 0,
      started: false,
      settled: false,
      doubted: false,
    };
    attempts.set(token, attempt);
    return attempt;
  }

  function gather(attempt: Attempt): void {
    gathered.push(attempt);
    gathering ??= setTimeout(() => {
      gathering = undefined;
      follow(handOver(gathered.splice(0)));
    }, gatherMs);
  }

  async function handOver(waiting: readonly Attempt[]): Promise<void> {
    const { arraySize, partitions } = await theCluster();
    if (closing.signal.aborted) return;
    const plans = planBatches(
      waiting.filter((attempt) => !attempt.settled),
      { arraySize, packSeconds: settings.packSeconds },
    );
    for (const plan of plans) {
      const id = newBatchId();
      const elements: Element[] = [];
      const batch: Batch = { id, name: batchName(id), folder: `${batchesFolder(workFolder)}/${id}`, plan, elements };
      for (const [index, own] of plan.elements.entries()) {
        const element: Element = { batch, index, attempts: own, wasRunning: false };
        elements.push(element);
        for (const attempt of own) {
          attempt.element = element;
          attempt.tries += 1;
        }
      }
      const script = jobScript({
        batchFolder: batch.folder,
        workFolder,
        wrapper,
        guards: plan.guards,
        scratch: settings.scratch,
        listed: isRemote,
      });
      const words = sbatchWords({
        name: batch.name,
        elements: elements.length,
        attempts: plan.elements.flat().length,
        resources: plan.resources,
        ...(plan.seconds === undefined ? {} : { seconds: plan.seconds }),
        settings,
        partitions,
      });
      try {
        writeBatch(batch, { script, words });
      } catch (error) {
        for (const attempt of unsettled(batch))
          notStarted(attempt, error instanceof Error ? error.message : String(error));
        continue;
      }
      follow(submit(batch, { mayBeThere: false }));
    }
  }

  async function submit(batch: Batch, options: { readonly mayBeThere: boolean }): Promise<void> {
    const { hasAccounting } = await theCluster();
    const result = await submitBatch(batch, {
      ...options,
      hasAccounting,
      closing: closing.signal,
      onSilent: (words) => doubt(batch, `Slurm cannot be asked: ${words}`),
    });
    switch (result.kind) {
      case 'submitted': {
        watch.add(batch);
        for (const attempt of unsettled(batch)) attempt.doubted = false;
        withdraw(batch.elements.filter(({ attempts: own }) => own.every(({ settled }) => settled)));
        return;
      }
      case 'refused':
        for (const attempt of unsettled(batch)) {
          if (callOff(attempt.directory)) notStarted(attempt, `Slurm refused the job: ${result.words}`);
        }
        rmSync(batch.folder, { recursive: true, force: true });
        return;
      case 'dropped':
        if (unsettled(batch).length === 0) rmSync(batch.folder, { recursive: true, force: true });
        return;
    }
  }

  // — Hearing —

  /** Tells of the end by the record, if it is whole; true where nothing more is to be looked for. */
  function lookAtRecord(attempt: Attempt, state: JobState | undefined): boolean {
    if (attempt.settled || attempt.terminated !== undefined) return true;
    const record = readLauncherRecord(attempt.directory, attempt.token);
    if (record === undefined) return false;
    if (isTerminated(record)) explain(attempt, record, state);
    else end(attempt, record);
    return true;
  }

  /** Somebody ended the task: the state of its job says who and why, once it is over. */
  function explain(attempt: Attempt, record: TerminatedRecord, state: JobState | undefined): void {
    if (attempt.cancelledBy === undefined && state?.standing !== 'over') {
      attempt.terminated = record;
      watch.quicken();
      return;
    }
    const said = verdictOn(attempt, state);
    end(attempt, { ...record, how: said.kind === 'ended' ? said.how : { kind: 'signalled', signal: 'SIGTERM' } });
  }

  function verdictOn(attempt: Attempt, state: JobState | undefined): ReturnType<typeof verdict> {
    const job = attempt.element === undefined ? '?' : jobOf(attempt.element);
    return verdict({ job, state, cancelled: attempt.cancelledBy !== undefined });
  }

  function onStanding(batches: readonly Batch[], asked: Asked): void {
    for (const batch of batches) {
      if ('silent' in asked) {
        doubt(batch, `Slurm cannot be asked: ${asked.silent}`);
        continue;
      }
      for (const attempt of unsettled(batch)) attempt.doubted = false;
      const elements = asked.standing.get(batch.name);
      for (const element of batch.elements) onSeen(element, elements?.get(element.index));
      tidy(batch);
    }
  }

  function onSeen(element: Element, seen: Seen | undefined): void {
    const now = Date.now();
    const state: JobState = seen?.state ?? { word: 'GONE', standing: 'over' };
    element.state = state;
    const own = element.attempts.filter((attempt) => !attempt.settled);
    if (own.length === 0) return;
    switch (state.standing) {
      case 'running': {
        element.wasRunning = true;
        delete element.doneSince;
        const [first] = own;
        if (first !== undefined && existsSync(`${first.directory}/stdout`)) start(first, new Date().toISOString());
        pursue(element, own, now);
        return;
      }
      case 'waiting':
        // Back in the queue: what had begun was ended with its node, and is not begun again.
        if (!element.wasRunning) return;
        element.doneSince ??= now;
        for (const attempt of own) {
          if (!existsSync(`${attempt.directory}/stdout`) || lookAtRecord(attempt, state)) continue;
          if (now - element.doneSince < lateMs) watch.quicken();
          else
            conclude(attempt, {
              kind: 'preempted',
              why: `job ${jobOf(element)} was taken off its node and put back into the queue`,
            });
        }
        return;
      case 'over':
        element.doneSince ??= now;
        for (const attempt of own) onOver(attempt, { state, isLate: now - element.doneSince >= lateMs });
        return;
      case 'unknown':
        for (const attempt of own) {
          if (attempt.doubted) continue;
          attempt.doubted = true;
          say(attempt, {
            kind: 'unreachable',
            why: `job ${jobOf(element)} is in a state that is not known here: ${state.word}`,
          });
        }
    }
  }

  function onOver(attempt: Attempt, of: { readonly state: JobState; readonly isLate: boolean }): void {
    const { state, isLate } = of;
    if (attempt.terminated !== undefined) return explain(attempt, attempt.terminated, state);
    if (lookAtRecord(attempt, state)) return;
    // A record may be on its way, and so may the sign that the task began.
    if (!isLate) return watch.quicken();
    const said = verdictOn(attempt, known(state));
    if (existsSync(`${attempt.directory}/stdout`)) {
      if (said.kind === 'ended') conclude(attempt, said.how);
      else lose(attempt, said.why);
    } else if (said.kind === 'ended' && said.how.kind === 'cancelled') {
      if (callOff(attempt.directory)) conclude(attempt, said.how);
    } else if (attempt.tries < mostTries) {
      attempts.set(attempt.token, attempt);
      const { element } = attempt;
      if (element !== undefined) leave(element, attempt);
      gather(attempt);
    } else if (callOff(attempt.directory)) {
      const words = attempt.element === undefined ? '' : lastWords(attempt.element.batch);
      const job = attempt.element === undefined ? 'its job' : `job ${jobOf(attempt.element)}`;
      notStarted(
        attempt,
        `${job} ended (${state.word}) before the task began, ${mostTries} times${words === '' ? '' : `: ${words}`}`,
      );
    }
  }

  /** It goes into another job: this one answers for it no longer. */
  function leave(element: Element, attempt: Attempt): void {
    const at = element.attempts.indexOf(attempt);
    if (at >= 0) (element.attempts as Attempt[]).splice(at, 1);
    delete attempt.element;
  }

  /** Tells of an end that nothing recorded, and records it, so that whoever looks later finds the same. */
  function conclude(attempt: Attempt, how: ExitRecord['how']): void {
    writeSynthetic(attempt, how);
    const record = readLauncherRecord(attempt.directory, attempt.token);
    if (record === undefined) lose(attempt, 'its record could not be written');
    else end(attempt, isTerminated(record) ? { ...record, how } : record);
  }

  /** The launcher was to see to its end and has not: then Slurm ends the job. */
  function pursue(element: Element, own: readonly Attempt[], now: number): void {
    if (own.every(({ cancelledBy }) => cancelledBy !== undefined && now > cancelledBy + 5000)) withdraw([element]);
    else if (own.some(({ cancelledBy }) => cancelledBy !== undefined)) watch.quicken();
  }

  // — Ending —

  function withdraw(elements: readonly Element[]): void {
    const jobs = elements.flatMap((element) => (element.batch.job === undefined ? [] : [jobOf(element)]));
    for (let at = 0; at < jobs.length; at += 500)
      follow(ask('scancel', ['--quiet', ...jobs.slice(at, at + 500)]).then(() => watch.quicken()));
  }

  function tidy(batch: Batch | undefined): void {
    if (batch === undefined || !watch.has(batch)) return;
    if (!isDone(batch)) {
      if (unsettled(batch).length === 0) watch.quicken();
      return;
    }
    watch.forget(batch);
    rmSync(batch.folder, { recursive: true, force: true });
    for (const wake of waitingForTidy) wake();
  }
  const waitingForTidy = new Set<() => void>();

  // — Taking over —

  async function adopt(adoptions: readonly Adoption[]): Promise<readonly AdoptionResult[]> {
    const { hasAccounting } = await theCluster();
    const results = new Map<AttemptToken, AdoptionResult>();
    const open: { readonly adoption: Adoption; readonly batch: string; readonly index: number }[] = [];
    for (const adoption of adoptions) {
      const { token, directory } = adoption;
      const record = readLauncherRecord(directory, token);
      const at = readPlace(directory);
      if (record !== undefined && !isTerminated(record)) results.set(token, { token, state: 'ended', record });
      else if (at !== undefined) open.push({ adoption, ...at });
      else results.set(token, { token, state: callOff(directory) ? 'not-started' : 'lost' });
    }
    const batches = new Map<string, { readonly batch: Batch; readonly elements: Map<number, Attempt[]> }>();
    for (const { batch: id } of open) {
      if (batches.has(id)) continue;
      const folder = `${batchesFolder(workFolder)}/${id}`;
      const job = readJob(folder);
      batches.set(id, {
        batch: { id, name: batchName(id), folder, elements: [], ...(job === undefined ? {} : { job }) },
        elements: new Map(),
      });
    }
    const asked = await askStanding(
      [...batches.values()].map(({ batch }) => batch),
      { hasAccounting },
    );
    const late: (typeof open)[number][] = [];
    const takeOver = (one: (typeof open)[number]): void => {
      const { adoption, index } = one;
      const made = batches.get(one.batch);
      if (made === undefined) return;
      const attempt = track(adoption, { hasSecrets: existsSync(`${adoption.directory}/secret`), guards: [] });
      attempt.tries = 1;
      let element = made.batch.elements.find((other) => other.index === index);
      if (element === undefined) {
        element = { batch: made.batch, index, attempts: [], wasRunning: true };
        (made.batch.elements as Element[]).push(element);
      }
      (element.attempts as Attempt[]).push(attempt);
      attempt.element = element;
      keepTime(attempt);
      results.set(adoption.token, { token: adoption.token, state: 'running' });
    };
    for (const one of open) {
      const made = batches.get(one.batch);
      if (made === undefined) continue;
      const elements = 'standing' in asked ? asked.standing.get(made.batch.name) : undefined;
      const seen = elements?.get(one.index);
      if (seen !== undefined) made.batch.job ??= seen.job;
      if ('silent' in asked || (seen !== undefined && seen.state.standing !== 'over')) takeOver(one);
      else late.push(one);
    }
    if (late.length > 0) await delay(lateMs);
    for (const one of late) {
      const { token, directory } = one.adoption;
      const made = batches.get(one.batch);
      const record = readLauncherRecord(directory, token);
      const state =
        made && 'standing' in asked ? asked.standing.get(made.batch.name)?.get(one.index)?.state : undefined;
      const job = `${made?.batch.job ?? '?'}_${one.index}`;
      if (record !== undefined && !isTerminated(record)) results.set(token, { token, state: 'ended', record });
      else if (callOff(directory)) results.set(token, { token, state: 'not-started' });
      else {
        const said = verdict({ job, state, cancelled: existsSync(`${directory}/ending`) });
        if (said.kind === 'ended') writeSynthetic(one.adoption, said.how);
        const made_ = said.kind === 'ended' ? readLauncherRecord(directory, token) : undefined;
        if (record !== undefined && isTerminated(record))
          results.set(token, {
            token,
            state: 'ended',
            record: { ...record, how: said.kind === 'ended' ? said.how : { kind: 'signalled', signal: 'SIGTERM' } },
          });
        else if (made_ !== undefined && !isTerminated(made_))
          results.set(token, { token, state: 'ended', record: made_ });
        else results.set(token, { token, state: 'lost' });
      }
    }
    for (const { batch } of batches.values()) {
      if (batch.elements.length === 0) {
        if (
          'standing' in asked &&
          ![...(asked.standing.get(batch.name)?.values() ?? [])].some(({ state }) => state.standing !== 'over')
        )
          rmSync(batch.folder, { recursive: true, force: true });
        continue;
      }
      if (batch.job !== undefined) watch.add(batch);
      else if (readWords(batch.folder) !== undefined) follow(submit(batch, { mayBeThere: true }));
    }
    return adoptions.map(({ token }) => results.get(token) ?? { token, state: 'lost' });
  }

  /** A time that the launcher was not told is kept from here. */
  function keepTime(attempt: Attempt): void {
    const { directory, timeoutSeconds } = attempt;
    if (timeoutSeconds === undefined || existsSync(`${directory}/limits`)) return;
    const since = statSync(`${directory}/stdout`, { throwIfNoEntry: false })?.birthtimeMs;
    if (since === undefined) return;
    const late = since + timeoutSeconds * 1000 - Date.now();
    follow(
      delay(Math.max(0, late), undefined, { signal: closing.signal }).then(
        () => noteEnding(directory, 'timed-out'),
        () => undefined,
      ),
    );
  }

  return {
    name: 'slurm',
    async capacity(): Promise<Capacity> {
      const { partitions } = await theCluster();
      const most = settings.maxTasks;
      return {
        pool: 'cluster',
        cpus: most,
        memoryBytes: Number.MAX_SAFE_INTEGER,
        gpus: most,
        ...(partitions.length === 0 ? {} : { largest: largestOf(partitions) }),
      };
    },
    async submit(launches) {
      const breath = breather(8);
      for (const launch of launches) {
        try {
          gather(prepare(launch));
        } catch (error) {
          updates.push({
            kind: 'not-started',
            token: launch.token,
            why: error instanceof Error ? error.message : String(error),
          });
        }
        if (breath.due()) await breath.pause();
      }
    },
    updates: (signal) => updates.take(signal),
    adopt,
    async cancel(tokens, how) {
      const touched = new Set<Element>();
      for (const token of tokens) {
        const attempt = attempts.get(token);
        if (attempt === undefined || attempt.settled) continue;
        const { directory, element } = attempt;
        if (callOff(directory)) {
          if (element !== undefined) touched.add(element);
          notStarted(attempt, 'cancelled before it began');
          continue;
        }
        const graceSeconds = how.force ? 0 : how.graceSeconds;
        attempt.cancelledBy = Date.now() + graceSeconds * 1000;
        writeFileSync(`${directory}/grace`, `${Math.round(graceSeconds * 1e6)}\n`);
        noteEnding(directory, 'cancelled');
        watch.quicken();
      }
      withdraw([...touched].filter(({ attempts: own }) => own.every(({ settled }) => settled)));
    },
    async close() {
      clearTimeout(gathering);
      closing.abort();
      const patience = AbortSignal.timeout(closePatienceMs);
      await Promise.race([Promise.allSettled(under), delay(closePatienceMs, undefined, { ref: false })]);
      // Jobs whose tasks have all ended are about to leave the queue: whoever looks after the command is over shall find nothing of them.
      while (!patience.aborted && watch.finishing()) {
        await new Promise<void>((resolve) => {
          waitingForTidy.add(resolve);
          patience.addEventListener('abort', () => resolve());
        });
        waitingForTidy.clear();
      }
      watch.close();
    },
  };
}

const gatherMs = 100;
const mostTries = 3;
const closePatienceMs = 5000;

/** A job that nothing is known of says nothing either. */
const known = (state: JobState): JobState | undefined => (state.word === 'GONE' ? undefined : state);
