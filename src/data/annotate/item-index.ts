import { stemOf } from '../../util/file-name.ts';
import type { AnnotatedItem } from './annotated-item.ts';
import { quotedName } from './sheet-name.ts';

export type ItemFound =
  /** `above` is what stood before the path, where the text began further up than the import's root. */
  | { readonly how: 'one'; readonly item: number; readonly above: string }
  | { readonly how: 'several'; readonly items: readonly number[] }
  | { readonly how: 'none' };

export interface ItemIndex {
  /** The item that a text in a sheet means. */
  find(text: string): ItemFound;
}

/**
 * Finds items by what people write of them into sheets: the whole path, its end (`A1.tif`, `plate1/A1.tif`), either without the extension, or a path that begins
 * further up (`/data/exp/plate1/A1.tif`, `C:\exp\plate1\A1.tif`). The first of these that fits counts, and it may fit several items. Letter case counts.
 * A path in double quotes, as `sheetName` writes it, is that path and no other.
 */
export function itemIndex(items: readonly AnnotatedItem[]): ItemIndex {
  const paths = items.map((item) => item.path.normalize('NFC'));
  const names = items.map((item) => item.name.normalize('NFC'));
  const byPath = gathered(paths);
  const byPathStem = later(() => gathered(paths.map(stemOf)));
  const byExactPath = later(() => gathered(items.map((item) => item.path)));
  const endings = new Map<number, Endings>();

  // Each depth is gathered when the first text of that many segments asks for it.
  const endingsOf = (depth: number): Endings => {
    const known = endings.get(depth);
    if (known !== undefined) return known;
    const texts = depth === 1 ? names : paths.map((path) => ending(path, depth));
    const made = { whole: gathered(texts), stem: later(() => gathered(texts.map((text) => text && stemOf(text)))) };
    endings.set(depth, made);
    return made;
  };

  const lookUp = (text: string): readonly number[] | undefined => {
    const inner = byPath.get(text);
    if (inner !== undefined) return inner;
    const ends = endingsOf(text.split('/').length);
    return ends.whole.get(text) ?? byPathStem().get(text) ?? ends.stem().get(text);
  };

  const lookUpBelow = (text: string): { readonly items: readonly number[]; readonly above: string } | undefined => {
    for (let slash = text.indexOf('/'); slash >= 0; slash = text.indexOf('/', slash + 1)) {
      const items = byPath.get(text.slice(slash + 1));
      if (items !== undefined) return { items, above: text.slice(0, slash + 1) };
    }
    return undefined;
  };

  return {
    find(text) {
      const exact = quotedName(text);
      const [only] = exact === undefined ? [] : (byExactPath().get(exact) ?? []);
      if (only !== undefined) return { how: 'one', item: only, above: '' };
      const bare = withoutDots(text);
      if (bare === '') return { how: 'none' };
      const slashed = withoutDots(bare.replaceAll('\\', '/'));
      const whole = lookUp(bare) ?? (slashed === bare ? undefined : lookUp(slashed));
      const found = whole === undefined ? lookUpBelow(slashed) : { items: whole, above: '' };
      const [first, second] = found?.items ?? [];
      if (first === undefined || found === undefined) return { how: 'none' };
      return second === undefined
        ? { how: 'one', item: first, above: found.above }
        : { how: 'several', items: found.items };
    },
  };
}

/** `./a/` is `a`. */
const withoutDots = (text: string): string =>
  text.startsWith('./') || text.endsWith('/') ? text.replace(/^(?:\.\/)+|\/+$/gu, '') : text;

type Index = ReadonlyMap<string, readonly number[]>;

interface Endings {
  readonly whole: Index;
  readonly stem: () => Index;
}

function gathered(texts: readonly (string | undefined)[]): Index {
  const index = new Map<string, number[]>();
  for (const [at, text] of texts.entries()) {
    if (text === undefined) continue;
    const there = index.get(text);
    if (there === undefined) index.set(text, [at]);
    else there.push(at);
  }
  return index;
}

/** The last segments of a path that has more of them. */
function ending(path: string, depth: number): string | undefined {
  let at = path.length;
  for (let left = depth; left > 0; left--) {
    at = path.lastIndexOf('/', at - 1);
    // Nothing can stand before the first character, and -1 would be read as the end.
    if (at <= 0) return undefined;
  }
  return path.slice(at + 1);
}

function later<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
