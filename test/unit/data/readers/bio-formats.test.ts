import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBioFormats } from '../../../../src/data/readers/bio-formats.ts';
import type { MetadataFinding, MetadataReader } from '../../../../src/data/readers/metadata-reader.ts';
import { findProgram } from '../../../../src/util/find-program.ts';
import { czi } from '../../../support/microscopy/czi.ts';
import { confocalLif } from '../../../support/microscopy/samples.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bit-readers-'));
});
afterAll(async () => await rm(folder, { recursive: true }));

async function put(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** A program in the place of `showinf`. */
async function standIn(name: string, script: string): Promise<string> {
  const path = await put(name, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

function opened(program: string, secondsPerFile = 30): MetadataReader {
  const reader = openBioFormats({ program, searchPath: process.env.PATH ?? '', secondsPerFile });
  if (!reader.ok) throw new Error(reader.error);
  return reader.value;
}

async function all(
  reader: MetadataReader,
  paths: readonly string[],
  signal = new AbortController().signal,
): Promise<MetadataFinding[]> {
  const found: MetadataFinding[] = [];
  for await (const each of reader.read(paths, signal)) found.push(each);
  return found;
}

/** What Bio-Formats reads in the first image of the LIF that `confocalLif` writes. */
const confocal = {
  axes: 'tzcyx',
  shape: [2, 3, 2, 7, 9],
  dtype: 'uint8',
  pixelSize: { z: 0.3, y: 0.104, x: 0.104 },
  objective: { name: 'HC PL APO CS2    63x/1.40 OIL' },
  acquiredAt: '2021-09-24T08:03:22',
  series: 2,
};

describe('with a stand-in for the program', () => {
  test('OME-XML that Bio-Formats printed is read, and one broken file does not stop the next', async () => {
    const recorded = join(import.meta.dirname, '../../../support/microscopy/bio-formats-lif.xml');
    const program = await standIn(
      'showinf',
      `[ "$1 $2 $3" = "-no-upgrade -nopix -omexml-only" ] || exit 9
       case "$4" in
         */bad.xyz) echo 'Exception in thread "main" loci.formats.UnknownFormatException: Unknown file format: bad.xyz' >&2; exit 1;;
         */mute.xyz) exit 3;;
         *) echo 'WARN something'; cat '${recorded}';;
       esac`,
    );
    const paths = [
      await put('-odd name.xyz', 'x'),
      await put('bad.xyz', 'x'),
      await put('mute.xyz', 'x'),
      join(folder, 'gone.xyz'),
    ];
    expect(await all(opened(program), paths)).toEqual([
      { path: paths[0], info: { mediaType: 'text/plain', image: confocal } },
      {
        path: paths[1],
        problem: 'Bio-Formats cannot read this file: UnknownFormatException: Unknown file format: bad.xyz',
      },
      { path: paths[2], problem: 'Bio-Formats cannot read this file: it ended with exit status 3 and said nothing' },
      { path: paths[3], problem: 'there is no such file' },
    ]);
    expect(await readFile(recorded, 'utf8')).toContain('Series001');
  });

  test('a program that hangs is ended, and an abort ends it at once', async () => {
    const program = await standIn('hangs', 'exec sleep 1000');
    const path = await put('a.xyz', 'x');
    expect(await all(opened(program, 0.2), [path])).toEqual([
      { path, problem: 'Bio-Formats did not answer within 0.2 s' },
    ]);
    const reason = new Error('enough');
    const abort = new AbortController();
    const reading = all(opened(program), [path], abort.signal);
    abort.abort(reason);
    await expect(reading).rejects.toBe(reason);
  });
});

test('where the program is missing, the person learns how to get it', () => {
  expect(openBioFormats({ program: 'showinf', searchPath: '/nowhere', secondsPerFile: 1 })).toEqual({
    ok: false,
    error: expect.stringMatching(/`showinf` is not to be found\. Install it with `conda install -c bioconda bftools`/),
  });
});

const showinf = findProgram(process.env.BIT_TEST_SHOWINF ?? 'showinf', process.env.PATH ?? '');

describe.skipIf(showinf === undefined)(
  'with Bio-Formats itself (needs `showinf` on the PATH, or BIT_TEST_SHOWINF)',
  () => {
    test('it reads what our own readers read, and formats that they do not', async () => {
      const header = [
      'ics_version\t2.0', 'filename\tout', 'layout\tparameters\t4', 'layout\torder\tbits\tx\ty\tz', 'layout\tsizes\t8\t9\t7\t3',
      'layout\tsignificant_bits\t8', 'representation\tformat\tinteger', 'representation\tsign\tunsigned',
      'representation\tcompression\tuncompressed', 'representation\tbyte_order\t1', 'parameter\tscale\t1\t0.104\t0.104\t0.3',
      'parameter\tunits\tbits\tmicrometers\tmicrometers\tmicrometers', 'end', '',
    ].join('\n'); // biome-ignore format: a list of lines
      const paths = [
        await put('a.ics', Buffer.concat([Buffer.from(`\t\n${header}`), Buffer.alloc(189)])),
        await put('a.lif', confocalLif()),
        await put('a.czi', czi('stack')),
        await put('junk.xyz', 'nothing'),
      ];
      const found = await all(opened(showinf ?? ''), paths);
      expect(found).toMatchObject([
        {
          info: { image: { axes: 'zyx', shape: [3, 7, 9], dtype: 'uint8', pixelSize: { z: 0.3, y: 0.104, x: 0.104 } } },
        },
        { info: { mediaType: 'image/x-leica-lif', image: confocal } },
        {
          info: {
            image: {
              axes: 'tzcyx',
              shape: [2, 3, 2, 7, 9],
              channels: ['DAPI', 'GFP'],
              pixelSize: { z: 0.3, y: 0.105, x: 0.104 },
            },
          },
        },
        {
          problem: `Bio-Formats cannot read this file: UnknownFormatException: Unknown file format: ${paths[3] ?? ''}`,
        },
      ]);
    }, 120_000);
  },
);
