import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Span } from '../../diagnostics/span.ts';
import type * as Ast from '../syntax/ast.ts';
import { fold } from '../types/constants.ts';
import { typeExpr } from '../types/expressions.ts';
import { typeErrors } from '../types/type-errors.ts';
import { constantScope, literalText } from '../types/type-nodes.ts';
import { datasetErrors } from './dataset-errors.ts';

/** The arguments of a function of the language, by name. Readers report what is of the wrong kind and give `undefined`. */
export interface Arguments {
  readonly span: Span;
  /** Something was reported already, so what is missing need not be. */
  readonly failed: boolean;
  get(name: string): Ast.Expr | undefined;
  integer(name: string): number | undefined;
  text(name: string): string | undefined;
  flag(name: string): boolean | undefined;
  /** `(a, b)` or `a`: names of tags or columns. */
  names(name: string): readonly Ast.Name[] | undefined;
}

interface Shape {
  readonly function: string;
  readonly positional: readonly string[];
  readonly named: readonly string[];
  readonly report: (diagnostic: Diagnostic) => void;
}

/** Sorts the arguments of a call by name; what does not belong is reported. */
export function argumentsOf(ast: Ast.Expr & { kind: 'call' }, shape: Shape): Arguments {
  const { report } = shape;
  const given = new Map<string, Ast.Expr>();
  let failed = false;
  let position = 0;
  for (const arg of ast.args) {
    if (arg.each) {
      report(typeErrors.eachHere(arg.span, {}));
      failed = true;
      continue;
    }
    const name = arg.name === undefined ? shape.positional[position++] : arg.name.text;
    const known = [...shape.positional, ...shape.named];
    if (name === undefined || !known.includes(name) || given.has(name)) {
      const problem = name === undefined ? 'surplus' : given.has(name) ? 'twice' : 'unknown';
      report(datasetErrors.badArgument(arg.name?.span ?? arg.span, { function: shape.function, name, problem, known }));
      failed = true;
      continue;
    }
    given.set(name, arg.value);
  }

  function literal(name: string, wanted: string): unknown {
    const value = given.get(name);
    if (value === undefined || value.kind === 'error') return undefined;
    const folded =
      literalText(value) ??
      fold(
        typeExpr(
          value,
          constantScope(() => {}),
        ),
        () => undefined,
      );
    const fits =
      wanted === 'a whole number'
        ? typeof folded === 'number' && Number.isInteger(folded) && folded >= 0
        : wanted === 'a text'
          ? typeof folded === 'string'
          : typeof folded === 'boolean';
    if (fits) return folded;
    report(datasetErrors.optionValue(value.span, { option: name, wanted }));
    return undefined;
  }

  return {
    span: ast.span,
    get failed() {
      return failed;
    },
    get: (name) => given.get(name),
    integer: (name) => {
      const value = literal(name, 'a whole number');
      return typeof value === 'number' ? value : undefined;
    },
    text: (name) => {
      const value = literal(name, 'a text');
      return typeof value === 'string' ? value : undefined;
    },
    flag: (name) => {
      const value = literal(name, '`true` or `false`');
      return typeof value === 'boolean' ? value : undefined;
    },
    names: (name) => {
      const value = given.get(name);
      return value && nameList(value, { option: name, report });
    },
  };
}

/** `(a, b)`, `(a)` or `a`. */
export function nameList(
  ast: Ast.Expr,
  given: { readonly option: string; readonly report: (diagnostic: Diagnostic) => void },
): readonly Ast.Name[] {
  const items = ast.kind === 'paren' || ast.kind === 'list' ? ast.items : [ast];
  return items.flatMap((item): Ast.Name[] => {
    if (item.kind === 'error') return [];
    const name =
      item.kind === 'name'
        ? item.name
        : item.kind === 'member' && item.of.kind === 'name' && item.of.name === 'tag'
          ? item.name.text
          : undefined;
    if (name !== undefined) return [{ text: name, span: item.span }];
    given.report(
      datasetErrors.optionValue(item.span, { option: given.option, wanted: 'names, such as `(cell, time)`' }),
    );
    return [];
  });
}
