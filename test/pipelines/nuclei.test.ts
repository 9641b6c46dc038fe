import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bench, bench, grouped, isPng, nearest, repository } from './pipeline-run.ts';

const MINUTES = 60_000;
const pipeline = 'pipelines/nuclei/nuclei.bit';
const embryo = '../shared/data/embryo/DrosophilaEmbryo_GFPHistone_{time:Int}.tif';

let at: Bench;
beforeAll(async () => {
  at = await bench();
});
afterAll(() => at.dispose());

describe('nuclei in a time-lapse that the pipeline simulates', () => {
  test(
    'every nucleus is found where it was put, and is one track from the first frame to the last',
    async () => {
      const ran = await at.run(pipeline, { into: 'simulated', args: [] });
      expect(ran.exitCode, ran.text).toBe(0);
      expect(ran.status).toBe('succeeded');
      for (const sequence of ['control', 'wounded']) {
        const tracks = await ran.table(`tracks/${sequence}.csv`);
        const truth = await ran.table(`truth/${sequence}.csv`);
        expect([...grouped(tracks, 'track').values()].map((rows) => rows.length)).toEqual(Array(14).fill(8));
        const pairs = nearest(truth, tracks, ['x_um', 'y_um']);
        expect(Math.max(...pairs.map((pair) => pair.far))).toBeLessThan(1);
        for (const pairsOfOne of Map.groupBy(pairs, (pair) => pair.track).values()) {
          expect(new Set(pairsOfOne.map((pair) => pair.by)).size).toBe(1);
        }
      }
    },
    5 * MINUTES,
  );

  test(
    'one table and one plot per sequence, and a summary that tells the sequences apart',
    async () => {
      const ran = await at.run(pipeline, { into: 'simulated', args: [] });
      expect(await ran.files()).toEqual([
        'plots/control.png',
        'plots/wounded.png',
        'statistics/control.csv',
        'statistics/wounded.csv',
        'summary.csv',
        'tracks/control.csv',
        'tracks/wounded.csv',
        'truth/control.csv',
        'truth/wounded.csv',
      ]);
      expect(isPng(await ran.bytes('plots/control.png'))).toBe(true);
      const [control, wounded, ...more] = await ran.table('summary.csv');
      expect(more).toEqual([]);
      expect(control).toMatchObject({ sequence: 'control', count: '14', unit: 'um' });
      expect(wounded).toMatchObject({ sequence: 'wounded', count: '14', unit: 'um' });
      // Simulated: 0.7 um of jitter in each direction, against a drift of 2.6 um.
      expect(Number(control?.mean_step)).toBeLessThan(1.2);
      expect(Number(wounded?.mean_step)).toBeGreaterThan(2.4);
      expect(Number(wounded?.mean_straightness)).toBeGreaterThan(0.9);
    },
    2 * MINUTES,
  );

  test(
    'a second run runs no task',
    async () => {
      const ran = await at.run(pipeline, { into: 'again', args: [] });
      expect(ran.exitCode, ran.text).toBe(0);
      expect(ran.tasks).toMatchObject({ ran: 0, failed: 0 });
      expect(ran.tasks.reused).toBe(ran.tasks.total);
    },
    2 * MINUTES,
  );

  test(
    'a wrong answer does not pass: nuclei taken for much too large are missed, and the comparison with the truth says so',
    async () => {
      const ran = await at.run(pipeline, { into: 'wrong', args: ['--diameter', '44'] });
      expect(ran.exitCode, ran.text).toBe(1);
      expect(ran.broken).toContain('every nucleus is found');
    },
    2 * MINUTES,
  );
});

const hasEmbryo = existsSync(join(repository, '../shared/data/embryo'));
if (!hasEmbryo) console.log('The embryo was not there: the nuclei pipeline ran on simulated data alone.');

describe.runIf(hasEmbryo)('the same file on a Drosophila embryo', () => {
  test(
    'the four nuclei in view are four tracks over all 21 frames',
    async () => {
      const ran = await at.run(pipeline, { into: 'embryo', args: ['--frames', embryo] });
      expect(ran.exitCode, ran.text).toBe(0);
      expect(await ran.files()).toEqual(['plots/movie.png', 'statistics/movie.csv', 'summary.csv', 'tracks/movie.csv']);
      const tracks = grouped(await ran.table('tracks/movie.csv'), 'track');
      expect([...tracks.values()].map((rows) => rows.length)).toEqual([21, 21, 21, 21]);
      // The files state no pixel size: it stays unknown.
      expect(await ran.table('summary.csv')).toMatchObject([{ sequence: 'movie', count: '4', unit: 'px' }]);
    },
    5 * MINUTES,
  );

  test(
    'with the pixel size given, the results are in micrometres (the first ten frames)',
    async () => {
      const args = ['--frames', embryo.replace('_{', '_000{'), '--pixel-size', '0.2 um', '--interval', '7 s'];
      const ran = await at.run(pipeline, { into: 'calibrated', args });
      expect(ran.exitCode, ran.text).toBe(0);
      expect(await ran.table('summary.csv')).toMatchObject([{ sequence: 'movie', count: '4', unit: 'um' }]);
    },
    5 * MINUTES,
  );
});
