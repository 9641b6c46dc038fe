import { lstatSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits until this machine sees the files that a record says the task made, each with its size: a shared file system tells some of its clients
 * later than others. Only as long as the record says they exist: what the task did not make is not waited for.
 */
export async function awaitLateFiles(directory: string, options: { readonly seconds: number }): Promise<void> {
  const until = Date.now() + options.seconds * 1000;
  for (let pause = 20; missing(directory) && Date.now() < until; pause = Math.min(2000, pause * 2)) await delay(pause);
}

function missing(directory: string): boolean {
  let text: string;
  try {
    text = readFileSync(`${directory}/made`, 'latin1');
  } catch {
    return true;
  }
  const entries = parseMade(text);
  return entries === undefined || entries.some((entry) => !isThere(directory, entry));
}

export interface Made {
  readonly bytes: number;
  /** Of the name's bytes, one character each. */
  readonly path: string;
}

/** Reads what `du -abl0` printed, ended by `end`; undefined where the end has not arrived. */
export function parseMade(text: string): readonly Made[] | undefined {
  const parts = text.split('\0');
  if (parts.at(-1) !== '' || parts.at(-2) !== 'end') return undefined;
  return parts.slice(0, -2).flatMap((part) => {
    const at = part.indexOf('\t');
    return at < 0 ? [] : [{ bytes: Number(part.slice(0, at)), path: part.slice(at + 1) }];
  });
}

function isThere(directory: string, { path, bytes }: Made): boolean {
  const facts = lstatSync(Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(path, 'latin1')]), {
    throwIfNoEntry: false,
  });
  // How large a folder is is no business of its files.
  return facts !== undefined && (facts.isDirectory() || facts.size === bytes);
}
