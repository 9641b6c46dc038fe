import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Filter } from '../../../src/engine/ports/run-reader.ts';
import type { Store } from '../../../src/store/index.ts';
import { blake3 } from '../../../src/util/blake3.ts';
import { key, planned } from '../../contract/run-store.contract.ts';
import { tableOf, twoStepRun, unknown } from './lineage-rig.ts';
import { cleanUp, newFolder, opened } from './rig.ts';

cleanUp();

const store = (): Promise<Store> => opened(join(newFolder(), '.bit'));

test('runs are listed newest first, with how they ended', async () => {
  const { reader, ...rest } = await store();
  const first = await twoStepRun({ reader, ...rest });
  const second = await twoStepRun({ reader, ...rest }, { reuse: true });
  expect((await reader.runs({})).map((run) => [run.run, run.status, run.tasks.ran, run.tasks.reused])).toEqual([
    [second, 'succeeded', 0, 4],
    [first, 'succeeded', 4, 0],
  ]);
  expect(await reader.runs({ limit: 1 })).toHaveLength(1);
  expect((await reader.runsNamed(first.slice(0, -2))).some((run) => run.run === first)).toBe(true);
});

test('a task is found in the latest run that has it, with its call, attempts and result', async () => {
  const here = await store();
  const first = await twoStepRun(here);
  const second = await twoStepRun(here, { reuse: true });
  const task = await here.reader.task('track[cell=A]', {});
  expect(task).toMatchObject({
    run: second,
    state: 'reused',
    tags: { cell: 'A' },
    call: { process: 'track', environment: 'system', script: { line: 9 } },
  });
  if (task === undefined) throw new Error('no task');
  expect(await here.reader.result(task)).toMatchObject({
    run: first,
    task: 'track[cell=A]',
    outputs: [{ name: 'table' }],
  });
  expect(await here.reader.previous(task)).toMatchObject({ run: first, state: 'succeeded' });
  expect(await here.reader.attempts(first, 'track[cell=A]')).toMatchObject([
    { attempt: 1, outcome: 'succeeded', usage: { wallSeconds: 2.5 } },
  ]);
  expect(await here.reader.parts(key('A'))).toEqual(planned('A').parts);
  expect(await here.reader.tasks(second)).toHaveLength(4);
});

test('lineage upwards leads from a published table back to the raw files', async () => {
  const here = await store();
  const run = await twoStepRun(here);
  const lineage = await here.reader.lineage(tableOf('A'), { direction: 'up' });
  expect([...lineage.tasks.keys()].sort()).toEqual(['segment[cell=A]', 'track[cell=A]']);
  expect(lineage.tasks.get('track[cell=A]')).toMatchObject({
    run,
    seconds: 2.5,
    inputs: [
      { name: 'mask', digest: blake3('mask A') },
      { name: 'model', digest: blake3('model') },
    ],
    outputs: [{ name: 'table', digest: tableOf('A') }],
  });
  expect(lineage.artifacts.get(blake3('raw A'))).toMatchObject({
    producedBy: [],
    tags: { cell: 'A', time: 3 },
    locations: [{ path: '/p/raw/A.tif', kind: 'seen' }],
  });
  expect(lineage.artifacts.get(tableOf('A'))).toMatchObject({
    producedBy: ['track[cell=A]'],
    size: 100,
    tags: { cell: 'A', time: 3, good: true },
  });
  expect([...lineage.artifacts.keys()].sort()).toEqual(
    [tableOf('A'), blake3('mask A'), blake3('raw A'), blake3('model')].sort(),
  );
});

test('lineage downwards names what was made of a raw file, and depth cuts it', async () => {
  const here = await store();
  await twoStepRun(here);
  const all = await here.reader.lineage(blake3('raw A'), { direction: 'down' });
  expect([...all.tasks.keys()].sort()).toEqual(['segment[cell=A]', 'track[cell=A]']);
  const near = await here.reader.lineage(blake3('raw A'), { direction: 'down', depth: 1 });
  expect([...near.tasks.keys()]).toEqual(['segment[cell=A]']);
  const up = await here.reader.lineage(tableOf('A'), { direction: 'up', depth: 1 });
  expect([...up.tasks.keys()]).toEqual(['track[cell=A]']);
  const model = await here.reader.lineage(blake3('model'), { direction: 'down' });
  expect([...model.tasks.keys()].sort()).toEqual(['track[cell=A]', 'track[cell=B]']);
});

