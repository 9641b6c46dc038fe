import { statSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { findStore } from '../store/find-store.ts';

/** What a store is remembered by: the folder of a pipeline that ran on it, or a folder that one of its runs published to. */
export interface KnownFolder {
  readonly kind: 'pipeline' | 'outdir';
  readonly folder: string;
}

/**
 * Keeps which store a pipeline's folder and a folder of results belong to, so that `bit why results/x.tif` finds the store of
 * `bit run pipelines/nuclei/nuclei.bit`, which lies beside that pipeline and not above the results. A line for each in the user's state
 * folder; losing it costs a `--store`.
 */
export async function rememberStore(
  folders: readonly KnownFolder[],
  options: { readonly store: string; readonly environment: Environment },
): Promise<void> {
  const { store } = options;
  const file = fileOf(options.environment);
  const known = await readLinks(file);
  const news = folders
    .filter(({ folder }) => findStore(folder) !== store)
    .filter((one) => linkOf(known, one)?.store !== store)
    .map((one): Link => ({ ...one, store }));
  if (news.length === 0) return;
  const replaced = (link: Link): boolean => news.some((one) => one.kind === link.kind && one.folder === link.folder);
  const kept = [...known.filter((link) => !replaced(link)), ...news].slice(-linksKept);
  const draft = `${file}.${process.pid}`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(draft, kept.map((link) => `${JSON.stringify([link.kind, link.folder, link.store])}\n`).join(''));
    await rename(draft, file);
  } catch {
    // A home that cannot be written to takes this convenience away and nothing else.
  }
}

/**
 * The store that is remembered for a question asked in `folder` about `path`: of a run that published to a folder around the path,
 * nearest first, else of a pipeline that lies in this very folder. Nothing is remembered for any other folder.
 */
export async function rememberedStore(
  about: { readonly folder: string; readonly path: string | undefined },
  options: { readonly environment: Environment },
): Promise<(KnownFolder & { readonly store: string }) | undefined> {
  const known = await readLinks(fileOf(options.environment));
  for (let at = about.path; at !== undefined; at = at === dirname(at) ? undefined : dirname(at)) {
    const link = linkOf(known, { kind: 'outdir', folder: at });
    if (link !== undefined) return link;
  }
  return linkOf(known, { kind: 'pipeline', folder: about.folder });
}

type Environment = Readonly<Record<string, string | undefined>>;

type Link = KnownFolder & { readonly store: string };

const linksKept = 500;

const fileOf = ({ XDG_STATE_HOME }: Environment): string =>
  join(
    XDG_STATE_HOME !== undefined && XDG_STATE_HOME !== '' ? XDG_STATE_HOME : join(homedir(), '.local', 'state'),
    'bitflow',
    'stores',
  );

/** Those whose store is still there. */
async function readLinks(file: string): Promise<readonly Link[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const links = text.split('\n').flatMap((line): readonly Link[] => {
    try {
      const read: unknown = JSON.parse(line);
      if (!Array.isArray(read)) return [];
      const [kind, folder, store]: readonly unknown[] = read;
      return (kind === 'pipeline' || kind === 'outdir') && typeof folder === 'string' && typeof store === 'string'
        ? [{ kind, folder, store }]
        : [];
    } catch {
      return [];
    }
  });
  return links.filter(({ store }) => statSync(store, { throwIfNoEntry: false })?.isDirectory() === true);
}

const linkOf = (known: readonly Link[], at: KnownFolder): Link | undefined =>
  known.findLast((link) => link.kind === at.kind && link.folder === at.folder);
