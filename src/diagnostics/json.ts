import type { Diagnostic } from './diagnostic.ts';
import { endOf, type Place, startOf } from './place.ts';
import type { Span } from './span.ts';

/** A place in a JSON document; fixed by the command line's contract. */
export interface JsonSpan {
  readonly file: string;
  readonly start: Place;
  readonly end: Place;
}

export interface JsonDiagnostic extends JsonSpan {
  readonly code: string;
  readonly severity: Diagnostic['severity'];
  readonly message: string;
  readonly label?: string;
  readonly help: string;
  readonly related: readonly (JsonSpan & { readonly message: string })[];
  readonly fixes: readonly {
    readonly title: string;
    readonly edits: readonly (JsonSpan & { readonly text: string })[];
  }[];
}

/** The document of `bit check --format json`, and of every command under `--json` whose input is wrong. */
export function diagnosticsJson(diagnostics: readonly Diagnostic[]): {
  readonly format: 'bit/diagnostics/1';
  readonly diagnostics: readonly JsonDiagnostic[];
} {
  return { format: 'bit/diagnostics/1', diagnostics: diagnostics.map(diagnosticJson) };
}

export function diagnosticJson(diagnostic: Diagnostic): JsonDiagnostic {
  return {
    code: diagnostic.code,
    severity: diagnostic.severity,
    message: diagnostic.message,
    ...spanJson(diagnostic.at),
    ...(diagnostic.label === undefined ? {} : { label: diagnostic.label }),
    help: diagnostic.help,
    related: (diagnostic.related ?? []).map((one) => ({ message: one.message, ...spanJson(one.at) })),
    fixes: (diagnostic.fixes ?? []).map((fix) => ({
      title: fix.title,
      edits: fix.edits.map((edit) => ({ ...spanJson(edit.at), text: edit.text })),
    })),
  };
}

function spanJson(span: Span): JsonSpan {
  return { file: span.source.name, start: startOf(span), end: endOf(span) };
}
