import type { CatalogTagKind } from '../../engine/ports/catalog.ts';
import type { FoundTag, FoundValue } from './annotated-item.ts';
import { isoDate } from './iso-date.ts';

/**
 * The narrowest type that every value of a new tag has. Whole numbers are Int, with others among them Float; `true` and `false` are Bool, `2024-02-29` is a
 * Date; whatever is mixed or written in another way is Str. So is what would not come back as it was written: `007` (a leading zero tells
 * it from 7), `1e5` (a name in a plate more often than a number), `+5`, and whole numbers too large to be exact.
 */
export function inferredType(tags: readonly FoundTag[]): CatalogTagKind {
  let type: CatalogTagKind | undefined;
  const seen = new Set<FoundValue>();
  for (const tag of tags) {
    const decimalComma = tag.decimalComma ?? false;
    for (const { value } of tag.entries) {
      // Values repeat: a plate has 96 wells and any number of images.
      if (seen.has(value)) continue;
      seen.add(value);
      const own = typeOf(value, decimalComma);
      if (type === undefined || type === own) type = own;
      else if (isNumber(type) && isNumber(own)) type = 'Float';
      else return 'Str';
    }
  }
  return type ?? 'Str';
}

function typeOf(value: FoundValue, decimalComma: boolean): CatalogTagKind {
  switch (typeof value) {
    case 'boolean':
      return 'Bool';
    case 'number':
      return Number.isSafeInteger(value) ? 'Int' : Number.isInteger(value) ? 'Str' : 'Float';
    case 'object':
      return isoDate(value.date, { short: 'refused' }) === undefined ? 'Str' : 'Date';
    case 'string':
      if (whole.test(value)) return Number.isSafeInteger(Number(value)) ? 'Int' : 'Str';
      if ((decimalComma ? fractionWithComma : fraction).test(value)) return 'Float';
      if (/^(?:true|false)$/iu.test(value)) return 'Bool';
      return isoDate(value, { short: 'refused' }) === undefined ? 'Str' : 'Date';
  }
}

const isNumber = (type: CatalogTagKind): boolean => type === 'Int' || type === 'Float';

const whole = /^(?:0|-?[1-9]\d*)$/u;
const fraction = /^-?(?:0|[1-9]\d*)\.\d+(?:[eE][+-]?\d{1,2})?$/u;
const fractionWithComma = /^-?(?:0|[1-9]\d*)[.,]\d+(?:[eE][+-]?\d{1,2})?$/u;
