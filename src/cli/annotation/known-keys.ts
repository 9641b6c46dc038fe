import type { CatalogTagKind, TagKey } from '../../engine/ports/catalog.ts';

/** What an experiment declares, and what its items have without a declaration, each under its type: an item's own tag is no slip of the pen. */
export function knownKeys(
  declared: readonly TagKey[],
  tags: readonly { readonly name: string; readonly type: CatalogTagKind; readonly items: number }[],
): readonly TagKey[] {
  const names = new Set(declared.map(({ name }) => name));
  const others = Map.groupBy(
    tags.filter(({ name }) => !names.has(name)),
    ({ name }) => name,
  );
  return [
    ...declared,
    // Of a name with several types, a text is the one that holds them all.
    ...[...others].map(
      ([name, [first, second]]): TagKey => ({
        name,
        type: second === undefined && first !== undefined ? first.type : 'Str',
      }),
    ),
  ];
}
