import { describe, expect, test } from 'vitest';
import { publishPath } from '../../../../src/engine/plan/publish-path.ts';
import { taskId } from '../../../../src/engine/plan/tag-key.ts';
import { file } from '../../../support/drive-flow.ts';
import { image, item, nowhere, tag, text } from '../../../support/program-builder.ts';

const pathOf = (cell: string, name = 'x.tif') =>
  publishPath(
    text('out/', { value: tag('cell') }, '.', {
      value: { kind: 'property', of: item(image), name: 'ext', type: image, span: nowhere },
    }),
    {
      tag: () => cell,
      item: () => file(name),
    },
  );

describe('a tag is one segment of a published path, whatever it holds', () => {
  test.each([
    ['A3', 'out/A3.tif'],
    ['../../etc/passwd', 'out/%2E.%2F..%2Fetc%2Fpasswd.tif'],
    ['..', 'out/%2E..tif'],
    ['.hidden', 'out/%2Ehidden.tif'],
    ['50%', 'out/50%25.tif'],
    ['a\\b', 'out/a%5Cb.tif'],
    ['line\nend\u0000\u0085', 'out/line%0Aend%00%C2%85.tif'],
    ['-rf $HOME `x` {a} "q" é 😀', 'out/-rf $HOME `x` {a} "q" é 😀.tif'],
  ])('%j becomes %s', (cell, path) => {
    expect(pathOf(cell)).toEqual({ path });
  });

  test('a long one is cut and hashed, and two long ones stay two', () => {
    const [a, b] = ['x'.repeat(300), `${'x'.repeat(299)}y`].map((cell) => pathOf(cell));
    expect(a).not.toEqual(b);
    expect(a).toEqual({ path: expect.stringMatching(/^out\/x{187}~[0-9a-f]{12}\.tif$/) });
    const wide = pathOf('😀'.repeat(100));
    expect('path' in wide && Buffer.byteLength(wide.path)).toBeLessThanOrEqual(4 + 200 + 4);
  });

  test('the extension of a file without one takes its dot along', () => {
    expect(pathOf('A3', 'README')).toEqual({ path: 'out/A3' });
    expect(pathOf('A3', 'a.ome.tif')).toEqual({ path: 'out/A3.ome.tif' });
  });
});

describe('a path that leads out of the output folder is refused', () => {
  test.each([
    [['../x.tif'], '`..` would leave the output folder'],
    [['/etc/x.tif'], 'it is absolute'],
    [['a/'], 'it names a folder'],
    [[''], 'it is empty'],
    [[`${'x'.repeat(256)}.tif`], `\`${'x'.repeat(20)}…\` is longer than a file name may be`],
  ])('%j', (parts, why) => {
    expect(publishPath(text(...parts), {})).toMatchObject({ why });
  });
});

describe('the id of a task can be read back', () => {
  test.each([
    [['A', 3], 'straight[cell=A,time=3]'],
    [['a,b=c]', -1], 'straight[cell=a%2Cb%3Dc%5D,time=-1]'],
    [['é 1\n%', 0], 'straight[cell=é%201%0A%25,time=0]'],
    [["it's (1)*!", 0], 'straight[cell=it%27s%20%281%29%2A%21,time=0]'],
    [['', 0], 'straight[cell=,time=0]'],
  ])('%j', (tags, id) => {
    expect(
      taskId('straight', tags, [
        { name: 'cell', kind: 'Str' },
        { name: 'time', kind: 'Int' },
      ]),
    ).toBe(id);
  });

  test('a Float keeps its point, and a call without tags is its path', () => {
    expect(
      taskId(
        'p',
        [2, true],
        [
          { name: 'dose', kind: 'Float' },
          { name: 'early', kind: 'Bool' },
        ],
      ),
    ).toBe('p[dose=2.0,early=true]');
    expect(taskId('night.straight#2', [], [])).toBe('night.straight#2');
  });
});
