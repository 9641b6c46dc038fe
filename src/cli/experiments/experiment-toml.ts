import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ExperimentSaid, SaidField } from '../../data/experiments/changed-experiment.ts';
import { experimentErrors } from '../../data/experiments/experiment-errors.ts';
import type { KeySaid } from '../../data/experiments/key-text.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Source, Span } from '../../diagnostics/span.ts';
import { alternatives, didYouMean } from '../../diagnostics/suggest.ts';
import type { Author, Experiment } from '../../engine/ports/catalog.ts';
import { tomlKeys } from '../settings/toml-keys.ts';
import { usageErrors } from '../usage-errors.ts';

/** The record of an experiment as a TOML file that people edit and `experimentFromToml` reads. What another system knew of it, `extra`, is not in it. */
export async function experimentToml(experiment: Experiment): Promise<string> {
  const { stringify } = await import('smol-toml');
  const { name, title, authors, date, description, licence, funding, keys } = experiment;
  const empty = Object.entries({ title, date, description, licence })
    .filter(([, value]) => value === undefined)
    .map(([field]) => `# ${field} = ""\n`);
  return [
    `# The experiment ${JSON.stringify(name)}. Edit this, then: bit experiment NAME --from FILE\n`,
    ...empty,
    stringify({
      ...(title !== undefined && { title }),
      ...(date !== undefined && { date }),
      ...(description !== undefined && { description }),
      ...(licence !== undefined && { licence }),
      funding: [...funding],
      authors: authors.map((author) => ({ ...author })),
      keys: keys.map((key) => ({ ...key, ...(key.values !== undefined && { values: [...key.values] }) })),
    }),
    '\n',
  ].join('');
}

export interface TomlExperiment {
  readonly said: ExperimentSaid;
  at(field: SaidField, index: number): Span;
}

