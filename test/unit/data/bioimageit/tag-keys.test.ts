import { expect, test } from 'vitest';
import { tagsOf } from '../../../../src/data/bioimageit/tag-keys.ts';

test('a moment with a time zone becomes one in UTC, so that it compares with all others as they do', () => {
  const keys = [{ key: 'fixed at', tag: { name: 'fixed_at', type: 'Date' } }] as const;
  const tagged = (text: string) => tagsOf({ 'fixed at': text }, keys);
  expect(tagged('2020-03-04T10:30+02:00')).toEqual({ tags: { fixed_at: '2020-03-04T08:30:00Z' }, misfits: [] });
  expect(tagged('2020-03-04')).toEqual({ tags: { fixed_at: '2020-03-04' }, misfits: [] });
  expect(tagged('2020-02-30')).toMatchObject({ tags: {}, misfits: [{ text: '2020-02-30' }] });
});
