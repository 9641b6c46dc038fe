import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makePlace, masked, type Place, root } from './bit.ts';

/** Needs bash alone; which items fail is a param. */
const pipeline = `/// Numbers, one file each, and all of them in one.

edition 1

params {
  /// Items that fail.
  bad: Int[] = []
  /// How loud a task is.
  volume: Float in 0.0..1.0 = 0.5
  /// Whether the parts are put together.
  together: Bool = true
  mode: "plain" | "fancy" = "plain"
}

process number {
  input {
    n: Int
    bad: Int[]
    mode: "plain" | "fancy"
  }
  output { text: Text = "number.txt" }
  script bash """
    for one in "\${bad[@]}"; do
      if [ "$one" = "$n" ]; then
        echo "working on $n" >&2
        echo "cannot do $n" >&2
        exit 7
      fi
    done
    echo "$mode $n" > "$text"
  """
}

process put_together {
  input { parts: Text[] }
  output { all: Text = "all.txt" }
  script bash """
    cat "\${parts[@]}" > "$all"
  """
}

workflow {
  let items = values([1, 2, 3]) tag { n: it } untag (value)
  let numbers = number(items, bad: params.bad, mode: params.mode)

  publish numbers to "numbers/{n}.txt"
  if params.together {
    let all = put_together(collect(numbers))
    publish all to "all.txt"
  }
  assert params.volume < 0.9, "too loud"
}
`;

let place: Place;
beforeAll(() => {
  place = makePlace({ 'numbers.bit': pipeline });
});
afterAll(() => place.remove());

const fresh = (): Place => makePlace({ 'numbers.bit': pipeline });
const read = (at: Place, path: string): string => readFileSync(join(at.folder, path), 'utf8');

