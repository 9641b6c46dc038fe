import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CatalogEvent, NewItem } from '../../../src/engine/ports/catalog.ts';
import type { Suspect } from '../../../src/engine/ports/impact.ts';
import { rebuildStore, type Store } from '../../../src/store/index.ts';
import { blake3 } from '../../../src/util/blake3.ts';
import type { Digest, RunId } from '../../../src/util/brand.ts';
import { tableOf, twoStepRun, unknown } from './lineage-rig.ts';
import { cleanUp, newFolder, opened } from './rig.ts';
import { makeChain, syntheticRun, toolsRun } from './synthetic-runs.ts';

cleanUp();

const store = (): Promise<Store> => opened(join(newFolder(), '.bit'));

const item = (cell: string, digest: Digest = blake3(`raw ${cell}`)): NewItem => ({
  name: `${cell}.tif`,
  path: `/p/raw/${cell}.tif`,
  digest,
  directory: false,
  size: 5,
  info: { mediaType: 'image/tiff' },
  mode: 'reference',
  tags: { cell, dose: 2.5 },
  companions: [],
});

const importing = (here: Store, items: readonly NewItem[], dataset = 'raw') =>
  here.catalog.record({ kind: 'import', experiment: 'E', dataset, about: { source: '/p/raw' } }, [
    { type: 'experiment-set', experiment: { name: 'E', authors: [], funding: [], keys: [] } },
    { type: 'dataset-added', dataset, kind: 'raw' },
    { type: 'items-added', dataset, items, types: {} },
  ]);

const change = (here: Store, event: CatalogEvent) =>
  here.catalog.record({ kind: 'retraction', experiment: 'E', about: {} }, [event]);
const retract = (here: Store, subjects: readonly string[], kind: Suspect['kind'] = 'content') =>
  change(here, { type: 'retracted', kind, subjects, reason: 'out of focus' });
const restore = (here: Store, subjects: readonly string[]) =>
  change(here, { type: 'restored', kind: 'content', subjects });

test('where nothing is retracted, nothing is affected', async () => {
  const here = await store();
  await twoStepRun(here);
  expect(await here.impact.impact('retracted')).toEqual({ suspects: [], files: [], items: [], datasets: [], runs: [] });
  expect(await here.impact.affected([{ digest: tableOf('A') }])).toEqual([undefined]);
});

test('what was made of a retracted item is named, with the reason and the shortest way, and nothing else', async () => {
  const here = await store();
  await importing(here, [item('A'), item('B')]);
  const run = await twoStepRun(here);
  await retract(here, [blake3('raw A')]);
  const impact = await here.impact.impact('retracted');
  expect(impact.suspects).toMatchObject([
    { kind: 'content', reason: 'out of focus', name: '/p/raw/A.tif', item: 'E/raw/A.tif', results: 1 },
  ]);
  expect(impact.files).toEqual([
    {
      path: '/p/results/tracks/A.csv',
      digest: tableOf('A'),
      name: 'tracks',
      tags: { cell: 'A', time: 3, good: true },
      run,
      task: 'track[cell=A]',
      at: expect.any(String),
      experiments: ['E'],
      suspect: 0,
      tasks: 2,
      way: [
        { task: 'segment[cell=A]', run },
        { task: 'track[cell=A]', run },
      ],
    },
  ]);
  expect(impact.runs).toMatchObject([{ run, affected: 2, total: 4 }]);
  const reason = expect.objectContaining({ reason: 'out of focus', name: '/p/raw/A.tif' });
  const of = [tableOf('A'), tableOf('B'), blake3('raw A'), unknown].map((digest) => ({ digest }));
  expect(
    await here.impact.affected([...of, { run, task: 'segment[cell=A]' }, { run, task: 'segment[cell=B]' }]),
  ).toEqual([
    { suspect: reason, tasks: 2 },
    undefined,
    { suspect: reason, tasks: 0 },
    undefined,
    { suspect: reason, tasks: 1 },
    undefined,
  ]);
});

