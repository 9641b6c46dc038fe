import type { Asked, Reply } from './omero-server.ts';
import type { OmeroWorld } from './omero-world.ts';
import { zipBytes } from './zip-bytes.ts';

/**
 * Pixel data: https://omero.readthedocs.io/en/stable/developers/Web/WebGateway.html, and the views `archived_files`, `original_file_paths` and `render_ome_tiff` of
 * https://github.com/ome/omero-web (`omeroweb/webgateway/views.py`).
 */
export function webgatewayPage({ path, sees, prefix }: Asked, { world }: { world: OmeroWorld }): Reply {
  const id = Number(/(\d+)\/$/.exec(path)?.[1]);
  const image = world.images.find((each) => each.id === id && sees(each.group));
  if (path.startsWith('archived_files/download/')) {
    if (image === undefined)
      return { status: 500, html: `Cannot download archived file because Images not found (ids: [${id}])` };
    const { originals } = image;
    // "canDownload" answers with an empty 404.
    if (originals === 'blocked') return { status: 404, html: '' };
    if (originals === 'too-large')
      return { status: 403, html: 'Total size of files 9999 is larger than 1000. Try requesting fewer files.' };
    const [first, ...others] = originals;
    if (first === undefined)
      return { status: 500, html: 'Tried downloading archived files from image with no files archived.' };
    // "',' in name causes duplicate headers"
    const named = (name: string): string => name.replaceAll(' ', '_').replaceAll(',', '.');
    if (others.length === 0)
      return { status: 200, bytes: first.bytes, type: 'application/force-download', name: named(baseName(first.path)) };
    const folder = first.path.slice(0, first.path.lastIndexOf('/') + 1);
    const files = originals.map((each) => ({ ...each, path: each.path.slice(folder.length) }));
    return {
      status: 200,
      bytes: zipBytes(files),
      type: 'application/force-download',
      name: `${named(image.name)}.zip`,
    };
  }
  if (image === undefined) return { status: 404, html: '<h1>Page not found</h1>' };
  if (path.startsWith('original_file_paths/')) {
    const repo = Array.isArray(image.originals)
      ? image.originals.map((each: { path: string }) => each.path)
      : ['ben_3/2026/cell.tif'];
    return { status: 200, json: { repo, client: repo, fileset: { id: 1 } } };
  }
  if (path.startsWith('render_ome_tiff/i/')) {
    if (image.omeTiff === 'pyramid') return { status: 404, html: '<h1>Page not found</h1>' };
    // The file is made in a folder of static files, and the answer leads there.
    return { status: 302, location: `${prefix}/static/webgateway/tfiles/${id}/image.ome.tiff` };
  }
  return { status: 404, html: '<h1>Page not found</h1>' };
}

export function staticFile({ path }: Asked, { world }: { world: OmeroWorld }): Reply {
  const id = Number(/tfiles\/(\d+)\//.exec(path)?.[1]);
  const bytes = world.images.find((each) => each.id === id)?.omeTiff;
  if (!Buffer.isBuffer(bytes)) return { status: 404, html: '' };
  return { status: 200, bytes, type: 'image/tiff', name: 'image.ome.tiff' };
}

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
