import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Span } from '../../diagnostics/span.ts';
import { didYouMean, onlyBest } from '../../diagnostics/suggest.ts';

/**
 * Help for a misspelt word: the near candidates, or what to say where none is near, and an edit where one candidate is
 * strictly best. `write` turns a candidate into what stands in the file, for example in quotes.
 */
export function meant(
  at: Span,
  given: {
    readonly word: string;
    readonly candidates: Iterable<string>;
    readonly otherwise: string;
    readonly write?: (candidate: string) => string;
  },
): Pick<Diagnostic, 'help' | 'fixes'> {
  const candidates = [...given.candidates];
  const best = onlyBest(given.word, candidates);
  const help = didYouMean(given.word, candidates, given.otherwise);
  if (best === undefined) return { help };
  return { help, ...replacing(at, given.write === undefined ? best : given.write(best)) };
}

/** One edit that puts `text` in the place. */
export function replacing(at: Span, text: string): { readonly fixes: NonNullable<Diagnostic['fixes']> } {
  return { fixes: [{ title: `Write \`${text}\``, edits: [{ at, text }] }] };
}

export const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** `a, b and c`. */
export function listed(words: readonly string[], last = 'and'): string {
  if (words.length <= 1) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${last} ${words[words.length - 1]}`;
}

/** The text a span covers. */
export const sliceOf = (span: Span): string => span.source.text.slice(span.start, span.end);

export const ticks = (names: readonly string[]): readonly string[] => names.map((name) => `\`${name}\``);
