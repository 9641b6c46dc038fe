import { suggestions } from '../../diagnostics/suggest.ts';
import type { TagKey } from '../../engine/ports/catalog.ts';
import { headerName } from './header-name.ts';
import { tagNameProblem } from './rule-found.ts';
import type { Sheet } from './sheet-cell.ts';
import type { TagProblem } from './tag-problem.ts';

/** A column that gives a tag. */
export interface NamedColumn {
  readonly at: number;
  readonly header: string;
  readonly name: string;
  readonly unit: string | undefined;
  /** Its key is Str, so that nothing in it is a number. */
  readonly isText: boolean;
}

export interface ColumnNaming {
  readonly sheet: Sheet;
  /** Headers to the tags that they shall give. */
  readonly rename: Readonly<Record<string, string>>;
  /** Headers of columns that give no tag. */
  readonly leaveOut: readonly string[];
}

/** The columns beside the one of the files, under the names of their tags. */
export function sheetColumns(
  naming: ColumnNaming,
  { file, keys }: { readonly file: number; readonly keys: readonly TagKey[] },
): { readonly columns: readonly NamedColumn[]; readonly problems: TagProblem[] } {
  const headers = naming.sheet.columns.map((column) => column.header);
  const problems = [...Object.keys(naming.rename), ...naming.leaveOut].flatMap((header) =>
    unknownHeader(header, headers),
  );
  const byName = new Map<string, NamedColumn[]>();
  for (const [at, { header, position }] of naming.sheet.columns.entries()) {
    if (at === file || naming.leaveOut.includes(header)) continue;
    const renamed = Object.hasOwn(naming.rename, header) ? naming.rename[header] : undefined;
    const own = headerName(header, keys);
    const name = renamed ?? own.name;
    if (tagNameProblem(name) !== undefined) problems.push({ kind: 'header-without-name', header, position });
    else {
      const isText = keys.find((key) => key.name === name)?.type === 'Str';
      const column = { at, header, name, unit: own.unit, isText };
      byName.set(name, [...(byName.get(name) ?? []), column]);
    }
  }
  for (const [name, alike] of byName)
    if (alike.length > 1) problems.push({ kind: 'headers-alike', columns: alike.map(({ header }) => header), name });
  return { columns: [...byName.values()].flatMap((alike) => (alike.length === 1 ? alike : [])), problems };
}

function unknownHeader(header: string, headers: readonly string[]): TagProblem[] {
  if (headers.includes(header)) return [];
  const [near] = suggestions(header, headers);
  return [
    {
      kind: 'bad-rule',
      problem: `The sheet has no column \`${header}\``,
      help:
        near === undefined ? `It has ${headers.map((name) => `\`${name}\``).join(', ')}.` : `Did you mean \`${near}\`?`,
    },
  ];
}
