import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { hostileNames } from '../support/hostile-names.ts';
import { root } from './bit.ts';
import { anHourAgo, canMount, type ImportPlace, importPlace, smallImage, zarrFiles } from './import-rig.ts';

const pattern = ['--pattern', '{cell}_{condition}_t{time:Int}.tif'];

function plate(place: ImportPlace, count = 6): void {
  for (let at = 0; at < count; at++)
    place.image(
      `plate/${'ABC'[at % 3]}${Math.floor(at / 3)}_${at % 2 === 0 ? 'ctl' : 'drug'}_t${String(at).padStart(3, '0')}.tif`,
    );
}

describe('what is imported', () => {
  test('images become items with the tags of their names, and stay where they are', async () => {
    const place = importPlace();
    plate(place);
    place.write('plate/notes.txt', 'of the day');
    place.write('plate/.hidden.tif', 'of an editor');
    place.image('plate/below/deep.tif');
    const { status, report } = await place.imports('plate', ...pattern);
    expect({ status, ...report, tags: report.tags.map(({ name, type }) => `${name} ${type}`) }).toMatchObject({
      status: 0,
      added: 6,
      unchanged: 0,
      left: [],
      leftOut: [{ extension: '.txt', count: 1 }],
      tags: ['cell Str', 'condition Str', 'time Int'],
      change: 1,
      problems: [],
    });
    const items = await place.items();
    expect(Object.keys(items)).toHaveLength(6);
    expect(items['plate/B0_drug_t001.tif']).toMatchObject({
      tags: { cell: 'B0', condition: 'drug', time: 1 },
      image: { axes: 'yx', shape: [6, 8], dtype: 'uint8' },
    });
  });

  test('folders below are looked into when asked for, links that lead out never', async () => {
    const place = importPlace();
    place.image('in/a/one.tif');
    place.image('in/b/two.tif');
    place.image('out/three.tif');
    symlinkSync('../out', join(place.folder, 'in/outside'));
    symlinkSync('..', join(place.folder, 'in/a/round'));
    symlinkSync('nowhere.tif', join(place.folder, 'in/broken.tif'));
    const shallow = await place.imports('in');
    expect(shallow.status).toBe(2);
    expect(shallow.report.problems[0]).toMatchObject({ code: 'BIT5301', help: expect.stringContaining('--recursive') });
    const { report } = await place.imports('in', '--recursive');
    expect(Object.keys(await place.items()).sort()).toEqual(['in/a/one.tif', 'in/b/two.tif']);
    expect(report.left.map(({ path }) => path).sort()).toEqual(['a/round', 'broken.tif', 'outside']);
  });

  test('files that belong together are one item', async () => {
    const place = importPlace();
    place.image('in/a.tif');
    place.write('in/a_metadata.txt', '{"Summary": {"PixelSize_um": 0.25}}');
    place.image('in/b.tif');
    for (const [name, text] of Object.entries(zarrFiles)) place.write(`in/c.zarr/${name}`, text);
    const { status, report } = await place.imports('in');
    expect({ status, added: report.added, leftOut: report.leftOut }).toEqual({ status: 0, added: 3, leftOut: [] });
    const items = await place.items();
    expect(Object.keys(items)).toEqual(['in/a.tif', 'in/b.tif', 'in/c.zarr']);
    expect(items['in/c.zarr']?.image).toMatchObject({ axes: 'yx', shape: [4, 4] });
    expect((await place.imports('in')).report).toMatchObject({ added: 0, unchanged: 3 });
  });

  test('names that differ only by case, spaces or extension are kept apart, whatever they are made of', async () => {
    const place = importPlace();
    const names = [
      'a.tif',
      'A.tif',
      'a .tif',
      ' a.tif',
      'a.tiff',
      'a.TIF',
      ...hostileNames.map((name) => `${name}.tif`),
    ];
    for (const name of names) place.image(`in/${name}`);
    const shown = names.filter((name) => !name.startsWith('.'));
    const { status, report } = await place.imports('in');
    expect({ status, added: report.added }).toEqual({ status: 0, added: shown.length });
    expect(Object.keys(await place.items()).sort()).toEqual(shown.map((name) => `in/${name}`).sort());
    expect((await place.imports('in')).report).toMatchObject({ added: 0, unchanged: shown.length });
  });

  test('files are imported one by one, also those that are no images', async () => {
    const place = importPlace();
    place.image('x/a.tif');
    place.write('y/table.csv', 'n\n1\n');
    const { status } = await place.imports('x/a.tif', 'y/table.csv', '--set', 'plate=7');
    expect(status).toBe(0);
    expect(await place.items()).toMatchObject({
      'x/a.tif': { tags: { plate: 7 } },
      'y/table.csv': { tags: { plate: 7 } },
    });
  });

  test('all the ways to give tags work together', async () => {
    const place = importPlace();
    place.image('in/A3_control_day2.tif');
    place.image('in/B4_treated_day3.tif');
    place.write('meta.csv', 'file,Dose (um),fixed\nA3_control_day2.tif,0.5,true\nB4_treated_day3,2,false\n');
    const { status, report } = await place.imports(
      ...['in', '--regex', '_day(?<day__Int>[0-9]+)', '--separator', '_', '--position', '1', '--tag', 'well'],
      ...['--words', 'control,treated', '--tag', 'condition', '--sheet', 'meta.csv', '--set', 'plate=P1'],
    );
    expect({ status, problems: report.problems }).toEqual({ status: 0, problems: [] });
    expect((await place.items())['in/A3_control_day2.tif']?.tags).toEqual({
      ...{ day: 2, well: 'A3', condition: 'control', dose: 0.5, fixed: true, plate: 'P1' },
    });
  });
});

