import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Source, Span } from '../../diagnostics/span.ts';
import type * as ast from './ast.ts';
import { syntaxErrors } from './syntax-errors.ts';
import * as t from './tokens.ts';
import { Token } from './tokens.ts';

/** What the grammar hands over of one operation: operands and operators as they stand. */
export type Piece = ast.Expr | Token;

export function isToken(piece: Piece): piece is Token {
  return piece instanceof Token;
}

/** What the nodes are made with: the text they point into, and where mistakes go that show only here. */
interface Tree {
  readonly source: Source;
  readonly mistakes: Diagnostic[];
  span(start: number, end: number): Span;
}

/** Higher binds tighter. Comparisons do not chain; `..` and `??` bind looser than arithmetic, so `0..n + 1` and `x ?? a + b` read as they look. */
const infix: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  in: 4,
  'not in': 4,
  '~': 4,
  '==': 4,
  '!=': 4,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  '??': 5,
  '..': 6,
  '+': 7,
  '-': 7,
  '*': 8,
  '/': 8,
  '%': 8,
  '**': 10,
};
const NOT = 3;
const COMPARISON = 4;
const RANGE = 6;
const NEGATE = 9;
const POWER = 10;

/** How tight an operator binds; 0 for what is none. */
export function operatorStrength(operator: string): number {
  return infix[operator] ?? 0;
}

/** Reads operands and operators as a tree, by precedence climbing. The pieces alternate as the grammar let them through. */
export function precedence(build: Tree, pieces: readonly Piece[]): ast.Expr {
  let at = 0;

  function nodeAt(index: number): Token | undefined {
    const piece = pieces[index];
    return piece !== undefined && isToken(piece) ? piece : undefined;
  }

  function operand(minimum: number): ast.Expr {
    const prefixes: Token[] = [];
    for (let token = nodeAt(at); token !== undefined && token.tokenType === t.Prefix; token = nodeAt(at)) {
      prefixes.push(token);
      at++;
    }
    const last = prefixes.at(-1);
    let value = last === undefined ? primary() : climb(primary(), last.image === '-' ? NEGATE : Math.max(minimum, NOT));
    for (const prefix of prefixes.reverse()) {
      const operator = prefix.image === '-' ? '-' : 'not';
      value = { kind: 'unary', operator, of: value, span: build.span(prefix.startOffset, value.span.end) };
      const outer = prefixes[prefixes.indexOf(prefix) + 1];
      if (outer !== undefined) value = climb(value, outer.image === '-' ? NEGATE : Math.max(minimum, NOT));
    }
    return value;
  }

  function primary(): ast.Expr {
    const piece = pieces[at];
    if (piece !== undefined && !isToken(piece)) {
      at++;
      return piece;
    }
    // `..5` and `1..`: the grammar lets an end of a range be absent, and nothing else.
    const place = piece?.startOffset ?? 0;
    return { kind: 'error', span: build.span(place, place) };
  }

  function climb(start: ast.Expr, minimum: number): ast.Expr {
    let left = start;
    let compared: { operator: Token; node: ast.Expr } | undefined;
    for (let token = nodeAt(at); token !== undefined; token = nodeAt(at)) {
      const strength = operatorStrength(token.image);
      if (strength === 0 || strength < minimum) return left;
      at++;
      if (strength === RANGE) {
        const to = hasOperand() ? climb(operand(RANGE + 1), RANGE + 1) : undefined;
        left = rangeOf(build, { from: left, dots: token, to });
        continue;
      }
      const right = climb(operand(strength), strength === POWER ? POWER : strength + 1);
      const span = build.span(left.span.start, right.span.end);
      if (strength === COMPARISON && compared !== undefined && compared.node === left)
        reportChain(build, { left, operator: token, right, first: compared.operator });
      left = binary(token, { left, right, span });
      compared = strength === COMPARISON ? { operator: token, node: left } : undefined;
    }
    return left;
  }

  function hasOperand(): boolean {
    const piece = pieces[at];
    return piece !== undefined && (!isToken(piece) || piece.tokenType === t.Prefix);
  }

  if (nodeAt(0)?.tokenType === t.DotDot) {
    const dots = nodeAt(0);
    at = 1;
    const to = hasOperand() ? climb(operand(RANGE + 1), RANGE + 1) : undefined;
    return climb(rangeOf(build, { from: undefined, dots, to }), 1);
  }
  return climb(operand(1), 1);
}

function binary(
  token: Token,
  sides: { readonly left: ast.Expr; readonly right: ast.Expr; readonly span: Span },
): ast.Expr {
  if (token.image === 'not in')
    return { kind: 'unary', operator: 'not', of: { kind: 'binary', operator: 'in', ...sides }, span: sides.span };
  const operator = operators.get(token.image);
  return operator === undefined ? { kind: 'error', span: sides.span } : { kind: 'binary', operator, ...sides };
}

const operators = new Map<string, ast.BinaryOperator>(
  (['or', 'and', 'in', '~', '==', '!=', '<', '<=', '>', '>=', '??', '+', '-', '*', '/', '%', '**'] as const).map(
    (operator) => [operator, operator],
  ),
);

function rangeOf(
  build: Tree,
  parts: { readonly from: ast.Expr | undefined; readonly dots: Token | undefined; readonly to: ast.Expr | undefined },
): ast.Expr {
  const { from, dots, to } = parts;
  const start = from?.span.start ?? dots?.startOffset ?? 0;
  const end = to?.span.end ?? dots?.end ?? start;
  return {
    kind: 'range',
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    span: build.span(start, end),
  };
}

function reportChain(
  build: Tree,
  chain: { readonly left: ast.Expr; readonly operator: Token; readonly right: ast.Expr; readonly first: Token },
): void {
  if (chain.left.kind !== 'binary') return;
  const written = (expr: ast.Expr): string => build.source.text.slice(expr.span.start, expr.span.end);
  build.mistakes.push(
    syntaxErrors.chainedComparison(build.span(chain.left.span.start, chain.right.span.end), {
      left: written(chain.left.left),
      first: chain.first.image,
      middle: written(chain.left.right),
      second: chain.operator.image,
      right: written(chain.right),
    }),
  );
}
