import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Expr } from '../syntax/ast.ts';
import { type Comparison, compared } from './comparisons.ts';
import { contained } from './contained.ts';
import { fieldOf, isCallOf, isKnown, type KnownTag, looksLikeField } from './fields.ts';
import type { Filter, FilterOrigin } from './filter.ts';
import type { Query } from './query.ts';
import { queryErrors } from './query-errors.ts';
import type { Reading } from './reading.ts';
import { knownValue, type Values } from './values.ts';

export interface QueryNames {
  /** Tags that there are, with their types and units. Absent where they are not known yet: then every name that is no property is a tag, and types are not checked. */
  readonly tags?: readonly KnownTag[];
  /** What an expression that is no literal comes to: `params.x`. */
  readonly value?: NonNullable<Values['value']>;
}

/** What a query means over tags and properties. `filter` is absent where something is wrong; then the diagnostics say all of it. Pure. */
export function queryFilter(
  query: Query,
  names: QueryNames,
): { readonly filter?: Filter; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic): void => void diagnostics.push(diagnostic);
  const filter = filterOf(query.condition, { tags: names.tags, value: names.value, report });
  return { ...(filter !== undefined && diagnostics.length === 0 && { filter }), diagnostics };
}

function filterOf(of: Expr, reading: Reading): Filter | undefined {
  const { report } = reading;
  switch (of.kind) {
    case 'paren': {
      const [only] = of.items;
      if (of.items.length === 1 && only !== undefined) return filterOf(only, reading);
      break;
    }
    case 'bool':
      return of.value ? { kind: 'all' } : { kind: 'not', of: { kind: 'all' } };
    case 'unary': {
      if (of.operator !== 'not') break;
      const inner = filterOf(of.of, reading);
      return inner && { kind: 'not', of: inner };
    }
    case 'binary':
      return binary(of, reading);
    case 'call':
      return called(of, reading);
    case 'name':
    case 'member': {
      const truth = isKnownField(of, reading) ? undefined : reading.value?.(of);
      if (typeof truth === 'boolean') return truth ? { kind: 'all' } : { kind: 'not', of: { kind: 'all' } };
      const field = fieldOf(of, reading);
      if (field === undefined) return undefined;
      const [type] = field.types;
      if (type === undefined || field.types.includes('bool')) return { kind: 'holds', field: field.field };
      report(queryErrors.notBool(of.span, { field: field.text, type }));
      return undefined;
    }
    default:
      break;
  }
  report(queryErrors.notACondition(of.span));
  return undefined;
}

type Binary = Extract<Expr, { kind: 'binary' }>;

function binary(of: Binary, reading: Reading): Filter | undefined {
  switch (of.operator) {
    case 'and':
    case 'or': {
      const [left, right] = [filterOf(of.left, reading), filterOf(of.right, reading)];
      return left && right && { kind: of.operator, left, right };
    }
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=': {
      const side = fieldSide(of, reading);
      if (side === undefined) {
        reading.report(queryErrors.noField(of.span));
        return undefined;
      }
      return side === 'left'
        ? compared({ field: of.left, operator: of.operator, value: of.right }, reading)
        : compared({ field: of.right, operator: mirrored[of.operator], value: of.left }, reading);
    }
    case '~':
      return matching(of, reading);
    case 'in':
      return contained(of, reading);
    default:
      reading.report(queryErrors.notACondition(of.span));
      return undefined;
  }
}

/** Of two names, the one that is known is the tag or property; the left one where both are or none is. */
function fieldSide(of: Binary, reading: Reading): 'left' | 'right' | undefined {
  const [left, right] = [looksLikeField(of.left), looksLikeField(of.right)];
  if (left && right) return !isKnownField(of.left, reading) && isKnownField(of.right, reading) ? 'right' : 'left';
  return left ? 'left' : right ? 'right' : undefined;
}

const isKnownField = (of: Expr, { tags }: Reading): boolean =>
  of.kind === 'name' ? isKnown(of.name, tags) : looksLikeField(of);

const mirrored: Readonly<Record<Comparison, Comparison>> = {
  '==': '==',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

function matching(of: Binary, reading: Reading): Filter | undefined {
  const field = fieldOf(of.left, reading);
  const regex = knownValue(of.right, reading);
  if (field === undefined || regex === undefined) return undefined;
  if (typeof regex !== 'string') {
    reading.report(queryErrors.noRegex(of.right.span, { field: field.text }));
    return undefined;
  }
  if (field.types.length > 0 && !field.types.some((type) => type === 'str' || type === 'date')) {
    reading.report(queryErrors.notAText(of.left.span, { field: field.text }));
    return undefined;
  }
  try {
    new RegExp(regex, 'u');
  } catch {
    reading.report(queryErrors.notARegex(of.right.span));
    return undefined;
  }
  return { kind: 'matches', field: field.field, regex };
}

function called(of: Expr & { kind: 'call' }, reading: Reading): Filter | undefined {
  const [argument] = of.args;
  const one = of.args.length === 1 && argument?.name === undefined ? argument?.value : undefined;
  if (isCallOf(of, 'present')) {
    if (one === undefined) return lacking(of, 'present', 'present(dose)', reading);
    const field = fieldOf(one, reading);
    return field && { kind: 'present', field: field.field };
  }
  if (isCallOf(of, 'from')) {
    if (one === undefined) return lacking(of, 'from', 'from("deskew")', reading);
    const name = knownValue(one, { ...reading, report: () => {} });
    if (typeof name === 'string') return { kind: 'made-by', name };
    reading.report(queryErrors.fromWhat(one.span));
    return undefined;
  }
  if (isCallOf(of, 'derived_from')) {
    if (one === undefined) return lacking(of, 'derived_from', 'derived_from("raw/A3.tif")', reading);
    const from = originOf(one, reading);
    return from && { kind: 'derived', from };
  }
  reading.report(queryErrors.noFunction(of.span));
  return undefined;
}

function originOf(of: Expr, reading: Reading): FilterOrigin | undefined {
  const text =
    of.kind === 'binary' || of.kind === 'call' || of.kind === 'unary'
      ? undefined
      : knownValue(of, { ...reading, report: () => {} });
  if (typeof text === 'string') return { kind: 'place', text };
  const filter = filterOf(of, reading);
  return filter && { kind: 'meeting', filter };
}

function lacking(of: Expr, name: string, example: string, reading: Reading): undefined {
  reading.report(queryErrors.oneArgument(of.span, { name, example }));
  return undefined;
}
