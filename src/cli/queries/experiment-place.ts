import { didYouMean } from '../../diagnostics/suggest.ts';
import type { Dataset, Experiment } from '../../engine/ports/catalog.ts';
import type { Store } from '../../store/index.ts';
import { CommandProblem } from '../problem.ts';

export interface ExperimentPlace {
  readonly experiment: Experiment;
  /** Those with items: what runs published has its tags from the run. */
  readonly datasets: readonly Dataset[];
  /** The one that was named. */
  readonly dataset?: Dataset;
  /** The newest change of the experiment when it was looked up. */
  readonly seen: number;
}

/** `EXPERIMENT` or `EXPERIMENT/DATASET` as it stands in the store; throws with what may be meant. */
export async function experimentPlace(store: Store, text: string): Promise<ExperimentPlace> {
  const [, name = '', wanted] = /^([^/]*)(?:\/(.*))?$/su.exec(text) ?? [];
  const [newest] = await store.catalog.changes({ experiment: name, limit: 1 });
  const seen = newest?.id ?? 0;
  const experiment = await store.catalog.experiment(name);
  if (experiment === undefined) throw await noExperiment(store, name);
  const all = await store.catalog.datasets(name);
  const datasets = all.filter(({ run }) => run === undefined);
  if (wanted === undefined) return { experiment, datasets, seen };
  const dataset = datasets.find((one) => one.name === wanted);
  if (dataset !== undefined) return { experiment, datasets, dataset, seen };
  const published = all.find((one) => one.name === wanted);
  const names = datasets.map((one) => one.name);
  throw new CommandProblem({
    exit: 2,
    message:
      published === undefined
        ? `The experiment \`${name}\` has no dataset \`${wanted}\``
        : `\`${text}\` was published by runs, and its tags are those of the pipeline`,
    help:
      published === undefined
        ? didYouMean(
            wanted,
            names,
            names.length === 0
              ? 'It has none yet.'
              : `It has ${names
                  .slice(0, 10)
                  .map((one) => `\`${one}\``)
                  .join(', ')}.`,
          )
        : `\`bit find 'kind == ${JSON.stringify(wanted)}' --experiment ${name}\` lists it. Annotate the raw data, and run the pipeline again.`,
  });
}

export async function noExperiment(store: Store, name: string): Promise<CommandProblem> {
  const names = (await store.catalog.experiments()).map((experiment) => experiment.name);
  return new CommandProblem({
    exit: 2,
    message: `There is no experiment \`${name}\` in this store`,
    help: didYouMean(
      name,
      names,
      names.length === 0
        ? 'Nothing was imported yet: `bit import FOLDER --experiment NAME`.'
        : `There ${names.length === 1 ? 'is' : 'are'} ${names
            .slice(0, 5)
            .map((one) => `\`${one}\``)
            .join(', ')}. \`bit datasets\` lists them.`,
    ),
  });
}
