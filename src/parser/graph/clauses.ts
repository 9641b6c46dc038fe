import { nameErrors } from '../names/name-errors.ts';
import { checkSnakeName } from '../names/words.ts';
import type * as Ast from '../syntax/ast.ts';
import { fold } from '../types/constants.ts';
import { typeExpr } from '../types/expressions.ts';
import { isNumeric, isText, tagKindOf } from '../types/fits.ts';
import { narrowing } from '../types/scope.ts';
import type { RecordField, TagType, Type } from '../types/type.ts';
import { typeErrors } from '../types/type-errors.ts';
import { constantScope, uniqueFields } from '../types/type-nodes.ts';
import { datasetErrors } from './dataset-errors.ts';
import { type Checker, type DatasetFlow, dataset, type Env, errorFlow, type Flow, type Wish } from './flow.ts';
import { type NewNode, nodesOf, visit } from './nodes.ts';
import type { Expr, NodeId, Sorting } from './program.ts';

export interface Place {
  readonly checker: Checker;
  readonly env: Env;
  readonly wish: Wish;
}

type Clause<K extends Ast.Expr['kind']> = Extract<Ast.Expr, { kind: K }>;

/** Adds a node made from one dataset, named after the `let` or after what it is made from. */
export function derive(
  from: DatasetFlow,
  given: { readonly word: string; readonly node: NewNode; readonly place: Place; readonly known?: boolean },
): NodeId {
  const { checker, env } = given.place;
  const base = checker.nodes.at(from.node);
  const name = derivedName(base.name, { word: given.word, place: given.place });
  const before = checker.nodes.info(from.node);
  return checker.nodes.add(name, given.node, {
    guards: env.guards,
    known: before.known && (given.known ?? true),
    ...(before.elementTags ? { elementTags: before.elementTags } : {}),
    ...(before.fileField !== undefined &&
    given.node.of.kind === 'record' &&
    base.of.kind === 'record' &&
    given.node.kind !== 'pivot'
      ? { fileField: before.fileField }
      : {}),
  });
}

/** The `let`'s name where no call or clause inside took it, else that of what it is made from and a word. */
function derivedName(base: string, given: { readonly word: string; readonly place: Place }): string {
  const { wish, checker } = given.place;
  return wish.name !== undefined && !checker.nodes.isTaken(wish.name) ? wish.name : `${base} ${given.word}`;
}

/** What a clause passes on to what it stands behind: the name of the `let`. */
export const nameOnly = (wish: Wish): Wish => (wish.name === undefined ? {} : { name: wish.name });

/** Whether an expression reads only what is known before the run. */
export const readsKnown = (expr: Expr, checker: Checker): boolean =>
  nodesOf(expr).every((node) => checker.nodes.info(node).known);

export function where(ast: Clause<'where'>, place: Place): Flow {
  const { checker, env } = place;
  const from = checker.dataset(ast.of, env, nameOnly(place.wish));
  if (from === undefined) {
    return errorFlow;
  }
  const node = checker.nodes.at(from.node);
  const test = checker.item(ast.test, from, env);
  if (test.type.kind === 'error') return errorFlow;
  if (test.type.kind !== 'bool') {
    checker.report(typeErrors.expected(ast.test.span, { expected: 'Bool', found: test.type, where: '`where`' }));
    return errorFlow;
  }
  const of = narrowedType(node.of, { test: ast.test, itName: from.itName });
  const id = derive(from, {
    word: 'where',
    place,
    known: readsKnown(test, checker),
    node: { kind: 'filter', from: from.node, test, span: ast.span, of, tags: node.tags, plain: false },
  });
  return dataset(id, from.view, from.itName);
}

/** `where present(dose)` leaves items that have a dose. */
function narrowedType(of: Type, given: { readonly test: Ast.Expr; readonly itName: string | undefined }): Type {
  const { present } = narrowing(given.test).whenTrue;
  if (present.length === 0) return of;
  if (of.kind === 'optional') return present.some((path) => path === 'it' || path === given.itName) ? of.of : of;
  if (of.kind !== 'record') return of;
  const shown = (name: string): boolean =>
    present.some((path) => path === name || path === `it.${name}` || path === `out.${name}`);
  return {
    kind: 'record',
    fields: of.fields.map((field) =>
      field.type.kind === 'optional' && shown(field.name) ? { name: field.name, type: field.type.of } : field,
    ),
  };
}

