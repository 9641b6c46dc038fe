import { realpathSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';

/**
 * How launchers keep a task's hands off everything but its own folders.
 * `root`: new mount and process-id namespaces, by privilege. `user`: the same inside a user namespace in which the user keeps the own number.
 * `none`: refused here; inputs are copied.
 */
export type IsolationMode = 'root' | 'user' | 'none';

export interface IsolationOptions {
  readonly workFolder: string;
  readonly wrapper: string;
  readonly guarded: ReadonlySet<string>;
  readonly messages: string;
}

/** Modes to try on this machine, strongest first. */
export function isolationModes(): readonly IsolationMode[] {
  return userInfo().uid === 0 ? ['root', 'none'] : ['user', 'none'];
}

/** The command that starts a launcher in a mode. */
export function isolationArguments(mode: IsolationMode, options: IsolationOptions): [string, ...string[]] {
  const { wrapper, workFolder, messages } = options;
  const launcher = `${wrapper}/launcher.bash`;
  if (mode === 'none') return ['bash', '--norc', '--noprofile', launcher, 'copy', 'SHARED', messages];
  const isolate = ['bash', '--norc', '--noprofile', `${wrapper}/isolate.bash`, workFolder, ...options.guarded, '--'];
  const start = ['setsid', 'bash', '--norc', '--noprofile', launcher, 'mount-namespace', 'OWN', messages];
  const spaces = ['--pid', '--fork', '--mount-proc', '--propagation', 'slave'];
  if (mode === 'root') return ['unshare', ...spaces, '--', ...isolate, ...start];
  const { uid, gid } = userInfo();
  // Mounting needs to be root of the namespace; the task is then put one namespace further in, where it is its user again.
  const again = ['unshare', `--map-user=${uid}`, `--map-group=${gid}`, '--'];
  return ['unshare', '--map-root-user', ...spaces, '--', ...isolate, ...again, ...start];
}

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
