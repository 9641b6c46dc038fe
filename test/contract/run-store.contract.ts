import { beforeEach, describe, expect, test } from 'vitest';
import type { Event, PlannedTask, TaskResult } from '../../src/engine/ports/event.ts';
import type { RunStore } from '../../src/engine/ports/run-store.ts';
import { blake3 } from '../../src/util/blake3.ts';
import { asAttemptToken, asTaskKey, type RunId } from '../../src/util/brand.ts';

export const key = (name: string) => asTaskKey(blake3(`key ${name}`));

export const started = (engine: string, more: Partial<Extract<Event, { type: 'run-started' }>> = {}): Event => ({
  type: 'run-started',
  pipeline: '/p/cells.bit',
  program: blake3('program'),
  params: { angle: 30 },
  outdir: '/p/results',
  tags: {},
  engine: { token: engine, version: '0.1.0', host: 'here', user: 'me', pid: 1 },
  argv: ['run', 'cells.bit'],
  identity: blake3('identity'),
  ...more,
});

export const call = (name: string): Extract<Event, { type: 'calls-recorded' }>['calls'][number] => ({
  call: name,
  process: name,
  file: 'cells.bit',
  line: 3,
  script: { file: 'cells.bit', line: 9 },
  args: { image: { file: 'cells.bit', line: 20 } },
  command: 'bash (inline)',
  runner: 'local' as const,
  environment: 'system',
});

export const planned = (name: string, more: Partial<PlannedTask> = {}): PlannedTask => ({
  task: `segment[cell=${name}]`,
  call: 'segment',
  tags: { cell: name, time: 3, good: true },
  key: key(name),
  parts: [
    ['script', 'text', blake3('script')],
    ['input.image', 'file', blake3(`raw ${name}`)],
  ],
  inputs: [{ name: 'image', digest: blake3(`raw ${name}`) }],
  ...more,
});

export const succeeded = (name: string, more: Partial<TaskResult> = {}): TaskResult => ({
  task: `segment[cell=${name}]`,
  key: key(name),
  token: asAttemptToken(`token ${name}`),
  outputs: [
    {
      name: 'mask',
      value: {
        kind: 'file',
        digest: blake3(`mask ${name}`),
        size: 10,
        directory: false,
        path: 'mask.tif',
        info: { mediaType: 'image/tiff', image: { axes: 'yx', shape: [4, 5], dtype: 'uint16' } },
      },
    },
    { name: 'count', value: { kind: 'scalar', json: 7 } },
    { name: 'extra', value: { kind: 'absent' } },
  ],
  ...more,
});