test('what is taken back affects nothing any more, also after a rebuild', async () => {
  const folder = join(newFolder(), '.bit');
  const here = await opened(folder);
  await importing(here, [item('A'), item('B')]);
  await twoStepRun(here);
  await retract(here, [blake3('raw A'), blake3('raw B')]);
  await restore(here, [blake3('raw A')]);
  const paths = async (of: Store) => (await of.impact.impact('retracted')).files.map(({ path }) => path);
  expect(await paths(here)).toEqual(['/p/results/tracks/B.csv']);
  expect([...(await here.impact.retractedAmong([blake3('raw A'), blake3('raw B')])).keys()]).toEqual([blake3('raw B')]);
  await here.close();
  await rebuildStore(folder, { now: () => new Date() });
  expect(await paths(await opened(folder))).toEqual(['/p/results/tracks/B.csv']);
});

test('a retraction can be undone, and one that was taken back is made again, not undone', async () => {
  const here = await store();
  await twoStepRun(here);
  const change = await retract(here, [blake3('raw A')]);
  await here.catalog.undo(change);
  expect((await here.impact.impact('retracted')).suspects).toEqual([]);
  await retract(here, [blake3('raw A')]);
  const restored = await here.catalog.record({ kind: 'retraction', experiment: 'E', about: { what: 'restored' } }, [
    { type: 'restored', kind: 'content', subjects: [blake3('raw A')] },
  ]);
  await expect(here.catalog.undo(restored)).rejects.toThrow('took a retraction back');
});

test('content that is retracted is so when it is imported again', async () => {
  const here = await store();
  await importing(here, [item('A')]);
  await retract(here, [blake3('raw A')]);
  await importing(here, [item('A')], 'again');
  const all = { experiment: 'E', dataset: 'again', filter: { kind: 'all' } } as const;
  expect(await here.catalog.items({ ...all, retracted: 'without' })).toEqual([]);
  expect(await here.catalog.items({ ...all, retracted: 'only' })).toMatchObject([{ retracted: 'out of focus' }]);
});

test('a result that is an item of another dataset is affected there too', async () => {
  const here = await store();
  await importing(here, [item('A')]);
  await twoStepRun(here);
  await importing(here, [{ ...item('A', tableOf('A')), path: '/q/A.csv' }], 'tables');
  await retract(here, [blake3('raw A')]);
  const impact = await here.impact.impact('retracted');
  expect(impact.items).toMatchObject([
    { experiment: 'E', dataset: 'tables', name: 'A.tif', path: '/q/A.csv', suspect: 0, tasks: 2 },
  ]);
  expect(impact.datasets).toEqual(
    expect.arrayContaining([{ experiment: 'E', dataset: 'tables', affected: 1, total: 1 }]),
  );
});

test('a dataset that runs published tells how many of its files are affected', async () => {
  const here = await store();
  const run = await twoStepRun(here);
  await importing(here, [item('A'), item('B')]);
  await retract(here, [blake3('raw A')]);
  expect((await here.impact.impact('retracted')).datasets).toEqual([
    { experiment: 'E', dataset: 'tracks', run, affected: 1, total: 2 },
  ]);
});

test('one can ask before saying so', async () => {
  const here = await store();
  await twoStepRun(here);
  const impact = await here.impact.impact([{ kind: 'content', subject: blake3('model') }]);
  expect(impact.files.map(({ path, tasks }) => [path, tasks])).toEqual([
    ['/p/results/tracks/A.csv', 1],
    ['/p/results/tracks/B.csv', 1],
  ]);
  expect(impact.suspects).toMatchObject([{ name: '/p/model.bin', results: 2 }]);
});

test('other work that made the same bytes is not affected', async () => {
  const here = await store();
  const one = await makeChain(here, { name: 'one', length: 2, ends: 'empty' });
  const two = await makeChain(here, { name: 'two', length: 2, ends: 'empty' });
  const impact = await here.impact.impact([{ kind: 'content', subject: blake3('one 0') }]);
  expect(impact.files.map(({ path }) => path)).toEqual(['/p/results/one.txt']);
  await retract(here, [blake3('one 0')]);
  const end = (run: RunId, chain: string) => ({ digest: blake3('empty'), run, task: `step[chain=${chain},n=1]` });
  const marks = await here.impact.affected([end(one, 'one'), end(two, 'two'), { digest: blake3('empty') }]);
  expect(marks.map((mark) => mark?.tasks)).toEqual([2, undefined, 2]);
});

