import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makePlace, type Place } from './bit.ts';

let place: Place;

const process = `process shout {
  input { text: Text }
  output { loud: Text = "loud.txt" }
  script bash """
    tr a-z A-Z < "$text" > "$loud"
  """
}
`;

/** A pipeline that shouts every text of a source, and publishes by all tags of its schema or pattern. */
function pipeline(source: string): string {
  const schema = /\{ (.*?) \}/.exec(source)?.[1];
  const tags =
    schema?.split(', ').map((one) => one.split(':')[0]) ?? [...source.matchAll(/\{(\w+)/g)].map((one) => one[1]);
  const path = tags.map((tag) => `{${tag}}`).join('_');
  return `params {\n  wanted: Str = "ctl"\n  raw: Dataset<Text> = ${source}\n}\n${process}
workflow {\n  let loud = shout(params.raw)\n  assert params.wanted != "", "wanted"\n  publish loud to "loud/${path}.txt"\n}\n`;
}

beforeEach(async () => {
  place = makePlace();
  for (const cell of ['A', 'B'])
    for (const time of [1, 2])
      place.write(`data/${cell}_${cell === 'A' ? 'ctl' : 'drug'}_t${time}.txt`, `${cell}${time} text\n`);
  await imported();
});
afterEach(() => place.remove());

/** Texts are no images: they are imported where they are named. */
const imported = (...flags: readonly string[]) => {
  const files = readdirSync(join(place.folder, 'data')).map((name) => `data/${name}`);
  const pattern = '{cell}_{condition}_t{time:Int}.txt';
  return place.bit(['import', ...files, '--experiment', 'screen', '--pattern', pattern, ...flags]);
};

async function run(...words: readonly string[]) {
  const { status, out, err } = await place.bit(['run', 'main.bit', '--json', ...words]);
  const document = JSON.parse(out) as {
    tasks?: { ran: number; reused: number };
    published?: { relative: string; tags: unknown }[];
    notes?: string[];
    diagnostics?: { code: string; message: string; help: string }[];
  };
  return {
    exit: status,
    err,
    ...document,
    messages: (document.diagnostics ?? []).map((one) => `${one.code} ${one.message}`),
  };
}

describe('catalog', () => {
  test('items of an experiment are read by the tags they were given, and those that a condition keeps', async () => {
    place.write('main.bit', pipeline('catalog("screen", { cell: Str, time: Int }, where: condition == params.wanted)'));
    expect(await run()).toMatchObject({
      exit: 0,
      published: [
        { relative: 'loud/A_1.txt', tags: { cell: 'A', time: 1 } },
        { relative: 'loud/A_2.txt', tags: { cell: 'A', time: 2 } },
      ],
    });
    expect(await run('--wanted', 'drug')).toMatchObject({ tasks: { ran: 2, reused: 0 } });
    expect(readFileSync(join(place.folder, 'results/loud/B_1.txt'), 'utf8')).toBe('B1 TEXT\n');
    // Content decides, whichever way the file is named.
    place.write('main.bit', pipeline('files("data/{cell}_{condition}_t{time:Int}.txt")'));
    expect(await run()).toMatchObject({ tasks: { ran: 0, reused: 4 } });
  });

  test('a source in quotes on the command line is one too', async () => {
    place.write('main.bit', pipeline('files("nowhere/{cell}_{time:Int}.txt")'));
    expect(await run('--raw', 'catalog("screen", { cell: Str, time: Int }, where: time == 2)')).toMatchObject({
      exit: 0,
      published: [{ relative: 'loud/A_2.txt' }, { relative: 'loud/B_2.txt' }],
    });
  });

  test('what was published belongs to the experiment, and its history reaches the import', async () => {
    place.write('main.bit', pipeline('catalog("screen", { cell: Str, time: Int })'));
    await run();
    const datasets = JSON.parse((await place.bit(['datasets', 'screen', '--json'])).out);
    expect(datasets.experiments[0].datasets).toMatchObject([
      { name: 'raw', kind: 'raw', items: 4 },
      { name: 'loud', kind: 'processed', items: 4 },
    ]);
    const lineage = await place.bit(['lineage', 'results/loud/A_1.txt']);
    expect(lineage.out).toContain('imported as screen/raw/A_ctl_t1.txt');
  });

  test.each([
    ['catalog("scren", { cell: Str })', ['BIT5207', '`scren`'], 'Did you mean `screen`?'],
    ['catalog("screen", { cell: Str, time: Int }, dataset: "night")', ['BIT5208', '`night`'], 'There are: `raw`.'],
    ['catalog("screen", { cell: Str, tim: Int })', ['BIT5209', '`tim`'], 'Did you mean `time`?'],
    ['catalog("screen", { cell: Str, time: Str })', ['BIT5211', 'is not always Str: 1'], 'Write the type that it has'],
    ['catalog("screen", { cell: Str, time: Int }, where: conditon == "ctl")', ['BIT5361', '`conditon`'], 'condition'],
    ['catalog("screen", { cell: Str, time: Int }, where: cell == 3)', ['BIT536', '`cell`'], ''],
    ['catalog("screen", { cell: Str, time: Int }, where: cell == "C")', ['BIT5103', 'no item of the experiment'], ''],
    ['catalog("screen", { cell: Str })', ['BIT5105', 'same tags'], ''],
  ])('%s is answered before the first task', async (source, [code = '', part = ''], help) => {
    place.write('main.bit', pipeline(source));
    const { exit, messages, diagnostics } = await run();
    expect(exit).toBe(2);
    expect(messages.join('\n')).toContain(code);
    expect(messages.join('\n')).toContain(part);
    expect(diagnostics?.map((one) => one.help).join('\n')).toContain(help);
  });

  test('items without a tag are named, and may be left out or read as absent', async () => {
    await place.bit(['annotate', 'screen', 'cell == "A"', '--set', 'dose=2.5', '--new-keys']);
    place.write('main.bit', pipeline('catalog("screen", { cell: Str, time: Int, dose: Float })'));
    const { exit, messages } = await run();
    expect(exit).toBe(2);
    expect(messages).toEqual([
      'BIT5210 `params.raw` has 2 items without the tag `dose`: `B_drug_t1.txt`, `B_drug_t2.txt`',
    ]);
    place.write('main.bit', pipeline('catalog("screen", { cell: Str, time: Int, dose: Float }, where: present(dose))'));
    expect(await run()).toMatchObject({ exit: 0, tasks: { ran: 2 } });
  });

  test('a retracted item is left out, and this is said', async () => {
    place.write('main.bit', pipeline('catalog("screen", { cell: Str, time: Int })'));
    await place.bit(['retract', 'screen', 'cell == "B" and time == 2', '--reason', 'drift']);
    const { out } = await place.bit(['run', 'main.bit']);
    expect(out).toContain('3 tasks');
    expect(out).toContain('`params.raw` leaves out an item that was retracted: `bit impact screen`');
  });

  test('where all items are retracted, that is why there are none', async () => {
    place.write('main.bit', pipeline('catalog("screen", { cell: Str, time: Int })'));
    await place.bit(['retract', 'screen', 'true', '--reason', 'drift']);
    const { exit, messages } = await run();
    expect(exit).toBe(2);
    expect(messages).toEqual([expect.stringMatching(/^BIT5103 .*leaves out 4 items that were retracted/)]);
  });

  test('a file that is no longer what was imported is an error, and with --update the new one is meant', async () => {
    place.write('main.bit', pipeline('catalog("screen", { cell: Str, time: Int })'));
    place.write('data/A_ctl_t1.txt', 'somebody edited this\n');
    const { exit, messages } = await run();
    expect(exit).toBe(2);
    expect(messages.join()).toMatch(/BIT5107 `params.raw` has a file that is not what was imported.*A_ctl_t1\.txt/);
    expect((await imported('--update')).status).toBe(0);
    expect(await run()).toMatchObject({ exit: 0, tasks: { ran: 4 } });
    expect(readFileSync(join(place.folder, 'results/loud/A_1.txt'), 'utf8')).toBe('SOMEBODY EDITED THIS\n');
  });

  test('what was copied into the store is there when the original is not', async () => {
    await imported('--dataset', 'kept', '--copy');
    rmSync(join(place.folder, 'data'), { recursive: true });
    place.write('main.bit', pipeline('catalog("screen", { cell: Str, time: Int }, dataset: "kept")'));
    expect(await run()).toMatchObject({ exit: 0, tasks: { ran: 4 } });
    await place.bit(['gc', '--keep', '1']);
    place.write(
      'main.bit',
      pipeline('catalog("screen", { cell: Str, time: Int }, dataset: "kept", where: time == 1)').replace(
        'a-z A-Z',
        'a-y A-Y',
      ),
    );
    expect(await run()).toMatchObject({ exit: 0, tasks: { ran: 2 } });
  });
});

describe('results', () => {
  beforeEach(async () => {
    place.write('first.bit', pipeline('catalog("screen", { cell: Str, time: Int })'));
    await place.bit(['run', 'first.bit', '--name', 'night 1']);
  });

  test('what another pipeline published is read without running it', async () => {
    place.write('main.bit', pipeline('results("first.bit", "loud", { cell: Str, time: Int }, where: cell == "B")'));
    expect(await run()).toMatchObject({
      exit: 0,
      published: [{ relative: 'loud/B_1.txt' }, { relative: 'loud/B_2.txt' }],
    });
  });

  test('a named run is read, though a later one published to the same paths', async () => {
    place.write('data/A_ctl_t1.txt', 'second night\n');
    await imported('--update');
    await place.bit(['run', 'first.bit', '--name', 'night 2']);
    place.write('main.bit', pipeline('results("first.bit", "loud", { cell: Str, time: Int }, run: "night 1")'));
    expect((await run()).exit).toBe(0);
    expect(readFileSync(join(place.folder, 'results/loud/A_1.txt'), 'utf8')).toBe('A1 TEXT\n');
    place.write('main.bit', pipeline('results("first.bit", "loud", { cell: Str, time: Int })'));
    expect((await run('--outdir', 'newest')).exit).toBe(0);
    expect(readFileSync(join(place.folder, 'newest/loud/A_1.txt'), 'utf8')).toBe('SECOND NIGHT\n');
  });

  test.each([
    ['results("nowhere.bit", "loud", { cell: Str, time: Int })', 'BIT5212', 'There is no such file'],
    ['results("first.bit", "lod", { cell: Str, time: Int })', 'BIT5213', 'Did you mean `loud`?'],
    ['results("first.bit", "loud", { cell: Str, time: Int }, run: "night 9")', 'BIT5212', '`bit log` lists the runs'],
    ['results("first.bit", "loud", { cell: Str, time: Int, plate: Str })', 'BIT5209', 'There are: `cell`, `time`.'],
  ])('%s is answered before the first task', async (source, code, help) => {
    place.write('main.bit', pipeline(source));
    const { exit, messages, diagnostics } = await run();
    expect(exit).toBe(2);
    expect(messages.join('\n')).toContain(code);
    expect(diagnostics?.map((one) => one.help).join('\n')).toContain(help);
  });
});
