import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import type { Adoption, AdoptionResult, ExitRecord, Launch, Runner, RunnerUpdate } from '../../engine/ports/runner.ts';
import { type AttemptToken, asAttemptToken } from '../../util/brand.ts';
import { breather } from '../../util/breather.ts';
import { findProgram, realPath } from '../../util/find-program.ts';
import { writeIdentity } from '../../util/process-table.ts';
import { updateQueue } from '../update-queue.ts';
import {
  copyInputs,
  linkInputs,
  makeAttemptDirectory,
  makeAttemptFolder,
  realSources,
} from '../wrapper/attempt-directory.ts';
import { callOff } from '../wrapper/call-off.ts';
import { parseExitRecord, readExitRecord } from '../wrapper/exit-record.ts';
import { forgetSecrets } from '../wrapper/forget-secrets.ts';
import { systemPath } from '../wrapper/launch-file.ts';
import { wrapperFolder } from '../wrapper/wrapper-folder.ts';
import { awaitAdopted } from './adopted.ts';
import { endStragglers, findAttempt } from './adoption.ts';
import { type GpuShares, gpuShares } from './gpu-shares.ts';
import { guardOf, type IsolationMode } from './isolation.ts';
import { launcherPool, type Order } from './launcher-pool.ts';
import { sweepLaunchers } from './leftover-launchers.ts';
import { listGpus, machineCapacity } from './machine.ts';
import { watchRunning } from './running.ts';

export interface LocalRunnerOptions {
  /** Absolute; attempts' directories lie below it. Made if it is not there. */
  readonly workFolder: string;
  /** How many tasks run at once at most; more wait their turn. */
  readonly slots: number;
  /** Ways to isolate tasks, in the order to try them. Left out: the strongest this machine allows. */
  readonly isolation?: readonly IsolationMode[];
}

