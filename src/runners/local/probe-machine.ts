import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Capacity } from '../../engine/ports/runner.ts';
import { findProgram } from '../../util/find-program.ts';
import { installHint } from '../environment/install-hint.ts';
import { interpreters, versionQuestions } from '../environment/interpreters.ts';
import { openProbes } from '../environment/probes.ts';
import { findPython } from '../environment/python.ts';
import { findVersion } from '../environment/version.ts';
import { wrapperFolder } from '../wrapper/wrapper-folder.ts';
import { type IsolationMode, isolationModes } from './isolation.ts';
import { startLauncher } from './launcher.ts';
import { listGpus, machineCapacity } from './machine.ts';

/** What `bit doctor` shows of this machine. */
export interface MachineReport {
  readonly programs: readonly MachineProgram[];
  readonly capacity: Capacity;
  readonly gpus: readonly string[];
  /** How tasks are kept off their inputs here, found out by starting a launcher. */
  readonly isolation: IsolationMode;
  readonly isolationInWords: string;
  /** Whether the folder's file system copies by sharing blocks. */
  readonly reflink: boolean;
  readonly cgroup: 'v2' | 'v1' | 'none';
}

export interface MachineProgram {
  readonly name: string;
  readonly use: string;
  readonly found?: { readonly path: string; readonly version: string };
  /** A sentence with the command that installs it, where it is missing. */
  readonly install?: string;
}

/** Asks this machine what it can do. `folder` is where attempts would lie: what file systems can do is tried out there and removed again. */
export async function probeMachine(options: {
  readonly folder: string;
  readonly probesFile: string;
}): Promise<MachineReport> {
  const { folder } = options;
  const probes = openProbes(options.probesFile);
  const searchPath = process.env.PATH ?? '';
  const wanted: readonly (readonly [name: string, use: string, questions: readonly (readonly string[])[]])[] = [
    ['bash', 'needed: launches every task', interpreters.bash.questions],
    ['Rscript', 'R scripts', interpreters.r.questions],
    ['node', 'Node scripts', interpreters.node.questions],
    ['perl', 'Perl scripts', interpreters.perl.questions],
    ['julia', 'Julia scripts', interpreters.julia.questions],
    ['groovy', 'Groovy scripts', interpreters.groovy.questions],
    ['java', 'ImageJ, Fiji, Bio-Formats', versionQuestions],
    ['uv', 'makes Python environments faster', versionQuestions],
    ['unshare', 'read-only inputs without copies', versionQuestions],
  ];
  const programs = await Promise.all(
    wanted.map(async ([name, use, questions]): Promise<MachineProgram> => {
      const path = findProgram(name, searchPath);
      const probe = path === undefined ? undefined : await probes.ask(path, questions);
      if (path === undefined) return { name, use, install: installHint(name) };
      return { name, use, found: { path, version: findVersion(probe?.text ?? '') ?? 'unknown' } };
    }),
  );
  const { found: python } = await findPython(undefined, { searchPath, probes });
  programs.splice(1, 0, {
    name: 'python3',
    use: 'Python scripts and `pip` environments',
    ...(python === undefined
      ? { install: installHint('python') }
      : { found: { path: python.executable, version: python.version } }),
  });
  probes.save();
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(folder, '.probe-'));
  try {
    const isolation = await strongestIsolation(scratch);
    return {
      programs,
      capacity: await machineCapacity(),
      gpus: await listGpus(),
      isolation,
      isolationInWords: inWords[isolation],
      reflink: canReflink(scratch),
      cgroup: cgroupVersion(),
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const inWords: Readonly<Record<IsolationMode, string>> = {
  namespaces: 'mount and process namespaces: inputs are read-only for tasks, and nothing a task starts outlives it',
  'user-namespaces':
    'mount and process namespaces inside a user namespace: inputs are read-only for tasks, and nothing a task starts outlives it',
  mounts: 'mount namespaces: inputs are read-only for tasks',
  'user-mounts': 'mount namespaces inside a user namespace: inputs are read-only for tasks',
  none: 'namespaces are refused here: every task works on copies of its inputs',
};

async function strongestIsolation(workFolder: string): Promise<IsolationMode> {
  for (const mode of isolationModes()) {
    const gone = Promise.withResolvers<void>();
    const launcher = await startLauncher({
      workFolder,
      wrapper: wrapperFolder(),
      mode,
      guarded: new Set(),
      onReport: (report) => {
        if (report.kind === 'gone') gone.resolve();
      },
    });
    if (launcher === undefined) continue;
    launcher.letGo();
    await gone.promise;
    return mode;
  }
  return 'none';
}

function canReflink(folder: string): boolean {
  const source = join(folder, 'source');
  const file = openSync(source, 'w');
  writeSync(file, Buffer.alloc(4096, 1));
  closeSync(file);
  try {
    copyFileSync(source, join(folder, 'copy'), constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    return false;
  }
}

function cgroupVersion(): 'v2' | 'v1' | 'none' {
  if (existsSync('/sys/fs/cgroup/cgroup.controllers')) return 'v2';
  try {
    return readFileSync('/proc/self/cgroup', 'utf8').trim() === '' ? 'none' : 'v1';
  } catch {
    return 'none';
  }
}
