import type { Diagnostic, Explanation } from '../../diagnostics/diagnostic.ts';
import { warning } from '../../diagnostics/make.ts';
import type { Span } from '../../diagnostics/span.ts';
import type { Program } from '../../parser/index.ts';
import type { ImpactReader } from '../ports/impact.ts';
import type { LoadedSources } from './load-sources.ts';

/** A warning for each source that holds content which must not be used any more. Content is given all the same: who names a file gets it. */
export async function retractedInputs(
  program: Program,
  frozen: LoadedSources['frozen'],
  reader: Pick<ImpactReader, 'retractedAmong'>,
): Promise<readonly Diagnostic[]> {
  const files = frozen.flatMap(({ source, items }) =>
    items.flatMap((item) => item.files.map(({ path, digest }) => ({ source, path, digest }))),
  );
  const retracted = await reader.retractedAmong([...new Set(files.map(({ digest }) => digest))]);
  if (retracted.size === 0) return [];
  const bySource = Map.groupBy(
    files.filter(({ digest }) => retracted.has(digest)),
    ({ source }) => source,
  );
  return program.nodes.flatMap((node) => {
    const found = node.kind === 'source' ? bySource.get(node.name) : undefined;
    const [first] = found ?? [];
    if (found === undefined || first === undefined) return [];
    bySource.delete(node.name);
    const reason = retracted.get(first.digest)?.reason ?? '';
    return [retractedInput(node.span, { source: node.name, files: found.length, path: first.path, reason })];
  });
}

/** BIT5326. */
const retractedInput = (
  at: Span,
  found: { readonly source: string; readonly files: number; readonly path: string; readonly reason: string },
): Diagnostic =>
  warning('BIT5326', at, {
    message: `\`${found.source}\` reads ${found.files === 1 ? 'a file that is retracted' : `${found.files} files that are retracted`}: ${found.path}${found.files === 1 ? '' : ' among them'} (${found.reason})`,
    help: 'What is made of it counts as affected, `bit impact` lists it. Leave it out of the source, or ask for items with `catalog(…)`, which leaves out what is retracted.',
  });

export const retractionExplanations: readonly Explanation[] = [
  {
    code: 'BIT5326',
    title: 'A source reads what is retracted',
    text: 'Somebody said, with `bit retract`, that this content must not be used any more, and why. A pipeline that names files gets the files it names, so this is a warning, and with `--strict` the run ends with exit status 1. Sources that ask for items of an experiment, `catalog("screen")`, leave out what is retracted. `bit retract --restore` takes a retraction back.',
  },
];
