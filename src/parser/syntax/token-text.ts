import type { Source } from '../../diagnostics/span.ts';
import { concat, type Doc, hardline, indent, text } from './doc.ts';
import type { Token } from './tokens.ts';

/** A token on its line: numbers with a space before their unit, everything else as it was written. */
export function tokenText(source: Source, token: Token): string {
  const { value } = token;
  const { text: whole } = source;
  if (value === undefined) return token.image;
  if (value.kind === 'number' && value.unit !== undefined)
    return `${whole.slice(token.startOffset, value.unit.start).trimEnd()} ${value.unit.text}`;
  return whole.slice(token.startOffset, token.end);
}

/** A script as it is, one step further in than the line that opens it. */
export function scriptDoc(source: Source, token: Token): Doc {
  const quotes = /^"+/.exec(source.text.slice(token.startOffset, token.end))?.[0] ?? '"""';
  const lines = token.value?.kind === 'block' ? token.value.text.split('\n').slice(0, -1) : [];
  return concat([text(quotes), indent(lines.flatMap((one) => [hardline, text(one)])), hardline, text(quotes)]);
}
