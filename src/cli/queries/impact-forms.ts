import type { Impact } from '../../engine/ports/impact.ts';
import { formats } from '../formats.ts';
import type { Colors } from '../terminal.ts';
import { oneLine, shortPath, suspectInWords, tagsInWords, timeInWords } from './wording.ts';

/** As docs/json.md says. */
export const impactDocument = (impact: Impact) => ({
  format: formats.impact,
  causes: impact.suspects.map(({ kind, subject, name, item, reason, at, user, parts, results }) => ({
    kind,
    subject,
    name,
    item: item ?? null,
    reason: reason ?? null,
    at: at ?? null,
    user: user ?? null,
    parts,
    results,
  })),
  files: impact.files.map(({ path, digest, name, tags, run, task, at, experiments, suspect, tasks, way }) => ({
    path,
    digest,
    name,
    tags,
    run,
    task: task ?? null,
    at,
    experiments,
    cause: suspect,
    tasks,
    way,
  })),
  items: impact.items.map(({ experiment, dataset, name, path, digest, suspect, tasks, way }) => ({
    experiment,
    dataset,
    name,
    path,
    digest,
    cause: suspect,
    tasks,
    way,
  })),
  datasets: impact.datasets.map(({ experiment, dataset, run, affected, total }) => ({
    experiment,
    dataset,
    run: run ?? null,
    affected,
    total,
  })),
  runs: impact.runs.map(({ run, pipeline, name, startedAt, experiments, affected, total }) => ({
    run,
    pipeline,
    name: name ?? null,
    startedAt,
    experiments,
    affected,
    total,
  })),
});

/** So many lines of each list are for people; `--json` has all. */
const most = 200;

export function impactLines(
  impact: Impact,
  options: { readonly colors: Colors; readonly folder: string; readonly isQuestion: boolean },
): readonly string[] {
  const { bold, cyan, dim, yellow } = options.colors;
  const show = (path: string): string => oneLine(shortPath(path, options.folder));
  const name = (suspect: Impact['suspects'][number]): string =>
    suspect.kind === 'content' && suspect.name !== suspect.subject ? show(suspect.name) : suspectInWords(suspect);
  const way = (of: Impact['files'][number] | Impact['items'][number]): string => {
    const suspect = impact.suspects[of.suspect];
    if (suspect === undefined) return '';
    const reason = suspect.reason === undefined ? '' : `  ${yellow(oneLine(suspect.reason))}`;
    if (of.tasks === 0) return `it is retracted itself${reason}`;
    const steps = of.way.map(({ task }) => cyan(task));
    const left = of.tasks - of.way.length;
    const ends =
      left === 0 ? steps : [...steps.slice(0, steps.length / 2), dim(`${left} more`), ...steps.slice(steps.length / 2)];
    return `${[name(suspect), ...ends].join(' → ')}${reason}`;
  };
  const list = <T>(title: string, of: readonly T[], lines: (one: T) => readonly string[]): readonly string[] =>
    of.length === 0
      ? []
      : [
          bold(title),
          ...of.slice(0, most).flatMap((one) => lines(one).map((line) => `  ${line}`)),
          ...(of.length > most ? [dim(`  and ${of.length - most} more (\`--json\` has all)`)] : []),
        ];
  const { files, items, datasets, runs, suspects } = impact;
  return [
    ...list(options.isQuestion ? 'Asked about' : 'Retracted', suspects, (suspect) => [
      `${name(suspect)}${suspect.item === undefined ? '' : dim(`  ${oneLine(suspect.item)}`)}${suspect.reason === undefined ? '' : `  ${yellow(oneLine(suspect.reason))}`}${suspect.at === undefined ? '' : dim(`  ${timeInWords(suspect.at)} by ${suspect.user ?? ''}`)}`,
    ]),
    ...list(`Published files that depend on it: ${files.length}`, files, (file) => [
      `${show(file.path)}  ${dim(`${file.name}  ${tagsInWords(file.tags)}`.trimEnd())}`,
      `  ${way(file)}`,
    ]),
    ...list(`Imported items that depend on it: ${items.length}`, items, (item) => [
      `${oneLine(`${item.experiment}/${item.dataset}/${item.name}`)}  ${dim(show(item.path))}`,
      `  ${way(item)}`,
    ]),
    ...list('Datasets', datasets, ({ experiment, dataset, affected, total, run }) => [
      `${experiment}/${dataset}  ${affected} of ${total}${run === undefined ? '' : dim(`  newest run ${run}`)}`,
    ]),
    ...list('Runs', runs, (run) => [
      `${run.run}  ${run.affected} of ${run.total} ${run.total === 1 ? 'task' : 'tasks'}  ${show(run.pipeline)}${run.name === undefined ? '' : `  ${run.name}`}`,
    ]),
  ];
}

/** What is left where only some experiments, runs or places are asked about. */
export function narrowed(
  impact: Impact,
  wanted: {
    readonly experiments: ReadonlySet<string>;
    readonly runs: ReadonlySet<string>;
    readonly paths: readonly string[];
  },
): Impact {
  const { experiments, runs, paths } = wanted;
  const isBelow = (path: string): boolean =>
    paths.some((folder) => path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`));
  const files = impact.files.filter(
    (file) => runs.has(file.run) || file.experiments.some((name) => experiments.has(name)) || isBelow(file.path),
  );
  const items = impact.items.filter((item) => experiments.has(item.experiment) || isBelow(item.path));
  const named = new Set([
    ...files.flatMap((file) => file.experiments.map((experiment) => `${experiment}/${file.name}`)),
    ...items.map((item) => `${item.experiment}/${item.dataset}`),
  ]);
  const touched = new Set<string>(files.map(({ run }) => run));
  const used = new Set([...files, ...items].map(({ suspect }) => suspect));
  const kept = [...used].sort((a, b) => a - b);
  const index = new Map(kept.map((was, is) => [was, is]));
  const renumbered = <T extends { readonly suspect: number }>(of: T): T => ({
    ...of,
    suspect: index.get(of.suspect) ?? 0,
  });
  return {
    suspects: impact.suspects.filter((_, at) => used.has(at)),
    files: files.map(renumbered),
    items: items.map(renumbered),
    datasets: impact.datasets.filter(({ experiment, dataset }) => named.has(`${experiment}/${dataset}`)),
    runs: impact.runs.filter(
      ({ run, experiments: of }) => runs.has(run) || touched.has(run) || of.some((name) => experiments.has(name)),
    ),
  };
}