/** Runs attempts on this machine, each under a launcher shell that outlives this process. */
export async function openLocalRunner(options: LocalRunnerOptions): Promise<Runner> {
  mkdirSync(options.workFolder, { recursive: true, mode: 0o700 });
  const workFolder = realpathSync.native(options.workFolder);
  sweepLaunchers(workFolder);
  const wrapper = wrapperFolder();
  const bash = findProgram('bash', systemPath);
  const place = { languages: `${wrapper}/languages`, ...(bash === undefined ? {} : { ownBash: realPath(bash) }) };
  const updates = updateQueue();
  const watch = watchRunning();
  const launches = new Map<string, Launch>();
  const stopWaiting = new Map<string, () => void>();
  /** Attempts whose launch file holds secrets, with their directories: it goes when they end. */
  const withSecrets = new Map<string, string>();
  const ownGuard = guardOf(workFolder);

  const pool = launcherPool({
    workFolder,
    wrapper,
    slots: Math.max(1, options.slots),
    modes: options.isolation,
    guards: ownGuard === undefined || ownGuard === workFolder ? [] : [ownGuard],
    onHandedOver(order, launcher) {
      const launch = launches.get(order.token);
      launches.delete(order.token);
      const since = Date.now();
      watch.add({
        token: order.token,
        directory: order.directory,
        launchers: [launcher.identity],
        since,
        ...(launch?.timeoutSeconds === undefined ? {} : { timeoutSeconds: launch.timeoutSeconds }),
        ...(launch?.resources.memoryBytes === undefined ? {} : { memoryBytes: launch.resources.memoryBytes }),
      });
      say(order, {
        kind: 'started',
        external: writeIdentity(launcher.identity),
        at: new Date(since).toISOString(),
      });
    },
    onEnded(order, line) {
      const record = parseExitRecord(line);
      if (record === undefined) void lost(order.token, 'its launcher wrote a record that cannot be read');
      else ended(record);
    },
    onGone(order) {
      const record = readExitRecord(order.directory, order.token);
      if (record !== undefined) ended(record);
      else if (callOff(order.directory)) {
        watch.forget(order.token);
        say(order, { kind: 'not-started', why: 'its launcher ended before it began' });
      } else void lost(order.token, 'the launcher that ran it is gone');
    },
    onDeclined(order) {
      // One that was called off is forgotten already.
      if (watch.get(order.token) === undefined) return;
      watch.forget(order.token);
      say(order, { kind: 'not-started', why: `no files can be made in ${order.directory}` });
    },
    onRefused: (order, why) => say(order, { kind: 'not-started', why }),
  });

  type Said<U = RunnerUpdate> = U extends RunnerUpdate ? Omit<U, 'token'> : never;
  function say(order: Pick<Order, 'token'>, update: Said): void {
    if (update.kind === 'not-started') release(order.token);
    updates.push({ ...update, token: asAttemptToken(order.token) } as RunnerUpdate);
  }

  function ended(record: ExitRecord): void {
    release(record.token);
    updates.push({ kind: 'ended', token: record.token, record: watch.finish(record) });
  }

  let shares: Promise<GpuShares> | undefined;
  function gpus(): Promise<GpuShares> {
    shares ??= listGpus().then((listed) => gpuShares(listed.length));
    return shares;
  }

  /** What was the attempt's alone is free again. */
  function release(token: string): void {
    void shares?.then((known) => known.release(token));
    const directory = withSecrets.get(token);
    withSecrets.delete(token);
    if (directory !== undefined) forgetSecrets(directory);
  }

  async function lost(token: string, why: string): Promise<void> {
    release(token);
    const launcher = watch.get(token)?.launchers[0];
    watch.forget(token);
    await endStragglers(token, launcher);
    say({ token }, { kind: 'lost', why });
  }

  async function prepare(launch: Launch, mode: IsolationMode): Promise<Order> {
    if ((launch.activation.secrets?.length ?? 0) > 0) withSecrets.set(launch.token, launch.directory);
    const { activation, resources } = launch;
    if (resources.gpus > 0) {
      makeAttemptFolder(launch.directory);
      const indices = (await gpus()).take({ ...launch, count: resources.gpus });
      const variables = { CUDA_VISIBLE_DEVICES: indices.join(','), ...activation.variables };
      makeAttemptDirectory({ ...launch, activation: { ...activation, variables } }, place);
    } else makeAttemptDirectory(launch, place);
    const guards = new Set<string>();
    if (mode === 'none') await copyInputs(launch);
    else if (launch.staged.length > 0) {
      const sources = realSources(launch);
      linkInputs(launch, sources);
      for (const source of sources) {
        const guard = source.startsWith(`${workFolder}/`) ? undefined : guardOf(source);
        if (guard !== undefined) guards.add(guard);
      }
    }
    return { token: launch.token, directory: launch.directory, guards: [...guards] };
  }

  async function adoptOne(adoption: Adoption): Promise<AdoptionResult> {
    const { result, running } = await findAttempt(adoption, { workFolder });
    if (running === undefined) {
      forgetSecrets(adoption.directory);
      return result;
    }
    const { token } = running;
    watch.add(running);
    if (existsSync(`${running.directory}/secret`)) withSecrets.set(token, running.directory);
    if (adoption.resources.gpus > 0) (await gpus()).adopt(running);
    stopWaiting.set(
      token,
      awaitAdopted(running, {
        ended(record) {
          stopWaiting.delete(token);
          ended(record);
        },
        lost() {
          stopWaiting.delete(token);
          void lost(token, 'the launcher that ran it is gone');
        },
      }),
    );
    return result;
  }

  return {
    name: 'local',
    capacity: machineCapacity,
    async submit(batch) {
      const mode = await pool.mode();
      const breath = breather(8);
      for (const launch of batch) {
        try {
          const order = await prepare(launch, mode);
          launches.set(launch.token, launch);
          pool.enqueue(order);
        } catch (error) {
          say(launch, { kind: 'not-started', why: error instanceof Error ? error.message : String(error) });
        }
        if (breath.due()) await breath.pause();
      }
    },
    updates: (signal) => updates.take(signal),
    adopt: (adoptions) => Promise.all(adoptions.map(adoptOne)),
    async cancel(tokens: readonly AttemptToken[], how) {
      for (const token of tokens) {
        const running = watch.get(token);
        if (running !== undefined) {
          if (callOff(running.directory)) {
            watch.forget(token);
            say({ token }, { kind: 'not-started', why: 'cancelled before it began' });
          } else watch.end(token, { ending: 'cancelled', ...how });
        } else if (pool.withdraw(token)) {
          launches.delete(token);
          say({ token }, { kind: 'not-started', why: 'cancelled before it began' });
        }
      }
    },
    async close() {
      await pool.close();
      watch.close();
      for (const stop of stopWaiting.values()) stop();
    },
  };
}
