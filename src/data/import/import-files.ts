import { setImmediate as letOthersIn } from 'node:timers/promises';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { CatalogItem, NewItem } from '../../engine/ports/catalog.ts';
import type { KeptFile } from '../../engine/ports/content-store.ts';
import type { Tags } from '../../engine/ports/value.ts';
import { asDigest } from '../../util/brand.ts';
import { chunks } from '../../util/chunks.ts';
import { remoteDiagnostic } from '../remote/remote-errors.ts';
import { tagsText } from '../tags-text.ts';
import { type Comparison, compareItems, type ReadItem } from './compare-items.ts';
import type { LeftFile } from './find-files.ts';
import type { FoundItem } from './found-item.ts';
import { importErrors } from './import-errors.ts';
import type { ImportPorts, ImportRequest } from './import-request.ts';
import type { ImportLook } from './look-at-import.ts';
import { mountOf } from './mount-of.ts';
import { type ItemContent, readContents } from './read-contents.ts';
import { readHeaders } from './read-headers.ts';
import { isKnownVersion, readRemoteItems } from './read-remote-items.ts';
import { secondLook } from './second-look.ts';
import { writeImport } from './write-import.ts';

/** What became of an import. */
export type Imported =
  | { readonly how: 'refused'; readonly problems: readonly Diagnostic[] }
  /** Somebody else imports into this dataset, or did since it was read. */
  | { readonly how: 'overtaken'; readonly user: string; readonly host: string }
  | {
      readonly how: 'imported';
      /** Absent where there was nothing to write. */
      readonly change?: number;
      readonly comparison: Comparison;
      readonly left: readonly LeftFile[];
      /** Of what is new. */
      readonly bytes: number;
      /** Of what is new: those whose pixel size nobody said. */
      readonly withoutPixelSize: number;
      readonly warnings: readonly Diagnostic[];
    };

/**
 * Brings what was looked at into the catalog: digests, a second look at what may still be written, copies, then all items at once. Nothing is seen before the last step. Rejects
 * with the signal's reason, `SourceLost` and `StoreProblem`; repeating it goes on where it was.
 */
export async function importFiles(
  request: ImportRequest,
  { look, ports }: { readonly look: ImportLook; readonly ports: ImportPorts },
): Promise<Imported> {
  const read = await readAll(request, { look, ports });
  if (read.problems.length > 0) return { how: 'refused', problems: read.problems };
  const { known } = look;
  const dataset = { known: known.items, isGone: look.found.isGone, mode: request.mode, tags: request.tags };
  let items = read.items;
  const left = [...read.left];
  await letOthersIn();
  let comparison = compareItems(items, dataset);
  await letOthersIn();
  const kept = await keepContents(request, { comparison, ports });
  if (kept.problems.length > 0) return { how: 'refused', problems: kept.problems };
  const late = [...kept.left, ...(request.dryRun ? [] : await secondLook(freshOf(items, comparison), ports))];
  if (late.length > 0) {
    look.found.refuseLost({ failed: late.filter(({ why }) => why === 'gone').length, of: items.length });
    const names = new Set(late.map(({ path }) => path));
    items = items.filter(({ found }) => !names.has(found.name));
    left.push(...late);
    comparison = compareItems(items, dataset);
  }
  await letOthersIn();
  const warnings = warningsOf(request, { look, comparison, left });
  const replaced = [
    ...comparison.moved,
    ...(request.changed === 'replace' ? [...comparison.changed, ...comparison.kept] : []),
  ];
  const isReplaced = new Set(replaced.map(({ before }) => before.id));
  const retagged = request.tags === 'replace' ? comparison.retagged.filter(({ item }) => !isReplaced.has(item.id)) : [];
  const fresh = [...comparison.added, ...replaced.map(({ item }) => item)];
  const outcome = {
    how: 'imported' as const,
    comparison,
    left,
    bytes: bytesOf(comparison.added),
    withoutPixelSize: comparison.added.filter(({ info }) => info.image?.pixelSize === undefined).length,
    warnings,
  };
  if (request.dryRun || (fresh.length === 0 && retagged.length === 0)) return outcome;
  const sources = request.source.kind === 'local' ? request.source.paths : request.source.uris;
  const written = await writeImport({
    catalog: ports.catalog,
    experiment: request.experiment,
    dataset: request.dataset,
    mode: request.mode,
    newKeys: look.annotated.newKeys,
    added: comparison.added,
    replaced,
    retagged,
    about: {
      source: sources.length === 1 ? sources[0] : sources,
      mode: request.mode,
      rules: request.typed,
      ...(request.source.kind === 'local' && mountOf(look.found.root)),
    },
    counts: {
      items: comparison.added.length,
      bytes: outcome.bytes,
      moved: comparison.moved.length,
      changed: replaced.length - comparison.moved.length,
      retagged: retagged.length,
      unchanged: comparison.unchanged.length,
      left: left.length,
    },
    seen: known.seen,
    signal: ports.signal,
    progress: ({ items: done, of }) => ports.progress({ step: 'write', done, of }),
  });
  if (!written.ok) return { how: 'overtaken', ...written.other };
  return { ...outcome, change: written.change };
}

