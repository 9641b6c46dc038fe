import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it. One step at a time, each of which fails or succeeds: the recursive form of Node tries for ever where a
 * file system says that what it should make a folder in does not exist, as /proc does. Returns the first that was missing, as the recursive form does.
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  const missing: string[] = [];
  for (let at = path; ; at = dirname(at)) {
    const there = await stat(at).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (there?.isDirectory()) break;
    if (there || at === dirname(at)) {
      throw Object.assign(new Error(`${at} is not a folder`), { code: 'ENOTDIR', path: at });
    }
    missing.push(at);
  }
  for (const at of missing.reverse()) {
    await mkdir(at).catch((error: NodeJS.ErrnoException) => {
      // Somebody else made it between the two looks.
      if (error.code !== 'EEXIST') throw error;
    });
  }
  return missing[0];
}
