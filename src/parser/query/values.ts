import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Expr } from '../syntax/ast.ts';
import type { Constant } from '../types/constants.ts';
import { type Quantity, quantity, units } from '../types/quantity.ts';
import type { Field } from './fields.ts';
import type { FilterValue } from './filter.ts';
import { queryErrors } from './query-errors.ts';

/** A value that a condition compares with, as it is written: not yet in the unit of what it is compared with. */
export type QueryValue = Exclude<Constant, null>;

export interface Values {
  /** What an expression that is no literal comes to: `params.x`. `undefined` where it is none either. */
  readonly value: ((of: Expr) => QueryValue | undefined) | undefined;
  readonly report: (diagnostic: Diagnostic) => void;
}

/** The value of a literal, or of what the caller knows. Reports what is none, and gives `undefined`. */
export function knownValue(of: Expr, values: Values): QueryValue | undefined {
  const { report } = values;
  switch (of.kind) {
    case 'bool':
      return of.value;
    case 'int':
    case 'float':
      return Number(of.text);
    case 'quantity': {
      const found = quantity(of.text, of.unit.text);
      if (found === undefined) report(queryErrors.notAUnit(of.span, { unit: of.unit.text }));
      return found;
    }
    case 'string': {
      if (of.isRaw) return of.raw;
      if (of.parts.every((part) => part.kind === 'text')) return of.parts.map((part) => part.value).join('');
      const known = values.value?.(of);
      if (known === undefined) report(queryErrors.hole(of.span));
      return known;
    }
    case 'unary': {
      const inner = of.operator === '-' ? of.of : undefined;
      if (inner?.kind === 'int' || inner?.kind === 'float') return -Number(inner.text);
      if (inner?.kind === 'quantity') {
        const found = knownValue(inner, values);
        return isQuantity(found) ? { ...found, magnitude: found.magnitude.neg() } : undefined;
      }
      break;
    }
    case 'paren': {
      const [only] = of.items;
      if (of.items.length === 1 && only !== undefined) return knownValue(only, values);
      break;
    }
    case 'list': {
      const items = of.items.map((item) => knownValue(item, values));
      return items.every((item) => item !== undefined) ? items : undefined;
    }
    default:
      break;
  }
  const known = values.value?.(of);
  if (known !== undefined) return known;
  report(of.kind === 'name' ? queryErrors.unquoted(of.span, { name: of.name }) : queryErrors.notAValue(of.span));
  return undefined;
}

/** The value as the field has its own: a text, a truth, a number in the field's unit. Reports what nothing can ever be equal to. */
export function fitted(
  value: QueryValue,
  given: { readonly field: Field; readonly of: Expr; readonly report: Values['report'] },
): FilterValue | undefined {
  const { field, of, report } = given;
  const wanted = new Set(
    field.types.map((type) =>
      type === 'int' || type === 'float' || type === 'numbers' ? 'number' : type === 'bool' ? 'boolean' : 'string',
    ),
  );
  const plain = isQuantity(value) ? inUnitOf(field, { value, of, report }) : value;
  if (plain === undefined) return undefined;
  const isOne = typeof plain === 'string' || typeof plain === 'number' || typeof plain === 'boolean';
  if (isOne && (wanted.size === 0 || [...wanted].some((type) => type === typeof plain))) return plain;
  const [first = 'string'] = wanted;
  report(queryErrors.otherType(of.span, { field: field.text, wanted: first, text: isOne ? String(plain) : '…' }));
  return undefined;
}

function inUnitOf(
  field: Field,
  given: { readonly value: Quantity; readonly of: Expr; readonly report: Values['report'] },
): number | undefined {
  const { value, of, report } = given;
  const written = of.span.source.text.slice(of.span.start, of.span.end);
  const [unit, ...others] = field.units;
  if (field.types.length > 0 && !field.types.some((type) => type === 'int' || type === 'float' || type === 'numbers')) {
    report(
      queryErrors.otherType(of.span, {
        field: field.text,
        wanted: field.types.includes('bool') ? 'boolean' : 'string',
        text: written,
      }),
    );
    return undefined;
  }
  if (unit === undefined) {
    // Not known yet: what it comes to is decided when it is.
    if (field.types.length === 0) return value.magnitude.toNumber();
    report(
      queryErrors.noUnit(of.span, { field: field.text, number: /^-?[\d._]+(?:e[+-]?\d+)?/i.exec(written)?.[0] ?? '1' }),
    );
    return undefined;
  }
  if (others.length > 0) {
    report(queryErrors.severalUnits(of.span, { field: field.text, units: field.units }));
    return undefined;
  }
  const known = Object.hasOwn(units, unit) ? units[unit] : undefined;
  if (known === undefined || known.dimension !== value.dimension) {
    report(queryErrors.otherUnit(of.span, { field: field.text, unit, written }));
    return undefined;
  }
  return value.magnitude.div(known.factor).toNumber();
}

export const isQuantity = (value: QueryValue | undefined): value is Quantity =>
  typeof value === 'object' && 'magnitude' in value;
