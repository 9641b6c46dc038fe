import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { root } from '../cli/bit.ts';
import { makePipelinePlace, type PipelinePlace, processesOf } from '../support/pipeline-place.ts';

const places: PipelinePlace[] = [];
afterEach(() => {
  for (const place of places.splice(0)) place.remove();
});

const samples = 8;
const pipeline = `
process halve {
  input { n: Int }
  output { parts: many Text = "part_{part:Int}.txt" }
  script bash """
    sleep 0.03
    for i in 1 2; do echo "$n.$i" > part_$i.txt; done
  """
}
process shout {
  input { text: Text }
  output {
    out: Text = "out.txt"
    size: Int = "size.json"
  }
  script bash """
    sleep 0.03
    tr 0-9 A-J < "$text" > "$out"
    wc -c < "$text" > "$size"
  """
}
process gather {
  input { texts: Text[] }
  output { out: Text = "all.txt" }
  script bash """
    cat "\${texts[@]}" > "$out"
  """
}
workflow {
  let parts = halve(n: values(range(0, ${samples}))).parts
  let loud = shout(parts)
  let all = gather(loud.out group by (value))
  publish loud.out to "loud/{value}/{part}.txt"
  publish all to "all/{value}.txt"
  publish table(loud) to "table.csv"
}
`;
const tasks = samples + samples * 2 + samples;
const place = (): PipelinePlace => {
  const made = makePipelinePlace({ 'main.bit': pipeline });
  places.push(made);
  return made;
};

/** Attempts of this store that ended with exit status 0, by what they were given: each piece of work may be there once. */
function finishedWork(of: PipelinePlace): readonly string[] {
  const work = join(of.folder, '.bit/work');
  const finished: string[] = [];
  for (const first of existsSync(work) ? readdirSync(work) : []) {
    for (const token of readdirSync(join(work, first))) {
      const at = join(work, first, token);
      if (!existsSync(join(at, 'exit.json'))) continue;
      const record: { how: { kind: string; code?: number } } = JSON.parse(readFileSync(join(at, 'exit.json'), 'utf8'));
      const document = readFileSync(join(at, 'task.json'), 'utf8');
      // An input file is known by its content, for all are staged under one name.
      const staged = readdirSync(join(at, 'task')).filter((name) => name === 'text.txt');
      const content = staged.map((name) => readFileSync(join(at, 'task', name), 'utf8'));
      if (record.how.kind === 'exited' && record.how.code === 0 && !document.includes('"texts"'))
        finished.push(document + content.join(''));
    }
  }
  return finished;
}

/** Small and seeded: a failure names the seed, and the same delays come again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

async function killedRun(of: PipelinePlace, milliseconds: number): Promise<boolean> {
  const child = spawn(process.execPath, [join(root, 'bin/bit.js'), 'run', 'main.bit', '--json', '--cpus', '2'], {
    cwd: of.folder,
    env: of.environment,
    stdio: 'ignore',
  });
  const ended = new Promise<boolean>((resolve) => child.once('exit', (_code, signal) => resolve(signal === 'SIGKILL')));
  await Promise.race([delay(milliseconds), ended]);
  child.kill('SIGKILL');
  return ended;
}

const kills = process.env.BIT_TEST_SLOW ? 500 : 50;

test(`killed ${kills} times at random moments, the same command goes on: equal results, nothing done twice, nothing left behind`, async () => {
  const undisturbed = place();
  const whole = await undisturbed.run();
  expect(whole.report.tasks).toMatchObject({ total: tasks, ran: tasks });
  const expected = undisturbed.results();
  expect(Object.keys(expected)).toHaveLength(samples * 3 + 1);

  const seed = Number(process.env.BIT_TEST_SEED ?? 20261122);
  const next = random(seed);
  let killed = 0;
  for (let round = 0; killed < kills; round++) {
    const here = place();
    const delays: number[] = [];
    // Several kills in one life: the second finds what the first left.
    const perRound = 1 + Math.floor(next() * 4);
    for (let at = 0; at < perRound; at++) {
      const delay = Math.floor(150 + next() * 900);
      delays.push(delay);
      if (await killedRun(here, delay)) killed += 1;
    }
    const story = `seed ${seed}, round ${round}, killed after ${delays.join(', ')} ms`;
    const end = await here.run();
    expect(end.status, `${story}: ${end.out}${end.err}`).toBe(0);
    expect(here.results(), story).toEqual(expected);
    const finished = finishedWork(here);
    expect(finished.length, `${story}: work done twice`).toBe(new Set(finished).size);
    expect(processesOf(here.folder), `${story}: left behind`).toEqual([]);
    const again = await here.run();
    expect(again.report.tasks, story).toMatchObject({ total: tasks, reused: tasks, ran: 0 });
    here.remove();
  }
}, 3_600_000);

test('killed while another run waits for its tasks: that one takes them over, and nothing is done twice', async () => {
  const here = makePipelinePlace({
    'main.bit': `
process slow {
  input { n: Int }
  output { out: Text = "out.txt" }
  script bash """
    sleep 2
    echo "$n" > "$out"
  """
}
workflow { publish slow(n: values([1, 2])).out to "{value}.txt" }
`,
  });
  places.push(here);
  const start = (outdir: string) =>
    spawn(process.execPath, [join(root, 'bin/bit.js'), 'run', 'main.bit', '--cpus', '2', '--outdir', outdir], {
      cwd: here.folder,
      env: here.environment,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  const first = start('first');
  await expect
    .poll(
      () =>
        readdirSync(join(here.folder, '.bit/work'), { recursive: true }).filter((path) =>
          String(path).endsWith('/stdout'),
        ),
      { timeout: 20_000 },
    )
    .toHaveLength(2);
  const second = start('results');
  const ended = new Promise<number | null>((resolve) => second.once('exit', resolve));
  for await (const line of createInterface({ input: second.stderr }))
    if (line.includes('waiting for another run')) break;
  first.kill('SIGKILL');
  expect(await ended).toBe(0);
  expect(here.results()).toEqual({ '1.txt': '1\n', '2.txt': '2\n' });
  expect(finishedWork(here)).toHaveLength(2);
  expect(processesOf(here.folder)).toEqual([]);
}, 60_000);
