import { isZarrName } from '../formats/ome-zarr.ts';
import { companionsByName, type NamedFile, namedFile } from './companion-names.ts';

/** One line of a listing. Paths are relative to the source, with `/` between folders. */
export interface ListedFile {
  readonly path: string;
  /** `image-folder`: a folder that is itself an image (`isImageFolder`) and was therefore not descended into. */
  readonly kind: 'file' | 'image-folder';
}

/** What only a look into a file can tell. Each is asked for at most once per file; what is absent is decided by names alone. */
export interface FileSetQuestions {
  /** Names of the files that hold the planes of this OME-TIFF's or OME companion's images, as it states them; its own name may be among them. */
  readonly omeFiles?: (path: string) => readonly string[] | undefined;
  /** The number of this part of a CZI that was cut into several files: 0 is the first, which also describes the others. */
  readonly cziPart?: (path: string) => number | undefined;
}

/** What is one thing to an analyst. `path` is what a reader opens; `companions` belong to it and are sorted. */
export interface FileSet {
  readonly path: string;
  readonly companions: readonly string[];
  /** `set`: the pixels themselves lie in several files. */
  readonly kind: 'file' | 'folder' | 'set';
}

export interface FileSets {
  /** In the order of the listing. */
  readonly items: readonly FileSet[];
  /** Files that are no images and belong to none, by extension (lower case, with its dot; empty where there is none), most first. */
  readonly leftOut: readonly { readonly extension: string; readonly count: number }[];
}

/**
 * Says which files of a listing belong together. Pure, and linear in the number of files. Names are compared as they are: two that differ in
 * case, spaces or extension are two items. What a companion is beside is decided by exact stems (`a.ome.tif` and `a_metadata.txt`), never by likeness.
 */
export function fileSets(listing: Iterable<ListedFile>, questions: FileSetQuestions = {}): FileSets {
  const { files, folders } = split(listing);
  const byPath = new Map<string, Placed>();
  for (const file of files) byPath.set(file.path, file);
  const owners = ownersOf(files, { byPath, questions });

  const companions = new Map<string, string[]>();
  const sets = new Set<string>();
  for (const [path, { owner, holdsPixels }] of owners) {
    const top = topOwner(owner, owners);
    const list = companions.get(top);
    if (list === undefined) companions.set(top, [path]);
    else list.push(path);
    if (holdsPixels) sets.add(top);
  }
  const shared = companionsByName(files, { byPath, isTaken: (path) => owners.has(path) });
  const attached = new Set<string>();
  for (const [path, names] of shared) {
    const top = topOwner(path, owners);
    const list = companions.get(top);
    if (list === undefined) companions.set(top, [...names]);
    else for (const name of names) if (!list.includes(name)) list.push(name);
    for (const name of names) attached.add(name);
  }

  const items: { at: number; item: FileSet }[] = folders.map(({ at, path }) => ({
    at,
    item: { path, companions: [], kind: 'folder' },
  }));
  const counts = new Map<string, number>();
  for (const file of files) {
    if (owners.has(file.path) || attached.has(file.path)) continue;
    if (!file.isImage) {
      counts.set(file.extension, (counts.get(file.extension) ?? 0) + 1);
      continue;
    }
    const own = companions.get(file.path) ?? [];
    items.push({
      at: file.at,
      item: { path: file.path, companions: own.sort(byCodeUnit), kind: sets.has(file.path) ? 'set' : 'file' },
    });
  }
  return {
    items: items.sort((a, b) => a.at - b.at).map(({ item }) => item),
    leftOut: [...counts]
      .map(([extension, count]) => ({ extension, count }))
      .sort((a, b) => b.count - a.count || byCodeUnit(a.extension, b.extension)),
  };
}

/** Whether a folder with these entries is one image (Zarr), which a walk must not descend into. */
export function isImageFolder(names: Iterable<string>): boolean {
  for (const name of names) if (isZarrName(name)) return true;
  return false;
}

interface Placed extends NamedFile {
  readonly at: number;
}

/** Parts the files from the image folders; what lies inside such a folder (a flat listing of keys has it) is the folder's. */
function split(listing: Iterable<ListedFile>): { files: Placed[]; folders: { at: number; path: string }[] } {
  const all = [...listing];
  const roots = new Set<string>();
  for (const { path, kind } of all) {
    if (kind === 'image-folder') roots.add(path);
    else if (isZarrName(path.slice(path.lastIndexOf('/') + 1)))
      roots.add(path.slice(0, Math.max(0, path.lastIndexOf('/'))));
  }
  const files: Placed[] = [];
  const folders = new Map<string, number>();
  for (const [at, { path, kind }] of all.entries()) {
    const root = roots.size === 0 ? undefined : outermost(path, roots);
    if (root !== undefined) {
      if (!folders.has(root)) folders.set(root, at);
    } else if (kind === 'file') files.push(Object.assign(namedFile(path), { at }));
  }
  return { files, folders: [...folders].map(([path, at]) => ({ path, at })) };
}

