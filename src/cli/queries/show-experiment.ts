import type { Change, Dataset, Experiment, TagKey } from '../../engine/ports/catalog.ts';
import type { Store } from '../../store/index.ts';
import { bytesInWords } from '../../util/bytes-in-words.ts';
import type { Colors } from '../terminal.ts';
import { changeInWords, whoOfChange } from './change-words.ts';
import { oneLine, shortPath, tagsInWords, timeInWords } from './wording.ts';

/** As docs/json.md says. */
export async function experimentDocument(store: Store, experiment: Experiment) {
  const { name } = experiment;
  const changes = await store.catalog.changes({ experiment: name, limit: 1000 });
  const datasets = await store.catalog.datasets(name);
  const runs = await store.reader.runsOf(name);
  return {
    name,
    title: experiment.title ?? null,
    authors: experiment.authors,
    date: experiment.date ?? null,
    description: experiment.description ?? null,
    licence: experiment.licence ?? null,
    funding: experiment.funding,
    keys: experiment.keys,
    extra: experiment.extra ?? null,
    datasets: datasets.map(datasetSummary),
    tagNames: await store.catalog.tagNames(name),
    changes: changes.map(changeDocument),
    runs: runs.map(({ run, pipeline, status, startedAt }) => ({ run, pipeline, status, startedAt })),
  };
}

/** As docs/json.md says. */
export async function datasetDocument(store: Store, dataset: Dataset) {
  const { experiment, name } = dataset;
  const all = { kind: 'all' } as const;
  const items =
    dataset.run === undefined
      ? await store.catalog.items({ experiment, dataset: name, filter: all, retracted: 'with' })
      : [];
  const published = dataset.run === undefined ? [] : await store.reader.publishedIn({ experiment, name });
  const marks = await store.impact.affected([
    ...items.map(({ digest }) => ({ digest })),
    ...published.map(({ digest, run, task }) => ({ digest, run, task })),
  ]);
  const changes = (await store.catalog.changes({ experiment, limit: 1000 })).filter(
    (change) => change.dataset === name,
  );
  return {
    ...datasetSummary(dataset),
    affected: marks.filter((mark) => mark !== undefined).length,
    content: [
      ...items.map(({ name, path, digest, size, tags, retracted }, index) => ({
        name,
        path,
        digest,
        size,
        tags,
        retracted: retracted ?? null,
        affected: marks[index] !== undefined,
      })),
      ...published.map(({ path, digest, tags, run }, index) => ({
        name: path,
        path,
        digest,
        size: null,
        tags,
        retracted: null,
        affected: marks[items.length + index] !== undefined,
        run,
      })),
    ],
    changes: changes.map(changeDocument),
  };
}

export const datasetSummary = ({ experiment, name, kind, description, items, bytes, retracted, at, run }: Dataset) => ({
  experiment,
  name,
  kind,
  description: description ?? null,
  items,
  bytes,
  retracted,
  at: at ?? null,
  run: run ?? null,
});

export const changeDocument = ({ id, at, user, host, kind, dataset, about, state, undoneBy }: Change) => ({
  id,
  at,
  user,
  host,
  kind,
  dataset: dataset ?? null,
  about,
  state,
  undoneBy: undoneBy ?? null,
});

interface Showing {
  readonly colors: Colors;
  readonly folder: string;
}

