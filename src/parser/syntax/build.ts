import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Source, Span } from '../../diagnostics/span.ts';
import type * as ast from './ast.ts';
import { isToken, type Piece, precedence } from './precedence.ts';
import { readParts } from './strings.ts';
import { syntaxErrors } from './syntax-errors.ts';
import type { Token } from './tokens.ts';

/** More links than this in one chain (`a + b + c …`, `a.b.c …`, `x |> f() |> g() …`) are refused: the tree would be as deep as the chain is long. */
const MAX_CHAIN = 500;

/** Makes the nodes of the tree. One per parse; holds the source for spans and the mistakes that show only while building. */
export class Builder {
  readonly source: Source;
  readonly mistakes: Diagnostic[];
  /** The holes of texts that hold more than a name, read before the grammar runs (`parse.ts`). */
  readonly parts: ReadonlyMap<Token, ast.Expr>;

  constructor(source: Source, mistakes: Diagnostic[], parts: ReadonlyMap<Token, ast.Expr>) {
    this.source = source;
    this.mistakes = mistakes;
    this.parts = parts;
  }

  span(start: number, end: number): Span {
    return { source: this.source, start, end };
  }

  of(token: Token): Span {
    return { source: this.source, start: token.startOffset, end: token.end };
  }

  between(first: Token, last: Token): Span {
    return { source: this.source, start: first.startOffset, end: last.end };
  }

  name(token: Token): ast.Name {
    return { text: token.image, span: this.of(token) };
  }

  number(token: Token): ast.Expr {
    const { value } = token;
    const span = this.of(token);
    if (value?.kind !== 'number' || value.isBroken) return { kind: 'error', span };
    if (value.unit !== undefined) {
      const unit: ast.Name = { text: value.unit.text, span: this.span(value.unit.start, value.unit.end) };
      return { kind: 'quantity', text: value.text, unit, span };
    }
    return { kind: value.isFloat ? 'float' : 'int', text: value.text, span };
  }

  string(token: Token): ast.Expr {
    const string = this.parts.get(token) ?? readParts(this.source, token, undefined);
    if (string.kind === 'string' && !string.isRaw && string.raw.includes('${')) this.warnOfDollar(string);
    return string;
  }

  /** `${x}` is how other languages insert a value. */
  private warnOfDollar(string: Extract<ast.Expr, { kind: 'string' }>): void {
    for (const part of string.parts) {
      if (part.kind !== 'hole' || this.source.text.charAt(part.span.start - 1) !== '$') continue;
      const at = this.span(part.span.start - 1, part.span.end);
      this.mistakes.push(syntaxErrors.dollarBrace(at, this.source.text.slice(part.span.start + 1, part.span.end - 1)));
    }
  }

  bool(token: Token): ast.Expr {
    return { kind: 'bool', value: token.image === 'true', span: this.of(token) };
  }

  error(token: Token): { readonly kind: 'error'; readonly span: Span } {
    return { kind: 'error', span: this.of(token) };
  }

  /** A text in a place where nothing can be inserted. */
  plain(token: Token): ast.PlainString {
    const string = this.string(token);
    const span = this.of(token);
    if (string.kind !== 'string') return { value: '', span };
    if (string.partsProblem !== undefined) {
      this.mistakes.push(syntaxErrors.plainText(string.partsProblem.span, string.partsProblem.message));
      return { value: string.raw, span };
    }
    let value = '';
    for (const part of string.parts) {
      if (part.kind === 'text') value += part.value;
      else {
        this.mistakes.push(syntaxErrors.plainText(part.span, 'nothing can be inserted here'));
        return { value: string.raw, span };
      }
    }
    return { value, span };
  }

  /** Operands and operators in a row become a tree by precedence. */
  operation(pieces: readonly Piece[]): ast.Expr {
    const [only] = pieces;
    if (pieces.length === 1 && only !== undefined && !isToken(only)) return only;
    if (pieces.length > 2 * MAX_CHAIN) return this.tooLong(pieces);
    return precedence(this, pieces);
  }

  private tooLong(pieces: readonly Piece[]): ast.Expr {
    const first = pieces[0];
    const last = pieces.at(-1);
    const start = first === undefined ? 0 : isToken(first) ? first.startOffset : first.span.start;
    const end = last === undefined ? start : isToken(last) ? last.end : last.span.end;
    const span = this.span(start, end);
    this.mistakes.push(
      syntaxErrors.tooDeep(
        { ...span, end: Math.min(span.end, start + 1) },
        `More than ${MAX_CHAIN} operators stand in one expression`,
      ),
    );
    return { kind: 'error', span };
  }

  block(token: Token): ast.ScriptBody['text'] {
    return { kind: 'inline', value: token.value?.kind === 'block' ? token.value.text : '', span: this.of(token) };
  }

  /** An output that says nothing about where it is written. */
  missingPath(name: Token): ast.Expr {
    this.mistakes.push(syntaxErrors.missingOutputPath(this.of(name), name.image));
    return { kind: 'error', span: this.of(name) };
  }

  /** Counts the links of a chain; at the limit reports it once and answers that the link is to be left out. */
  isTooLong(links: number, at: Token): boolean {
    if (links < MAX_CHAIN) return false;
    if (links === MAX_CHAIN)
      this.mistakes.push(syntaxErrors.tooDeep(this.of(at), `More than ${MAX_CHAIN} links stand in one chain`));
    return true;
  }

  range(type: ast.TypeNode, operator: Token, value: ast.Expr): ast.TypeNode {
    const span = { source: this.source, start: type.span.start, end: value.span.end };
    const range =
      value.kind === 'paren' && value.items.length === 1 && value.items[0] !== undefined ? value.items[0] : value;
    if (range.kind === 'range') return { kind: 'range', of: type, range, span };
    if (range.kind !== 'error')
      this.mistakes.push(syntaxErrors.rangeExpected({ ...value.span, start: operator.startOffset }));
    return { kind: 'error', span };
  }
}

/** The docs of a declaration or field: the `///` block before its first token. */
export function withDocs(token: Token): { docs?: string } {
  return token.docs === undefined ? {} : { docs: token.docs };
}
