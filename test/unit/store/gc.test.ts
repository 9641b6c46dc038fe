import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import type { GcPolicy, Store } from '../../../src/store/index.ts';
import { blake3 } from '../../../src/util/blake3.ts';
import { asAttemptToken, type Digest, type RunId } from '../../../src/util/brand.ts';
import { call, key, planned, started } from '../../contract/run-store.contract.ts';
import { cleanUp, newFolder, opened } from './rig.ts';

cleanUp();

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = newFolder();
  store = await opened(join(folder, '.bit'));
});

/** A run of one task per name, whose output is a real object; `reuse` takes the answers that are there. */
async function run(
  names: readonly string[],
  options: { readonly pipeline?: string; readonly failed?: boolean } = {},
): Promise<RunId> {
  const id = store.runs.createRun();
  const tasks = names.map((name) => planned(name));
  const directory = (name: string): string => join(store.layout.work, id, name);
  const answered = await store.runs.lookup(names.map(key));
  const missing = names.filter((name) => !answered.has(key(name)));
  const outputs = new Map<string, { digest: Digest; size: number }>();
  for (const name of missing) {
    outputs.set(name, await store.content.put(Buffer.from(`result of ${name}`)));
    mkdirSync(directory(name), { recursive: true });
    writeFileSync(join(directory(name), 'stderr'), 'x'.repeat(1000));
  }
  await store.runs.append(id, [
    started(store.runs.engine.token, { pipeline: options.pipeline ?? '/p/cells.bit' }),
    { type: 'calls-recorded', calls: [call('segment')] },
    { type: 'tasks-planned', tasks },
    {
      type: 'tasks-reused',
      tasks: names
        .filter((name) => answered.has(key(name)))
        .map((name) => ({ task: `segment[cell=${name}]`, key: key(name) })),
    },
    {
      type: 'attempts-intended',
      attempts: missing.map((name) => ({
        task: `segment[cell=${name}]`,
        key: key(name),
        attempt: 1,
        token: asAttemptToken(`${id} ${name}`),
        directory: directory(name),
        runner: 'local',
        resources: { cpus: 1, gpus: 0 },
      })),
    },
    {
      type: 'attempts-ended',
      attempts: missing.map((name) => ({
        token: asAttemptToken(`${id} ${name}`),
        task: `segment[cell=${name}]`,
        outcome: options.failed ? 'exit' : 'succeeded',
        message: '',
        endedAt: '2026-01-01T00:00:00.000Z',
      })),
    },
    options.failed
      ? {
          type: 'tasks-failed',
          tasks: missing.map((name) => ({
            task: `segment[cell=${name}]`,
            key: key(name),
            outcome: 'exit',
            message: 'exit 1',
            stderrTail: '',
            workDir: directory(name),
          })),
        }
      : {
          type: 'tasks-succeeded',
          tasks: missing.map((name) => ({
            task: `segment[cell=${name}]`,
            key: key(name),
            token: asAttemptToken(`${id} ${name}`),
            outputs: [
              {
                name: 'mask',
                value: {
                  kind: 'file',
                  ...(outputs.get(name) ?? { digest: blake3(''), size: 0 }),
                  directory: false,
                  path: 'm',
                  info: { mediaType: 'image/tiff' },
                },
              },
            ],
          })),
        },
    {
      type: 'run-ended',
      status: 'succeeded',
      seconds: 1,
      counts: { total: 1, ran: 1, reused: 0, failed: 0, quarantined: 0, skipped: 0, cancelled: 0 },
    },
  ]);
  return id;
}

const object = (name: string): string => store.content.path(blake3(`result of ${name}`), false);
const keep = (count: number, more: Partial<GcPolicy> = {}): GcPolicy => ({
  keep: { kind: 'runs', count },
  dryRun: false,
  graceMilliseconds: 0,
  ...more,
});

