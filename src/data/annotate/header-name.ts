import { isKnownUnit } from '../../engine/ports/amount-in-unit.ts';
import type { TagKey } from '../../engine/ports/catalog.ts';

export interface HeaderName {
  /** `''` where no letter or digit is left. */
  readonly name: string;
  /** Of the numbers below it, where the header says so: `Time (min)`. */
  readonly unit: string | undefined;
}

/**
 * The tag that a column gives. A key that is called so, letter case, blanks and marks apart, is meant: `CellLine` and `Cell line` are `cell_line` where the
 * experiment has that key. Else the header in small letters, accents dropped, whatever is neither letter nor digit as one `_`: `Cell line` is
 * `cell_line`, `Größe` is `groesse`. A unit in brackets at the end is the column's: `Time (min)`, `Dose [µM]`.
 */
export function headerName(header: string, keys: readonly TagKey[]): HeaderName {
  const [, before = '', bracket = ''] = /^(.*\S)\s*[([]\s*([^()[\]]+?)\s*[)\]]$/su.exec(header) ?? [];
  if (bracket !== '') {
    const key = keyCalled(before, keys);
    if (key?.unit === bracket || isUnitText(bracket)) return { name: key?.name ?? plainName(before), unit: bracket };
  }
  return { name: keyCalled(header, keys)?.name ?? plainName(header), unit: undefined };
}

function keyCalled(header: string, keys: readonly TagKey[]): TagKey | undefined {
  const exact = keys.find((key) => key.name === header.trim());
  if (exact !== undefined) return exact;
  const bare = (text: string): string => plainName(text).replaceAll('_', '');
  const wanted = bare(header);
  if (wanted === '') return undefined;
  const alike = keys.filter((key) => bare(key.name) === wanted);
  return alike.length === 1 ? alike[0] : undefined;
}

export function plainName(header: string): string {
  const name = header
    .toLowerCase()
    .replace(/[äöüßæœøåµμ]/gu, (letter) => spelt[letter] ?? letter)
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^a-z0-9]+/gu, '_')
    .replace(/^_+|_+$/gu, '');
  return /^[0-9]/u.test(name) ? `_${name}` : name;
}

const spelt: Readonly<Record<string, string>> = {
  ä: 'ae',
  ö: 'oe',
  ü: 'ue',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  å: 'a',
  µ: 'u',
  μ: 'u',
};

/** The language's units, and those that stand above columns in a laboratory. */
function isUnitText(text: string): boolean {
  return (
    isKnownUnit(text) ||
    /^(?:[munpµμ]?(?:M|g|l|L|mol|W|V|A|J|m)|[kM]?Hz|°[CF]|K|%|[munpµμk]?g\/[munpµμ]?[lL]|[munpµμ]?mol\/[lL]|px|cells\/m[lL])$/u.test(
      text,
    )
  );
}
