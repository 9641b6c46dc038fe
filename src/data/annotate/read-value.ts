import { amountInUnit } from '../../engine/ports/amount-in-unit.ts';
import type { TagKey } from '../../engine/ports/catalog.ts';
import type { TagValue } from '../../engine/ports/value.ts';
import { unreachable } from '../../util/unreachable.ts';
import { type FoundValue, foundText } from './annotated-item.ts';
import { isoDate } from './iso-date.ts';
import { numberText } from './number-text.ts';

export type ReadValue =
  | { readonly how: 'read'; readonly value: TagValue }
  | { readonly how: 'refused'; readonly why: 'not-of-type' | 'other-unit' | 'too-large' | 'not-allowed' };

export interface ValueReading {
  /** Of numbers that stand without one; that of the key where nobody said another. */
  readonly unit: string | undefined;
  readonly decimalComma: boolean;
}

/**
 * A value as its key declares it. Numbers with a unit are converted to the key's: `3 min` is 180 where the key is in `s`. A key without a unit takes bare
 * numbers only. Bool is `true`, `false`, `yes` or `no`, in any case; leading zeros count only where the key is Str.
 */
export function readValue(found: FoundValue, key: TagKey, reading: ValueReading): ReadValue {
  const read = ofType(found, key, reading);
  if (read.how === 'refused' || key.values === undefined || key.values.length === 0) return read;
  return key.values.includes(read.value) ? read : refused('not-allowed');
}

function ofType(found: FoundValue, key: TagKey, reading: ValueReading): ReadValue {
  switch (key.type) {
    case 'Str':
      return value(foundText(found));
    case 'Int':
    case 'Float':
      return number(found, key, reading);
    case 'Bool': {
      if (typeof found === 'boolean') return value(found);
      const word = typeof found === 'string' ? truth.get(found.trim().toLowerCase()) : undefined;
      return word === undefined ? refused('not-of-type') : value(word);
    }
    case 'Date': {
      // A number of eight digits in a spreadsheet is a date to whoever typed it, as it is in a file's name.
      const text = typeof found === 'boolean' ? '' : foundText(found).trim();
      const date = isoDate(text, { short: 'allowed' });
      return date === undefined ? refused('not-of-type') : value(date);
    }
    default:
      return unreachable(key.type);
  }
}

function number(found: FoundValue, key: TagKey, reading: ValueReading): ReadValue {
  if (typeof found === 'boolean' || typeof found === 'object') return refused('not-of-type');
  // Most numbers of a workbook, and there may be many.
  if (typeof found === 'number' && (reading.unit === undefined || key.unit === undefined)) return ofNumber(found, key);
  const text = numberText(String(found), { decimalComma: reading.decimalComma });
  if (text === undefined) return refused('not-of-type');
  let amount = Number(text.number);
  if (text.unit !== undefined && key.unit === undefined) return refused('not-of-type');
  const unit = text.unit ?? reading.unit;
  if (unit !== undefined && key.unit !== undefined) {
    const converted = amountInUnit(text.number, { from: unit.trim(), to: key.unit });
    if (converted.how === 'other-unit') return refused('other-unit');
    amount = converted.value;
  }
  return ofNumber(amount, key);
}

function ofNumber(amount: number, key: TagKey): ReadValue {
  if (!Number.isFinite(amount)) return refused('too-large');
  if (key.type === 'Float') return value(amount === 0 ? 0 : amount);
  if (!Number.isInteger(amount)) return refused('not-of-type');
  // Beyond this, neighbours cannot be told apart.
  return Number.isSafeInteger(amount) ? value(amount === 0 ? 0 : amount) : refused('too-large');
}

const truth: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['yes', true],
  ['false', false],
  ['no', false],
]);

const value = (of: TagValue): ReadValue => ({ how: 'read', value: of });
const refused = (why: (ReadValue & { how: 'refused' })['why']): ReadValue => ({ how: 'refused', why });
