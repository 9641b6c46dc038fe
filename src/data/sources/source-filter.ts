import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { type Filter, type KnownTag, type QueryValue, queryFilter } from '../../engine/ports/run-reader.ts';
import { isFile, isList, isRecord, type Value } from '../../engine/ports/value.ts';
import type { RequestOf } from './listed.ts';

/** What the `where:` of a source means over the tags that there are. */
export function sourceFilter(
  request: RequestOf<'catalog'> | RequestOf<'results'>,
  tags: readonly KnownTag[],
): { readonly filter?: Filter; readonly diagnostics: readonly Diagnostic[] } {
  const { query } = request.spec;
  if (query === undefined) return { filter: { kind: 'all' }, diagnostics: [] };
  const values = new Map(query.plain.map(({ at, value }) => [at, asQueryValue(request.value(value))]));
  return queryFilter(query.query, { tags, value: (of) => values.get(of) });
}

/** `null` stands for nothing that could be compared with. */
function asQueryValue(value: Value): QueryValue | undefined {
  if (value === null || isFile(value) || isRecord(value)) return undefined;
  if (!isList(value)) return value;
  const items = value.map(asQueryValue);
  return items.every((item) => item !== undefined) ? items : undefined;
}
