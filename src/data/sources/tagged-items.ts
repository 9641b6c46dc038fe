import type { SourceFile, SourceItem, SourceRequest } from '../../engine/ports/source-provider.ts';
import type { Tags, TagValue } from '../../engine/ports/value.ts';
import { columnType } from './column-type.ts';
import { failed, type Listed } from './listed.ts';
import { sourceErrors } from './source-errors.ts';

type Columned = Extract<SourceRequest['spec'], { readonly columns: unknown }>;
type Column = Columned['columns'][number];

/** Something that is stored with tags, and its file. */
export interface Tagged {
  readonly file: SourceFile;
  readonly tags: Tags;
}

/**
 * Stored things as items of a source: each column is looked up among the tags by its name there. What lacks a tag that is not optional, or has one of another type, is an error that
 * names a few; `had` are all the names that the tags have, for suggestions.
 */
export function taggedItems(
  found: readonly Tagged[],
  {
    request,
    had,
    help,
  }: {
    readonly request: SourceRequest & { readonly spec: Extract<Columned, { readonly fill: unknown }> };
    readonly had: readonly string[];
    readonly help: string;
  },
): Listed {
  const { spec, span, name } = request;
  const columns = spec.columns.filter((column) => column.role !== 'file');
  const [file] = spec.columns.filter((column) => column.role === 'file');
  const filled: Tags = Object.fromEntries(spec.fill.map((tag) => [tag.name, tag.value]));
  const unknown = columns.filter(
    (column) => !had.includes(column.from) && !column.optional && !(column.name in filled),
  );
  if (found.length > 0 && unknown.length > 0) {
    return failed(...unknown.map((column) => sourceErrors.unknownTag(span, { source: name, tag: column.from, had })));
  }
  const lacking = new Map<Column, string[]>();
  const wrong = new Map<Column, { place: string; value: TagValue }[]>();
  const items = found.map((one): SourceItem => {
    const tags: Record<string, TagValue> = { ...filled };
    const fields: Record<string, TagValue | null> = {};
    for (const column of columns) {
      const value = one.tags[column.from];
      if (value === undefined) {
        if (column.optional) fields[column.name] = null;
        else if (!(column.name in filled)) push(lacking, column, one.file.name);
      } else if (!isOf(value, column)) push(wrong, column, { place: one.file.name, value });
      else if (column.role === 'field') fields[column.name] = value;
      else tags[column.name] = value;
    }
    return { tags, files: { [file === undefined || columns.every(isTag) ? '' : file.name]: one.file }, fields };
  });
  const diagnostics = [
    ...[...lacking].map(([column, names]) =>
      sourceErrors.lacksTag(span, { source: name, tag: column.from, names, help }),
    ),
    ...[...wrong].map(([column, values]) =>
      sourceErrors.otherType(span, { source: name, tag: column.from, type: columnType(column), values }),
    ),
  ];
  return diagnostics.length > 0 ? failed(...diagnostics) : { items, diagnostics: [] };
}

const isTag = (column: Column): boolean => column.role === 'tag';

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const known = map.get(key);
  if (known) known.push(value);
  else map.set(key, [value]);
}

/** Ranges and lists of allowed values are checked with all other values that come with the data. */
function isOf(value: TagValue, column: Column): boolean {
  switch (columnType(column)) {
    case 'Int':
      return typeof value === 'number' && Number.isSafeInteger(value);
    case 'Float':
      return typeof value === 'number';
    case 'Bool':
      return typeof value === 'boolean';
    case 'Str':
      return typeof value === 'string';
  }
}
