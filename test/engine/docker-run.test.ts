import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay, setImmediate } from 'node:timers/promises';
import { execa } from 'execa';
import { afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { root } from '../cli/bit.ts';
import { describeWithDocker } from '../support/daemons/daemons.ts';
import { clientOf, containersBelow } from '../support/docker-lab.ts';
import { makePipelinePlace, type PipelinePlace } from '../support/pipeline-place.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const places: PipelinePlace[] = [];
afterEach(() => {
  for (const place of places.splice(0)) place.remove();
});

function placeWith(pipeline: string, environment: Readonly<Record<string, string>>): PipelinePlace {
  const made = makePipelinePlace({ 'main.bit': pipeline });
  places.push(made);
  Object.assign(made.environment, environment);
  return made;
}

const inContainer = (image: string, more = ''): string => `
process double {
  input { n: Int }
  output { out: Text = "out.txt" }
  environment { container: "${image}"${more} }
  script bash """
    echo "$((n * 2))" >"$out"
  """
}
workflow { publish double(n: values(range(0, 3))).out to "{value}.txt" }
`;

describe('what stands in the way is said before anything runs', () => {
  test('no daemon where it is looked for', async () => {
    const { err, status } = await refused(inContainer('bit-test/debian:1'), {
      DOCKER_HOST: 'unix:///nowhere/docker.sock',
    });
    expect(status).toBe(3);
    expect(err).toContain('BIT5011');
    expect(err).toMatch(
      /no daemon answers at unix:\/\/\/nowhere\/docker\.sock \(DOCKER_HOST\): there is no such socket/,
    );
    expect(err).toContain('systemctl start docker');
  });

  test.each(['ssh://lab.example', 'nonsense'])('an address that cannot be asked: %s', async (DOCKER_HOST) => {
    const { err, status } = await refused(inContainer('bit-test/debian:1'), { DOCKER_HOST });
    expect(status).toBe(3);
    expect(err).toMatch(/BIT5011.*unix:\/\/ and tcp:\/\//);
  });
});

async function refused(pipeline: string, environment: Readonly<Record<string, string>>) {
  const place = placeWith(pipeline, environment);
  const ended = await place.bit(['run', 'main.bit', '--runner', 'docker']);
  expect(existsSync(join(place.folder, 'results'))).toBe(false);
  return ended;
}

describeWithDocker('bit run --runner docker', (daemon) => {
  const docker = clientOf(daemon);
  beforeAll(() => daemon.images());
  const place = (pipeline: string): PipelinePlace => placeWith(pipeline, daemon.env);

  test('results are there, the second run starts nothing, and no container remains', async () => {
    const here = place(inContainer('bit-test/debian:1'));
    const first = await here.run('--runner', 'docker');
    expect(first.status, first.err).toBe(0);
    expect(first.report.tasks).toMatchObject({ total: 3, ran: 3 });
    expect(here.results()).toEqual({ '0.txt': '0\n', '1.txt': '2\n', '2.txt': '4\n' });
    const second = await here.run('--runner', 'docker');
    expect(second.report.tasks).toMatchObject({ total: 3, ran: 0, reused: 3 });
    expect(await containersBelow(docker, here.folder)).toEqual([]);
  });

  test('the image decides, not its name: another name for it re-runs nothing, another image under the name re-runs all', async () => {
    const name = `bit-test/moving-${process.pid}`;
    const tag = (image: string): Promise<unknown> => docker.getImage(image).tag({ repo: name, tag: '1' });
    onTestFinished(async () => {
      await docker.getImage(`${name}:1`).remove();
    });
    const here = place(inContainer('bit-test/debian:1'));
    expect((await here.run('--runner', 'docker')).report.tasks).toMatchObject({ ran: 3 });
    await tag('bit-test/debian:1');
    here.write('main.bit', inContainer(`${name}:1`));
    expect((await here.run('--runner', 'docker')).report.tasks).toMatchObject({ ran: 0, reused: 3 });
    await tag('bit-test/python:1');
    expect((await here.run('--runner', 'docker')).report.tasks).toMatchObject({ ran: 3, reused: 0 });
  });

  test.runIf(process.getuid?.() === 0)('a disk that is full ends the run, and leaves no container', async () => {
    const here = place(`
process fill {
  input { n: Int }
  output { out: File = "out.bin" }
  environment { container: "bit-test/debian:1" }
  script bash """
    head -c "$((n * 7000000))" /dev/zero > "$out"
    sleep "$((4 - 2 * n))"
  """
}
workflow { publish fill(n: values([1, 2])).out to "{value}.bin" }
`);
    const store = join(here.folder, 'small');
    mkdirSync(store);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=14m', 'tmpfs', store]);
    try {
      const words = ['run', 'main.bit', '--runner', 'docker', '--store', store, '--cpus', '2'];
      const { status, out, err } = await here.bit(words);
      expect([1, 75], `${out}${err}`).toContain(status);
      expect(await containersBelow(docker, here.folder)).toEqual([]);
    } finally {
      execFileSync('umount', ['-l', store]);
    }
  });

  test('a task that failed can be run alone, in its container, with what the message says', async () => {
    const here = place(`
process count_lines {
  input { text: Text }
  output { out: Text = "out.txt" }
  environment { container: "bit-test/debian:1" }
  script bash """
    wc -l < "$text" > "$out"
    cat "$out" >&2
    exit 7
  """
}
workflow { publish count_lines(file("a, b.txt")).out to "n.txt" }
`);
    here.write('a, b.txt', 'one\ntwo\n');
    const { status, err } = await here.bit(['run', 'main.bit', '--runner', 'docker']);
    expect(status, err).toBe(1);
    const command = /Run it alone: (.*)/.exec(err)?.[1] ?? '';
    expect(command).toMatch(/^bash .*\/again$/);
    const alone = await execa('bash', ['-c', command], { reject: false, stdin: 'ignore' });
    expect(alone).toMatchObject({ exitCode: 7, stderr: '2' });
    expect(await containersBelow(docker, here.folder)).toEqual([]);
  });

  test('a chain through two images, with files and lists', async () => {
    const here = place(`
process make {
  input { n: Int }
  output { out: Text = "out.txt" }
  environment { container: "bit-test/python:1" }
  script python """
    from bitflow import task
    task.output.out.write_text("line %d\\n" % task.input.n)
  """
}
process unite {
  input { texts: Text[] }
  output { out: Text = "all.txt" }
  environment { container: "bit-test/debian:1" }
  script bash """
    cat "\${texts[@]}" >"$out"
    [[ $(wc -l <"$out") == 3 ]] || { echo "lines are missing" >&2; exit 9; }
  """
}
workflow { publish unite(collect(make(n: values(range(0, 3))).out)).out to "all.txt" }
`);
    const { status, out, err } = await here.bit(['run', 'main.bit', '--runner', 'docker']);
    expect(status, `${out}${err}`).toBe(0);
    expect(here.results()).toEqual({ 'all.txt': 'line 0\nline 1\nline 2\n' });
  });

  test('a process without a container', async () => {
    const { err, status } = await refused(
      inContainer('bit-test/debian:1').replace(/ {2}environment.*\n/, ''),
      daemon.env,
    );
    expect(status).toBe(3);
    expect(err).toContain('BIT5010');
  });

  test('an image that is nowhere, with the one that was meant', async () => {
    const { err, status } = await refused(inContainer('bit-test/debain:1'), daemon.env);
    expect(status).toBe(3);
    expect(err).toMatch(/BIT501[34]/);
    expect(err).toContain('bit-test/debain:1');
    expect(err).toContain('Did you mean `bit-test/debian:1`');
  });

  test('an image whose registry does not answer: both are said', async () => {
    const { err, status } = await refused(inContainer('127.0.0.1:9/lab/tool:1'), daemon.env);
    expect(status).toBe(3);
    expect(err).toMatch(/BIT5014.*not on this machine, and its registry cannot be asked/);
  });

  test('an option of a container that is not read, with those that are', async () => {
    const { err, status } = await refused(
      inContainer('bit-test/debian:1', ', container_options: ["--rm-everything"]'),
      daemon.env,
    );
    expect(status).toBe(3);
    expect(err).toContain('BIT5015');
    expect(err).toContain('`--shm-size`');
  });

  test('Ctrl-C ends what runs in containers, and none remains', async () => {
    const here = place(
      inContainer('bit-test/debian:1').replace('echo "$((n * 2))" >"$out"', '>ready; sleep 1000; echo "$n" >"$out"'),
    );
    const child = startRun(here);
    const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    while ((await containersBelow(docker, here.folder)).filter((one) => one.endsWith('running')).length < 2)
      await setImmediate();
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(await containersBelow(docker, here.folder)).toEqual([]);
  });

  const samples = 6;
  const longer = `
process halve {
  input { n: Int }
  output { parts: many Text = "part_{part:Int}.txt" }
  environment { container: "bit-test/debian:1" }
  script bash """
    for i in 1 2; do echo "$n.$i" > part_$i.txt; done
  """
}
process gather {
  input { texts: Text[] }
  output { out: Text = "all.txt" }
  environment { container: "bit-test/debian:1" }
  script bash """
    cat "\${texts[@]}" > "$out"
  """
}
workflow {
  let parts = halve(n: values(range(0, ${samples}))).parts
  publish gather(parts group by (value)).out to "{value}.txt"
}
`;

  test('an engine killed 20 times during runs: the results of an undisturbed run, nothing done twice, nothing left behind', async () => {
    const undisturbed = place(longer);
    expect((await undisturbed.run('--runner', 'docker')).report.tasks).toMatchObject({ ran: samples * 2 });
    const expected = undisturbed.results();
    let here = place(longer);
    let killed = 0;
    for (let round = 0; killed < 20; round++) {
      // Sooner and later: before the first container, while one is made, while it runs, when it has ended.
      if (await killedRun(here, 400 + ((round * 370) % 1300))) killed += 1;
      const isLast = killed === 20 || round % 5 === 4;
      if (!isLast) continue;
      const end = await here.run('--runner', 'docker');
      expect(end.status, `${end.out}${end.err}`).toBe(0);
      expect(here.results()).toEqual(expected);
      expect(finishedWork(here)).toEqual([...new Set(finishedWork(here))]);
      expect(await containersBelow(docker, here.folder)).toEqual([]);
      expect((await here.run('--runner', 'docker')).report.tasks).toMatchObject({ reused: samples * 2, ran: 0 });
      here = place(longer);
    }
  }, 300_000);
});

function startRun(of: PipelinePlace): ChildProcess {
  return spawn(process.execPath, [join(root, 'bin/bit.js'), 'run', 'main.bit', '--runner', 'docker', '--cpus', '2'], {
    cwd: of.folder,
    env: of.environment,
    stdio: 'ignore',
  });
}

async function killedRun(of: PipelinePlace, milliseconds: number): Promise<boolean> {
  const child = startRun(of);
  const ended = new Promise<boolean>((resolve) => child.once('exit', (_code, signal) => resolve(signal === 'SIGKILL')));
  await Promise.race([delay(milliseconds), ended]);
  child.kill('SIGKILL');
  return ended;
}

/** What attempts that ended well were given: each piece of work may be there once. */
function finishedWork(of: PipelinePlace): readonly string[] {
  const work = join(of.folder, '.bit/work');
  if (!existsSync(work)) return [];
  return (
    readdirSync(work)
      .filter((name) => !name.startsWith('.'))
      .flatMap((group) => readdirSync(join(work, group)).map((token) => join(work, group, token)))
      .filter((at) => {
        if (!existsSync(join(at, 'exit.json'))) return false;
        const record: { how: { kind: string; code?: number } } = JSON.parse(
          readFileSync(join(at, 'exit.json'), 'utf8'),
        );
        return record.how.kind === 'exited' && record.how.code === 0;
      })
      .map((at) => readFileSync(join(at, 'task.json'), 'utf8'))
      // Inputs of the others are files, all staged under the same names.
      .filter((document) => document.includes('"n"'))
      .sort()
  );
}
