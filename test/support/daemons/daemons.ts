import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'vitest';

/** Asked of a daemon when a test file is read. `env` is what a client of it needs in its environment. */
export type Asked<D> = ({ readonly available: true } & D) | { readonly available: false; readonly why: string };

export interface DockerDaemon {
  readonly env: { readonly DOCKER_HOST: string };
  readonly socket: string;
  /** Makes images of `images.sh` where they are missing. */
  images(...names: readonly string[]): Promise<void>;
  /** An image with a virtual environment and its interpreter, at the same paths as here. */
  imageOfVenv(name: string, folder: string): Promise<void>;
}

/** A daemon of one test file alone, which may do to it what would fail the tests of others. */
export interface OwnDocker extends DockerDaemon {
  /** As an administrator does: containers end, but for `liveRestore`. */
  restart(options: { readonly liveRestore: boolean }): Promise<void>;
  /** As a crash does: containers go on. */
  kill(): Promise<void>;
  start(options: { readonly liveRestore: boolean }): Promise<void>;
  close(): Promise<void>;
}

export interface SlurmCluster {
  readonly env: { readonly SLURM_CONF: string };
  readonly accounting: boolean;
  /** Who ends a job that outgrows its memory. Only the kernel's word reaches Slurm as a state of its own, OUT_OF_MEMORY. */
  readonly memoryLimit: 'kernel' | 'watched';
}

/** A cluster of one test file alone. */
export interface OwnSlurm extends SlurmCluster {
  /** slurmctld goes away; jobs go on. */
  stopController(): Promise<void>;
  startController(): Promise<void>;
  /** slurmctld hears and does not answer: a command gives up after 10 s, and what it asked for is done on resuming. */
  pauseController(): Promise<void>;
  resumeController(): Promise<void>;
  close(): Promise<void>;
}

export interface ObjectStore {
  readonly endpoint: string;
  readonly port: number;
  readonly key: string;
  readonly secret: string;
  /** What stands behind it: MinIO, or moto where that cannot be had. */
  readonly server: string;
}

export interface SshServer {
  readonly port: number;
  readonly user: string;
  /** Holds `client`, the key that is let in, `other`, which is not, and `known_hosts`. */
  readonly folder: string;
}

export interface ClusterOptions {
  readonly accounting: boolean;
}

/** A suite that needs the Docker daemon of `docker.sh`. Without one it says so, and fails where BIT_TEST_DAEMONS names `docker`. */
export function describeWithDocker(name: string, suite: (docker: DockerDaemon) => void): void {
  describeWith(name, { daemon: 'docker', start: 'docker.sh start', asked: dockerDaemon() }, suite);
}

/** The same for Slurm: `slurm`, or `slurm-accounting` for the cluster that keeps accounts. */
export function describeWithSlurm(name: string, options: ClusterOptions, suite: (slurm: SlurmCluster) => void): void {
  const daemon = options.accounting ? 'slurm-accounting' : 'slurm';
  const start = options.accounting ? 'slurm.sh start --accounting' : 'slurm.sh start';
  describeWith(name, { daemon, start, asked: slurmCluster(options) }, suite);
}

/** The same for the object store of `s3.sh`: `s3`. */
export function describeWithObjectStore(name: string, suite: (store: ObjectStore) => void): void {
  describeWith(name, { daemon: 's3', start: 's3.sh start', asked: ask('s3.sh', [], objectStore) }, suite);
}

/** The same for the OpenSSH server of `sshd.sh`: `sshd`. */
export function describeWithSshServer(name: string, suite: (server: SshServer) => void): void {
  describeWith(name, { daemon: 'sshd', start: 'sshd.sh start', asked: ask('sshd.sh', [], sshServer) }, suite);
}

/** For suites that hold on either cluster: the one that keeps accounts where BIT_TEST_SLURM says `accounting`. */
export const eitherCluster: ClusterOptions = { accounting: process.env.BIT_TEST_SLURM === 'accounting' };

/** The daemon that `docker.sh start` left running, if it answers. */
export function dockerDaemon(): Asked<DockerDaemon> {
  return ask('docker.sh', [], (env) => docker(env, {}));
}

/** The cluster that `slurm.sh start` left running, if it answers. */
export function slurmCluster(options: ClusterOptions): Asked<SlurmCluster> {
  return ask('slurm.sh', accountingOption(options), (env) => slurm(env, options));
}

/** Starts a daemon that nobody else uses, with an address, data and images of its own. */
export async function ownDocker(): Promise<OwnDocker> {
  const { run, env, environment, close } = await own('docker.sh', [], ['stop', '--all']);
  const liveRestore = (options: { readonly liveRestore: boolean }): readonly string[] =>
    options.liveRestore ? ['--live-restore'] : [];
  return {
    ...docker(env, environment),
    restart: (options) => run('restart', ...liveRestore(options)),
    kill: () => run('kill9'),
    start: (options) => run('start', ...liveRestore(options)),
    close,
  };
}

