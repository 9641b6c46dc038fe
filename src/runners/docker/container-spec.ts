import type { ContainerCreateOptions } from 'dockerode';
import type { Container, LaunchResources } from '../../engine/ports/runner.ts';
import { launcherVariables } from '../wrapper/launch-file.ts';
import type { ContainerOptions } from './container-options.ts';
import { type ContainerShell, shellPlace } from './container-shell.ts';
import type { InputMount } from './input-mounts.ts';

/** Labels of our containers: by them they are found again. */
export const labels = { token: 'bit.token', work: 'bit.work', engine: 'bit.engine' } as const;

export const containerName = (token: string): string => `bit-${token}`;

/** Where a container's inputs lie. */
export const inputPlace = '/bit/in';

export interface SpecParts {
  readonly token: string;
  readonly directory: string;
  readonly workFolder: string;
  /** The engine that starts it: whether it is alive tells whose a container is. */
  readonly engine: string;
  readonly container: Container;
  readonly options: ContainerOptions;
  readonly imageVariables: Readonly<Record<string, string>>;
  readonly inputs: readonly InputMount[];
  readonly resources: LaunchResources;
  /** Indices of the GPUs it may use. */
  readonly gpus: readonly number[];
  readonly shell: ContainerShell;
  readonly caller: Caller;
  /** Whether the daemon has a program to be the first process of a container. */
  readonly init: boolean;
  readonly selinux: boolean;
  /** Of the machine: a daemon refuses to give more. */
  readonly cpus: number;
}

/** As whom a task runs inside: numbers of the one who runs the engine; where the daemon runs as that user itself, root inside is that user outside. */
export type Caller =
  | { readonly kind: 'numbers'; readonly user: number; readonly group: number; readonly groups: readonly number[] }
  | { readonly kind: 'rootless' };

/**
 * The container of one attempt. It sees its own directory, its inputs (read-only) and nothing else of this machine; it has no network unless
 * asked for; what its image says about commands, health checks and signals does not count.
 */
export function containerSpec(parts: SpecParts): ContainerCreateOptions & { readonly name: string } {
  const { directory, container, options, resources, shell, caller } = parts;
  const [program = '', ...rest] = shell.argv(directory);
  const { SecurityOpt = [], ...host } = options.host;
  const memory =
    resources.memoryBytes === undefined ? undefined : Math.max(leastMemory, Math.ceil(resources.memoryBytes));
  return {
    name: containerName(parts.token),
    ...(options.platform === undefined ? {} : { platform: options.platform }),
    ...(options.hostname === undefined ? {} : { Hostname: options.hostname }),
    Image: container.image,
    Labels: { [labels.token]: parts.token, [labels.work]: parts.workFolder, [labels.engine]: parts.engine },
    Entrypoint: [program],
    Cmd: rest,
    Env: wrapperVariables(parts.imageVariables),
    User: caller.kind === 'rootless' ? '0:0' : `${caller.user}:${caller.group}`,
    WorkingDir: `${directory}/task`,
    StopSignal: 'SIGTERM',
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      ...host,
      NetworkMode: container.network ? 'default' : 'none',
      Init: parts.init,
      // Standard output of a task is a file in its directory.
      LogConfig: { Type: 'none', Config: {} },
      NanoCpus: Math.round(Math.min(resources.cpus, parts.cpus) * 1e9),
      ...(memory === undefined ? {} : { Memory: memory, MemorySwap: memory }),
      ...(caller.kind === 'rootless' ? {} : { GroupAdd: caller.groups.map(String) }),
      ...(parts.gpus.length === 0
        ? {}
        : { DeviceRequests: [{ Driver: '', DeviceIDs: parts.gpus.map(String), Capabilities: [['gpu']] }] }),
      // No program of an image may become root and leave files that the caller cannot remove.
      SecurityOpt: ['no-new-privileges', ...(parts.selinux ? ['label=disable'] : []), ...SecurityOpt],
      Mounts: [
        { Type: 'bind', Source: directory, Target: directory, ReadOnly: false },
        { Type: 'bind', Source: shell.folder, Target: shellPlace, ReadOnly: true },
        ...parts.inputs.map(({ source, target }) => ({
          Type: 'bind' as const,
          Source: source,
          Target: target,
          ReadOnly: true,
        })),
        ...options.mounts,
      ],
    },
  };
}

/** A daemon refuses to give less; our shell fits in it. */
const leastMemory = 6 * 2 ** 20;

/** What a task finds set before its own variables: what the image and the options say, but for what is the same for every task. */
export function taskVariables(
  image: Readonly<Record<string, string>>,
  options: Pick<ContainerOptions, 'variables'>,
): Readonly<Record<string, string>> {
  return {
    ...launcherVariables,
    ...image,
    LANG: launcherVariables.LANG ?? '',
    TZ: launcherVariables.TZ ?? '',
    ...options.variables,
  };
}

/** The wrapper's shell is of another machine than the image's libraries: what would put those into it is for the task alone. */
function wrapperVariables(image: Readonly<Record<string, string>>): string[] {
  const kept = Object.keys(image).filter((name) => name.startsWith('LD_') || name === 'BASH_ENV' || name === 'ENV');
  return [`LANG=${launcherVariables.LANG}`, `TZ=${launcherVariables.TZ}`, ...kept.map((name) => `${name}=`)];
}

/** `["PATH=/usr/bin"]` as names and values. */
export function readVariables(entries: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    entries.flatMap((entry) => {
      const at = entry.indexOf('=');
      return at <= 0 ? [] : [[entry.slice(0, at), entry.slice(at + 1)] as const];
    }),
  );
}
