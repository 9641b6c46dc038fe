import { createColors } from 'picocolors';
import { describe, expect, test } from 'vitest';
import { type CallPace, progressLines, roughDuration, secondsLeft } from '../../../src/cli/reporters/progress-lines.ts';

const colors = createColors(false);

const call = (name: string, fields: Partial<CallPace['progress']> = {}, startedAt?: number): CallPace => ({
  progress: { call: name, process: name, total: 0, exact: true, done: 0, reused: 0, running: 0, failed: 0, ...fields },
  startedAt,
});

describe('progress', () => {
  test('a line per call: how far, what runs, what was reused, what failed, how long still', () => {
    const calls = [
      call('denoise', { total: 24, done: 24, reused: 24 }),
      call('segment', { total: 24, done: 10, reused: 4, running: 2, failed: 1 }, 0),
      call('measure', { total: 3, done: 0, exact: false }),
      call('summary', { total: 1 }),
    ];
    expect(progressLines(calls, { now: 6_000, columns: 100, rows: 20, colors }).join('\n')).toMatchInlineSnapshot(`
      "✓ denoise  24/24  ━━━━━━━━━━━━  24 reused
      ✗ segment  10/24  ━━━━━╸──────  2 running · 4 reused · 1 failed · 14 s left
      · measure   0/3+  ────────────
      · summary    0/1  ────────────"
    `);
  });

  test('in a narrow terminal the bar goes', () => {
    const [line] = progressLines([call('denoise', { total: 4, done: 1, running: 1 }, 0)], {
      now: 0,
      columns: 60,
      rows: 20,
      colors,
    });
    expect(line).toBe('▸ denoise  1/4  1 running');
  });

  test('where there are more calls than rows, those at work stay', () => {
    const calls = Array.from({ length: 10 }, (_, index) =>
      call(`p${index}`, { total: 2, running: index >= 8 ? 1 : 0 }),
    );
    const lines = progressLines(calls, { now: 0, columns: 60, rows: 3, colors });
    expect(lines).toEqual(['▸ p8  0/2  1 running', '▸ p9  0/2  1 running', '  and 8 more, done or waiting']);
  });

  test('no time is guessed from one task, or while more may come', () => {
    expect(secondsLeft(call('a', { total: 10, done: 1, running: 1 }, 0), 60_000)).toBeUndefined();
    expect(secondsLeft(call('a', { total: 10, done: 5, running: 1, exact: false }, 0), 60_000)).toBeUndefined();
    expect(secondsLeft(call('a', { total: 10, done: 5, running: 1 }, 0), 60_000)).toBe(60);
  });

  test.each([
    [0.2, '1 s'],
    [42, '42 s'],
    [200, '3 min'],
    [7500, '2 h 05 min'],
    [400_000, '5 d'],
  ])('%d seconds are %s', (seconds, words) => {
    expect(roughDuration(seconds)).toBe(words);
  });
});
