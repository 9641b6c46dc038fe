import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openElsewhere } from '../../../../src/cli/compose.ts';
import { formats } from '../../../../src/data/formats/index.ts';
import { loadSources } from '../../../../src/engine/plan/load-sources.ts';
import { checkProgram } from '../../../../src/parser/check.ts';
import { openStore, type Store } from '../../../../src/store/index.ts';
import { shown } from '../../../support/flow-text.ts';
import { memoryHost } from '../../../support/memory-host.ts';
import { tiff } from '../../../support/tiff.ts';

let folder = '';
let store: Store | undefined;

beforeEach(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'bit-sources-')));
  store = await openStore(join(folder, '.bit'), { create: true, readOnly: false });
});

afterEach(async () => {
  await store?.close();
  execFileSync('chmod', ['-R', 'u+rwX', folder]);
  rmSync(folder, { recursive: true });
});

function write(files: Readonly<Record<string, string | Buffer>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

const noRemoteSettings = { s3Endpoint: undefined, s3Region: undefined, s3PathStyle: undefined };

/** The sources of a pipeline in the test's folder: items and messages. */
async function load(
  params: string,
  workflow = '',
): Promise<{ items: string[]; frozen: string[]; messages: string[]; notes: readonly string[] }> {
  if (store === undefined) throw new Error('no store');
  const names = [...params.matchAll(/^\s*(\w+):/gm)].map(([, name]) => name ?? '');
  const main = `params {\n${params}\n}\nworkflow {\n${workflow || names.map((name) => `assert count(params.${name}) >= 0`).join('\n')}\n}\n`;
  const path = join(folder, 'main.bit');
  const host = { ...memoryHost({ [path]: main }), workingDirectory: folder };
  const { program, diagnostics } = checkProgram(path, host, { arguments: [], reserved: [], purpose: 'run' });
  if (program === undefined) throw new Error(diagnostics.map((one) => `${one.code} ${one.message}`).join('\n'));
  const elsewhere = openElsewhere(store, { remote: noRemoteSettings, environment: {} });
  const loaded = await loadSources(
    program,
    { sources: elsewhere.sources, remote: elsewhere.content, content: store.content, formats },
    { fetch: 'all', signal: new AbortController().signal, progress: () => {} },
  );
  const short = (text: string): string => text.replaceAll(`${folder}/`, '');
  return {
    items: [...loaded.items.values()]
      .flat()
      .map((item) => `${JSON.stringify(item.tags)} ${shown(item.value, (file) => file.name)}`),
    frozen: loaded.frozen.flatMap((one) =>
      one.items.map(
        (item) => `${one.source} ${item.files.map((file) => `${short(file.path)} ${file.size}`).join(' ')}`,
      ),
    ),
    messages: loaded.diagnostics.map((one) => `${one.code} ${short(one.message)}`),
    notes: loaded.notes,
  };
}

const page = { width: 8, height: 4 };
const image = (description?: string): Buffer =>
  tiff({ pages: [{ ...page, ...(description === undefined ? {} : { description }) }] });

describe('files', () => {
  test('one item per match, in the order of its tags, with what its header says', async () => {
    write({ 'd/A10_t1.tif': image(), 'd/A2_t10.tif': image('a'), 'd/A2_t9.tif': image('b'), 'd/notes.txt': 'x' });
    const { items, frozen, messages } = await load('raw: Dataset<Image> = files("d/{cell}_t{time:Int}.tif")');
    expect(messages).toEqual([]);
    expect(items).toEqual([
      '{"cell":"A2","time":9} <A2_t9.tif>',
      '{"cell":"A2","time":10} <A2_t10.tif>',
      '{"cell":"A10","time":1} <A10_t1.tif>',
    ]);
    expect(frozen[0]).toMatch(/^params\.raw d\/A2_t9\.tif \d+$/);
  });

  test('none is an error that says what did not match; with `min: 0` it is a note', async () => {
    write({ 'd/x.txt': '' });
    expect((await load('raw: Dataset<Image> = files("d/{cell}.tif")')).messages).toEqual([
      'BIT5103 `params.raw` holds nothing: no file matches `d/{cell}.tif`',
    ]);
    const allowed = await load('raw: Dataset<Image> = files("d/{cell}.tif", min: 0)');
    expect(allowed).toMatchObject({ messages: [], notes: ['`params.raw` holds nothing'] });
  });

  test('too few and too many are errors', async () => {
    write({ 'd/a.txt': 'x', 'd/b.txt': 'y' });
    const few = await load(
      'few: Dataset<Text> = files("d/{cell}.txt", min: 3)\nmany: Dataset<Text> = files("d/{cell}.txt", max: 1)',
    );
    expect(few.messages).toEqual([
      'BIT5104 `params.few` holds 2 items, and at least 3 are asked for',
      'BIT5104 `params.many` holds 2 items, and at most 1 are asked for',
    ]);
  });

  test('a file that is not what its type says is named, with what is wrong', async () => {
    write({ 'd/good.tif': image(), 'd/cut.tif': image().subarray(0, 20), 'd/text.tif': 'hello', 'd/empty.tif': '' });
    const { messages } = await load('raw: Dataset<Image> = files("d/{cell}.tif")');
    expect(messages).toHaveLength(3);
    for (const name of ['cut', 'text', 'empty'])
      expect(messages.join('\n')).toContain(`BIT5102 \`d/${name}.tif\` is not the Image that \`params.raw\` holds: `);
  });

  test('a refinement is held against every header', async () => {
    write({ 'd/a.tif': image() });
    const { messages } = await load('raw: Dataset<Image(dtype: "float32")> = files("d/{cell}.tif")');
    expect(messages).toEqual([
      expect.stringMatching(/^BIT5102 `d\/a\.tif` is not the Image\(dtype: "float32"\) .*uint16/),
    ]);
  });

  test('two files with equal tags are an error that shows both, unless the source is unordered', async () => {
    write({ 'd/x/a.txt': 'one', 'd/y/a.txt': 'two', 'd/y/b.txt': 'two', 'e/x/a.txt': 'same', 'e/y/a.txt': 'same' });
    expect((await load('raw: Dataset<Text> = files("d/*/{cell}.txt")')).messages).toEqual([
      'BIT5105 Two items of `params.raw` have the same tags (cell=a): `d/x/a.txt` and `d/y/a.txt`',
    ]);
    const { items, messages } = await load('raw: Dataset<Text> = files("e/*/{cell}.txt", unordered: true)');
    expect(messages).toEqual([]);
    expect(items).toEqual([
      expect.stringMatching(/^\{"cell":"a","digest":"[0-9a-f]{16}"\}/),
      expect.stringMatching(/^\{"cell":"a","digest":"[0-9a-f]{16}#2"\}/),
    ]);
  });

  test('a `*` alone with several matches asks for a name', async () => {
    write({ 'd/a.txt': 'x', 'd/b.txt': 'y' });
    const { messages } = await load('raw: Dataset<Text> = files("d/*.txt")');
    expect(messages).toEqual([
      'BIT5105 Two items of `params.raw` have the same tags (it has no tags): `d/a.txt` and `d/b.txt`',
    ]);
  });

  test('a file that may not be read says so', async () => {
    write({ 'd/a.txt': 'x' });
    execFileSync('rm', [join(folder, 'd/a.txt')]);
    execFileSync('mkfifo', [join(folder, 'd/a.txt')]);
    const { messages } = await load('raw: Dataset<Text> = files("d/{cell}.txt")');
    expect(messages).toEqual(['BIT5101 `params.raw` cannot read `d/a.txt`: it is neither a file nor a folder']);
  });
});

describe('one file, sheets and branches', () => {
  test('a file is one item without tags; a param may be part of its path', async () => {
    write({ 'data/psf.tif': image() });
    const { items, messages } = await load(
      'folder: Str = "data"\npsf: Image = file("{params.folder}/psf.tif")',
      'assert params.psf.size > 1 B',
    );
    expect([items, messages]).toEqual([['{} <psf.tif>'], []]);
  });

  test('a sheet gives files, tags and fields; what is outside its type is named', async () => {
    write({
      'a.txt': 'one',
      'b.txt': 'two',
      'good.csv': 'file,cell,dose,wait\na.txt,A1,0.5,30 min\nb.txt,A2,,1 h\n',
      'bad.csv': 'file,cell,dose,wait\na.txt,A1,5.5,3 um\n',
    });
    const columns = '{ file: Text, cell: Str, dose: (Float in 0.0..1.0)?, wait: Duration }, fields: (wait)';
    const good = await load(
      `raw: Dataset<{ file: Text, dose: (Float in 0.0..1.0)?, wait: Duration }> = sheet("good.csv", ${columns})`,
    );
    expect(good.messages).toEqual([]);
    expect(good.items).toEqual([
      expect.stringContaining('{"cell":"A1"} { file = <a.txt>, dose = 0.5, wait = 30 min }'),
      expect.stringContaining('{"cell":"A2"} { file = <b.txt>, dose = nothing, wait = 1 h }'),
    ]);
    const bad = await load(
      `raw: Dataset<{ file: Text, dose: (Float in 0.0..1.0)?, wait: Duration }> = sheet("bad.csv", ${columns})`,
    );
    expect(bad.messages).toEqual([
      'BIT5106 `params.raw` (cell=A1), column `dose`: it is 5.5, which is not Float in 0.0..1.0',
      'BIT5106 `params.raw` (cell=A1), column `wait`: it is "3 um", which is not Duration',
    ]);
  });

  test('a source in a branch that is not taken is not looked at', async () => {
    write({ 'd/a.txt': 'x' });
    const workflow =
      'if params.other { let more = files("nowhere/{cell}.txt")\n assert count(more) > 0 }\n assert count(params.raw) == 1';
    const { items, messages } = await load('other: Bool = false\nraw: Dataset<Text> = files("d/{cell}.txt")', workflow);
    expect([items, messages]).toEqual([['{"cell":"a"} <a.txt>'], []]);
  });

  test('all that is wrong with all sources is said at once', async () => {
    write({ 'd/a.tif': 'x' });
    const { messages } = await load(
      'a: Dataset<Image> = files("d/{cell}.tif")\nb: Dataset<Image> = files("none/{cell}.tif")\nc: Image = file("none.tif")',
    );
    expect(messages.map((one) => one.slice(0, 7))).toEqual(['BIT5102', 'BIT5201', 'BIT5203']);
  });
});