export function group(ast: Clause<'group'>, place: Place): Flow {
  const { checker, env } = place;
  const from = checker.dataset(ast.of, env, nameOnly(place.wish));
  const over = ast.over === undefined ? undefined : checker.dataset(ast.over, env);
  if (from === undefined || (ast.over !== undefined && over === undefined)) return errorFlow;
  const node = checker.nodes.at(from.node);
  const by = tagNames(ast.by, { from, place });
  const keep = tagNames(ast.keep ?? [], { from, place });
  if (by === undefined || keep === undefined) return errorFlow;
  const twice = (ast.keep ?? []).find((name) => by.includes(name.text));
  if (twice !== undefined) {
    checker.report(datasetErrors.keptAnyway(twice.span, { tag: twice.text }));
    return errorFlow;
  }
  const order = sorting(ast.order ?? [], { from, place });
  if (order === undefined) return errorFlow;
  if (over !== undefined && ast.over !== undefined && !checkOver(over, { ast: ast.over, by, from, place }))
    return errorFlow;
  const tags = node.tags.filter((tag) => by.includes(tag.name) || keep.includes(tag.name));
  const name = derivedName(node.name, { word: 'group', place });
  const known = checker.nodes.info(from.node).known && (over === undefined || checker.nodes.info(over.node).known);
  const id = checker.nodes.add(
    name,
    {
      kind: 'group',
      from: from.node,
      by,
      order,
      keep,
      ...(over === undefined ? {} : { over: over.node }),
      span: ast.span,
      of: { kind: 'list', of: node.of },
      tags,
      plain: false,
    },
    { guards: env.guards, known, elementTags: node.tags },
  );
  return dataset(id, from.view);
}

function checkOver(
  over: DatasetFlow,
  given: { readonly ast: Ast.Expr; readonly by: readonly string[]; readonly from: DatasetFlow; readonly place: Place },
): boolean {
  const { checker } = given.place;
  const tags = checker.nodes.at(over.node).tags;
  if (tags.length !== given.by.length || !tags.every((tag) => given.by.includes(tag.name))) {
    checker.report(datasetErrors.overOther(given.ast.span, { tags, by: given.by }));
    return false;
  }
  const own = checker.nodes.at(given.from.node).tags;
  const other = tags.find((tag) => own.some((one) => one.name === tag.name && one.kind !== tag.kind));
  if (other === undefined) return true;
  const first = own.find((one) => one.name === other.name)?.kind ?? 'Str';
  checker.report(
    datasetErrors.tagKinds(given.ast.span, {
      tag: other.name,
      first,
      second: other.kind,
      other: checker.nodes.at(given.from.node).span,
      where: 'the grouped dataset',
    }),
  );
  return false;
}

/** The names as tags of a dataset; `undefined` after a report. */
export function tagNames(
  names: readonly Ast.Name[],
  given: { readonly from: DatasetFlow; readonly place: Place },
): readonly string[] | undefined {
  const { checker, env } = given.place;
  const { view, node } = given.from;
  const tags = checker.nodes.at(node).tags;
  const visible = tags.filter((tag) => !view.hidden.has(tag.name)).map((tag) => tag.name);
  const found: string[] = [];
  let failed = false;
  for (const name of names) {
    if (found.includes(name.text)) {
      checker.report(
        nameErrors.duplicate(name.span, {
          what: 'tag',
          name: name.text,
          first: names.find((one) => one.text === name.text)?.span ?? name.span,
        }),
      );
      failed = true;
    } else if (visible.includes(name.text)) found.push(name.text);
    else {
      failed = true;
      checker.report(
        view.hidden.has(name.text) || (view.open && !isNear(name.text, visible))
          ? datasetErrors.tagNotDeclared(name.span, { name: name.text, calls: env.calls })
          : datasetErrors.unknownTag(name.span, { name: name.text, tags: visible }),
      );
    }
  }
  return failed ? undefined : found;
}

const isNear = (name: string, names: readonly string[]): boolean =>
  names.some((one) => one.toLowerCase() === name.toLowerCase());

