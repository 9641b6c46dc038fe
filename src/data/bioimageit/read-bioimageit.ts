import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, posix, resolve } from 'node:path';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { inParallel } from '../../util/in-parallel.ts';
import { bioimageitErrors } from './bioimageit-errors.ts';
import type {
  BioImageITDataset,
  BioImageITExperiment,
  BioImageITInput,
  BioImageITItem,
  BioImageITRun,
} from './bioimageit-experiment.ts';
import {
  decodeDataset,
  decodeExperiment,
  decodeItem,
  decodeRun,
  type ItemDocument,
  type Reference,
} from './decode-documents.ts';
import { isMissing, type MetadataFile, type OpenFolder, readMetadata, reason, spanIn } from './metadata-file.ts';
import { targetOf } from './place.ts';

export interface BioImageITReading {
  /** As much of it as could be read; absent where `experiment.md.json` itself could not. With an error among the problems it is not whole. */
  readonly experiment?: BioImageITExperiment;
  /** All of them, in the order of the files. */
  readonly problems: readonly Diagnostic[];
}

const experimentFile = 'experiment.md.json';

/** Whether `bit import` on this folder, or on the `experiment.md.json` in it, is about an experiment of BioImageIT. */
export async function isBioImageIT(path: string): Promise<boolean> {
  return stat(join(folderOf(path), experimentFile)).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** BioImageIT itself takes either. */
const folderOf = (path: string): string => (basename(path) === experimentFile ? dirname(path) : path);

/** Reads the metadata of an experiment, and looks whether its data are there; no data are read. Nothing that stands in a file makes it throw. */
export async function readBioImageIT(path: string): Promise<BioImageITReading> {
  const problems: Diagnostic[] = [];
  const typed = { source: { name: 'command line', text: path }, start: 0, end: path.length };
  if (!(await isBioImageIT(path))) return { problems: [bioimageitErrors.noExperiment(typed, { folder: path })] };
  const folder: OpenFolder = {
    path: await realpath(resolve(folderOf(path))),
    shown: folderOf(path),
    within: new Map(),
  };
  const first = await readMetadata(folder, experimentFile, () => typed);
  if (!first.ok) return { problems: [first.problem] };
  const { raw, processed, ...record } = decodeExperiment(first.file, problems);

  const drafts: DatasetDraft[] = [];
  for (const { place, reference } of listed(folder, {
    file: first.file,
    list: raw ? [raw, ...processed] : processed,
    problems,
  })) {
    const draft = await readDataset(folder, {
      place,
      kind: reference === raw ? 'raw' : 'processed',
      named: first.file,
      reference,
    });
    problems.push(...draft.problems);
    if (draft.dataset) drafts.push(draft.dataset);
  }
  const items = new Map(drafts.flatMap((draft) => draft.items.map((item) => [item.file.place, item] as const)));
  problems.push(...uuidProblems(drafts), ...nameProblems(drafts));
  const places = new Set(drafts.flatMap((draft) => [...draft.listed]));
  const datasets: BioImageITDataset[] = [];
  for (const draft of drafts) datasets.push(await joined(folder, { draft, items, places, problems }));
  problems.push(...circleProblems(datasets));
  return {
    experiment: { folder: folder.path, ...record, document: first.file.document, datasets },
    problems,
  };
}

interface DatasetDraft extends Pick<BioImageITDataset, 'kind' | 'name' | 'place' | 'uuid' | 'document' | 'runs'> {
  readonly file: MetadataFile;
  /** Places of its list, whether or not they could be read. */
  readonly listed: ReadonlySet<string>;
  readonly items: readonly ItemDraft[];
}

interface ItemDraft {
  readonly file: MetadataFile;
  readonly decoded: ItemDocument;
  readonly data: string;
  readonly isThere: boolean;
  readonly reference: Reference;
}

/** References of a list that lead to a place in the folder, each place once. */
function listed(
  folder: OpenFolder,
  of: { readonly file: MetadataFile; readonly list: readonly Reference[]; readonly problems: Diagnostic[] },
): readonly { readonly place: string; readonly reference: Reference }[] {
  const seen = new Set<string>();
  return of.list.flatMap((reference) => {
    const target = targetOf(folder.path, of.file.place, reference.url);
    const at = (): ReturnType<typeof spanIn> => spanIn(of.file, reference.path);
    if (!target.inside) {
      of.problems.push(bioimageitErrors.outsideMetadata(at(), { url: reference.url }));
      return [];
    }
    if (seen.has(target.place)) {
      of.problems.push(bioimageitErrors.listedTwice(at(), { place: target.place, list: of.file.place }));
      return [];
    }
    seen.add(target.place);
    return [{ place: target.place, reference }];
  });
}

async function readDataset(
  folder: OpenFolder,
  of: {
    readonly place: string;
    readonly kind: 'raw' | 'processed';
    readonly named: MetadataFile;
    readonly reference: Reference;
  },
): Promise<{ readonly dataset?: DatasetDraft; readonly problems: readonly Diagnostic[] }> {
  const problems: Diagnostic[] = [];
  const reading = await readMetadata(folder, of.place, () => spanIn(of.named, of.reference.path));
  if (!reading.ok) return { problems: [reading.problem] };
  const { file } = reading;
  const { items, ...record } = decodeDataset(file, problems);
  const places = listed(folder, { file, list: items, problems });
  // In the order of the list, whichever is read first.
  const drafts: (ItemDraft | undefined)[] = [];
  const found: Diagnostic[][] = [];
  await inParallel([...places.entries()], 32, async ([index, { place, reference }]) => {
    const own: Diagnostic[] = [];
    drafts[index] = await readItem(folder, { place, kind: of.kind, list: file, reference, problems: own });
    found[index] = own;
  });
  for (const own of found) problems.push(...own);
  const whole = drafts.filter((draft) => draft !== undefined);
  const ownPlaces = new Set(places.map(({ place }) => place));
  const beside = await besideItems(folder, { file, listed: ownPlaces, kind: of.kind });
  for (const place of beside.unlisted)
    problems.push(bioimageitErrors.unlisted(spanIn(file, ['urls']), { place, list: file.place }));
  const runs = of.kind === 'raw' ? [] : await readRuns(folder, { file, places: beside.runs, items: whole, problems });
  return {
    dataset: {
      ...record,
      kind: of.kind,
      place: of.place,
      document: file.document,
      file,
      listed: ownPlaces,
      items: whole,
      runs,
    },
    problems,
  };
}

async function readItem(
  folder: OpenFolder,
  of: {
    readonly place: string;
    readonly kind: 'raw' | 'processed';
    readonly list: MetadataFile;
    readonly reference: Reference;
    readonly problems: Diagnostic[];
  },
): Promise<ItemDraft | undefined> {
  const reading = await readMetadata(folder, of.place, () => spanIn(of.list, of.reference.path));
  if (!reading.ok) {
    of.problems.push(reading.problem);
    return undefined;
  }
  const { file } = reading;
  const decoded = decodeItem(file, of.kind, of.problems);
  if (decoded.url === undefined) return undefined;
  const target = targetOf(folder.path, file.place, decoded.url);
  const data = target.inside ? join(folder.path, target.place) : target.path;
  const item = decoded.name ?? posix.basename(file.place, '.md.json');
  const at = (): ReturnType<typeof spanIn> => spanIn(file, ['common', 'url']);
  const absent = await whyAbsent(data);
  if (absent === undefined) {
    if (!target.inside) of.problems.push(bioimageitErrors.outsideData(at(), { file: data, item }));
  } else if (of.kind === 'raw' || !absent.isMissing) {
    of.problems.push(bioimageitErrors.missingData(at(), { file: data, item, why: absent.why }));
  } else {
    of.problems.push(bioimageitErrors.missingResult(at(), { file: data, item }));
  }
  return { file, decoded, data, isThere: absent === undefined, reference: of.reference };
}

async function whyAbsent(path: string): Promise<{ readonly isMissing: boolean; readonly why: string } | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() || found.isDirectory()
      ? undefined
      : { isMissing: false, why: 'are neither a file nor a folder' };
  } catch (error) {
    return isMissing(error)
      ? { isMissing: true, why: 'are not there' }
      : { isMissing: false, why: `cannot be reached, for ${reason(error)}` };
  }
}