/** Starts a cluster that nobody else uses. */
export async function ownSlurm(options: ClusterOptions): Promise<OwnSlurm> {
  const words = accountingOption(options);
  const { run, env, close } = await own('slurm.sh', words, ['stop', ...words]);
  return {
    ...slurm(env, options),
    stopController: () => run('stop-controller', ...words),
    startController: () => run('start-controller', ...words),
    pauseController: () => run('pause-controller', ...words),
    resumeController: () => run('resume-controller', ...words),
    close,
  };
}

async function own(name: string, options: readonly string[], stop: readonly string[]) {
  const state = realpathSync(mkdtempSync(join(tmpdir(), 'bit-own-')));
  const environment = { BIT_TEST_STATE: state };
  const run = async (...words: readonly string[]): Promise<void> => void (await script(name, words, environment));
  const close = async (): Promise<void> => {
    await run(...stop);
    await rm(state, { recursive: true });
  };
  try {
    return { env: variables(await script(name, ['start', ...options], environment)), environment, run, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Needed<D> {
  readonly daemon: string;
  readonly start: string;
  readonly asked: Asked<D>;
}

function describeWith<D>(name: string, needed: Needed<D>, suite: (daemon: D) => void): void {
  const { daemon, asked } = needed;
  if (asked.available) {
    describe(name, () => suite(asked));
    return;
  }
  const why = `${asked.why}; to start it, as root: test/support/daemons/${needed.start}`;
  describe(name, () => {
    if ((process.env.BIT_TEST_DAEMONS ?? '').split(/[ ,]+/).includes(daemon)) {
      test(`${daemon} runs`, () => {
        throw new Error(`BIT_TEST_DAEMONS asks for ${daemon}, but ${why}`);
      });
    } else {
      console.log(`not tested: ${name}: ${why}`);
      test.skip(why, () => {});
    }
  });
}

// Synchronous, because suites are chosen while a test file is read.
function ask<D>(name: string, options: readonly string[], answer: (env: Variables) => D): Asked<D> {
  try {
    const said = execFileSync(scriptPath(name), ['status', ...options], { encoding: 'utf8', stdio: 'pipe' });
    return { available: true, ...answer(variables(said)) };
  } catch (error) {
    return { available: false, why: saidOf(error) };
  }
}

function docker(env: Variables, environment: Variables): DockerDaemon {
  const host = env.DOCKER_HOST ?? '';
  return {
    env: { DOCKER_HOST: host },
    socket: host.replace('unix://', ''),
    images: async (...names) => void (await script('images.sh', names, environment)),
    imageOfVenv: async (name, folder) => void (await script('images.sh', ['venv', name, folder], environment)),
  };
}

function slurm(env: Variables, options: ClusterOptions): SlurmCluster {
  return {
    env: { SLURM_CONF: env.SLURM_CONF ?? '' },
    accounting: options.accounting,
    memoryLimit: env.BIT_TEST_SLURM_MEMORY_LIMIT === 'kernel' ? 'kernel' : 'watched',
  };
}

function objectStore(env: Variables): ObjectStore {
  const endpoint = env.BIT_TEST_S3_ENDPOINT ?? '';
  return {
    endpoint,
    port: Number(new URL(endpoint).port),
    key: env.BIT_TEST_S3_KEY ?? '',
    secret: env.BIT_TEST_S3_SECRET ?? '',
    server: env.BIT_TEST_S3_SERVER ?? '',
  };
}

function sshServer(env: Variables): SshServer {
  return {
    port: Number(env.BIT_TEST_SSH_PORT),
    user: env.BIT_TEST_SSH_USER ?? '',
    folder: env.BIT_TEST_SSH_FOLDER ?? '',
  };
}

type Variables = Readonly<Record<string, string>>;

function variables(text: string): Variables {
  const pairs = text.split('\n').flatMap((line) => {
    const [, name, value] = /^([A-Z0-9_]+)=(.*)$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(pairs);
}

function script(name: string, words: readonly string[], environment: Variables): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(scriptPath(name), words, { env: { ...process.env, ...environment } }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${name} ${words.join(' ')}: ${stderr.trim()}`));
    });
  });
}

function saidOf(error: unknown): string {
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
  return stderr === '' ? String(error) : stderr;
}

function accountingOption(options: ClusterOptions): readonly string[] {
  return options.accounting ? ['--accounting'] : [];
}

function scriptPath(name: string): string {
  return join(import.meta.dirname, name);
}
