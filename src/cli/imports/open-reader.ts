import { importErrors } from '../../data/import/import-errors.ts';
import { openBioFormats } from '../../data/readers/bio-formats.ts';
import type { MetadataReader } from '../../data/readers/metadata-reader.ts';
import { openPython } from '../../data/readers/python.ts';
import type { Span } from '../../diagnostics/span.ts';
import { DiagnosticProblem } from '../problem.ts';

/** `bioformats`, `python`, or with the program to use: `python=/opt/readers/bin/python`. */
export function openReader(
  text: string | undefined,
  of: { readonly at: Span; readonly searchPath: string },
): MetadataReader | undefined {
  if (text === undefined) return undefined;
  const [, name = '', program] = /^([a-z]+)(?:=([\s\S]+))?$/.exec(text) ?? [];
  const how = { searchPath: of.searchPath, secondsPerFile: 120 };
  const opened =
    name === 'bioformats'
      ? openBioFormats({ ...how, program: program ?? 'showinf' })
      : name === 'python'
        ? openPython({ ...how, interpreter: program ?? 'python3' })
        : undefined;
  if (opened?.ok) return opened.value;
  throw new DiagnosticProblem([
    importErrors.noReader(of.at, {
      problem:
        opened === undefined ? `There is no reader \`${text}\`: there are \`bioformats\` and \`python\`` : opened.error,
    }),
  ]);
}