/** What a file says, whole: fields that are not in it are taken away. */
export async function experimentFromToml(
  path: string,
  given: { readonly folder: string; readonly name: string; readonly at: Span },
): Promise<{ readonly file?: TomlExperiment; readonly diagnostics: readonly Diagnostic[] }> {
  let text: string;
  try {
    text = await readFile(resolve(given.folder, path), 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === 'EISDIR' ? 'folder' : code === 'EACCES' ? 'denied' : 'missing';
    return { diagnostics: [usageErrors.noSuchFile(given.at, { path, what: 'experiment file', why })] };
  }
  const source: Source = { name: path, text };
  const { parse, TomlError } = await import('smol-toml');
  let table: Record<string, unknown>;
  try {
    table = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const why = error.message.split('\n')[0]?.replace(/^Invalid TOML document: /, '') ?? 'it is not TOML';
    const at = lineOf(source, error.line);
    return {
      diagnostics: [
        experimentErrors.badFile(at, { name: path, why: `is no TOML: ${why}`, help: 'Put it right in this line.' }),
      ],
    };
  }
  const read = readTable(table, { source, name: given.name });
  return {
    file: { said: read.said, at: (field, index) => placeOf(source, [fileField(field)], index) },
    diagnostics: read.diagnostics,
  };
}

const fields = ['name', 'title', 'authors', 'date', 'description', 'licence', 'funding', 'keys'] as const;
const authorFields = ['name', 'orcid', 'email', 'affiliation'] as const;
const keyFields = ['name', 'type', 'unit', 'term', 'description', 'values'] as const;

function readTable(
  table: Readonly<Record<string, unknown>>,
  { source, name }: { readonly source: Source; readonly name: string },
): { readonly said: ExperimentSaid; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const refuse = (path: readonly string[], index: number, why: string, help: string): void => {
    diagnostics.push(experimentErrors.badFile(placeOf(source, path, index), { name: source.name, why, help }));
  };
  const strangers = (
    of: Readonly<Record<string, unknown>>,
    known: readonly string[],
    above: readonly string[],
  ): void => {
    for (const field of Object.keys(of))
      if (!known.includes(field))
        refuse(
          [...above, field],
          0,
          `has a field that is not known, \`${field}\``,
          didYouMean(field, known, `There are ${alternatives(known)}.`),
        );
  };
  const textIn = (
    of: Readonly<Record<string, unknown>>,
    field: string,
    above: readonly string[],
    index: number,
  ): string | undefined => {
    const value = of[field];
    if (value === undefined || typeof value === 'string') return value;
    // A date without quotes is one to TOML.
    if (value instanceof Date) return value.toISOString();
    refuse([...above, field], index, `has a \`${field}\` that is no text`, 'Write it in double quotes.');
    return undefined;
  };
  const tablesIn = (field: 'authors' | 'keys'): readonly Readonly<Record<string, unknown>>[] => {
    const value = table[field] ?? [];
    if (Array.isArray(value) && value.every(isTable)) return value;
    refuse([field], 0, `has \`${field}\` that are no tables`, `Write each below \`[[${field}]]\`.`);
    return [];
  };
  strangers(table, fields, []);
  const own = textIn(table, 'name', [], 0);
  if (own !== undefined && own !== name)
    refuse(
      ['name'],
      0,
      `is about the experiment \`${own}\`, not \`${name}\``,
      'Leave `name` out to use the file for any experiment.',
    );
  const authors = tablesIn('authors').map((one, index): Author => {
    strangers(one, authorFields, ['authors']);
    const part = (field: string) => textIn(one, field, ['authors'], index);
    const [orcid, email, affiliation] = [part('orcid'), part('email'), part('affiliation')];
    return {
      name: part('name') ?? '',
      ...(orcid !== undefined && { orcid }),
      ...(email !== undefined && { email }),
      ...(affiliation !== undefined && { affiliation }),
    };
  });
  const keys = tablesIn('keys').map((one, index): KeySaid => {
    strangers(one, keyFields, ['keys']);
    const part = (field: string) => textIn(one, field, ['keys'], index) ?? '';
    const values = one.values ?? [];
    const areValues = Array.isArray(values) && values.every(isValue);
    if (!areValues)
      refuse(
        ['keys', 'values'],
        index,
        'has `values` that are no list of values',
        'Write `values = ["control", "treated"]`.',
      );
    return {
      name: part('name'),
      ...(one.type !== undefined && { type: part('type') }),
      unit: part('unit'),
      term: part('term'),
      description: part('description'),
      values: areValues ? values.map((value) => (value instanceof Date ? value.toISOString() : value)) : [],
    };
  });
  const funding = table.funding ?? [];
  const areTexts = Array.isArray(funding) && funding.every((one) => typeof one === 'string');
  if (!areTexts) refuse(['funding'], 0, 'has `funding` that is no list of texts', 'Write `funding = ["ERC 101"]`.');
  const field = (named: string): string => textIn(table, named, [], 0) ?? '';
  return {
    said: {
      title: field('title'),
      date: field('date'),
      description: field('description'),
      licence: field('licence'),
      funding: areTexts ? funding : [],
      authors,
      keys,
      otherKeys: 'go',
      dropKeys: [],
    },
    diagnostics,
  };
}

const isTable = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

const isValue = (value: unknown): value is string | number | boolean | Date =>
  ['string', 'number', 'boolean'].includes(typeof value) || value instanceof Date;

const fileField = (field: SaidField): string =>
  field === 'author' ? 'authors' : field === 'key' || field === 'drop-key' ? 'keys' : field;

/** Of tables that repeat, `[[keys]]`, the one that is meant. */
function placeOf(source: Source, path: readonly string[], index: number): Span {
  const places = tomlKeys(source.text).filter((place) => place.path.join('\0') === path.join('\0'));
  const { start, end } = places[index] ?? places[0] ?? { start: 0, end: 0 };
  return { source, start, end };
}

function lineOf(source: Source, line: number): Span {
  const lines = source.text.split('\n');
  const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  return { source, start, end: start + (lines[line - 1] ?? '').length };
}
