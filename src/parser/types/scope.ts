import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Span } from '../../diagnostics/span.ts';
import type { Expr } from '../graph/program.ts';
import type * as Ast from '../syntax/ast.ts';
import { errorType } from './fits.ts';

/**
 * What names mean where an expression stands: over the items of a dataset, in a process, in a workflow. The rules of
 * operators, functions and literals are the same everywhere and live in `expressions.ts`.
 */
export interface Scope {
  readonly report: (diagnostic: Diagnostic) => void;
  /** The meaning of a name, member, call or clause; `undefined` leaves it to the rules of plain expressions. */
  readonly resolve: (ast: Ast.Expr, scope: Scope) => Expr | undefined;
  /** For suggestions: the names that could stand here. */
  readonly names: () => readonly string[];
  /** Paths, `dose` or `params.frames`, that a `present(…)` around has shown to be there. */
  readonly narrowed: ReadonlySet<string>;
  /** Paths that a test around has shown to be absent. */
  readonly absent: ReadonlySet<string>;
  /** Whether `"{image}"` is the path of a file; elsewhere a file has no text. */
  readonly filesHavePaths: boolean;
}

export const errorExpr = (span: Span): Expr => ({ kind: 'const', value: null, type: errorType, span });

/** `params.frames` as a path to narrow; `undefined` for anything but names and members of names. */
export function pathOf(ast: Ast.Expr): string | undefined {
  if (ast.kind === 'name') return ast.name;
  if (ast.kind === 'paren' && ast.items.length === 1 && ast.items[0] !== undefined) return pathOf(ast.items[0]);
  if (ast.kind !== 'member') return undefined;
  const of = pathOf(ast.of);
  return of === undefined ? undefined : `${of}.${ast.name.text}`;
}

export interface Narrowing {
  readonly present: readonly string[];
  readonly absent: readonly string[];
}

/** What is known where `test` is true, and where it is false. */
export function narrowing(test: Ast.Expr): { readonly whenTrue: Narrowing; readonly whenFalse: Narrowing } {
  const nothing: Narrowing = { present: [], absent: [] };
  if (test.kind === 'paren' && test.items.length === 1 && test.items[0] !== undefined) return narrowing(test.items[0]);
  if (test.kind === 'call' && test.callee.kind === 'name' && test.callee.name === 'present') {
    const path = test.args[0] && pathOf(test.args[0].value);
    if (path === undefined) return { whenTrue: nothing, whenFalse: nothing };
    return { whenTrue: { present: [path], absent: [] }, whenFalse: { present: [], absent: [path] } };
  }
  if (test.kind === 'unary' && test.operator === 'not') {
    const inner = narrowing(test.of);
    return { whenTrue: inner.whenFalse, whenFalse: inner.whenTrue };
  }
  if (test.kind === 'binary' && (test.operator === 'and' || test.operator === 'or')) {
    const [left, right] = [narrowing(test.left), narrowing(test.right)];
    const both = (a: Narrowing, b: Narrowing): Narrowing => ({
      present: [...a.present, ...b.present],
      absent: [...a.absent, ...b.absent],
    });
    return test.operator === 'and'
      ? { whenTrue: both(left.whenTrue, right.whenTrue), whenFalse: nothing }
      : { whenTrue: nothing, whenFalse: both(left.whenFalse, right.whenFalse) };
  }
  return { whenTrue: nothing, whenFalse: nothing };
}

export function narrow<S extends Pick<Scope, 'narrowed' | 'absent'>>(scope: S, by: Narrowing): S {
  if (by.present.length === 0 && by.absent.length === 0) return scope;
  return {
    ...scope,
    narrowed: new Set([...scope.narrowed, ...by.present]),
    absent: new Set([...scope.absent, ...by.absent]),
  };
}
