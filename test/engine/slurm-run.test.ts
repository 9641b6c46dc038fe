import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { root } from '../cli/bit.ts';
import { describeWithSlurm, eitherCluster, ownSlurm } from '../support/daemons/daemons.ts';
import { hostileNames } from '../support/hostile-names.ts';
import { makePipelinePlace, type PipelinePlace, processesOf } from '../support/pipeline-place.ts';
import { appears } from '../support/runner-lab.ts';
import { queuedOf, slurm } from '../support/slurm-cluster.ts';

vi.setConfig({ testTimeout: 240_000 });

const places: PipelinePlace[] = [];
afterEach(() => {
  for (const place of places.splice(0)) place.remove();
});

describeWithSlurm('bit run --runner slurm', eitherCluster, ({ env }) => {
  beforeAll(() => void Object.assign(process.env, env));

  function place(text: string, files: Readonly<Record<string, string>> = {}): PipelinePlace {
    const made = makePipelinePlace({ 'main.bit': text, ...files });
    places.push(made);
    return withEnvironment(made, env);
  }

  test('results are those of this machine, and each reuses all that the other did', async () => {
    const here = place(pipeline);
    const local = await here.run();
    expect(local.report.tasks).toMatchObject({ total: tasks, ran: tasks });
    const expected = here.results();
    const again = await here.run('--runner', 'slurm');
    expect(again.report.tasks).toMatchObject({ total: tasks, ran: 0, reused: tasks });

    const there = place(pipeline);
    const onCluster = await there.run('--runner', 'slurm');
    expect(onCluster.report.tasks, onCluster.err).toMatchObject({ total: tasks, ran: tasks });
    expect(there.results()).toEqual(expected);
    expect((await there.run()).report.tasks).toMatchObject({ total: tasks, ran: 0, reused: tasks });
    await leftNothing(there);
  });

  test('sixty hostile names go through unharmed', async () => {
    // Hidden files are not data unless the pattern says so.
    const names = hostileNames.filter((name) => !name.startsWith('.') && Buffer.byteLength(name) <= 240);
    const there = place(
      `process copy_it {
  input { text: Text }
  output { out: Text = "out.txt" }
  uses (tag.name)
  resources { time: 5 s }
  script bash """
    printf '%s' "$tag_name" > "$out"
    cat "$text" >> "$out"
  """
}
workflow {
  let copied = copy_it(files("in/{name}.txt"))
  publish copied to "out/{name}.txt"
}
`,
      Object.fromEntries(names.map((name) => [`in/${name}.txt`, `<${name}>`])),
    );
    const { report, out, err } = await there.run('--runner', 'slurm');
    expect(report.status, out + err).toBe('succeeded');
    expect(report.published).toHaveLength(names.length);
    for (const { tags, relative } of report.published)
      expect(readFileSync(join(there.folder, 'results', relative), 'utf8')).toBe(`${tags.name}<${tags.name}>`);
    await leftNothing(there);
  });

  test('a folder whose name Slurm would read as words of its own is a folder', async () => {
    const there = place(`process hello {
  output { out: Text = "out.txt" }
  script bash """
    echo hello > "$out"
  """
}
workflow { publish hello().out to "hello.txt" }
`);
    const { report, err } = await there.run('--runner', 'slurm', '--store', 'at %A\\b 100%');
    expect(report.tasks, err).toMatchObject({ total: 1, ran: 1 });
    expect(there.results()).toEqual({ 'hello.txt': 'hello\n' });
  });

  test('a task that fails is told with its words, and tried again as often as it says', async () => {
    const there = place(`process flaky {
  input { n: Int }
  output { out: Text = "out.txt" }
  retry 1
  script bash """
    echo "no luck with $n" >&2
    exit 9
  """
}
workflow { publish flaky(n: values([1])) to "{value}.txt" }
`);
    const ended = await there.run('--runner', 'slurm');
    expect(ended.report).toMatchObject({ status: 'failed', tasks: { failed: 1 } });
    expect(ended.report.failures[0]).toMatchObject({ outcome: 'exit', exitCode: 9 });
    expect(ended.report.failures[0]?.stderrTail).toContain('no luck with 1');
    expect(attempts(there)).toHaveLength(2);
    await leftNothing(there);
  });

  test('a job that is cancelled by somebody else says so', async () => {
    const there = place(slow('sleep 600'));
    const run = there.run('--runner', 'slurm');
    const job = await runningJob(there);
    await slurm('scancel', job);
    const { report } = await run;
    expect(report.failures[0]?.message).toContain(`job ${job} was cancelled`);
    await leftNothing(there);
  });

  test('a task hears of it when its job is cancelled, and none that shares the job begins any more', async () => {
    const there = place(`process slow {
  input { n: Int }
  output { out: Text = "out.txt" }
  resources { time: 1 min }
  on_error finish
  script bash """
    : > "$out"
    echo "begun $n" >> ../../../.ledger
    trap 'echo "told $n" >> ../../../.ledger; exit 3' TERM
    while :; do sleep 0.05; done
  """
}
workflow { publish slow(n: values([1, 2])).out to "{value}.txt" }
`);
    const run = there.run('--runner', 'slurm');
    const job = await runningJob(there);
    const ledger = join(there.folder, '.bit/work/.ledger');
    await vi.waitFor(() => expect(readFileSync(ledger, 'utf8')).toBe('begun 1\n'), 20_000);
    await slurm('scancel', job);
    await run;
    expect(readFileSync(ledger, 'utf8')).toBe('begun 1\ntold 1\n');
    await leftNothing(there);
  });

  test('a task that needs more than it asked for ran out of memory', async () => {
    const there = place(slow('head -c 300M /dev/zero | tail -c 300M | wc -c', 'memory: 60 MiB'));
    const { report } = await there.run('--runner', 'slurm');
    expect(report.failures[0]?.outcome).toBe('oom');
    await leftNothing(there);
  });

  test('a task that takes longer than it asked for timed out', async () => {
    const there = place(slow('sleep 600', 'time: 1 s'));
    const { report } = await there.run('--runner', 'slurm');
    expect(report.failures[0]?.outcome).toBe('timeout');
    await leftNothing(there);
  });

  test('a job that is put back into the queue is done again, as what was preempted', async () => {
    const there = place(slow('[[ -e ../../../../again ]] || sleep 600'));
    const run = there.run('--runner', 'slurm');
    const job = await runningJob(there);
    writeFileSync(join(there.folder, '.bit/again'), '');
    await slurm('scontrol', 'update', `JobId=${job}`, 'Requeue=1');
    await slurm('scontrol', 'requeue', job);
    const ended = await run;
    expect(ended.status, ended.err).toBe(0);
    await leftNothing(there);
  });

  test('the controller is away for a while: nothing fails, and each job is there once', async () => {
    const own = await ownSlurm({ accounting: false });
    onTestFinished(own.close);
    const there = place(pipeline);
    const owned = withEnvironment(there, own.env);
    const run = owned.run('--runner', 'slurm');
    await appears(join(there.folder, '.bit/work/.slurm'));
    await own.stopController();
    await delay(process.env.BIT_TEST_SLOW ? 120_000 : 12_000);
    await own.startController();
    const ended = await run;
    expect(ended.report.tasks, ended.err).toMatchObject({ total: tasks, ran: tasks, failed: 0 });
    expect(finishedWork(there)).toHaveLength(new Set(finishedWork(there)).size);
  });

  test('interrupted, it takes its jobs out of the queue', async () => {
    const there = place(slow('sleep 600'));
    const child = start(there, env);
    await runningJob(there);
    child.kill('SIGINT');
    await new Promise((resolve) => child.once('exit', resolve));
    await leftNothing(there);
  });

  test('killed 20 times at different moments, the same command goes on: equal results, nothing done twice, nothing left behind', async () => {
    const slowly = pipeline.replaceAll('script bash """', 'script bash """\n    sleep 0.5');
    const undisturbed = place(slowly);
    await undisturbed.run();
    for (let killed = 0; killed < 20; ) {
      const there = place(slowly);
      for (let isOver = false; !isOver && killed < 20; ) {
        const child = start(there, env);
        const ended = new Promise<boolean>((resolve) =>
          child.once('exit', (_code, signal) => resolve(signal !== 'SIGKILL')),
        );
        await Promise.race([delay(500 + ((killed * 377) % 1500)), ended]);
        child.kill('SIGKILL');
        isOver = await ended;
        if (!isOver) killed += 1;
      }
      const end = await there.run('--runner', 'slurm');
      expect(end.status, end.out + end.err).toBe(0);
      expect(there.results()).toEqual(undisturbed.results());
      expect(finishedWork(there)).toHaveLength(new Set(finishedWork(there)).size);
      await leftNothing(there);
    }
  });

  test.each([
    ['a partition that is not there', 'queue: "mian"', 'BIT5022', 'Did you mean `main`?'],
    ['more memory than any node has', 'memory: 900 TiB', 'BIT5023', 'Ask for less'],
    ['more cores than any node has', 'cpus: 4000', 'BIT5023', 'Ask for less'],
    ['more memory than its partition grants', 'queue: "small", memory: 1 GiB', 'BIT5023', '`main`'],
    ["a word for sbatch that is bit's own", 'extra: ["--job-name=mine"]', 'BIT5027', 'Take it out of `extra`'],
    ['more time than its partition grants', 'queue: "short", time: 2 h', 'BIT5024', '`main`'],
  ])('%s is said before the first task', async (_what, resources, code, help) => {
    const there = place(slow('true', resources));
    const { status, report } = await there.run('--runner', 'slurm');
    expect(status).toBe(3);
    expect(report.diagnostics).toEqual([expect.objectContaining({ code, help: expect.stringContaining(help) })]);
  });

  test('a controller that does not answer is said before the first task', async () => {
    const there = place(slow('true'));
    writeFileSync(
      join(there.folder, 'slurm.conf'),
      'ClusterName=gone\nSlurmctldHost=localhost(127.0.0.1)\nSlurmctldPort=1\nAuthType=auth/none\nMessageTimeout=2\n',
    );
    const { status, report } = await withEnvironment(there, { SLURM_CONF: join(there.folder, 'slurm.conf') }).run(
      '--runner',
      'slurm',
    );
    expect(status).toBe(3);
    expect(report.diagnostics).toEqual([expect.objectContaining({ code: 'BIT5021' })]);
  });
});

