import type { Span } from './span.ts';

export type Severity = 'error' | 'warning' | 'info';

export interface TextEdit {
  readonly at: Span;
  readonly text: string;
}

export interface Fix {
  readonly title: string;
  readonly edits: readonly TextEdit[];
}

/** One message to the author of a pipeline: what is wrong, where, and what to write instead. */
export interface Diagnostic {
  /** `BIT1001` …, never reused; the long form is in the catalogue. */
  readonly code: string;
  readonly severity: Severity;
  /** What is wrong, in the analyst's words; one sentence, no full stop needed. */
  readonly message: string;
  readonly at: Span;
  /** Short text printed after the underline. */
  readonly label?: string;
  readonly related?: readonly { readonly at: Span; readonly message: string }[];
  /** What to write or do instead. */
  readonly help: string;
  readonly fixes?: readonly Fix[];
}

/** The long form of a code, printed by `bit explain`: Markdown prose and an example that shows the message. */
export interface Explanation {
  readonly code: string;
  readonly title: string;
  readonly text: string;
  /** A complete small program that causes it, and the corrected one. */
  readonly wrong?: string;
  readonly right?: string;
}
