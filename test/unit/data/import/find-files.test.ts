import { expect, test } from 'vitest';
import { findFiles } from '../../../../src/data/import/find-files.ts';

test('a folder that went away before it was looked at is said to be lost', async () => {
  const gone = '/nowhere/at/all';
  const how = { recursive: false, signal: new AbortController().signal };
  await expect(findFiles([gone], how)).rejects.toMatchObject({ name: 'SourceLost', root: gone });
  await expect(findFiles([gone, `${gone}/more`], how)).rejects.toMatchObject({ name: 'SourceLost' });
});
