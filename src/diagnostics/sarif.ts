import type { Diagnostic, Explanation, Severity } from './diagnostic.ts';
import { endOf, startOf } from './place.ts';
import type { Span } from './span.ts';

/** The document of `bit check --format sarif`: SARIF 2.1.0, as code hosts and editors read it. */
export function diagnosticsSarif(
  diagnostics: readonly Diagnostic[],
  options: { readonly version: string; readonly explanations: ReadonlyMap<string, Explanation> },
): Readonly<Record<string, unknown>> {
  const codes = [...new Set(diagnostics.map((diagnostic) => diagnostic.code))].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'bitflow',
            version: options.version,
            rules: codes.map((code) => rule(code, options.explanations.get(code))),
          },
        },
        columnKind: 'unicodeCodePoints',
        results: diagnostics.map((diagnostic) => result(diagnostic, codes.indexOf(diagnostic.code))),
      },
    ],
  };
}

function rule(code: string, explanation: Explanation | undefined): Readonly<Record<string, unknown>> {
  if (explanation === undefined) return { id: code };
  return {
    id: code,
    shortDescription: { text: explanation.title },
    fullDescription: { text: explanation.text },
    help: { text: explanation.text, markdown: explanation.text },
  };
}

function result(diagnostic: Diagnostic, ruleIndex: number): Readonly<Record<string, unknown>> {
  const { related = [], fixes = [] } = diagnostic;
  return {
    ruleId: diagnostic.code,
    ruleIndex,
    level: level(diagnostic.severity),
    message: { text: `${diagnostic.message}. ${diagnostic.help}` },
    locations: [location(diagnostic.at)],
    ...(related.length === 0
      ? {}
      : { relatedLocations: related.map((one) => ({ ...location(one.at), message: { text: one.message } })) }),
    ...(fixes.length === 0
      ? {}
      : {
          fixes: fixes.map((fix) => ({
            description: { text: fix.title },
            artifactChanges: fix.edits.map((edit) => ({
              artifactLocation: { uri: uri(edit.at.source.name) },
              replacements: [{ deletedRegion: region(edit.at), insertedContent: { text: edit.text } }],
            })),
          })),
        }),
  };
}

function location(span: Span): Readonly<Record<string, unknown>> {
  return { physicalLocation: { artifactLocation: { uri: uri(span.source.name) }, region: region(span) } };
}

function region(span: Span): Readonly<Record<string, number>> {
  const start = startOf(span);
  const end = endOf(span);
  return { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column };
}

function uri(path: string): string {
  return path.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/');
}

function level(severity: Severity): 'error' | 'warning' | 'note' {
  return severity === 'info' ? 'note' : severity;
}
