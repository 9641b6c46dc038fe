import { chmodSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { omeXml } from '../support/tiff.ts';
import { anHourAgo, importPlace } from './import-rig.ts';

test('headers that Bitflow does not read come from the program that is asked for', async () => {
  const place = importPlace();
  place.write('in/cells.oib', '\u00d0\u00cf\u0011\u00e0 what only Bio-Formats reads');
  utimesSync(join(place.folder, 'in/cells.oib'), anHourAgo(), anHourAgo());
  place.image('in/known.tif');
  const xml = omeXml({
    SizeT: 1,
    SizeC: 1,
    SizeZ: 1,
    SizeY: 20,
    SizeX: 30,
    Type: 'uint16',
    PhysicalSizeX: 0.5,
    PhysicalSizeY: 0.5,
  });
  place.write('showinf', `#!/bin/sh\ncat <<'XML'\n${xml}\nXML\n`);
  chmodSync(join(place.folder, 'showinf'), 0o755);
  const { status, report } = await place.imports('in', '--reader', `bioformats=${join(place.folder, 'showinf')}`);
  expect({ status, problems: report.problems.filter(({ severity }) => severity === 'error') }).toEqual({
    status: 0,
    problems: [],
  });
  const items = await place.items();
  expect(items['in/cells.oib']?.image).toMatchObject({ shape: [20, 30], pixelSize: { y: 0.5, x: 0.5 } });
  expect(items['in/known.tif']?.image).toMatchObject({ shape: [6, 8] });
});

test('a program that is not there is told before anything is read', async () => {
  const place = importPlace();
  place.image('in/a.tif');
  const { status, out } = await place.bit(['import', 'in', '-e', 'E', '--reader', 'bioformats', '--json']);
  expect({ status, out: JSON.parse(out) }).toMatchObject({ status: 2, out: { diagnostics: [{ code: 'BIT5315' }] } });
});
