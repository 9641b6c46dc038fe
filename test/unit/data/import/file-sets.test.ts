import { expect, test } from 'vitest';
import {
  type FileSetQuestions,
  fileSets,
  isImageFolder,
  type ListedFile,
} from '../../../../src/data/import/file-sets.ts';

function files(...paths: string[]): ListedFile[] {
  return paths.map((path) => ({ path, kind: 'file' }));
}

/** `main < companion companion` per item that is more than one file. */
function told(listing: ListedFile[], questions?: FileSetQuestions): string[] {
  return fileSets(listing, questions).items.map(({ path, companions, kind }) =>
    [`${kind} ${path}`, ...companions].join(' < '),
  );
}

test.each([
  ['an image alone', ['a.tif'], ['file a.tif']],
  [
    'names that differ in case, spaces or extension stay apart',
    ['a.tif', 'A.tif', 'a.tiff', 'a.TIF', 'a .tif', ' a.tif', 'a.png', 'a.ome.tif'],
    [
      'file a.tif',
      'file A.tif',
      'file a.tiff',
      'file a.TIF',
      'file a .tif',
      'file  a.tif',
      'file a.png',
      'file a.ome.tif',
    ],
  ],
  ['OME-XML beside a TIFF', ['x/a.tif', 'x/a.ome.xml', 'y/a.ome.xml'], ['file x/a.tif < x/a.ome.xml']],
  ['an OME companion of the same name', ['a.companion.ome', 'a.ome.tif'], ['file a.ome.tif < a.companion.ome']],
  [
    'Micro-Manager beside its stack',
    ['a_MMStack_Pos0.ome.tif', 'a_MMStack_Pos0_metadata.txt', 'a_DisplaySettings.json', 'b.tif', 'b_metadata.txt'],
    [
      'file a_MMStack_Pos0.ome.tif < a_DisplaySettings.json < a_MMStack_Pos0_metadata.txt',
      'file b.tif < b_metadata.txt',
    ],
  ],
  [
    'Micro-Manager with one description for the folder',
    [
      'p/img_000000000_DAPI_000.tif',
      'p/img_000000001_DAPI_000.tif',
      'p/metadata.txt',
      'p/display_and_comments.txt',
      'q/a.tif',
    ],
    [
      'file p/img_000000000_DAPI_000.tif < p/display_and_comments.txt < p/metadata.txt',
      'file p/img_000000001_DAPI_000.tif < p/display_and_comments.txt < p/metadata.txt',
      'file q/a.tif',
    ],
  ],
  ['the only TIFF beside metadata.txt', ['odd.tif', 'metadata.txt'], ['file odd.tif < metadata.txt']],
  [
    'a stack that Micro-Manager cut at 4 GB',
    [
      'a_MMStack_Pos0.ome.tif',
      'a_MMStack_Pos0_1.ome.tif',
      'a_MMStack_Pos0_2.ome.tif',
      'a_MMStack_Pos0_metadata.txt',
      'a_MMStack_Pos1.ome.tif',
    ],
    [
      'set a_MMStack_Pos0.ome.tif < a_MMStack_Pos0_1.ome.tif < a_MMStack_Pos0_2.ome.tif < a_MMStack_Pos0_metadata.txt',
      'file a_MMStack_Pos1.ome.tif',
    ],
  ],
  [
    'a CZI and what continues it',
    ['a(1).czi', 'a.czi', 'a (1).czi', 'b(1).czi'],
    ['set a.czi < a(1).czi', 'file a (1).czi', 'file b(1).czi'],
  ],
  ['a LIF and its extension', ['a.lif', 'a.lifext', 'b.lifext'], ['file a.lif < a.lifext']],
  [
    'what MetaMorph calls one acquisition',
    ['e.nd', 'e_w1DAPI_s1_t1.TIF', 'e_w2GFP.stk', 'e_t1.stk', 'e.stk', 'ee_t1.stk', 'f/e_t1.stk'],
    ['set e.nd < e.stk < e_t1.stk < e_w1DAPI_s1_t1.TIF < e_w2GFP.stk', 'file ee_t1.stk', 'file f/e_t1.stk'],
  ],
  [
    'an OME-Zarr that was walked into',
    ['a.zarr/.zattrs', 'a.zarr/0/.zarray', 'a.zarr/0/0.0', 'b.tif', 'a.zarr/labels/x.png'],
    ['folder a.zarr', 'file b.tif'],
  ],
  ['an OME-Zarr that is the source itself', ['zarr.json', '0/zarr.json', '0/c/0'], ['folder ']],
] as [string, string[], string[]][])('%s', (_, listing, expected) => {
  expect(told(files(...listing))).toEqual(expected);
});