const runName = /^run(?:_\d+)?\.md\.json$/u;

/** Metadata files in the dataset's own folder that its list does not name. */
async function besideItems(
  folder: OpenFolder,
  of: { readonly file: MetadataFile; readonly listed: ReadonlySet<string>; readonly kind: 'raw' | 'processed' },
): Promise<{ readonly runs: readonly string[]; readonly unlisted: readonly string[] }> {
  const parent = posix.dirname(of.file.place);
  // A dataset whose list lies in the experiment's own folder shares it with everything else.
  if (parent === '.') return { runs: [], unlisted: [] };
  const names = (await readdir(join(folder.path, parent)).catch(() => []))
    .filter((name) => name.endsWith('.md.json'))
    .sort();
  const places = names
    .map((name) => posix.join(parent, name))
    .filter((place) => place !== of.file.place && !of.listed.has(place));
  const isRun = (place: string): boolean => of.kind === 'processed' && runName.test(posix.basename(place));
  return { runs: places.filter(isRun), unlisted: places.filter((place) => !isRun(place)) };
}

/** Those beside the dataset's list, and whatever else its items name as theirs. */
async function readRuns(
  folder: OpenFolder,
  of: {
    readonly file: MetadataFile;
    readonly places: readonly string[];
    readonly items: readonly ItemDraft[];
    readonly problems: Diagnostic[];
  },
): Promise<readonly BioImageITRun[]> {
  const named = new Map<string, () => ReturnType<typeof spanIn>>();
  for (const { file, decoded } of of.items) {
    const target = decoded.run && targetOf(folder.path, file.place, decoded.run.url);
    if (target?.inside && !named.has(target.place))
      named.set(target.place, () => spanIn(file, decoded.run?.path ?? []));
  }
  const runs: BioImageITRun[] = [];
  for (const place of [...new Set([...of.places, ...named.keys()])].sort()) {
    const reading = await readMetadata(folder, place, named.get(place) ?? (() => spanIn(of.file, [])));
    if (reading.ok) runs.push(decodeRun(reading.file, of.problems));
    // That a run is gone is said once for each of its items, as a history that ends there.
    else if (reading.problem.code !== 'BIT5381') of.problems.push(reading.problem);
  }
  return runs;
}

