import type { ImportedAs, ItemChange } from '../../engine/ports/run-reader.ts';
import type { Tags, TagValue } from '../../engine/ports/value.ts';
import type { Store } from '../../store/index.ts';
import { bytesInWords } from '../../util/bytes-in-words.ts';
import type { Colors } from '../terminal.ts';
import { infoInWords } from './image-words.ts';
import { affectedDocument, importedDocument } from './lineage-forms.ts';
import type { Content } from './resolve.ts';
import { affectedInWords, oneLine, shortPath, tagsInWords, timeInWords } from './wording.ts';

/** As docs/json.md says. */
export const contentDocument = ({ affected, ...content }: Awaited<ReturnType<typeof readContent>>) => ({
  ...content,
  ...affectedDocument(affected),
});

/** Some content: where it is, as what it was imported, what people did to it, what was made of it. `named` is the item that was asked for. */
export async function readContent(store: Store, content: Content, named: ImportedAs | undefined) {
  const { digest } = content;
  const { artifacts } = await store.reader.lineage(digest, {
    direction: 'up',
    depth: 1,
    ...(content.path !== undefined && { path: content.path }),
  });
  const artifact = artifacts.get(digest);
  const known = (artifact?.items ?? []).toSorted((a, b) => Number(b.id === named?.id) - Number(a.id === named?.id));
  const visible = new Map((await store.catalog.itemsOf([digest])).map((item) => [item.id, item]));
  const items = [];
  for (const item of known) {
    const row = visible.get(item.id);
    items.push({
      ...importedDocument(item),
      companions: row?.companions ?? [],
      about: row?.about ?? null,
      changes: withAfter(await store.reader.historyOf(item.id), importedDocument(item).tags).map(
        ({ reason, ...change }) => ({ ...change, reason: reason ?? null }),
      ),
    });
  }
  const place = artifact?.locations.find(({ path, kind }) => path === content.path && kind === 'published');
  const [affected] = await store.impact.affected([{ digest, run: place?.run, task: place?.task }]);
  const impact = await store.impact.impact([{ kind: 'content', subject: digest }]);
  const made = Map.groupBy(
    impact.files.filter(({ tasks }) => tasks > 0),
    ({ name }) => name,
  );
  return {
    digest,
    size: artifact?.size ?? null,
    directory: artifact?.directory ?? false,
    type: artifact?.info?.mediaType ?? null,
    info: artifact?.info ?? null,
    tags: items[0]?.tags ?? artifact?.tags ?? {},
    producedBy: artifact?.producedBy ?? [],
    locations: (artifact?.locations ?? []).map(({ path, kind, run, at, name, current }) => ({
      path,
      kind,
      run,
      at,
      name,
      current,
    })),
    items,
    made: [...made].map(([name, files]) => ({ name, files: files.length })),
    runs: impact.runs.length,
    affected,
  };
}

export function contentLines(
  content: Awaited<ReturnType<typeof readContent>>,
  options: { readonly colors: Colors; readonly folder: string },
): readonly string[] {
  const { bold, cyan, dim, yellow } = options.colors;
  const show = (path: string): string => oneLine(shortPath(path, options.folder));
  const { items, locations, affected } = content;
  const title = items[0] === undefined ? show(locations[0]?.path ?? content.digest) : itemName(items[0]);
  const size = content.size === null ? '' : `  ${bytesInWords(content.size)}`;
  const places = locations.filter(({ path }) => !items.some((item) => item.path === path));
  return [
    `${bold(title)}${size}${content.type === null ? '' : `  ${content.type}`}`,
    ...(affected === undefined ? [] : [`  ${yellow(affectedInWords(affected, options.folder))}`]),
    `  digest    ${content.digest}`,
    ...infoInWords(content.info ?? undefined).map((line) => `  ${line}`),
    ...(Object.keys(content.tags).length === 0 ? [] : [`  tags      ${tagsInWords(content.tags)}`]),
    ...items.flatMap((item, index) => [
      ...(index === 0 ? [] : [`  also      ${bold(itemName(item))}${dim(`  ${tagsInWords(item.tags)}`)}`]),
      `  place     ${show(item.path)}${dim(`  ${item.mode}${item.current ? '' : ', replaced by a newer import since'}`)}`,
      ...item.companions.map(
        (companion) => `  with      ${show(companion.path)}  ${dim(bytesInWords(companion.size))}`,
      ),
      `  imported  ${timeInWords(item.importedAt)} by ${item.importedBy} on ${item.host}${item.source === null ? '' : ` from ${show(item.source)}`}${dim(`  change ${item.change}`)}`,
      ...(item.about === null ? [] : [`  about     ${aboutInWords(item.about)}`]),
      ...item.changes
        .filter(({ kind }) => kind !== 'import')
        .map(
          (change) =>
            `  change ${change.change}  ${change.kind}${change.state === 'done' ? '' : `, ${change.state}`}  ${timeInWords(change.at)} by ${change.user}${dim(touchedInWords(change))}`,
        ),
    ]),
    ...content.producedBy.map((task) => `  made by   ${cyan(task)}`),
    ...places
      .slice(0, 20)
      .map(
        ({ path, kind, run, current }) =>
          `  ${kind === 'seen' ? 'read   ' : 'lies at'}   ${show(path)}${dim(`  run ${run}${current ? '' : ', no longer'}`)}`,
      ),
    ...(places.length > 20 ? [dim(`  and ${places.length - 20} more places (\`--json\` has all)`)] : []),
    ...(content.made.length === 0
      ? []
      : [
          `  made of it  ${content.made.map(({ name, files }) => `${files} ${name}`).join(', ')}${dim(`  in ${content.runs} ${content.runs === 1 ? 'run' : 'runs'}`)}`,
        ]),
  ];
}

const itemName = (item: { readonly experiment: string; readonly dataset: string; readonly name: string }): string =>
  oneLine(`${item.experiment}/${item.dataset}/${item.name}`);

/** What another system knew of it, its plain fields. */
const aboutInWords = (about: Readonly<Record<string, unknown>>): string =>
  Object.entries(about)
    .flatMap(([name, value]) => (typeof value === 'object' ? [] : [`${name} ${String(value)}`]))
    .join(', ');

/** With the tags that each change set as it left them: what the next one that touched them found, else what they are now. */
function withAfter(history: readonly ItemChange[], now: Tags) {
  return history.map((change, at) => {
    const later = history.slice(at + 1);
    const after = Object.keys(change.before).map((name): [string, TagValue | null] => {
      const next = later.find(({ before }) => Object.hasOwn(before, name));
      return [name, next === undefined ? (now[name] ?? null) : (next.before[name] ?? null)];
    });
    return { ...change, after: Object.fromEntries(after) };
  });
}

/** `  dose 2.5 → 3, cell (none) → A3`. */
function touchedInWords(change: {
  readonly before: Readonly<Record<string, TagValue | null>>;
  readonly after: Readonly<Record<string, TagValue | null>>;
  readonly reason: string | null;
}): string {
  const shown = (value: TagValue | null | undefined): string => String(value ?? '(none)');
  const tags = Object.keys(change.before).map(
    (name) => `${name} ${shown(change.before[name])} → ${shown(change.after[name])}`,
  );
  return [
    ...(tags.length === 0 ? [] : [oneLine(tags.join(', '))]),
    ...(change.reason === null ? [] : [oneLine(change.reason)]),
  ]
    .map((text) => `  ${text}`)
    .join('');
}
