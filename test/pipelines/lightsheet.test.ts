import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bench, bench, grouped, isPng, nearest, type Ran, repository } from './pipeline-run.ts';

const MINUTES = 60_000;
const pipeline = 'pipelines/lightsheet/lightsheet.bit';
const measured = '../shared/data/lightsheet/psf.tif';

let at: Bench;
beforeAll(async () => {
  at = await bench();
});
afterAll(() => at.dispose());

/** Most vesicles are found to within a pixel, in 3-D, and followed. */
async function expectVesicles(ran: Ran): Promise<void> {
  const tracks = await ran.table('tracks/A1.csv');
  const truth = await ran.table('truth/A1.csv');
  expect(truth).toHaveLength(16 * 8);
  const pairs = nearest(truth, tracks, ['x_um', 'y_um', 'z_um']);
  const found = pairs.filter((pair) => pair.far < 0.3);
  expect(found.length / truth.length).toBeGreaterThanOrEqual(0.95);
  expect(Math.hypot(...found.map((pair) => pair.far)) / Math.sqrt(found.length)).toBeLessThan(0.08);
  expect(tracks.length).toBeLessThanOrEqual(truth.length * 1.05);
  // Of each true track, the one that holds most of it.
  const longest = [...Map.groupBy(found, (pair) => pair.track).values()].map((of) =>
    Math.max(...[...Map.groupBy(of, (pair) => pair.by).values()].map((same) => same.length)),
  );
  expect(longest.reduce((sum, length) => sum + length, 0)).toBeGreaterThanOrEqual(0.9 * truth.length);
}

describe('vesicles in a lattice light-sheet series that the pipeline simulates', () => {
  test(
    'tracks match the truth after deskewing, deconvolution, detection and linking',
    async () => {
      const ran = await at.run(pipeline, { into: 'simulated', args: [] });
      expect(ran.exitCode, ran.text).toBe(0);
      await expectVesicles(ran);
      expect(grouped(await ran.table('comparison.csv'), 'cell').size).toBe(1);
      expect(isPng(await ran.bytes('projections/A1.png'))).toBe(true);
      const volumes = (await ran.files()).filter((path) => path.startsWith('deconvolved/'));
      expect(volumes).toEqual(Array.from({ length: 8 }, (_, time) => `deconvolved/A1_t00${time}.ome.tif`));
    },
    5 * MINUTES,
  );

  test(
    'a second run runs no task',
    async () => {
      const ran = await at.run(pipeline, { into: 'again', args: [] });
      expect(ran.exitCode, ran.text).toBe(0);
      expect(ran.tasks).toMatchObject({ ran: 0, failed: 0 });
    },
    2 * MINUTES,
  );

  test(
    'a wrong answer does not pass: vesicles that may hardly move are lost, and the comparison with the truth says so',
    async () => {
      const ran = await at.run(pipeline, { into: 'wrong', args: ['--max-step', '0.2 um'] });
      expect(ran.exitCode, ran.text).toBe(1);
      expect(ran.broken).toContain('at least 95 % of the vesicles are found');
    },
    2 * MINUTES,
  );
});

describe('the rest of the standard library, on what was published', () => {
  test(
    'projections, background, blobs, overlays and summaries of tables',
    async () => {
      const published = join(at.folder, 'simulated');
      const volumes = join(published, 'deconvolved/{cell}_t{time:Int}.ome.tif');
      const args = ['--volumes', volumes, '--tracks', join(published, 'tracks/{cell}.csv')];
      const ran = await at.run('test/pipelines/library.bit', { into: 'library', args });
      expect(ran.exitCode, ran.text).toBe(0);
      expect(isPng(await ran.bytes('looks/A1_0.png'))).toBe(true);
      // Through deskewing, deconvolution and projection: what the camera's file stated is still stated.
      const projection = (await ran.bytes('projection/A1_0.ome.tif')).toString('latin1');
      for (const stated of ['PhysicalSizeX="0.104"', 'TimeIncrement="2.0"', 'Name="Rab5-GFP"']) {
        expect(projection).toContain(stated);
      }
      const blobs = await ran.table('blobs.csv');
      expect(blobs.map((row) => row.time)).toEqual(['0', '1']);
      // Seen from above, some of the 16 vesicles hide behind others.
      for (const row of blobs) expect(Number(row.count)).toBeGreaterThan(10);
      const tracks = await ran.table('../simulated/tracks/A1.csv');
      const x = tracks.map((row) => Number(row.x_um));
      const [places] = await ran.table('places.csv');
      expect(places).toMatchObject({ cell: 'A1', count: String(tracks.length) });
      expect(Number(places?.x_um_mean)).toBeCloseTo(x.reduce((sum, value) => sum + value, 0) / x.length, 3);
      expect(Number(places?.x_um_max)).toBeCloseTo(Math.max(...x), 3);
    },
    2 * MINUTES,
  );
});

const hasMeasured = existsSync(join(repository, measured));
if (!hasMeasured) console.log('The measured point spread function was not there: the Gaussian one was tried alone.');

describe.runIf(hasMeasured)('with a measured point spread function', () => {
  test(
    'tracks match the truth as well',
    async () => {
      const ran = await at.run(pipeline, { into: 'measured', args: ['--psf', measured] });
      expect(ran.exitCode, ran.text).toBe(0);
      await expectVesicles(ran);
    },
    5 * MINUTES,
  );
});
