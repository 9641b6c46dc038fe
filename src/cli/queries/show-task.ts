import { shown } from '../../engine/key/explain.ts';
import type { AttemptRecord, TaskRecord } from '../../engine/ports/run-reader.ts';
import type { Store } from '../../store/index.ts';
import { bytesInWords } from '../../util/bytes-in-words.ts';
import { unreachable } from '../../util/unreachable.ts';
import { secondsInWords } from '../reporters/summary.ts';
import type { Colors } from '../terminal.ts';
import { shortDigest, shortPath, tagsInWords } from './wording.ts';

/** As docs/json.md says. */
export async function taskDocument(store: Store, task: TaskRecord) {
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
  runner: attempt.runner,
  external: attempt.external ?? null,
  directory: attempt.directory,
  stdout: `${attempt.directory}/stdout`,
  stderr: `${attempt.directory}/stderr`,
  stderrTail: attempt.stderrTail ?? null,
});

export function taskLines(
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
      ...(attempt.external === null ? [] : externalLines(attempt.runner, attempt.external)),
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

/** The job or container, as the commands of the cluster or daemon know it; a process of this machine is over and tells nobody anything. */
function externalLines(runner: AttemptRecord['runner'], external: string): readonly string[] {
  switch (runner) {
    case 'local':
      return [];
    case 'docker':
      return [`    container ${external}`];
    case 'slurm':
      return [`    job ${external}`];
    default:
      return unreachable(runner);
  }
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
