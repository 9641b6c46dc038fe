import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Source, Span } from '../diagnostics/span.ts';
import type { ParamArgument } from '../parser/index.ts';
import { firstJsonMistake } from './json-place.ts';
import { usageErrors } from './usage-errors.ts';
import { whyUnreadable } from './why-unreadable.ts';

/**
 * A `--params` file, JSON or TOML by its extension, as if its values had been typed as flags: texts and numbers by themselves, `true`
 * and `false` as switches, lists as repetition. Paths in it are, like those of flags, relative to the working directory.
 */
export async function readParamsFile(
  path: string,
  options: { readonly folder: string; readonly at: Span },
): Promise<{ readonly arguments: readonly ParamArgument[]; readonly diagnostics: readonly Diagnostic[] }> {
  let text: string;
  try {
    text = await readFile(resolve(options.folder, path), 'utf8');
  } catch (error) {
    const why = whyUnreadable(error);
    if (why === undefined) throw error;
    return { arguments: [], diagnostics: [usageErrors.noSuchFile(options.at, { path, what: 'params file', why })] };
  }
  const source: Source = { name: path, text };
  const read = await parse(source);
  if (!read.ok)
    return { arguments: [], diagnostics: [usageErrors.badSettingsFile(read.at, { name: path, why: read.why })] };
  const found: ParamArgument[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const [name, value] of Object.entries(read.table)) {
    if (value === null) continue;
    const at = placeOfKey(source, name);
    const items = Array.isArray(value) ? value : [value];
    if (items.some((item) => typeof item === 'object')) {
      diagnostics.push(
        usageErrors.badValue(at, {
          what: name,
          text: JSON.stringify(value),
          expected: 'a text, a number, true, false or a list of those',
          example: `${name} = "30 deg"`,
        }),
      );
      continue;
    }
    if (typeof value === 'boolean') found.push({ name, texts: [], spans: [at], negated: !value });
    else found.push({ name, texts: items.map(String), spans: items.map(() => at) });
  }
  return { arguments: found, diagnostics };
}

type Parsed =
  | { readonly ok: true; readonly table: Record<string, unknown> }
  | { readonly ok: false; readonly at: Span; readonly why: string };

async function parse(source: Source): Promise<Parsed> {
  const whole: Span = { source, start: 0, end: source.text.trimEnd().length };
  if (extname(source.name).toLowerCase() === '.toml') {
    const { parse: parseToml, TomlError } = await import('smol-toml');
    try {
      return { ok: true, table: parseToml(source.text) };
    } catch (error) {
      if (!(error instanceof TomlError)) throw error;
      const start = offsetOf(source.text, { line: error.line, column: error.column });
      return {
        ok: false,
        at: { source, start, end: start },
        why: error.message.split('\n')[0]?.replace(/^Invalid TOML document: /, '') ?? 'it is not TOML',
      };
    }
  }
  try {
    const table: unknown = JSON.parse(source.text);
    if (typeof table !== 'object' || table === null || Array.isArray(table))
      return { ok: false, at: whole, why: 'it has to be an object, `{ "param": value }`' };
    return { ok: true, table: Object.fromEntries(Object.entries(table)) };
  } catch (error) {
    const mistake = firstJsonMistake(source.text);
    if (!(error instanceof SyntaxError) || mistake === undefined) throw error;
    const { offset, expected } = mistake;
    const line = source.text.slice(0, offset).split('\n').length;
    return {
      ok: false,
      at: { source, start: offset, end: offset },
      why: `it is not JSON: line ${line} needs ${expected}`,
    };
  }
}

/** Where a key stands: in both forms, in quotes or not, it comes before `:` or `=`. */
function placeOfKey(source: Source, name: string): Span {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const found = new RegExp(`(?:"${escaped}"|'${escaped}'|(?<![\\w"'-])${escaped})(?=\\s*[:=])`).exec(source.text);
  return found === null
    ? { source, start: 0, end: 0 }
    : { source, start: found.index, end: found.index + found[0].length };
}

function offsetOf(text: string, place: { readonly line: number; readonly column: number }): number {
  const before = text.split('\n').slice(0, place.line - 1);
  return Math.min(text.length, before.reduce((sum, line) => sum + line.length + 1, 0) + place.column - 1);
}