/** Items with their origins, now that all of them are known. */
async function joined(
  folder: OpenFolder,
  of: {
    readonly draft: DatasetDraft;
    readonly places: ReadonlySet<string>;
    readonly items: ReadonlyMap<string, ItemDraft>;
    readonly problems: Diagnostic[];
  },
): Promise<BioImageITDataset> {
  const { file: _, listed: __, items, ...dataset } = of.draft;
  const runs = new Set(dataset.runs.map((run) => run.place));
  const byUuid = uniqueUuids(of.items.values());
  const out: BioImageITItem[] = [];
  for (const draft of items) {
    const { decoded, file } = draft;
    const name = decoded.name ?? posix.basename(file.place, '.md.json');
    const say = (what: string, reference: Reference): void => {
      of.problems.push(
        bioimageitErrors.dangling(spanIn(file, reference.path), { item: name, what, url: reference.url }),
      );
    };
    const base = {
      place: file.place,
      name,
      ...(decoded.uuid !== undefined && { uuid: decoded.uuid }),
      ...(decoded.author !== undefined && { author: decoded.author }),
      ...(decoded.date !== undefined && { date: decoded.date }),
      ...(decoded.format !== undefined && { format: decoded.format }),
      file: draft.data,
      isThere: draft.isThere,
      pairs: decoded.pairs,
      document: file.document,
      listed: draft.reference.listed,
    };
    if (dataset.kind === 'raw') {
      out.push({ ...base, origin: { type: 'raw' } });
      continue;
    }
    const target = decoded.run && targetOf(folder.path, file.place, decoded.run.url);
    const run = target?.inside && runs.has(target.place) ? target.place : undefined;
    if (run === undefined && decoded.run) say('a run', decoded.run);
    const inputs: BioImageITInput[] = [];
    for (const input of decoded.inputs) {
      const found = await inputOf(folder, { input, from: file.place, items: of.items, byUuid });
      // What a list names and could not be read is told already.
      const target = targetOf(folder.path, file.place, input.url);
      if (found.of === 'nothing' && !(target.inside && of.places.has(target.place))) say('an input', input);
      inputs.push(found);
    }
    out.push({
      ...base,
      origin: { type: 'processed', ...(run !== undefined && { run }), inputs, output: decoded.output },
    });
  }
  return { ...dataset, items: out };
}

