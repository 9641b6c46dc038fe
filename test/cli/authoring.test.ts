import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makePlace } from './bit.ts';

const good =
  'edition 1\n\nprocess p {\n  output { t: Text = "t.txt" }\n  script bash """\n    echo hello > "$t"\n  """\n}\n\nworkflow {\n  publish p() to "t.txt" as t\n}\n';
const bad = good.replace('publish p()', 'publish q()').replace('Text =', 'Txt =');
const untidy = good.replace('  output {', 'output   {');

describe('bit check', () => {
  test('says that nothing is wrong, or what is, and exits 0 or 2', async () => {
    const place = makePlace({ 'good.bit': good, 'bad.bit': bad });
    expect(await place.bit(['check', 'good.bit'])).toEqual({ status: 0, out: 'good.bit: nothing wrong\n', err: '' });
    expect((await place.bit(['check', 'good.bit', '--quiet'])).out).toBe('');
    const { status, out, err } = await place.bit(['check', 'bad.bit']);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    await expect(err).toMatchFileSnapshot('golden/check-text.txt');
    place.remove();
  });

  test('--format json, sarif and github print to stdout, for machines', async () => {
    const place = makePlace({ 'bad.bit': bad });
    const json = await place.bit(['check', 'bad.bit', '--format', 'json']);
    expect({ status: json.status, err: json.err }).toEqual({ status: 2, err: '' });
    await expect(json.out).toMatchFileSnapshot('golden/check-json.txt');
    expect((await place.bit(['check', 'bad.bit', '--json'])).out).toBe(json.out);
    const sarif = JSON.parse((await place.bit(['check', 'bad.bit', '--format', 'sarif'])).out);
    expect(sarif.version).toBe('2.1.0');
    expect(sarif.runs[0].results.length).toBe(JSON.parse(json.out).diagnostics.length);
    const github = await place.bit(['check', 'bad.bit', '--format', 'github']);
    expect(github.out).toMatch(/^::error file=bad\.bit,line=\d+/);
    place.remove();
  });

  test('a module without a workflow, and params without values, are fine to check', async () => {
    const place = makePlace({
      'module.bit': good.replace(/workflow[\s\S]*/, ''),
      'open.bit': good
        .replace('edition 1\n', 'edition 1\n\nparams {\n  n: Int\n}\n')
        .replace('publish', 'assert params.n > 0, "n is positive"\n  publish'),
    });
    expect((await place.bit(['check', 'module.bit', 'open.bit'])).status).toBe(0);
    expect((await place.bit(['run', 'open.bit'])).err).toContain('The param `n` needs a value');
    place.remove();
  });

  test('a param that is called like a flag is refused', async () => {
    const place = makePlace({
      'a.bit': good.replace('edition 1\n', 'edition 1\n\nparams {\n  outdir: Str = "x"\n}\n'),
    });
    const { status, err } = await place.bit(['check', 'a.bit']);
    expect(status).toBe(2);
    expect(err).toContain('`--outdir` is an option');
    place.remove();
  });
});

describe('bit fmt', () => {
  test('lays files out in place, and says which', async () => {
    const place = makePlace({ 'good.bit': good, 'untidy.bit': untidy });
    const mode = statSync(join(place.folder, 'untidy.bit')).mode;
    expect(await place.bit(['fmt', '--check', 'good.bit', 'untidy.bit'])).toEqual({
      status: 1,
      out: 'untidy.bit: `bit fmt` would change it\n',
      err: '',
    });
    expect(await place.bit(['fmt', 'good.bit', 'untidy.bit'])).toEqual({ status: 0, out: 'untidy.bit\n', err: '' });
    expect(readFileSync(join(place.folder, 'untidy.bit'), 'utf8')).toBe(good);
    expect(statSync(join(place.folder, 'untidy.bit')).mode).toBe(mode);
    expect((await place.bit(['fmt', '--check', 'untidy.bit'])).status).toBe(0);
    place.remove();
  });

  test('a dash lays out stdin to stdout', async () => {
    const place = makePlace();
    expect(await place.bit(['fmt', '-'], { input: untidy })).toEqual({ status: 0, out: good, err: '' });
    place.remove();
  });

  test('one file with a mistake, and none is changed', async () => {
    const place = makePlace({ 'untidy.bit': untidy, 'broken.bit': 'workflow {\n  let = 3\n}\n' });
    const { status, err } = await place.bit(['fmt', 'untidy.bit', 'broken.bit']);
    expect(status).toBe(2);
    expect(err).toContain('broken.bit:2:');
    expect(readFileSync(join(place.folder, 'untidy.bit'), 'utf8')).toBe(untidy);
    place.remove();
  });
});

