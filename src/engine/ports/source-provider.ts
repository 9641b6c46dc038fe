import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Expr, SourceSpec, Span } from '../../parser/index.ts';
import type { Digest } from '../../util/brand.ts';
import { baseNameOf } from '../../util/file-name.ts';
import type { RemoteFile } from './remote.ts';
import type { Tags, Value } from './value.ts';

/** Lists what a source holds. Pure listing: no digests, no headers, no bytes of other places; the plan asks for those. */
export interface SourceProvider {
  list(request: SourceRequest): Promise<SourceList>;
}

export interface SourceList {
  readonly items: readonly SourceItem[];
  readonly diagnostics: readonly Diagnostic[];
  /** What is allowed, and still worth knowing: for the summary. */
  readonly notes?: readonly string[];
}

export interface SourceRequest {
  readonly spec: Exclude<SourceSpec, { kind: 'values' }>;
  /** Inserted values (`{params.dir}`) and evaluated paths, already texts. */
  readonly text: (expr: Expr) => string;
  /** What an expression of params comes to. */
  readonly value: (expr: Expr) => Value;
  /** Names, for messages: the param or `let`. */
  readonly name: string;
  readonly span: Span;
  readonly signal: AbortSignal;
}

/** Tags in the order the source names them; `files` by column (`''` where the value is the file itself). */
export interface SourceItem {
  readonly tags: Tags;
  readonly files: Readonly<Record<string, SourceFile | null>>;
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
}

/** Where the bytes of an item are, and what is known of them already. */
export interface SourceFile {
  /** What it is known by: an absolute path or a URI. */
  readonly place: string;
  readonly name: string;
  readonly at:
    | { readonly kind: 'path' }
    /** In the content store. */
    | { readonly kind: 'stored'; readonly digest: Digest; readonly directory: boolean; readonly size: number }
    | { readonly kind: 'remote'; readonly file: RemoteFile; readonly sha256?: string };
  /** What was imported or published there: other content is an error. */
  readonly expected?: Digest;
}

export const fileAtPath = (path: string): SourceFile => ({ place: path, name: baseNameOf(path), at: { kind: 'path' } });