describe('bad input is listed all at once, and nothing is half-imported', () => {
  interface Case {
    readonly what: string;
    readonly make: (place: ImportPlace) => Promise<readonly string[]>;
    readonly code: string;
    readonly message: RegExp;
  }
  const cases: readonly Case[] = [
    {
      what: 'a file that cannot be read',
      make: async (place) => {
        writeFileSync(
          Buffer.concat([Buffer.from(`${place.folder}/plate/x`), Buffer.from([0xff]), Buffer.from('.tif')]),
          'x',
        );
        return pattern;
      },
      code: 'BIT5302',
      message: /1 file or folder cannot be read: x.*not UTF-8/u,
    },
    {
      what: 'a damaged image',
      make: async (place) => {
        truncateSync(join(place.folder, 'plate/A0_ctl_t000.tif'), 60);
        utimesSync(join(place.folder, 'plate/A0_ctl_t000.tif'), anHourAgo(), anHourAgo());
        return pattern;
      },
      code: 'BIT5303',
      message: /1 image is damaged.*A0_ctl_t000\.tif/u,
    },
    {
      what: 'items that nothing tells apart',
      make: async () => ['--pattern', '*_{condition}_t*.tif'],
      code: 'BIT5352',
      message: /Nothing tells some items apart/u,
    },
    {
      what: 'a value of another type',
      make: async (place) => {
        await place.bit(['import', 'plate/A0_ctl_t000.tif', '-e', 'E', ...pattern]);
        place.image('plate/Z9_ctl_tlate.tif');
        return ['--pattern', '{cell}_{condition}_t{time}.tif'];
      },
      code: 'BIT5347',
      message: /1 value of `time` is not a whole number: "late" \(Z9_ctl_tlate\.tif\)/u,
    },
    {
      what: 'a tag that the experiment does not know',
      make: async (place) => {
        await place.bit(['import', 'plate/A0_ctl_t000.tif', '-e', 'E', ...pattern]);
        return ['--pattern', '{cel}_{condition}_t{time:Int}.tif'];
      },
      code: 'BIT5349',
      message: /There is no tag `cel` in this experiment/u,
    },
    {
      what: 'a pattern that matches nothing',
      make: async () => ['--pattern', '{cell}.czi'],
      code: 'BIT5331',
      message: /`\{cell\}\.czi` matches none of 6 items/u,
    },
    {
      what: 'rows of a sheet without a file',
      make: async (place) => {
        const rows = readdirSync(join(place.folder, 'plate')).map((name, at) => `${name},${at}`);
        place.write('meta.csv', ['file,n', ...rows, 'gone.tif,9'].join('\n'));
        return ['--sheet', 'meta.csv'];
      },
      code: 'BIT5340',
      message: /1 row of the sheet is about no item: row 8, gone\.tif/u,
    },
    {
      what: 'files without a row',
      make: async (place) => {
        place.write('meta.csv', 'file,n\nA0_ctl_t000.tif,1\n');
        return ['--sheet', 'meta.csv'];
      },
      code: 'BIT5341',
      message: /5 items have no row in the sheet/u,
    },
  ];
  test.each(cases)('$what', async ({ make, code, message }) => {
    const place = importPlace();
    plate(place);
    const words = await make(place);
    const before = await place.bit(['find', 'true', '--json', '--store', '.bit']);
    const { status, report } = await place.imports('plate', ...words);
    const [problem] = report.problems.filter((each) => each.code === code);
    expect(status).toBe(2);
    expect(problem?.message, JSON.stringify(report.problems)).toMatch(message);
    expect(problem?.help).not.toBe('');
    const after = await place.bit(['find', 'true', '--json', '--store', '.bit']);
    if (before.status === 0) expect(after.out).toBe(before.out);
    else expect(JSON.parse(after.out).files).toEqual([]);
  });

  test('several of them together', async () => {
    const place = importPlace();
    plate(place);
    truncateSync(join(place.folder, 'plate/A0_ctl_t000.tif'), 60);
    utimesSync(join(place.folder, 'plate/A0_ctl_t000.tif'), anHourAgo(), anHourAgo());
    place.write('meta.csv', 'file,n\nA0_ctl_t000.tif,1\nelsewhere.tif,2\n');
    const { status, report } = await place.imports('plate', '--sheet', 'meta.csv', '--pattern', '{cell}.czi');
    expect({ status, codes: report.problems.map(({ code }) => code).sort() }).toEqual({
      status: 2,
      codes: ['BIT5303', 'BIT5331', 'BIT5340', 'BIT5341'],
    });
    const person = await place.bit(['import', 'plate', '-e', 'E', '--sheet', 'meta.csv', '--pattern', '{cell}.czi']);
    expect(person.err).toContain('Nothing was imported.');
    expect(person.err).toContain('BIT5303');
  });

  test.each([
    [['nowhere', '-e', 'E'], 'BIT5300', /does not exist/u],
    [['plate', '-e', 'a/b'], 'BIT5304', /no name for an experiment/u],
    [['plate', '-e', 'E', '--dataset', '..'], 'BIT5304', /no name for a dataset/u],
    [['plate'], 'BIT5318', /Which experiment/u],
    [['plate', '-e', 'E', '--position', '2'], 'BIT5334', /Which tag .* is not said/u],
    [['plate', '-e', 'E', '--allow', 'everything'], 'BIT5317', /nothing that can be allowed/u],
    [['plate', '-e', 'E', '--sheet', 'none.csv'], 'BIT5905', /no sheet/u],
    [['plate', '-e', 'E', '--reader', 'magic'], 'BIT5315', /no reader `magic`/u],
    [['plate', 's3://bucket/x/', '-e', 'E'], 'BIT5300', /one import is from one place/u],
  ] as const)('%s', async (words, code, message) => {
    const place = importPlace();
    plate(place);
    const { status, out } = await place.bit(['import', ...words, '--json']);
    expect(status).toBe(2);
    expect(JSON.parse(out).diagnostics).toContainEqual(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});

describe('importing again', () => {
  test('adds only what is new', async () => {
    const place = importPlace();
    plate(place);
    await place.imports('plate', ...pattern);
    const before = await place.items();
    expect((await place.imports('plate', ...pattern)).report).toMatchObject({ added: 0, unchanged: 6, change: null });
    place.image('plate/Z0_ctl_t100.tif');
    expect((await place.imports('plate', ...pattern)).report).toMatchObject({ added: 1, unchanged: 6, change: 2 });
    const { 'plate/Z0_ctl_t100.tif': added, ...others } = await place.items();
    expect(added?.tags).toMatchObject({ cell: 'Z0' });
    expect(others).toEqual(before);
  });

  test('tells what has another content, and takes it when asked to', async () => {
    const place = importPlace();
    plate(place);
    await place.imports('plate', ...pattern);
    const before = await place.items();
    place.image('plate/A0_ctl_t000.tif', { content: 'retouched' });
    const told = await place.imports('plate', ...pattern);
    expect(told).toMatchObject({ status: 0, report: { changed: 1, change: null, problems: [{ code: 'BIT5307' }] } });
    expect((await place.imports('plate', ...pattern, '--strict')).status).toBe(1);
    expect(await place.items()).toEqual(before);
    const taken = await place.imports('plate', ...pattern, '--update');
    expect(taken).toMatchObject({ status: 0, report: { changed: 1, change: 2, problems: [] } });
    const after = await place.items();
    expect(Object.keys(after)).toEqual(Object.keys(before));
    expect(after['plate/A0_ctl_t000.tif']?.digest).not.toBe(before['plate/A0_ctl_t000.tif']?.digest);
  });

  test('knows a file that moved, with the tags it has', async () => {
    const place = importPlace();
    plate(place);
    await place.imports('plate', ...pattern);
    const before = await place.items();
    mkdirSync(join(place.folder, 'plate/sorted'));
    renameSync(join(place.folder, 'plate/A0_ctl_t000.tif'), join(place.folder, 'plate/sorted/first.tif'));
    const { status, report } = await place.imports('plate', '--recursive', ...pattern, '--allow', 'unmatched');
    expect({ status, ...report }).toMatchObject({ status: 0, added: 0, moved: 1, unchanged: 5, problems: [] });
    const after = await place.items();
    expect(after['plate/A0_ctl_t000.tif']).toBeUndefined();
    expect(after['plate/sorted/first.tif']).toMatchObject({ tags: before['plate/A0_ctl_t000.tif']?.tags });
  });

  test('does not overwrite tags, unless asked to', async () => {
    const place = importPlace();
    plate(place);
    await place.imports('plate', ...pattern);
    const other = ['--pattern', '{condition}_{cell}_t{time:Int}.tif'];
    const told = await place.imports('plate', ...other);
    expect(told.report).toMatchObject({ unchanged: 6, change: null, problems: [{ code: 'BIT5308' }] });
    expect((await place.items())['plate/B0_drug_t001.tif']?.tags).toEqual({ cell: 'B0', condition: 'drug', time: 1 });
    const taken = await place.imports('plate', ...other, '--retag');
    expect(taken.report).toMatchObject({ unchanged: 6, change: 2, problems: [] });
    expect((await place.items())['plate/B0_drug_t001.tif']?.tags).toEqual({ cell: 'drug', condition: 'B0', time: 1 });
  });

  test('says what has the same content, and what is gone', async () => {
    const place = importPlace();
    place.image('in/a.tif', { content: 'same' });
    place.image('in/b.tif', { content: 'same' });
    place.image('in/c.tif');
    const { report } = await place.imports('in', '--pattern', '{name}.tif');
    expect(report).toMatchObject({
      added: 3,
      problems: [{ code: 'BIT5310', message: expect.stringContaining('a.tif = b.tif') }],
    });
    rmSync(join(place.folder, 'in/c.tif'));
    const again = await place.imports('in', '--pattern', '{name}.tif');
    expect(again).toMatchObject({
      status: 0,
      report: { unchanged: 2, problems: [{ code: 'BIT5314', message: expect.stringContaining('c.tif') }] },
    });
    expect(Object.keys(await place.items())).toHaveLength(3);
  });

  test('declares new tags only when asked to', async () => {
    const place = importPlace();
    plate(place);
    await place.imports('plate', ...pattern);
    place.image('more/A9_x_7.tif');
    const words = ['more', '--pattern', '{cell}_{condition}_{batch:Int}.tif'];
    expect((await place.imports(...words)).report.problems).toMatchObject([{ code: 'BIT5349' }]);
    expect((await place.imports(...words, '--new-keys')).report).toMatchObject({ added: 1, problems: [] });
    const { out } = await place.bit(['show', 'E', '--json']);
    expect(out).toContain('batch');
  });

  test('two at once leave one of each', async () => {
    const place = importPlace();
    plate(place, 30);
    await place.bit(['import', 'plate/A0_ctl_t000.tif', '-e', 'E', ...pattern]);
    const both = await Promise.all([
      place.imports('plate', ...pattern).catch(() => undefined),
      place.imports('plate', ...pattern).catch(() => undefined),
    ]);
    expect(both.some((one) => one?.status === 0)).toBe(true);
    expect((await place.imports('plate', ...pattern)).report).toMatchObject({ added: 0, unchanged: 30 });
    expect(Object.keys(await place.items())).toHaveLength(30);
  });
});

describe('where the bytes are', () => {
  test('a copy outlives its file, and gc leaves it alone', async () => {
    const place = importPlace();
    plate(place);
    await place.imports('plate', '--copy', ...pattern);
    rmSync(join(place.folder, 'plate'), { recursive: true });
    expect((await place.bit(['gc'])).status).toBe(0);
    const { status, out } = await place.bit(['verify']);
    expect(out).toContain('6 of 6 imported files as they were imported');
    expect(status).toBe(0);
  });

  test('what the store lost of a copy is told, and comes back', async () => {
    const place = importPlace();
    plate(place);
    await place.imports('plate', '--copy', ...pattern);
    const digest = (await place.items())['plate/A0_ctl_t000.tif']?.digest.replace('blake3:', '') ?? '';
    rmSync(join(place.folder, '.bit/objects', digest.slice(0, 2), digest.slice(2)), { force: true });
    const told = await place.bit(['verify']);
    expect(told.status).toBe(1);
    expect(told.out).toMatch(/missing {2}plate\/A0_ctl_t000\.tif: what the store had of it is gone/u);
    expect((await place.imports('plate', '--copy', ...pattern)).report).toMatchObject({ unchanged: 6 });
    expect((await place.bit(['verify'])).status).toBe(0);
  });

  test('a file that is only referred to is told when it changes or goes away', async () => {
    const place = importPlace();
    plate(place);
    await place.imports('plate', ...pattern);
    appendFileSync(join(place.folder, 'plate/A0_ctl_t000.tif'), 'x');
    rmSync(join(place.folder, 'plate/B0_drug_t001.tif'));
    const { status, out } = await place.bit(['verify', 'plate']);
    expect(status).toBe(1);
    expect(out).toMatch(/changed {2}plate\/A0_ctl_t000\.tif: someone changed it since it was imported/u);
    expect(out).toMatch(/missing {2}plate\/B0_drug_t001\.tif/u);
    expect(out).toContain('4 of 6 imported files');
  });

  test('a linked file is shared and stays its owner’s', async () => {
    const place = importPlace();
    plate(place);
    const file = join(place.folder, 'plate/A0_ctl_t000.tif');
    chmodSync(file, 0o640);
    const { mtimeMs } = statSync(file);
    const { status, report } = await place.imports('plate', '--link', ...pattern);
    expect({ status, problems: report.problems }).toEqual({ status: 0, problems: [] });
    expect((await place.bit(['gc'])).status).toBe(0);
    expect((await place.bit(['verify'])).status).toBe(0);
    const after = statSync(file);
    expect({ mode: after.mode & 0o777, mtimeMs: after.mtimeMs }).toEqual({ mode: 0o640, mtimeMs });
    rmSync(join(place.folder, 'plate'), { recursive: true });
    expect((await place.bit(['verify'])).status).toBe(0);
  });

  test.runIf(canMount)('what is on another disk cannot be linked, and this is said', async () => {
    const place = importPlace();
    const disk = place.mount('disk', '4m');
    writeFileSync(join(disk, 'a.tif'), smallImage('a'));
    const { status, report } = await place.imports('disk', '--link');
    expect({ status, codes: report.problems.map(({ code }) => code) }).toEqual({ status: 2, codes: ['BIT5306'] });
    expect(await place.items()).toEqual({});
  });

  test('one that was a reference is taken into the store when asked to', async () => {
    const place = importPlace();
    plate(place);
    await place.imports('plate', ...pattern);
    expect((await place.imports('plate', '--copy', ...pattern)).report.problems).toMatchObject([{ code: 'BIT5313' }]);
    expect((await place.imports('plate', '--copy', '--update', ...pattern)).report).toMatchObject({ problems: [] });
    rmSync(join(place.folder, 'plate'), { recursive: true });
    expect((await place.bit(['verify'])).status).toBe(0);
    expect(Object.keys(await place.items())).toHaveLength(6);
  });
});

describe('files that are not done', () => {
  test('one that somebody writes to is left for next time', async () => {
    const place = importPlace();
    plate(place, 3);
    const path = join(place.folder, 'plate/Z0_ctl_t009.tif');
    writeFileSync(path, smallImage('growing'));
    const writer = spawn(
      process.execPath,
      [
        '-e',
        "const fs = require('fs'); fs.appendFileSync(process.argv[1], 'x'); console.log('writing'); setInterval(() => fs.appendFileSync(process.argv[1], 'x'), 2)",
        path,
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    try {
      await once(writer.stdout, 'data');
      const { status, report } = await place.imports('plate', ...pattern);
      expect({ status, added: report.added }).toEqual({ status: 0, added: 3 });
      expect(report.left).toEqual([{ path: 'Z0_ctl_t009.tif', why: expect.stringContaining('being written') }]);
      expect(report.problems).toMatchObject([{ code: 'BIT5309', severity: 'warning' }]);
    } finally {
      writer.kill('SIGKILL');
      await once(writer, 'close');
    }
    expect((await place.imports('plate', ...pattern)).report).toMatchObject({ added: 1, unchanged: 3, left: [] });
  });

  test('a young image that is not whole yet is left, an old one is damaged', async () => {
    const place = importPlace();
    plate(place, 3);
    const path = join(place.folder, 'plate/Z0_ctl_t009.tif');
    writeFileSync(path, smallImage('half').subarray(0, 60));
    expect(await place.imports('plate', ...pattern)).toMatchObject({
      status: 0,
      report: { added: 3, left: [{ path: 'Z0_ctl_t009.tif' }] },
    });
    utimesSync(path, anHourAgo(), anHourAgo());
    expect(await place.imports('plate', ...pattern)).toMatchObject({
      status: 2,
      report: { problems: [{ code: 'BIT5303' }] },
    });
  });
});

describe('an import that is interrupted', () => {
  /** Without ids, times and whatever else is of the moment. */
  const facts = async (place: ImportPlace) =>
    Object.fromEntries(
      Object.entries(await place.items()).map(([path, { digest, tags, image }]) => [path, { digest, tags, image }]),
    );

  test('killed at any moment and repeated, it gives what one clean import gives', async () => {
    const clean = importPlace();
    plate(clean, 300);
    const startedAt = performance.now();
    await clean.imports('plate', '--copy', ...pattern);
    const whole = performance.now() - startedAt;
    const wanted = await facts(clean);

    const place = importPlace();
    plate(place, 300);
    const store = join(place.folder, '.bit');
    let [killed, longest] = [0, whole];
    for (let at = 1; killed < 12; at++) {
      expect(at).toBeLessThan(60);
      const child = spawn(
        process.execPath,
        [join(root, 'bin', 'bit.js'), 'import', 'plate', '-e', 'E', '--copy', ...pattern],
        { cwd: place.folder, env: place.environment, stdio: 'ignore' },
      );
      const closed = once(child, 'close');
      const timer = setTimeout(() => child.kill('SIGKILL'), (longest * ((at % 12) + 1)) / 13);
      const [, signal] = await closed;
      clearTimeout(timer);
      // Either nothing of it is seen, or all.
      if (existsSync(join(store, 'bit.db'))) {
        const seen = await place.bit(['find', 'true', '--raw', '--json']);
        if (seen.status === 0) expect([0, 300]).toContain(JSON.parse(seen.out).files.length);
      }
      if (signal === 'SIGKILL') killed++;
      else {
        // It was through before its time had come: anew, and sooner.
        expect(await facts(place)).toEqual(wanted);
        rmSync(store, { recursive: true });
        longest *= 0.8;
      }
    }
    const { status, report } = await place.imports('plate', '--copy', ...pattern);
    expect({ status, items: report.added + report.unchanged }).toEqual({ status: 0, items: 300 });
    expect(await facts(place)).toEqual(wanted);
    expect((await place.bit(['verify'])).status).toBe(0);
    expect((await place.bit(['rebuild'])).status).toBe(0);
    expect(await facts(place)).toEqual(wanted);
  }, 180_000);

  test('Ctrl-C gives it up, and says that repeating goes on', async () => {
    const place = importPlace();
    plate(place, 6);
    // Young files are looked at again when they are two seconds old: until then the import is under way.
    place.image('plate/Z0_ctl_t100.tif', { at: new Date(Date.now() + 1500) });
    utimesSync(join(place.folder, 'plate/Z0_ctl_t100.tif'), new Date(), new Date());
    const child = spawn(process.execPath, [join(root, 'bin', 'bit.js'), 'import', 'plate', '-e', 'E', ...pattern], {
      cwd: place.folder,
      env: place.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let err = '';
    child.stderr.on('data', (chunk) => (err += chunk));
    const closed = once(child, 'close');
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    const [status] = await closed;
    expect(err).toContain('The same command goes on where this was');
    expect(status).toBe(130);
    expect(await place.items()).toEqual({});
    expect((await place.imports('plate', ...pattern)).report).toMatchObject({ added: 7 });
  });

  test.runIf(canMount)('a full disk exits 75, and with room the same command goes on', async () => {
    const place = importPlace();
    const disk = place.mount('small', '3m');
    for (let at = 0; at < 6; at++) {
      const path = join(place.folder, `big/A${at}_ctl_t${at}.tif`);
      mkdirSync(join(place.folder, 'big'), { recursive: true });
      writeFileSync(path, Buffer.concat([smallImage(String(at)), Buffer.alloc(1_000_000, at)]));
      utimesSync(path, anHourAgo(), anHourAgo());
    }
    const words = ['import', 'big', '-e', 'E', '--copy', ...pattern, '--store', join(disk, '.bit')];
    const { status, err } = await place.bit(words);
    expect(status, err).toBe(75);
    expect(err).toMatch(/no space is left/iu);
    const { execFileSync } = await import('node:child_process');
    execFileSync('mount', ['-o', 'remount,size=60m', disk]);
    const seen = await place.bit(['find', 'true', '--json', '--store', join(disk, '.bit')]);
    expect(JSON.parse(seen.out).files).toEqual([]);
    expect((await place.bit(words)).status).toBe(0);
    expect((await place.bit(['verify', '--store', join(disk, '.bit')])).out).toContain('6 of 6 imported files');
  });
});

describe('what is shown', () => {
  test('a dry run shows the tags and writes nothing', async () => {
    const place = importPlace();
    plate(place, 12);
    place.write('plate/notes.txt', '');
    const { status, out } = await place.bit(['import', 'plate', '-e', 'E', ...pattern, '--dry-run']);
    expect(status).toBe(0);
    expect(out).toContain('A0_ctl_t000.tif   A0    ctl        0');
    expect(out).toContain('… and 4 more');
    expect(out).toContain('condition Str, new: ctl (6), drug (6)');
    expect(out).toContain('left out  1 .txt: no images');
    expect(out).toContain('would import E/raw: 12 new');
    expect(existsSync(join(place.folder, '.bit'))).toBe(false);
  });

  test('a dry run on a store tells new, known, changed and moved apart', async () => {
    const place = importPlace();
    plate(place);
    await place.imports('plate', ...pattern);
    place.image('plate/Z0_ctl_t100.tif');
    place.image('plate/A0_ctl_t000.tif', { content: 'other' });
    renameSync(join(place.folder, 'plate/B0_drug_t001.tif'), join(place.folder, 'plate/B7_drug_t001.tif'));
    const { report } = await place.imports('plate', ...pattern, '--dry-run');
    expect(report).toMatchObject({ added: 1, unchanged: 4, changed: 1, moved: 1, change: null });
    expect(Object.keys(await place.items())).toHaveLength(6);
  });

  test('people see the preview before, and what was done after', async () => {
    const place = importPlace();
    plate(place, 3);
    const { status, out, err } = await place.bit(['import', 'plate', '-e', 'E', ...pattern]);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out.replace(/\d+ B/gu, 'N B')).toMatchInlineSnapshot(`
      "3 items, N B
                          cell  condition  time
        A0_ctl_t000.tif   A0    ctl        0
        B0_drug_t001.tif  B0    drug       1
        C0_ctl_t002.tif   C0    ctl        2
      cell Str, new: A0 (1), B0 (1), C0 (1)
      condition Str, new: ctl (2), drug (1)
      time Int, new: 0 (1), 1 (1), 2 (1)
      ✓ E/raw: 3 added (N B)
        3 of 3 say no pixel size
        change 1; \`bit undo 1\` takes it back
      "
    `);
  });
});

test('the real images are imported with their dimensions and pixel sizes', async (context) => {
  const data = join(root, '..', 'shared', 'data');
  if (!existsSync(data)) return context.skip('../shared/data is not there');
  const place = importPlace();
  const { status, report } = await place.imports(data, '--recursive', '--dataset', 'real');
  expect({ status, added: report.added }).toMatchObject({ status: 0, added: 30 });
  const { out } = await place.bit(['find', 'true', '--raw', '--json']);
  const files: readonly { path: string; image: Record<string, unknown> }[] = JSON.parse(out).files;
  const image = (name: string) => files.find(({ path }) => path.endsWith(`/${name}`))?.image;
  expect(image('DrosophilaEmbryo_GFPHistone_0000.tif')).toMatchObject({ axes: 'yxs', shape: [264, 542, 3] });
  expect(image('AS_09125_050116030001_D03f00d0.tif')).toMatchObject({ shape: [512, 512], dtype: 'uint8' });
  expect(image('psf.tif')).toMatchObject({ shape: [61, 128, 128], dtype: 'uint16' });
  expect(image('hela-cells.tif')?.pixelSize).toEqual({
    y: expect.closeTo(0.0514931, 6),
    x: expect.closeTo(0.0514931, 6),
  });
  expect(image('Bead_Image1_crop.tif')).toMatchObject({
    axes: 'zyx',
    shape: [41, 150, 150],
    pixelSize: { z: 0.125, y: expect.closeTo(0.0224919, 6) },
  });
});

describe('where it came from', () => {
  test('files that were named one by one are told as files, in the list of changes and in the history', async () => {
    const place = importPlace();
    place.image('a.tif');
    place.image('new\nline\u001b[31m.tif');
    expect((await place.imports('a.tif', 'new\nline\u001b[31m.tif')).report.added).toBe(2);
    expect((await place.bit(['changes'])).out).toContain('from a.tif and 1 more');
    expect((await place.bit(['lineage', 'a.tif'])).out).toMatch(/imported as E\/raw\/a\.tif {2}\S+ \S+ by \S+$/m);
    const odd = await place.bit(['lineage', 'new\nline\u001b[31m.tif']);
    expect(odd.out).toContain('"E/raw/new\\nline\\u001b[31m.tif"');
    expect(odd.out).not.toContain('\u001b');
  });

  test.runIf(process.getuid?.() === 0)('a store of somebody else is not taken for an empty one', async () => {
    const place = importPlace();
    place.image('a.tif');
    await place.imports('a.tif');
    chmodSync(place.folder, 0o755);
    const words = ['--reuid=54321', '--regid=54321', '--clear-groups', process.execPath, join(root, 'bin', 'bit.js')];
    for (const asked of [['find', 'true'], ['datasets'], ['changes'], ['annotate', 'E', '--set', 'a=1']]) {
      const ended = await execa('setpriv', [...words, ...asked], {
        cwd: place.folder,
        env: {
          ...place.environment,
          HOME: place.folder,
          XDG_STATE_HOME: join(place.folder, '.state'),
          XDG_CONFIG_HOME: join(place.folder, '.config'),
          BIT_SYSTEM_CONFIG: '/nonexistent',
        },
        extendEnv: false,
        reject: false,
      });
      expect({ asked, status: ended.exitCode, err: ended.stderr }).toMatchObject({
        status: 3,
        err: expect.stringContaining('Stores are private to the user who made them'),
      });
    }
  });
});
