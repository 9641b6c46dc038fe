import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openStore } from '../../src/store/index.ts';
import { call, planned, started } from '../contract/run-store.contract.ts';
import { type Ended, makePlace, type Place } from './bit.ts';

// Each question is a real process.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const pipeline = `
params {
  raw: Dataset<Text> = files("raw/{cell}_{time:Int}.txt")
  word: Str = "hello"
}

process greet {
  input {
    text: Text
    word: Str
  }
  output { out: Text = "out.txt" }
  script bash """
    echo "greeting $word" >&2
    { cat "$text"; echo "$word"; } > "$out"
    """
}

process letters {
  input { text: Text }
  output { table: Table = "letters.csv" }
  script bash """
    { echo letters; wc -c < "$text"; } > "$table"
    """
}

workflow {
  let greeted = greet(params.raw, word: params.word)
  let counted = letters(greeted)
  publish greeted to "greeted/{cell}_{time}.txt"
  publish counted to "letters/{cell}_{time}.csv" as letters
}
`;

let place: Place;
const ids: string[] = [];

const document = (ended: Ended) => JSON.parse(ended.out);
const ask = (...words: readonly string[]): Promise<Ended> => place.bit(words);
async function run(...words: readonly string[]): Promise<void> {
  const ended = await ask('run', 'p.bit', '--json', ...words);
  expect(ended.err).toBe('');
  ids.push(document(ended).run);
}

beforeAll(async () => {
  place = makePlace({
    'p.bit': pipeline,
    'raw/A3_1.txt': 'one\n',
    'raw/A3_2.txt': 'two\n',
    'raw/B7_1.txt': 'three three\n',
  });
  await run();
  await run();
  await run('--word', 'bye');
});
afterAll(() => place.remove());

describe('log and show', () => {
  test('runs are listed newest first', async () => {
    const { runs, format } = document(await ask('log', '--json'));
    expect(format).toBe('bit/log/1');
    expect(
      runs.map((one: { run: string; status: string; tasks: { ran: number; reused: number } }) => [
        one.run,
        one.status,
        one.tasks.ran,
        one.tasks.reused,
      ]),
    ).toEqual([
      [ids[2], 'succeeded', 6, 0],
      [ids[1], 'succeeded', 0, 6],
      [ids[0], 'succeeded', 6, 0],
    ]);
    expect((await ask('log', '--limit', '1')).out.trim().split('\n')).toHaveLength(1);
  });

  test('a run is shown by its id, the beginning of it, or as the latest', async () => {
    const shown = document(await ask('show', 'latest', '--json'));
    expect(shown.run).toMatchObject({ run: ids[2], params: { word: 'bye' } });
    expect(shown.run.taskList).toHaveLength(6);
    expect(shown.run.published).toHaveLength(6);
    expect((await ask('show', ids[0]?.slice(0, -1) ?? '')).out).toContain(ids[0]);
    expect(await ask('show', 'lates')).toMatchObject({ status: 2 });
  });

  test('a task is shown with its parts, attempts and outputs', async () => {
    const { task } = document(await ask('show', 'counted[cell=A3,time=1]', '--json'));
    expect(task).toMatchObject({
      process: 'letters',
      state: 'succeeded',
      run: ids[2],
      attempts: [{ outcome: 'succeeded', exitCode: 0 }],
      result: { run: ids[2] },
    });
    expect(task.parts.map((part: { part: string }) => part.part)).toContain('input.text');
    expect(await ask('show', 'countet[cell=A3,time=1]')).toMatchObject({
      status: 2,
      err: expect.stringContaining('countet'),
    });
  });
});

test('logs gives what a task wrote, also for a task that was reused', async () => {
  expect(await ask('logs', 'greeted[cell=A3,time=1]')).toMatchObject({ status: 0, out: '', err: 'greeting bye\n' });
  expect((await ask('logs', `greeted[cell=A3,time=1]@${ids[1]}`)).err).toBe('greeting hello\n');
});

describe('why', () => {
  test('names the param that changed, for the task that has it and for what follows from it', async () => {
    expect(document(await ask('why', 'greeted[cell=A3,time=1]', '--json'))).toMatchObject({
      format: 'bit/why/1',
      task: 'greeted[cell=A3,time=1]',
      action: 'run',
      changed: [{ part: 'input.word', was: '"hello"', is: '"bye"', source: expect.stringMatching(/p\.bit:\d+$/) }],
    });
    const below = document(await ask('why', 'results/letters/A3_1.csv', '--json'));
    expect(below).toMatchObject({
      task: 'counted[cell=A3,time=1]',
      action: 'run',
      changed: [{ part: 'input.text' }],
      causes: [{ task: 'greeted[cell=A3,time=1]', part: 'input.word' }],
    });
    expect(below.reason).toMatch(/"hello" to "bye"/);
  });

  test('says what a reused task was taken from', async () => {
    expect(document(await ask('why', `greeted[cell=A3,time=1]@${ids[1]}`, '--json'))).toMatchObject({
      action: 'reuse',
      reason: expect.stringContaining(ids[0] ?? ''),
      changed: [],
    });
  });

  test('a path nobody knows is an error, and raw data is said to be raw', async () => {
    expect(await ask('why', 'results/none.csv')).toMatchObject({ status: 2 });
    expect(await ask('why', 'raw/A3_1.txt')).toMatchObject({ status: 2, err: expect.stringContaining('raw data') });
  });
});

describe('lineage', () => {
  test('leads from a published file to the raw one, in the fixed form', async () => {
    const graph = document(await ask('lineage', 'results/letters/A3_1.csv', '--format', 'json'));
    expect(graph).toMatchObject({ format: 'bit/lineage/1', root: expect.stringMatching(/^blake3:/) });
    expect(graph.artifacts[graph.root].producedBy[0]).toBe('counted[cell=A3,time=1]');
    const task = graph.tasks['counted[cell=A3,time=1]'];
    expect(task).toMatchObject({
      process: 'letters',
      run: ids[2],
      runner: 'local',
      command: expect.any(String),
      environment: expect.any(String),
      seconds: expect.any(Number),
      startedAt: expect.stringMatching(/Z$/),
      source: { file: expect.stringContaining('p.bit'), line: expect.any(Number) },
      inputs: [{ name: 'text' }],
      outputs: [{ name: 'table', digest: graph.root }],
    });
    const raw = graph.tasks['greeted[cell=A3,time=1]'].inputs[0].digest;
    expect(graph.artifacts[raw]).toMatchObject({ producedBy: [], tags: { cell: 'A3', time: 1 }, size: 4 });
    expect(graph.artifacts[raw].locations[0].path).toBe(join(place.folder, 'raw/A3_1.txt'));
  });

  test('knows any copy of a file, anywhere, under any name', async () => {
    mkdirSync(join(place.folder, 'elsewhere'));
    copyFileSync(join(place.folder, 'results/greeted/B7_1.txt'), join(place.folder, 'elsewhere/x $(y).dat'));
    expect((await ask('lineage', 'elsewhere/x $(y).dat')).out).toContain('greeted[cell=B7,time=1]');
  });

  test('downwards, as far as asked, and as graphs', async () => {
    expect(
      Object.keys(document(await ask('lineage', 'raw/B7_1.txt', '--down', '--depth', '1', '--json')).tasks).every(
        (task) => task.startsWith('greeted'),
      ),
    ).toBe(true);
    expect((await ask('lineage', 'raw/B7_1.txt', '--down', '--format', 'mermaid')).out).toMatch(/^flowchart LR\n/);
    expect((await ask('lineage', 'raw/B7_1.txt', '--down', '--format', 'dot')).out).toMatch(/^digraph lineage \{\n/);
  });

  test('what no run knows exits 2', async () => {
    writeFileSync(join(place.folder, 'foreign.txt'), 'nobody knows this');
    expect(await ask('lineage', 'foreign.txt')).toMatchObject({ status: 2 });
    expect(await ask('lineage', 'not-there.txt')).toMatchObject({ status: 2 });
    expect(await ask('lineage', 'blake3:00000000')).toMatchObject({ status: 2 });
  });
});

describe('find', () => {
  const found = async (expression: string): Promise<string[]> =>
    document(await ask('find', expression, '--json')).files.map((file: { path: string }) =>
      file.path.slice(place.folder.length + 1),
    );

  test('by tags and properties, in the words of the language', async () => {
    expect(await found('cell == "A3" and time < 2 and kind == "letters"')).toEqual(['results/letters/A3_1.csv']);
    expect(await found('kind == "greeted" and (cell ~ r"^B" or time in [2])')).toEqual([
      'results/greeted/A3_2.txt',
      'results/greeted/B7_1.txt',
    ]);
    expect(await found('process == "letters" and time in 1..1')).toEqual([
      'results/letters/A3_1.csv',
      'results/letters/B7_1.csv',
    ]);
    expect(await found('size > 1 GB')).toEqual([]);
    expect(await found('true')).toHaveLength(6);
  });

  test('finding nothing is no error; asking for a tag nobody has is one, with a suggestion', async () => {
    expect(await ask('find', 'cell == "Z"')).toMatchObject({ status: 0 });
    expect(await ask('find', 'cel == "A3"')).toMatchObject({ status: 2, err: expect.stringContaining('`cell`') });
    expect(await ask('find', 'time == "1"')).toMatchObject({ status: 2, err: expect.stringContaining('a number') });
    expect(await ask('find', 'cell == ')).toMatchObject({ status: 2 });
  });
});

test('diff says which part of which task differs, and compares tables by value', async () => {
  const different = document(await ask('diff', ids[0] ?? '', ids[2] ?? '', '--json'));
  expect(different).toMatchObject({ same: false, tasks: { onlyFirst: [], onlySecond: [] } });
  expect(
    different.tasks.changed.find((one: { task: string }) => one.task === 'greeted[cell=A3,time=1]').changed,
  ).toEqual([{ part: 'input.word', was: '"hello"', is: '"bye"' }]);
  expect(different.outputs.find((one: { relative: string }) => one.relative === 'letters/A3_1.csv').text).toBe(
    'letters: 1 cell, by up to 2',
  );
  expect(await ask('diff', ids[0] ?? '', ids[1] ?? '')).toMatchObject({
    status: 0,
    out: expect.stringContaining('nothing differs'),
  });
  expect(await ask('diff', ids[0] ?? '', 'latest')).toMatchObject({ status: 1 });
});

test('gc, verify and rebuild keep what they promise', async () => {
  // Two of the six results are the same bytes.
  expect(document(await ask('gc', '--keep', '1', '--dry-run', '--json'))).toMatchObject({
    dryRun: true,
    forgottenRuns: 2,
    objects: { removed: 5 },
  });
  expect(document(await ask('gc', '--keep', '1', '--json')).objects.removed).toBe(5);
  await run('--word', 'bye');
  expect(document(await ask('log', '--limit', '1', '--json')).runs[0].tasks).toMatchObject({ ran: 0, reused: 6 });
  expect(await ask('verify')).toMatchObject({ status: 0 });

  const store = join(place.folder, '.bit');
  for (const name of readdirSync(store)) if (name.startsWith('bit.db')) rmSync(join(store, name));
  expect(await ask('log')).toMatchObject({ status: 3, err: expect.stringContaining('bit rebuild') });
  expect(document(await ask('rebuild', '--json'))).toMatchObject({ runs: 4, published: 6, unreadable: 0 });
  await run('--word', 'bye');
  expect(document(await ask('log', '--limit', '1', '--json')).runs[0].tasks).toMatchObject({ ran: 0, reused: 6 });

  appendFileSync(join(place.folder, 'results/letters/A3_1.csv'), '99\n');
  expect(
    document(await ask('verify', 'results/letters', '--json')).files.filter(
      (file: { state: string }) => file.state !== 'intact',
    ),
  ).toMatchObject([{ state: 'changed' }]);
  expect((await ask('verify')).status).toBe(1);
  expect(existsSync(join(place.folder, 'results/letters/A3_1.csv'))).toBe(true);
  expect(readFileSync(join(place.folder, 'results/letters/A3_1.csv'), 'utf8')).toContain('99');
});

test('a wrong word exits 2 and says what is right', async () => {
  expect(await ask('gc', '--keep', 'forever')).toMatchObject({ status: 2, err: expect.stringContaining('30d') });
  expect(await ask('gc', '--max-size', '2 min')).toMatchObject({ status: 2, err: expect.stringContaining('500GB') });
  expect(await ask('lineage', 'p.bit', '--depth', '0')).toMatchObject({ status: 2 });
  expect(await ask('log', '--store', 'nowhere')).toMatchObject({ status: 2 });
});

describe('questions about a pipeline with raw data that is published, equal inputs and lists', () => {
  const lists = `
