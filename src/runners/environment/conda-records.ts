import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A package in an environment, as its record in `conda-meta` says, which every tool writes alike. */
export interface CondaRecord {
  readonly name: string;
  readonly version: string;
  /** `samtools-1.19-h50ea8bc_0.tar.bz2` */
  readonly file: string;
  readonly url: string;
  readonly md5?: string;
  readonly sha256?: string;
  readonly depends: readonly string[];
}

/** What is installed in the environment `prefix`, what others need first. */
export function readCondaRecords(prefix: string): readonly CondaRecord[] {
  const folder = join(prefix, 'conda-meta');
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
  return inOrder(names.sort().flatMap((name) => readRecord(readFileSync(join(folder, name), 'utf8')) ?? []));
}

/** Undefined for what is no record of a package. */
export function readRecord(text: string): CondaRecord | undefined {
  const found = JSON.parse(text) as Record<string, unknown>;
  const { name, version, url, md5, sha256, fn, depends } = found;
  if (typeof name !== 'string' || typeof version !== 'string' || typeof url !== 'string') return undefined;
  const file = typeof fn === 'string' && /\.(conda|tar\.bz2)$/.test(fn) ? fn : (url.split('/').at(-1) ?? url);
  return {
    name,
    version,
    file,
    url,
    ...(typeof md5 === 'string' && md5 !== '' ? { md5 } : {}),
    ...(typeof sha256 === 'string' && sha256 !== '' ? { sha256 } : {}),
    depends: Array.isArray(depends) ? depends.filter((entry) => typeof entry === 'string') : [],
  };
}

/** A list from which every tool installs exactly these packages again: as `list --explicit --md5` prints it. */
export const explicitList = (records: readonly CondaRecord[]): string =>
  `@EXPLICIT\n${records.map(({ url, md5 }) => `${withoutSecrets(url)}${md5 === undefined ? '' : `#${md5}`}\n`).join('')}`;

/** What an environment is, for keys: its package files and their digests, wherever they came from. */
export const condaIdentity = (records: readonly Pick<CondaRecord, 'file' | 'md5' | 'sha256'>[]): string =>
  records
    .map(({ file, md5, sha256 }) => {
      const digest = md5 !== undefined ? `md5=${md5}` : sha256 !== undefined ? `sha256=${sha256}` : '';
      return `${file} ${digest}`.trimEnd();
    })
    .sort()
    .map((line) => `${line}\n`)
    .join('');

/** The packages of such a list, as far as it tells of them. */
export function readExplicitList(text: string): readonly Pick<CondaRecord, 'file' | 'md5'>[] {
  return text.split('\n').flatMap((line) => {
    if (line.startsWith('#') || !line.includes('://')) return [];
    const [url = '', md5] = line.trim().split('#');
    const file = url.split('/').at(-1) ?? url;
    return [md5 === undefined || md5 === '' ? { file } : { file, md5 }];
  });
}

/** Explicit lists are installed from the top down by some tools: Python has to be there before what is compiled with it. */
function inOrder(records: readonly CondaRecord[]): readonly CondaRecord[] {
  const byName = new Map(records.map((record) => [record.name, record]));
  const ordered = new Set<CondaRecord>();
  const visiting = new Set<string>();
  const visit = (record: CondaRecord): void => {
    if (ordered.has(record) || visiting.has(record.name)) return;
    visiting.add(record.name);
    for (const entry of record.depends) {
      const needed = byName.get(entry.split(/[\s<>=!~]/)[0] ?? '');
      if (needed !== undefined) visit(needed);
    }
    ordered.add(record);
  };
  for (const record of records) visit(record);
  return [...ordered];
}

/** A channel's token or password stays out of the store. */
const withoutSecrets = (url: string): string => url.replace(/\/t\/[^/]+\//, '/').replace(/:\/\/[^/@]*@/, '://');
