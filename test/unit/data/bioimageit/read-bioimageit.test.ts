import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isBioImageIT, readBioImageIT } from '../../../../src/data/bioimageit/read-bioimageit.ts';
import { startOf } from '../../../../src/diagnostics/place.ts';
import { writeBioImageIT } from '../../../support/bioimageit-experiment.ts';
import { mutatedJson } from '../../../support/mutated-json.ts';
import { random } from '../../../support/random.ts';

let parent = '';
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'bit-bioimageit-'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

/** `CODE file:line message`, with the folder left out. */
async function problemsOf(folder: string): Promise<readonly string[]> {
  const { problems } = await readBioImageIT(folder);
  return problems.map(({ code, at, message }) =>
    `${code} ${at.source.name}:${startOf(at).line} ${message}`
      .replaceAll(`${folder}/`, '')
      .replaceAll(folder, 'FOLDER'),
  );
}

/** Fields by their paths, `common.author`, set to a value or taken away. */
function edit(folder: string, place: string, fields: Readonly<Record<string, unknown>>): void {
  const document: unknown = JSON.parse(readFileSync(join(folder, place), 'utf8'));
  for (const [path, value] of Object.entries(fields)) {
    const steps = path.split('.');
    const last = steps.pop() ?? '';
    const parent = steps.reduce((at, step) => Reflect.get(Object(at), step), document);
    Reflect.set(Object(parent), last, value);
  }
  writeFileSync(join(folder, place), JSON.stringify(document, null, 4));
}

const first = 'data/population1_001é.md.json';

test.each(['keys', 'tags'] as const)('an experiment in the layout with %s is read whole', async (layout) => {
  const { folder, documents } = writeBioImageIT(parent, { layout });
  const { experiment, problems } = await readBioImageIT(folder);
  expect(problems).toEqual([]);
  expect(experiment).toMatchObject({
    layout,
    name: 'Particules élevées 粒子',
    author: 'Sylvain P.',
    date: '2020-03-04',
  });
  expect(experiment?.datasets.map(({ kind, name, items, runs }) => [kind, name, items.length, runs.length])).toEqual([
    ['raw', 'data', 6, 0],
    ['processed', 'denoised', 6, 1],
    ['processed', 'particles', 12, 1],
  ]);
  const count = experiment?.datasets[2]?.items[1];
  expect(count?.origin).toEqual({
    type: 'processed',
    run: 'particles/run.md.json',
    inputs: [{ name: 'i', of: 'item', place: 'denoised/population1_001 é.tif_o.md.json' }],
    output: { name: 'count', label: 'Number of particles' },
  });
  expect(experiment?.datasets[1]?.runs[0]?.parameters).toContainEqual({ name: 'weighting', value: 0.1 });
  const kept = Object.fromEntries([
    ['experiment.md.json', experiment?.document],
    ...(experiment?.datasets ?? []).flatMap((dataset) => [
      [dataset.place, dataset.document],
      ...[...dataset.items, ...dataset.runs].map(({ place, document }) => [place, document]),
    ]),
  ]);
  expect(kept).toEqual(documents);
});

test('a folder is recognised by its experiment.md.json', async () => {
  const { folder } = writeBioImageIT(parent);
  expect([await isBioImageIT(folder), await isBioImageIT(parent)]).toEqual([true, false]);
  const file = join(folder, 'experiment.md.json');
  expect([await isBioImageIT(file), await readBioImageIT(file)]).toMatchObject([
    true,
    { experiment: { folder }, problems: [] },
  ]);
  expect(await problemsOf(parent)).toEqual([
    'BIT5380 command line:1 FOLDER is no experiment of BioImageIT: it has no `experiment.md.json`',
  ]);
});