test('what was made again without it is not affected any more, also where the bytes are the same', async () => {
  const here = await store();
  const made = (version: string) =>
    syntheticRun(here, [
      {
        call: 'segment',
        tags: { cell: 'A' },
        reads: ['raw A'],
        makes: 'mask A',
        publishes: 'A.txt',
        parts: [['environment.pip', 'str', `cellpose==${version}\n`]],
      },
    ]);
  const asked = [{ kind: 'tool', subject: 'cellpose==4.0.1' }] as const;
  const first = await made('4.0.1');
  expect((await here.impact.impact(asked)).files).toMatchObject([{ run: first }]);
  await made('4.0.2');
  const { files, runs } = await here.impact.impact(asked);
  expect([files, runs.map(({ run }) => run)]).toEqual([[], [first]]);
});

const tools: readonly (readonly [asked: string, runs: readonly string[]])[] = [
  ['cellpose==4.0.1', ['pip']],
  ['Cell_Pose==4.0.1', []],
  ['cellpose==4.0', []],
  ['cellpose==4.0.10', ['pip-newer']],
  ['scikit-image==0.25.0', ['pip-newer', 'pip']],
  ['scikit_image==0.25.0', ['pip-newer', 'pip']],
  ['samtools==1.19', ['conda', 'modules', 'program']],
  ['r-base==4.3.3', ['conda']],
  ['python==3.11.9', ['pip-newer', 'pip']],
  ['bash==5.2.21', ['program']],
  ['gcc==12.2', ['modules']],
  ['CELLPOSE==4.0.1', ['pip']],
];

test('a version of a tool is found in virtual and conda environments, modules, programs and interpreters, and no other is', async () => {
  const here = await store();
  await toolsRun(here);
  for (const [asked, expected] of tools) {
    const impact = await here.impact.impact([{ kind: 'tool', subject: asked }]);
    expect([asked, impact.files.map(({ tags }) => tags.environment)]).toEqual([asked, expected]);
  }
  expect((await here.impact.known()).tools).toEqual(
    expect.arrayContaining(['cellpose==4.0.1', 'samtools==1.19', 'bash==5.2.21']),
  );
});

const environments: readonly (readonly [asked: string, runs: readonly string[]])[] = [
  ['pip 3f2a91 (cellpose, scikit-image)', ['pip']],
  ['pip-3f2a91aaaaaaaaaa', ['pip']],
  ['modules samtools/1.19, gcc/12.2', ['modules']],
  [`sha256:${'c'.repeat(64)}`, ['container']],
  [`sha256-${'c'.repeat(64)}.sif`, ['container']],
  ['container tools:1', ['container']],
  ['pip', []],
];

test('an environment is found by its name, its folder in the store, or the digest of its image', async () => {
  const here = await store();
  await toolsRun(here);
  for (const [asked, expected] of environments) {
    const impact = await here.impact.impact([{ kind: 'environment', subject: asked }]);
    expect([asked, impact.files.map(({ tags }) => tags.environment)]).toEqual([asked, expected]);
  }
});

test('a chain of a hundred tasks has its ends in the way', async () => {
  const here = await store();
  await makeChain(here, { name: 'deep', length: 100, ends: 'deep end' });
  const { files } = await here.impact.impact([{ kind: 'content', subject: blake3('deep 0') }]);
  expect(files).toMatchObject([{ path: '/p/results/deep.txt', tasks: 100 }]);
  expect(files[0]?.way.map(({ task }) => task)).toEqual(
    [...Array(20).keys(), ...[...Array(20).keys()].map((step) => step + 80)].map(
      (step) => `step[chain=deep,n=${step}]`,
    ),
  );
});
