import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { NewItem } from '../../src/engine/ports/catalog.ts';
import { openStore } from '../../src/store/index.ts';
import { blake3 } from '../../src/util/blake3.ts';
import { asAttemptToken } from '../../src/util/brand.ts';
import { call, planned, started } from '../contract/run-store.contract.ts';
import { type Ended, makePlace, masked, type Place } from './bit.ts';

// Each question is a real process.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const pipeline = `
params {
  raw: Dataset<Text> = files("raw/{cell}_{time:Int}.txt")
}

process greet {
  input { text: Text }
  output { out: Text = "out.txt" }
  script bash """
    { cat "$text"; echo hello; } > "$out"
    """
}

process letters {
  input { text: Text }
  output { table: Table = "letters.csv" }
  script bash """
    { echo letters; wc -c < "$text"; } > "$table"
    """
}

workflow {
  let greeted = greet(params.raw)
  let counted = letters(greeted)
  publish greeted to "greeted/{cell}_{time}.txt"
  publish counted to "letters/{cell}_{time}.csv" as letters
}
`;

let place: Place;
let run: string;

const ask = (...words: readonly string[]): Promise<Ended> => place.bit(words);
const document = async (...words: readonly string[]) => {
  const ended = await ask(...words, '--json');
  expect(ended.out, ended.err).toMatch(/^\{/);
  return JSON.parse(ended.out);
};

const names = ['A3_1', 'A3_2', 'B7_1'];

/** What an import of `raw/` writes, with other tags than the pipeline reads from the names. */
async function importRaw(): Promise<void> {
  const store = await openStore(join(place.folder, '.bit'), { create: false, readOnly: false });
  try {
    const paths = names.map((name) => join(place.folder, `raw/${name}.txt`));
    const digests = await store.content.digest(paths, { fingerprint: 'content', fresh: false });
    const items = names.map((name, index): NewItem => {
      const found = digests[index];
      if (found?.ok !== true) throw new Error(`no digest of ${name}`);
      return {
        name: `${name}.txt`,
        path: paths[index] ?? '',
        digest: found.digest,
        directory: false,
        size: 4,
        info: { mediaType: 'text/plain' },
        mode: 'reference',
        tags: { well: name.slice(0, 2), dose: 2.5 },
        companions: [],
      };
    });
    const experiment = {
      name: 'screen',
      title: 'A small screen',
      authors: [{ name: 'Ada Lovelace', orcid: '0000-0002-1825-0097' }],
      licence: 'CC-BY-4.0',
      funding: [],
      keys: [{ name: 'dose', type: 'Float', unit: 'um' }],
    } as const;
    await store.catalog.record(
      { kind: 'import', experiment: 'screen', dataset: 'raw', about: { source: join(place.folder, 'raw') } },
      [
        { type: 'experiment-set', experiment },
        { type: 'dataset-added', dataset: 'raw', kind: 'raw' },
        { type: 'items-added', dataset: 'raw', items, types: { dose: 'Float' } },
        {
          type: 'items-added',
          dataset: 'raw',
          types: {},
          items: [{ ...(items[0] as NewItem), name: 'far.txt', path: 's3://bucket/far.txt' }],
        },
      ],
    );
    const [first] = await store.catalog.itemsAt([paths[0] ?? '']);
    await store.catalog.record({ kind: 'annotation', experiment: 'screen', dataset: 'raw', about: {} }, [
      { type: 'tags-set', items: [{ item: first?.id ?? 0, tags: { dose: 5 } }], types: { dose: 'Float' } },
    ]);
  } finally {
    await store.close();
  }
}

/** Without what differs from machine to machine and from day to day. */
const told = (ended: Ended): string =>
  masked(place, ended)
    .replaceAll(`by ${userInfo().username}`, 'by USER')
    .replaceAll(` on ${hostname()}`, ' on HOST')
    .replace(/([Cc]hange|bit undo) \d+/g, '$1 N')
    .replace(/`bash==[\d.]+`/g, '`bash==VERSION`')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'TIME')
    .replace(/\d{4}-\d\d-\d\d/g, 'DAY');

const golden = async (name: string, ended: Ended): Promise<void> =>
  expect(told(ended)).toMatchFileSnapshot(`golden/${name}.txt`);

beforeAll(async () => {
  place = makePlace({
    'p.bit': pipeline,
    'raw/A3_1.txt': 'one\n',
    'raw/A3_2.txt': 'two\n',
    'raw/B7_1.txt': 'three three\n',
  });
  run = (await document('run', 'p.bit')).run;
  await importRaw();
});
afterAll(() => place.remove());

describe('the history of a result', () => {
  test('reaches the import: as which item, when, by whom and from where', async () => {
    const graph = await document('lineage', 'results/letters/A3_2.csv');
    const raw = graph.tasks['greeted[cell=A3,time=2]'].inputs[0].digest;
    expect(graph.artifacts[raw].items).toEqual([
      {
        experiment: 'screen',
        dataset: 'raw',
        name: 'A3_2.txt',
        path: join(place.folder, 'raw/A3_2.txt'),
        tags: { well: 'A3', dose: 2.5 },
        mode: 'reference',
        importedAt: expect.stringMatching(/Z$/),
        importedBy: userInfo().username,
        host: hostname(),
        source: join(place.folder, 'raw'),
        change: 1,
        current: true,
      },
    ]);
    expect(graph.artifacts[graph.root].items).toEqual([]);
  });

  test('is shown to people, and drawn', async () => {
    await golden('lineage-up', await ask('lineage', 'results/letters/A3_2.csv'));
    await golden('lineage-mermaid', await ask('lineage', 'results/letters/A3_2.csv', '--format', 'mermaid'));
    await golden('lineage-dot', await ask('lineage', 'results/letters/A3_2.csv', '--format', 'dot'));
  });

  test('goes down from a raw file to every place where something made of it lies, and then the tasks', async () => {
    await golden('lineage-down', await ask('lineage', 'raw/A3_2.txt', '--down'));
  });

  test('an item is named by experiment, dataset and name, by its URI, or by the path it had', async () => {
    const { root } = await document('lineage', 'raw/A3_1.txt', '--down');
    expect((await document('lineage', 'screen/raw/A3_1.txt', '--down')).root).toBe(root);
    expect((await document('lineage', 's3://bucket/far.txt', '--down')).root).toBe(root);
    copyFileSync(join(place.folder, 'raw/A3_1.txt'), join(place.folder, 'kept.txt'));
    rmSync(join(place.folder, 'raw/A3_1.txt'));
    expect((await document('lineage', 'raw/A3_1.txt', '--down')).root).toBe(root);
    copyFileSync(join(place.folder, 'kept.txt'), join(place.folder, 'raw/A3_1.txt'));
    for (const unknown of ['screen/raw/none.txt', 's3://bucket/none.txt', 'screen'])
      expect(await ask('lineage', unknown)).toMatchObject({ status: 2, out: '' });
  });
});

describe('show', () => {
  test('an experiment with its record, keys, datasets, changes and runs', async () => {
    expect((await document('show', 'screen')).experiment).toMatchObject({
      name: 'screen',
      title: 'A small screen',
      authors: [{ name: 'Ada Lovelace' }],
      licence: 'CC-BY-4.0',
      keys: [{ name: 'dose', type: 'Float', unit: 'um' }],
      datasets: [
        { name: 'raw', kind: 'raw', items: 4 },
        { name: 'greeted', kind: 'processed', items: 3, run },
        { name: 'letters', kind: 'processed', items: 3, run },
      ],
      changes: [{ kind: 'annotation' }, { kind: 'import', about: { source: join(place.folder, 'raw') } }],
      runs: [{ run, status: 'succeeded' }],
    });
    await golden('show-experiment', await ask('show', 'screen'));
  });

  test('a dataset, raw or made by a run, with what is in it', async () => {
    await golden('show-dataset', await ask('show', 'screen/raw'));
    expect((await document('show', 'screen/letters')).dataset).toMatchObject({
      kind: 'processed',
      items: 3,
      affected: 0,
      content: [{ tags: { cell: 'A3', time: 1 }, run }, {}, {}],
    });
  });

  test('an item by name, path or digest: import, tags, what changed them, and what was made of it', async () => {
    const { content } = await document('show', 'screen/raw/A3_1.txt');
    expect(content).toMatchObject({
      tags: { well: 'A3', dose: 5 },
      made: [
        { name: 'greeted', files: 1 },
        { name: 'letters', files: 1 },
      ],
      items: [
        {
          name: 'A3_1.txt',
          changes: [
            { change: 1, kind: 'import' },
            { change: 2, kind: 'annotation', before: { dose: 2.5 } },
          ],
        },
        { name: 'far.txt', path: 's3://bucket/far.txt' },
      ],
    });
    expect((await document('show', 'raw/A3_1.txt')).content.digest).toBe(content.digest);
    expect((await document('show', content.digest)).content.digest).toBe(content.digest);
    await golden('show-item', await ask('show', 'screen/raw/A3_1.txt'));
    await golden('show-file', await ask('show', 'results/letters/B7_1.csv'));
  });

  test('a run names the experiments it read from, and what nobody knows is said to be unknown', async () => {
    expect((await document('show', 'latest')).run.experiments).toEqual(['screen']);
    for (const unknown of ['screen/none', 'none/raw/x.txt', 'sreen'])
      expect(await ask('show', unknown)).toMatchObject({ status: 2, out: '' });
  });
});

describe('retract and impact', () => {
  test('nothing is affected before anything is retracted, and one can ask what would be', async () => {
    expect(await ask('impact', '--strict')).toMatchObject({
      status: 0,
      out: '',
      err: 'Nothing here depends on anything retracted.\n',
    });
    const asked = await document('impact', '--of', 'raw/B7_1.txt');
    expect(asked.files.map((file: { path: string }) => file.path)).toEqual([
      join(place.folder, 'results/greeted/B7_1.txt'),
      join(place.folder, 'results/letters/B7_1.csv'),
    ]);
    expect((await ask('impact', '--of', 'raw/B7_1.txt', '--strict')).status).toBe(1);
    await golden('impact-tool', await ask('impact', '--tool', 'bash==0.0.1'));
  });

  test('a dry run says what would be affected, and retracts nothing', async () => {
    await golden('retract-dry', await ask('retract', 'screen/raw/B7_1.txt', '--reason', 'out of focus', '--dry-run'));
    expect((await document('impact')).causes).toEqual([]);
  });

  test('mistakes are told all at once, with what to type', async () => {
    await golden('retract-nothing', await ask('retract'));
    await golden('retract-no-condition', await ask('retract', 'screen', '--reason', 'x'));
    await golden('retract-two-things', await ask('retract', 'screen', 'true', '--tool', 'bash==5', '--reason', 'x'));
    await golden('retract-no-version', await ask('retract', '--tool', 'nothing', '--reason', 'x'));
    await golden('impact-unknown', await ask('impact', 'scren'));
    expect(await ask('retract', 'scren', 'true', '--reason', 'x')).toMatchObject({
      status: 2,
      err: expect.stringContaining('There is no experiment `scren`'),
    });
  });

  test('what is retracted marks everything made of it until it is taken back', async () => {
    await golden('retract', await ask('retract', 'screen/raw/B7_1.txt', '--reason', 'out of focus'));
    await golden('impact', await ask('impact'));
    const { files, datasets, runs, causes } = await document('impact', 'screen');
    expect(causes).toMatchObject([{ kind: 'content', item: 'screen/raw/B7_1.txt', reason: 'out of focus' }]);
    expect(files.map((file: { way: { task: string }[] }) => file.way.map(({ task }) => task))).toEqual([
      ['greeted[cell=B7,time=1]'],
      ['greeted[cell=B7,time=1]', 'counted[cell=B7,time=1]'],
    ]);
    expect(datasets).toMatchObject([
      { experiment: 'screen', dataset: 'greeted', affected: 1, total: 3 },
      { experiment: 'screen', dataset: 'letters', affected: 1, total: 3 },
    ]);
    expect(runs).toMatchObject([{ run, affected: 2, total: 6 }]);
    expect((await ask('impact', '--strict')).status).toBe(1);
    expect((await ask('impact', 'results/letters', '--strict')).status).toBe(1);
    expect((await ask('impact', 'results/letters/A3_1.csv', '--strict')).status).toBe(0);
    expect((await document('impact', run)).files).toHaveLength(2);

    const graph = await document('lineage', 'results/letters/B7_1.csv');
    expect(graph.artifacts[graph.root].affected).toMatchObject({ kind: 'content', reason: 'out of focus', tasks: 2 });
    await golden('lineage-retracted', await ask('lineage', 'results/letters/B7_1.csv'));
    expect((await ask('show', 'screen/raw/B7_1.txt')).out).toContain('retracted: out of focus');
    expect((await ask('show', 'screen')).out).toContain('1 retracted');
    expect((await ask('show', 'screen/letters')).out).toContain('1 retracted or affected');
    const found = await document('find', 'cell == "B7" or well == "B7"');
    expect(
      found.files.map((file: { path: string; retracted: string | null; affected?: { tasks: number } }) => [
        file.path.slice(place.folder.length),
        file.retracted,
        file.affected?.tasks,
      ]),
    ).toEqual([
      ['/raw/B7_1.txt', 'out of focus', 0],
      ['/results/greeted/B7_1.txt', null, 1],
      ['/results/letters/B7_1.csv', null, 2],
    ]);
    expect((await ask('find', 'cell == "B7"')).out).toMatch(/B7_1\.csv .*affected: depends on raw\/B7_1\.txt/);
    expect((await ask('find', 'cell == "A3"')).out).not.toContain('affected');
    expect((await ask('show', 'latest')).out).toContain('2 depend on something retracted');
    expect((await ask('show', 'counted[cell=B7,time=1]')).out).toContain('affected: depends on raw/B7_1.txt');

    expect((await ask('retract', 'screen/raw/B7_1.txt', '--reason', 'again')).out).toBe(
      'All of it is retracted already.\n',
    );
    await golden('retract-restore', await ask('retract', '--restore', 'screen', 'well == "B7" and dose > 1'));
    expect((await ask('impact', '--strict')).status).toBe(0);
  });

  test('items are chosen by a condition over their tags', async () => {
    const { items, affected } = await document(
      'retract',
      'screen',
      'well == "A3" and dose < 3 um',
      '--reason',
      'x',
      '--dry-run',
    );
    expect(items.map(({ name }: { name: string }) => name).sort()).toEqual(['A3_1.txt', 'A3_2.txt', 'far.txt']);
    expect(affected).toMatchObject({ files: 4, runs: 1 });
    expect(await ask('retract', 'screen', 'wel == "A3"', '--reason', 'x')).toMatchObject({
      status: 2,
      err: expect.stringContaining('`well`'),
    });
    expect((await ask('retract', 'screen', 'well == "C1"', '--reason', 'x')).out).toBe(
      'Nothing meets the condition: nothing was retracted.\n',
    );
  });

  test('a version of a tool and an environment are retracted the same way', async () => {
    const { task } = await document('show', 'greeted[cell=A3,time=1]');
    const bash = task.parts.find(({ part }: { part: string }) => part === 'environment.bash').value;
    const { change } = await document('retract', '--tool', `bash==${bash}`, '--reason', 'wrong quotes');
    expect((await document('impact')).files).toHaveLength(6);
    const document_ = await document('lineage', 'results/greeted/A3_1.txt');
    expect(document_.artifacts[document_.root].affected).toMatchObject({
      kind: 'tool',
      subject: `bash==${bash}`,
      tasks: 1,
    });
    expect(await document('retract', '--restore', '--tool', `bash==${bash}`)).toMatchObject({
      change: change + 1,
      restored: true,
      affected: { files: 6, runs: 1 },
    });
    expect((await document('impact', '--environment', task.environment)).files).toHaveLength(6);
    expect((await document('impact')).files).toEqual([]);
  });

  test('all of it comes back when the database is made again', async () => {
    await ask('retract', 'screen/raw/A3_2.txt', '--reason', 'bleached');
    const before = await document('impact');
    expect(before.files).toHaveLength(2);
    expect((await ask('rebuild')).status).toBe(0);
    expect(await document('impact')).toEqual(before);
    await ask('retract', '--restore', 'screen/raw/A3_2.txt');
  });
});

test('what was imported and never read has its import for a history', async () => {
  const store = await openStore(join(place.folder, '.bit'), { create: false, readOnly: false });
  await store.catalog.record({ kind: 'import', experiment: 'solo', dataset: 'raw', about: { source: '/mnt/scope' } }, [
    { type: 'experiment-set', experiment: { name: 'solo', authors: [], funding: [], keys: [] } },
    { type: 'dataset-added', dataset: 'raw', kind: 'raw' },
    {
      type: 'items-added',
      dataset: 'raw',
      types: {},
      items: [
        {
          name: 'plate 1/A.tif',
          path: '/mnt/scope/plate 1/A.tif',
          digest: blake3('alone'),
          directory: false,
          size: 2_097_152,
          info: {
            mediaType: 'image/tiff',
            image: {
              axes: 'cyx',
              shape: [2, 512, 512],
              dtype: 'uint16',
              pixelSize: { y: 0.65, x: 0.65 },
              channels: ['DAPI', 'GFP'],
            },
          },
          mode: 'copy',
          tags: { well: 'A' },
          companions: [{ path: '/mnt/scope/plate 1/A_metadata.txt', digest: blake3('meta'), size: 300 }],
          about: { author: 'Ada' },
        },
      ],
    },
  ]);
  await store.close();
  await golden('lineage-import', await ask('lineage', '/mnt/scope/plate 1/A.tif'));
  await golden('show-image', await ask('show', 'solo/raw/plate 1/A.tif'));
});

test('a task of a cluster is shown with its job', async () => {
  const other = makePlace();
  const store = await openStore(join(other.folder, '.bit'), { create: true, readOnly: false });
  const id = store.runs.createRun();
  const token = asAttemptToken('ab/cd');
  await store.runs.append(id, [
    started(store.runs.engine.token),
    { type: 'calls-recorded', calls: [{ ...call('segment'), runner: 'slurm' }] },
    { type: 'tasks-planned', tasks: [planned('A')] },
    {
      type: 'attempts-intended',
      attempts: [
        {
          task: 'segment[cell=A]',
          key: planned('A').key,
          attempt: 1,
          token,
          directory: '/w',
          runner: 'slurm',
          resources: { cpus: 1, gpus: 0 },
        },
      ],
    },
    { type: 'attempts-started', attempts: [{ token, external: '4711_3', at: '2026-11-24T09:00:00.000Z' }] },
  ]);
  await store.close();
  const { task } = JSON.parse((await other.bit(['show', 'segment[cell=A]', '--json'])).out);
  expect(task.attempts).toMatchObject([{ runner: 'slurm', external: '4711_3' }]);
  expect((await other.bit(['show', 'segment[cell=A]'])).out).toContain('    job 4711_3\n');
  other.remove();
});

test('a file that was changed since it was imported is told from what was imported', async () => {
  const path = join(place.folder, 'raw/A3_2.txt');
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, 'other\n');
  expect(await ask('lineage', 'raw/A3_2.txt')).toMatchObject({
    status: 2,
    err: expect.stringContaining('was changed since'),
  });
  writeFileSync(path, text);
});

test('a pipeline that names a retracted file gets it, with a warning', async () => {
  await ask('retract', 'screen/raw/B7_1.txt', '--reason', 'out of focus');
  await golden('plan-retracted', await ask('plan', 'p.bit'));
  const ran = await ask('run', 'p.bit');
  expect([ran.status, ran.err]).toEqual([0, expect.stringContaining('warning BIT5326')]);
  expect((await ask('run', 'p.bit', '--quiet', '--strict')).status).toBe(1);
  await ask('retract', '--restore', 'screen/raw/B7_1.txt');
  expect(await ask('run', 'p.bit', '--quiet', '--strict')).toMatchObject({ status: 0, err: '' });
});

test('an environment without a name is not retracted', async () => {
  const { status, err } = await ask('retract', '--environment', '', '--reason', 'x');
  expect({ status, err }).toMatchObject({
    status: 2,
    err: expect.stringContaining('BIT5322  No environment is named'),
  });
});
