import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Source } from '../../src/diagnostics/span.ts';

const root = new URL('../../', import.meta.url).pathname;

/** Every `.bit` file of the project: the standard library, the pipelines, and the golden cases with all their mistakes. */
export function corpus(): Source[] {
  return ['stdlib', 'pipelines', 'test']
    .flatMap((folder) => bitFiles(join(root, folder)))
    .map((path) => ({ name: relative(root, path), text: readFileSync(path, 'utf8') }));
}

function bitFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== 'node_modules' && !entry.name.startsWith('.'))
    .flatMap((entry) =>
      entry.isDirectory()
        ? bitFiles(join(folder, entry.name))
        : entry.name.endsWith('.bit')
          ? [join(folder, entry.name)]
          : [],
    )
    .sort();
}
