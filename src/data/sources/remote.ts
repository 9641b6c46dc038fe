import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { patternMatcher } from '../../engine/ports/pattern-match.ts';
import { type RemoteFile, RemoteProblem, type Remotes } from '../../engine/ports/remote.ts';
import type { SourceItem } from '../../engine/ports/source-provider.ts';
import type { Tags } from '../../engine/ports/value.ts';
import { baseNameOf } from '../../util/file-name.ts';
import { decodeText, pathBelow, readHttps, readSsh, s3Uri, sftpUri } from '../remote/address.ts';
import { folderOf } from '../remote/fetch-folder.ts';
import { tagsText } from '../tags-text.ts';
import { failed, type Listed, type RequestOf } from './listed.ts';
import { sourceErrors } from './source-errors.ts';

/** One file of the web. With its digest it is known before anybody is asked, and a copy that is here is as good. */
export async function listUrl(request: RequestOf<'url'>, world: { readonly remotes: Remotes }): Promise<Listed> {
  const { spec, span, name, signal } = request;
  const uri = request.text(spec.address);
  const item = (file: RemoteFile): Listed => ({
    items: [
      {
        tags: {},
        fields: {},
        files: {
          '': {
            place: file.uri,
            name: file.name,
            at: { kind: 'remote', file, ...(spec.sha256 !== undefined && { sha256: spec.sha256 }) },
          },
        },
      },
    ],
    diagnostics: [],
  });
  try {
    if (spec.sha256 !== undefined) {
      // One that holds a credential is refused here too, before it is shown or kept anywhere.
      const { href, pathname } = readHttps(uri);
      return item({
        uri: href,
        name: decodeText(baseNameOf(pathname)),
        directory: false,
        version: `sha256:${spec.sha256}`,
      });
    }
    const provider = await world.remotes.provider('https');
    const file = await provider.look(uri, { signal, progress: () => {} });
    if (file !== undefined) return item(file);
    return failed(
      sourceErrors.notListed(span, {
        source: name,
        why: `there is nothing at ${uri}`,
        help: 'Check the address; open it in a browser.',
      }),
    );
  } catch (problem) {
    if (!(problem instanceof RemoteProblem)) throw problem;
    return failed(sourceErrors.notListed(span, { source: name, why: problem.message, help: problem.help }));
  }
}

/** One item per file, or per folder, that the pattern matches: as `files` does it, in another place. */
export async function listRemote(request: RequestOf<'remote'>, world: { readonly remotes: Remotes }): Promise<Listed> {
  const { spec, span, name, signal } = request;
  const matcher = patternMatcher(spec.pattern, (part) => request.text(part.value));
  const fill: Tags = Object.fromEntries(spec.fill.map((tag) => [tag.name, tag.value]));
  const items: SourceItem[] = [];
  const ambiguous: Diagnostic[] = [];
  try {
    const root = rootOf(spec.scheme, matcher.root);
    const provider = await world.remotes.provider(spec.scheme);
    const files: RemoteFile[] = [];
    for await (const file of provider.list(root, { signal, progress: () => {} })) files.push(file);
    const folders = new Map<string, RemoteFile[]>();
    const take = (path: string, file: () => RemoteFile): boolean => {
      const match = matcher.match(path);
      if (match.how === 'matched') {
        const found = file();
        items.push({
          tags: { ...fill, ...match.tags },
          files: { '': { place: found.uri, name: found.name, at: { kind: 'remote', file: found } } },
          fields: {},
        });
      } else if (match.how === 'ambiguous') {
        const { first, second } = match;
        ambiguous.push(
          sourceErrors.ambiguousName(span, {
            source: name,
            file: path,
            pattern: spec.pattern.text,
            first: tagsText(first),
            second: tagsText(second),
          }),
        );
      }
      return match.how !== 'unmatched';
    };
    const isHidden = (path: string): boolean =>
      path.split('/').some((segment, depth) => segment.startsWith('.') && !matcher.asksForHidden(depth));
    for (const file of files) {
      const path = pathBelow(root, file.uri);
      if (!isHidden(path) && take(path, () => file)) continue;
      // A folder that matches is an item, with all that is below it, hidden or not.
      for (let end = file.uri.lastIndexOf('/'); end > root.length; end = file.uri.lastIndexOf('/', end - 1)) {
        const folder = file.uri.slice(0, end);
        const known = folders.get(folder);
        if (known) known.push(file);
        else folders.set(folder, [file]);
      }
    }
    for (const [folder, inside] of folders) {
      const path = pathBelow(root, folder);
      const whole = folderOf(`${folder}/`, baseNameOf(path), inside);
      // Where all that can be seen are items of their own, what is hidden beside them makes no further one.
      const isSeen = inside.some(({ uri }) => !isHidden(pathBelow(root, uri)));
      if (isSeen && !isHidden(path) && whole !== undefined) take(path, () => whole);
    }
  } catch (problem) {
    if (!(problem instanceof RemoteProblem)) throw problem;
    return failed(sourceErrors.notListed(span, { source: name, why: problem.message, help: problem.help }));
  }
  return ambiguous.length > 0 ? failed(...ambiguous.slice(0, 3)) : { items, diagnostics: [] };
}

/** `bucket/prefix` as `s3://bucket/prefix/`, `user@host:/data` as `sftp://user@host/data/`. */
function rootOf(scheme: 's3' | 'sftp', root: string): string {
  if (scheme === 's3') {
    const slash = root.indexOf('/');
    const [bucket, key] = slash < 0 ? [root, ''] : [root.slice(0, slash), root.slice(slash + 1)];
    return s3Uri({ bucket, key: key === '' ? '' : `${key.replace(/\/+$/u, '')}/` });
  }
  const address = readSsh(root);
  if (address === undefined)
    throw new RemoteProblem(
      'address',
      root,
      `\`${root}\` names no absolute path`,
      'Write the server and the path from its root: `ssh("user@host:/data/{cell}.tif")`.',
    );
  return sftpUri({ ...address, path: address.path.endsWith('/') ? address.path : `${address.path}/` });
}
