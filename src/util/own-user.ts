import { homedir, userInfo } from 'node:os';

/** Whoever this process belongs to. A user need have no name on this machine: in containers and on some clusters there is only a number. */
export function ownUser(): {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
  readonly home: string;
} {
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  try {
    const { username, homedir: home } = userInfo();
    return { uid, gid, name: username, home };
  } catch {
    return { uid, gid, name: String(uid), home: homedir() };
  }
}
