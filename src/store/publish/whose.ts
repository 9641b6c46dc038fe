import type { ContentStore } from '../../engine/ports/content-store.ts';
import { blake3 } from '../../util/blake3.ts';
import type { Digest } from '../../util/brand.ts';
import { breather } from '../../util/breather.ts';
import { type FileStat, isFailure, type StatFailure, statOf } from '../content/stat.ts';
import { isTreeFailure, type Tree, walkTree } from '../content/tree.ts';
import type { PlacedFile, PlacedFiles } from './placed-files.ts';

/** What stands at a path. */
export type Standing =
  | { readonly state: 'missing' }
  /** Content that a run published here: it may be replaced, for it can be made again. `recorded`: it is what was placed last. */
  | { readonly state: 'ours'; readonly digest: Digest; readonly signature: string; readonly recorded: boolean }
  /** Whatever else: never removed. Its digest where it could be what is about to be published. */
  | { readonly state: 'foreign'; readonly message: string; readonly digest?: Digest }
  | { readonly state: 'unreadable'; readonly why: 'denied' | 'failed'; readonly message: string };

/**
 * Looks at paths, each with whether a folder is to be published there (absent where that is not known yet). What is as a run left it is known by its stat;
 * all else by its content, so that nothing that a person made, changed or put there passes for ours.
 */
export async function whose(
  wanted: ReadonlyMap<string, { readonly directory?: boolean }>,
  parts: { readonly placed: PlacedFiles; readonly content: ContentStore },
): Promise<ReadonlyMap<string, Standing>> {
  const { placed, content } = parts;
  const out = new Map<string, Standing>();
  const present = new Map<string, FileStat>();
  const breath = breather(8);
  for (const path of wanted.keys()) {
    if (breath.due()) await breath.pause();
    const found = statOf(path, { follow: false });
    if (isFailure(found)) out.set(path, failed(found));
    else present.set(path, found);
  }
  const known = await placed.find([...present.keys()]);
  const unsure = new Map<string, string>();
  for (const [path, found] of present) {
    if (breath.due()) await breath.pause();
    const before = known.get(path);
    const signature = mayBe(found, [before?.directory, wanted.get(path)?.directory])
      ? await signatureOf(path, found)
      : undefined;
    if (signature === undefined) out.set(path, { state: 'foreign', message: await foreignMessage(path, before) });
    else if (before?.stat === signature)
      out.set(path, { state: 'ours', digest: before.digest, signature, recorded: true });
    else unsure.set(path, signature);
  }
  if (unsure.size === 0) return out;

  const paths = [...unsure.keys()];
  const earlier = await placed.publishedAt(paths);
  const settled: { path: string; stat: string }[] = [];
  const digested = await content.digest(paths, { fingerprint: 'content', fresh: false });
  for (const [at, path] of paths.entries()) {
    const [found, before, signature] = [digested[at], known.get(path), unsure.get(path) ?? ''];
    const digest = found?.ok ? found.digest : undefined;
    const recorded = digest !== undefined && digest === before?.digest;
    const isOurs =
      recorded || (before !== undefined && earlier.get(path)?.some((one) => one.digest === digest) === true);
    if (digest !== undefined && isOurs) out.set(path, { state: 'ours', digest, signature, recorded });
    else
      out.set(path, {
        state: 'foreign',
        message: await foreignMessage(path, before),
        ...(digest !== undefined && { digest }),
      });
    if (recorded) settled.push({ path, stat: signature });
  }
  await placed.settle(settled);
  return out;

  async function foreignMessage(path: string, before: PlacedFile | undefined): Promise<string> {
    const [last] = before === undefined ? [] : ((await placed.publishedAt([path])).get(path) ?? []);
    return last === undefined
      ? `${path} is there already, and no run published it`
      : `${path} was changed since run ${last.run} published it; move it away to have it published again`;
  }
}

/** Tells one state of a file from the next; of a folder, the state of all that is in it. `undefined` for what is neither, or cannot be read. */
export async function signatureOf(path: string, found: FileStat): Promise<string | undefined> {
  if (found.kind === 'file') return statText(found);
  if (found.kind !== 'directory') return undefined;
  const tree = await walkTree(path, breather(8));
  return isTreeFailure(tree) ? undefined : blake3(treeText(tree));
}

function treeText(tree: Tree): string {
  let text = '';
  for (const entry of tree.entries) {
    const name = JSON.stringify(entry.name);
    if (entry.kind === 'file') text += `${name} ${statText(entry.stat)}\n`;
    else if (entry.kind === 'link') text += `${name} -> ${JSON.stringify(entry.target)}\n`;
    else text += `${name} {\n${treeText(entry.tree)}}\n`;
  }
  return text;
}

const statText = (found: FileStat): string =>
  `${found.device}:${found.inode}:${found.size}:${found.mtimeNs}:${found.ctimeNs}`;

/** A folder is not read through where only a file could be ours, nor the other way round. A link never is: what it leads to is someone else's. */
const mayBe = (found: FileStat, directory: readonly (boolean | undefined)[]): boolean =>
  (found.kind === 'file' && directory.includes(false)) || (found.kind === 'directory' && directory.includes(true));

const failed = ({ why, message }: StatFailure): Standing =>
  why === 'missing' ? { state: 'missing' } : { state: 'unreadable', why, message };