test('what only old runs used goes; what a kept run would be answered with stays, also if an old run made it', async () => {
  await run(['old', 'shared']);
  await run(['shared', 'new']);
  const done = await store.collect(keep(1));
  expect([existsSync(object('old')), existsSync(object('shared')), existsSync(object('new'))]).toEqual([
    false,
    true,
    true,
  ]);
  expect(done).toMatchObject({ keptRuns: 1, forgottenRuns: 1, objects: { kept: 2, removed: 1 } });
  expect([...(await store.runs.lookup([key('old'), key('shared'), key('new')])).keys()].sort()).toEqual(
    [key('shared'), key('new')].sort(),
  );
});

test('lineage and the record of old runs stay', async () => {
  const old = await run(['old']);
  await run(['new']);
  await store.collect(keep(1));
  expect([...(await store.reader.lineage(blake3('result of old'), { direction: 'up' })).tasks.keys()]).toEqual([
    'segment[cell=old]',
  ]);
  expect(await store.runs.events(old)).not.toEqual([]);
});

test('a dry run says the same and removes nothing', async () => {
  await run(['old']);
  await run(['new']);
  const said = await store.collect(keep(1, { dryRun: true }));
  expect(existsSync(object('old'))).toBe(true);
  expect(await store.collect(keep(1))).toEqual(said);
});

test('the newest run of each pipeline is kept, however old', async () => {
  await run(['a'], { pipeline: '/p/a.bit' });
  await run(['b'], { pipeline: '/p/b.bit' });
  await store.collect({
    keep: { kind: 'since', at: new Date(Date.now() + 1000) },
    dryRun: false,
    graceMilliseconds: 0,
  });
  expect([existsSync(object('a')), existsSync(object('b'))]).toEqual([true, true]);
});

test('runs of the last days are kept', async () => {
  await run(['a']);
  await run(['b']);
  await store.collect({
    keep: { kind: 'since', at: new Date(Date.now() - 60_000) },
    dryRun: false,
    graceMilliseconds: 0,
  });
  expect(existsSync(object('a'))).toBe(true);
});

test('what is published stays in the store', async () => {
  const id = await run(['old']);
  const to = join(folder, 'results/old.tif');
  const digest = blake3('result of old');
  await store.publisher.publish([{ from: object('old'), digest, directory: false, to }]);
  await store.runs.append(id, [
    {
      type: 'published',
      files: [{ path: to, relative: 'old.tif', digest, directory: false, size: 1, tags: {}, name: 'r' }],
    },
  ]);
  await run(['new']);
  await store.collect(keep(1));
  expect(readFileSync(object('old'), 'utf8')).toBe('result of old');
});

test('with a size limit older runs stay as far as they fit', async () => {
  await run(['oldest']);
  await run(['older']);
  await run(['newest']);
  const two = Buffer.byteLength('result of older') + Buffer.byteLength('result of newest');
  const done = await store.collect(keep(1, { maxBytes: two }));
  expect([existsSync(object('oldest')), existsSync(object('older')), existsSync(object('newest'))]).toEqual([
    false,
    true,
    true,
  ]);
  expect(done.objects.keptBytes).toBeLessThanOrEqual(two);
});

test('directories of tasks that succeeded go; those of failures stay as long as their run is kept', async () => {
  const good = await run(['good']);
  const bad = await run(['bad'], { failed: true });
  await store.collect(keep(2));
  expect([existsSync(join(store.layout.work, good, 'good')), existsSync(join(store.layout.work, bad, 'bad'))]).toEqual([
    false,
    true,
  ]);
  await run(['later']);
  await store.collect(keep(1));
  expect(existsSync(join(store.layout.work, bad, 'bad'))).toBe(false);
});

