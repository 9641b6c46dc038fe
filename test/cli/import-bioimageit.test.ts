import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeBioImageIT } from '../support/bioimageit-experiment.ts';
import { importPlace } from './import-rig.ts';

test('an experiment of BioImageIT is imported as a whole, with its history, and again without change', async () => {
  const place = importPlace();
  const { folder } = writeBioImageIT(place.folder, { name: 'Particles' });
  const dry = await place.bit(['import', folder, '--dry-run']);
  expect(dry).toMatchObject({ status: 0, out: expect.stringContaining('Particles, an experiment of BioImageIT') });
  expect(existsSync(join(place.folder, '.bit'))).toBe(false);
  const first = await place.bit(['import', folder, '--copy', '--json']);
  expect(first.status, first.err).toBe(0);
  const report = JSON.parse(first.out);
  expect(report).toMatchObject({ experiment: 'Particles', change: expect.any(Number), runs: expect.any(Number) });
  expect(report.added).toBeGreaterThan(0);
  const again = JSON.parse((await place.bit(['import', folder, '--json'])).out);
  expect(again).toMatchObject({ added: 0, changed: 0, unchanged: report.added });
  expect((await place.bit(['verify'])).status).toBe(0);
});

test('rules and datasets of one’s own do not go with it', async () => {
  const place = importPlace();
  const { folder } = writeBioImageIT(place.folder, { name: 'Particles' });
  const { status, out } = await place.bit(['import', folder, '--set', 'a=b', '--json']);
  expect({ status, codes: JSON.parse(out).diagnostics.map(({ code }: { code: string }) => code) }).toEqual({
    status: 2,
    codes: ['BIT5317'],
  });
});