function outermost(path: string, roots: ReadonlySet<string>): string | undefined {
  if (roots.has('')) return '';
  for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
    const folder = path.slice(0, end);
    if (roots.has(folder)) return folder;
  }
  return roots.has(path) ? path : undefined;
}

interface Ownership {
  readonly owner: string;
  readonly holdsPixels: boolean;
}

/** Which file belongs to which other, where each has exactly one owner. */
function ownersOf(
  files: readonly Placed[],
  { byPath, questions }: { byPath: ReadonlyMap<string, Placed>; questions: FileSetQuestions },
): Map<string, Ownership> {
  const owners = new Map<string, Ownership>();
  const give = (path: string, to: Ownership): void => {
    if (path !== to.owner && !owners.has(path) && topOwner(to.owner, owners) !== path) owners.set(path, to);
  };
  for (const file of files) {
    if (owners.has(file.path)) continue;
    for (const part of omeParts(file, { byPath, questions })) give(part.path, part.to);
  }
  for (const file of files) {
    const first = continued(file, questions);
    if (first !== undefined && byPath.has(first)) give(file.path, { owner: first, holdsPixels: true });
  }
  const notices = new Map(
    files.filter(({ extension }) => extension === '.nd').map((file) => [`${file.folder}\0${file.stem}`, file]),
  );
  if (notices.size > 0) {
    for (const file of files) {
      const base = metamorphBase(file);
      const notice = base === undefined ? undefined : notices.get(`${file.folder}\0${base}`);
      if (notice !== undefined) give(file.path, { owner: notice.path, holdsPixels: true });
    }
  }
  return owners;
}

/** The files of an OME-TIFF set belong to the first of them that is there; so does the companion that describes them. */
function omeParts(
  file: Placed,
  { byPath, questions }: { byPath: ReadonlyMap<string, Placed>; questions: FileSetQuestions },
): readonly { path: string; to: Ownership }[] {
  const isCompanion = file.extension === '.companion.ome';
  if (!isCompanion && file.extension !== '.ome.tif' && file.extension !== '.ome.tiff') return none;
  const named = questions.omeFiles?.(file.path);
  if (named === undefined) return none;
  const there = [...new Set(named)]
    .map((name) => (name.includes('/') || name.includes('\\') ? undefined : byPath.get(`${file.folder}${name}`)))
    .filter((each) => each !== undefined);
  const [first] = there;
  if (first === undefined || (!isCompanion && !there.includes(file))) return [];
  const parts = there
    .filter((each) => each !== first)
    .map(({ path }) => ({ path, to: { owner: first.path, holdsPixels: true } }));
  return isCompanion ? [...parts, { path: file.path, to: { owner: first.path, holdsPixels: false } }] : parts;
}

const none: readonly never[] = [];

/** The first file of one that was cut into several: `a(1).czi` continues `a.czi`, `a_MMStack_Pos0_1.ome.tif` continues `a_MMStack_Pos0.ome.tif`. */
function continued(file: Placed, questions: FileSetQuestions): string | undefined {
  if (file.extension === '.czi') {
    const base = /^(.+)\(\d+\)$/.exec(file.stem)?.[1];
    if (base === undefined || questions.cziPart?.(file.path) === 0) return undefined;
    return `${file.folder}${base}${file.name.slice(file.stem.length)}`;
  }
  if (file.extension === '.ome.tif') {
    const base = /^(.*_MMStack.*?)_\d+$/.exec(file.stem)?.[1];
    return base === undefined ? undefined : `${file.folder}${base}${file.name.slice(file.stem.length)}`;
  }
  return undefined;
}

/** `a_w1DAPI_s2_t3.stk` is one of the files that `a.nd` announces. */
function metamorphBase({ stem, extension }: Placed): string | undefined {
  if (extension !== '.stk' && extension !== '.tif' && extension !== '.tiff') return undefined;
  const base = stem
    .replace(/_t\d+$/, '')
    .replace(/_s\d+$/, '')
    .replace(/_w\d+[^_]*$/, '')
    .replace(/_thumb$/, ''); // a small copy for looking through
  return base === '' ? undefined : base;
}

function topOwner(path: string, owners: ReadonlyMap<string, Ownership>): string {
  let top = path;
  for (let next = owners.get(top); next !== undefined; next = owners.get(top)) top = next.owner;
  return top;
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