params {
  raw: Dataset<Text> = files("data/{n}_{k:Int}.txt")
  scale: Float = 1.0
}
process tally {
  input {
    text: Text
    scale: Float
  }
  output { table: Table = "t.csv" }
  script bash """
    { echo n,v; echo "$(wc -c < "$text"),$scale"; } > "$table"
    """
}
process merge {
  input { all: Table[] }
  output { out: Text = "o.txt" }
  script bash """
    cat "\${all[@]}" > "$out"
    """
}
workflow {
  let counted = tally(params.raw, scale: params.scale)
  let merged = merge(counted group by k)
  publish params.raw to "raw/{n}_{k}.txt"
  publish counted to "t/{n}_{k}.csv" as counted
  publish merged to "j/{k}.txt"
  publish table(counted select { scale: params.scale }) to "counts.csv" as counts
}
`;
  let other: Place;
  const runs: string[] = [];
  const ran = async (...words: readonly string[]): Promise<void> => {
    const ended = await other.bit(['run', 'l.bit', '--json', ...words]);
    expect(ended.err).toBe('');
    runs.push(document(ended).run);
  };

  beforeAll(async () => {
    other = makePlace({
      'l.bit': lists,
      'data/a_1.txt': 'same\n',
      'data/b_1.txt': 'same\n',
      'data/c_1.txt': 'another\n',
    });
    await ran();
    rmSync(join(other.folder, 'data/c_1.txt'));
    await ran('--scale', '2');
  });
  afterAll(() => other.remove());

  test('lineage names raw data by where it was read, and of equal inputs the one of the task', async () => {
    for (const n of ['a', 'b']) {
      const { out } = await other.bit(['lineage', `results/t/${n}_1.csv`]);
      expect(out).toMatch(new RegExp(`\\n {4}data/${n}_1\\.txt .*n=${n}`));
      expect(out).not.toContain('results/raw');
    }
    expect((await other.bit(['lineage', 'results/raw/b_1.txt'])).out).toMatch(/^results\/raw\/b_1\.txt .*n=b/);
  });

  test('a list input is shown as a list', async () => {
    const { out } = await other.bit(['show', 'merged[k=1]']);
    expect(out).toMatch(/input\.all {2}\[blake3:[0-9a-f]{12}….csv, blake3/);
    expect(out).not.toMatch(/\d:file\d/);
  });

  test('a file left from an earlier run is explained by that run', async () => {
    expect(document(await other.bit(['why', 'results/t/c_1.csv', '--json']))).toMatchObject({
      task: 'counted[n=c,k=1]',
      run: runs[0],
    });
    // The path was published again with other content since; the old content is asked for, put back by hand.
    const was = document(await other.bit(['show', runs[0] ?? '', '--json'])).run.published.find(
      (file: { relative: string }) => file.relative === 't/a_1.csv',
    );
    const kept = readFileSync(join(other.folder, 'results/t/a_1.csv'));
    writeFileSync(join(other.folder, 'results/t/a_1.csv'), 'n,v\n5,1\n');
    const { run } = document(await other.bit(['why', was.path, '--json']));
    writeFileSync(join(other.folder, 'results/t/a_1.csv'), kept);
    expect(run).toBe(runs[0]);
  });

  test('a task is found by its call or process and its tags in any order; several are listed', async () => {
    for (const text of ['counted[k=1,n=a]', 'tally[n=a]', 'merged', `counted[k=1,n=c]@${runs[0]}`])
      expect(await other.bit(['why', text])).toMatchObject({ status: 0, err: '' });
    for (const verb of ['why', 'show', 'logs'])
      expect(await other.bit([verb, 'tally'])).toMatchObject({
        status: 2,
        err: expect.stringMatching(/could be 2 tasks.*\n.*counted\[n=a,k=1\]/),
      });
    expect((await other.bit(['show', 'tally[k=1,n=b]'])).out).toMatch(/^counted\[n=b,k=1\]/);
  });

  test('find takes bytes as numbers and formats by name, and says what is meant by one `=`', async () => {
    const found = async (text: string): Promise<number> =>
      document(await other.bit(['find', text, '--json'])).files.length;
    expect(await found('size > 9')).toBeGreaterThan(0);
    expect(await found('size > 90000')).toBe(0);
    expect(await found('type == "Table" and kind == "counted"')).toBe(3);
    expect(await found('type in ["Table", "Image"] and kind == "counts"')).toBe(1);
    expect(await found('type != "Table" and kind == "counted"')).toBe(0);
    expect(await other.bit(['find', 'n = "a"'])).toMatchObject({
      status: 2,
      err: expect.stringContaining('`n == "a"`'),
    });
    expect(await other.bit(['find', 'colour == "a"'])).toMatchObject({
      status: 2,
      err: expect.stringContaining('image.axes'),
    });
  });

  test('a task that was planned and never had its turn is said not to have run', async () => {
    const engine = await openStore(join(other.folder, 'dead/.bit'), { create: true, readOnly: false });
    const dead = engine.runs.createRun();
    await engine.runs.append(dead, [
      started(engine.runs.engine.token),
      { type: 'calls-recorded', calls: [call('segment')] },
      { type: 'tasks-planned', tasks: [planned('A')] },
    ]);
    await engine.close();
    expect(document(await other.bit(['why', 'segment[cell=A]', '--store', 'dead/.bit', '--json']))).toMatchObject({
      action: 'cancel',
      reason: `segment[cell=A] was planned in run ${dead} and did not run: the run ended before its turn came`,
    });
  });

  test('diff compares the tables that the engine makes by their rows', async () => {
    const { outputs } = document(await other.bit(['diff', runs[0] ?? '', runs[1] ?? '', '--json']));
    expect(outputs.find((one: { relative: string }) => one.relative === 'counts.csv').text).toBe(
      '3 rows, then 2; scale: 2 cells, by up to 1',
    );
  });
});
