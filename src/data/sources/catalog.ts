import { suggestions } from '../../diagnostics/suggest.ts';
import type { CatalogItem, CatalogReader } from '../../engine/ports/catalog.ts';
import type { RunReader } from '../../engine/ports/run-reader.ts';
import type { SourceFile } from '../../engine/ports/source-provider.ts';
import { baseNameOf } from '../../util/file-name.ts';
import { isUri } from '../../util/is-uri.ts';
import { failed, type Listed, type RequestOf } from './listed.ts';
import { sourceErrors } from './source-errors.ts';
import { sourceFilter } from './source-filter.ts';
import { taggedItems } from './tagged-items.ts';

/** Items of an experiment that were not retracted: of all its raw datasets, or of the one that is named. */
export async function listCatalog(
  request: RequestOf<'catalog'>,
  world: { readonly catalog: CatalogReader; readonly reader: RunReader },
): Promise<Listed> {
  const { spec, span, name } = request;
  const experiment = request.text(spec.experiment);
  const dataset = spec.dataset && request.text(spec.dataset);
  if ((await world.catalog.experiment(experiment)) === undefined) {
    const known = (await world.catalog.experiments()).map((one) => one.name);
    return failed(
      sourceErrors.unknownExperiment(span, { source: name, experiment, known, near: suggestions(experiment, known) }),
    );
  }
  if (dataset !== undefined) {
    const known = (await world.catalog.datasets(experiment))
      .filter((one) => one.run === undefined)
      .map((one) => one.name);
    if (!known.includes(dataset))
      return failed(
        sourceErrors.unknownDataset(span, {
          source: name,
          experiment,
          dataset,
          known,
          near: suggestions(dataset, known),
        }),
      );
  }
  const tags = await world.reader.tagNames({ experiment });
  const { filter, diagnostics } = sourceFilter(request, tags);
  if (filter === undefined) return failed(...diagnostics);
  const found = await world.catalog.items({
    experiment,
    ...(dataset !== undefined && { dataset }),
    filter,
    retracted: 'with',
  });
  const items = found.filter((item) => item.retracted === undefined);
  const left = found.length - items.length;
  const listed = taggedItems(
    items.map((item) => ({ file: fileOfItem(item), tags: item.tags })),
    {
      request,
      had: [...new Set(tags.map((tag) => tag.name))],
      help: `\`bit annotate ${experiment} … --set\` gives it to them; or leave them out with \`where: present(…)\`, or make it optional with \`?\`.`,
    },
  );
  if (left === 0) return listed;
  const them = left === 1 ? 'an item that was' : `${left} items that were`;
  return { ...listed, notes: [`\`${name}\` leaves out ${them} retracted: \`bit impact ${experiment}\``] };
}

/** Where an item's bytes are: in the store where they were copied, else where they were imported from. */
export function fileOfItem(item: CatalogItem): SourceFile {
  const { path, digest, directory, size, version } = item;
  const name = baseNameOf(item.name);
  if (item.mode !== 'reference') return { place: path, name, at: { kind: 'stored', digest, directory, size } };
  if (!isUri(path)) return { place: path, name, at: { kind: 'path' }, expected: digest };
  const file = { uri: path, name, directory, size, ...(version !== undefined && { version }) };
  return { place: path, name, at: { kind: 'remote', file }, expected: digest };
}
