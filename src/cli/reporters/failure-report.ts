import { existsSync } from 'node:fs';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { TaskFailure } from '../../engine/ports/event.ts';
import type { Program } from '../../parser/index.ts';
import { failureCodes } from '../failure-codes.ts';
import { shellCommand } from '../shell-word.ts';
import type { Colors } from '../terminal.ts';

/** As many as anybody reads; `bit show RUN` has the rest. */
export const failuresShownWhole = 5;

const stderrLinesShown = 20;

/**
 * A failed task said as a diagnostic is: at the call in the pipeline, with the exit in words; below it the end of its stderr, its
 * directory, and the command that runs it alone, as the engine did.
 */
export function failureDiagnostic(
  failure: TaskFailure,
  options: { readonly program: Program; readonly display: (path: string) => string; readonly aside: boolean },
): Diagnostic {
  const call = callOf(failure.task);
  const node = options.program.nodes.find((candidate) => candidate.kind === 'call' && candidate.path === call);
  const at = node?.span ?? { source: options.program.source, start: 0, end: 0 };
  const message = `${failure.task} ${options.aside ? 'was set aside' : 'failed'}: ${failureInWords(failure)}`;
  return {
    code: failureCodes[failure.outcome],
    severity: options.aside ? 'warning' : 'error',
    message,
    at,
    ...(node?.kind === 'call' && { label: `runs \`${node.process.name}\`, line ${lineOf(node.process)}` }),
    help: helpLines(failure, options).join('\n'),
  };
}

/** An item that was set aside, in a line: which, how it ended, and the word of its stderr that tells most. */
export function asideLine(failure: TaskFailure, options: { readonly colors: Colors }): string {
  const said = tellingLine(failure.stderrTail);
  return `${options.colors.yellow('◦')} ${failure.task}: ${failureInWords(failure)}, set aside${said === '' ? '' : `: ${said}`}`;
}

/** The last line that speaks of an error (tracebacks end with it), else the first. */
function tellingLine(stderr: string): string {
  const lines = stderr.split('\n').flatMap((line) => line.trim() || []);
  const told = lines.findLast((line) => /error|exception|cannot|fail/i.test(line)) ?? lines[0] ?? '';
  return told.length <= 160 ? told : `${told.slice(0, 159)}…`;
}

/** The engine says how an attempt ended in words. */
export const failureInWords = (failure: Pick<TaskFailure, 'message' | 'outcome'>): string =>
  failure.message === '' ? failure.outcome : failure.message;

/** `straight[cell=A,time=3]` is a task of the call `straight`. */
export const callOf = (task: string): string => task.replace(/\[.*$/s, '');

function helpLines(failure: TaskFailure, options: { readonly display: (path: string) => string }): string[] {
  const stderr = failure.stderrTail.trimEnd();
  const lines = stderr === '' ? [] : stderr.split('\n').slice(-stderrLinesShown);
  return [
    ...(lines.length === 0
      ? ['It wrote nothing to stderr.']
      : ['The end of its stderr:', ...lines.map((line) => `  ${line}`)]),
    ...(failure.workDir === ''
      ? []
      : [`Its directory: ${options.display(failure.workDir)}`, `Run it alone: ${rerunCommand(failure.workDir)}`]),
  ];
}

/**
 * The launch file holds the task's whole environment and how its script is started; the working directory is set in it. For a task that ran in
 * a container its runner has left a script that goes into that container first.
 */
export const rerunCommand = (workDir: string): string =>
  existsSync(`${workDir}/again`)
    ? shellCommand(['bash', `${workDir}/again`])
    : shellCommand(['env', '-i', 'bash', `${workDir}/launch`]);

function lineOf(process: {
  readonly span: { readonly source: { readonly name: string; readonly text: string }; readonly start: number };
}): string {
  const { source, start } = process.span;
  return `${source.text.slice(0, start).split('\n').length} of ${source.name}`;
}
