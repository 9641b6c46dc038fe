import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import PQueue from 'p-queue';
import type { Adoption, AdoptionResult, Launch, Runner, RunnerUpdate } from '../../engine/ports/runner.ts';
import type { AttemptToken } from '../../util/brand.ts';
import { identityOf, marked, writeIdentity } from '../../util/process-table.ts';
import { gpuShares } from '../local/gpu-shares.ts';
import { listGpus, machineCapacity } from '../local/machine.ts';
import { updateQueue } from '../update-queue.ts';
import { linkInputs, makeAttemptDirectory, makeAttemptFolder, realSources } from '../wrapper/attempt-directory.ts';
import { askToEnd, callOff, readEnding } from '../wrapper/call-off.ts';
import { readLauncherRecord, writeExitRecord } from '../wrapper/exit-record.ts';
import { forgetSecrets } from '../wrapper/forget-secrets.ts';
import { againScript } from './again-script.ts';
import { readContainerOptions } from './container-options.ts';
import { containerShell } from './container-shell.ts';
import { containerName, containerSpec, inputPlace, readVariables, taskVariables } from './container-spec.ts';
import { type ContainerState, watchContainers } from './container-watch.ts';
import { type ContainerLook, containersOf } from './containers.ts';
import { daemonOf, isStopping, saidBy } from './daemon.ts';
import { daemonFacts } from './daemon-facts.ts';
import type { DockerSettings } from './docker-settings.ts';
import { howItEnded, needsContainer } from './how-it-ended.ts';
import { inputMounts, mountLimit } from './input-mounts.ts';
import { Closed, insist } from './insist.ts';
import { completed } from './record.ts';
import { sinceOf, sweepContainers } from './removals.ts';

export interface DockerRunnerOptions {
  /** Absolute; attempts' directories lie below it. Made if it is not there. */
  readonly workFolder: string;
  /** How many containers run at once at most. */
  readonly slots: number;
  readonly settings: DockerSettings;
}

/** An attempt that this engine looks after. */
interface Held {
  readonly token: AttemptToken;
  readonly directory: string;
  readonly memoryBytes: number | undefined;
  /** Its container has been started, by us or by another engine. */
  started: boolean;
  /** Called off before it began: nothing more is said about it. */
  calledOff: boolean;
  over: boolean;
  /** We asked for its end. */
  cancelled: boolean;
  /** Resolves when all is said about it. */
  readonly settled: PromiseWithResolvers<void>;
}

