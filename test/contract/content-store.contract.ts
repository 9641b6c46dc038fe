import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { ContentStore, Digested } from '../../src/engine/ports/content-store.ts';
import { blake3 } from '../../src/util/blake3.ts';

/** What every content store promises. `open` gives a fresh one and an empty folder on the same file system. */
export function contentStoreContract(
  name: string,
  open: () => Promise<{ readonly content: ContentStore; readonly folder: string }>,
): void {
  describe(`${name} keeps the content store's promises`, () => {
    let content: ContentStore;
    let folder: string;
    beforeEach(async () => {
      ({ content, folder } = await open());
    });

    const write = (path: string, text: string): string => {
      const full = join(folder, path);
      mkdirSync(join(full, '..'), { recursive: true });
      writeFileSync(full, text);
      return full;
    };
    const digestOf = async (path: string, fresh = false): Promise<Extract<Digested, { ok: true }>> => {
      const [found] = await content.digest([path], { fingerprint: 'content', fresh });
      if (!found?.ok) throw new Error(found?.message ?? 'no answer');
      return found;
    };
    const placed = async (path: string) => {
      const found = await digestOf(path);
      await content.place([{ path, digest: found.digest, directory: found.directory }]);
      return found;
    };

    test('a file is named by the BLAKE3 of its bytes, whatever it is called', async () => {
      const text = 'some pixels';
      expect(await digestOf(write('a.tif', text))).toMatchObject({
        digest: blake3(text),
        size: text.length,
        directory: false,
      });
      expect((await digestOf(write("we'ird $(name) \n;.tif", text))).digest).toBe(blake3(text));
    });

    test('a file of several megabytes has the digest of all of it', async () => {
      const bytes = Buffer.alloc(5_300_001, 'abcdefg');
      const path = write('big', '');
      writeFileSync(path, bytes);
      expect((await digestOf(path)).digest).toBe(blake3(bytes));
    });

    test('answers come in the order asked, and what cannot be read says why', async () => {
      const found = await content.digest([join(folder, 'none'), write('b', 'b'), join(folder, 'a/none')], {
        fingerprint: 'content',
        fresh: false,
      });
      expect(found.map((one) => (one.ok ? one.digest : one.why))).toEqual(['missing', blake3('b'), 'missing']);
    });

    test('the digest of a folder depends on names, bytes and what is executable, and on nothing else', async () => {
      const make = (root: string): string => {
        write(`${root}/0/c`, 'chunk');
        write(`${root}/.zattrs`, '{}');
        mkdirSync(join(folder, root, 'empty'));
        return join(folder, root);
      };
      const one = await digestOf(make('one.zarr'));
      const two = await digestOf(make('two.zarr'));
      expect(one).toMatchObject({ digest: two.digest, directory: true, size: 7 });
      utimesSync(join(folder, 'two.zarr/0/c'), 1, 1);
      expect((await digestOf(join(folder, 'two.zarr'))).digest).toBe(one.digest);
      chmodSync(join(folder, 'two.zarr/0/c'), 0o755);
      expect((await digestOf(join(folder, 'two.zarr'))).digest).not.toBe(one.digest);
      const three = make('three.zarr');
      write('three.zarr/0/d', '');
      expect((await digestOf(three)).digest).not.toBe(one.digest);
    });

    test('a link inside a folder is kept; one that leads out is refused', async () => {
      write('dir/a', 'a');
      symlinkSync('a', join(folder, 'dir/b'));
      const withLink = await placed(join(folder, 'dir'));
      expect(lstatSync(join(content.path(withLink.digest, true), 'b')).isSymbolicLink()).toBe(true);
      write('dir2/a', 'a');
      symlinkSync('../secret', join(folder, 'dir2/b'));
      const [found] = await content.digest([join(folder, 'dir2')], { fingerprint: 'content', fresh: false });
      expect(found).toMatchObject({ ok: false, why: 'not-regular' });
    });

    test('what was placed is read-only, gone from where it was, and has the same bytes', async () => {
      const path = write('out.tif', 'result');
      const { digest } = await placed(path);
      const object = content.path(digest, false);
      expect(readFileSync(object, 'utf8')).toBe('result');
      expect(statSync(object).mode & 0o777).toBe(0o444);
      expect(() => statSync(path)).toThrow();
    });

    test('placing content that is there already keeps the object and removes the new copy', async () => {
      const { digest } = await placed(write('a', 'same'));
      const inode = statSync(content.path(digest, false)).ino;
      const again = write('b', 'same');
      await placed(again);
      expect(statSync(content.path(digest, false)).ino).toBe(inode);
      expect(() => statSync(again)).toThrow();
    });

    test('folders are placed whole and read-only', async () => {
      write('x.zarr/0/0', 'chunk');
      const { digest, size } = await placed(join(folder, 'x.zarr'));
      const object = content.path(digest, true);
      expect(statSync(object).mode & 0o777).toBe(0o555);
      expect(statSync(join(object, '0/0')).mode & 0o777).toBe(0o444);
      expect(await content.present([{ digest, directory: true, size }], { verify: false })).toEqual(new Set([digest]));
    });

    test('an output that is another name of some file does not make that file read-only', async () => {
      const original = write('original', 'shared bytes');
      const output = join(folder, 'output');
      linkSync(original, output);
      const { digest } = await placed(output);
      expect(statSync(original).mode & 0o200).toBe(0o200);
      writeFileSync(original, 'other');
      expect(readFileSync(content.path(digest, false), 'utf8')).toBe('shared bytes');
    });

    test('an output that is a link to some file leaves that file where it is', async () => {
      const original = write('kept', 'kept bytes');
      const output = join(folder, 'link');
      symlinkSync(original, output);
      const { digest } = await placed(output);
      expect(readFileSync(original, 'utf8')).toBe('kept bytes');
      expect(lstatSync(content.path(digest, false)).isFile()).toBe(true);
    });

    test('an object that was altered counts as absent, is moved aside, and can be placed again', async () => {
      const { digest, size } = await placed(write('a', 'right'));
      const object = content.path(digest, false);
      chmodSync(object, 0o644);
      writeFileSync(object, 'wrong');
      expect(await content.present([{ digest, directory: false, size }], { verify: false })).toEqual(new Set());
      expect(() => statSync(object)).toThrow();
      await placed(write('a', 'right'));
      expect(await content.present([{ digest, directory: false, size }], { verify: false })).toEqual(new Set([digest]));
    });

    test('an object whose times were lost is looked at by digest and stays', async () => {
      const { digest, size } = await placed(write('a', 'right'));
      utimesSync(content.path(digest, false), 5, 5);
      expect(await content.present([{ digest, directory: false, size }], { verify: false })).toEqual(new Set([digest]));
    });

    test('bytes that rot under an unchanged stat are found by verify', async () => {
      const { digest, size } = await placed(write('a', 'right'));
      const object = content.path(digest, false);
      const { atime, mtime } = statSync(object);
      chmodSync(object, 0o644);
      writeFileSync(object, 'wrong');
      utimesSync(object, atime, mtime);
      chmodSync(object, 0o444);
      expect((await content.present([{ digest, directory: false, size }], { verify: false })).size).toBe(1);
      expect((await content.present([{ digest, directory: false, size }], { verify: true })).size).toBe(0);
    });

    test('an altered member of a folder is noticed', async () => {
      write('x.zarr/0/0', 'chunk');
      const { digest, size } = await placed(join(folder, 'x.zarr'));
      const member = join(content.path(digest, true), '0/0');
      chmodSync(member, 0o644);
      writeFileSync(member, 'chunX');
      expect((await content.present([{ digest, directory: true, size }], { verify: false })).size).toBe(0);
    });

    test('small texts go straight in', async () => {
      const { digest, size } = await content.put(Buffer.from('cell,n\nA,1\n'));
      expect(digest).toBe(blake3('cell,n\nA,1\n'));
      expect(readFileSync(content.path(digest, false), 'utf8')).toBe('cell,n\nA,1\n');
      expect((await content.present([{ digest, directory: false, size }], { verify: true })).size).toBe(1);
    });

    test('an edit of the same size that leaves the modification time as it was is seen', async () => {
      const path = write('a', 'first');
      const { atime, mtime } = statSync(path);
      const before = await digestOf(path);
      writeFileSync(path, 'other');
      utimesSync(path, atime, mtime);
      expect((await digestOf(path)).digest).not.toBe(before.digest);
    });

    test('an edit of the same size in the same instant as the reading is seen', async () => {
      const path = write('a', '00000');
      for (let round = 1; round < 200; round++) {
        writeFileSync(path, String(round).padStart(5, '0'));
        expect((await digestOf(path)).digest).toBe(blake3(String(round).padStart(5, '0')));
      }
    });

    test('sampled and stat fingerprints are never taken for content', async () => {
      const path = write('a', 'bytes');
      const kinds = await Promise.all(
        (['content', 'sampled', 'stat'] as const).map((fingerprint) =>
          content.digest([path], { fingerprint, fresh: false }),
        ),
      );
      expect(new Set(kinds.map(([one]) => (one?.ok ? one.digest : ''))).size).toBe(3);
    });

    test('a sampled fingerprint sees the head, the middle, the end and the size', async () => {
      const sample = async (bytes: Buffer): Promise<string> => {
        const path = write('sampled', '');
        writeFileSync(path, bytes);
        const [found] = await content.digest([path], { fingerprint: 'sampled', fresh: true });
        return found?.ok ? found.digest : '';
      };
      const size = 12 * 1024 * 1024;
      const at = (position: number, length = size): Buffer => {
        const bytes = Buffer.alloc(length);
        bytes[position] = 1;
        return bytes;
      };
      const all = [Buffer.alloc(size), at(0), at(size / 2), at(size - 1), Buffer.alloc(size + 1)];
      const digests: string[] = [];
      for (const bytes of all) digests.push(await sample(bytes));
      expect(new Set(digests).size).toBe(all.length);
    });

    test('many objects at once leave nothing half-placed behind', async () => {
      const paths = Array.from({ length: 200 }, (_, index) => write(`many/${index}`, `content ${index % 150}`));
      const found = await content.digest(paths, { fingerprint: 'content', fresh: false });
      const ok = found.filter((one) => one.ok);
      await content.place(ok.map(({ path, digest, directory }) => ({ path, digest, directory })));
      const present = await content.present(ok, { verify: true });
      expect(present.size).toBe(150);
      expect(readdirSync(join(folder, 'many'))).toEqual([]);
    });
  });
}
