import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, relative, resolve } from 'node:path';
import { suggestions } from '../../diagnostics/suggest.ts';
import type { SourceProvider } from '../../engine/ports/source-provider.ts';
import { unreachable } from '../../util/unreachable.ts';
import { listFiles } from './files.ts';
import { listSheet } from './sheet.ts';
import { sourceErrors } from './source-errors.ts';

/** Sources on the file systems of this machine: `files`, `file` and `sheet`. */
export const sources: SourceProvider = {
  async list(request) {
    const { spec } = request;
    switch (spec.kind) {
      case 'files':
        return listFiles({ ...request, spec });
      case 'sheet':
        return listSheet({ ...request, spec });
      case 'file': {
        const path = resolve(spec.base, request.text(spec.path));
        if (await stat(path).catch(() => undefined))
          return { items: [{ tags: {}, files: { '': path }, fields: {} }], diagnostics: [] };
        const siblings = await readdir(dirname(path)).catch(() => []);
        const near = suggestions(basename(path), siblings);
        return {
          items: [],
          diagnostics: [
            sourceErrors.missingFile(request.span, { source: request.name, file: relative(process.cwd(), path), near }),
          ],
        };
      }
      default:
        return unreachable(spec);
    }
  },
};
