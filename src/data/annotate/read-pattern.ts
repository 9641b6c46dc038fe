import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Span } from '../../diagnostics/span.ts';
import { type Pattern, readNamePattern } from '../../engine/ports/name-pattern.ts';
import { annotateErrors } from './annotate-errors.ts';

/** A pattern as it was typed, ready for a `PatternRule`; absent where the diagnostics say what is wrong with it. */
export function readPattern(
  text: string,
  at: Span,
): { readonly pattern: Pattern | undefined; readonly diagnostics: readonly Diagnostic[] } {
  const { pattern, diagnostics, inserted } = readNamePattern(text, at);
  return { pattern, diagnostics: [...diagnostics, ...inserted.map(annotateErrors.paramInPattern)] };
}
