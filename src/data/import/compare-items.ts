import type { CatalogItem, ImportMode, NewItem } from '../../engine/ports/catalog.ts';
import type { FileInfo } from '../../engine/ports/formats.ts';
import type { Tags, TagValue } from '../../engine/ports/value.ts';
import type { Digest } from '../../util/brand.ts';
import { baseNameOf } from '../../util/file-name.ts';
import type { FoundItem } from './found-item.ts';
import type { ItemContent } from './read-contents.ts';

/** An item with all that is known of it now. */
export interface ReadItem {
  readonly found: FoundItem;
  readonly content: ItemContent;
  readonly info: FileInfo;
  /** By the rules, and from its place. */
  readonly tags: Tags;
}

/** What an import would do to a dataset. */
export interface Comparison {
  readonly added: readonly NewItem[];
  /** Its file lay elsewhere before, and is not there any more. */
  readonly moved: readonly Replacement[];
  /** Another content at the same path. */
  readonly changed: readonly Replacement[];
  /** As it was, but to be kept in another way: it was a reference, and its bytes are wanted in the store. */
  readonly kept: readonly Replacement[];
  readonly unchanged: readonly CatalogItem[];
  /** Items whose tags are others than the rules would give now. */
  readonly retagged: readonly Retagging[];
  /** New items whose content the dataset has under another name as well: the new name first. */
  readonly twice: readonly (readonly string[])[];
}

export interface Replacement {
  readonly before: CatalogItem;
  readonly item: NewItem;
}

export interface Retagging {
  readonly item: CatalogItem;
  /** What the rules say, where the item says something else or nothing. */
  readonly tags: Tags;
}

/**
 * Compares what was found with what the dataset has. Pure. An item is known by its path; one whose path is new and whose content was at a path that is `gone` has
 * moved. Tags of items that are known already stay as they are.
 */
export function compareItems(
  items: readonly ReadItem[],
  dataset: {
    readonly known: readonly CatalogItem[];
    /** Whether nothing is at a path any more. */
    readonly isGone: (item: CatalogItem) => boolean;
    readonly mode: ImportMode;
    /** `replace`: tags that the rules give now go over those that an item has. */
    readonly tags: 'keep' | 'replace';
  },
): Comparison {
  const { known, mode } = dataset;
  const byPath = new Map(known.map((item) => [item.path, item]));
  const byDigest = Map.groupBy(known, (item) => item.digest);
  const taken = new Set<number>();
  const added: NewItem[] = [];
  const moved: Replacement[] = [];
  const changed: Replacement[] = [];
  const kept: Replacement[] = [];
  const unchanged: CatalogItem[] = [];
  const retagged: Retagging[] = [];
  const fresh = new Map<Digest, string[]>();

  const replacement = (before: CatalogItem, read: ReadItem): Replacement => {
    const other = differing(before.tags, read.tags);
    if (other !== undefined) retagged.push({ item: before, tags: other });
    const tags = dataset.tags === 'replace' ? { ...before.tags, ...read.tags } : before.tags;
    return {
      before,
      item: { ...newItem(read, mode), tags, ...(before.about !== undefined && { about: before.about }) },
    };
  };
  for (const read of items) {
    const before = byPath.get(read.found.path);
    if (before === undefined) {
      const candidates = (byDigest.get(read.content.digest) ?? []).filter(
        (item) => !taken.has(item.id) && dataset.isGone(item),
      );
      const from = candidates.find((item) => baseNameOf(item.path) === baseNameOf(read.found.path)) ?? candidates[0];
      if (from !== undefined) {
        taken.add(from.id);
        moved.push(replacement(from, read));
        continue;
      }
      added.push(newItem(read, mode));
      const names = fresh.get(read.content.digest);
      if (names === undefined) fresh.set(read.content.digest, [read.found.name]);
      else names.push(read.found.name);
    } else if (!isSame(before, read)) changed.push(replacement(before, read));
    else if (mode !== 'reference' && before.mode === 'reference') kept.push(replacement(before, read));
    else {
      unchanged.push(before);
      const other = differing(before.tags, read.tags);
      if (other !== undefined) retagged.push({ item: before, tags: other });
    }
  }
  const twice = [...fresh].flatMap(([digest, names]) => {
    const others = (byDigest.get(digest) ?? []).filter((item) => !taken.has(item.id)).map((item) => item.name);
    return names.length + others.length > 1 ? [[...names, ...others]] : [];
  });
  return { added, moved, changed, kept, unchanged, retagged, twice };
}

function newItem({ found, content, info, tags }: ReadItem, mode: ImportMode): NewItem {
  const { digest, directory, size, mtimeMs, version, companions } = content;
  return {
    name: found.name,
    path: found.path,
    digest,
    directory,
    size,
    info,
    mode,
    ...(mtimeMs !== undefined && { mtimeMs }),
    ...(version !== undefined && { version }),
    tags,
    companions,
  };
}

const isSame = (before: CatalogItem, { content }: ReadItem): boolean =>
  before.digest === content.digest &&
  before.companions.length === content.companions.length &&
  before.companions.every((companion, at) => companion.digest === content.companions[at]?.digest);

/** What the rules say otherwise than the item does; nothing where they agree. */
export function differing(has: Tags, said: Tags): Tags | undefined {
  let other: Record<string, TagValue> | undefined;
  for (const name of Object.keys(said)) {
    const value = said[name];
    if (value === undefined || (Object.hasOwn(has, name) && has[name] === value)) continue;
    other ??= {};
    other[name] = value;
  }
  return other;
}
