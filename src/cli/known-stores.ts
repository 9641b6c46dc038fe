import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { findStore } from '../store/find-store.ts';

/**
 * Which store was used from which folder last, so that `bit why results/x.tif` finds the store of `bit run pipelines/nuclei/nuclei.bit`,
 * which lies beside that pipeline and not above the folder one stands in. A line per use in the user's state folder; losing it costs a `--store`.
 */
export async function rememberStore(
  folders: readonly string[],
  options: { readonly store: string; readonly environment: Environment },
): Promise<void> {
  const file = fileOf(options.environment);
  const known = await readLines(file);
  const news = folders
    .filter((folder) => findStore(folder) !== options.store)
    .filter((folder) => lastOf(known, folder) !== options.store)
    .map((folder) => JSON.stringify([folder, options.store]));
  if (news.length === 0) return;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    if (known.length + news.length > linesKept)
      await writeFile(
        file,
        `${[...known.slice(-linesKept / 2).map((line) => JSON.stringify(line)), ...news].join('\n')}\n`,
      );
    else await appendFile(file, `${news.join('\n')}\n`);
  } catch {
    // A home that cannot be written to takes this convenience away and nothing else.
  }
}

/** The store last used from this folder or one above it, nearest first. */
export async function rememberedStore(
  folder: string,
  options: { readonly environment: Environment },
): Promise<string | undefined> {
  const known = await readLines(fileOf(options.environment));
  for (let at = folder; ; at = dirname(at)) {
    const store = lastOf(known, at);
    if (store !== undefined || at === dirname(at)) return store;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

const linesKept = 1000;

const fileOf = ({ XDG_STATE_HOME }: Environment): string =>
  join(
    XDG_STATE_HOME !== undefined && XDG_STATE_HOME !== '' ? XDG_STATE_HOME : join(homedir(), '.local', 'state'),
    'bitflow',
    'stores',
  );

async function readLines(file: string): Promise<readonly (readonly [folder: string, store: string])[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    try {
      const read: unknown = JSON.parse(line);
      return Array.isArray(read) && typeof read[0] === 'string' && typeof read[1] === 'string'
        ? [[read[0], read[1]] as const]
        : [];
    } catch {
      return [];
    }
  });
}

const lastOf = (known: readonly (readonly [string, string])[], folder: string): string | undefined =>
  known.findLast(([at]) => at === folder)?.[1];