test('everything that is wrong is told at once, with its file and line', async () => {
  const { folder } = writeBioImageIT(parent);
  unlinkSync(join(folder, 'data/population1_002é.md.json'));
  writeFileSync(
    join(folder, 'data/population1_003é.md.json'),
    '{\n  "uuid": "a",\n  "common": {\n    "name": "x",\n  }\n}',
  );
  unlinkSync(join(folder, 'data/population2_004 é.tif'));
  unlinkSync(join(folder, 'denoised/population2_004 é.tif_o.tif'));
  edit(folder, 'data/population2_005é.md.json', { 'common.url': undefined });
  writeFileSync(join(folder, 'data/population2_006é.md.json'), '');
  edit(folder, first, { 'common.author': 5, uuid: '6f9619ff-8b86-d011-b42d-000000000004' });
  edit(folder, 'particles/processed_dataset.md.json', {
    name: 'denoised',
    'urls.12': { url: 'population1_001 é.tif_o_draw.md.json' },
    'urls.13': { url: '../../elsewhere/x.md.json', uuid: 'x' },
    'urls.14': 7,
  });
  edit(folder, 'particles/population1_001 é.tif_o_count.md.json', {
    'origin.run.url': 'gone.md.json',
    'origin.inputs.0': { name: 'i', url: '../denoised/none.md.json', uuid: 'none' },
  });
  writeFileSync(join(folder, 'denoised/stray.md.json'), '{}');
  expect(await problemsOf(folder)).toMatchInlineSnapshot(`
    [
      "BIT5385 data/population1_001é.md.json:8 In data/population1_001é.md.json \`common.author\` is not a text; it is kept as it is, and not used",
      "BIT5381 data/raw_dataset.md.json:11 A metadata file is not there: data/population1_002é.md.json",
      "BIT5383 data/population1_003é.md.json:5 data/population1_003é.md.json is no JSON: the name of a field is expected, in double quotes",
      "BIT5387 data/population2_004é.md.json:11 The data of \`population2_004 é.tif\` are not there: data/population2_004 é.tif",
      "BIT5384 data/population2_005é.md.json:1 data/population2_005é.md.json does not say \`common.url\`, which has to be a text",
      "BIT5383 data/population2_006é.md.json:1 data/population2_006é.md.json is no JSON: it is empty",
      "BIT5388 denoised/population2_004 é.tif_o.md.json:8 The result \`population2_004 é.tif_o\` is not there: denoised/population2_004 é.tif_o.tif; it stands in the history as one that failed",
      "BIT5394 denoised/processed_dataset.md.json:4 denoised/stray.md.json stands in no list; it is left out, as BioImageIT does",
      "BIT5385 particles/processed_dataset.md.json:60 In particles/processed_dataset.md.json \`urls.14\` is not the path of a file; it is kept as it is, and not used",
      "BIT5393 particles/processed_dataset.md.json:54 particles/population1_001 é.tif_o_draw.md.json is listed twice in particles/processed_dataset.md.json; it is imported once",
      "BIT5386 particles/processed_dataset.md.json:57 The metadata \`../../elsewhere/x.md.json\` is not in the folder of the experiment",
      "BIT5391 data/population2_004é.md.json:2 data/population1_001é.md.json and data/population2_004é.md.json have one uuid, 6f9619ff-8b86-d011-b42d-000000000004",
      "BIT5392 particles/processed_dataset.md.json:3 Two datasets are called \`denoised\`: denoised/processed_dataset.md.json and particles/processed_dataset.md.json",
      "BIT5390 particles/population1_001 é.tif_o_count.md.json:13 \`population1_001 é.tif_o_count\` names a run that is not there: gone.md.json",
      "BIT5390 particles/population1_001 é.tif_o_count.md.json:19 \`population1_001 é.tif_o_count\` names an input that is not there: ../denoised/none.md.json",
    ]
  `);
});