describe('bit explain', () => {
  test('prints the long form of a code, however it is written', async () => {
    const place = makePlace();
    const { status, out } = await place.bit(['explain', 'BIT5904']);
    expect(status).toBe(0);
    expect(out).toMatch(/^# BIT5904: /);
    expect((await place.bit(['explain', '5904'])).out).toBe(out);
    const all = JSON.parse((await place.bit(['explain', '--json'])).out).explanations;
    expect(all.length).toBeGreaterThan(30);
    expect((await place.bit(['explain', 'BIT0000'])).status).toBe(2);
    place.remove();
  });
});

describe('bit init', () => {
  test('makes a pipeline that is well laid out and runs', async () => {
    const place = makePlace();
    const init = await place.bit(['init', 'spots']);
    expect(init).toEqual({
      status: 0,
      out: 'A pipeline and its data are in spots. Run it:\n\n  bit run spots/spots.bit\n',
      err: '',
    });
    expect((await place.bit(['fmt', '--check', 'spots/spots.bit'])).status).toBe(0);
    expect((await place.bit(['check', '--strict', 'spots/spots.bit'])).status).toBe(0);
    const run = await place.bit(['run', 'spots/spots.bit', '--json']);
    expect(run.status, run.err).toBe(0);
    const counts = readFileSync(join(place.folder, 'results/counts.csv'), 'utf8');
    expect(counts.split('\n').slice(0, 3)).toEqual(['well,time,count', 'A1,1,6', 'A1,2,8']);
    expect(readdirSync(join(place.folder, 'results/bright'))).toHaveLength(9);
    place.remove();
  });

  test('writes over nothing', async () => {
    const place = makePlace({ 'spots.bit': 'mine' });
    const { status, err } = await place.bit(['init']);
    expect(status).toBe(2);
    expect(err).toContain('spots.bit is there already; nothing was written');
    expect(readdirSync(place.folder)).toEqual(['spots.bit']);
    place.remove();
  });
});

describe('bit init where it cannot go', () => {
  test('a file in the way is said, and the folder one stands in is called so', async () => {
    const place = makePlace({ 'k.bit': '', 'notes.txt': '' });
    for (const target of ['k.bit', 'k.bit/deep']) {
      const { status, err } = await place.bit(['init', target]);
      expect(status).toBe(2);
      expect(err).toContain('k.bit is a file');
    }
    const { status, out } = await place.bit(['init', '.']);
    expect({ status, out }).toEqual({
      status: 0,
      out: 'A pipeline and its data are in this folder. Run it:\n\n  bit run spots.bit\n',
    });
    place.remove();
  });
});

describe('bit env and bit doctor', () => {
  test('env list says what each process needs and whether it is there', async () => {
    const place = makePlace({
      'a.bit': good.replace('script bash', 'environment { pip: ["no-such-package==1.0"] }\n  script bash'),
      'b.bit': good.replace('script bash', 'environment { system: ["no-such-tool"] }\n  script bash'),
    });
    const unbuilt = JSON.parse((await place.bit(['env', 'list', 'a.bit', '--json'])).out);
    expect(unbuilt).toMatchObject({
      format: 'bit/env/1',
      processes: [{ process: 'p', state: 'unbuilt', problems: [] }],
    });
    const missing = await place.bit(['env', 'list', 'b.bit']);
    expect(missing.status).toBe(0);
    expect(missing.out).toContain('no-such-tool');
    const build = await place.bit(['env', 'build', 'b.bit']);
    expect(build.status).toBe(3);
    expect(build.err).toContain('no-such-tool');
    expect((await place.bit(['env', 'build'])).status).toBe(2);
    expect((await place.bit(['env', 'prune'])).status).toBe(2);
    place.remove();
  });

  test('env lock prints what is in the key', async () => {
    const place = makePlace({ 'a.bit': good });
    const { status, out } = await place.bit(['env', 'lock', 'a.bit']);
    expect(status).toBe(0);
    expect(out).toMatch(/^# p\n# bash: \d/);
    place.remove();
  });

  test('doctor tells what this machine can run', async () => {
    const place = makePlace();
    const { status, out } = await place.bit(['doctor', '--json']);
    expect(status).toBe(0);
    const { format, checks } = JSON.parse(out);
    expect(format).toBe('bit/doctor/1');
    expect(checks).toContainEqual({
      name: 'bash',
      state: 'ok',
      needed: true,
      found: expect.stringContaining('bash'),
      install: null,
    });
    for (const check of checks) if (check.state === 'missing') expect(check.install, check.name).toMatch(/\S/);
    expect((await place.bit(['doctor'])).out).toContain('This machine can run pipelines');
    place.remove();
  });
});

describe('a store that cannot be used', () => {
  test('a file in its place is an error that says what to do', async () => {
    const place = makePlace({ 'good.bit': good, store: 'not a folder' });
    const { status, err } = await place.bit(['run', 'good.bit', '--store', 'store']);
    expect(status).toBe(3);
    expect(err).toContain('--store');
    expect(err).not.toContain('internal error');
    place.remove();
  });

  test('there is none to ask', async () => {
    const place = makePlace();
    const { status, err } = await place.bit(['log']);
    expect(status).toBe(2);
    expect(err).toContain('There is no store (.bit)');
    place.remove();
  });
});
