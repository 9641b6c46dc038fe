/**
 * A text as one bash word that stands for exactly its bytes. Single quotes take everything literally but themselves, a newline included.
 * A NUL cannot be in any argument or variable of a process: callers refuse it before (`holdsNul`).
 */
export function bashQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

export const bashArray = (items: readonly string[]): string => `(${items.map(bashQuote).join(' ')})`;