/** Digests of everything, with the headers and tags that are known by now. */
async function readAll(
  request: ImportRequest,
  { look, ports }: { readonly look: ImportLook; readonly ports: ImportPorts },
): Promise<{
  readonly items: readonly ReadItem[];
  readonly left: LeftFile[];
  readonly problems: readonly Diagnostic[];
}> {
  const { headers, known } = look;
  if (request.source.kind === 'remote') return readElsewhere(request, { look, ports });
  const wanted = look.found.items.filter(({ path }) => headers.infos.has(path));
  const contents = await readContents(request.dryRun ? wanted.filter(mayBeKnown(look)) : wanted, {
    content: ports.content,
    signal: ports.signal,
    progress: ({ files, of, bytes }) => ports.progress({ step: 'contents', done: files, of, bytes }),
  });
  look.found.refuseLost({
    failed: contents.unreadable.length + contents.left.filter(({ why }) => why === 'gone').length,
    of: wanted.length,
  });
  // What looked the same and is not is looked into after all.
  const other = wanted.filter((item) => {
    const before = known.byPath.get(item.path);
    const content = contents.of.get(item.path);
    return (
      before !== undefined &&
      content !== undefined &&
      before.digest !== content.digest &&
      headers.infos.get(item.path) === before.info
    );
  });
  const again = await readHeaders(other, { ...ports, progress: () => undefined });
  const isOther = new Set(other.map(({ path }) => path));
  const tags = new Map<string, Tags>(look.annotated.items.map((each) => [each.item.key, each.tags]));
  const items = wanted.flatMap((found): ReadItem[] => {
    const content = contents.of.get(found.path) ?? (request.dryRun ? unread(found) : undefined);
    const info = (isOther.has(found.path) ? again : headers).infos.get(found.path);
    if (content === undefined || info === undefined) return [];
    return [{ found, content, info, tags: tags.get(found.path) ?? {} }];
  });
  const unreadable = [...contents.unreadable, ...again.unreadable];
  const at = request.places.source;
  return {
    items,
    left: [...look.left, ...contents.left, ...again.left],
    problems: [
      ...(unreadable.length > 0 ? [importErrors.unreadable(at, unreadable)] : []),
      ...(again.damaged.length > 0 ? [importErrors.damaged(at, again.damaged)] : []),
    ],
  };
}

/** What is in other places: fetched, unless nothing is to be written. */
async function readElsewhere(
  request: ImportRequest,
  { look, ports }: { readonly look: ImportLook; readonly ports: ImportPorts },
): ReturnType<typeof readAll> {
  const { byPath } = look.known;
  const { items: found } = look.found;
  const tags = new Map<string, Tags>(look.annotated.items.map((each) => [each.item.key, each.tags]));
  // What is to be kept has to be here; a reference that has not changed need not be.
  const known =
    request.mode === 'reference' ? byPath : new Map([...byPath].filter(([, item]) => item.mode !== 'reference'));
  const wanted = request.dryRun ? found.filter((item) => isKnownVersion(item, byPath.get(item.path))) : found;
  const read = await readRemoteItems(wanted, {
    ...ports,
    known: request.dryRun ? byPath : known,
    progress: ({ files, of, bytes }) => ports.progress({ step: 'contents', done: files, of, bytes }),
  });
  const at = request.places.source;
  return {
    left: [],
    problems: [
      ...read.problems.map((problem) => remoteDiagnostic(at, problem)),
      ...(read.damaged.length > 0 ? [importErrors.damaged(at, read.damaged)] : []),
    ],
    items: found.flatMap((item): ReadItem[] => {
      const content = read.contents.get(item.path) ?? (request.dryRun ? unread(item) : undefined);
      const info =
        read.infos.get(item.path) ?? (request.dryRun ? { mediaType: 'application/octet-stream' } : undefined);
      return content && info ? [{ found: item, content, info, tags: tags.get(item.path) ?? {} }] : [];
    }),
  };
}

/** Whether only its content can say what an item is to the dataset: one with its path, or one that moved. */
function mayBeKnown({ known, found }: ImportLook): (item: FoundItem) => boolean {
  const sizes = new Set(known.items.filter(found.isGone).map(({ size }) => size));
  return (item) => known.byPath.has(item.path) || sizes.has(item.size) || (item.directory && sizes.size > 0);
}

/** New whatever is in it; what is not read has no digest, and this is like no other. */
const unread = (found: FoundItem): ItemContent => ({
  digest: asDigest(`unread:${found.path}`),
  directory: found.directory,
  size: found.size,
  companions: found.companions.map(({ path, size }) => ({ path, size, digest: asDigest(`unread:${path}`) })),
});