async function inputOf(
  folder: OpenFolder,
  of: {
    readonly input: Reference & { readonly name: string };
    readonly from: string;
    readonly items: ReadonlyMap<string, ItemDraft>;
    readonly byUuid: ReadonlyMap<string, string>;
  },
): Promise<BioImageITInput> {
  const { name, url, uuid } = of.input;
  const target = targetOf(folder.path, of.from, url);
  if (target.inside && of.items.has(target.place)) return { name, of: 'item', place: target.place };
  // What was moved is still known by its uuid.
  const moved = uuid === undefined ? undefined : of.byUuid.get(uuid);
  if (moved !== undefined) return { name, of: 'item', place: moved };
  if (!target.inside || target.place.endsWith('.md.json')) return { name, of: 'nothing', url };
  const file = join(folder.path, target.place);
  return (await whyAbsent(file)) === undefined ? { name, of: 'file', file } : { name, of: 'nothing', url };
}

function uniqueUuids(items: Iterable<ItemDraft>): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  const twice = new Set<string>();
  for (const { decoded, file } of items) {
    if (decoded.uuid === undefined) continue;
    if (out.has(decoded.uuid)) twice.add(decoded.uuid);
    out.set(decoded.uuid, file.place);
  }
  for (const uuid of twice) out.delete(uuid);
  return out;
}

function uuidProblems(drafts: readonly DatasetDraft[]): readonly Diagnostic[] {
  const first = new Map<string, string>();
  const said = new Set<string>();
  const problems: Diagnostic[] = [];
  for (const { file, decoded } of drafts.flatMap((draft) => draft.items)) {
    const { uuid } = decoded;
    if (uuid === undefined) continue;
    const other = first.get(uuid);
    if (other === undefined) first.set(uuid, file.place);
    else if (!said.has(uuid)) {
      said.add(uuid);
      problems.push(bioimageitErrors.sameUuid(spanIn(file, ['uuid']), { uuid, first: other, second: file.place }));
    }
  }
  return problems;
}

function nameProblems(drafts: readonly DatasetDraft[]): readonly Diagnostic[] {
  const first = new Map<string, string>();
  return drafts.flatMap(({ name, place, file }) => {
    const other = first.get(name);
    if (other !== undefined)
      return [bioimageitErrors.sameDatasetName(spanIn(file, ['name']), { name, first: other, second: place })];
    first.set(name, place);
    return [];
  });
}

/** Results whose first inputs lead back to them; each circle is said once. */
function circleProblems(datasets: readonly BioImageITDataset[]): readonly Diagnostic[] {
  const items = new Map(datasets.flatMap((dataset) => dataset.items.map((item) => [item.place, item] as const)));
  const done = new Set<string>();
  const problems: Diagnostic[] = [];
  for (const start of items.values()) {
    const way = new Set<string>();
    let at: BioImageITItem | undefined = start;
    while (at !== undefined && !done.has(at.place) && !way.has(at.place)) {
      way.add(at.place);
      const parent: BioImageITInput | undefined = at.origin.type === 'raw' ? undefined : at.origin.inputs[0];
      at = parent?.of === 'item' ? items.get(parent.place) : undefined;
    }
    if (at !== undefined && way.has(at.place)) {
      const source = { name: at.place, text: '' };
      problems.push(bioimageitErrors.ownAncestor({ source, start: 0, end: 0 }, { item: at.name }));
    }
    for (const place of way) done.add(place);
  }
  return problems;
}
