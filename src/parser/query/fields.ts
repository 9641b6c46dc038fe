import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Expr } from '../syntax/ast.ts';
import type { FilterField } from './filter.ts';
import { type FieldType, properties, propertyNamed, propertyNames } from './properties.ts';
import { queryErrors } from './query-errors.ts';

/** A tag that something has, or that an experiment declares. The same name may be there with several types and units. */
export interface KnownTag {
  readonly name: string;
  readonly type: 'str' | 'int' | 'float' | 'bool' | 'date';
  readonly unit?: string;
}

/** A tag or property where it is named. */
export interface Field {
  readonly field: FilterField;
  /** As it is written. */
  readonly text: string;
  /** None: not known yet, so anything may be compared with it. */
  readonly types: readonly FieldType[];
  readonly units: readonly string[];
}

/** What a name may stand for. `tags` is absent where they are not known yet, as in a program that is checked without a store: then every other name is a tag. */
export interface Naming {
  readonly tags: readonly KnownTag[] | undefined;
  readonly report: (diagnostic: Diagnostic) => void;
}

/** `cell`, `tag.cell`; `kind`, `it.kind`, `image.axes`, `pixel_size.x`; `image.shape[-1]`; `len(channels)`. Reports what is none, and gives `undefined`. */
export function fieldOf(of: Expr, naming: Naming): Field | undefined {
  switch (of.kind) {
    case 'name':
      return named(of, of.name, naming);
    case 'member': {
      const path = pathOf(of);
      if (path === undefined) break;
      const [scope, ...rest] = path;
      return scope === 'tag' ? tagField(of, rest.join('.'), naming) : property(of, path.join('.'), naming);
    }
    case 'index':
      return element(of, naming);
    case 'call':
      if (isCallOf(of, 'len')) return length(of, naming);
      break;
    case 'paren': {
      const [only] = of.items;
      if (of.items.length === 1 && only !== undefined) return fieldOf(only, naming);
      break;
    }
    default:
      break;
  }
  naming.report(queryErrors.notAField(of.span));
  return undefined;
}

/** Whether this is written as a tag or property is, and not as a param or a value. */
export function looksLikeField(of: Expr): boolean {
  switch (of.kind) {
    case 'name':
      return true;
    case 'member': {
      const path = pathOf(of);
      return path !== undefined && path[0] !== 'params' && (path[0] === 'tag' || scopes.has(path[0] ?? ''));
    }
    case 'index':
      return looksLikeField(of.of);
    case 'call':
      return isCallOf(of, 'len');
    case 'paren':
      return of.items.length === 1 && of.items[0] !== undefined && looksLikeField(of.items[0]);
    default:
      return false;
  }
}

/** Whether a name by itself is a tag or property that there is. */
export const isKnown = (name: string, tags: Naming['tags']): boolean =>
  propertyNamed(name) !== undefined || (tags ?? []).some((tag) => tag.name === name);

const scopes: ReadonlySet<string> = new Set(['it', 'image', 'pixel_size', 'objective']);

function named(of: Expr, name: string, naming: Naming): Field | undefined {
  const types = (naming.tags ?? []).filter((tag) => tag.name === name);
  const known = propertyNamed(name);
  if (known !== undefined && types.length > 0) {
    naming.report(queryErrors.both(of.span, { name }));
    return undefined;
  }
  return known === undefined ? tagField(of, name, naming) : property(of, name, naming);
}

function tagField(of: Expr, name: string, naming: Naming): Field | undefined {
  const text = of.kind === 'name' ? name : `tag.${name}`;
  const found = (naming.tags ?? []).filter((tag) => tag.name === name);
  if (naming.tags !== undefined && found.length === 0) {
    const tags = [...new Set(naming.tags.map((tag) => tag.name))];
    naming.report(queryErrors.unknown(of.span, { name, tags, properties: of.kind === 'name' ? propertyNames : [] }));
    return undefined;
  }
  return {
    field: { kind: 'tag', name },
    text,
    types: [...new Set(found.map((tag) => tag.type))],
    units: [...new Set(found.flatMap((tag) => tag.unit ?? []))],
  };
}

function property(of: Expr, written: string, naming: Naming): Field | undefined {
  const name = propertyNamed(written);
  if (name === undefined) {
    const bare = written.replace(/^(?:it|image)\./, '');
    naming.report(queryErrors.unknown(of.span, { name: bare, tags: tagNames(naming), properties: propertyNames }));
    return undefined;
  }
  const { type, unit } = properties[name];
  return { field: { kind: 'property', name }, text: written, types: [type], units: unit === undefined ? [] : [unit] };
}

function element(of: Expr & { kind: 'index' }, naming: Naming): Field | undefined {
  const list = fieldOf(of.of, naming);
  if (list === undefined) return undefined;
  if (list.field.kind !== 'property' || list.field.name !== 'shape') {
    naming.report(queryErrors.notAField(of.span));
    return undefined;
  }
  const at =
    of.at.kind === 'unary' && of.at.operator === '-' && of.at.of.kind === 'int'
      ? -Number(of.at.of.text)
      : of.at.kind === 'int'
        ? Number(of.at.text)
        : undefined;
  if (at === undefined) {
    naming.report(queryErrors.notAWholeNumber(of.at.span));
    return undefined;
  }
  return { field: { kind: 'element', at }, text: `${list.text}[${at}]`, types: ['int'], units: [] };
}

function length(of: Expr & { kind: 'call' }, naming: Naming): Field | undefined {
  const [argument] = of.args;
  if (argument === undefined || of.args.length !== 1) {
    naming.report(queryErrors.oneArgument(of.span, { name: 'len', example: 'len(channels) == 3' }));
    return undefined;
  }
  const list = fieldOf(argument.value, naming);
  if (list === undefined) return undefined;
  if (list.types.length > 0 && !list.types.some((type) => type === 'str' || type === 'texts' || type === 'numbers')) {
    naming.report(queryErrors.notATextOrList(argument.span, { field: list.text }));
    return undefined;
  }
  return { field: { kind: 'length', of: list.field }, text: `len(${list.text})`, types: ['int'], units: [] };
}

/** A call of this name, as `present(…)` is. */
export const isCallOf = (of: Expr & { kind: 'call' }, name: string): boolean =>
  of.callee.kind === 'name' && of.callee.name === name;

const tagNames = (naming: Naming): readonly string[] => [...new Set((naming.tags ?? []).map((tag) => tag.name))];

function pathOf(of: Expr): readonly string[] | undefined {
  if (of.kind === 'name') return [of.name];
  if (of.kind !== 'member') return undefined;
  const before = pathOf(of.of);
  return before && [...before, of.name.text];
}
