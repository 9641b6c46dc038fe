import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, relative, resolve } from 'node:path';
import { suggestions } from '../../diagnostics/suggest.ts';
import type { CatalogReader } from '../../engine/ports/catalog.ts';
import type { ContentStore } from '../../engine/ports/content-store.ts';
import type { Remotes } from '../../engine/ports/remote.ts';
import type { RunReader } from '../../engine/ports/run-reader.ts';
import { fileAtPath, type SourceProvider } from '../../engine/ports/source-provider.ts';
import { unreachable } from '../../util/unreachable.ts';
import { listCatalog } from './catalog.ts';
import { listFiles } from './files.ts';
import { listOmero } from './omero.ts';
import { listRemote, listUrl } from './remote.ts';
import { listResults } from './results.ts';
import { listSheet } from './sheet.ts';
import { sourceErrors } from './source-errors.ts';

export interface SourceWorld {
  readonly catalog: CatalogReader;
  readonly reader: RunReader;
  readonly content: ContentStore;
  readonly remotes: Remotes;
  /** The image server of addresses that name none. */
  readonly omeroServer: string | undefined;
}

/** Everything that items come from, but for lists of values. */
export function createSources(world: SourceWorld): SourceProvider {
  return {
    async list(request) {
      const { spec } = request;
      switch (spec.kind) {
        case 'files':
          return listFiles({ ...request, spec });
        case 'sheet':
          return listSheet({ ...request, spec }, world);
        case 'catalog':
          return listCatalog({ ...request, spec }, world);
        case 'results':
          return listResults({ ...request, spec }, world);
        case 'url':
          return listUrl({ ...request, spec }, world);
        case 'remote':
          return listRemote({ ...request, spec }, world);
        case 'omero':
          return listOmero({ ...request, spec }, world);
        case 'file': {
          const path = resolve(spec.base, request.text(spec.path));
          if (await stat(path).catch(() => undefined))
            return { items: [{ tags: {}, files: { '': fileAtPath(path) }, fields: {} }], diagnostics: [] };
          const siblings = await readdir(dirname(path)).catch(() => []);
          const near = suggestions(basename(path), siblings);
          return {
            items: [],
            diagnostics: [
              sourceErrors.missingFile(request.span, {
                source: request.name,
                file: relative(process.cwd(), path),
                near,
              }),
            ],
          };
        }
        default:
          return unreachable(spec);
      }
    },
  };
}
