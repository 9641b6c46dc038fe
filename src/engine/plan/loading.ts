import type { Node, SourceNode, SourceSpec } from '../../parser/index.ts';
import type { ContentStore } from '../ports/content-store.ts';
import type { Formats } from '../ports/formats.ts';
import type { RemoteContent, RemoteOptions } from '../ports/remote.ts';
import type { SourceProvider } from '../ports/source-provider.ts';
import type { StaticValues } from './static-values.ts';

export interface SourcePorts {
  readonly sources: SourceProvider;
  readonly content: ContentStore;
  readonly formats: Formats;
  readonly remote: RemoteContent;
}

export interface LoadOptions {
  readonly only?: readonly string[];
  /** `none`: what was never fetched is an error that says how much it is. */
  readonly fetch: 'all' | 'none';
  readonly signal: AbortSignal;
  readonly progress: RemoteOptions['progress'];
}

/** One source on its way. */
export interface Loading {
  readonly node: Node & SourceNode;
  readonly spec: Exclude<SourceSpec, { readonly kind: 'values' }>;
  readonly ports: SourcePorts;
  readonly known: StaticValues;
  readonly options: LoadOptions;
}

/** A folder of a thousand truncated files is one accident; these many show what it is. */
export const shownProblems = 20;
