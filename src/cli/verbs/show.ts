import { shown } from '../../engine/key/explain.ts';
import { naturalOrder } from '../../engine/plan/natural-order.ts';
import type { AttemptRecord, RunRecord, TaskRecord } from '../../engine/ports/run-reader.ts';
import type { Store } from '../../store/index.ts';
import { bytesInWords } from '../amounts.ts';
import { formats } from '../formats.ts';
import { CommandProblem } from '../problem.ts';
import { reading } from '../queries/reading.ts';
import { findTask, findTaskByTags, resolveRun, resolveTask } from '../queries/resolve.ts';
import { shortDigest, shortPath, tagsInWords, timeInWords } from '../queries/wording.ts';
import { countsInWords, secondsInWords } from '../reporters/summary.ts';
import type { Colors } from '../terminal.ts';
import { defineVerb } from '../verb.ts';
import { originInWords, runDocument } from './log.ts';

export const verb = defineVerb({
  name: 'show',
  summary: 'everything about one run or task',
  operands: [
    { name: 'RUN|TASK', how: 'required', help: 'a run (`latest`, its id or the beginning of it, its name), or a task' },
  ],
  flags: {},
  examples: [
    ['bit show latest', 'the last run: params, tasks, published files'],
    ["bit show 'segment[cell=A3]'", 'a task: what it was made from, its attempts, what it made'],
  ],
  async run(invocation) {
    const { terminal, global, folder } = invocation;
    const [text = ''] = invocation.operands;
    return reading(invocation, {}, async (store) => {
      const task = (await findTask(store, text)) ?? (await findTaskByTags(store, text));
      if (task !== undefined) {
        const document = await taskDocument(store, task);
        if (global.json) terminal.json({ format: formats.show, task: document });
        else for (const line of taskLines(document, { colors: terminal.out.colors, folder })) terminal.out.line(line);
        return 0;
      }
      const run = await resolveRun(store, text).catch(async (problem: unknown) => {
        // What looks like a task is answered as one that is not there.
        if (problem instanceof CommandProblem && !/^(\d{4,}|latest$)/.test(text)) await resolveTask(store, text);
        throw problem;
      });
      const document = await wholeRun(store, run);
      if (global.json) terminal.json({ format: formats.show, run: document });
      else for (const line of runLines(document, { colors: terminal.out.colors, folder })) terminal.out.line(line);
      return 0;
    });
  },
});

async function wholeRun(store: Store, run: RunRecord) {
  const tasks = await store.reader.tasks(run.run);
  const published = await store.reader.published(run.run);
  return {
    ...runDocument(run),
    endedAt: run.endedAt ?? null,
    outdir: run.outdir,
    params: run.params,
    argv: run.argv,
    host: run.host,
    user: run.user,
    version: run.version,
    taskList: tasks.map(({ task, state, tags, key, note, call }) => ({
      task,
      process: call?.process ?? null,
      state,
      tags,
      key: key ?? null,
      note: note ?? null,
    })),
    published: published.map(({ path, relative, digest, size, tags, name, task }) => ({
      path,
      relative,
      digest,
      size,
      tags,
      name,
      task: task ?? null,
    })),
  };
}

