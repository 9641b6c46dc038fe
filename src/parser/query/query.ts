import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Source, Span } from '../../diagnostics/span.ts';
import type { Expr } from '../syntax/ast.ts';
import { parse } from '../syntax/parse.ts';
import { queryErrors } from './query-errors.ts';

/** What is asked of items and published files, as it was written: what may stand after `where`. `queryFilter` says what it means. */
export interface Query {
  readonly condition: Expr;
}

/** A condition that stands in a `.bit` file; its spans point there. */
export const queryOf = (condition: Expr): Query => ({ condition });

/** Reads a text by itself, as from a command line. Spans point into it; `name` is what it is called in messages. */
export function readQuery(
  text: string,
  { name }: { readonly name: string },
): { readonly query?: Query; readonly diagnostics: readonly Diagnostic[] } {
  const shown: Source = { name, text };
  const single = /^(?:"(?:[^"\\]|\\.)*"|[^"])*?(?<![=<>!~])=(?!=)/su.exec(text);
  if (single !== null) {
    const end = single[0].length;
    const at = { source: shown, start: end - 1, end };
    return {
      diagnostics: [queryErrors.singleEquals(at, { left: text.slice(0, end - 1), right: text.slice(end) })],
    };
  }
  const parsed = parse({ name, text: `${before}${text}${after}` });
  // Spans point into the text as it was typed, without what stands around it.
  const shift = (at: Span): Span => ({
    source: shown,
    start: clamp(at.start - before.length, text),
    end: clamp(at.end - before.length, text),
  });
  const errors = parsed.diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  if (errors.length > 0) {
    return {
      diagnostics: errors.map(({ fixes: _, related: __, ...diagnostic }) => ({
        ...diagnostic,
        ...asTyped(diagnostic, text),
        at: shift(diagnostic.at),
      })),
    };
  }
  for (const item of parsed.file.declarations) {
    if (item.kind !== 'workflow') continue;
    for (const statement of item.body) {
      if (statement.kind !== 'let' || statement.value.kind !== 'where') continue;
      const { test } = statement.value;
      // The brackets are ours: a text that closes them and opens others is two conditions, not one.
      if (test.kind === 'paren' && test.span.end === before.length + text.length + 1)
        return { query: { condition: moved(test, shift) }, diagnostics: [] };
    }
  }
  return { diagnostics: [queryErrors.notACondition({ source: shown, start: 0, end: text.length })] };
}

/** What stands around the text is ours, and nothing that the user could look for. */
function asTyped({ at, message }: Diagnostic, text: string): Partial<Diagnostic> {
  const place = at.start - before.length;
  if (place >= text.length && /found `\)`$/u.test(message))
    return { message: message.replace(/found `\)`$/u, 'found the end of the condition') };
  if (text.slice(0, Math.max(place, 0)).trim() === '' && message.startsWith('Expected `)` here'))
    return { message: message.replace('Expected `)` here', 'Expected a tag or property here') };
  return {};
}

const before = 'workflow {\nlet found = files where (';
const after = ')\n}\n';

const clamp = (offset: number, text: string): number => Math.min(Math.max(offset, 0), text.length);

function moved(value: Expr, shift: (at: Span) => Span): Expr {
  const walk = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(walk);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(
      Object.entries(part).map(([name, inner]) =>
        name === 'span' ? [name, shift(inner as Span)] : [name, walk(inner)],
      ),
    );
  };
  // The same tree with other spans.
  return walk(value) as Expr;
}
