import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { identityOf, isAlive, readIdentity, writeIdentity } from '../../util/process-table.ts';

/**
 * Does `work` while a lock file names this process as its owner. Another live owner is waited for; a dead one's lock is taken over: renaming
 * it away succeeds for exactly one of those who try. Whether an owner on another host lives shows in its file, whose time it sets again and
 * again; no clock of another machine is trusted, only that the time changes.
 */
export async function whileOwning<T>(
  file: string,
  options: {
    readonly onWait: (owner: { readonly host: string }) => void;
    /** How long the file of an owner elsewhere stays as it is until it counts as left behind. */
    readonly silentMilliseconds?: number;
  },
  work: () => Promise<T>,
): Promise<T> {
  const identity = identityOf(process.pid);
  if (identity === undefined) throw new Error('this process is not in /proc');
  const own = `${hostname()} ${writeIdentity(identity)}\n`;
  mkdirSync(dirname(file), { recursive: true });
  let waited = false;
  let seen: Sign | undefined;
  for (let pause = 20; ; pause = Math.min(500, pause * 2)) {
    if (take(file, own)) break;
    const owner = ownerOf(file);
    if (owner === 'gone') continue;
    if (owner.state === 'dead') {
      takeAway(file, owner.text);
      continue;
    }
    if (owner.state === 'elsewhere') {
      if (seen === undefined || seen.text !== owner.text || seen.time !== owner.time)
        seen = { text: owner.text, time: owner.time, at: performance.now() };
      if (performance.now() - seen.at > (options.silentMilliseconds ?? 300_000)) {
        takeAway(file, owner.text);
        continue;
      }
    }
    if (!waited) options.onWait({ host: owner.text.slice(0, owner.text.indexOf(' ')) });
    waited = true;
    await setTimeout(pause);
  }
  const beating = setInterval(() => touch(file), heartbeat);
  beating.unref();
  try {
    return await work();
  } finally {
    clearInterval(beating);
    // One that stood still for long may have lost it to another, whose lock stays.
    if (textOf(file) === own) rmSync(file, { force: true });
  }
}

const heartbeat = 20_000;

/** When something was last seen of an owner on another host, by this process's own clock. */
interface Sign {
  readonly text: string;
  readonly time: number;
  readonly at: number;
}

function touch(file: string): void {
  const now = new Date();
  try {
    utimesSync(file, now, now);
  } catch {
    // Taken away, or a file system that does not answer: the work goes on.
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

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

type Owner =
  | { readonly state: 'alive' | 'dead'; readonly text: string }
  | { readonly state: 'elsewhere'; readonly text: string; readonly time: number };

function ownerOf(file: string): 'gone' | Owner {
  let text: string;
  let time: number;
  try {
    text = readFileSync(file, 'utf8');
    time = statSync(file).mtimeMs;
  } catch {
    return 'gone';
  }
  const space = text.indexOf(' ');
  if (text.slice(0, space) !== hostname()) return { state: 'elsewhere', text, time };
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