export function experimentLines(
  experiment: Awaited<ReturnType<typeof experimentDocument>>,
  options: Showing,
): readonly string[] {
  const { bold, dim } = options.colors;
  const { keys, datasets, tagNames, changes, runs } = experiment;
  const declared = new Set(keys.map(({ name }) => name));
  const undeclared = tagNames.filter(({ name }) => !declared.has(name));
  return [
    `${bold(experiment.name)}${experiment.title === null ? '' : `  ${oneLine(experiment.title)}`}`,
    ...experiment.authors.map(
      ({ name, orcid, email, affiliation }) =>
        `  author    ${oneLine(name)}${dim([orcid, email, affiliation].flatMap((text) => (text === undefined ? [] : [`  ${text}`])).join(''))}`,
    ),
    ...(experiment.date === null ? [] : [`  date      ${experiment.date}`]),
    ...(experiment.licence === null ? [] : [`  licence   ${experiment.licence}`]),
    ...experiment.funding.map((text) => `  funding   ${oneLine(text)}`),
    ...(experiment.description === null
      ? []
      : experiment.description.split(/\r?\n/).map((line) => `  ${oneLine(line)}`)),
    ...keys.map((key) => `  key       ${keyInWords(key)}${countOf(key.name, tagNames)}`),
    ...undeclared.map(
      ({ name, type, items }) =>
        `  tag       ${name}: ${type}${dim(`  in ${items} ${items === 1 ? 'item' : 'items'}`)}`,
    ),
    ...datasets.map((dataset) => `  ${datasetInWords(dataset, options)}`),
    ...changes.slice(0, 10).map((change) => `  ${changeLine(change, options)}`),
    ...(changes.length > 10 ? [dim(`  and ${changes.length - 10} changes before (\`--json\` has all)`)] : []),
    ...(runs.length === 0
      ? []
      : [
          `  read by   ${runs
            .slice(0, 5)
            .map(({ run }) => run)
            .join(', ')}${runs.length > 5 ? dim(` and ${runs.length - 5} runs before`) : ''}`,
        ]),
  ];
}

export function datasetLines(
  dataset: Awaited<ReturnType<typeof datasetDocument>>,
  options: Showing,
): readonly string[] {
  const { bold, dim, yellow } = options.colors;
  const { content, changes } = dataset;
  const most = 20;
  return [
    `${bold(`${dataset.experiment}/${dataset.name}`)}  ${datasetFacts(dataset)}`,
    ...(dataset.description === null ? [] : [`  ${dataset.description}`]),
    ...(dataset.affected === 0
      ? []
      : [`  ${yellow(`${dataset.affected} retracted or affected`)}: \`bit impact ${dataset.experiment}\``]),
    ...content
      .slice(0, most)
      .map(
        ({ name, path, size, tags, retracted, affected }) =>
          `  ${oneLine(name === path ? shortPath(path, options.folder) : name)}  ${dim(`${size === null ? '' : `${bytesInWords(size)}  `}${tagsInWords(tags)}`)}${retracted !== null ? `  ${yellow(`retracted: ${oneLine(retracted)}`)}` : affected ? `  ${yellow('affected')}` : ''}`,
      ),
    ...(content.length > most ? [dim(`  and ${content.length - most} more (\`--json\` has all)`)] : []),
    ...changes.slice(0, 10).map((change) => `  ${changeLine(change, options)}`),
  ];
}

function keyInWords({ name, type, unit, term, description, values }: TagKey): string {
  return [
    `${name}: ${type}${unit === undefined ? '' : ` in ${unit}`}`,
    ...(values === undefined ? [] : [`one of ${values.join(', ')}`]),
    ...(term === undefined ? [] : [term]),
    ...(description === undefined ? [] : [description]),
  ].join('  ');
}

const countOf = (name: string, tags: readonly { readonly name: string; readonly items: number }[]): string => {
  const items = tags.filter((tag) => tag.name === name).reduce((sum, tag) => sum + tag.items, 0);
  return items === 0 ? '' : `  in ${items} ${items === 1 ? 'item' : 'items'}`;
};

type Summary = ReturnType<typeof datasetSummary>;

const datasetFacts = ({ kind, items, bytes, retracted }: Summary): string =>
  `${kind}  ${items} ${items === 1 ? 'item' : 'items'}  ${bytesInWords(bytes)}${retracted === 0 ? '' : `  ${retracted} retracted`}`;

const datasetInWords = (dataset: Summary, { colors }: Showing): string =>
  `dataset   ${colors.bold(dataset.name)}  ${datasetFacts(dataset)}${colors.dim(`${dataset.at === null ? '' : `  ${timeInWords(dataset.at)}`}${dataset.run === null ? '' : `  run ${dataset.run}`}`)}`;

function changeLine(change: ReturnType<typeof changeDocument>, { colors, folder }: Showing): string {
  const words = changeInWords(change, { folder });
  const state = change.state === 'done' ? '' : `, ${change.state}`;
  return `change ${change.id}  ${change.kind}${change.dataset === null ? '' : ` of ${change.dataset}`}${words === '' ? '' : ` ${words}`}${state}${colors.dim(`  ${timeInWords(change.at)} by ${whoOfChange(change)}`)}`;
}
