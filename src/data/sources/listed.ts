import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { SourceList, SourceRequest } from '../../engine/ports/source-provider.ts';

export type Listed = SourceList;

/** A request for one kind of source. */
export type RequestOf<Kind extends SourceRequest['spec']['kind']> = SourceRequest & {
  readonly spec: Extract<SourceRequest['spec'], { readonly kind: Kind }>;
};

export const failed = (...diagnostics: readonly Diagnostic[]): Listed => ({ items: [], diagnostics });
