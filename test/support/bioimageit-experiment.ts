import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tiff } from './tiff.ts';

export interface WrittenExperiment {
  readonly folder: string;
  /** Every metadata file, by its path below the folder. */
  readonly documents: Readonly<Record<string, unknown>>;
}

/**
 * An experiment as BioImageIT leaves it: six images of two populations, denoised one by one, and particles found in each of the denoised ones, with a table and
 * a count from every image. `tags` is the layout before there were uuids. Names hold spaces and letters of several scripts.
 */
export function writeBioImageIT(
  parent: string,
  {
    layout = 'keys',
    name = 'Particules élevées 粒子',
  }: { readonly layout?: 'tags' | 'keys'; readonly name?: string } = {},
): WrittenExperiment {
  const isNew = layout === 'keys';
  const folder = join(parent, name.replaceAll(' ', ''));
  const documents: Record<string, unknown> = {};
  let made = 0;
  const uuid = (): { readonly uuid?: string } =>
    isNew ? { uuid: `6f9619ff-8b86-d011-b42d-${String(++made).padStart(12, '0')}` } : {};
  const refer = (url: string, of: { readonly uuid?: string }): unknown => (isNew ? { uuid: of.uuid, url } : url);
  const put = (place: string, content: string | Buffer): void => {
    mkdirSync(dirname(join(folder, place)), { recursive: true });
    writeFileSync(join(folder, place), content);
  };
  const describe = (place: string, document: unknown): void => {
    documents[place] = document;
    put(place, JSON.stringify(document, null, 4));
  };
  const listName = (kind: 'raw' | 'processed'): string => `${kind}${isNew ? '_' : ''}dataset.md.json`;
  const pairs = (of: Record<string, unknown>): Record<string, unknown> =>
    isNew ? { metadata: { pixel: 0.11, channels: ['GFP', 'µ'] }, key_value_pairs: of } : { tags: of };

  const images = [1, 2, 3, 4, 5, 6].map((index) => {
    const file = `population${index < 4 ? 1 : 2}_00${index} é.tif`;
    return { index, file, name: file, place: `data/population${index < 4 ? 1 : 2}_00${index}é.md.json`, id: uuid() };
  });
  for (const { index, file, place, name: itemName, id } of images) {
    put(`data/${file}`, tiff({ pages: [{ width: 8, height: 6 + index, bits: 16 }] }));
    describe(place, {
      ...id,
      origin: { type: 'raw' },
      common: {
        name: itemName,
        author: 'Sylvain P.',
        date: '2020-03-04',
        format: isNew ? 'imagetiff' : 'tif',
        url: file,
      },
      ...pairs({
        Population: index < 4 ? 'population1' : 'population2',
        number: `00${index}`,
        'wildtype/mutant': index === 6 ? '' : 'm',
      }),
    });
  }
  const rawId = uuid();
  describe(`data/${listName('raw')}`, {
    ...rawId,
    name: 'data',
    urls: images.map(({ place, id }) => refer(place.slice(5), id)),
  });

  const step = (of: {
    readonly dataset: string;
    readonly process: { readonly name: string; readonly url: string };
    readonly parameters: readonly { readonly name: string; readonly value: unknown }[];
    readonly from: readonly {
      readonly name: string;
      readonly place: string;
      readonly id: { readonly uuid?: string };
      readonly type: string;
    }[];
    readonly input: { readonly dataset: string; readonly output: string };
    readonly outputs: readonly {
      readonly name: string;
      readonly label: string;
      readonly ending: string;
      readonly format: string;
      readonly bytes: (index: number) => string | Buffer;
    }[];
    readonly date: string;
  }) => {
    const datasetId = uuid();
    const runId = uuid();
    describe(`${of.dataset}/run.md.json`, {
      ...runId,
      process: of.process,
      ...(isNew
        ? { processed_dataset: { ...datasetId, url: listName('processed') } }
        : { processeddataset: listName('processed') }),
      inputs: [
        {
          name: 'i',
          dataset: of.input.dataset,
          query: 'Population=population1 OR ½',
          origin_output_name: of.input.output,
        },
      ],
      parameters: of.parameters,
    });
    const results = of.from.flatMap((parent, index) =>
      of.outputs.map((output) => {
        const name = `${parent.name}_${output.name}`;
        const id = uuid();
        put(`${of.dataset}/${name}${output.ending}`, output.bytes(index + 1));
        describe(`${of.dataset}/${name}.md.json`, {
          ...id,
          common: { name, author: 'Zoë', date: of.date, format: output.format, url: `${name}${output.ending}` },
          origin: {
            type: 'processed',
            ...(isNew ? { run: { url: 'run.md.json', ...runId } } : { runurl: 'run.md.json' }),
            inputs: [
              { name: 'i', url: `../${parent.place}`, ...(isNew && { uuid: parent.id.uuid }), type: parent.type },
            ],
            output: { name: output.name, label: output.label },
          },
        });
        return { name, place: `${of.dataset}/${name}.md.json`, id, type: 'processed', output: output.name };
      }),
    );
    describe(`${of.dataset}/${listName('processed')}`, {
      ...datasetId,
      name: of.dataset,
      urls: results.map(({ place, id }) => refer(place.slice(of.dataset.length + 1), id)),
    });
    return { results, datasetId };
  };

  const denoised = step({
    dataset: 'denoised',
    process: { name: 'SPARTION 2D_v1.0.0', url: '../toolboxes/spartion/spartion2d.xml' },
    parameters: [
      { name: 'sigma', value: '3' },
      { name: 'method', value: 'SV' },
      { name: 'weighting', value: 0.1 },
    ],
    from: images.map(({ name: itemName, place, id }) => ({ name: itemName, place, id, type: 'raw' })),
    input: { dataset: 'data', output: '' },
    outputs: [
      {
        name: 'o',
        label: 'Denoised image',
        ending: '.tif',
        format: isNew ? 'imagetiff' : 'tif',
        bytes: (index) => tiff({ pages: [{ width: 8, height: 16 + index, bits: 16 }] }),
      },
    ],
    date: '2020-03-05',
  });
  const particles = step({
    dataset: 'particles',
    process: { name: 'Particle analysis', url: 'https://example.org/tools/particles.xml' },
    parameters: [{ name: 'threshold', value: 'Default dark' }],
    from: denoised.results,
    input: { dataset: 'denoised', output: 'o' },
    outputs: [
      {
        name: 'draw',
        label: 'Outlines',
        ending: '.tif',
        format: isNew ? 'imagetiff' : 'tif',
        bytes: (index) => tiff({ pages: [{ width: 4, height: 30 + index, bits: 8 }] }),
      },
      {
        name: 'count',
        label: 'Number of particles',
        ending: '.csv',
        format: 'numbercsv',
        bytes: (index) => `n\n${index}\n`,
      },
    ],
    date: '2020-03-06',
  });

  const information = {
    name,
    author: 'Sylvain P.',
    [isNew ? 'date' : 'createddate']: '2020-03-04',
    laboratory: { city: 'Rennes' },
  };
  const keys = ['Population', 'number', 'wildtype/mutant', 'unused'];
  const processed = ['denoised', 'particles'].map((dataset) => `${dataset}/${listName('processed')}`);
  describe(
    'experiment.md.json',
    isNew
      ? {
          ...uuid(),
          information,
          raw_dataset: { name: 'data', url: `data/${listName('raw')}`, ...rawId },
          processed_datasets: [
            { name: 'denoised', url: processed[0], ...denoised.datasetId },
            { name: 'particles', url: processed[1], ...particles.datasetId },
          ],
          keys,
        }
      : { information, rawdataset: `data/${listName('raw')}`, processeddatasets: processed, tags: keys },
  );
  return { folder, documents };
}