test('while another engine lives, its run and whatever is young stay', async () => {
  await run(['old']);
  await run(['new']);
  const other = await opened(join(folder, '.bit'));
  await store.collect(keep(1, { graceMilliseconds: 60_000 }));
  expect(existsSync(object('old'))).toBe(true);
  const id = other.runs.createRun();
  await other.runs.append(id, [
    started(other.runs.engine.token, { pipeline: '/p/third.bit' }),
    { type: 'tasks-planned', tasks: [planned('old')] },
    { type: 'tasks-reused', tasks: [{ task: 'segment[cell=old]', key: key('old') }] },
  ]);
  await run(['newest']);
  await store.collect(keep(1));
  expect([existsSync(object('old')), existsSync(object('new'))]).toEqual([true, false]);
});

test('what was collected is computed again and then answers', async () => {
  await run(['old']);
  await run(['new']);
  await store.collect(keep(1));
  await run(['old']);
  expect((await store.runs.lookup([key('old')])).size).toBe(1);
  expect(existsSync(object('old'))).toBe(true);
});

test('verify finds an altered object and a published file that someone edited', async () => {
  const { chmodSync } = await import('node:fs');
  const id = await run(['a', 'b']);
  const to = join(folder, 'results/a.tif');
  const digest = blake3('result of a');
  await store.publisher.publish([{ from: object('a'), digest, directory: false, to }]);
  await store.runs.append(id, [
    {
      type: 'published',
      files: [{ path: to, relative: 'a.tif', digest, directory: false, size: 1, tags: {}, name: 'r' }],
    },
  ]);
  expect(await store.verify()).toMatchObject({ objects: 2, damaged: [], files: [{ path: to, state: 'intact' }] });
  chmodSync(object('b'), 0o644);
  writeFileSync(object('b'), 'altered');
  writeFileSync(to, 'edited');
  expect(await store.verify()).toMatchObject({
    damaged: [{ digest: blake3('result of b') }],
    files: [{ path: to, state: 'changed' }],
  });
  expect(existsSync(object('b'))).toBe(false);
  expect(await store.verifyFiles([join(folder, 'results')])).toMatchObject([{ path: to, state: 'changed' }]);
  expect(await store.verifyFiles([join(folder, 'elsewhere')])).toEqual([]);
});

test('what people imported into the store stays, in whatever state its import is', async () => {
  const source = join(folder, 'source.tif');
  writeFileSync(source, 'pixels');
  const digest = blake3('pixels');
  await store.content.keep([{ path: source, digest, directory: false, size: 6 }], 'copy');
  const change = await store.catalog.begin({ kind: 'import', experiment: 'E', dataset: 'raw', about: {} });
  await change.write([
    { type: 'experiment-set', experiment: { name: 'E', authors: [], funding: [], keys: [] } },
    { type: 'dataset-added', dataset: 'raw', kind: 'raw' },
    {
      type: 'items-added',
      dataset: 'raw',
      types: {},
      items: [
        {
          name: 'source.tif',
          path: source,
          digest,
          directory: false,
          size: 6,
          info: { mediaType: 'image/tiff' },
          mode: 'copy',
          tags: {},
          companions: [],
        },
      ],
    },
  ]);
  const collect = () => store.collect({ keep: { kind: 'runs', count: 0 }, dryRun: false, graceMilliseconds: 0 });
  await collect();
  expect(existsSync(store.content.path(digest, false))).toBe(true);
  await change.end({ events: [], about: {} });
  await store.catalog.undo(change.id);
  await collect();
  expect(existsSync(store.content.path(digest, false))).toBe(true);
});

test('what a killed command left on its way into the store is cleared', async () => {
  mkdirSync(join(store.layout.incoming, 'drafts-gone'), { recursive: true });
  writeFileSync(join(store.layout.incoming, 'drafts-gone', 'half'), 'x'.repeat(500));
  writeFileSync(join(store.layout.incoming, '0123456789abcdef'), 'x'.repeat(500));
  const collected = await store.collect({ keep: { kind: 'runs', count: 0 }, dryRun: false, graceMilliseconds: 0 });
  expect(collected.unfinished).toEqual({ removed: 2, removedBytes: 1000 });
  expect(existsSync(join(store.layout.incoming, 'drafts-gone'))).toBe(false);
});
