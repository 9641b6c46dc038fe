import { naturalOrder } from '../../engine/plan/natural-order.ts';
import type { RunRecord } from '../../engine/ports/run-reader.ts';
import type { Store } from '../../store/index.ts';
import { bytesInWords } from '../../util/bytes-in-words.ts';
import { countsInWords, secondsInWords } from '../reporters/summary.ts';
import type { Colors } from '../terminal.ts';
import { originInWords, runDocument } from '../verbs/log.ts';
import { shortPath, tagsInWords, timeInWords } from './wording.ts';

/** As docs/json.md says. */
export async function runWhole(store: Store, run: RunRecord) {
  const tasks = await store.reader.tasks(run.run);
  const experiments = await store.reader.experimentsOf(run.run);
  const published = await store.reader.published(run.run);
  const affected = await store.impact.affected(published.map(({ digest, task }) => ({ digest, run: run.run, task })));
  return {
    ...runDocument(run),
    endedAt: run.endedAt ?? null,
    outdir: run.outdir,
    params: run.params,
    argv: run.argv,
    host: run.host,
    user: run.user,
    version: run.version,
    experiments,
    taskList: tasks.map(({ task, state, tags, key, note, call }) => ({
      task,
      process: call?.process ?? null,
      state,
      tags,
      key: key ?? null,
      note: note ?? null,
    })),
    affected: affected.filter((one) => one !== undefined).length,
    published: published.map(({ path, relative, digest, size, tags, name, task }, index) => ({
      path,
      relative,
      digest,
      size,
      tags,
      name,
      task: task ?? null,
      ...(affected[index] !== undefined && { affected: true }),
    })),
  };
}

export function runLines(
  run: Awaited<ReturnType<typeof runWhole>>,
  options: { readonly colors: Colors; readonly folder: string },
): readonly string[] {
  const { bold, dim } = options.colors;
  const byProcess = [...Map.groupBy(run.taskList, (task) => task.process ?? '?')];
  const failures = run.taskList.filter((task) => task.state === 'failed' || task.state === 'quarantined');
  return [
    `${bold(run.run)}  ${run.status}  ${timeInWords(run.startedAt)}${run.seconds === null ? '' : `  ${secondsInWords(run.seconds)}`}${run.name === null ? '' : `  ${bold(run.name)}`}`,
    ...(run.stub
      ? [
          `  ${options.colors.yellow('stub run')}: stub scripts stood in for processes that have one, so these are no results`,
        ]
      : []),
    `  pipeline  ${shortPath(run.pipeline, options.folder)}`,
    ...(run.argv.length === 0 ? [] : [`  command   ${run.argv.join(' ')}`]),
    ...Object.entries(run.params).map(
      ([name, value]) => `  param     ${name} = ${typeof value === 'string' ? value : JSON.stringify(value)}`,
    ),
    ...Object.entries(run.tags).map(([name, value]) => `  tag       ${name} = ${value}`),
    run.origin === null
      ? `  by        ${run.user} on ${run.host}, bit ${run.version}`
      : `  by        ${run.user}, ${originInWords(run.origin)}`,
    ...(run.experiments.length === 0
      ? []
      : [`  ${run.origin === null ? 'read from' : 'in       '} ${run.experiments.join(', ')}`]),
    `  tasks     ${countsInWords(run.tasks)}`,
    ...byProcess.map(
      ([process, tasks]) =>
        `    ${process}  ${[...Map.groupBy(tasks, (task) => task.state)].map(([state, of]) => `${of.length} ${state}`).join(', ')}`,
    ),
    ...failures.map((task) => `  ${options.colors.red(task.state)}  ${task.task}: ${task.note ?? ''}`),
    ...(run.published.length === 0
      ? []
      : [`  published  ${run.published.length} ${run.published.length === 1 ? 'file' : 'files'}`]),
    ...(run.affected === 0
      ? []
      : [`  ${options.colors.yellow(`${run.affected} depend on something retracted`)}: \`bit impact ${run.run}\``]),
    ...[...run.published]
      .sort((a, b) => naturalOrder(a.relative, b.relative))
      .slice(0, 50)
      .map(
        (file) =>
          `    ${shortPath(file.path, options.folder)}  ${dim(`${bytesInWords(file.size)}  ${tagsInWords(file.tags)}`)}`,
      ),
    ...(run.published.length > 50
      ? [dim(`    and ${run.published.length - 50} more (\`bit show ${run.run} --json\` has all)`)]
      : []),
  ];
}