test('a wholly reused run adds nothing to lineage', async () => {
  const here = await store();
  await twoStepRun(here);
  const before = await here.reader.lineage(tableOf('A'), { direction: 'up' });
  await twoStepRun(here, { reuse: true });
  const after = await here.reader.lineage(tableOf('A'), { direction: 'up' });
  expect([...after.tasks]).toEqual([...before.tasks]);
});

test('the same task with another script is another node, told apart by its run', async () => {
  const here = await store();
  const first = await twoStepRun(here);
  await twoStepRun(here, { script: 'changed' });
  const lineage = await here.reader.lineage(blake3('mask A'), { direction: 'down' });
  expect([...lineage.tasks.keys()].sort()).toEqual(['track[cell=A]', `track[cell=A]@${first}`].sort());
});

test('content that nobody knows has no lineage', async () => {
  const here = await store();
  const lineage = await here.reader.lineage(unknown, { direction: 'both' });
  expect(lineage.artifacts.size + lineage.tasks.size).toBe(0);
});

const tag = (name: string) => ({ kind: 'tag', name }) as const;
const property = (name: 'kind' | 'size' | 'process' | 'name' | 'type') => ({ kind: 'property', name }) as const;

const filters: readonly (readonly [string, Filter, readonly string[]])[] = [
  ['everything', { kind: 'all' }, ['A', 'B']],
  ['a text tag', { kind: 'compare', field: tag('cell'), operator: '==', value: 'A' }, ['A']],
  ['a number tag', { kind: 'compare', field: tag('time'), operator: '<', value: 10 }, ['A']],
  ['another text', { kind: 'compare', field: tag('cell'), operator: '!=', value: 'A' }, ['B']],
  ['a tag nobody has', { kind: 'compare', field: tag('dose'), operator: '==', value: 1 }, []],
  [
    'not a tag nobody has',
    { kind: 'not', of: { kind: 'compare', field: tag('dose'), operator: '==', value: 1 } },
    ['A', 'B'],
  ],
  ['a Bool', { kind: 'holds', field: tag('good') }, ['A', 'B']],
  ['a list', { kind: 'in', field: tag('cell'), values: ['B', 'C'] }, ['B']],
  ['a range', { kind: 'between', field: tag('time'), from: 3, to: 3 }, ['A']],
  ['an open range', { kind: 'between', field: tag('time'), from: 4 }, ['B']],
  ['a regular expression', { kind: 'matches', field: tag('cell'), regex: '^[B-Z]$' }, ['B']],
  ['the name of the result', { kind: 'compare', field: property('kind'), operator: '==', value: 'tracks' }, ['A', 'B']],
  ['the file name', { kind: 'compare', field: property('name'), operator: '==', value: 'B.csv' }, ['B']],
  ['the process', { kind: 'compare', field: property('process'), operator: '==', value: 'track' }, ['A', 'B']],
  [
    'size and type',
    {
      kind: 'and',
      left: { kind: 'compare', field: property('size'), operator: '>', value: 99 },
      right: { kind: 'compare', field: property('type'), operator: '==', value: 'text/csv' },
    },
    ['A', 'B'],
  ],
  [
    'either',
    {
      kind: 'or',
      left: { kind: 'compare', field: tag('time'), operator: '==', value: 12 },
      right: { kind: 'compare', field: tag('cell'), operator: '==', value: 'A' },
    },
    ['A', 'B'],
  ],
];

test('published files are found by tag and property', async () => {
  const here = await store();
  await twoStepRun(here);
  expect(await here.reader.tagNames()).toEqual([
    { name: 'cell', type: 'str' },
    { name: 'good', type: 'bool' },
    { name: 'time', type: 'int' },
  ]);
  for (const [what, filter, cells] of filters) {
    expect([what, (await here.reader.find(filter)).map((file) => file.tags.cell)]).toEqual([what, cells]);
  }
});

test('what is published anew at a path takes the place of what was found there', async () => {
  const here = await store();
  await twoStepRun(here);
  await twoStepRun(here, { script: 'changed' });
  expect((await here.reader.find({ kind: 'all' })).map((file) => file.digest)).toEqual([
    tableOf('A', 'changed'),
    tableOf('B', 'changed'),
  ]);
  const [now, before] = await here.reader.locationsAt('/p/results/tracks/A.csv');
  expect([now?.current, before?.current]).toEqual([true, false]);
});
