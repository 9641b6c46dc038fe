import type { Expr } from '../syntax/ast.ts';
import { type Period, period } from './dates.ts';
import { type Field, fieldOf } from './fields.ts';
import type { Filter } from './filter.ts';
import { formatTypes } from './format-types.ts';
import { queryErrors } from './query-errors.ts';
import type { Reading } from './reading.ts';
import { fitted, knownValue } from './values.ts';

export type Comparison = Extract<Filter, { kind: 'compare' }>['operator'];

/** A tag or property compared with a value. */
export function compared(
  given: { readonly field: Expr; readonly operator: Comparison; readonly value: Expr },
  reading: Reading,
): Filter | undefined {
  const { operator } = given;
  const field = fieldOf(given.field, reading);
  const value = knownValue(given.value, reading);
  if (field === undefined || value === undefined) return undefined;
  const at = given.value.span;
  if (field.types.includes('sizes')) {
    reading.report(queryErrors.isSizes(given.field.span));
    return undefined;
  }
  if (isList(field)) {
    if (!Array.isArray(value) || (operator !== '==' && operator !== '!=')) {
      reading.report(queryErrors.isAList(given.field.span, { field: field.text, example: exampleOf(field) }));
      return undefined;
    }
    const values = value.flatMap((one) => {
      const fit = fitted(one, { field, of: given.value, report: reading.report });
      return typeof fit === 'string' || typeof fit === 'number' ? [fit] : [];
    });
    const equal: Filter = { kind: 'equals-list', field: field.field, values };
    return operator === '==' ? equal : unless(field, equal);
  }
  const fit = fitted(value, { field, of: given.value, report: reading.report });
  if (fit === undefined) return undefined;
  if (mayBeDate(field)) {
    const when = typeof fit === 'string' ? period(fit) : undefined;
    if (when !== undefined) return dated(field, operator, when);
    if (isOnlyDate(field)) {
      reading.report(queryErrors.notADate(at, { field: field.text, text: String(fit) }));
      return undefined;
    }
  }
  const types = typesNamed(field, fit);
  if (types !== undefined && (operator === '==' || operator === '!=')) {
    const among: Filter = { kind: 'in', field: field.field, values: types };
    return operator === '==' ? among : unless(field, among);
  }
  const values = closed(field);
  if (values !== undefined && !values.includes(String(fit))) {
    reading.report(queryErrors.unknownValue(at, { field: field.text, text: String(fit), values }));
    return undefined;
  }
  return { kind: 'compare', field: field.field, operator, value: fit };
}

/** What was imported as a date is a text where a pipeline passed it on: both are compared as dates. */
export const mayBeDate = (field: Field): boolean => field.types.includes('date');
export const isOnlyDate = (field: Field): boolean => mayBeDate(field) && !field.types.includes('str');

export const isList = (field: Field): boolean => field.types.some((type) => type === 'texts' || type === 'numbers');

/** `Image` where the property `type` is compared with the name of a format. */
export const typesNamed = (field: Field, value: unknown): readonly string[] | undefined =>
  field.field.kind === 'property' && field.field.name === 'type' && typeof value === 'string'
    ? formatTypes(value)
    : undefined;

/** The only values that a property may have. */
export const closed = (field: Field): readonly string[] | undefined =>
  field.field.kind === 'property' && field.field.name === 'origin' ? ['raw', 'processed'] : undefined;

export const exampleOf = (field: Field): string => (field.types.includes('texts') ? '"DAPI"' : '512');

/** What has the tag or property and does not meet this: as with plain values, what is absent is not unequal. */
const unless = (field: Field, met: Filter): Filter => ({
  kind: 'and',
  left: { kind: 'present', field: field.field },
  right: { kind: 'not', of: met },
});

function dated(field: Field, operator: Comparison, when: Period): Filter {
  const over = { kind: 'dated', field: field.field } as const;
  switch (operator) {
    case '==':
      return { ...over, ...when };
    case '!=':
      return unless(field, { ...over, ...when });
    case '<':
      return { ...over, before: when.from };
    case '<=':
      return { ...over, before: when.before };
    case '>':
      return { ...over, from: when.before };
    case '>=':
      return { ...over, from: when.from };
  }
}
