import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { isAlive, type ProcessIdentity, processFacts, readIdentity } from '../../util/process-table.ts';

const folderOf = (workFolder: string): string => `${workFolder}/.launchers`;

/** Launchers of this and other engines that are still there: each left a file with its identity when it was ready. */
export function knownLaunchers(workFolder: string): ProcessIdentity[] {
  return names(workFolder).flatMap((name) => {
    const identity = name.endsWith('.identity') ? read(`${folderOf(workFolder)}/${name}`) : undefined;
    return identity !== undefined && isAlive(identity) ? [identity] : [];
  });
}

/**
 * Those of them whose engine is gone: a file is named after the engine's number, and a launcher whose engine lives descends from it. Such a
 * launcher ends after the task it has.
 */
export function orphanedLaunchers(workFolder: string): ProcessIdentity[] {
  return names(workFolder).flatMap((name) => {
    const identity = name.endsWith('.identity') ? read(`${folderOf(workFolder)}/${name}`) : undefined;
    if (identity === undefined || !isAlive(identity)) return [];
    return descendsFrom(identity.pid, Number.parseInt(name, 10)) ? [] : [identity];
  });
}

function descendsFrom(pid: number, ancestor: number): boolean {
  for (let at = processFacts(pid)?.parent; at !== undefined && at > 1; at = processFacts(at)?.parent) {
    if (at === ancestor) return true;
  }
  return false;
}

/** Removes what launchers left whose engine was killed. Young files may belong to a launcher that is just starting. */
export function sweepLaunchers(workFolder: string): void {
  for (const name of names(workFolder)) {
    const path = `${folderOf(workFolder)}/${name}`;
    const identity = read(path.replace(/\.messages$/, '.identity'));
    if (identity !== undefined && isAlive(identity)) continue;
    try {
      if (Date.now() - statSync(path).mtimeMs > 60_000) rmSync(path, { force: true });
    } catch {
      // Another engine was quicker.
    }
  }
}

function names(workFolder: string): string[] {
  return existsSync(folderOf(workFolder)) ? readdirSync(folderOf(workFolder)) : [];
}

function read(path: string): ProcessIdentity | undefined {
  try {
    return readIdentity(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