function runLines(
  run: Awaited<ReturnType<typeof wholeRun>>,
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
    `  tasks     ${countsInWords(run.tasks)}`,
    ...byProcess.map(
      ([process, tasks]) =>
        `    ${process}  ${[...Map.groupBy(tasks, (task) => task.state)].map(([state, of]) => `${of.length} ${state}`).join(', ')}`,
    ),
    ...failures.map((task) => `  ${options.colors.red(task.state)}  ${task.task}: ${task.note ?? ''}`),
    ...(run.published.length === 0
      ? []
      : [`  published  ${run.published.length} ${run.published.length === 1 ? 'file' : 'files'}`]),
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

async function taskDocument(store: Store, task: TaskRecord) {
  const attempts = await store.reader.attempts(task.run, task.task);
  const result = await store.reader.result(task);
  const parts = task.key === undefined ? [] : ((await store.reader.parts(task.key)) ?? []);
  return {
    task: task.task,
    run: task.run,
    process: task.call?.process ?? null,
    state: task.state,
    tags: task.tags,
    key: task.key ?? null,
    note: task.note ?? null,
    source: task.call === undefined ? null : { file: task.call.file, line: task.call.line },
    script: task.call?.script ?? null,
    command: task.call?.command ?? null,
    runner: task.call?.runner ?? null,
    environment: task.call?.environment ?? null,
    parts: parts.map(([part, kind, value]) => ({ part, kind, value })),
    attempts: attempts.map(attemptDocument),
    result:
      result === undefined ? null : { run: result.run, task: result.task, at: result.at, outputs: result.outputs },
  };
}

const attemptDocument = (attempt: AttemptRecord) => ({
  attempt: attempt.attempt,
  token: attempt.token,
  outcome: attempt.outcome ?? null,
  exitCode: attempt.exitCode ?? null,
  signal: attempt.signal ?? null,
  message: attempt.message ?? null,
  startedAt: attempt.startedAt ?? null,
  endedAt: attempt.endedAt ?? null,
  usage: attempt.usage ?? null,
  isolation: attempt.isolation ?? null,
  directory: attempt.directory,
  stdout: `${attempt.directory}/stdout`,
  stderr: `${attempt.directory}/stderr`,
  stderrTail: attempt.stderrTail ?? null,
});

function taskLines(
  task: Awaited<ReturnType<typeof taskDocument>>,
  options: { readonly colors: Colors; readonly folder: string },
): readonly string[] {
  const { bold, dim } = options.colors;
  const show = (path: string): string => shortPath(path, options.folder);
  return [
    `${bold(task.task)}  ${task.state}  ${dim(`run ${task.run}`)}`,
    ...(task.note === null ? [] : [`  ${task.note}`]),
    ...(task.source === null ? [] : [`  process      ${task.process}, ${show(task.source.file)}:${task.source.line}`]),
    ...(task.command === null ? [] : [`  command      ${task.command}`]),
    ...(task.environment === null ? [] : [`  environment  ${task.environment}`]),
    ...(task.key === null ? [] : [`  key          ${shortDigest(task.key)}`]),
    ...task.parts.map(({ part, kind, value }) => `    ${part}  ${dim(shortened(shown([part, kind, value])))}`),
    ...task.attempts.flatMap((attempt) => [
      `  attempt ${attempt.attempt}    ${attempt.outcome ?? 'no end recorded'}${attempt.message ? `: ${attempt.message}` : ''}${attempt.usage === null ? '' : dim(`  ${usageInWords(attempt.usage)}`)}`,
      `    in ${show(attempt.directory)}`,
    ]),
    ...(task.result === null
      ? []
      : [task.result.run === task.run ? '  made' : `  reused from run ${task.result.run}, ${task.result.task}`]),
    ...(task.result?.outputs ?? []).map((output) => {
      const tags = output.tags === undefined ? '' : ` ${tagsInWords(output.tags)}`;
      const { value } = output;
      if (value.kind === 'file')
        return `    ${output.name}${tags}  ${value.path}  ${dim(`${bytesInWords(value.size)}  ${shortDigest(value.digest)}`)}`;
      return `    ${output.name}${tags}  ${value.kind === 'scalar' ? JSON.stringify(value.json) : 'absent'}`;
    }),
  ];
}

function usageInWords(usage: NonNullable<AttemptRecord['usage']>): string {
  const parts = [secondsInWords(usage.wallSeconds)];
  if (usage.cpuSeconds !== undefined) parts.push(`${secondsInWords(usage.cpuSeconds)} of CPU`);
  if (usage.peakMemoryBytes !== undefined) parts.push(`peak ${bytesInWords(usage.peakMemoryBytes)}`);
  return parts.join(', ');
}

const shortened = (value: string): string => {
  const text = shortDigest(value).replaceAll(/\p{Cc}/gu, ' ');
  return text.length <= 100 ? text : `${text.slice(0, 99)}…`;
};
