import { expect, test } from 'vitest';
import { annotate, type TagRule } from '../../../../src/data/annotate/annotate.ts';
import { annotateGently } from '../../../../src/data/import/annotate-gently.ts';

const items = (name: (at: number) => string) =>
  Array.from({ length: 20_000 }, (_, at) => ({ key: String(at), path: name(at), name: name(at), tags: {} }));
const regex = (text: string): TagRule => ({ kind: 'regex', text, unmatched: 'refuse' });

test.each<readonly [string, (at: number) => string, string]>([
  ['tags of one type', (at) => `a${at}_t${at % 7}.tif`, '(?<cell>a\\d+)_t(?<time>\\d+)'],
  [
    'a type that only all names together tell',
    (at) => `a${at}_t${at < 15_000 ? at : 'late'}.tif`,
    '_t(?<time>\\w+)\\.',
  ],
  ['a tag that only some have', (at) => `a${at}${at > 9000 ? '_x1' : ''}.tif`, '(?<cell>a\\d+)(?:_x(?<extra>\\d+))?'],
  ['names that match nothing in one portion', (at) => `${at < 9000 ? 'b' : 'a'}${at}.tif`, '(?<cell>a\\d+)'],
])('portions give what all items together give: %s', async (_what, name, text) => {
  const all = items(name);
  const options = { rules: [regex(text)], keys: [], newKeys: 'infer' } as const;
  expect(await annotateGently(all, options)).toEqual(annotate(all, options));
});