test('data outside the experiment are told, metadata outside are not read, by a path or through a link', async () => {
  const { folder } = writeBioImageIT(parent);
  mkdirSync(join(parent, 'outside'));
  writeFileSync(join(parent, 'outside/secret.md.json'), '{"uuid": "s", "common": {"url": "/etc/passwd"}}');
  writeFileSync(join(parent, 'outside/image.tif'), 'II');
  edit(folder, first, { 'common.url': '..\\..\\outside\\image.tif' });
  edit(folder, 'data/raw_dataset.md.json', {
    'urls.1.url': '../../outside/secret.md.json',
    'urls.2.url': join(parent, 'outside/secret.md.json'),
    'urls.3.url': 'linked/secret.md.json',
    'urls.4.url': 'secret-link.md.json',
    'urls.5.url': 'C:\\data\\x.md.json',
  });
  symlinkSync(join(parent, 'outside'), join(folder, 'data/linked'));
  symlinkSync(join(parent, 'outside/secret.md.json'), join(folder, 'data/secret-link.md.json'));
  const codes = (await problemsOf(folder)).map((line) => line.split(' ')[0]);
  expect(codes.filter((code) => code === 'BIT5386')).toHaveLength(5);
  expect(codes.filter((code) => code === 'BIT5389')).toHaveLength(1);
  const { experiment } = await readBioImageIT(folder);
  expect(experiment?.datasets[0]?.items.map(({ file }) => file)).toEqual([join(parent, 'outside/image.tif')]);
});

test('what was moved within an experiment is found by its uuid', async () => {
  const { folder } = writeBioImageIT(parent);
  edit(folder, 'denoised/population1_001 é.tif_o.md.json', { 'origin.inputs.0.url': '../old place/x.md.json' });
  const { experiment, problems } = await readBioImageIT(folder);
  expect(problems).toEqual([]);
  expect(experiment?.datasets[1]?.items[0]?.origin).toMatchObject({ inputs: [{ of: 'item', place: first }] });
});

test('a tool that merges reads a file that has no metadata: it is an input all the same', async () => {
  const { folder } = writeBioImageIT(parent);
  writeFileSync(join(folder, 'particles/x.csv'), '1,2,3');
  edit(folder, 'particles/population1_001 é.tif_o_count.md.json', {
    'origin.inputs': [{ name: 'x', url: 'x.csv', uuid: '', type: 'txt' }],
  });
  const { experiment, problems } = await readBioImageIT(folder);
  expect(problems).toEqual([]);
  expect(experiment?.datasets[2]?.items[1]?.origin).toMatchObject({
    inputs: [{ of: 'file', file: join(folder, 'particles/x.csv') }],
  });
});

test('a result that is made from itself is told, and reading ends', async () => {
  const { folder } = writeBioImageIT(parent);
  edit(folder, 'denoised/population1_001 é.tif_o.md.json', {
    'origin.inputs': [
      { name: 'i', url: '../particles/population1_001 é.tif_o_draw.md.json', uuid: '', type: 'processed' },
    ],
  });
  expect((await problemsOf(folder)).map((line) => line.split(' ')[0])).toEqual(['BIT5399']);
});

test('no file can make the reader throw, whatever stands in it', async () => {
  const { folder, documents } = writeBioImageIT(parent);
  const next = random(5380);
  const places = Object.keys(documents);
  const pick = <T>(of: readonly T[]): T => of[Math.floor(next() * of.length)] as T;
  for (let round = 0; round < 300; round++) {
    const place = pick(places);
    const original = JSON.stringify(documents[place]);
    const mutated = next() < 0.5 ? mutatedJson(documents[place], next) : undefined;
    const text =
      mutated === undefined ? original.slice(0, Math.floor(next() * original.length)) : JSON.stringify(mutated);
    writeFileSync(join(folder, place), text);
    const { problems } = await readBioImageIT(folder);
    for (const problem of problems) expect(problem.message).not.toBe('');
    writeFileSync(join(folder, place), original);
  }
  expect((await readBioImageIT(folder)).problems).toEqual([]);
}, 60_000);
