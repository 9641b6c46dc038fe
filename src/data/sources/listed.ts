import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { SourceItem, SourceRequest } from '../../engine/ports/source-provider.ts';

export interface Listed {
  readonly items: readonly SourceItem[];
  readonly diagnostics: readonly Diagnostic[];
}

/** A request for one kind of source. */
export type RequestOf<Kind extends SourceRequest['spec']['kind']> = SourceRequest & {
  readonly spec: Extract<SourceRequest['spec'], { readonly kind: Kind }>;
};

export const failed = (...diagnostics: readonly Diagnostic[]): Listed => ({ items: [], diagnostics });
