import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Source, Span } from '../../diagnostics/span.ts';
import { displayPath } from '../source-host.ts';
import { usageErrors } from '../usage-errors.ts';

/** A settings file that is there, as read: texts by name, profiles apart. */
export interface SettingsFile {
  readonly path: string;
  readonly source: Source;
  readonly settings: ReadonlyMap<string, string>;
  readonly profiles: ReadonlyMap<string, ReadonlyMap<string, string>>;
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

/** Where a key stands in a settings file, well enough to underline it. */
export function placeOfSetting(
  file: SettingsFile,
  name: string,
  options: { readonly profile: string | undefined },
): Span {
  const { source } = file;
  const from =
    options.profile === undefined
      ? 0
      : Math.max(0, source.text.search(new RegExp(`^\\s*\\[\\s*profile\\.["']?${escaped(options.profile)}`, 'm')));
  const found = new RegExp(`^[ \\t]*(["']?${escaped(name)}["']?)[ \\t]*[=.]`, 'm').exec(source.text.slice(from));
  if (found === null) return { source, start: 0, end: 0 };
  const start = from + found.index + found[0].indexOf(found[1] ?? '');
  return { source, start, end: start + (found[1] ?? '').length };
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
    const table = parse(text);
    const profiles = isTable(table.profile) ? table.profile : {};
    return {
      file: {
        path,
        source,
        settings: texts(Object.entries(table).filter(([name]) => name !== 'profile')),
        profiles: new Map(
          Object.entries(profiles).map(([name, value]) => [name, texts(isTable(value) ? Object.entries(value) : [])]),
        ),
      },
    };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const why = error.message.split('\n')[0]?.replace(/^Invalid TOML document: /, '') ?? 'it is not TOML';
    return { diagnostic: usageErrors.badSettingsFile(lineOf(source, error.line), { name: shown, why }) };
  }
}

/** A list or a table where a text is expected stays readable in the message that refuses it. */
const texts = (entries: readonly (readonly [string, unknown])[]): ReadonlyMap<string, string> =>
  new Map(
    entries.map(([name, value]) => [
      name,
      typeof value === 'string' ? value : typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  );

const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

const wholeOf = (source: Source): Span => ({ source, start: 0, end: source.text.length });

function lineOf(source: Source, line: number): Span {
  const lines = source.text.split('\n');
  const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  return { source, start, end: start + (lines[line - 1] ?? '').length };
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
