import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Span } from '../../diagnostics/span.ts';
import { type Pattern, parsePattern } from '../../parser/index.ts';

export type { Pattern } from '../../parser/index.ts';
export { regexProblem } from '../../parser/index.ts';

export interface NamePattern {
  /** Absent where nothing useful could be read; then `diagnostics` or `inserted` says why. */
  readonly pattern: Pattern | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** Places of `{params.dir}` and the like: outside a pipeline there is nothing that they could stand for. */
  readonly inserted: readonly Span[];
}

/**
 * Reads a pattern of names that stands outside a pipeline, such as `{cell}_t{time:Int}.tif` on a command line, as the language reads one between
 * quotes. `at` is the place of the text.
 */
export function readNamePattern(text: string, at: Span): NamePattern {
  const diagnostics: Diagnostic[] = [];
  const inserted: Span[] = [];
  const pattern = parsePattern({
    raw: text,
    isRaw: false,
    span: at,
    report: (diagnostic) => diagnostics.push(diagnostic),
    insert: (expr) => {
      inserted.push(expr.span);
      return { kind: 'const', value: '', type: { kind: 'str' }, span: expr.span };
    },
  });
  return { pattern: inserted.length > 0 ? undefined : pattern, diagnostics, inserted };
}
