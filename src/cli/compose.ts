import { existsSync, statSync } from 'node:fs';
import { availableParallelism, homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type Environment, openCredentials } from '../data/credentials/index.ts';
import { tables } from '../data/formats/engine-tables.ts';
import { formats } from '../data/formats/index.ts';
import { openRemotes, type RemoteSettings } from '../data/remote/index.ts';
import { createRemoteContent } from '../data/remote/remote-content.ts';
import { createRemotePublisher } from '../data/remote/remote-publisher.ts';
import { createSources } from '../data/sources/index.ts';
import type { EnginePorts, RunOptions } from '../engine/index.ts';
import type { Clock } from '../engine/ports/clock.ts';
import type { Environments } from '../engine/ports/environments.ts';
import type { SettingsOf } from '../engine/ports/process-settings.ts';
import { StoreProblem } from '../engine/ports/run-store.ts';
import type { RunnerName, Runners } from '../engine/ports/runner.ts';
import type { DockerSettings } from '../runners/docker/index.ts';
import { openEnvironments } from '../runners/environment/index.ts';
import { openLocalRunner } from '../runners/local/index.ts';
import { openRunners } from '../runners/runners.ts';
import type { SlurmSettings } from '../runners/slurm/index.ts';
import { openStore, type Store } from '../store/index.ts';
import { ownUser } from '../util/own-user.ts';
import { packageVersion } from '../util/package-root.ts';
import { lineageDocument } from './queries/lineage-forms.ts';
import { buildingLine, readyLine } from './reporters/environment-lines.ts';

/** The engine's world, put together. The only place that knows which implementation stands behind which port. */
export interface World {
  readonly ports: EnginePorts;
  /** Attempts' directories lie below it. */
  readonly workFolder: string;
  close(): Promise<void>;
}

/** Where processes run, and how those places are reached. */
export interface Placement {
  /** Of processes that nobody sends elsewhere. */
  readonly runner: RunnerName;
  readonly settingsOf: SettingsOf;
  readonly docker: DockerSettings;
  readonly slurm: SlurmSettings;
}

/** For `run`: a store that is made where there is none, and a runner. Rejects with `StoreProblem` where the store cannot be used. */
export async function openWorld(options: {
  readonly store: string;
  readonly cpus: number | undefined;
  readonly offline: boolean;
  /** Where the database of a store that is made lies, if not in it. */
  readonly database: string | undefined;
  readonly placement: Placement;
  readonly remote: RemoteSettings;
  readonly environment: Environment;
}): Promise<World> {
  refuseFile(options.store);
  const { database } = options;
  const store = await openStore(options.store, {
    create: true,
    readOnly: false,
    ...(database !== undefined && { database }),
  });
  const workFolder = store.layout.work;
  const slots = options.cpus ?? availableParallelism();
  const { docker, slurm } = options.placement;
  const runners = openRunners({
    local: () => openLocalRunner({ workFolder, slots }),
    docker: async () =>
      (await import('../runners/docker/index.ts')).openDockerRunner({ workFolder, slots, settings: docker }),
    slurm: async () => (await import('../runners/slurm/index.ts')).openSlurmRunner({ workFolder, settings: slurm }),
  });
  const environments = openPlacedEnvironments(store.layout.environments, options);
  const elsewhere = openElsewhere(store, options);
  return {
    workFolder,
    ports: {
      store: store.runs,
      content: store.content,
      publisher: store.publisher,
      runners,
      environments: tellingWhenReady(environments),
      sources: elsewhere.sources,
      remote: elsewhere.content,
      remotePublisher: elsewhere.remotePublisher,
      formats,
      tables,
      clock,
      impact: store.impact,
    },
    close: async () => {
      try {
        await runners.close();
        await elsewhere.close();
      } finally {
        await store.close();
      }
    },
  };
}

/** For `plan`: the store as it is, or as an empty one where there is none, and nothing that could start a task. */
export async function openPlanningWorld(options: {
  readonly store: string;
  readonly offline: boolean;
  readonly placement: Placement;
  /** Remote data come into the store, which is made for them where there is none. */
  readonly fetch: boolean;
  readonly remote: RemoteSettings;
  readonly environment: Environment;
}): Promise<World> {
  refuseFile(options.store);
  const store = await openStore(options.store, { create: options.fetch, readOnly: false }).catch((error: unknown) => {
    // What may not be written can still be asked.
    if (error instanceof StoreProblem && (error.why === 'read-only' || error.why === 'denied')) {
      return openStore(options.store, { create: false, readOnly: true });
    }
    throw error;
  });
  // What programs say about themselves is remembered in the store; where there is none, a plan does not begin one.
  const folder = existsSync(options.store) ? store.layout.environments : join(cacheFolder(), 'environments');
  const environments = openPlacedEnvironments(folder, options);
  const elsewhere = openElsewhere(store, options);
  return {
    workFolder: store.layout.work,
    ports: {
      store: store.runs,
      content: store.content,
      publisher: store.publisher,
      runners: noRunners,
      environments,
      sources: elsewhere.sources,
      remote: elsewhere.content,
      remotePublisher: elsewhere.remotePublisher,
      formats,
      tables,
      clock,
      impact: store.impact,
    },
    close: async () => {
      await elsewhere.close();
      await store.close();
    },
  };
}