test('without Slurm on this machine it says where to go', async () => {
  const there = makePipelinePlace({ 'main.bit': slow('true') });
  places.push(there);
  const { status, report } = await withEnvironment(there, { PATH: '/nowhere' }).run('--runner', 'slurm');
  expect(status).toBe(3);
  expect(report.diagnostics).toEqual([expect.objectContaining({ code: 'BIT5020' })]);
});

const samples = 5;
const pipeline = `
process halve {
  input { n: Int }
  output { parts: many Text = "part_{part:Int}.txt" }
  script bash """
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

/** One task that runs these lines. */
const slow = (lines: string, resources = 'cpus: 1'): string => `process one {
  input { n: Int }
  output { out: Text = "out.txt" }
  resources { ${resources} }
  script bash """
    >"$out"
    ${lines}
  """
}
workflow { publish one(n: values([1])).out to "{value}.txt" }
`;

function withEnvironment(of: PipelinePlace, environment: Readonly<Record<string, string>>): PipelinePlace {
  return {
    ...of,
    environment: { ...of.environment, ...environment },
    async run(...flags) {
      const ended = await of.bit(['run', 'main.bit', '--json', '--cpus', '2', ...flags], {
        environment: { ...environment },
      });
      return { ...ended, report: JSON.parse(ended.out === '' ? '{}' : ended.out) };
    },
  };
}

function start(of: PipelinePlace, environment: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, [join(root, 'bin/bit.js'), 'run', 'main.bit', '--json', '--runner', 'slurm'], {
    cwd: of.folder,
    env: { ...of.environment, ...environment },
    stdio: 'ignore',
  });
}

/** Waits until a job of this place runs its task, and gives its number. */
async function runningJob(of: PipelinePlace): Promise<string> {
  for (;;) {
    const found = (await queuedOf(of.folder)).find((line) => line.includes('RUNNING'))?.split(' ')[0];
    if (found !== undefined && attempts(of).some((at) => existsSync(join(at, 'task/out.txt')))) return found;
    await delay(50);
  }
}

async function leftNothing(of: PipelinePlace): Promise<void> {
  expect(await queuedOf(of.folder)).toEqual([]);
  expect(processesOf(of.folder)).toEqual([]);
  const batches = join(of.folder, '.bit/work/.slurm');
  expect(existsSync(batches) ? readdirSync(batches) : []).toEqual([]);
}

function attempts(of: PipelinePlace): readonly string[] {
  const work = join(of.folder, '.bit/work');
  if (!existsSync(work)) return [];
  return readdirSync(work)
    .filter((name) => !name.startsWith('.'))
    .flatMap((first) => readdirSync(join(work, first)).map((token) => join(work, first, token)));
}

/** Attempts that ended with exit status 0, by what they were given: each piece of work may be there once. */
function finishedWork(of: PipelinePlace): readonly string[] {
  return attempts(of).flatMap((at) => {
    if (!existsSync(join(at, 'exit.json'))) return [];
    const record = JSON.parse(readFileSync(join(at, 'exit.json'), 'utf8'));
    const document = readFileSync(join(at, 'task.json'), 'utf8');
    if (record.how.kind !== 'exited' || record.how.code !== 0 || document.includes('"texts"')) return [];
    const staged = readdirSync(join(at, 'task')).filter((name) => name === 'text.txt');
    return [document + staged.map((name) => readFileSync(join(at, 'task', name), 'utf8')).join('')];
  });
}