/** `order by x desc, y`; `undefined` after a report. */
export function sorting(
  keys: readonly Ast.SortKey[],
  given: { readonly from: DatasetFlow; readonly place: Place },
): readonly Sorting[] | undefined {
  const { checker, env } = given.place;
  let failed = false;
  const sorts = keys.map((key) => {
    const value = checker.item(key.value, given.from, env);
    const { type } = value;
    if (type.kind === 'error') failed = true;
    else if (!isNumeric(type) && !isText(type) && type.kind !== 'quantity' && type.kind !== 'bool') {
      checker.report(datasetErrors.cannotOrder(key.value.span, { type }));
      failed = true;
    }
    return { value, descending: key.direction === 'desc' };
  });
  return failed ? undefined : sorts;
}

export function order(ast: Clause<'order'>, place: Place): Flow {
  const { checker, env } = place;
  const from = checker.dataset(ast.of, env, nameOnly(place.wish));
  const by = from && sorting(ast.by, { from, place });
  if (from === undefined || by === undefined) return errorFlow;
  const node = checker.nodes.at(from.node);
  const id = derive(from, {
    word: 'order',
    place,
    known: by.every((sort) => readsKnown(sort.value, checker)),
    node: { kind: 'sort', from: from.node, by, span: ast.span, of: node.of, tags: node.tags, plain: node.plain },
  });
  return dataset(id, from.view, from.itName);
}

export function tag(ast: Clause<'tag'>, place: Place): Flow {
  const { checker, env } = place;
  const from = checker.dataset(ast.of, env, nameOnly(place.wish));
  if (from === undefined) return errorFlow;
  const node = checker.nodes.at(from.node);
  const tags: TagType[] = [...node.tags];
  const set: { name: string; value: Expr }[] = [];
  let failed = false;
  for (const entry of uniqueFields(ast.entries, { what: 'tag', report: checker.report })) {
    checkSnakeName(entry.name, { what: 'tags', report: checker.report });
    const value = checker.item(entry.value, from, env);
    const kind = tagKindOf(value.type);
    if (value.type.kind === 'error') failed = true;
    else if (kind === undefined) {
      checker.report(datasetErrors.noTagValue(entry.value.span, { name: entry.name.text, type: value.type }));
      failed = true;
    } else {
      const at = tags.findIndex((one) => one.name === entry.name.text);
      if (at === -1) tags.push({ name: entry.name.text, kind });
      else tags[at] = { name: entry.name.text, kind };
      set.push({ name: entry.name.text, value });
    }
  }
  if (failed) return errorFlow;
  const id = derive(from, {
    word: 'tag',
    place,
    known: set.every((one) => readsKnown(one.value, checker)),
    node: { kind: 'map', from: from.node, set, drop: [], span: ast.span, of: node.of, tags, plain: false },
  });
  const hidden = new Set([...from.view.hidden].filter((name) => !set.some((one) => one.name === name)));
  return dataset(id, { ...from.view, hidden }, from.itName);
}

export function untag(ast: Clause<'untag'>, place: Place): Flow {
  const { checker, env } = place;
  const from = checker.dataset(ast.of, env, nameOnly(place.wish));
  const drop = from && tagNames(ast.names, { from, place });
  if (from === undefined || drop === undefined) return errorFlow;
  const node = checker.nodes.at(from.node);
  const id = derive(from, {
    word: 'untag',
    place,
    node: {
      kind: 'map',
      from: from.node,
      set: [],
      drop,
      span: ast.span,
      of: node.of,
      tags: node.tags.filter((one) => !drop.includes(one.name)),
      plain: node.plain,
    },
  });
  return dataset(id, from.view, from.itName);
}

export function select(ast: Clause<'select'>, place: Place): Flow {
  const { checker, env } = place;
  const from = checker.dataset(ast.of, env, nameOnly(place.wish));
  if (from === undefined) return errorFlow;
  const value = checker.item(ast.value, from, env);
  if (value.type.kind === 'error') return errorFlow;
  const itName =
    ast.value.kind === 'name' ? ast.value.name : ast.value.kind === 'member' ? ast.value.name.text : undefined;
  return mapped(from, {
    value,
    span: ast.span,
    word: 'select',
    place,
    ...(itName === undefined || itName === 'it' ? {} : { itName }),
  });
}