/** Sources, and the other places that some of them are in. Nothing is connected to before something is asked of it. */
export function openElsewhere(
  store: Store,
  { remote, environment }: { readonly remote: RemoteSettings; readonly environment: Environment },
) {
  const omeroServer = remote.omeroServer ?? environment.OMERO_SERVER;
  const remotes = openRemotes({
    credentials: openCredentials({ environment, omeroServer }),
    settings: remote,
    environment,
  });
  const content = createRemoteContent({
    remotes,
    memo: store.fetched,
    content: store.content,
    drafts: store.drafts,
  });
  const remotePublisher = createRemotePublisher({
    remotes,
    placed: store.elsewhere,
    content: store.content,
    drafts: store.drafts,
    lineageOf: async (digest) => {
      const lineage = await store.reader.lineage(digest, { direction: 'up' });
      return lineageDocument(lineage, new Map());
    },
    omeroServer,
    omeroImporter: remote.omeroImporter,
  });
  const { catalog, reader } = store;
  const sources = createSources({
    catalog,
    reader,
    content: store.content,
    remotes,
    omeroServer,
  });
  return { remotes, content, remotePublisher, sources, close: () => remotes.close() };
}

/** Environments of this machine and of the places that the placement names, which are opened when a process is to run there. */
export function openPlacedEnvironments(
  folder: string,
  options: { readonly offline: boolean; readonly placement: Placement },
): Environments {
  const { offline, placement } = options;
  const { runner, settingsOf, docker, slurm } = placement;
  return openEnvironments({
    folder,
    offline,
    runner,
    settingsOf,
    places: {
      docker: async () =>
        (await import('../runners/docker/index.ts')).openDockerPlace({
          environments: folder,
          offline,
          settings: docker,
        }),
      slurm: async () =>
        (await import('../runners/slurm/index.ts')).openSlurmPlace({
          environments: folder,
          offline,
          settings: slurm,
          ...(docker.registry === undefined ? {} : { registry: docker.registry }),
        }),
    },
  });
}

/** A build that ends is worth a line: after its own lines, the one that says so. */
function tellingWhenReady(environments: Environments): Environments {
  return {
    resolve: (processes) => environments.resolve(processes),
    build: async (environment, progress) => {
      if (environment.state === 'unbuilt') progress(buildingLine(environment.describe));
      const built = await environments.build(environment, progress);
      if (environment.state === 'unbuilt') progress(readyLine);
      return built;
    },
  };
}

function refuseFile(store: string): void {
  const facts = statSync(store, { throwIfNoEntry: false });
  if (facts === undefined || facts.isDirectory()) return;
  throw new StoreProblem(
    'denied',
    `${store} is a file, and a store is a folder`,
    'Name another place with `--store DIR` or BIT_STORE.',
  );
}

function cacheFolder(): string {
  const { XDG_CACHE_HOME } = process.env;
  return join(
    XDG_CACHE_HOME !== undefined && XDG_CACHE_HOME !== '' ? XDG_CACHE_HOME : join(homedir(), '.cache'),
    'bitflow',
  );
}

/** Who runs, for the run's record. */
export function whoRuns(): RunOptions['identity'] {
  return { version: packageVersion(), host: hostname(), user: ownUser().name, pid: process.pid };
}

export const clock: Clock = {
  now: () => new Date().toISOString(),
  milliseconds: () => performance.now(),
  delay: (milliseconds, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const timer = setTimeout(done, milliseconds);
      function done(): void {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      }
      signal.addEventListener('abort', done, { once: true });
    }),
};

const startsNothing = (): never => {
  throw new Error('a plan was about to start a task');
};

const noRunners: Runners = {
  capacity: startsNothing,
  submit: startsNothing,
  updates: startsNothing,
  adopt: startsNothing,
  cancel: startsNothing,
  close: async () => undefined,
};
