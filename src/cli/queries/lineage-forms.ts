import { naturalOrder } from '../../engine/plan/natural-order.ts';
import type { Affected } from '../../engine/ports/impact.ts';
import type { ImportedAs, Lineage, LineageTask, LocationRecord } from '../../engine/ports/run-reader.ts';
import type { Store } from '../../store/index.ts';
import { nearestFirst } from '../../store/reader/nearest.ts';
import type { Digest } from '../../util/brand.ts';
import { bytesInWords } from '../../util/bytes-in-words.ts';
import { formats } from '../formats.ts';
import type { Colors } from '../terminal.ts';
import { affectedInWords, oneLine, shortDigest, shortPath, tagsInWords, timeInWords } from './wording.ts';

/** What of a lineage is retracted, or was made with anything that is. */
export type AffectedContent = ReadonlyMap<Digest, Affected>;

/** Of the root, as it was published at `path`, and of everything else in it. */
export async function affectedIn(store: Store, lineage: Lineage, path: string | undefined): Promise<AffectedContent> {
  const asked = lineage.artifacts
    .get(lineage.root)
    ?.locations.find((place) => place.path === path && place.kind === 'published');
  const contents = [...lineage.artifacts.keys()].map((digest) => ({
    digest,
    ...(digest === lineage.root && { run: asked?.run, task: asked?.task }),
  }));
  const found = await store.impact.affected(contents);
  return new Map(
    contents.flatMap(({ digest }, index) => {
      const affected = found[index];
      return affected === undefined ? [] : [[digest, affected] as const];
    }),
  );
}

/** As docs/json.md says. */
export const lineageDocument = (lineage: Lineage, affected: AffectedContent) => ({
  format: formats.lineage,
  root: lineage.root,
  artifacts: Object.fromEntries(
    [...lineage.artifacts].map(([digest, { size, info, tags, locations, producedBy, directory, items }]) => [
      digest,
      {
        size: size ?? null,
        type: info?.mediaType ?? null,
        directory: directory ?? false,
        ...(info?.image !== undefined && { image: info.image }),
        tags,
        locations: locations.map(({ path, kind, run, at, name, current }) => ({ path, kind, run, at, name, current })),
        producedBy,
        items: items.map(importedDocument),
        ...affectedDocument(affected.get(digest)),
      },
    ]),
  ),
  tasks: Object.fromEntries(
    [...lineage.tasks].map(([id, task]) => [
      id,
      {
        process: task.call?.process ?? null,
        run: task.run,
        key: task.key,
        tags: task.tags,
        startedAt: task.startedAt ?? null,
        seconds: task.seconds ?? null,
        runner: task.call?.runner ?? null,
        environment: task.call?.environment ?? null,
        command: task.call?.command ?? null,
        isolation: task.isolation ?? null,
        source: task.call === undefined ? null : { file: task.call.script.file, line: task.call.script.line },
        inputs: task.inputs,
        outputs: task.outputs,
      },
    ]),
  ),
});

export const importedDocument = (item: ImportedAs) => ({
  experiment: item.experiment,
  dataset: item.dataset,
  name: item.name,
  path: item.path,
  tags: item.tags,
  mode: item.mode,
  importedAt: item.importedAt,
  importedBy: item.importedBy,
  host: item.host,
  source: item.source ?? null,
  change: item.change,
  current: item.current,
  ...(item.retracted !== undefined && { retracted: item.retracted }),
});

/** The nearest of what it depends on that is retracted, and how many tasks lie between. */
export const affectedDocument = (affected: Affected | undefined) =>
  affected === undefined
    ? {}
    : {
        affected: {
          kind: affected.suspect.kind,
          subject: affected.suspect.subject,
          name: affected.suspect.name,
          reason: affected.suspect.reason ?? null,
          tasks: affected.tasks,
        },
      };

