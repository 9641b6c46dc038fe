import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { installHint } from '../runners/environment/install-hint.ts';
import { interpreters } from '../runners/environment/interpreters.ts';
import { openProbes, type Probes } from '../runners/environment/probes.ts';
import { findPython } from '../runners/environment/python.ts';
import { findVersion } from '../runners/environment/version.ts';
import { machineCapacity } from '../runners/local/machine.ts';
import { systemPath } from '../runners/wrapper/launch-file.ts';
import { findProgram } from '../util/find-program.ts';
import { bytesInWords } from './amounts.ts';

/** One thing that was looked at, for `bit doctor`. */
export interface Examined {
  readonly name: string;
  /** `weak`: it works, and could be better. */
  readonly state: 'ok' | 'weak' | 'missing';
  /** Without it no pipeline runs. */
  readonly needed: boolean;
  /** What is there, or what its absence means. */
  readonly found: string;
  readonly install?: string;
}

/** Looks at everything that pipelines may need from this machine. Changes nothing but remembered answers of programs. */
export async function examineMachine(options: {
  readonly folder: string;
  readonly store: string | undefined;
  /** Where answers are remembered; nowhere where there is no store. */
  readonly probes: string | undefined;
  readonly offline: boolean;
}): Promise<readonly Examined[]> {
  const probes = openProbes(join(options.probes ?? tmpdir(), 'probes.json'));
  const groups = await Promise.all([
    [{ name: 'node', state: 'ok', needed: true, found: process.versions.node } as const],
    machine(),
    disk(options),
    isolation(),
    language('bash', probes, { needed: true }),
    python(probes),
    pip(options),
    ...(['r', 'julia', 'node', 'perl', 'groovy', 'imagej'] as const).map((name) =>
      language(name, probes, { needed: false }),
    ),
  ]);
  if (options.probes !== undefined) probes.save();
  return groups.flat();
}

const searchPath = `${process.env.PATH ?? ''}:${systemPath}`;

async function machine(): Promise<readonly Examined[]> {
  const { cpus, memoryBytes, gpus } = await machineCapacity();
  const found = `${cpus} cores, ${bytesInWords(memoryBytes)} of memory, ${gpus === 0 ? 'no GPU' : `${gpus} ${gpus === 1 ? 'GPU' : 'GPUs'}`}`;
  return [{ name: 'machine', state: 'ok', needed: true, found }];
}

async function disk(options: {
  readonly folder: string;
  readonly store: string | undefined;
}): Promise<readonly Examined[]> {
  const at = options.store ?? options.folder;
  const facts = await statfs(at).catch(() => undefined);
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
async function isolation(): Promise<readonly Examined[]> {
  const name = 'read-only inputs';
  const ways = process.getuid?.() === 0 ? [[]] : [['--map-root-user']];
  for (const way of ways) {
    const tried = await execa(
      'unshare',
      [...way, '--pid', '--fork', '--mount-proc', '--propagation', 'slave', 'true'],
      {
        reject: false,
        timeout: 10_000,
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

async function language(
  kind: keyof typeof interpreters,
  probes: Probes,
  options: { readonly needed: boolean },
): Promise<readonly Examined[]> {
  const { programs, questions } = interpreters[kind];
  const name = languageNames[kind];
  const path = programs.map((program) => findProgram(program, searchPath)).find((found) => found !== undefined);
  if (path === undefined) {
    return [
      {
        name,
        state: 'missing',
        needed: options.needed,
        found: `not found (${programs.join(', ')})`,
        install: installHint(programs[0] ?? kind),
      },
    ];
  }
  const version = findVersion((await probes.ask(path, questions))?.text ?? '');
  return [
    { name, state: 'ok', needed: options.needed, found: `${version === undefined ? '' : `${version}, `}${path}` },
  ];
}

async function python(probes: Probes): Promise<readonly Examined[]> {
  const { found, others } = await findPython(undefined, { searchPath, probes });
  if (found === undefined) {
    const seen = others.length === 0 ? 'not found' : `too old (${others.join(', ')})`;
    return [
      { name: languageNames.python, state: 'missing', needed: false, found: seen, install: installHint('python') },
    ];
  }
  const python = {
    name: languageNames.python,
    state: 'ok',
    needed: false,
    found: `${found.version}, ${found.executable}`,
  } as const;
  const venv = await execa(found.executable, ['-I', '-c', 'import venv, ensurepip'], {
    reject: false,
    timeout: 30_000,
    stdin: 'ignore',
  });
  if (!venv.failed || findProgram('uv', searchPath) !== undefined) return [python];
  return [
    python,
    {
      name: 'venv',
      state: 'missing',
      needed: false,
      found: 'this Python cannot make environments for `pip: […]`',
      install: installHint('python-venv'),
    },
  ];
}

async function pip(options: { readonly offline: boolean }): Promise<readonly Examined[]> {
  const uv = findProgram('uv', searchPath);
  const offline = options.offline ? ', offline' : '';
  return [
    uv === undefined
      ? {
          name: 'environments',
          state: 'weak',
          needed: false,
          found: `made with venv and pip${offline}; uv makes them many times faster`,
          install: installHint('uv'),
        }
      : { name: 'environments', state: 'ok', needed: false, found: `made with uv (${uv})${offline}` },
  ];
}

const languageNames: Readonly<Record<keyof typeof interpreters, string>> = {
  bash: 'bash',
  python: 'python',
  r: 'R',
  julia: 'Julia',
  node: 'node scripts',
  perl: 'perl',
  groovy: 'Groovy',
  imagej: 'ImageJ',
};