/** Items that will be written, so that what is known already is not waited for. */
function freshOf(items: readonly ReadItem[], comparison: Comparison): readonly ReadItem[] {
  const same = new Set(comparison.unchanged.map(({ path }) => path));
  return items.filter(({ found }) => !same.has(found.path));
}

async function keepContents(
  request: ImportRequest,
  { comparison, ports }: { readonly comparison: Comparison; readonly ports: ImportPorts },
): Promise<{ readonly left: readonly LeftFile[]; readonly problems: readonly Diagnostic[] }> {
  const { mode } = request;
  if (mode === 'reference' || request.dryRun) return { left: [], problems: [] };
  const replaced = [
    ...comparison.moved,
    ...(request.changed === 'replace' ? [...comparison.changed, ...comparison.kept] : []),
  ];
  // What is there already costs a stat, and comes back where the store lost it.
  const before = comparison.unchanged.filter((item) => item.mode !== 'reference');
  const items = [...comparison.added, ...replaced.map(({ item }) => item), ...before];
  const left: LeftFile[] = [];
  const refused: { path: string; why: string }[] = [];
  let done = 0;
  for (const slice of chunks(items, 500)) {
    ports.signal.throwIfAborted();
    const names = new Map(slice.flatMap((item) => keptFiles(item).map(({ path }) => [path, item.name] as const)));
    const answers = await ports.content.keep(slice.flatMap(keptFiles), mode);
    for (const [path, why] of answers) {
      const name = names.get(path) ?? path;
      if (why === 'other-disk')
        refused.push({ path: name, why: 'it is on another disk, or this one cannot share files' });
      else left.push({ path: name, why: why === 'gone' ? 'gone' : 'being-written' });
    }
    done += slice.length;
    ports.progress({ step: 'keep', done, of: items.length });
    // Where one cannot be shared, the others will not be either.
    if (refused.length > 0) break;
  }
  return { left, problems: refused.length > 0 ? [importErrors.cannotLink(request.places.mode, refused)] : [] };
}

const keptFiles = (item: NewItem): readonly KeptFile[] => [
  {
    path: item.path,
    digest: item.digest,
    directory: item.directory,
    size: item.size,
    ...(item.mtimeMs !== undefined && { mtimeMs: item.mtimeMs }),
  },
  ...item.companions.map(({ path, digest, size }) => ({ path, digest, size, directory: false })),
];

function warningsOf(
  request: ImportRequest,
  of: { readonly look: ImportLook; readonly comparison: Comparison; readonly left: readonly LeftFile[] },
): readonly Diagnostic[] {
  const { places, dataset } = request;
  const { comparison, left } = of;
  const written = left.filter(({ why }) => why === 'being-written' || why === 'gone');
  const passed = left.filter(({ why }) => why !== 'being-written' && why !== 'gone');
  const lost = lostItems(of.look, comparison);
  const bare = comparison.added.filter(({ tags }) => Object.keys(tags).length === 0).length;
  return [
    ...(passed.length > 0 ? [importErrors.linksPassedOver(places.source, passed)] : []),
    ...(written.length > 0 ? [importErrors.left(places.source, written)] : []),
    ...(comparison.changed.length > 0 && request.changed === 'leave'
      ? [importErrors.changed(places.source, { names: comparison.changed.map(({ item }) => item.name), dataset })]
      : []),
    ...(comparison.kept.length > 0 && request.changed === 'leave'
      ? [importErrors.keptAsReference(places.mode, { names: comparison.kept.map(({ item }) => item.name) })]
      : []),
    ...(comparison.retagged.length > 0 && request.tags === 'keep'
      ? [
          importErrors.tagsDiffer(places.rule(undefined), {
            all: comparison.retagged.map(({ item, tags }) => ({ name: item.name, tags: tagsText(tags) })),
            dataset,
          }),
        ]
      : []),
    ...(comparison.twice.length > 0 ? [importErrors.twice(places.source, comparison.twice)] : []),
    ...(lost.length > 0 ? [importErrors.gone(places.source, { names: lost.map(({ name }) => name), dataset })] : []),
    ...(bare > 0
      ? [importErrors.withoutTags(places.rule(undefined), { items: bare, experiment: request.experiment })]
      : []),
  ];
}

/** Items of the dataset that lay below this source and are nowhere now. What the store has a copy of needs no file there. */
function lostItems(look: ImportLook, comparison: Comparison): readonly CatalogItem[] {
  const moved = new Set(comparison.moved.map(({ before }) => before.id));
  const here = new Set(look.found.items.map(({ path }) => path));
  const { root } = look.found;
  const below = root.endsWith('/') ? root : `${root}/`;
  return look.known.items.filter(
    (item) =>
      item.mode === 'reference' &&
      item.path.startsWith(below) &&
      !here.has(item.path) &&
      !moved.has(item.id) &&
      look.found.isGone(item),
  );
}

const bytesOf = (items: readonly NewItem[]): number =>
  items.reduce((sum, item) => item.companions.reduce((all, { size }) => all + size, sum + item.size), 0);
