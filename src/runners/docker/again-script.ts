import type { ContainerCreateOptions, MountSettings } from 'dockerode';
import { bashQuote } from '../wrapper/bash-quote.ts';

/**
 * A script with which a person runs an attempt again by hand, in the same image, seeing the same: what `bash DIRECTORY/launch` is for a task that
 * had no container. `argv` runs the launch file there.
 */
export function againScript(
  spec: ContainerCreateOptions,
  of: { readonly argv: readonly string[]; readonly host: string },
): string {
  const { HostConfig: host = {} } = spec;
  const [program = '', ...rest] = of.argv;
  const words = [
    'docker',
    ...(of.host === '' ? [] : ['--host', of.host]),
    'run',
    '--rm',
    '--network',
    host.NetworkMode ?? 'none',
    '--user',
    spec.User ?? '',
    ...(host.GroupAdd ?? []).flatMap((group) => ['--group-add', group]),
    ...(host.Memory === undefined ? [] : ['--memory', `${host.Memory}`]),
    ...(host.Mounts ?? []).flatMap((mount) => ['--mount', mountWord(mount)]),
    ...(spec.Env ?? []).flatMap((entry) => ['--env', entry]),
    '--entrypoint',
    program,
    spec.Image ?? '',
    ...rest,
  ];
  return `#!/bin/bash\nexec ${words.map(bashQuote).join(' ')}\n`;
}

/** Docker reads the word as a line of CSV. */
const mountWord = (mount: MountSettings): string =>
  ['type=bind', `source=${mount.Source}`, `target=${mount.Target}`, ...(mount.ReadOnly === true ? ['readonly'] : [])]
    .map((field) => (/[",\n\r]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field))
    .join(',');
