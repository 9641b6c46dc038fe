import type { Diagnostic, Severity } from './diagnostic.ts';
import { endOf, startOf } from './place.ts';

/** The lines of `bit check --format github`: workflow commands that become annotations on a change. No line end after the last. */
export function diagnosticsGithub(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map(command).join('\n');
}

function command(diagnostic: Diagnostic): string {
  const start = startOf(diagnostic.at);
  const end = endOf(diagnostic.at);
  const properties = [
    `file=${property(diagnostic.at.source.name)}`,
    `line=${start.line}`,
    `endLine=${end.line}`,
    // Columns are only understood on one line.
    ...(start.line === end.line ? [`col=${start.column}`, `endColumn=${end.column}`] : []),
    `title=${property(diagnostic.code)}`,
  ];
  return `::${name(diagnostic.severity)} ${properties.join(',')}::${data(`${diagnostic.message}\n${diagnostic.help}`)}`;
}

function name(severity: Severity): 'error' | 'warning' | 'notice' {
  return severity === 'info' ? 'notice' : severity;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
