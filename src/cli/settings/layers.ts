import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Source, Span } from '../../diagnostics/span.ts';
import { displayPath } from '../source-host.ts';
import { usageErrors } from '../usage-errors.ts';
import type { Given } from './forms.ts';
import { isProcessKey, isProcessTable } from './process-table.ts';
import { isSettingName } from './table.ts';
import { tomlKeys } from './toml-keys.ts';

/** A settings file that is there, as read: what it says for everybody, and what under each profile. */
export interface SettingsFile {
  readonly path: string;
  readonly entries: readonly SettingsEntry[];
  readonly profiles: ReadonlyMap<string, readonly SettingsEntry[]>;
}

/** `[slurm] account = "lab"`: the path is `['slurm', 'account']`, under a profile as well. */
export interface SettingsEntry {
  readonly path: readonly string[];
  readonly given: Given;
  /** Its key, to be underlined. */
  readonly at: Span;
  /** The keys of the tables it stands in, outermost first. */
  readonly tables: readonly Span[];
}

/** Where settings files may lie, weakest first. */
export function settingsPaths(options: {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The pipeline's folder, or the working directory. */
  readonly beside: string;
}): readonly string[] {
  const { XDG_CONFIG_HOME, BIT_SYSTEM_CONFIG } = options.environment;
  const config = XDG_CONFIG_HOME !== undefined && XDG_CONFIG_HOME !== '' ? XDG_CONFIG_HOME : join(homedir(), '.config');
  return [
    BIT_SYSTEM_CONFIG ?? '/etc/bitflow.toml',
    join(config, 'bitflow', 'config.toml'),
    join(options.beside, 'bit.toml'),
  ];
}

/** Reads the files that are there. One that is not TOML, or not to be read, is a diagnostic. */
export async function readSettingsFiles(
  paths: readonly string[],
  options: { readonly folder: string },
): Promise<{ readonly files: readonly SettingsFile[]; readonly diagnostics: readonly Diagnostic[] }> {
  const files: SettingsFile[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const path of paths) {
    const read = await readSettingsFile(path, displayPath(path, options));
    if (read === undefined) continue;
    if ('diagnostic' in read) diagnostics.push(read.diagnostic);
    else files.push(read.file);
  }
  return { files, diagnostics };
}

export const folderOf = (file: SettingsFile): string => dirname(file.path);

async function readSettingsFile(
  path: string,
  shown: string,
): Promise<{ readonly file: SettingsFile } | { readonly diagnostic: Diagnostic } | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    return {
      diagnostic: usageErrors.badSettingsFile(wholeOf({ name: shown, text: '' }), {
        name: shown,
        why: 'it may not be read',
      }),
    };
  }
  const source: Source = { name: shown, text };
  const { parse, TomlError } = await import('smol-toml');
  try {
    return { file: { path, ...entriesOf(parse(text), source) } };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const why = error.message.split('\n')[0]?.replace(/^Invalid TOML document: /, '') ?? 'it is not TOML';
    return { diagnostic: usageErrors.badSettingsFile(lineOf(source, error.line), { name: shown, why }) };
  }
}

function entriesOf(root: Table, source: Source): Pick<SettingsFile, 'entries' | 'profiles'> {
  // A table may be opened more than once, `[slurm]` above `[slurm.x]`: where it stands first is where people look for it.
  const places = new Map<string, Span>();
  for (const { path, start, end } of tomlKeys(source.text)) {
    const name = path.join('\0');
    if (!places.has(name)) places.set(name, { source, start, end });
  }
  const placeOf = (path: readonly string[]): Span => places.get(path.join('\0')) ?? { source, start: 0, end: 0 };

  const leaves = function* (
    table: Table,
    above: readonly string[],
    inside: readonly string[],
  ): Iterable<SettingsEntry> {
    for (const [key, value] of Object.entries(table)) {
      const path = [...inside, key];
      if (isTable(value) && !holdsValue(path)) yield* leaves(value, above, path);
      else {
        const whole = [...above, ...path];
        yield {
          path,
          given: givenBy(value),
          at: placeOf(whole),
          tables: path.slice(0, -1).map((_, index) => placeOf(whole.slice(0, above.length + index + 1))),
        };
      }
    }
  };

  const { profile = {}, ...plain } = root;
  const profiles = isTable(profile) ? Object.entries(profile) : [];
  const misplaced = isTable(profile) ? Object.fromEntries(profiles.filter(([, value]) => !isTable(value))) : profile;
  return {
    entries: [...leaves(plain, [], []), ...leaves({ profile: misplaced }, [], [])],
    profiles: new Map(
      profiles.flatMap(([name, value]) => (isTable(value) ? [[name, [...leaves(value, ['profile', name], [])]]] : [])),
    ),
  };
}

/** A name of a setting holds a value, whatever was written there; everything else that is a table is looked into. */
const holdsValue = (path: readonly string[]): boolean => {
  const [table = '', , key = ''] = path;
  return isSettingName(path.join('.')) || (isProcessTable(table) && path.length === 3 && isProcessKey(key));
};

function givenBy(value: unknown): Given {
  if (typeof value === 'string') return { kind: 'text', text: value };
  if (Array.isArray(value) && value.every((item) => typeof item === 'string'))
    return { kind: 'list', text: JSON.stringify(value), items: value };
  return typeof value === 'object' && !(value instanceof Date)
    ? { kind: 'other', text: JSON.stringify(value) }
    : { kind: 'text', text: String(value) };
}

type Table = Readonly<Record<string, unknown>>;

const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

const wholeOf = (source: Source): Span => ({ source, start: 0, end: source.text.length });

function lineOf(source: Source, line: number): Span {
  const lines = source.text.split('\n');
  const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  return { source, start, end: start + (lines[line - 1] ?? '').length };
}