test('an image folder that was not walked into is one item, in its place', () => {
  expect(told([...files('a.tif'), { path: 'b.ome.zarr', kind: 'image-folder' }, ...files('c.tif')])).toEqual([
    'file a.tif',
    'folder b.ome.zarr',
    'file c.tif',
  ]);
  expect(isImageFolder(['0', '.zgroup'])).toBe(true);
  expect(isImageFolder(['a.tif', 'zarr'])).toBe(false);
});

test('an OME-TIFF set is one item, whatever its files are called, and only of files that are there', () => {
  const named = ['t1.ome.tif', 'other.ome.tif', 'gone.ome.tif'];
  const omeFiles = (path: string): readonly string[] | undefined =>
    path === 's/alone.ome.tif' ? undefined : path.startsWith('s/') ? named : ['../s/t1.ome.tif'];
  expect(
    told(files('s/other.ome.tif', 's/t1.ome.tif', 's/alone.ome.tif', 't/x.ome.tif', 's/d.companion.ome'), { omeFiles }),
  ).toEqual(['set s/t1.ome.tif < s/d.companion.ome < s/other.ome.tif', 'file s/alone.ome.tif', 'file t/x.ome.tif']);
});

test('files that claim each other do not vanish', () => {
  const omeFiles = (path: string): readonly string[] =>
    path === 'a.ome.tif' ? ['b.ome.tif', 'a.ome.tif'] : ['a.ome.tif', 'b.ome.tif'];
  expect(told(files('a.ome.tif', 'b.ome.tif'), { omeFiles })).toEqual(['set b.ome.tif < a.ome.tif']);
});

test('a CZI of the name of a continuation that is no continuation stays an item', () => {
  expect(told(files('a.czi', 'a(1).czi'), { cziPart: () => 0 })).toEqual(['file a.czi', 'file a(1).czi']);
});

test('what is no image and belongs to none is counted by extension', () => {
  const { items, leftOut } = fileSets(
    files('a.tif', 'a.xml', 'b.XML', 'notes.txt', 'Makefile', '.DS_Store', 'a.json', 'c_metadata.txt'),
  );
  expect(items).toHaveLength(1);
  expect(leftOut).toEqual([
    { extension: '', count: 2 },
    { extension: '.txt', count: 2 },
    { extension: '.xml', count: 2 },
    { extension: '.json', count: 1 },
  ]);
});

test.each([
  ['images alone', (n: number) => [`f${n % 100}/a${n}.tif`]],
  ['images with companions', (n: number) => [`a${n}.ome.tif`, `a${n}_metadata.txt`]],
  [
    'one Micro-Manager folder',
    (n: number) => [n === 0 ? 'metadata.txt' : `img_${String(n).padStart(9, '0')}_DAPI_000.tif`],
  ],
  ['one MetaMorph acquisition', (n: number) => [n === 0 ? 'e.nd' : `e_t${n}.stk`]],
  ['chunks of one Zarr', (n: number) => [n === 0 ? 'z/.zattrs' : `z/0/${n}`]],
  ['text beside them', (n: number) => [`a${n}_metadata.txt`]],
])('100 000 names take time for 100 000 names: %s', (_, names) => {
  const of = (count: number): ListedFile[] =>
    Array.from({ length: count }, (_unused, n) => names(n).map((path) => ({ path, kind: 'file' as const }))).flat();
  // Of the processor, not of the clock: other tests run beside this one.
  const seconds = (listing: ListedFile[]): number => {
    const from = process.cpuUsage();
    fileSets(listing);
    return process.cpuUsage(from).user / 1e6;
  };
  seconds(of(1000)); // warm
  const all = of(100_000);
  expect(Math.min(seconds(all), seconds(all), seconds(all))).toBeLessThan(2);
});
