import type { Expr, RangeExpr } from '../syntax/ast.ts';
import { closed, exampleOf, isList, isOnlyDate, mayBeDate, typesNamed } from './comparisons.ts';
import { period } from './dates.ts';
import { type Field, fieldOf, isKnown, looksLikeField } from './fields.ts';
import type { Filter, FilterValue } from './filter.ts';
import { queryErrors } from './query-errors.ts';
import type { Reading } from './reading.ts';
import { fitted, knownValue, type QueryValue } from './values.ts';

/** `cell in ["A3", "A4"]`, `time in 1..5`, `at in "2026-11-01".."2026-11-30"`; the other way round, `"DAPI" in channels` and `"ctl" in name`. */
export function contained(of: Expr & { kind: 'binary' }, reading: Reading): Filter | undefined {
  if (isElement(of, reading)) return element(of, reading);
  const field = fieldOf(of.left, reading);
  if (field === undefined) return undefined;
  if (isList(field) || field.types.includes('sizes')) {
    reading.report(
      field.types.includes('sizes')
        ? queryErrors.isSizes(of.left.span)
        : queryErrors.isAList(of.left.span, { field: field.text, example: exampleOf(field) }),
    );
    return undefined;
  }
  if (of.right.kind === 'range') return ranged(field, of.right, reading);
  const list = of.right.kind === 'list' || reading.value !== undefined ? knownValue(of.right, reading) : undefined;
  if (!Array.isArray(list)) {
    if (list !== undefined || (of.right.kind !== 'list' && reading.value === undefined))
      reading.report(queryErrors.notAList(of.right.span, { field: field.text }));
    return undefined;
  }
  return among(field, { list, of: of.right }, reading);
}

/** Whether the right side is the tag or property, and the left one a value. */
function isElement(of: Expr & { kind: 'binary' }, { tags }: Reading): boolean {
  const { left, right } = of;
  if (!looksLikeField(right)) return false;
  return (
    !looksLikeField(left) ||
    (left.kind === 'name' && !isKnown(left.name, tags) && (right.kind !== 'name' || isKnown(right.name, tags)))
  );
}

function element(of: Expr & { kind: 'binary' }, reading: Reading): Filter | undefined {
  const field = fieldOf(of.right, reading);
  const value = knownValue(of.left, reading);
  if (field === undefined || value === undefined) return undefined;
  if (field.types.length > 0 && !isList(field) && !field.types.includes('str')) {
    reading.report(queryErrors.notAList(of.right.span, { field: field.text }));
    return undefined;
  }
  const fit = fitted(value, { field, of: of.left, report: reading.report });
  if (fit === undefined) return undefined;
  if (typeof fit !== 'boolean') return { kind: 'contains', field: field.field, value: fit };
  reading.report(queryErrors.otherType(of.left.span, { field: field.text, wanted: 'string', text: String(fit) }));
  return undefined;
}

function among(
  field: Field,
  given: { readonly list: readonly QueryValue[]; readonly of: Expr },
  reading: Reading,
): Filter | undefined {
  const { report } = reading;
  const values: FilterValue[] = [];
  const periods: Filter[] = [];
  for (const [index, one] of given.list.entries()) {
    const place = given.of.kind === 'list' ? (given.of.items[index] ?? given.of) : given.of;
    const fit = fitted(one, { field, of: place, report });
    if (fit === undefined) return undefined;
    const only = closed(field);
    if (only !== undefined && !only.includes(String(fit))) {
      report(queryErrors.unknownValue(place.span, { field: field.text, text: String(fit), values: only }));
      return undefined;
    }
    const when = mayBeDate(field) && typeof fit === 'string' ? period(fit) : undefined;
    if (when !== undefined) periods.push({ kind: 'dated', field: field.field, ...when });
    else if (isOnlyDate(field)) {
      report(queryErrors.notADate(place.span, { field: field.text, text: String(fit) }));
      return undefined;
    } else values.push(...(typesNamed(field, fit) ?? [fit]));
  }
  const texts: readonly Filter[] =
    values.length > 0 || periods.length === 0 ? [{ kind: 'in', field: field.field, values }] : [];
  const [first = { kind: 'in', field: field.field, values }, ...rest] = [...periods, ...texts];
  return rest.reduce<Filter>((left, right) => ({ kind: 'or', left, right }), first);
}

function ranged(field: Field, of: RangeExpr, reading: Reading): Filter | undefined {
  const { report } = reading;
  if (mayBeDate(field)) {
    const [from, to] = [of.from && day(field, of.from, reading), of.to && day(field, of.to, reading)];
    if ((of.from && !from) || (of.to && !to)) return undefined;
    return { kind: 'dated', field: field.field, ...(from && { from: from.from }), ...(to && { before: to.before }) };
  }
  const [from, to] = [of.from && number(field, of.from, reading), of.to && number(field, of.to, reading)];
  if ((of.from && from === undefined) || (of.to && to === undefined)) return undefined;
  if (typeof from === 'string' || typeof to === 'string') {
    report(queryErrors.noRange(of.span, { field: field.text }));
    return undefined;
  }
  return { kind: 'between', field: field.field, ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

function number(field: Field, of: Expr, reading: Reading): number | 'none' | undefined {
  const value = knownValue(of, reading);
  if (value === undefined) return undefined;
  // A range of texts is no range, whatever the field is.
  if (typeof value === 'string') return 'none';
  const fit = fitted(value, { field, of, report: reading.report });
  return fit === undefined ? undefined : typeof fit === 'number' ? fit : 'none';
}

function day(field: Field, of: Expr, reading: Reading): ReturnType<typeof period> {
  const value = knownValue(of, reading);
  if (value === undefined) return undefined;
  const when = typeof value === 'string' ? period(value) : undefined;
  if (when === undefined)
    reading.report(
      queryErrors.notADate(of.span, { field: field.text, text: of.span.source.text.slice(of.span.start, of.span.end) }),
    );
  return when;
}
