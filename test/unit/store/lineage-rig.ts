import type { Event, PublishedFile } from '../../../src/engine/ports/event.ts';
import type { Store } from '../../../src/store/index.ts';
import { blake3 } from '../../../src/util/blake3.ts';
import { asAttemptToken, asDigest, type RunId } from '../../../src/util/brand.ts';
import { call, key, planned, started, succeeded } from '../../contract/run-store.contract.ts';

/** A run of `segment` and then `track` over two cells, published, as an engine would write it down. */
export async function twoStepRun(
  store: Store,
  options: { readonly outdir?: string; readonly script?: string; readonly reuse?: boolean } = {},
): Promise<RunId> {
  const outdir = options.outdir ?? '/p/results';
  const script = options.script ?? 'script';
  const cells = ['A', 'B'];
  const run = store.runs.createRun();
  const track = (cell: string) => ({
    task: `track[cell=${cell}]`,
    call: 'track',
    tags: { cell },
    key: key(`track ${cell} ${script}`),
    parts: [
      ['script', 'text', blake3(script)],
      ['input.mask', 'file', blake3(`mask ${cell}`)],
    ] as const,
    inputs: [
      { name: 'mask', digest: blake3(`mask ${cell}`) },
      { name: 'model', digest: blake3('model') },
    ],
  });
  const table = (cell: string) => blake3(`table ${cell} ${script}`);
  const csv = (cell: string) => ({
    kind: 'file' as const,
    digest: table(cell),
    size: 100,
    directory: false,
    path: 'tracks.csv',
    info: { mediaType: 'text/csv' },
  });
  const seen = (path: string, text: string) => ({
    path,
    digest: blake3(text),
    size: 5,
    directory: false,
    mtimeMs: 1000,
    fingerprint: 'content' as const,
    info: { mediaType: 'image/tiff' },
  });
  const published = (cell: string): PublishedFile => ({
    path: `${outdir}/tracks/${cell}.csv`,
    relative: `tracks/${cell}.csv`,
    digest: table(cell),
    directory: false,
    size: 100,
    tags: { cell, time: cell === 'A' ? 3 : 12, good: true },
    name: 'tracks',
    task: `track[cell=${cell}]`,
  });
  const plannedTasks = [...cells.map((cell) => planned(cell)), ...cells.map(track)];
  const outcome: Event[] = options.reuse
    ? [{ type: 'tasks-reused', tasks: plannedTasks.map((task) => ({ task: task.task, key: task.key })) }]
    : [
        { type: 'tasks-reused', tasks: [] },
        {
          type: 'attempts-intended',
          attempts: plannedTasks.map((task) => ({
            task: task.task,
            key: task.key,
            attempt: 1,
            token: asAttemptToken(`${run} ${task.task}`),
            directory: `/w/${task.task}`,
            runner: 'local',
            resources: { cpus: 1, gpus: 0 },
          })),
        },
        {
          type: 'attempts-ended',
          attempts: plannedTasks.map((task) => ({
            token: asAttemptToken(`${run} ${task.task}`),
            task: task.task,
            outcome: 'succeeded',
            exitCode: 0,
            message: '',
            startedAt: '2026-01-01T00:00:00.000Z',
            endedAt: '2026-01-01T00:00:02.500Z',
            usage: { wallSeconds: 2.5 },
            isolation: 'mount-namespace',
          })),
        },
        {
          type: 'tasks-succeeded',
          tasks: [
            ...cells.map((cell) => succeeded(cell, { token: asAttemptToken(`${run} segment[cell=${cell}]`) })),
            ...cells.map((cell) => ({
              task: `track[cell=${cell}]`,
              key: track(cell).key,
              token: asAttemptToken(`${run} track[cell=${cell}]`),
              outputs: [{ name: 'table', value: csv(cell) }],
            })),
          ],
        },
      ];
  await store.runs.append(run, [
    started(store.runs.engine.token),
    {
      type: 'sources-frozen',
      source: 'raw',
      items: cells.map((cell) => ({ tags: { cell, time: 3 }, files: [seen(`/p/raw/${cell}.tif`, `raw ${cell}`)] })),
    },
    { type: 'sources-frozen', source: 'model', items: [{ tags: {}, files: [seen('/p/model.bin', 'model')] }] },
    { type: 'texts-recorded', texts: [{ digest: blake3(script), text: script }] },
    { type: 'calls-recorded', calls: [call('segment'), call('track')] },
    { type: 'tasks-planned', tasks: plannedTasks },
    ...outcome,
    { type: 'published', files: cells.map(published) },
    {
      type: 'run-ended',
      status: 'succeeded',
      seconds: 3,
      counts: {
        total: 4,
        ran: options.reuse ? 0 : 4,
        reused: options.reuse ? 4 : 0,
        failed: 0,
        quarantined: 0,
        skipped: 0,
        cancelled: 0,
      },
    },
  ]);
  return run;
}

export const tableOf = (cell: string, script = 'script') => blake3(`table ${cell} ${script}`);
export const unknown = asDigest(`blake3:${'0'.repeat(64)}`);