/** Runs each attempt in a container of its own, under a launcher that outlives this process. */
export async function openDockerRunner(options: DockerRunnerOptions): Promise<Runner> {
  mkdirSync(options.workFolder, { recursive: true, mode: 0o700 });
  const workFolder = realpathSync.native(options.workFolder);
  const shell = await containerShell(workFolder);
  const { docker, address } = daemonOf(options.settings);
  const engine = identityOf(process.pid);
  if (engine === undefined) throw new Error('this process is not in /proc');
  const closing = new AbortController();
  const { signal } = closing;
  const asking = containersOf(docker, { signal });
  const updates = updateQueue();
  const held = new Map<string, Held>();
  const running = new PQueue({ concurrency: Math.max(1, options.slots) });
  const timers = new Set<NodeJS.Timeout>();
  const images = new Map<string, Promise<Readonly<Record<string, string>>>>();
  const facts = daemonFacts(docker, { signal });
  /** Until a start fails for want of it. */
  let init = true;

  /** Removing goes on after the engine has let go, for as long as the daemon is there. */
  const leaving = new AbortController();
  const removing = containersOf(docker, { signal: leaving.signal });
  const removals = new Set<Promise<void>>();
  function remove(container: string): void {
    const gone = removing.remove(container).catch(() => undefined);
    removals.add(gone);
    void gone.then(() => removals.delete(gone));
  }
  const sweep = (created: boolean): Promise<void> =>
    sweepContainers(docker, { workFolder, containers: removing, created }).catch(() => undefined);
  const swept = sweep(false);

  let isAway = false;
  let outages = 0;
  const watch = watchContainers(docker, {
    workFolder,
    onEnded(token) {
      const attempt = held.get(token);
      if (attempt !== undefined) void conclude(attempt);
    },
    onListed(states) {
      isAway = false;
      for (const attempt of held.values())
        if (attempt.started && !runs(states.get(attempt.token))) void conclude(attempt);
    },
    onAway(why) {
      if (isAway) return;
      isAway = true;
      outages += 1;
      for (const attempt of held.values()) if (attempt.started) say(attempt, { kind: 'unreachable', why });
    },
  });
  type Said<U = RunnerUpdate> = U extends RunnerUpdate ? Omit<U, 'token'> : never;
  function say({ token }: Pick<Held, 'token'>, update: Said): void {
    updates.push({ ...update, token } as RunnerUpdate);
  }

  function hold(attempt: Pick<Launch | Adoption, 'token' | 'directory' | 'resources'>): Held {
    const { token, directory, resources } = attempt;
    const one: Held = {
      token,
      directory,
      memoryBytes: resources.memoryBytes,
      started: false,
      calledOff: false,
      over: false,
      cancelled: false,
      settled: Promise.withResolvers(),
    };
    held.set(token, one);
    return one;
  }

  /** What was the attempt's alone is free again. */
  function letGo(attempt: Held): void {
    attempt.over = true;
    held.delete(attempt.token);
    forgetSecrets(attempt.directory);
    void shares?.then((known) => known.release(attempt.token));
    remove(containerName(attempt.token));
    attempt.settled.resolve();
  }

  function begun(attempt: Held, container: string): void {
    if (attempt.started) return;
    attempt.started = true;
    say(attempt, { kind: 'started', external: container, at: new Date().toISOString() });
  }

  /** Its container does not run any more: finds out how the attempt ended. */
  async function conclude(attempt: Held, known?: ContainerLook): Promise<void> {
    if (attempt.over) return;
    attempt.over = true;
    const { token, directory, memoryBytes } = attempt;
    // A short task may have ended before the daemon says that it began.
    begun(attempt, containerName(token));
    try {
      const update = await endOf({ token, directory, memoryBytes }, known);
      letGo(attempt);
      say(attempt, update);
    } catch (error) {
      if (error instanceof Closed) return;
      letGo(attempt);
      say(attempt, { kind: 'lost', why: `its container cannot be asked about: ${saidBy(error)}` });
    }
  }

  async function endOf(
    attempt: Pick<Held, 'token' | 'directory' | 'memoryBytes'>,
    known?: ContainerLook,
  ): Promise<Extract<Said, { kind: 'ended' | 'lost' }>> {
    const { token, directory, memoryBytes } = attempt;
    let record = readLauncherRecord(directory, token);
    const asked = needsContainer(record, { limitedMemory: memoryBytes !== undefined });
    const container = (known ?? (asked ? await asking.look(containerName(token)) : undefined))?.end;
    // A daemon that was killed while it started a container does not know that it runs.
    while (container === undefined && record === undefined && marked({ token }).length > 0) {
      if (signal.aborted) throw new Closed();
      await delay(100, undefined, { signal }).catch(() => undefined);
      record = readLauncherRecord(directory, token);
    }
    const ended = howItEnded({ record, ending: readEnding(directory), container });
    if (ended.kind === 'lost') return ended;
    const whole = completed(ended.how, {
      token,
      record,
      container,
      since: sinceOf(directory),
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
    });
    if (JSON.stringify(record?.how) !== JSON.stringify(whole.how)) writeExitRecord(directory, whole);
    return { kind: 'ended', record: whole };
  }

  let shares: Promise<ReturnType<typeof gpuShares>> | undefined;
  function gpus(): Promise<ReturnType<typeof gpuShares>> {
    shares ??= listGpus().then((listed) => gpuShares(listed.length));
    return shares;
  }

  function variablesOf(image: string): Promise<Readonly<Record<string, string>>> {
    let found = images.get(image);
    if (found === undefined) {
      found = insist(async () => readVariables((await docker.getImage(image).inspect()).Config.Env ?? []), { signal });
      images.set(image, found);
      found.catch(() => images.delete(image));
    }
    return found;
  }

  /** Makes the directory of an attempt and says what its container is to be. */
  async function prepare(launch: Launch, attempt: Held) {
    const { token, directory, resources, activation, timeoutSeconds } = launch;
    const { container } = activation;
    if (container === undefined) throw new Error('it has no container');
    const read = readContainerOptions(container.options);
    if (!read.ok) throw new Error(`\`${read.word}\` cannot be read as an option of a container`);
    const imageVariables = await variablesOf(container.image);
    const { caller, selinux, cpus } = await facts();
    let indices: readonly number[] = [];
    if (resources.gpus > 0) {
      makeAttemptFolder(directory);
      indices = (await gpus()).take({ token, directory, count: resources.gpus });
    }
    if (attempt.calledOff) return undefined;
    const variables = taskVariables(imageVariables, read.options);
    makeAttemptDirectory(launch, { languages: shell.languages, variables });
    const sources = realSources(launch);
    const shown = inputMounts(
      launch.staged.map(({ target }, index) => ({ source: sources[index] ?? '', target })),
      { place: inputPlace, limit: mountLimit },
    );
    linkInputs(launch, shown.paths);
    writeFileSync(`${directory}/orders`, `${token}\0${directory}\0`);
    // Without a limit of its own memory is measured all the same.
    const memory = resources.memoryBytes ?? Number.MAX_SAFE_INTEGER;
    writeFileSync(`${directory}/limits`, `${Math.round((timeoutSeconds ?? 0) * 1e6)} ${memory}\n`);
    const parts = {
      token,
      directory,
      workFolder,
      engine: writeIdentity(engine ?? { boot: '', pid: 0, startTime: '' }),
      container,
      options: read.options,
      imageVariables,
      inputs: shown.mounts,
      resources,
      gpus: indices,
      shell,
      caller,
      selinux,
      cpus,
    };
    const again = againScript(containerSpec({ ...parts, init }), { argv: shell.plain(directory), host: address.url });
    writeFileSync(`${directory}/again`, again);
    return () => containerSpec({ ...parts, init });
  }

  async function made(spec: () => ReturnType<typeof containerSpec>): Promise<string> {
    const hadInit = init;
    try {
      return await asking.create(spec());
    } catch (error) {
      if (!hadInit || !lacksInit(error)) throw error;
      init = false;
      return asking.create(spec());
    }
  }

  async function start(launch: Launch, attempt: Held): Promise<void> {
    if (attempt.calledOff || signal.aborted) return;
    const spec = await prepare(launch, attempt);
    if (spec === undefined) return;
    await watch.heard();
    for (;;) {
      const outage = outages;
      const hadInit = init;
      const id = await made(spec);
      if (attempt.calledOff || signal.aborted) return remove(id);
      const answer = await asking.start(id);
      if (typeof answer === 'object') {
        if (hadInit && lacksInit(answer.failed)) {
          init = false;
          await asking.remove(id);
          continue;
        }
        // A daemon that stops fails what it is asked before it goes away: a moment, or for as long as its containers take to end.
        const until = Date.now() + (isStopping(answer.failed) ? stoppingMs.most : stoppingMs.least);
        while (outage === outages && Date.now() < until && !signal.aborted)
          await delay(50, undefined, { signal }).catch(() => undefined);
        if (outage === outages) throw answer.failed;
      }
      if (answer !== 'started') {
        await watch.heard();
        if (signal.aborted) return;
        if (callOff(attempt.directory)) {
          // Under its name the daemon may keep halves of it: the next attempt has another.
          letGo(attempt);
          if (!attempt.calledOff) say(attempt, { kind: 'lost', why: 'the Docker daemon went away before it began' });
          return;
        }
      }
      if (attempt.calledOff) return remove(id);
      if (attempt.over) return attempt.settled.promise;
      begun(attempt, id);
      if (answer !== 'started' && (await asking.look(id))?.runs !== true) void conclude(attempt);
      return attempt.settled.promise;
    }
  }

  async function run(launch: Launch, attempt: Held): Promise<void> {
    try {
      await start(launch, attempt);
    } catch (error) {
      if (error instanceof Closed || attempt.calledOff) return;
      letGo(attempt);
      say(attempt, { kind: 'not-started', why: saidBy(error) });
    }
  }

  async function adoptOne(adoption: Adoption): Promise<AdoptionResult> {
    const { token, directory, resources, timeoutSeconds } = adoption;
    const name = containerName(token);
    if (readLauncherRecord(directory, token) === undefined && callOff(directory)) {
      remove(name);
      forgetSecrets(directory);
      return { token, state: 'not-started' };
    }
    const attempt = hold(adoption);
    attempt.started = true;
    if (resources.gpus > 0) (await gpus()).adopt({ token, directory });
    // Whether the daemon can be asked shows by itself: where it cannot, the attempt counts as running until it can.
    const looked = await Promise.race([
      // What it says instead of an answer is no answer about the attempt: the watch hears of its end.
      asking.look(name).then(
        (look) => ({ look }),
        () => undefined,
      ),
      delay(5000, undefined, { ref: false }),
    ]);
    if (looked === undefined || looked.look?.runs === true) {
      if (timeoutSeconds !== undefined) endAfter(attempt, timeoutSeconds);
      return { token, state: 'running' };
    }
    // The watch heard of its end while the daemon was asked, and says it: an end is told once.
    if (attempt.over) return { token, state: 'running' };
    attempt.over = true;
    const end = await endOf(
      { token, directory, memoryBytes: resources.memoryBytes },
      looked.look ?? { id: '', token, runs: false },
    );
    letGo(attempt);
    return end.kind === 'ended' ? { token, state: 'ended', record: end.record } : { token, state: 'lost' };
  }

  /** The launcher of an attempt that is taken over keeps the limit it was given; this one counts beside it. */
  function endAfter(attempt: Held, timeoutSeconds: number): void {
    const left = sinceOf(attempt.directory) + timeoutSeconds * 1000 - Date.now();
    later(left, () => askToEnd(attempt.directory, { ending: 'timed-out', graceSeconds: 5 }));
  }

  function later(milliseconds: number, act: () => void): void {
    const wait = Math.min(Math.max(0, milliseconds), longestTimerMs);
    const timer = setTimeout(() => {
      timers.delete(timer);
      if (milliseconds > longestTimerMs) later(milliseconds - longestTimerMs, act);
      else act();
    }, wait);
    timer.unref();
    timers.add(timer);
  }

  return {
    name: 'docker',
    capacity: machineCapacity,
    async submit(launches) {
      for (const launch of launches) {
        const attempt = hold(launch);
        void running.add(() => run(launch, attempt));
      }
    },
    updates: (until) => updates.take(until),
    adopt: (adoptions) => Promise.all(adoptions.map(adoptOne)),
    async cancel(tokens, how) {
      for (const token of tokens) {
        const attempt = held.get(token);
        if (attempt === undefined || attempt.over) continue;
        if (callOff(attempt.directory)) {
          attempt.calledOff = true;
          letGo(attempt);
          say(attempt, { kind: 'not-started', why: 'cancelled before it began' });
          continue;
        }
        const graceSeconds = how.force ? 0 : how.graceSeconds;
        attempt.cancelled = true;
        askToEnd(attempt.directory, { ending: 'cancelled', graceSeconds });
        // A launcher that cannot do it, in a container that is paused for one, is ended with the task.
        later((graceSeconds + (how.force ? 2 : 5)) * 1000, () => {
          if (!attempt.over) void asking.kill(containerName(token)).catch(() => undefined);
        });
      }
    },
    async close() {
      running.clear();
      // Where the engine gave up, nobody hears of ends that were asked for: their containers shall be gone all the same.
      const ending = [...held.values()].filter(({ cancelled }) => cancelled);
      if (ending.length > 0 && !isAway) {
        const all = Promise.all(ending.map(({ settled }) => settled.promise));
        await Promise.race([all, delay(endingPatienceMs, undefined, { ref: false })]);
      }
      closing.abort();
      watch.close();
      for (const timer of timers) clearTimeout(timer);
      // What cannot be removed now is removed by the next engine.
      await Promise.race([
        Promise.all([swept, ...removals]).then(() => sweep(true)),
        delay(isAway ? 1000 : 10_000, undefined, { ref: false }),
      ]);
      leaving.abort();
    },
  };
}

/** Whether a container failed for want of a program to be its first process, which shows only then. */
const lacksInit = (error: unknown): boolean => /docker-init|container-init|catatonit/.test(saidBy(error));

const stoppingMs = { least: 1000, most: 30_000 };

/** The grace of most, and what it takes a daemon to end a container. */
const endingPatienceMs = 15_000;

/** Node takes no more, and would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

const runs = (state: ContainerState | undefined): boolean =>
  state !== undefined && !['created', 'exited', 'dead', 'removing', 'stopped', 'configured'].includes(state);
