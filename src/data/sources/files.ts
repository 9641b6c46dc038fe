import { readdir, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { patternMatcher } from '../../engine/ports/pattern-match.ts';
import { fileAtPath, type SourceItem, type SourceRequest } from '../../engine/ports/source-provider.ts';
import type { Tags } from '../../engine/ports/value.ts';
import { tagsText } from '../tags-text.ts';
import { sourceErrors } from './source-errors.ts';

type FilesRequest = SourceRequest & { readonly spec: { readonly kind: 'files' } };

/**
 * One item per file (or folder, for formats that are folders) that the pattern matches. Hidden files are matched only where the pattern's own segment
 * begins with a dot; links are followed, once each. The order is that of the walk and means nothing: items are sorted by tags later.
 */
export async function listFiles(
  request: FilesRequest,
): Promise<{ readonly items: readonly SourceItem[]; readonly diagnostics: readonly Diagnostic[] }> {
  const { spec, span, name } = request;
  const matcher = patternMatcher(spec.pattern, (part) => request.text(part.value));
  const root = resolve(spec.base, matcher.root);
  const items: SourceItem[] = [];
  const diagnostics: Diagnostic[] = [];
  const fill = Object.fromEntries(spec.fill.map((tag) => [tag.name, tag.value]));
  const visited = new Set<string>();

  const visit = async (folder: string): Promise<void> => {
    const absolute = join(root, folder);
    const info = await stat(absolute);
    // A link that leads back up would be walked for ever.
    const identity = `${info.dev}:${info.ino}`;
    if (visited.has(identity)) return;
    visited.add(identity);
    const folders: string[] = [];
    for (const entry of await readdir(absolute, { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.name.startsWith('.') && !matcher.asksForHidden(path.split('/').length - 1)) continue;
      const match = matcher.match(path);
      if (match.how === 'matched')
        items.push({
          tags: { ...match.tags, ...missing(fill, match.tags) },
          files: { '': fileAtPath(join(root, path)) },
          fields: {},
        });
      else if (match.how === 'ambiguous') {
        diagnostics.push(
          sourceErrors.ambiguousName(span, {
            source: name,
            file: path,
            pattern: spec.pattern.text,
            first: tagsText(match.first),
            second: tagsText(match.second),
          }),
        );
      } else if ((entry.isDirectory() || entry.isSymbolicLink()) && matcher.couldContain(path)) folders.push(path);
    }
    for (const path of folders) if (await isFolder(join(root, path))) await visit(path);
  };

  try {
    await visit('');
  } catch (problem) {
    const why = whyNot(problem);
    if (why === undefined) throw problem;
    const folder =
      problem instanceof Error && 'path' in problem && typeof problem.path === 'string' ? problem.path : root;
    diagnostics.push(
      sourceErrors.missingFolder(span, { source: name, folder: relative(process.cwd(), folder) || '.', why }),
    );
  }
  // Many names that are ambiguous are one mistake in the pattern.
  return { items, diagnostics: diagnostics.slice(0, 3) };
}

const missing = (fill: Tags, tags: Tags): Tags =>
  Object.fromEntries(Object.entries(fill).filter(([name]) => !(name in tags)));

const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() ?? false;

export function whyNot(problem: unknown): string | undefined {
  if (!(problem instanceof Error) || !('code' in problem)) return undefined;
  switch (problem.code) {
    case 'ENOENT':
      return 'does not exist';
    case 'ENOTDIR':
      return 'is a file, not a folder';
    case 'EACCES':
    case 'EPERM':
      return 'may not be read by you';
    case 'ELOOP':
      return 'is a link that leads to itself';
    default:
      return undefined;
  }
}