describe('bit run', () => {
  test('runs, says what happened and where the results are; again, it reuses everything', async () => {
    const first = await place.bit(['run', 'numbers.bit']);
    expect(first.status).toBe(0);
    await expect(masked(place, first)).toMatchFileSnapshot('golden/run-first.txt');
    expect(read(place, 'results/all.txt')).toBe('plain 1\nplain 2\nplain 3\n');
    const second = await place.bit(['run', 'numbers.bit']);
    expect(second.status).toBe(0);
    await expect(masked(place, second)).toMatchFileSnapshot('golden/run-second.txt');
  });

  test('--json is one document on stdout and nothing else', async () => {
    const { status, out, err } = await place.bit(['run', 'numbers.bit', '--json']);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    const document = JSON.parse(out);
    expect(document).toMatchObject({
      format: 'bit/run/1',
      status: 'succeeded',
      tasks: { total: 4, ran: 0, reused: 4, failed: 0, quarantined: 0, skipped: 0, cancelled: 0 },
      failures: [],
    });
    expect(document.run).toMatch(/\S+/);
    expect(document.published).toContainEqual({
      path: join(place.folder, 'results/numbers/2.txt'),
      relative: 'numbers/2.txt',
      digest: expect.stringMatching(/^blake3:[0-9a-f]{64}$/),
      tags: { n: 2 },
      name: 'numbers',
      task: 'numbers[n=2]',
    });
  });

  test('--events is the run as JSON lines in commit order', async () => {
    const { status, out } = await place.bit(['run', 'numbers.bit', '--events', '--fresh', 'put_together']);
    expect(status).toBe(0);
    const events = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
    const types = events.map((event) => event.type);
    expect(types[0]).toBe('run-started');
    expect(types.at(-1)).toBe('run-ended');
    expect(types).toEqual(
      expect.arrayContaining([
        'tasks-planned',
        'tasks-reused',
        'attempts-intended',
        'attempts-ended',
        'tasks-succeeded',
      ]),
    );
    for (const event of events) {
      expect(event.run).toBe(events[0].run);
      expect(event.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    }
  });

  test('a failure is shown at its line, with the exit in words, its last words, and how to run it alone', async () => {
    const here = fresh();
    const ended = await here.bit(['run', 'numbers.bit', '--bad', '2', '--on-error', 'finish']);
    expect(ended.status).toBe(1);
    await expect(masked(here, ended)).toMatchFileSnapshot('golden/run-failure.txt');
    const command = /Run it alone: (.*)/.exec(ended.err)?.[1] ?? '';
    const alone = await execa('bash', ['-c', command], { reject: false });
    expect(alone.exitCode).toBe(7);
    expect(alone.stderr).toBe('working on 2\ncannot do 2');

    const asJson = JSON.parse(
      (await here.bit(['run', 'numbers.bit', '--bad', '2', '--on-error', 'finish', '--json'])).out,
    );
    expect(asJson).toMatchObject({
      status: 'failed',
      tasks: { total: 4, reused: 2, failed: 1, skipped: 1 },
      failures: [
        {
          task: 'numbers[n=2]',
          outcome: 'exit',
          exitCode: 7,
          message: 'exit status 7',
          stderrTail: expect.stringContaining('cannot do 2'),
        },
      ],
    });
    here.remove();
  });

  test('with quarantine the rest goes on; --strict still says no', async () => {
    const here = fresh();
    const words = ['run', 'numbers.bit', '--bad', '2', '--on-error', 'quarantine', '--no-together'];
    const ended = await here.bit(words);
    expect(ended.status).toBe(0);
    await expect(masked(here, ended)).toMatchFileSnapshot('golden/run-quarantine.txt');
    expect((await here.bit([...words, '--strict'])).status).toBe(1);
    here.remove();
  });

  test('an assertion that does not hold fails the run', async () => {
    const here = fresh();
    const ended = await here.bit(['run', 'numbers.bit', '--volume', '1.0']);
    expect(ended.status).toBe(1);
    expect(ended.err).toContain('too loud');
    expect(ended.err).toContain('`assert params.volume < 0.9` does not hold (numbers.bit:51)');
    here.remove();
  });

  test('files that are no longer made are named, and removed with --prune', async () => {
    const here = fresh();
    await here.bit(['run', 'numbers.bit']);
    const without = await here.bit(['run', 'numbers.bit', '--no-together']);
    expect(without.out).toContain('`--prune` removes it:\n    results/all.txt');
    const pruned = await here.bit(['run', 'numbers.bit', '--no-together', '--prune']);
    expect(pruned.out).toContain('1 file of items that are no longer made removed');
    expect(readdirSync(join(here.folder, 'results'))).toEqual(['numbers']);
    here.remove();
  });

  test('--outdir and --store are seen from where one stands', async () => {
    const here = fresh();
    const { status } = await here.bit(['run', 'numbers.bit', '--outdir', 'out/x', '--store', 'kept']);
    expect(status).toBe(0);
    expect(readdirSync(here.folder).sort()).toEqual(['kept', 'numbers.bit', 'out']);
    expect(readdirSync(join(here.folder, 'out/x')).sort()).toEqual(['all.txt', 'numbers']);
    rmSync(join(here.folder, 'out'), { recursive: true });
    here.remove();
  });

  test.runIf(process.getuid?.() === 0)('somebody without a name on this machine can run pipelines', async () => {
    const here = makePlace({
      'one.bit':
        'process one {\n  output { out: Text = "out.txt" }\n  script bash """\n    id -u > "$out"\n  """\n}\nworkflow { publish one().out to "one.txt" }\n',
    });
    execFileSync('chown', ['-R', '54321:54321', here.folder]);
    const words = ['--reuid=54321', '--regid=54321', '--clear-groups', process.execPath, join(root, 'bin', 'bit.js')];
    const ended = await execa('setpriv', [...words, 'run', 'one.bit'], {
      cwd: here.folder,
      env: {
        ...here.environment,
        HOME: here.folder,
        XDG_STATE_HOME: join(here.folder, '.state'),
        BIT_SYSTEM_CONFIG: '/nonexistent',
      },
      extendEnv: false,
      reject: false,
    });
    expect(ended.exitCode, ended.stderr).toBe(0);
    expect(readFileSync(join(here.folder, 'results/one.txt'), 'utf8')).toBe('54321\n');
    here.remove();
  });

  test('what an interpreter lacks is found before anything runs, and exits 3', async () => {
    const here = makePlace({
      'julia.bit':
        'edition 1\n\nprocess p {\n  output { t: Text = "t.txt" }\n  exec ["no-such-tool-anywhere", t]\n}\n\nworkflow {\n  publish p() to "t.txt" as t\n}\n',
    });
    const { status, err } = await here.bit(['run', 'julia.bit']);
    expect(err).toContain('no-such-tool-anywhere');
    expect(status).toBe(3);
    here.remove();
  });

  test('an outdir that cannot be written is found before the first task', async () => {
    const here = fresh();
    for (const [outdir, exit, said] of [
      ['numbers.bit', 2, 'Results cannot go to numbers.bit: it is a file'],
      ['numbers.bit/deep', 2, 'numbers.bit is a file, not a folder'],
      ['/proc/x', 3, 'Results cannot go to /proc/x: /proc cannot be written'],
    ] as const) {
      const { status, err } = await here.bit(['run', 'numbers.bit', '--outdir', outdir]);
      expect({ outdir, status }).toEqual({ outdir, status: exit });
      expect(err).toContain(said);
      expect(err).toContain('--outdir DIR');
    }
    expect(readdirSync(here.folder)).toEqual(['numbers.bit']);
    here.remove();
  });

  test('a store where a file lies is refused in words', async () => {
    const here = fresh();
    const { status, err } = await here.bit(['run', 'numbers.bit', '--store', 'numbers.bit/store']);
    expect(status).toBe(3);
    expect(err).toContain('numbers.bit is a file, and a folder has to be there');
    here.remove();
  });

  test('items set aside are a line each, the first one also whole', async () => {
    const here = fresh();
    const words = ['run', 'numbers.bit', '--bad', '2', '--bad', '3', '--on-error', 'quarantine', '--no-together'];
    const { err } = await here.bit(words);
    expect(err.match(/^◦ numbers\[n=[23]\]: exit status 7, set aside: cannot do [23]$/gm)).toHaveLength(2);
    expect(err.match(/Its directory/g)).toHaveLength(1);
    expect(err).toContain('1 more was set aside');
    const quiet = await here.bit([...words, '--quiet']);
    expect(quiet.err.match(/^◦ numbers/gm)).toHaveLength(1);
    here.remove();
  });

  test('a stub run says so, and keeps its files apart', async () => {
    const here = fresh();
    const { out } = await here.bit(['run', 'numbers.bit', '--stub']);
    expect(out).toContain('stub run succeeded');
    expect(out).toContain('files in results/stub/');
    expect((await here.bit(['log'])).out).toMatch(/ stub$/m);
    expect((await here.bit(['show', 'latest'])).out).toContain('stub run');
    expect(JSON.parse((await here.bit(['log', '--json'])).out).runs[0].stub).toBe(true);
    here.remove();
  });

  test('a program that several processes lack is said once', async () => {
    const lacking = (name: string): string =>
      `process ${name} {\n  output { t: Text = "t.txt" }\n  environment { system: ["no-such-tool"] }\n  exec ["no-such-tool", t]\n}\n`;
    const here = makePlace({
      'p.bit': `edition 1\n\n${lacking('a')}\n${lacking('b')}\nworkflow {\n  publish a() to "a.txt" as a\n  publish b() to "b.txt" as b\n}\n`,
    });
    const { status, err } = await here.bit(['run', 'p.bit']);
    expect(status).toBe(3);
    expect(err.match(/BIT5002/g)).toHaveLength(1);
    expect(err).toContain('`b` needs it too');
    here.remove();
  });
});

describe('the store of a pipeline elsewhere', () => {
  let here: Place;
  beforeAll(async () => {
    here = makePlace({ 'pipelines/numbers.bit': pipeline });
    expect((await here.bit(['run', 'pipelines/numbers.bit'])).status).toBe(0);
  });
  afterAll(() => here.remove());

  test('is asked about what its runs published, and named', async () => {
    const { status, err, out } = await here.bit(['why', 'results/all.txt']);
    expect({ status, err }).toEqual({
      status: 0,
      err: `Asking the store ${here.folder}/pipelines/.bit, whose runs published to ${here.folder}/results\n`,
    });
    expect(out).toContain('all');
    expect((await here.bit(['verify', 'results'])).status).toBe(0);
  });

  test('is not taken for that of the folder one stands in, and never changed', async () => {
    for (const words of [['log'], ['gc'], ['rebuild'], ['verify'], ['env', 'prune', '--all'], ['find', 'true']]) {
      const { status, err } = await here.bit(words);
      expect({ words, status }).toEqual({ words, status: 2 });
      expect(err).toContain('There is no store (.bit)');
    }
  });

  test('is named by `bit config --why store`, and forgotten when it is gone', async () => {
    here.write('aside/numbers.bit', pipeline);
    await here.bit(['run', 'aside/numbers.bit', '--store', 'kept', '--outdir', 'out']);
    const inAside = (words: readonly string[]) =>
      execa(process.execPath, [join(root, 'bin', 'bit.js'), ...words], {
        cwd: join(here.folder, 'aside'),
        env: here.environment,
        extendEnv: false,
        reject: false,
      });
    expect((await inAside(['config', '--why', 'store'])).stdout).toContain(
      `Questions asked here go to ${here.folder}/kept`,
    );
    expect((await inAside(['log'])).stdout).toContain('numbers.bit');
    expect((await inAside(['gc'])).exitCode).toBe(2);
    rmSync(join(here.folder, 'kept'), { recursive: true });
    expect((await inAside(['log'])).exitCode).toBe(2);
  });
});

describe('params', () => {
  test('--help shows them with docs, types, ranges and defaults', async () => {
    const { status, out } = await place.bit(['run', 'numbers.bit', '--help']);
    expect(status).toBe(0);
    await expect(out.slice(out.indexOf('numbers.bit\n'), out.indexOf('\nFlags\n'))).toMatchFileSnapshot(
      'golden/run-params-help.txt',
    );
  });

  test('a flag is stronger than the params file, and that than the default', async () => {
    const here = fresh();
    here.write('params.json', '{ "mode": "fancy", "together": false }');
    await here.bit(['run', 'numbers.bit', '--params', 'params.json']);
    expect(read(here, 'results/numbers/1.txt')).toBe('fancy 1\n');
    expect(readdirSync(join(here.folder, 'results'))).toEqual(['numbers']);
    here.write('params.toml', 'mode = "fancy"\n');
    await here.bit(['run', 'numbers.bit', '--params', 'params.toml', '--mode=plain', '--outdir', 'flag']);
    expect(read(here, 'flag/all.txt')).toBe('plain 1\nplain 2\nplain 3\n');
    here.remove();
  });

  test('the pipeline may stand behind the flags', async () => {
    const { status, out } = await place.bit(['plan', '--no-together', '--mode', 'fancy', 'numbers.bit', '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(out).tasks).toHaveLength(3);
  });

  test.each([
    ['unknown', ['--mod', 'fancy'], []],
    ['unknown-like-a-flag', ['--outdr', 'x'], []],
    ['out-of-range', ['--volume', '2'], []],
    ['wrong-type', ['--bad', '1', '--bad', 'two'], []],
    ['twice', ['--mode', 'plain', '--mode', 'fancy'], []],
    ['stray-word', ['fancy'], []],
    ['in-file', ['--params', 'p.json'], [['p.json', '{\n  "volume": 7,\n  "modes": "plain"\n}\n']]],
    ['broken-file', ['--params', 'p.toml'], [['p.toml', 'mode = "plain\n']]],
    ['missing-file', ['--params', 'nowhere.json'], []],
    ['not-json', ['--params', 'p.json'], [['p.json', '{\n  "mode": "plain",\n}\n']]],
    ['no-value', ['--mode'], []],
    ['no-value-float', ['--volume'], []],
    ['value-of-switch', ['--together', 'maybe'], []],
    ['two-forms', ['--events', '--json'], []],
    ['reserved-name', ['--name', 'latest'], []],
    ['huge-count', ['--cpus', '99999999999999999999'], []],
  ] as const)('%s: refused at its place before anything runs', async (name, words, files) => {
    const here = fresh();
    for (const [path, text] of files) here.write(path, text);
    const { status, out, err } = await here.bit(['run', 'numbers.bit', ...words]);
    const asJson = words.some((word) => word === '--json');
    expect({ status, out: asJson ? '' : out }).toEqual({ status: 2, out: '' });
    await expect(asJson ? out : err).toMatchFileSnapshot(`golden/param-${name}.txt`);
    expect(readdirSync(here.folder)).not.toContain('.bit');
    here.remove();
  });

  test('--only and --fresh take processes and calls that there are', async () => {
    const { status, err } = await place.bit(['run', 'numbers.bit', '--only', 'numbrs']);
    expect(status).toBe(2);
    expect(err).toContain('There is no process or call `numbrs` in this pipeline');
    expect(err).toContain('Did you mean `numbers` or `number`?');
  });
});

describe('bit plan', () => {
  test('says what would run and why, and writes nothing', async () => {
    const here = fresh();
    const before = await here.bit(['plan', 'numbers.bit']);
    expect(before.status).toBe(0);
    await expect(before.out).toMatchFileSnapshot('golden/plan-first.txt');
    expect(readdirSync(here.folder)).toEqual(['numbers.bit']);
    await here.bit(['run', 'numbers.bit']);
    const after = await here.bit(['plan', 'numbers.bit', '--mode', 'fancy']);
    await expect(after.out).toMatchFileSnapshot('golden/plan-changed.txt');
    const reuse = JSON.parse((await here.bit(['plan', 'numbers.bit', '--json'])).out);
    expect(reuse).toMatchObject({ format: 'bit/plan/1', counts: { total: 4, reuse: 4, run: 0, unknown: 0 } });
    expect(reuse.tasks[0]).toMatchObject({
      id: 'numbers[n=1]',
      process: 'number',
      tags: { n: 1 },
      action: 'reuse',
      waitsFor: [],
    });
    here.remove();
  });

  test.each(['mermaid', 'dot', 'svg', 'json'])('--graph %s draws it', async (form) => {
    const { status, out } = await place.bit(['plan', 'numbers.bit', '--graph', form]);
    expect(status).toBe(0);
    await expect(out).toMatchFileSnapshot(`golden/graph-${form}.txt`);
  });
});
