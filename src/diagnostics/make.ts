import type { Diagnostic, Severity } from './diagnostic.ts';
import type { Span } from './span.ts';

/** What a catalogue function says about its case; the code, the place and the severity are given beside it. */
export type Wording = Pick<Diagnostic, 'message' | 'help'> & Partial<Pick<Diagnostic, 'label' | 'related' | 'fixes'>>;

/** A mistake: nothing runs until it is put right. */
export function error(code: string, at: Span, wording: Wording): Diagnostic {
  return diagnostic('error', code, { at, ...wording });
}

/** Something that works and is likely not meant. */
export function warning(code: string, at: Span, wording: Wording): Diagnostic {
  return diagnostic('warning', code, { at, ...wording });
}

function diagnostic(severity: Severity, code: string, fields: Wording & { readonly at: Span }): Diagnostic {
  return { code, severity, ...fields };
}
