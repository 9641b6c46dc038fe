import type { Dataset } from '../../engine/ports/catalog.ts';
import { bytesInWords } from '../../util/bytes-in-words.ts';
import { formats } from '../formats.ts';
import { experimentPlace } from '../queries/experiment-place.ts';
import { reading } from '../queries/reading.ts';
import { datasetSummary } from '../queries/show-experiment.ts';
import { timeInWords } from '../queries/wording.ts';
import { textTable } from '../text-table.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  name: 'datasets',
  summary: 'experiments and their datasets',
  details:
    'Raw ones were imported; processed ones were published by runs that read their items, or came with their history.',
  operands: [{ name: 'EXPERIMENT', how: 'optional', help: 'only those of one experiment' }],
  flags: {},
  examples: [
    ['bit datasets', 'all of them'],
    ['bit datasets screen', 'those of one experiment'],
  ],
  async run(invocation) {
    const { terminal, global, operands } = invocation;
    const [of] = operands;
    const { experiments, datasets, importers } = await reading(invocation, {}, async (store) => {
      const one = of === undefined ? undefined : (await experimentPlace(store, of)).experiment;
      const scope = one === undefined ? {} : { experiment: one.name };
      const changes = await store.catalog.changes({ ...scope, limit: Number.MAX_SAFE_INTEGER });
      return {
        experiments: one === undefined ? await store.catalog.experiments() : [one],
        datasets: await store.catalog.datasets(one?.name),
        // They come newest first; of several with one name the last that a map is given stays.
        importers: new Map(
          changes
            .filter(({ kind, state }) => kind === 'import' && state === 'done')
            .map((change): [string, string] => [`${change.experiment}/${change.dataset}`, change.user])
            .reverse(),
        ),
      };
    });
    const by = ({ experiment, name, run }: Dataset): string | null =>
      run ?? importers.get(`${experiment}/${name}`) ?? null;
    if (global.json) {
      terminal.json({
        format: formats.datasets,
        experiments: experiments.map((experiment) => ({
          name: experiment.name,
          title: experiment.title ?? null,
          authors: experiment.authors,
          date: experiment.date ?? null,
          keys: experiment.keys.length,
          datasets: datasets
            .filter((dataset) => dataset.experiment === experiment.name)
            .map((dataset) => ({ ...datasetSummary(dataset), by: dataset.run === undefined ? by(dataset) : null })),
        })),
      });
      return 0;
    }
    if (experiments.length === 0) {
      if (!global.quiet)
        terminal.err.line(
          'There are no experiments yet. `bit import FOLDER --experiment NAME` makes one of the files in a folder.',
        );
      return 0;
    }
    const { dim } = terminal.out.colors;
    const ofExperiment = (name: string): readonly Dataset[] => datasets.filter(({ experiment }) => experiment === name);
    const first = textTable(
      ['experiment', 'datasets', 'items', 'date', 'title'],
      experiments.map(({ name, title, date }) => [
        name,
        ofExperiment(name).length,
        ofExperiment(name).reduce((sum, { items, run }) => sum + (run === undefined ? items : 0), 0),
        date ?? '',
        title ?? '',
      ]),
      { paint: dim },
    );
    const second = textTable(
      ['dataset', 'kind', 'items', 'size', 'retracted', 'at', 'by'],
      datasets.map((dataset) => [
        `${dataset.experiment}/${dataset.name}`,
        dataset.kind,
        dataset.items,
        bytesInWords(dataset.bytes),
        dataset.retracted === 0 ? null : dataset.retracted,
        dataset.at === undefined ? '' : timeInWords(dataset.at),
        by(dataset) ?? '',
      ]),
      { paint: dim },
    );
    for (const line of [...first, ...(datasets.length === 0 ? [] : ['', ...second])]) terminal.out.line(line);
    return 0;
  },
});
