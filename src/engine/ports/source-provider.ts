import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { SourceSpec, Span } from '../../parser/index.ts';
import type { Tags } from './value.ts';

/** Lists what a source holds. Pure listing: no digests, no headers; the plan asks for those. */
export interface SourceProvider {
  list(
    request: SourceRequest,
  ): Promise<{ readonly items: readonly SourceItem[]; readonly diagnostics: readonly Diagnostic[] }>;
}

export interface SourceRequest {
  readonly spec: Exclude<SourceSpec, { kind: 'values' }>;
  /** Inserted values (`{params.dir}`) and evaluated paths, already texts. */
  readonly text: (expr: import('../../parser/index.ts').Expr) => string;
  /** Names, for messages: the param or `let`. */
  readonly name: string;
  readonly span: Span;
}

/** Tags in the order the source names them; `files` absolute, by column (`''` where the value is the file itself). */
export interface SourceItem {
  readonly tags: Tags;
  readonly files: Readonly<Record<string, string | null>>;
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
}
