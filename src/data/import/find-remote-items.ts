import { type RemoteFile, RemoteProblem, type Remotes } from '../../engine/ports/remote.ts';
import { baseNameOf } from '../../util/file-name.ts';
import { isZarrName } from '../formats/ome-zarr.ts';
import { pathBelow, schemeOf } from '../remote/address.ts';
import { folderOf } from '../remote/fetch-folder.ts';
import { fileSets } from './file-sets.ts';
import type { FoundItem, FoundItems } from './found-item.ts';

/**
 * Items of another place: what lies below addresses that are folders, the files that are named, the images of an object of an image server. What belongs together is decided by names alone:
 * nothing is fetched for that. Rejects with `RemoteProblem`.
 */
export async function findRemoteItems(
  uris: readonly string[],
  options: { readonly remotes: Remotes; readonly recursive: boolean; readonly signal: AbortSignal },
): Promise<FoundItems> {
  const files = new Map<string, RemoteFile>();
  const named = new Set<string>();
  const roots: string[] = [];
  for (const uri of uris) {
    const listed = await listing(uri, options);
    if (listed.root === undefined) named.add(uri);
    else roots.push(listed.root);
    for (const file of listed.files) files.set(file.uri, file);
  }
  const [first = '', second] = uris;
  const isServer = schemeOf(first) === 'omero';
  const root = second === undefined ? (roots[0] ?? parentOf(first)) : commonFolder([...roots, ...named]);
  const found = [...files.values()];
  const { items, leftOut, closedFolders } = isServer
    ? {
        items: found.map((file) => itemOf(file.name, file, { kind: 'image', companions: [] })),
        leftOut: [],
        closedFolders: 0,
      }
    : grouped(found, { root, roots, named, recursive: options.recursive });
  const here = new Set([...files.keys(), ...items.map(({ path }) => path)]);
  return {
    root: isServer ? first : root,
    items,
    leftOut,
    left: [],
    unreadable: [],
    closedFolders,
    isGone: ({ path }) => roots.some((each) => path.startsWith(each)) && !isServer && !here.has(path),
    refuseLost: () => undefined,
  };
}

/** What an address names, and the folder that it is, where it is one. */
async function listing(
  uri: string,
  { remotes, signal }: { readonly remotes: Remotes; readonly signal: AbortSignal },
): Promise<{ readonly root: string | undefined; readonly files: readonly RemoteFile[] }> {
  const scheme = schemeOf(uri);
  if (scheme === undefined) throw new RemoteProblem('address', uri, `${uri} is no address`, 'Check how it is written.');
  const provider = await remotes.provider(scheme);
  const asking = { signal, progress: () => undefined };
  const all = async (below: string): Promise<RemoteFile[]> => {
    const files: RemoteFile[] = [];
    for await (const file of provider.list(below, asking)) files.push(file);
    return files;
  };
  if (scheme === 'omero' || uri.endsWith('/')) return { root: uri, files: await all(uri) };
  const file = await provider.look(uri, asking);
  if (file !== undefined && !file.directory) return { root: undefined, files: [file] };
  if (file === undefined && scheme !== 's3')
    throw new RemoteProblem('missing', uri, `There is nothing at ${uri}`, 'Check the address.');
  const files = await all(`${uri}/`);
  if (files.length === 0)
    throw new RemoteProblem('missing', uri, `There is nothing at ${uri}, nor below it`, 'Check the address.');
  return { root: `${uri}/`, files };
}

function grouped(
  files: readonly RemoteFile[],
  of: {
    readonly root: string;
    readonly roots: readonly string[];
    readonly named: ReadonlySet<string>;
    readonly recursive: boolean;
  },
): Pick<FoundItems, 'items' | 'leftOut' | 'closedFolders'> {
  const byPath = new Map<string, RemoteFile>();
  for (const file of files) {
    const path = pathBelow(of.root, file.uri);
    // Keys of an OME-Zarr begin with a dot and say that it is one; whatever else is hidden stays so.
    if (of.named.has(file.uri) || path.split('/').every((part) => !part.startsWith('.') || isZarrName(part)))
      byPath.set(path, file);
  }
  const sets = fileSets([...byPath.keys()].map((path) => ({ path, kind: 'file' })));
  const inside = filesInside(
    sets.items.flatMap(({ path, kind }) => (kind === 'folder' ? [path] : [])),
    { root: of.root, files },
  );
  const closed = new Set<string>();
  const items: FoundItem[] = [];
  const used = new Set<string>();
  for (const { path, companions, kind } of sets.items) {
    for (const each of [path, ...companions]) used.add(each);
    const isNamed = of.named.has(byPath.get(path)?.uri ?? '');
    if (!of.recursive && !isNamed && depthOf(`${of.root}${path}`, of.roots) > 0) {
      closed.add(path.slice(0, path.lastIndexOf('/')));
      continue;
    }
    const folder = kind === 'folder' ? inside.get(path) : undefined;
    const file = folder === undefined ? byPath.get(path) : folderOf(folder.uri, baseNameOf(path), folder.files);
    if (file === undefined) continue;
    const beside = companions.flatMap((companion) => byPath.get(companion) ?? []);
    items.push(itemOf(path, file, { kind: 'image', companions: beside }));
  }
  for (const [path, file] of byPath)
    if (of.named.has(file.uri) && !used.has(path)) items.push(itemOf(path, file, { kind: 'other', companions: [] }));
  return { items, leftOut: sets.leftOut, closedFolders: closed.size };
}

/** How many folders lie between a file and the folder that was named. */
function depthOf(uri: string, roots: readonly string[]): number {
  const root = roots.find((each) => uri.startsWith(each));
  return root === undefined ? 0 : uri.slice(root.length).split('/').length - 1;
}

const itemOf = (
  name: string,
  file: RemoteFile,
  of: { readonly kind: FoundItem['kind']; readonly companions: readonly RemoteFile[] },
): FoundItem => ({
  kind: of.kind,
  name,
  path: file.uri,
  directory: file.directory,
  size: file.size ?? 0,
  ...(file.modifiedAt !== undefined && { mtimeMs: Date.parse(file.modifiedAt) }),
  companions: of.companions.map((each) => ({ path: each.uri, size: each.size ?? 0, remote: each })),
  tags: file.tags ?? {},
  remote: file,
});

/** All that lies below some folders, hidden files too, with the address of each: what a folder's version is made of. */
function filesInside(
  folders: readonly string[],
  of: { readonly root: string; readonly files: readonly RemoteFile[] },
): ReadonlyMap<string, { readonly uri: string; readonly files: RemoteFile[] }> {
  const out = new Map<string, { readonly uri: string; readonly files: RemoteFile[] }>();
  const wanted = new Set(folders);
  if (wanted.size === 0) return out;
  for (const file of of.files)
    for (let end = file.uri.lastIndexOf('/'); end > of.root.length; end = file.uri.lastIndexOf('/', end - 1)) {
      const path = pathBelow(of.root, file.uri.slice(0, end));
      if (!wanted.has(path)) continue;
      const known = out.get(path);
      if (known) known.files.push(file);
      else out.set(path, { uri: file.uri.slice(0, end + 1), files: [file] });
    }
  return out;
}

const parentOf = (uri: string): string => uri.slice(0, uri.lastIndexOf('/') + 1);

function commonFolder(uris: readonly string[]): string {
  const [first = '', ...others] = uris;
  let root = parentOf(first);
  for (const other of others) while (!other.startsWith(root) && root !== '') root = parentOf(root.slice(0, -1));
  return root;
}
