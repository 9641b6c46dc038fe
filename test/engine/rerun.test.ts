import { renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { makePipelinePlace, type PipelinePlace } from '../support/pipeline-place.ts';

const places: PipelinePlace[] = [];
afterEach(() => {
  for (const place of places.splice(0)) place.remove();
});

const pipeline = `
params { suffix: Str = "!" }
process amplify {
  input { text: Text }
  output { out: Text = "out.txt" }
  script bash """
    tr a-z A-Z < "$text" > "$out"
  """
}
process mark {
  input {
    text: Text
    suffix: Str
  }
  output { out: Text = "out.txt" }
  script bash """
    printf '%s%s' "$(cat "$text")" "$suffix" > "$out"
  """
}
workflow {
  let loud = amplify(files("in/{name}.txt"))
  let marked = mark(loud, suffix: params.suffix)
  publish marked to "{name}.txt"
}
`;

/** A pipeline of two steps over two files, run once: four tasks. */
async function ran(): Promise<PipelinePlace> {
  const place = makePipelinePlace({ 'main.bit': pipeline, 'in/a.txt': 'first\n', 'in/b.txt': 'second\n' });
  places.push(place);
  const { report, out } = await place.run();
  expect(report.tasks, out).toMatchObject({ total: 4, ran: 4, reused: 0 });
  return place;
}
const edit = (place: PipelinePlace, from: string, to: string): void => {
  expect(pipeline).toContain(from);
  place.write('main.bit', pipeline.replace(from, to));
};

describe('a second run runs exactly what depends on a change', () => {
  test.each<readonly [string, (place: PipelinePlace) => readonly string[] | undefined, number]>([
    ['nothing changed', () => undefined, 0],
    ['an input was touched', (place) => void utimesSync(join(place.folder, 'in/a.txt'), 1, 1), 0],
    ['an input was written again with the same bytes', (place) => place.write('in/a.txt', 'first\n') as undefined, 0],
    ['a comment was added', (place) => edit(place, 'workflow {', '// why\nworkflow {') as undefined, 0],
    ['docs were added', (place) => edit(place, 'process amplify', '/// Makes loud.\nprocess amplify') as undefined, 0],
    [
      'a process was renamed',
      (place) => place.write('main.bit', pipeline.replaceAll('amplify', 'louder')) as undefined,
      0,
    ],
    [
      'a variable of the workflow was renamed',
      (place) => place.write('main.bit', pipeline.replaceAll('loud', 'shouted')) as undefined,
      0,
    ],
    ["one input's bytes", (place) => place.write('in/a.txt', 'changed\n') as undefined, 2],
    ['the same size and time, other bytes', (place) => sameSizeAndTime(place), 2],
    ['one param', () => ['--suffix', '?'], 2],
    ['one script line', (place) => edit(place, "printf '%s%s'", "printf '%s %s'") as undefined, 2],
    [
      'an upstream change that makes the same bytes',
      (place) => edit(place, 'tr a-z A-Z', "tr '[a-z]' '[A-Z]'") as undefined,
      2,
    ],
    ['an input more', (place) => place.write('in/c.txt', 'third\n') as undefined, 2],
    [
      'a declared output path',
      (place) => edit(place, 'out: Text = "out.txt"', 'out: Text = "other.txt"') as undefined,
      2,
    ],
    [
      'an environment variable',
      (place) =>
        edit(place, 'process mark {', 'process mark {\n  environment { variables: { MODE: "b" } }') as undefined,
      2,
    ],
    ['--fresh amplify', () => ['--fresh', 'amplify'], 2],
    ['--no-cache', () => ['--no-cache'], 4],
  ])('%s', async (_name, change, tasksRun) => {
    const place = await ran();
    const flags = change(place) ?? [];
    const { report, out, err } = await place.run(...flags);
    expect(report.status, out + err).toBe('succeeded');
    expect(report.tasks.ran).toBe(tasksRun);
    expect(report.tasks.ran + report.tasks.reused).toBe(report.tasks.total);
  });

  test('a renamed input is the same content under another tag: nothing runs, and the result has its new name', async () => {
    const place = await ran();
    renameSync(join(place.folder, 'in/a.txt'), join(place.folder, 'in/z.txt'));
    const { report } = await place.run();
    expect(report.tasks).toMatchObject({ ran: 0, reused: 4 });
    expect(report.published.map((file) => file.relative)).toEqual(['b.txt', 'z.txt']);
  });

  test('two inputs with equal bytes are one piece of work', async () => {
    const place = makePipelinePlace({ 'main.bit': pipeline, 'in/a.txt': 'same\n', 'in/b.txt': 'same\n' });
    places.push(place);
    const { report } = await place.run();
    expect(report.tasks).toMatchObject({ total: 4, ran: 2, reused: 2 });
    expect(place.results()).toEqual({ 'a.txt': 'SAME!', 'b.txt': 'SAME!' });
  });

  test('a damaged result is made again, not handed on', async () => {
    const place = await ran();
    const { published } = (await place.run()).report;
    const digest = published[0]?.digest.replace('blake3:', '') ?? '';
    const { chmodSync, readdirSync } = await import('node:fs');
    const objects = join(place.folder, '.bit/objects');
    const found = readdirSync(objects, { recursive: true, encoding: 'utf8' }).find(
      (name) => name.replaceAll('/', '') === digest,
    );
    const object = join(objects, found ?? 'missing');
    chmodSync(object, 0o644);
    writeFileSync(object, 'garbage');
    const { report } = await place.run();
    expect(report.status).toBe('succeeded');
    expect(report.tasks.ran).toBe(1);
    expect(place.results()['a.txt']).toBe('FIRST!');
  });
});

function sameSizeAndTime(place: PipelinePlace): undefined {
  const at = join(place.folder, 'in/a.txt');
  utimesSync(at, 1000, 1000);
  writeFileSync(at, 'FIRST\n'.toLowerCase().replace('first', 'tsrif'));
  utimesSync(at, 1000, 1000);
  return undefined;
}

describe('why says what changed', () => {
  test('the part, from what to what, and the line it comes from', async () => {
    const place = await ran();
    await place.run('--suffix', '?');
    const why = await place.bit(['why', 'results/a.txt', '--json']);
    expect(JSON.parse(why.out)).toMatchObject({
      task: 'marked[name=a]',
      action: 'run',
      changed: [{ part: 'input.suffix', was: '"!"', is: '"?"' }],
    });
  });
});
