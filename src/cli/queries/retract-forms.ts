import type { Retraction } from '../../engine/ports/catalog.ts';
import type { Impact } from '../../engine/ports/impact.ts';
import { formats } from '../formats.ts';
import type { Wanted } from './retraction.ts';
import { oneLine, shortPath, suspectInWords } from './wording.ts';

/** What one command did, or would have done. */
export interface Done {
  readonly wanted: Wanted;
  readonly subjects: readonly Pick<Retraction, 'kind' | 'subject'>[];
  readonly impact: Impact;
  readonly change: number | undefined;
  readonly restores: boolean;
}

/** As docs/json.md says. */
export const retractDocument = ({ wanted, subjects, impact, change, restores }: Done) => ({
  format: formats.retract,
  change: change ?? null,
  restored: restores,
  subjects,
  unchanged: wanted.subjects.length - subjects.length,
  items: touched(wanted, subjects).map(({ experiment, dataset, name, path, digest }) => ({
    experiment,
    dataset,
    name,
    path,
    digest,
  })),
  affected: {
    files: impact.files.length,
    items: impact.items.length,
    datasets: impact.datasets.length,
    runs: impact.runs.length,
  },
});

function touched(wanted: Wanted, subjects: Done['subjects']): Wanted['items'] {
  const contents = new Set(subjects.map(({ subject }) => subject));
  return wanted.items.filter(({ digest }) => contents.has(digest));
}

export function retractLines(done: Done & { readonly folder: string; readonly isDry: boolean }): readonly string[] {
  const { wanted, subjects, impact, change, restores, folder } = done;
  const unchanged = wanted.subjects.length - subjects.length;
  if (subjects.length === 0)
    return [
      unchanged === 0
        ? `Nothing meets the condition: nothing was ${restores ? 'restored' : 'retracted'}.`
        : restores
          ? 'None of it is retracted.'
          : 'All of it is retracted already.',
    ];
  const items = touched(wanted, subjects);
  const others = subjects.filter(
    ({ kind, subject }) => kind !== 'content' || !items.some(({ digest }) => digest === subject),
  );
  const verb = restores ? (done.isDry ? 'Would restore' : 'Restored') : done.isDry ? 'Would retract' : 'Retracted';
  const lines = [
    ...items.map(({ experiment, dataset, name, path }) =>
      oneLine(`${experiment}/${dataset}/${name}  ${shortPath(path, folder)}`),
    ),
    ...others.map(suspectInWords),
  ];
  const { files, runs } = impact;
  const count = (n: number, one: string): string => `${n} ${n === 1 ? one : `${one}s`}`;
  const parts = [
    ...(items.length === 0 ? [] : [count(items.length, 'item')]),
    ...[...Map.groupBy(others, ({ kind }) => kind)].map(
      ([kind, of]) => `${of.length} ${words[kind][of.length === 1 ? 0 : 1]}`,
    ),
  ];
  return [
    `${verb} ${parts.join(' and ')}${unchanged === 0 ? '' : `, ${unchanged} ${unchanged === 1 ? 'was' : 'were'} so already`}`,
    ...lines.slice(0, 20).map((line) => `  ${line}`),
    ...(lines.length > 20 ? [`  and ${lines.length - 20} more`] : []),
    files.length + runs.length === 0
      ? `No result ${restores ? 'depended' : 'depends'} on it.`
      : restores
        ? `${count(files.length, 'published file')} and ${count(runs.length, 'run')} depended on it. What else is retracted still counts: \`bit impact\``
        : `${count(files.length, 'published file')} and ${count(runs.length, 'run')} depend on it: \`bit impact\` lists what is affected.`,
    // What was retracted before, and why, is not kept: a retraction that was taken back is made again.
    ...(change === undefined
      ? []
      : [restores ? `Change ${change}.` : `Change ${change}; \`bit undo ${change}\` takes it back.`]),
  ];
}

const words = {
  content: ['file', 'files'],
  tool: ['version of a tool', 'versions of tools'],
  environment: ['environment', 'environments'],
} as const;
