import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import type { PublishFile } from '../../../src/engine/ports/publisher.ts';
import { connect } from '../../../src/store/database/connection.ts';
import type { Store } from '../../../src/store/index.ts';
import type { RunId } from '../../../src/util/brand.ts';
import { started } from '../../contract/run-store.contract.ts';
import { cleanUp, newFolder, opened } from './rig.ts';

cleanUp();

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = newFolder();
  store = await opened(join(folder, '.bit'));
});

const out = (path: string): string => join(folder, 'results', path);

/** A result of that text, and where it is to go. */
async function result(text: string, to: string): Promise<PublishFile> {
  const { digest } = await store.content.put(Buffer.from(text));
  return { from: store.content.path(digest, false), digest, directory: false, to: out(to) };
}

async function zarr(text: string, to: string): Promise<PublishFile> {
  const path = join(folder, `made ${text}.zarr`);
  mkdirSync(join(path, '0'), { recursive: true });
  writeFileSync(join(path, '0/0'), text);
  const [found] = await store.content.digest([path], { fingerprint: 'content', fresh: true });
  if (!found?.ok) throw new Error('not digested');
  await store.content.place([{ path, digest: found.digest, directory: true }]);
  return { from: store.content.path(found.digest, true), digest: found.digest, directory: true, to: out(to) };
}

/** What the engine writes down after a publish. */
async function record(files: readonly PublishFile[], pipeline = '/p/cells.bit'): Promise<RunId> {
  const run = store.runs.createRun();
  await store.runs.append(run, [
    started(store.runs.engine.token, { pipeline }),
    {
      type: 'published',
      files: files.map((file) => ({
        path: file.to,
        relative: file.to.slice(folder.length),
        digest: file.digest,
        directory: file.directory,
        size: 1,
        tags: {},
        name: 'r',
      })),
    },
  ]);
  return run;
}

test('a published file has the bytes, belongs to its owner, and leaves no draft behind', async () => {
  const file = await result('bytes', 'a/b c/x.csv');
  expect(await store.publisher.publish([file])).toEqual([{ to: file.to, ok: true, unchanged: false }]);
  expect(readFileSync(file.to, 'utf8')).toBe('bytes');
  expect(statSync(file.to).mode & 0o600).toBe(0o600);
  expect(readdirSync(join(folder, 'results/a/b c'))).toEqual(['x.csv']);
  writeFileSync(file.to, 'edited');
  expect(readFileSync(file.from, 'utf8')).toBe('bytes');
});

test('one that is there already with this content is left alone', async () => {
  const file = await result('bytes', 'x');
  await store.publisher.publish([file]);
  const { ino, mtimeMs } = statSync(file.to);
  expect(await store.publisher.publish([file])).toEqual([{ to: file.to, ok: true, unchanged: true }]);
  expect(statSync(file.to)).toMatchObject({ ino, mtimeMs });
});

test('a file that no run published is never overwritten', async () => {
  mkdirSync(out('.'), { recursive: true });
  writeFileSync(out('mine.csv'), 'mine');
  const [mine, other] = [await result('theirs', 'mine.csv'), await result('theirs too', 'other.csv')];
  expect(await store.publisher.foreign([mine.to, other.to])).toEqual([mine.to]);
  expect(await store.publisher.publish([mine, other])).toMatchObject([{ ok: false, why: 'foreign' }, { ok: true }]);
  expect(readFileSync(mine.to, 'utf8')).toBe('mine');
  expect(readFileSync(other.to, 'utf8')).toBe('theirs too');
});

test('new content takes the place of what a run published', async () => {
  await store.publisher.publish([await result('first', 'x')]);
  const second = await result('second', 'x');
  expect(await store.publisher.publish([second])).toMatchObject([{ ok: true, unchanged: false }]);
  expect(readFileSync(second.to, 'utf8')).toBe('second');
});

test('a published file that was deleted comes back', async () => {
  const file = await result('bytes', 'x');
  await store.publisher.publish([file]);
  const { unlinkSync } = await import('node:fs');
  unlinkSync(file.to);
  expect(await store.publisher.publish([file])).toMatchObject([{ ok: true, unchanged: false }]);
});

test('folders are published whole, and replaced whole', async () => {
  const first = await zarr('first', 'x.zarr');
  await store.publisher.publish([first]);
  expect(readFileSync(join(first.to, '0/0'), 'utf8')).toBe('first');
  expect(await store.publisher.publish([first])).toMatchObject([{ unchanged: true }]);
  await store.publisher.publish([await zarr('second', 'x.zarr')]);
  expect(readFileSync(join(first.to, '0/0'), 'utf8')).toBe('second');
  expect(readdirSync(out('.'))).toEqual(['x.zarr']);
});

