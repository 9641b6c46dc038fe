import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { importFiles } from '../../../../src/data/import/import-files.ts';
import type { ImportPorts, ImportRequest } from '../../../../src/data/import/import-request.ts';
import { lookAtImport } from '../../../../src/data/import/look-at-import.ts';
import { SourceLost } from '../../../../src/data/import/source-lost.ts';
import type { Remotes } from '../../../../src/engine/ports/remote.ts';
import type { Store } from '../../../../src/store/index.ts';
import { canMount, smallImage } from '../../../cli/import-rig.ts';
import { cleanUp, newFolder, opened } from '../../store/rig.ts';

cleanUp();

const noPlace: Remotes = {
  provider: () => Promise.reject(new Error('nothing is elsewhere')),
  close: async () => undefined,
};

function ports(store: Store, given: Partial<ImportPorts> = {}): ImportPorts {
  return {
    catalog: store.catalog,
    content: store.content,
    remotes: noPlace,
    remote: { here: async () => new Map(), fetch: async () => [] },
    drafts: store.drafts,
    reader: undefined,
    now: () => Date.now(),
    wait: async () => undefined,
    signal: new AbortController().signal,
    progress: () => undefined,
    ...given,
  };
}

const at = { source: { name: 'command line', text: 'bit import' }, start: 0, end: 3 };

function request(folder: string, given: Partial<ImportRequest> = {}): ImportRequest {
  return {
    source: { kind: 'local', paths: [folder] },
    experiment: 'E',
    dataset: 'raw',
    mode: 'reference',
    recursive: false,
    dryRun: false,
    rules: [],
    typed: [],
    newKeys: 'refuse',
    duplicates: 'refuse',
    changed: 'leave',
    tags: 'keep',
    places: { source: at, dataset: at, mode: at, rule: () => at },
    ...given,
  };
}

function images(folder: string, count: number): void {
  mkdirSync(folder, { recursive: true });
  const before = new Date(Date.now() - 3_600_000);
  for (let index = 0; index < count; index++) {
    const path = join(folder, `${index}.tif`);
    writeFileSync(path, smallImage(String(index)));
    utimesSync(path, before, before);
  }
}

const everything = async (store: Store) => ({
  experiments: await store.catalog.experiments(),
  items: await store.catalog.items({ experiment: 'E', filter: { kind: 'all' }, retracted: 'with' }),
});

/** Does something to the world just before the first files are read. */
function before(store: Store, happen: () => void): Pick<ImportPorts, 'content'> {
  let isFirst = true;
  return {
    content: {
      ...store.content,
      digest: async (paths, options) => {
        if (isFirst) happen();
        isFirst = false;
        return store.content.digest(paths, options);
      },
    },
  };
}

test.runIf(canMount)('a disk that is pulled in the middle of it ends the import, and nothing is seen', async () => {
  const folder = newFolder();
  const store = await opened(join(folder, '.bit'));
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk]);
  images(disk, 30);
  const asked = request(disk);
  const unplugged = ports(
    store,
    before(store, () => void execFileSync('umount', ['-l', disk])),
  );
  const look = await lookAtImport(asked, unplugged);
  await expect(importFiles(asked, { look, ports: unplugged })).rejects.toThrow(SourceLost);
  expect(await everything(store)).toEqual({ experiments: [], items: [] });
});

test('a source that goes away as a whole is no list of missing files', async () => {
  const folder = newFolder();
  const store = await opened(join(folder, '.bit'));
  const source = join(folder, 'in');
  images(source, 3);
  const asked = request(source);
  const gone = ports(
    store,
    before(store, () => renameSync(source, `${source}-gone`)),
  );
  const look = await lookAtImport(asked, gone);
  await expect(importFiles(asked, { look, ports: gone })).rejects.toThrow(/is not there any more/u);
  renameSync(`${source}-gone`, source);
  const again = ports(store);
  expect(await importFiles(asked, { look: await lookAtImport(asked, again), ports: again })).toMatchObject({
    how: 'imported',
    comparison: { added: { length: 3 } },
  });
});

test('one file that goes away meanwhile is left, and the others come', async () => {
  const folder = newFolder();
  const store = await opened(join(folder, '.bit'));
  const source = join(folder, 'in');
  images(source, 3);
  const asked = request(source);
  const one = ports(
    store,
    before(store, () => renameSync(join(source, '1.tif'), join(folder, '1.tif'))),
  );
  const look = await lookAtImport(asked, one);
  expect(await importFiles(asked, { look, ports: one })).toMatchObject({
    how: 'imported',
    left: [{ path: '1.tif', why: 'gone' }],
  });
  expect((await everything(store)).items.map(({ name }) => name)).toEqual(['0.tif', '2.tif']);
});

test('a file that changes between being read and the second look is left', async () => {
  const folder = newFolder();
  const store = await opened(join(folder, '.bit'));
  const source = join(folder, 'in');
  images(source, 3);
  const asked = request(source);
  // A file that was just written makes the import wait for it; meanwhile another one is written to.
  utimesSync(join(source, '0.tif'), new Date(), new Date());
  const busy = ports(store, {
    wait: async () => writeFileSync(join(source, '1.tif'), smallImage('written again')),
  });
  const look = await lookAtImport(asked, busy);
  expect(await importFiles(asked, { look, ports: busy })).toMatchObject({
    how: 'imported',
    left: [{ path: '1.tif', why: 'being-written' }],
  });
});

test('somebody else’s import that came in between is not written over', async () => {
  const folder = newFolder();
  const store = await opened(join(folder, '.bit'));
  const source = join(folder, 'in');
  images(source, 3);
  const asked = request(source);
  const first = ports(store);
  const look = await lookAtImport(asked, first);
  await importFiles(asked, { look: await lookAtImport(asked, first), ports: first });
  expect(await importFiles(asked, { look, ports: first })).toMatchObject({ how: 'overtaken' });
  expect((await everything(store)).items).toHaveLength(3);
});
