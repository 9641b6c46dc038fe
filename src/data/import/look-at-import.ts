import { setImmediate as letOthersIn } from 'node:timers/promises';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { TagKey } from '../../engine/ports/catalog.ts';
import { baseNameOf } from '../../util/file-name.ts';
import type { Annotated } from '../annotate/annotate.ts';
import { annotateDiagnostics } from '../annotate/annotate-errors.ts';
import { duplicateTags } from '../annotate/duplicate-tags.ts';
import { type Preview, preview } from '../annotate/preview.ts';
import { annotateGently } from './annotate-gently.ts';
import { differing } from './compare-items.ts';
import type { LeftFile } from './find-files.ts';
import { findLocalItems } from './find-local-items.ts';
import { findRemoteItems } from './find-remote-items.ts';
import type { FoundItem, FoundItems } from './found-item.ts';
import { importErrors } from './import-errors.ts';
import type { ImportPorts, ImportRequest } from './import-request.ts';
import { type KnownDataset, knownDataset } from './known-dataset.ts';
import { placeTags } from './place-tags.ts';
import { type Headers, readHeaders } from './read-headers.ts';

/** An import before anything is written: what was found, what it would be called, and all that is wrong with it. */
export interface ImportLook {
  readonly found: FoundItems;
  readonly known: KnownDataset;
  readonly annotated: Annotated;
  readonly preview: Preview;
  readonly headers: Headers;
  readonly left: readonly LeftFile[];
  /** With an error among them nothing may be imported. */
  readonly problems: readonly Diagnostic[];
}

/** Finds the files, groups them into items, gives them tags and reads their headers. Rejects with `SourceLost`. */
export async function lookAtImport(request: ImportRequest, ports: ImportPorts): Promise<ImportLook> {
  const { places } = request;
  const { source, recursive } = request;
  const how = { recursive, signal: ports.signal, remotes: ports.remotes };
  const found =
    source.kind === 'local' ? await findLocalItems(source.paths, how) : await findRemoteItems(source.uris, how);
  const { items } = found;
  const known = await knownDataset(ports.catalog, request);
  const annotated = await annotatedItems(items, { request, keys: known.experiment?.keys ?? [] });
  await letOthersIn();
  const headers = source.kind === 'local' ? await headersOf(items, { known, ports }) : noHeaders;
  const left = [...found.left, ...headers.left];
  found.refuseLost({
    failed: found.unreadable.length + headers.unreadable.length + left.filter(({ why }) => why === 'gone').length,
    of: items.length,
  });
  const unreadable = [...found.unreadable, ...headers.unreadable];
  await letOthersIn();
  const alike = duplicates(request, { annotated, known, isGone: found.isGone });
  await letOthersIn();
  const shown = preview(annotated, { keys: known.experiment?.keys ?? [], mostRows: 8, mostValues: 8 });
  const ruleAt = ({ rule }: { readonly rule?: number }) => places.rule(rule);
  const problems = [
    ...(known.isProcessed ? [importErrors.processedDataset(places.dataset, request)] : []),
    ...(items.length === 0 && unreadable.length === 0
      ? [
          importErrors.nothingFound(places.source, {
            source: (source.kind === 'local' ? source.paths : source.uris).join(' '),
            leftOut: found.leftOut,
            closedFolders: found.closedFolders,
          }),
        ]
      : []),
    ...(unreadable.length > 0 ? [importErrors.unreadable(places.source, unreadable)] : []),
    ...(headers.damaged.length > 0 ? [importErrors.damaged(places.source, headers.damaged)] : []),
    ...annotateDiagnostics([...annotated.problems, ...alike], { at: ruleAt }),
  ];
  return {
    found,
    known,
    annotated,
    preview: shown,
    headers,
    left,
    problems,
  };
}

/** What is elsewhere is fetched first, and only once it is known that nothing else is wrong. */
const noHeaders: Headers = { infos: new Map(), damaged: [], unreadable: [], left: [] };

/** What is known and looks the same is not looked into again. */
async function headersOf(
  items: readonly FoundItem[],
  of: { readonly known: KnownDataset; readonly ports: ImportPorts },
): Promise<Headers> {
  const { known, ports } = of;
  const isKnown = (item: FoundItem): boolean => {
    const before = known.byPath.get(item.path);
    return (
      before !== undefined &&
      !item.directory &&
      before.size === item.size &&
      Math.abs((before.mtimeMs ?? 0) - (item.mtimeMs ?? -1)) < 0.01 && // the two come from different roundings
      before.companions.length === item.companions.length
    );
  };
  const asked = items.filter((item) => !isKnown(item));
  const headers = await readHeaders(asked, {
    now: ports.now,
    reader: ports.reader,
    signal: ports.signal,
    progress: (done) => ports.progress({ step: 'headers', done, of: asked.length }),
  });
  const infos = new Map(headers.infos);
  for (const item of items) {
    const before = isKnown(item) ? known.byPath.get(item.path) : undefined;
    if (before !== undefined) infos.set(item.path, before.info);
  }
  return { ...headers, infos };
}

/** Tags from the place of the items, and over them those of the rules. */
async function annotatedItems(
  items: readonly FoundItem[],
  { request, keys }: { readonly request: ImportRequest; readonly keys: readonly TagKey[] },
): Promise<Annotated> {
  const newKeys = request.newKeys === 'declare' || keys.length === 0 ? 'infer' : 'refuse';
  const place = placeTags(items, { keys, newKeys });
  const annotated = await annotateGently(
    items.map((item, at) => ({
      key: item.path,
      path: item.name,
      name: baseNameOf(item.name),
      tags: place.tags[at] ?? {},
    })),
    { rules: request.rules, keys: [...keys, ...place.newKeys], newKeys },
  );
  return {
    items: annotated.items,
    newKeys: [...place.newKeys, ...annotated.newKeys],
    problems: [...place.problems, ...annotated.problems],
  };
}

/**
 * Items that no tag tells apart, new ones among them. What has no tags at all is annotated later, and rules that give every item the same tag were never meant to tell them
 * apart.
 */
function duplicates(
  request: ImportRequest,
  of: { readonly annotated: Annotated; readonly known: KnownDataset; readonly isGone: FoundItems['isGone'] },
): ReturnType<typeof duplicateTags> {
  if (request.duplicates === 'allow' || request.rules.every(({ kind }) => kind === 'set')) return [];
  const { annotated, known } = of;
  const here = new Set<string>();
  const fresh = new Set<string>();
  const now = annotated.items.map(({ item, tags }) => {
    here.add(item.key);
    const before = known.byPath.get(item.key);
    const isNew = before === undefined || (request.tags === 'replace' && differing(before.tags, tags) !== undefined);
    if (isNew) fresh.add(item.path);
    return {
      path: item.path,
      tags: before === undefined ? tags : request.tags === 'replace' ? { ...before.tags, ...tags } : before.tags,
    };
  });
  const others = known.items
    .filter((item) => !here.has(item.path) && !of.isGone(item))
    .map(({ name, tags }) => ({ path: name, tags }));
  return duplicateTags([...now, ...others].filter(({ tags }) => Object.keys(tags).length > 0)).filter(
    (problem) => problem.kind !== 'duplicate-tags' || problem.items.some((path) => fresh.has(path)),
  );
}
