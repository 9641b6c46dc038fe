import type { PlanReport, PlanRow } from '../engine/index.ts';
import { planCounts } from './documents.ts';
import { callOf } from './reporters/failure-report.ts';
import type { Colors } from './terminal.ts';

const tasksShown = 3;

/**
 * A plan for people: what was found, then each call with what will happen to its tasks and why, equal reasons together. `all`
 * names every task.
 */
export function planText(report: PlanReport, options: { readonly colors: Colors; readonly all: boolean }): string {
  const { bold, dim } = options.colors;
  const counts = planCounts(report);
  return [
    ...sourceLines(report, options),
    bold('tasks'),
    ...(report.tasks.length === 0 ? [dim('  none')] : callLines(report.tasks, options)),
    '',
    `${counts.total}${counts.exact ? '' : ' or more'} ${counts.total === 1 && counts.exact ? 'task' : 'tasks'}: ${counts.reuse} to reuse, ${counts.run} to run${counts.unknown > 0 ? `, ${counts.unknown} not known yet` : ''}`,
    ...report.notes.map((note) => `note: ${note}`),
  ].join('\n');
}

function sourceLines(report: PlanReport, options: { readonly colors: Colors }): string[] {
  if (report.sources.length === 0) return [];
  const width = Math.max(...report.sources.map((source) => source.name.length));
  return [
    options.colors.bold('sources'),
    ...report.sources.map(
      (source) =>
        `  ${source.name.padEnd(width)}  ${source.items} ${source.items === 1 ? 'item' : 'items'}${source.tags.length === 0 ? '' : options.colors.dim(`  [${source.tags.join(', ')}]`)}`,
    ),
    '',
  ];
}

function callLines(rows: readonly PlanRow[], options: { readonly colors: Colors; readonly all: boolean }): string[] {
  const { bold, dim } = options.colors;
  const width = Math.max(...actionWords.map(([, words]) => words.length));
  return [...Map.groupBy(rows, (row) => callOf(row.id))].flatMap(([call, ofCall]) => {
    const process = ofCall[0]?.process ?? call;
    const groups = [
      ...Map.groupBy(ofCall, (row) => (row.action === 'reuse' ? 'reuse' : `${row.action}\0${row.reason}`)).values(),
    ];
    return [
      `  ${bold(call)}${process === call ? '' : dim(` (${process})`)}`,
      ...groups.flatMap((group) => groupLines(group, { ...options, width })),
    ];
  });
}

function groupLines(
  group: readonly PlanRow[],
  options: { readonly colors: Colors; readonly all: boolean; readonly width: number },
): string[] {
  const [first] = group;
  if (first === undefined) return [];
  const { dim } = options.colors;
  const words = actionWords.find(([action]) => action === first.action)?.[1] ?? first.action;
  const known = group.every((row) => row.tasks !== null);
  const count = group.reduce((sum, row) => sum + (row.tasks ?? 0), 0);
  const tasks = known ? `${count} ${count === 1 ? 'task' : 'tasks'}` : 'number not known yet';
  const head = `    ${paintOf(first.action, options.colors)(words.padEnd(options.width))}  ${tasks}  ${dim(reasonOf(group))}`;
  if (first.action === 'reuse' && !options.all) return [head];
  const shown = options.all ? group : group.slice(0, tasksShown);
  const hidden = group.length - shown.length;
  // What changed is said once where it is the same for all of them.
  const alike = new Set(group.map((row) => JSON.stringify(row.because ?? []))).size === 1;
  const changes = (row: PlanRow, indent: string): string[] =>
    (row.because ?? []).map(
      ({ part, was, is, source }) =>
        `${indent}${part}: ${short(was)} → ${short(is)}${source === '' ? '' : dim(` (${source})`)}`,
    );
  return [
    head,
    ...(alike ? changes(first, '      ') : []),
    ...shown.flatMap((row) => [
      ...(row.tasks === null || row.id === callOf(row.id) ? [] : [`      ${row.id}`]),
      ...(alike ? [] : changes(row, '        ')),
    ]),
    ...(hidden === 0 ? [] : [dim(`      and ${hidden} more`)]),
  ];
}

/** Each reused task names the task and run that made it; together they name the run, where it is one. */
function reasonOf(group: readonly PlanRow[]): string {
  const [first] = group;
  if (first === undefined || group.length === 1 || first.action !== 'reuse') return first?.reason ?? '';
  const runs = new Set(group.map((row) => row.reason.replace(/^.* in run /s, '')));
  return runs.size === 1 ? `made in run ${[...runs][0]}` : `made in ${runs.size} runs`;
}

const short = (value: string): string => {
  if (value === '') return '(nothing)';
  const shortened = value.replace(/blake3:([0-9a-f]{8})[0-9a-f]{56}/g, 'blake3:$1…');
  return shortened.length <= 60 ? shortened : `${shortened.slice(0, 59)}…`;
};

const actionWords: readonly (readonly [PlanRow['action'], string])[] = [
  ['reuse', 'reuse'],
  ['run', 'run'],
  ['unknown', 'not known yet'],
];

function paintOf(action: PlanRow['action'], colors: Colors): (text: string) => string {
  switch (action) {
    case 'reuse':
      return colors.green;
    case 'run':
      return colors.yellow;
    case 'unknown':
      return colors.dim;
  }
}
