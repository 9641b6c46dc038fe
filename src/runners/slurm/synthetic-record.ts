import { statSync, writeFileSync } from 'node:fs';
import type { ExitRecord } from '../../engine/ports/runner.ts';

/** Writes the record of a task whose launcher could write none, in the launcher's own form. False where one is there already, which stands. */
export function writeSynthetic(
  of: { readonly token: string; readonly directory: string },
  how: ExitRecord['how'],
): boolean {
  const began = statSync(`${of.directory}/stdout`, { throwIfNoEntry: false });
  const ended = Date.now() / 1000;
  const since = began === undefined ? ended : (began.birthtimeMs || began.ctimeMs) / 1000;
  // How its inputs were kept is not known: the weakest way is claimed.
  const record = { token: of.token, how, began: Math.min(since, ended), ended, leftBehind: 0, isolation: 'copy' };
  try {
    writeFileSync(`${of.directory}/exit.json`, `${JSON.stringify(record)}\n`, { flag: 'wx' });
    return true;
  } catch {
    // It came after all.
    return false;
  }
}
