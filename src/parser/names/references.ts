import type * as Ast from '../syntax/ast.ts';

/** The parts of an expression, one level down. */
export function partsOf(ast: Ast.Expr): readonly Ast.Expr[] {
  switch (ast.kind) {
    case 'string':
      return ast.parts.flatMap((part) => (part.kind === 'hole' ? [part.value] : []));
    case 'member':
      return [ast.of];
    case 'index':
      return [ast.of, ast.at];
    case 'call':
      return [ast.callee, ...ast.args.map((arg) => arg.value)];
    case 'unary':
      return [ast.of];
    case 'binary':
    case 'cross':
    case 'union':
      return [ast.left, ast.right];
    case 'if':
      return [ast.test, ast.then, ast.else];
    case 'list':
    case 'paren':
      return ast.items;
    case 'record':
      return ast.entries.map((entry) => entry.value);
    case 'range':
      return [...(ast.from ? [ast.from] : []), ...(ast.to ? [ast.to] : [])];
    case 'pipe':
      return [ast.left, ast.call];
    case 'where':
      return [ast.of, ast.test];
    case 'group':
      return [ast.of, ...(ast.order ?? []).map((key) => key.value), ...(ast.over ? [ast.over] : [])];
    case 'order':
      return [ast.of, ...ast.by.map((key) => key.value)];
    case 'tag':
      return [ast.of, ...ast.entries.map((entry) => entry.value)];
    case 'select':
      return [ast.of, ast.value];
    case 'pivot':
      return [ast.of, ...ast.fields.map((field) => field.value)];
    case 'window':
      return [ast.of, ast.size, ...(ast.order ?? []).map((key) => key.value)];
    case 'untag':
    case 'matching':
      return [ast.of];
    case 'after':
      return [ast.of, ast.other];
    case 'bool':
    case 'int':
    case 'float':
    case 'quantity':
    case 'name':
    case 'schema':
    case 'error':
      return [];
  }
}

/** Every name that an expression mentions, those inside dotted pattern insertions included. */
export function namesIn(ast: Ast.Expr, into: Set<string> = new Set()): Set<string> {
  const open: Ast.Expr[] = [ast];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.kind === 'name') into.add(next.name);
    if (next.kind === 'string')
      for (const match of next.raw.matchAll(/\{\s*([A-Za-z_]\w*)\s*[.}]/g)) into.add(match[1] ?? '');
    open.push(...partsOf(next));
  }
  return into;
}

export interface Ordered<T> {
  /** Each after what it needs. */
  readonly order: readonly T[];
  /** Definitions that need each other, each loop once, from the one that stands first in the file. */
  readonly loops: readonly (readonly T[])[];
}

/** Sorts definitions so that each stands after those it names; the written order decides where both would do. */
export function inOrderOfNeed<T>(
  definitions: readonly T[],
  given: { readonly nameOf: (one: T) => string; readonly needs: (one: T) => ReadonlySet<string> },
): Ordered<T> {
  const byName = new Map(definitions.map((one) => [given.nameOf(one), one]));
  const state = new Map<T, 'open' | 'done'>();
  const order: T[] = [];
  const loops: T[][] = [];
  for (const root of definitions) {
    if (state.has(root)) continue;
    // An explicit stack: a chain of ten thousand definitions written backwards is no reason to run out of it.
    const path: { readonly one: T; readonly rest: T[] }[] = [];
    const enter = (one: T): void => {
      state.set(one, 'open');
      const rest = [...given.needs(one)].flatMap((name) => byName.get(name) ?? []).reverse();
      path.push({ one, rest });
    };
    enter(root);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const next = top.rest.pop();
      if (next === undefined) {
        state.set(top.one, 'done');
        order.push(top.one);
        path.pop();
      } else if (!state.has(next)) enter(next);
      else if (state.get(next) === 'open') {
        const loop = path.slice(path.findIndex((step) => step.one === next)).map((step) => step.one);
        loops.push(fromFirst(loop, definitions));
      }
    }
  }
  return { order, loops };
}

function fromFirst<T>(loop: readonly T[], definitions: readonly T[]): T[] {
  const first = loop.reduce(
    (best, one, at) => (definitions.indexOf(one) < definitions.indexOf(loop[best] ?? one) ? at : best),
    0,
  );
  return [...loop.slice(first), ...loop.slice(0, first)];
}
