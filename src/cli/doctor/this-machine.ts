import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { execa } from 'execa';
import { installHint } from '../../runners/environment/install-hint.ts';
import { machineCapacity } from '../../runners/local/machine.ts';
import { bytesInWords } from '../../util/bytes-in-words.ts';
import { findProgram } from '../../util/find-program.ts';
import { askProgram } from './ask-program.ts';
import { type Examined, inTime, patience } from './examined.ts';
import { searchPath } from './search-path.ts';

export async function examineCapacity(): Promise<readonly Examined[]> {
  const { cpus, memoryBytes, gpus } = await inTime(machineCapacity(), {
    pool: 'machine',
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    gpus: 0,
  });
  const found = `${cpus} cores, ${bytesInWords(memoryBytes)} of memory, ${gpus === 0 ? 'no GPU' : `${gpus} ${gpus === 1 ? 'GPU' : 'GPUs'}`}`;
  return [{ name: 'machine', state: 'ok', needed: true, found }];
}

export async function examineStore(options: {
  readonly folder: string;
  readonly store: string | undefined;
}): Promise<readonly Examined[]> {
  const at = options.store ?? options.folder;
  const facts = await inTime(
    statfs(at).catch(() => undefined),
    undefined,
  );
  if (facts === undefined)
    return [
      {
        name: 'store',
        state: 'missing',
        needed: true,
        found: `${at} cannot be read`,
        install: 'Put the store elsewhere with `--store DIR`.',
      },
    ];
  const free = facts.bavail * facts.bsize;
  const where =
    options.store === undefined ? 'none here yet; the first run makes one beside its pipeline' : options.store;
  const found = `${where}, ${bytesInWords(free)} free`;
  return [
    free < 1e9
      ? {
          name: 'store',
          state: 'weak',
          needed: true,
          found,
          install: '`bit gc` frees space; `--store DIR` puts the store elsewhere.',
        }
      : { name: 'store', state: 'ok', needed: true, found },
  ];
}

/** As the local runner's launchers do it: with privilege, or inside a user namespace. */
export async function examineIsolation(): Promise<readonly Examined[]> {
  const name = 'read-only inputs';
  const ways = process.getuid?.() === 0 ? [[]] : [['--map-root-user']];
  for (const way of ways) {
    const tried = await execa(
      'unshare',
      [...way, '--pid', '--fork', '--mount-proc', '--propagation', 'slave', 'true'],
      {
        reject: false,
        timeout: patience,
        stdin: 'ignore',
      },
    );
    if (!tried.failed)
      return [{ name, state: 'ok', needed: false, found: 'each task sees them in a mount namespace of its own' }];
  }
  const install =
    findProgram('unshare', searchPath) === undefined
      ? installHint('unshare')
      : 'Allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, or kernel.apparmor_restrict_unprivileged_userns=0).';
  return [
    {
      name,
      state: 'weak',
      needed: false,
      found: 'copied for each task (reflinked where the file system can), because namespaces are refused here',
      install,
    },
  ];
}

/** For processes that ask for `gpus`: those that the driver knows. */
export async function examineGpu(): Promise<readonly Examined[]> {
  const name = 'GPU';
  const hasDriver = existsSync('/proc/driver/nvidia') || existsSync('/dev/nvidiactl');
  const answer = await askProgram('nvidia-smi', [
    '--query-gpu=name,memory.total,driver_version',
    '--format=csv,noheader',
  ]);
  if (answer.kind === 'said' && answer.text !== '')
    return [{ name, state: 'ok', needed: false, found: answer.text.split('\n').join('; ') }];
  if (!hasDriver)
    return [
      {
        name,
        state: 'missing',
        needed: false,
        found: 'none of NVIDIA, or no driver for it',
        install: 'Only processes that ask for `gpus` need one, with its driver and `nvidia-smi`.',
      },
    ];
  return [
    {
      name,
      state: 'weak',
      needed: false,
      found: `the driver is loaded, and nvidia-smi ${answer.kind === 'refused' ? `says: ${answer.words}` : 'does not answer'}`,
      install:
        'Driver and kernel may be of different versions since an update: restart the machine, or reinstall the driver.',
    },
  ];
}