test('a folder in the way of a file that no run published stays', async () => {
  mkdirSync(out('x'), { recursive: true });
  expect(await store.publisher.publish([await result('bytes', 'x')])).toMatchObject([{ ok: false, why: 'foreign' }]);
  expect(statSync(out('x')).isDirectory()).toBe(true);
});

test('a file where a folder should be is said to be in the way', async () => {
  mkdirSync(out('.'), { recursive: true });
  writeFileSync(out('a'), 'a file');
  expect(await store.publisher.publish([await result('bytes', 'a/x')])).toMatchObject([{ ok: false, why: 'failed' }]);
});

test('what an engine that died left half-written is cleared away, what a living one writes is not', async () => {
  mkdirSync(out('.'), { recursive: true });
  const dead = out(`.x.bit-tmp-${'0'.repeat(24)}-00000000`);
  const alive = out(`.y.bit-tmp-${store.runs.engine.token}-00000000`);
  for (const path of [dead, alive]) writeFileSync(path, 'half');
  await store.publisher.publish([await result('bytes', 'x')]);
  expect([existsSync(dead), existsSync(alive)]).toEqual([false, true]);
});

test('a publish that was begun and not finished leaves the path ours only if the content is', async () => {
  const file = await result('bytes', 'x');
  await store.publisher.publish([file]);
  // As after a crash between the intention and the stat.
  const database = await connect(join(folder, '.bit/bit.db'), { mode: 'write', busyMilliseconds: 1000 });
  await database.run('UPDATE placed SET stat = NULL');
  expect(await store.publisher.foreign([file.to])).toEqual([]);
  expect(await store.publisher.publish([file])).toMatchObject([{ ok: true, unchanged: true }]);
  await database.run('UPDATE placed SET stat = NULL');
  await database.close();
  writeFileSync(file.to, 'of someone else');
  expect(await store.publisher.foreign([file.to])).toEqual([file.to]);
});

test('stale files are those of this pipeline below this folder that are no longer made', async () => {
  const files = [await result('a', 'a'), await result('b', 'sub/b'), await result('c', 'c')];
  const other = await result('d', 'd');
  await store.publisher.publish([...files, other]);
  await record(files);
  await record([other], '/p/other.bit');
  expect(await store.publisher.stale(join(folder, 'results'), '/p/cells.bit', new Set([out('c')]))).toEqual([
    out('a'),
    out('sub/b'),
  ]);
});

test('prune removes what a run published and nobody changed, and empty folders with it', async () => {
  const files = [await result('a', 'gone/a'), await result('b', 'kept/b'), await result('c', 'touched')];
  await store.publisher.publish(files);
  writeFileSync(out('kept/b'), 'edited by hand');
  utimesSync(out('touched'), 1, 1);
  writeFileSync(out('mine'), 'mine');
  const asked = [...files.map((file) => file.to), out('mine')];
  expect(await store.publisher.prune(asked)).toEqual([out('gone/a'), out('touched')]);
  expect(readdirSync(out('.')).sort()).toEqual(['kept', 'mine']);
  expect(await store.publisher.foreign([out('kept/b')])).toEqual([out('kept/b')]);
});

test('many files at once, hostile names among them', async () => {
  const names = [
    'a b',
    "it's",
    '"',
    'new\nline',
    '$(id)',
    '`id`',
    ';',
    '-rf',
    '{}',
    '*',
    '🧬',
    'שלום',
    'x'.repeat(200),
    '%41',
    '\\',
  ];
  const files = await Promise.all(names.map((name) => result(`for ${name}`, `many/${name}.csv`)));
  expect((await store.publisher.publish(files)).every((one) => one.ok)).toBe(true);
  expect(files.map((file) => readFileSync(file.to, 'utf8'))).toEqual(names.map((name) => `for ${name}`));
  expect(readdirSync(out('many'))).toHaveLength(names.length);
});

test.skipIf(process.getuid?.() === 0)('a folder that may not be written to is said to be so', async () => {
  mkdirSync(out('locked'), { recursive: true });
  chmodSync(out('locked'), 0o555);
  expect(await store.publisher.publish([await result('a', 'locked/a')])).toMatchObject([{ ok: false, why: 'denied' }]);
});

