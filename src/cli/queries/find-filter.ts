import type { Filter, KnownTag } from '../../engine/ports/run-reader.ts';
import { queryFilter, readQuery } from '../../parser/index.ts';
import { DiagnosticProblem } from '../problem.ts';

/** Reads a condition from a command line as the language reads a `where`, over the tags that there are and the properties. `name` is what the text is called in messages. */
export function findFilter(
  text: string,
  options: { readonly name: string; readonly tags: readonly KnownTag[] },
): Filter {
  const { query, diagnostics } = readQuery(text, { name: options.name });
  if (query === undefined) throw new DiagnosticProblem(diagnostics);
  const meant = queryFilter(query, { tags: options.tags });
  if (meant.filter === undefined) throw new DiagnosticProblem(meant.diagnostics);
  return meant.filter;
}
