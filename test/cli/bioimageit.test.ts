import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { importBioImageIT, readBioImageIT } from '../../src/data/bioimageit/index.ts';
import { formats } from '../../src/data/formats/index.ts';
import { openStore } from '../../src/store/index.ts';
import { writeBioImageIT } from '../support/bioimageit-experiment.ts';
import { makePlace, type Place } from './bit.ts';

let place: Place;
let folder = '';

beforeAll(async () => {
  place = makePlace();
  ({ folder } = writeBioImageIT(place.folder, { name: 'Particles' }));
  const store = await openStore(join(place.folder, '.bit'), { create: true, readOnly: false });
  const imported = await importBioImageIT({
    reading: await readBioImageIT(folder),
    name: undefined,
    mode: 'reference',
    catalog: store.catalog,
    runs: store.runs,
    content: store.content,
    formats,
    keep: async () => {},
    signal: new AbortController().signal,
    progress: () => {},
  });
  await store.close();
  expect(imported).toMatchObject({ ok: true });
});
afterAll(() => place.remove());

async function lines(...words: readonly string[]): Promise<string> {
  const { status, out, err } = await place.bit([...words, '--store', join(place.folder, '.bit')]);
  expect({ status, err }).toEqual({ status: 0, err: '' });
  return out
    .replaceAll(folder, 'FOLDER')
    .replaceAll(/bioimageit-[a-z0-9]{12}/gu, 'RUN')
    .replaceAll(/blake3:[0-9a-f]+/gu, 'DIGEST')
    .replaceAll(/2\d{3}-\d\d-\d\d \d\d:\d\d:\d\d by \S+/gu, 'NOW by ME');
}

test('the log shows what BioImageIT ran, when, and that it was imported', async () => {
  expect(await lines('log')).toMatchInlineSnapshot(`
    "RUN  2020-03-06           succeeded    Particles/particles/run.md.json  6 tasks: 6 ran  Particles: particles  imported from BioImageIT
    RUN  2020-03-05           succeeded    Particles/denoised/run.md.json   6 tasks: 6 ran  Particles: denoised  imported from BioImageIT
    "
  `);
  expect(JSON.parse(await lines('log', '--json')).runs).toMatchObject([
    { origin: 'bioimageit' },
    { origin: 'bioimageit' },
  ]);
});

test('a run is shown with its tool, parameters and author, and a task with what it was made from', async () => {
  expect(await lines('show', 'Particles: denoised')).toMatchInlineSnapshot(`
    "RUN  succeeded  2020-03-05  Particles: denoised
      pipeline  Particles/denoised/run.md.json
      param     sigma = 3
      param     method = SV
      param     weighting = 0.1
      tag       experiment = Particles
      tag       dataset = denoised
      by        Zoë, imported from BioImageIT
      in        Particles
      tasks     6 tasks: 6 ran
        SPARTION 2D_v1.0.0  6 succeeded
    "
  `);
  expect(await lines('show', 'Particle analysis[number=2]')).toMatchInlineSnapshot(`
    "Particle analysis[Population=population1,number=2,wildtype_mutant=m]  succeeded  run RUN
      process      Particle analysis, Particles/particles/run.md.json:1
      command      https://example.org/tools/particles.xml
      environment  BioImageIT
      key          DIGEST…
        process  "Particle analysis"
        process.url  "https://example.org/tools/particles.xml"
        param.threshold  "Default dark"
        input.i  DIGEST…
        output.draw  DIGEST…
        output.count  DIGEST…
      made
        draw  FOLDER/particles/population1_002 é.tif_o_draw.tif  274 B  DIGEST…
        count  FOLDER/particles/population1_002 é.tif_o_count.csv  4 B  DIGEST…
    "
  `);
});

test('the latest run is one of ours, and there is none', async () => {
  const ended = await place.bit(['show', 'latest', '--store', join(place.folder, '.bit')]);
  expect(ended).toMatchObject({ status: 2 });
});

test('the history of a result goes down to the raw image, and up again', async () => {
  expect(await lines('lineage', join(folder, 'particles/population1_001 é.tif_o_count.csv'))).toMatchInlineSnapshot(`
    "Particles/particles/population1_001 é.tif_o_count.csv  DIGEST…  4 B  Population=population1 number=1 wildtype_mutant=m
      imported as Particles/particles/population1_001 é.tif_o_count.csv  NOW by ME from Particles  Population=population1 number=1 wildtype_mutant=m
      made by Particle analysis[Population=population1,number=1,wildtype_mutant=m]  Particles/particles/run.md.json:1  https://example.org/tools/particles.xml
        Particles/denoised/population1_001 é.tif_o.tif  DIGEST…  418 B  Population=population1 number=1 wildtype_mutant=m
          imported as Particles/denoised/population1_001 é.tif_o.tif  NOW by ME from Particles  Population=population1 number=1 wildtype_mutant=m
          made by SPARTION 2D_v1.0.0[Population=population1,number=1,wildtype_mutant=m]  Particles/denoised/run.md.json:1  ../toolboxes/spartion/spartion2d.xml
            Particles/data/population1_001 é.tif  DIGEST…  258 B  Population=population1 number=1 wildtype_mutant=m
              imported as Particles/data/population1_001 é.tif  NOW by ME from Particles  Population=population1 number=1 wildtype_mutant=m
    "
  `);
  expect(await lines('lineage', '--down', join(folder, 'data/population1_001 é.tif'))).toMatchInlineSnapshot(`
    "Particles/data/population1_001 é.tif  DIGEST…  258 B  Population=population1 number=1 wildtype_mutant=m
      imported as Particles/data/population1_001 é.tif  NOW by ME from Particles  Population=population1 number=1 wildtype_mutant=m
      used by SPARTION 2D_v1.0.0[Population=population1,number=1,wildtype_mutant=m]  Particles/denoised/run.md.json:1  ../toolboxes/spartion/spartion2d.xml
        Particles/denoised/population1_001 é.tif_o.tif  DIGEST…  418 B  Population=population1 number=1 wildtype_mutant=m
          imported as Particles/denoised/population1_001 é.tif_o.tif  NOW by ME from Particles  Population=population1 number=1 wildtype_mutant=m
          used by Particle analysis[Population=population1,number=1,wildtype_mutant=m]  Particles/particles/run.md.json:1  https://example.org/tools/particles.xml
            Particles/particles/population1_001 é.tif_o_draw.tif  DIGEST…  270 B  Population=population1 number=1 wildtype_mutant=m
              imported as Particles/particles/population1_001 é.tif_o_draw.tif  NOW by ME from Particles  Population=population1 number=1 wildtype_mutant=m
            Particles/particles/population1_001 é.tif_o_count.csv  DIGEST…  4 B  Population=population1 number=1 wildtype_mutant=m
              imported as Particles/particles/population1_001 é.tif_o_count.csv  NOW by ME from Particles  Population=population1 number=1 wildtype_mutant=m
    "
  `);
});
