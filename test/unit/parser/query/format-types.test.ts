import { expect, test } from 'vitest';
import { mediaTypes } from '../../../../src/data/formats/magic.ts';
import { formatTypes } from '../../../../src/parser/query/format-types.ts';

const names = ['Image', 'Table', 'Json', 'Text', 'Xml', 'Pdf', 'Html', 'Archive', 'Dir'];

test('whatever is recognised has a format by which it is found', () => {
  const known = new Set(names.flatMap((name) => formatTypes(name) ?? []));
  const recognised = Object.values(mediaTypes).filter((type) => type !== 'application/octet-stream');
  expect(recognised.filter((type) => !known.has(type))).toEqual([]);
});

test('any other text is a media type itself', () => {
  expect(formatTypes('image/tiff')).toBeUndefined();
  expect(formatTypes('constructor')).toBeUndefined();
});
