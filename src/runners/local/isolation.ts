import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { ownUser } from '../../util/own-user.ts';

/**
 * How launchers keep a task's hands off everything but its own folders.
 * `namespaces`: new mount and process-id namespaces, by privilege; `user-namespaces`: the same inside a user namespace in which the user keeps
 * the own number. `mounts` and `user-mounts`: without a process-id namespace, for containers that let nobody mount a new /proc.
 * `none`: refused here; inputs are copied.
 */
export type IsolationMode = 'namespaces' | 'user-namespaces' | 'mounts' | 'user-mounts' | 'none';

export interface IsolationOptions {
  readonly workFolder: string;
  readonly wrapper: string;
  readonly guarded: ReadonlySet<string>;
  readonly messages: string;
}

/** Modes to try on this machine, strongest first. */
export function isolationModes(): readonly IsolationMode[] {
  return ownUser().uid === 0 ? ['namespaces', 'mounts', 'none'] : ['user-namespaces', 'user-mounts', 'none'];
}

/** The command that starts a launcher in a mode. */
export function isolationArguments(mode: IsolationMode, options: IsolationOptions): [string, ...string[]] {
  const { wrapper, workFolder, messages } = options;
  const launcher = `${wrapper}/launcher.bash`;
  if (mode === 'none') return ['bash', '--norc', '--noprofile', launcher, 'copy', 'SHARED', messages];
  const isolate = ['bash', '--norc', '--noprofile', `${wrapper}/isolate.bash`, workFolder, ...options.guarded, '--'];
  const isAlone = hasOwnProcesses(mode);
  const spaces = [...(isAlone ? ['--pid', '--fork', '--mount-proc'] : ['--mount']), '--propagation', 'slave'];
  const start = ['bash', '--norc', '--noprofile', launcher, 'mount-namespace', isAlone ? 'OWN' : 'SHARED', messages];
  // The first process of a namespace belongs to no session of it until it makes one.
  if (isAlone) start.unshift('setsid');
  if (mode === 'namespaces' || mode === 'mounts') return ['unshare', ...spaces, '--', ...isolate, ...start];
  const { uid, gid } = ownUser();
  // Mounting needs to be root of the namespace; the task is then put one namespace further in, where it is its user again.
  const again = ['unshare', `--map-user=${uid}`, `--map-group=${gid}`, '--'];
  return ['unshare', '--map-root-user', ...spaces, '--', ...isolate, ...again, ...start];
}

/** Whether the launcher is the first process of a process-id namespace: then it is a child of what was started, and the end of it ends all. */
export const hasOwnProcesses = (mode: IsolationMode): boolean => mode === 'namespaces' || mode === 'user-namespaces';

const temporaryFolders: readonly string[] = [
  ...new Set(
    ['/tmp', '/var/tmp', '/dev/shm', tmpdir()].map((folder) => {
      try {
        return realpathSync.native(folder);
      } catch {
        return folder;
      }
    }),
  ),
];

/**
 * What must be made read-only by itself for `path` to be: its topmost part inside a temporary folder, which stays writable as a whole.
 * Undefined where `path` is not in one.
 */
export function guardOf(path: string): string | undefined {
  for (const folder of temporaryFolders) {
    if (!path.startsWith(`${folder}/`)) continue;
    const end = path.indexOf('/', folder.length + 1);
    return end < 0 ? path : path.slice(0, end);
  }
  return undefined;
}
