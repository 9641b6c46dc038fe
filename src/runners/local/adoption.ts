import { statSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { Adoption, AdoptionResult } from '../../engine/ports/runner.ts';
import {
  bootId,
  descendants,
  environmentHolds,
  isAlive,
  marked,
  type ProcessIdentity,
  processFacts,
  readIdentity,
  workingDirectory,
} from '../../util/process-table.ts';
import { callOff } from '../wrapper/call-off.ts';
import { readExitRecord } from '../wrapper/exit-record.ts';
import { knownLaunchers, orphanedLaunchers } from './leftover-launchers.ts';
import type { Running } from './running.ts';

/**
 * Finds out what became of an attempt whose engine is gone. A launcher may hold an order it has not read yet, so `not-started` is only
 * said after taking the file that a launcher must make first: from then on nobody can begin it.
 */
export async function findAttempt(
  adoption: Adoption,
  options: { readonly workFolder: string },
): Promise<{ readonly result: AdoptionResult; readonly running?: Running }> {
  const { token, directory } = adoption;
  const record = readExitRecord(directory, token);
  if (record !== undefined) return { result: { token, state: 'ended', record } };
  if (callOff(directory)) return { result: { token, state: 'not-started' } };
  const launchers = launchersOf(adoption, options.workFolder);
  if (launchers.length > 0) return { result: { token, state: 'running' }, running: toRunning(adoption, launchers) };
  // It may have ended between the two looks.
  const late = readExitRecord(directory, token);
  if (late !== undefined) return { result: { token, state: 'ended', record: late } };
  await endStragglers(token, adoption.external === undefined ? undefined : readIdentity(adoption.external));
  return { result: { token, state: 'lost' } };
}

/**
 * Ends what an attempt left when its launcher was killed, and waits until it is gone: nothing of it may write on into a directory that is
 * given up. The launcher led a session; its number is nobody else's as long as one process is in it.
 */
export async function endStragglers(token: string, launcher: ProcessIdentity | undefined): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const session =
      launcher !== undefined && launcher.boot === bootId() && processFacts(launcher.pid) === undefined
        ? launcher.pid
        : undefined;
    const found = marked({ token, ...(session === undefined ? {} : { session }) });
    if (found.length === 0) return;
    for (const pid of found) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended meanwhile.
      }
    }
    await setTimeout(10);
  }
}

function launchersOf(adoption: Adoption, workFolder: string): readonly ProcessIdentity[] {
  if (adoption.external !== undefined) {
    const identity = readIdentity(adoption.external);
    return identity !== undefined && isAlive(identity) ? [identity] : [];
  }
  const alive = knownLaunchers(workFolder);
  // The engine died before it wrote down which launcher it was: the one whose processes carry the token or stand in the directory.
  const exact = alive.filter((launcher) =>
    descendants(launcher.pid).some(
      (pid) =>
        environmentHolds(pid, adoption.token) || workingDirectory(pid)?.startsWith(`${adoption.directory}/`) === true,
    ),
  );
  if (exact.length > 0) return exact;
  // Between two of its own steps a launcher has no process with the token. It has at most one task, so each that is about to end may have
  // this one: once all of them are gone, the record is there or will never be.
  return orphanedLaunchers(workFolder);
}

function toRunning(adoption: Adoption, launchers: readonly ProcessIdentity[]): Running {
  const { token, directory, timeoutSeconds, resources } = adoption;
  const facts = statSync(`${directory}/stdout`);
  return {
    token,
    directory,
    launchers,
    since: facts.birthtimeMs > 0 ? facts.birthtimeMs : facts.ctimeMs,
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    ...(resources.memoryBytes === undefined ? {} : { memoryBytes: resources.memoryBytes }),
  };
}
