import { createColors } from 'picocolors';
import { expect, test } from 'vitest';
import { planCounts } from '../../../src/cli/documents.ts';
import { planText } from '../../../src/cli/plan-text.ts';
import type { PlanReport, PlanRow } from '../../../src/engine/index.ts';

const row = (id: string, fields: Partial<PlanRow>): PlanRow => ({
  id,
  process: id.replace(/\[.*$/, ''),
  tags: {},
  tasks: 1,
  action: 'run',
  reason: 'no result yet',
  waitsFor: [],
  ...fields,
});

const digest = (letter: string): string => `blake3:${letter.repeat(64)}`;

const report: PlanReport = {
  diagnostics: [],
  sources: [
    { name: 'raw', items: 5, tags: ['cell', 'time'] },
    { name: 'psf', items: 1, tags: [] },
  ],
  tasks: [
    ...[1, 2, 3, 4].map((time) =>
      row(`straight[time=${time}]`, {
        process: 'deskew',
        action: 'reuse',
        reason: `made by straight[time=${time}] in run r1`,
      }),
    ),
    row('straight[time=5]', {
      process: 'deskew',
      reason: 'input.image changed',
      because: [{ part: 'input.image', was: digest('a'), is: digest('b'), source: 'cells.bit:12' }],
    }),
    row('sharp[time=5]', {
      action: 'unknown',
      reason: 'it depends on tasks that will run',
      waitsFor: ['straight[time=5]'],
    }),
    ...[1, 2, 3, 4, 5].map((time) => row(`blur[time=${time}]`, {})),
    row('tiles', { tasks: null, action: 'unknown', reason: 'its items are not known yet' }),
  ],
  publishes: [],
  notes: ['2 items of `flat` serve no task: plate=7, plate=9'],
};

test('a plan tells each call what will happen to its tasks, and why', () => {
  expect(planText(report, { colors: createColors(false), all: false })).toMatchInlineSnapshot(`
    "sources
      raw  5 items  [cell, time]
      psf  1 item

    tasks
      straight (deskew)
        reuse          4 tasks  made in run r1
        run            1 task  input.image changed
          input.image: blake3:aaaaaaaa… → blake3:bbbbbbbb… (cells.bit:12)
          straight[time=5]
      sharp
        not known yet  1 task  it depends on tasks that will run
          sharp[time=5]
      blur
        run            5 tasks  no result yet
          blur[time=1]
          blur[time=2]
          blur[time=3]
          and 2 more
      tiles
        not known yet  number not known yet  its items are not known yet

    11 or more tasks: 4 to reuse, 6 to run, 1 not known yet
    note: 2 items of \`flat\` serve no task: plate=7, plate=9"
  `);
});

test('counts add up, and say whether more may come', () => {
  expect(planCounts(report)).toEqual({ total: 11, reuse: 4, run: 6, unknown: 1, exact: false });
});

test('what was not there before, or is not any more, is nothing', () => {
  const because = [{ part: 'environment.container', was: '"sha256:ab"', is: '', source: '' }];
  const only = { ...report, tasks: [row('straight[time=5]', { because })] };
  expect(planText(only, { colors: createColors(false), all: false })).toContain(
    'environment.container: "sha256:ab" → (nothing)',
  );
});
