import { describe, expect, test } from 'vitest';
import { coveringFolders, inputMounts } from '../../../../src/runners/docker/input-mounts.ts';

const place = '/in';

describe('what a container is shown of its inputs', () => {
  test('each in a folder of its own, under its staged name', () => {
    expect(
      inputMounts(
        [
          { source: '/store/objects/ab/cdef', target: 'image.tif' },
          { source: '/data/a b', target: 'tiles/0001.tif' },
        ],
        { place, limit: 100 },
      ),
    ).toEqual({
      mounts: [
        { source: '/store/objects/ab/cdef', target: '/in/0/image.tif' },
        { source: '/data/a b', target: '/in/1/0001.tif' },
      ],
      paths: ['/in/0/image.tif', '/in/1/0001.tif'],
    });
  });

  test('a file that is staged twice under one name is mounted once', () => {
    const input = { source: '/data/x', target: 'x' };
    expect(inputMounts([input, { ...input, target: 'more/x' }], { place, limit: 1 })).toEqual({
      mounts: [{ source: '/data/x', target: '/in/0/x' }],
      paths: ['/in/0/x', '/in/0/x'],
    });
  });

  test('folders that hold them where there are too many', () => {
    const inputs = ['/data/a/1', '/data/a/2', '/data/b/1', '/other/c'].map((source) => ({ source, target: 'x' }));
    expect(inputMounts(inputs, { place, limit: 3 })).toEqual({
      mounts: [
        { source: '/data/a', target: '/in/0' },
        { source: '/data/b', target: '/in/1' },
        { source: '/other', target: '/in/2' },
      ],
      paths: ['/in/0/1', '/in/0/2', '/in/1/1', '/in/2/c'],
    });
  });

  test('none', () => {
    expect(inputMounts([], { place, limit: 100 })).toEqual({ mounts: [], paths: [] });
  });
});

test.each<readonly [paths: readonly string[], limit: number, folders: readonly string[]]>([
  [['/a/b/c'], 1, ['/a/b']],
  [['/a/b/c', '/a/b/d'], 1, ['/a/b']],
  [['/a/b/c', '/a/b/x/d'], 5, ['/a/b']],
  [['/a/b/c/1', '/a/b/d/1', '/a/e/1'], 2, ['/a/b', '/a/e']],
  [['/a/b/c/1', '/a/b/d/1', '/a/e/1'], 1, ['/a']],
  [['/s/00/1', '/s/01/1', '/s/02/1'], 2, ['/s']],
  // A top-level folder is the most that is shown at once.
  [['/a/1', '/b/1'], 1, ['/a', '/b']],
])('folders that cover %j, at most %i', (paths, limit, folders) => {
  expect(coveringFolders(paths, limit)).toEqual(folders);
});