test('a folder that someone put where a file was published stays, with everything in it', async () => {
  const file = await result('bytes', 'c.csv');
  await store.publisher.publish([file]);
  await record([file]);
  rmSync(file.to);
  mkdirSync(file.to);
  writeFileSync(join(file.to, 'thesis.txt'), 'precious');
  for (const next of [file, await result('other bytes', 'c.csv')])
    expect(await store.publisher.publish([next])).toMatchObject([{ ok: false, why: 'foreign' }]);
  expect(readFileSync(join(file.to, 'thesis.txt'), 'utf8')).toBe('precious');
  expect(await store.publisher.prune([file.to])).toEqual([]);
  expect(await store.publisher.foreign([file.to])).toEqual([file.to]);
  expect(readdirSync(out('.'))).toEqual(['c.csv']);
});

test('a file or a link that someone put where something was published stays', async () => {
  const [folderOnce, fileOnce] = [await zarr('image', 'x.zarr'), await result('bytes', 'y')];
  await store.publisher.publish([folderOnce, fileOnce]);
  await record([folderOnce, fileOnce]);
  rmSync(folderOnce.to, { recursive: true });
  writeFileSync(folderOnce.to, 'notes');
  // Even to the same bytes: a link is not what was published, and what it leads to is not ours.
  rmSync(fileOnce.to);
  writeFileSync(join(folder, 'theirs'), 'bytes');
  symlinkSync(join(folder, 'theirs'), fileOnce.to);
  expect(await store.publisher.publish([folderOnce, fileOnce])).toMatchObject([
    { ok: false, why: 'foreign' },
    { ok: false, why: 'foreign' },
  ]);
  expect(await store.publisher.prune([folderOnce.to, fileOnce.to])).toEqual([]);
  expect(readFileSync(folderOnce.to, 'utf8')).toBe('notes');
  expect(lstatSync(fileOnce.to).isSymbolicLink()).toBe(true);
  expect(readFileSync(join(folder, 'theirs'), 'utf8')).toBe('bytes');
});

test('a published folder that someone added to is not replaced', async () => {
  const first = await zarr('first', 'x.zarr');
  await store.publisher.publish([first]);
  await record([first]);
  for (const [name, make] of [
    ['notes.txt', (path: string) => writeFileSync(path, 'mine')],
    ['empty', (path: string) => mkdirSync(path)],
    ['link', (path: string) => symlinkSync('0/0', path)],
  ] as const) {
    make(join(first.to, name));
    for (const next of [first, await zarr('second', 'x.zarr')])
      expect(await store.publisher.publish([next])).toMatchObject([
        { ok: false, why: 'foreign', message: expect.stringContaining('was changed since run') },
      ]);
    expect(await store.publisher.prune([first.to])).toEqual([]);
    expect(readdirSync(first.to)).toContain(name);
    rmSync(join(first.to, name), { recursive: true });
  }
  expect(await store.publisher.publish([await zarr('second', 'x.zarr')])).toMatchObject([{ ok: true }]);
});

test('a published file that someone edited is not overwritten, and which run published it is said', async () => {
  const first = await result('first', 'x');
  await store.publisher.publish([first]);
  const run = await record([first]);
  writeFileSync(first.to, 'edited by hand');
  for (const next of [first, await result('second', 'x')])
    expect(await store.publisher.publish([next])).toEqual([
      {
        to: first.to,
        ok: false,
        why: 'foreign',
        message: `${first.to} was changed since run ${run} published it; move it away to have it published again`,
      },
    ]);
  expect(readFileSync(first.to, 'utf8')).toBe('edited by hand');
});

test('what any run published at a path may be replaced there, touched or put back since', async () => {
  const [first, second] = [await result('first', 'x'), await result('second', 'x')];
  for (const file of [first, second]) {
    await store.publisher.publish([file]);
    await record([file]);
  }
  utimesSync(second.to, 1, 1);
  expect(await store.publisher.publish([first])).toMatchObject([{ ok: true, unchanged: false }]);
  writeFileSync(first.to, 'second');
  expect(await store.publisher.publish([await result('third', 'x')])).toMatchObject([{ ok: true, unchanged: false }]);
});

test('what is there with the same content is taken as published, whoever made it', async () => {
  const [file, tree] = [await result('bytes', 'copied/x'), await zarr('image', 'copied/x.zarr')];
  mkdirSync(join(tree.to, '0'), { recursive: true });
  writeFileSync(join(tree.to, '0/0'), 'image');
  writeFileSync(file.to, 'bytes');
  expect(await store.publisher.publish([file, tree])).toEqual([
    { to: file.to, ok: true, unchanged: true },
    { to: tree.to, ok: true, unchanged: true },
  ]);
  // From here on they are like any other.
  expect(await store.publisher.foreign([file.to, tree.to])).toEqual([]);
  expect(await store.publisher.publish([await result('next', 'copied/x')])).toMatchObject([{ unchanged: false }]);
});
