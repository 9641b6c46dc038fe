import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fileSetQuestions } from '../../../../src/data/import/file-set-questions.ts';
import { type FileSet, fileSets, type ListedFile } from '../../../../src/data/import/file-sets.ts';
import { czi } from '../../../support/microscopy/czi.ts';
import { omeXml, tiff } from '../../../support/tiff.ts';

async function sets(files: Readonly<Record<string, string | Buffer>>): Promise<readonly FileSet[]> {
  const root = await mkdtemp(join(tmpdir(), 'bit-sets-'));
  try {
    const listing: ListedFile[] = [];
    for (const [path, content] of Object.entries(files)) {
      await mkdir(join(root, path, '..'), { recursive: true });
      await writeFile(join(root, path), content);
      listing.push({ path, kind: 'file' });
    }
    const signal = new AbortController().signal;
    return fileSets(listing, await fileSetQuestions(listing, { absolute: (path) => join(root, path), signal })).items;
  } finally {
    await rm(root, { recursive: true });
  }
}

const yx = { width: 9, height: 7, bits: 16 };
const planes = (...files: string[]): string =>
  files
    .map(
      (file, z) =>
        `<TiffData FirstZ="${z}" IFD="0" PlaneCount="1"><UUID FileName="${file}">urn:uuid:${file}</UUID></TiffData>`,
    )
    .join('');
const part = (...files: string[]): Buffer =>
  tiff({
    pages: [
      {
        ...yx,
        description: omeXml({ SizeZ: files.length }, { inside: planes(...files), uuid: `urn:uuid:${files[0]}` }),
      },
    ],
  });

test('the files themselves say which OME-TIFFs are one image', async () => {
  expect(
    await sets({
      's/first.ome.tif': part('first.ome.tif', 'second.ome.tif'),
      's/second.ome.tif': 'need not be opened',
      's/lonely.ome.tif': part('lonely.ome.tif'),
      't/second.ome.tif': part('second.ome.tif', '../s/first.ome.tif'),
      'u/x.companion.ome': omeXml({ SizeZ: 2 }, { inside: planes('p.ome.tif', 'q.ome.tif') }),
      'u/p.ome.tif': tiff({ pages: [yx] }),
      'u/q.ome.tif': 'damaged',
    }),
  ).toEqual([
    { path: 's/first.ome.tif', companions: ['s/second.ome.tif'], kind: 'set' },
    { path: 's/lonely.ome.tif', companions: [], kind: 'file' },
    { path: 't/second.ome.tif', companions: [], kind: 'file' },
    { path: 'u/p.ome.tif', companions: ['u/q.ome.tif', 'u/x.companion.ome'], kind: 'set' },
  ]);
});

test('a CZI that only looks like a continuation is an item of its own', async () => {
  const continuation = czi('rgb');
  continuation.writeInt32LE(1, 80);
  expect(await sets({ 'a.czi': czi('stack'), 'a(1).czi': continuation, 'a(2).czi': czi('scenes') })).toEqual([
    { path: 'a.czi', companions: ['a(1).czi'], kind: 'set' },
    { path: 'a(2).czi', companions: [], kind: 'file' },
  ]);
});