/** An indented tree, each artifact and task once; what was shown above is only named. */
export function lineageLines(
  lineage: Lineage,
  options: {
    readonly direction: 'up' | 'down';
    readonly colors: Colors;
    readonly folder: string;
    readonly affected: AffectedContent;
    readonly path?: string;
  },
): readonly string[] {
  const { bold, cyan, dim, yellow } = options.colors;
  const lines: string[] = [];
  /** Work that several items share was done for one of them: the tags of what is asked for say which item it is about. */
  const asked = lineage.artifacts.get(lineage.root)?.locations.find((one) => one.path === options.path)?.tags;
  const seen = new Set<string>();
  /** The place that has to do with this task, where the same bytes lie in several. */
  const nameOf = (digest: Digest, edge?: Edge): string => {
    const artifact = lineage.artifacts.get(digest);
    const places = artifact?.locations ?? [];
    const place =
      edge === undefined
        ? (places.find((one) => one.path === options.path) ?? places[0])
        : options.direction === 'up'
          ? nearestFirst(places, { run: edge.task.run, tags: { ...edge.task.tags, ...asked } })[0]
          : (places.find((one) => one.task === edge.task.task) ?? places[0]);
    const [item] = artifact?.items ?? [];
    const label =
      place !== undefined || item !== undefined
        ? oneLine(shortPath((place ?? item)?.path ?? '', options.folder))
        : (edge?.name ?? 'content');
    const size = artifact?.size === undefined ? '' : `  ${bytesInWords(artifact.size)}`;
    const tags = place === undefined ? tagsInWords(artifact?.tags ?? {}) : tagsInWords(place.tags);
    const mark = options.affected.get(digest);
    const warning = mark === undefined ? '' : `  ${yellow(affectedInWords(mark, options.folder))}`;
    return `${bold(label)}${dim(`  ${shortDigest(digest)}${size}${tags === '' ? '' : `  ${tags}`}`)}${warning}`;
  };
  const importLine = (item: ImportedAs): string => {
    const from =
      item.source === undefined || item.source === item.path
        ? ''
        : ` from ${oneLine(shortPath(item.source, options.folder))}`;
    const told = tagsInWords(item.tags);
    const then = item.current ? '' : ', replaced by a newer import since';
    return `imported as ${cyan(oneLine(`${item.experiment}/${item.dataset}/${item.name}`))}${dim(`  ${timeInWords(item.importedAt)} by ${item.importedBy}${from}${then}${told === '' ? '' : `  ${told}`}`)}`;
  };
  const taskLine = (id: string, task: LineageTask): string => {
    const at = task.startedAt === undefined ? '' : `  ${timeInWords(task.startedAt)}`;
    const source =
      task.call === undefined ? '' : `  ${shortPath(task.call.script.file, options.folder)}:${task.call.script.line}`;
    return `${cyan(id)}${dim(`${at}${source}${task.call === undefined ? '' : `  ${task.call.command}`}`)}`;
  };
  const makers = (digest: Digest): readonly string[] => lineage.artifacts.get(digest)?.producedBy ?? [];
  const users = (digest: Digest): readonly string[] =>
    [...lineage.tasks].filter(([, task]) => task.inputs.some((edge) => edge.digest === digest)).map(([id]) => id);
  const walk = (digest: Digest, depth: number, edge?: Edge): void => {
    const again = seen.has(digest);
    lines.push(`${'  '.repeat(depth)}${nameOf(digest, edge)}${again ? dim('  (above)') : ''}`);
    if (again) return;
    seen.add(digest);
    for (const item of lineage.artifacts.get(digest)?.items ?? [])
      lines.push(`${'  '.repeat(depth + 1)}${importLine(item)}`);
    if (depth === 0 && options.direction === 'down') lines.push(...publishedLines(lineage, options));
    for (const id of options.direction === 'up' ? makers(digest) : users(digest)) {
      const task = lineage.tasks.get(id);
      const how = options.direction === 'up' ? 'made by' : 'used by';
      const known = seen.has(id);
      lines.push(
        `${'  '.repeat(depth + 1)}${how} ${task === undefined ? cyan(id) : taskLine(id, task)}${known ? dim('  (above)') : ''}`,
      );
      if (known || task === undefined) continue;
      seen.add(id);
      for (const next of options.direction === 'up' ? task.inputs : task.outputs)
        walk(next.digest, depth + 2, { name: next.name, task });
    }
  };
  walk(lineage.root, 0);
  return lines;
}

/** Where what was made of it lies, before how it came to be. */
function publishedLines(
  lineage: Lineage,
  options: { readonly colors: Colors; readonly folder: string; readonly affected: AffectedContent },
): readonly string[] {
  const { bold, dim } = options.colors;
  const tasks = new Set([...lineage.tasks.values()].map(({ task }) => task));
  const places: LocationRecord[] = [...lineage.artifacts.values()]
    .filter(({ digest }) => digest !== lineage.root)
    .flatMap(({ locations }) => locations)
    // Other work may have made the same bytes.
    .filter(({ kind, current, task }) => kind === 'published' && current && task !== undefined && tasks.has(task))
    .sort((a, b) => naturalOrder(a.path, b.path));
  if (places.length === 0) return [];
  return [
    `  published  ${places.length} ${places.length === 1 ? 'file' : 'files'}`,
    ...places.map(
      (place) =>
        `    ${bold(shortPath(place.path, options.folder))}  ${dim(`${place.name}  ${tagsInWords(place.tags)}`)}`,
    ),
  ];
}

interface Edge {
  readonly name: string;
  readonly task: LineageTask;
}
