import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Source } from '../../diagnostics/span.ts';
import { attachComments } from './attach-comments.ts';
import { blankLine, concat, hardline, printDoc, text } from './doc.ts';
import { type Parsed, parse } from './parse.ts';
import { EntryPrinter } from './print-entries.ts';

/** Columns that a line may take, where there is a place to break it. */
export const WIDTH = 100;

/**
 * The one layout of a pipeline: two spaces, comments where they were, at most one empty line, lines broken at 100 columns. The meaning stays
 * the same, and laying the result out again changes nothing. A text with mistakes comes back as it was, with them.
 */
export function format(source: Source): { readonly text: string; readonly diagnostics: readonly Diagnostic[] } {
  const parsed = parse(source);
  const { diagnostics } = parsed;
  if (diagnostics.some((diagnostic) => diagnostic.severity === 'error')) return { text: source.text, diagnostics };
  let printed = print(source, parsed);
  // A comment that had to move is laid out again where it went, until all are at rest.
  for (let round = 0; printed.hasMoved && round < MAX_ROUNDS; round++) {
    const next = { name: source.name, text: printed.text };
    printed = print(next, parse(next));
  }
  return { text: printed.text, diagnostics };
}

const MAX_ROUNDS = 5;

function print(source: Source, parsed: Parsed): { readonly text: string; readonly hasMoved: boolean } {
  const attached = attachComments(source.text, parsed.tokens, parsed.comments);
  const printer = new EntryPrinter({ source, tokens: parsed.tokens, comments: attached, width: WIDTH });
  const parts = printer.file();
  for (const comment of attached.last) {
    if (parts.length > 0) parts.push(comment.blankBefore ? blankLine : hardline);
    parts.push(text(comment.text));
  }
  if (parts.length === 0) return { text: '', hasMoved: false };
  return { text: `${printDoc(concat(parts), { width: WIDTH })}\n`, hasMoved: printer.hasMoved };
}