/** What every run store promises. `open` gives a fresh one. */
export function runStoreContract(name: string, open: () => Promise<RunStore>): void {
  describe(`${name} keeps the run store's promises`, () => {
    let store: RunStore;
    let run: RunId;
    beforeEach(async () => {
      store = await open();
      run = store.createRun();
      await store.append(run, [started(store.engine.token), { type: 'calls-recorded', calls: [call('segment')] }]);
    });

    test('events come back as they were appended, numbered in order, with their run and time', async () => {
      const events: Event[] = [
        { type: 'tasks-planned', tasks: [planned('A'), planned('B')] },
        { type: 'tasks-succeeded', tasks: [succeeded('A')] },
        {
          type: 'tasks-failed',
          tasks: [
            {
              task: 'segment[cell=B]',
              outcome: 'exit',
              exitCode: 1,
              message: 'exit 1',
              stderrTail: 'no',
              workDir: '/w',
            },
          ],
        },
        {
          type: 'run-ended',
          status: 'failed',
          seconds: 2,
          counts: { total: 2, ran: 1, reused: 0, failed: 1, quarantined: 0, skipped: 0, cancelled: 0 },
        },
      ];
      const returned = await store.append(run, events);
      const stored = await store.events(run);
      expect(stored.map((event) => event.seq)).toEqual([1, 2, 3, 4, 5, 6]);
      expect(stored.slice(2)).toEqual(returned);
      expect(stored.slice(2).map(({ seq: _, at: __, run: ___, ...event }) => event)).toEqual(events);
      expect(stored.every((event) => event.run === run && /^\d{4}-\d\d-\d\dT.*Z$/.test(event.at))).toBe(true);
    });

    test('appends that overlap are all kept, in the order they were asked for', async () => {
      await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          store.append(run, [{ type: 'problem', code: 'X', message: String(index), help: '' }]),
        ),
      );
      const messages = (await store.events(run)).flatMap((event) => (event.type === 'problem' ? [event.message] : []));
      expect(messages).toEqual(Array.from({ length: 50 }, (_, index) => String(index)));
    });

    test('a success answers its key, with every output as it was', async () => {
      await store.append(run, [
        { type: 'tasks-planned', tasks: [planned('A')] },
        { type: 'tasks-succeeded', tasks: [succeeded('A')] },
      ]);
      const found = await store.lookup([key('A'), key('none')]);
      expect([...found.keys()]).toEqual([key('A')]);
      expect(found.get(key('A'))).toMatchObject({
        run,
        task: 'segment[cell=A]',
        token: 'token A',
        outputs: succeeded('A').outputs,
      });
    });

    test('the latest success of a key answers', async () => {
      await store.append(run, [
        { type: 'tasks-planned', tasks: [planned('A')] },
        { type: 'tasks-succeeded', tasks: [succeeded('A')] },
      ]);
      const second = store.createRun();
      await store.append(second, [
        started(store.engine.token),
        { type: 'tasks-planned', tasks: [planned('A')] },
        { type: 'tasks-succeeded', tasks: [succeeded('A', { token: asAttemptToken('second'), outputs: [] })] },
      ]);
      expect((await store.lookup([key('A')])).get(key('A'))).toMatchObject({
        run: second,
        token: 'second',
        outputs: [],
      });
    });

    test('a failure answers nothing', async () => {
      await store.append(run, [
        { type: 'tasks-planned', tasks: [planned('A')] },
        {
          type: 'tasks-failed',
          tasks: [
            { task: 'segment[cell=A]', key: key('A'), outcome: 'exit', message: '', stderrTail: '', workDir: '' },
          ],
        },
      ]);
      expect((await store.lookup([key('A')])).size).toBe(0);
    });

    test('attempts without an end are unfinished, those with one are not', async () => {
      const attempt = (name: string) => ({
        task: `segment[cell=${name}]`,
        key: key(name),
        attempt: 1,
        token: asAttemptToken(`t${name}`),
        directory: `/w/${name}`,
        runner: 'local' as const,
        resources: { cpus: 2, memoryBytes: 5, gpus: 0 },
        timeoutSeconds: 60,
      });
      await store.append(run, [
        { type: 'tasks-planned', tasks: [planned('A'), planned('B')] },
        { type: 'attempts-intended', attempts: [attempt('A'), attempt('B')] },
      ]);
      await store.append(run, [
        {
          type: 'attempts-started',
          attempts: [{ token: asAttemptToken('tA'), external: 'boot 12', at: '2026-01-01T00:00:00.000Z' }],
        },
        {
          type: 'attempts-ended',
          attempts: [
            {
              token: asAttemptToken('tA'),
              task: 'segment[cell=A]',
              outcome: 'succeeded',
              message: '',
              endedAt: '2026-01-01T00:00:01.000Z',
            },
          ],
        },
      ]);
      expect(await store.unfinished(run)).toEqual([attempt('B')]);
    });

    test('a claim is ours until it is released', async () => {
      expect(await store.claim([key('A'), key('B')])).toEqual(
        new Map([
          [key('A'), 'ours'],
          [key('B'), 'ours'],
        ]),
      );
      expect(await store.claim([key('A')])).toEqual(new Map([[key('A'), 'ours']]));
      await store.release([key('A'), key('B')]);
    });

    test('a run of ours that goes on is not interrupted', async () => {
      expect(await store.interrupted()).toEqual([]);
    });

    test('what a task was before is known by its id and pipeline', async () => {
      await store.append(run, [{ type: 'tasks-planned', tasks: [planned('A')] }]);
      const second = store.createRun();
      await store.append(second, [
        started(store.engine.token),
        {
          type: 'tasks-planned',
          tasks: [planned('A', { key: key('A2'), parts: [['script', 'text', blake3('other')]] })],
        },
      ]);
      const task = 'segment[cell=A]';
      expect((await store.previous('/p/cells.bit', [task, 'none'], {})).get(task)).toMatchObject({
        run: second,
        key: key('A2'),
      });
      expect(await store.previous('/p/cells.bit', [task], { before: second })).toEqual(
        new Map([[task, { run, key: key('A'), parts: planned('A').parts }]]),
      );
      expect((await store.previous('/other.bit', [task], {})).size).toBe(0);
    });

    test('interned texts come back by digest', async () => {
      await store.append(run, [{ type: 'texts-recorded', texts: [{ digest: blake3('echo'), text: 'echo' }] }]);
      expect(await store.texts([blake3('echo'), blake3('none')])).toEqual(new Map([[blake3('echo'), 'echo']]));
    });

    test('hostile names and values are kept as they are', async () => {
      const hostile = [
        'a b',
        `it's`,
        '"quoted"',
        'new\nline',
        '$(rm -rf ~)',
        '`id`',
        ';',
        '-rf',
        '{}',
        '*',
        '🧬',
        'שלום',
        'é',
        'x'.repeat(200),
        '%00',
        '\\',
        "'); DROP TABLE runs; --",
      ];
      const tasks = hostile.map((name) => planned(name, { parts: [['input.name', 'str', name]] }));
      await store.append(run, [
        { type: 'tasks-planned', tasks },
        { type: 'tasks-succeeded', tasks: hostile.map((name) => succeeded(name)) },
      ]);
      const event = (await store.events(run)).find((one) => one.type === 'tasks-planned');
      expect(event).toMatchObject({ tasks });
      expect((await store.lookup(hostile.map(key))).size).toBe(hostile.length);
    });

    test('run ids sort by start', () => {
      expect([store.createRun(), run].sort()[0]?.slice(0, 13)).toBe(run.slice(0, 13));
      expect(new Set(Array.from({ length: 500 }, () => store.createRun())).size).toBe(500);
    });
  });
}
