import { createColors } from 'picocolors';
import { describe, expect, test } from 'vitest';
import { countsInWords, secondsInWords, summaryLines } from '../../../src/cli/reporters/summary.ts';
import type { RunSummary } from '../../../src/engine/index.ts';
import { asDigest, asRunId } from '../../../src/util/brand.ts';

const colors = createColors(false);

const summary = (fields: Partial<RunSummary>): RunSummary => ({
  run: asRunId('20261122-201119-k3f9'),
  status: 'succeeded',
  counts: { total: 24, ran: 4, reused: 20, failed: 0, quarantined: 0, skipped: 0, cancelled: 0 },
  seconds: 4.21,
  published: [],
  failures: [],
  quarantined: [],
  diagnostics: [],
  problems: [],
  assertions: [],
  stale: [],
  pruned: [],
  notes: [],
  resumed: false,
  ...fields,
});

const published = (relative: string) => ({
  path: `/results/${relative}`,
  relative,
  digest: asDigest('blake3:00'),
  directory: false,
  size: 1,
  tags: {},
  name: 'x',
});

const lines = (fields: Partial<RunSummary>): string =>
  summaryLines(summary(fields), { colors, outdir: 'results', command: 'bit run cells.bit' }).join('\n');

describe('the summary of a run', () => {
  test('says what happened and where the results are', () => {
    expect(
      lines({ published: ['a.csv', 'b.csv', 'c.csv', 'd.csv', 'e.csv', 'f.csv', 'g.csv'].map(published) }),
    ).toMatchInlineSnapshot(`
      "✓ succeeded · 4.2 s · run 20261122-201119-k3f9
        24 tasks: 4 ran, 20 reused
        7 files in results/
          a.csv
          b.csv
          c.csv
          d.csv
          e.csv
          and 2 more"
    `);
  });

  test('names what was set aside, what is stale, and what deserves a look', () => {
    expect(
      lines({
        counts: { total: 3, ran: 2, reused: 0, failed: 0, quarantined: 1, skipped: 0, cancelled: 0 },
        stale: ['results/old.csv'],
        notes: ['`sharp where intensity > 120` left nothing'],
      }),
    ).toMatchInlineSnapshot(`
      "✓ succeeded with 1 quarantined · 4.2 s · run 20261122-201119-k3f9
        3 tasks: 2 ran, 1 quarantined
        note  \`sharp where intensity > 120\` left nothing
        note  published earlier and no longer made; \`--prune\` removes it:
          results/old.csv"
    `);
  });

  test('a cancelled run says how to go on', () => {
    expect(lines({ status: 'cancelled' })).toContain('The same command goes on from here: bit run cells.bit');
  });

  test.each([
    [0.04, '0.0 s'],
    [9.96, '10 s'],
    [75, '75 s'],
    [150, '2 min 30 s'],
    [119.6, '2 min 0 s'],
    [179.8, '3 min 0 s'],
    [9000, '2 h 30 min'],
  ])('%d seconds are %s', (seconds, words) => {
    expect(secondsInWords(seconds)).toBe(words);
  });

  test('one task is a task', () => {
    expect(countsInWords({ total: 1, ran: 1, reused: 0, failed: 0, quarantined: 0, skipped: 0, cancelled: 0 })).toBe(
      '1 task: 1 ran',
    );
  });
});
