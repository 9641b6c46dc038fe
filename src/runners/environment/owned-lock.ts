import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { identityOf, isAlive, readIdentity, writeIdentity } from '../../util/process-table.ts';

/**
 * Does `work` while a lock file names this process as its owner. Another live owner is waited for; a dead one's lock is taken over: renaming
 * it away succeeds for exactly one of those who try. On another host nothing can be said about an owner, so it is waited for.
 */
export async function whileOwning<T>(
  file: string,
  options: { readonly onWait: (owner: string) => void },
  work: () => Promise<T>,
): Promise<T> {
  const identity = identityOf(process.pid);
  if (identity === undefined) throw new Error('this process is not in /proc');
  const own = `${hostname()} ${writeIdentity(identity)}\n`;
  mkdirSync(dirname(file), { recursive: true });
  let waited = false;
  for (let pause = 20; ; pause = Math.min(500, pause * 2)) {
    if (take(file, own)) break;
    const owner = ownerOf(file);
    if (owner === 'gone') continue;
    if (owner.state === 'dead') {
      takeAway(file, owner.text);
      continue;
    }
    if (!waited) options.onWait(owner.text);
    waited = true;
    await setTimeout(pause);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** Linked into place, so that a lock never exists without its owner's name in it. */
function take(file: string, own: string): boolean {
  const draft = `${file}.${process.pid}.${drafts++}`;
  writeFileSync(draft, own);
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

let drafts = 0;

function ownerOf(file: string): 'gone' | { readonly state: 'alive' | 'dead'; readonly text: string } {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return 'gone';
  }
  const space = text.indexOf(' ');
  if (text.slice(0, space) !== hostname()) return { state: 'alive', text };
  const identity = readIdentity(text.slice(space + 1));
  return { state: identity !== undefined && isAlive(identity) ? 'alive' : 'dead', text };
}

function takeAway(file: string, seen: string): void {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  // A quicker one may have taken over between the look and the rename: then this is its lock, and it goes back.
  if (readFileSync(aside, 'utf8') === seen) rmSync(aside, { force: true });
  else renameSync(aside, file);
}
