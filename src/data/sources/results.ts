import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { suggestions } from '../../diagnostics/suggest.ts';
import type { ContentStore } from '../../engine/ports/content-store.ts';
import type { PublishedFile } from '../../engine/ports/event.ts';
import type { RunReader, RunRecord } from '../../engine/ports/run-reader.ts';
import type { SourceFile } from '../../engine/ports/source-provider.ts';
import type { Digest } from '../../util/brand.ts';
import { baseNameOf } from '../../util/file-name.ts';
import { failed, type Listed, type RequestOf } from './listed.ts';
import { sourceErrors } from './source-errors.ts';
import { sourceFilter } from './source-filter.ts';
import { taggedItems } from './tagged-items.ts';

/** What the latest successful run of a pipeline, or a named one, published under a name. Nothing is run for it. */
export async function listResults(
  request: RequestOf<'results'>,
  world: { readonly reader: RunReader; readonly content: ContentStore },
): Promise<Listed> {
  const { spec, span, name } = request;
  const pipeline = resolve(spec.base, request.text(spec.pipeline));
  const wanted = spec.run && request.text(spec.run);
  const run = await runOf(world.reader, pipeline, wanted);
  if (run === undefined) {
    const shown = relative(process.cwd(), pipeline);
    const runs = (await world.reader.runs({ pipeline, limit: 50 })).length;
    return failed(
      sourceErrors.noRun(span, { source: name, pipeline: shown, isThere: existsSync(pipeline), run: wanted, runs }),
    );
  }
  const published = await world.reader.published(run.run);
  const result = request.text(spec.result);
  const mine = published.filter((file) => file.name === result);
  if (mine.length === 0) {
    const known = [...new Set(published.map((file) => file.name))];
    return failed(
      sourceErrors.unknownResult(span, { source: name, run: run.run, result, known, near: suggestions(result, known) }),
    );
  }
  const tags = (await world.reader.tagNames()).filter((tag) => mine.some((file) => tag.name in file.tags));
  const { filter, diagnostics } = sourceFilter(request, tags);
  if (filter === undefined) return failed(...diagnostics);
  const kept = filter.kind === 'all' ? mine : await meeting(mine, async () => world.reader.find(filter));
  const inStore = await world.content.present(kept, { verify: false });
  return taggedItems(
    kept.map((file) => ({ file: fileOf(file, inStore), tags: file.tags })),
    {
      request,
      had: [...new Set(mine.flatMap((file) => Object.keys(file.tags)))],
      help: 'Leave them out with `where: present(…)`, or make it optional with `?`.',
    },
  );
}

async function runOf(reader: RunReader, pipeline: string, wanted: string | undefined): Promise<RunRecord | undefined> {
  if (wanted !== undefined && wanted !== 'latest') {
    const named = (await reader.runsNamed(wanted)).filter((run) => run.pipeline === pipeline);
    return named.find((run) => run.run === wanted) ?? named.find((run) => run.status === 'succeeded') ?? named[0];
  }
  // What stubs made is no result.
  return (await reader.runs({ pipeline })).find((run) => run.status === 'succeeded' && !run.argv.includes('--stub'));
}

/** Properties of a file are looked up where it is the newest at its place. */
async function meeting(
  files: readonly PublishedFile[],
  find: () => Promise<readonly { readonly path: string; readonly digest: Digest }[]>,
): Promise<readonly PublishedFile[]> {
  const found = new Set((await find()).map(({ path, digest }) => `${digest} ${path}`));
  return files.filter(({ path, digest }) => found.has(`${digest} ${path}`));
}

/** The store's own copy, where it still is there: what lies at the place may be of a later run. */
function fileOf(file: PublishedFile, inStore: ReadonlySet<Digest>): SourceFile {
  const { path, digest, directory, size } = file;
  const name = baseNameOf(path);
  if (inStore.has(digest)) return { place: path, name, at: { kind: 'stored', digest, directory, size } };
  return { place: path, name, at: { kind: 'path' }, expected: digest };
}
