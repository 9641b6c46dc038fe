import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { saveAnswer } from '../../../../src/data/omero/save-answer.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'answer-test-'));
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

const of = {
  about: 'omero://h/Image:12',
  signal: new AbortController().signal,
  stallMilliseconds: 1000,
  progress: () => undefined,
};
const saved = async (response: Response): Promise<number> => await saveAnswer(response, join(folder, 'image'), of);

test.each(['5', '2'])(
  'an answer of another length than promised (%s) is not kept, and what was there stays',
  async (length) => {
    await writeFile(join(folder, 'image'), 'before');
    const short = saved(new Response('abc', { headers: { 'content-length': length } }));
    await expect(short).rejects.toThrow(`the server promised ${length} bytes and sent 3`);
    expect(await readdir(folder)).toEqual(['image']);
    expect(await readFile(join(folder, 'image'), 'utf8')).toBe('before');
  },
);

test('one without a length, and one that was packed on its way, are taken as they come', async () => {
  expect(await saved(new Response('abc'))).toBe(3);
  expect(await saved(new Response('abcd', { headers: { 'content-length': '2', 'content-encoding': 'gzip' } }))).toBe(4);
  expect(await saved(new Response(null))).toBe(0);
  expect(await readFile(join(folder, 'image'), 'utf8')).toBe('');
});