/** A dataset with the same tags whose values are `value` of each item. */
export function mapped(
  from: DatasetFlow,
  given: {
    readonly value: Expr;
    readonly span: Ast.Expr['span'];
    readonly word: string;
    readonly place: Place;
    readonly itName?: string;
  },
): DatasetFlow {
  const { checker } = given.place;
  const node = checker.nodes.at(from.node);
  let readsFiles = false;
  visit(given.value, (part) => {
    if (part.kind === 'property') readsFiles = true;
  });
  const id = derive(from, {
    word: given.word,
    place: given.place,
    known: readsKnown(given.value, checker) && (!readsFiles || checker.nodes.info(from.node).known),
    node: {
      kind: 'map',
      from: from.node,
      value: given.value,
      set: [],
      drop: [],
      span: given.span,
      of: given.value.type,
      tags: node.tags,
      plain: node.plain,
    },
  });
  // A tag of the same name as the value would make every later use of the name ambiguous.
  const isTag = node.tags.some((one) => one.name === given.itName);
  return dataset(id, from.view, isTag ? undefined : given.itName);
}

export function pivot(ast: Clause<'pivot'>, place: Place): Flow {
  const { checker, env } = place;
  const from = checker.dataset(ast.of, env, nameOnly(place.wish));
  const names = from && tagNames([ast.tag], { from, place });
  if (from === undefined || names === undefined) return errorFlow;
  const node = checker.nodes.at(from.node);
  const kind = node.tags.find((one) => one.name === ast.tag.text)?.kind ?? 'Str';
  const seen = new Set<string>();
  const fields = uniqueFields(ast.fields, { what: 'field', report: checker.report }).flatMap((field) => {
    const expr = typeExpr(field.value, constantScope(checker.report));
    const value = fold(expr, checker.bound);
    if (expr.type.kind === 'error') return [];
    const fits =
      kind === 'Str'
        ? typeof value === 'string'
        : kind === 'Bool'
          ? typeof value === 'boolean'
          : typeof value === 'number';
    if (!fits || (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')) {
      checker.report(datasetErrors.pivotValue(field.value.span, { tag: ast.tag.text, kind }));
      return [];
    }
    const key = JSON.stringify(value);
    if (seen.has(key)) checker.report(datasetErrors.pivotTwice(field.value.span, { value: key }));
    seen.add(key);
    return [{ name: field.name.text, value, optional: field.optional }];
  });
  if (fields.length !== ast.fields.length || fields.length === 0) {
    if (ast.fields.length === 0) checker.report(datasetErrors.pivotEmpty(ast.span, { tag: ast.tag.text }));
    return errorFlow;
  }
  const of: Type = {
    kind: 'record',
    fields: fields.map(
      (field): RecordField => ({
        name: field.name,
        type: field.optional && node.of.kind !== 'optional' ? { kind: 'optional', of: node.of } : node.of,
      }),
    ),
  };
  const id = derive(from, {
    word: 'pivot',
    place,
    node: {
      kind: 'pivot',
      from: from.node,
      tag: ast.tag.text,
      fields,
      open: ast.open,
      span: ast.span,
      of,
      tags: node.tags.filter((one) => one.name !== ast.tag.text),
      plain: false,
    },
  });
  return dataset(id, from.view);
}

export function window(ast: Clause<'window'>, place: Place): Flow {
  const { checker, env } = place;
  const from = checker.dataset(ast.of, env, nameOnly(place.wish));
  const by = from && tagNames(ast.by, { from, place });
  const order = from && sorting(ast.order ?? [], { from, place });
  if (from === undefined || by === undefined || order === undefined) return errorFlow;
  const size = wholeNumber(ast.size, { what: 'The size of a window', min: 1, place });
  if (size === undefined) return errorFlow;
  const node = checker.nodes.at(from.node);
  const id = checker.nodes.add(
    derivedName(node.name, { word: 'window', place }),
    {
      kind: 'window',
      from: from.node,
      size,
      by,
      order,
      span: ast.span,
      of: { kind: 'list', of: node.of, min: size, max: size },
      tags: node.tags,
      plain: false,
    },
    { guards: env.guards, known: checker.nodes.info(from.node).known, elementTags: node.tags },
  );
  return dataset(id, from.view);
}

/** A whole number known while checking; `undefined` after a report. */
export function wholeNumber(
  ast: Ast.Expr,
  given: { readonly what: string; readonly min: number; readonly place: Place },
): number | undefined {
  const { checker, env } = given.place;
  const expr = checker.plain(ast, env);
  if (expr.type.kind === 'error') return undefined;
  const value = fold(expr, checker.bound);
  if (typeof value === 'number' && Number.isInteger(value) && value >= given.min) return value;
  checker.report(datasetErrors.notNumber(ast.span, { what: given.what, min: given.min }));
  return undefined;
}
