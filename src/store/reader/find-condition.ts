import type { FilterField, FilterValue } from '../../engine/ports/run-reader.ts';
import { unreachable } from '../../util/unreachable.ts';
import { type Fragment, fragment, sqlText } from '../database/fragment.ts';
import type { Literal } from './find-patterns.ts';
import type { Asked, PlainFilter } from './find-plain.ts';
import type { Shape } from './find-shapes.ts';

/** A filter as SQL over a shape's row. A row without the tag or property meets no comparison with it, as in SQL, and `not` of one is true for it. */
export function condition(filter: PlainFilter, shape: Shape): Fragment {
  switch (filter.kind) {
    case 'all':
      return sqlText('true');
    case 'and':
    case 'or':
      return balanced(
        flat(filter, filter.kind).map((part) => condition(part, shape)),
        filter.kind === 'and' ? 'AND' : 'OR',
      );
    case 'not':
      return fragment`NOT coalesce(${condition(filter.of, shape)}, false)`;
    case 'made-by':
      return shape.madeBy(filter.name);
    case 'artifacts':
      return fragment`a.id IN (${filter.among})`;
    default:
      return overField(filter.field, { filter, shape });
  }
}

/** All parts that stand beside each other, however they are nested. */
export function flat(filter: PlainFilter, kind: 'and' | 'or'): readonly PlainFilter[] {
  const parts: PlainFilter[] = [];
  const left: PlainFilter[] = [filter];
  for (let part = left.pop(); part !== undefined; part = left.pop()) {
    if ((part.kind === 'and' || part.kind === 'or') && part.kind === kind) left.push(part.right, part.left);
    else parts.push(part);
  }
  return parts;
}

/** SQLite nests no deeper than a thousand, and reads `a OR b OR c` as nested. */
function balanced(parts: readonly Fragment[], operator: 'AND' | 'OR'): Fragment {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const half = Math.ceil(parts.length / 2);
  return fragment`(${balanced(parts.slice(0, half), operator)} ${sqlText(operator)} ${balanced(parts.slice(half), operator)})`;
}

function overField(field: FilterField, given: { readonly filter: Asked; readonly shape: Shape }): Fragment {
  const { filter, shape } = given;
  switch (field.kind) {
    case 'tag': {
      const { table, owner } = shape.tags;
      return fragment`EXISTS (SELECT 1 FROM ${sqlText(table)} t WHERE t.${sqlText(owner)} = ${sqlText(shape.row)}.id AND ${tagTest(field.name, filter)})`;
    }
    case 'property': {
      const column = shape.columns[field.name];
      return typeof column === 'string'
        ? fragment`(${valueTest(filter, column)})`
        : fragment`(${column((value) => valueTest(filter, value))})`;
    }
    case 'element':
      return fragment`(${valueTest(filter, `json_extract(a.shape, '$[${elementAt(field.at)}]')`)})`;
    case 'length':
      return lengthTest(field.of, { filter, shape });
    default:
      return unreachable(field);
  }
}

const elementAt = (at: number): string => (at < 0 ? `#${Math.trunc(at)}` : String(Math.trunc(at)));

function lengthTest(of: FilterField, given: { readonly filter: Asked; readonly shape: Shape }): Fragment {
  const { filter, shape } = given;
  if (of.kind === 'tag') {
    const { table, owner } = shape.tags;
    return fragment`EXISTS (SELECT 1 FROM ${sqlText(table)} t WHERE t.${sqlText(owner)} = ${sqlText(shape.row)}.id AND t.name = ${of.name} AND (${valueTest(filter, 'length(t.value)')}))`;
  }
  if (of.kind !== 'property') throw new Error('only tags and properties have a length');
  const counted = lists.has(of.name) ? 'json_array_length' : 'length';
  const column = shape.columns[of.name];
  return typeof column === 'string'
    ? fragment`(${valueTest(filter, `${counted}(${column})`)})`
    : fragment`(${column((value) => valueTest(filter, `${counted}(${value})`))})`;
}

