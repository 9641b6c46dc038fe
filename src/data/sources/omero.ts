import { type RemoteFile, RemoteProblem, type Remotes } from '../../engine/ports/remote.ts';
import { omeroAddress } from '../omero/omero-address.ts';
import { failed, type Listed, type RequestOf } from './listed.ts';
import { sourceErrors } from './source-errors.ts';
import { taggedItems } from './tagged-items.ts';

/** The images of a project, dataset, screen, plate or well, or one image; their key-value pairs and places there are their tags. */
export async function listOmero(
  request: RequestOf<'omero'>,
  world: { readonly remotes: Remotes; readonly omeroServer: string | undefined },
): Promise<Listed> {
  const { spec, span, name, signal } = request;
  const found: RemoteFile[] = [];
  try {
    const address = omeroAddress(request.text(spec.address), { server: world.omeroServer });
    const provider = await world.remotes.provider('omero');
    for await (const file of provider.list(address, { signal, progress: () => {} })) found.push(file);
  } catch (problem) {
    if (!(problem instanceof RemoteProblem)) throw problem;
    return failed(sourceErrors.notListed(span, { source: name, why: problem.message, help: problem.help }));
  }
  return taggedItems(
    found.map((file) => ({
      file: { place: file.uri, name: file.name, at: { kind: 'remote', file } },
      tags: { name: file.name, ...file.tags },
    })),
    {
      request,
      had: [...new Set(['name', ...found.flatMap((file) => Object.keys(file.tags ?? {}))])],
      help: 'Add the key-value pair on the server, or make the tag optional with `?`.',
    },
  );
}