const lists: ReadonlySet<string> = new Set(['shape', 'channels', 'excitation', 'emission']);

/** Over a row of a table of tags, `t`: its name, the type that the value compared with has, and the value. In this order they are an index. */
export function tagTest(name: string, filter: Asked): Fragment {
  const types = typesOf(filter);
  const typed =
    types.length === 0 ? sqlText('true') : sqlText(`t.type IN (${types.map((type) => `'${type}'`).join(', ')})`);
  return fragment`t.name = ${name} AND ${typed} AND (${valueTest(filter, 't.value')})`;
}

/** As SQLite orders values of several types one after the other, a number would else be less than every text. */
function typesOf(filter: Asked): readonly string[] {
  switch (filter.kind) {
    case 'compare':
      return filter.operator === '!=' ? [] : typesOfValue(filter.value);
    case 'in':
      return [...new Set(filter.values.flatMap(typesOfValue))];
    case 'between':
      return ['int', 'float'];
    case 'dated':
    case 'like':
      return ['str', 'date'];
    case 'contains':
      return ['str', 'date'];
    case 'holds':
      return ['bool'];
    case 'present':
    case 'equals-list':
      return [];
    default:
      return unreachable(filter);
  }
}

const typesOfValue = (value: FilterValue): readonly string[] =>
  typeof value === 'string' ? ['str', 'date'] : typeof value === 'number' ? ['int', 'float'] : ['bool'];

/** What is asked of a value; `value` is SQL. */
export function valueTest(filter: Asked, value: string): Fragment {
  const of = sqlText(value);
  switch (filter.kind) {
    case 'compare':
      return fragment`${of} ${sqlText(operators[filter.operator])} ${plain(filter.value)}`;
    case 'in':
      return fragment`${of} IN (SELECT value FROM json_each(${JSON.stringify(filter.values.map(plain))}))`;
    case 'between':
      return bounds(of, { from: filter.from, to: filter.to, less: '<=' });
    case 'dated':
      return bounds(of, { from: filter.from, to: filter.before, less: '<' });
    case 'like':
      return liked(of, filter.literal);
    case 'contains':
      return filter.field.kind === 'property' && lists.has(filter.field.name)
        ? fragment`EXISTS (SELECT 1 FROM json_each(${of}) e WHERE e.value = ${filter.value})`
        : fragment`instr(${of}, ${filter.value}) > 0`;
    case 'equals-list':
      return fragment`json(${of}) = json(${JSON.stringify(filter.values)})`;
    case 'holds':
      return fragment`${of} = 1`;
    case 'present':
      return fragment`${of} IS NOT NULL`;
    default:
      return unreachable(filter);
  }
}

const operators = { '==': '=', '!=': '<>', '<': '<', '<=': '<=', '>': '>', '>=': '>=' } as const;

function bounds(
  of: Fragment,
  given: {
    readonly from: string | number | undefined;
    readonly to: string | number | undefined;
    readonly less: '<' | '<=';
  },
): Fragment {
  const from = given.from === undefined ? undefined : fragment`${of} >= ${given.from}`;
  const to = given.to === undefined ? undefined : fragment`${of} ${sqlText(given.less)} ${given.to}`;
  if (from !== undefined && to !== undefined) return fragment`${from} AND ${to}`;
  return from ?? to ?? fragment`${of} IS NOT NULL`;
}

function liked(of: Fragment, literal: Literal): Fragment {
  const { text, start, end } = literal;
  if (start && end) return fragment`${of} = ${text}`;
  if (text === '') return fragment`${of} IS NOT NULL`;
  // An index knows where the texts with a beginning begin and end.
  if (start) return fragment`${of} >= ${text} AND ${of} < ${`${text}\u{10ffff}`}`;
  if (end) return fragment`substr(${of}, -${sqlText(String([...text].length))}) = ${text}`;
  return fragment`instr(${of}, ${text}) > 0`;
}

const plain = (value: FilterValue): string | number => (typeof value === 'boolean' ? (value ? 1 : 0) : value);
