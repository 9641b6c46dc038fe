import { afterEach, describe, expect, test } from 'vitest';
import { makePipelinePlace, type PipelinePlace } from '../support/pipeline-place.ts';

const places: PipelinePlace[] = [];
afterEach(() => {
  for (const place of places.splice(0)) place.remove();
});
const place = (files: Readonly<Record<string, string>>): PipelinePlace => {
  const made = makePipelinePlace(files);
  places.push(made);
  return made;
};

/** One process that sees its cpus, and one that does not. */
const pipeline = `edition 1

process number {
  input { n: Int }
  output { out: Text = "out.txt" }
  label small
  script bash """
    echo "$n" > "$out"
  """
}
process tell {
  input { text: Text }
  output { out: Text = "out.txt" }
  uses (cpus)
  resources { cpus: 1, memory: 1 GB, time: 1 h }
  label heavy, threaded
  script bash """
    echo "$(cat "$text") on $cpus" > "$out"
  """
}
workflow {
  let parts = number(values([1, 2]))
  publish tell(parts) to "{value}.txt" as counted
}
`;

/** A process that holds more than 100 MB, or hangs. */
const greedy = (script: string): string => `edition 1

process greedy {
  output { out: Text = "out.txt" }
  label heavy
  script python """
${script}
  """
}
workflow {
  publish greedy() to "out.txt" as out
}
`;
const eats = `    import time
    held = []
    for _ in range(100):
        held.append(bytearray(8_000_000))
        time.sleep(0.02)
    open("out.txt", "w").write("ate")`;
const hangs = `    import time
    time.sleep(60)`;

describe('what settings say about a process holds', () => {
  test('cpus: a script that uses them sees them, and only its tasks run again', async () => {
    const here = place({ 'main.bit': pipeline });
    const first = await here.run();
    expect(first.report.tasks).toMatchObject({ ran: 4, reused: 0 });
    expect(here.results()).toEqual({ '1.txt': '1 on 1\n', '2.txt': '2 on 1\n' });

    here.write('bit.toml', '[label.heavy]\ncpus = 2\n[process.number]\ncpus = 2\nmemory = "100 MB"\ntime = "1 min"\n');
    const second = await here.run();
    expect(second.report.tasks).toMatchObject({ ran: 2, reused: 2 });
    expect(here.results()).toEqual({ '1.txt': '1 on 2\n', '2.txt': '2 on 2\n' });
    const why = await here.bit(['why', 'results/1.txt']);
    expect(why.out).toContain('cpus');

    here.write('bit.toml', '');
    expect((await here.run()).report.tasks).toMatchObject({ ran: 0, reused: 4 });
  });

  test('cpus: as many tasks at once as they leave room for', async () => {
    const here = place({ 'main.bit': pipeline, 'bit.toml': '[process."*"]\ncpus = 2\n' });
    const { out } = await here.bit(['run', 'main.bit', '--events', '--cpus', '2']);
    let running = 0;
    const most: number[] = [];
    for (const line of out.trimEnd().split('\n')) {
      const event: { type: string; attempts: { resources?: { cpus: number } }[] } = JSON.parse(line);
      if (event.type === 'attempts-intended') {
        expect(event.attempts.map(({ resources }) => resources?.cpus)).toEqual(event.attempts.map(() => 2));
        running += event.attempts.length;
        most.push(running);
      }
      if (event.type === 'attempts-ended') running -= event.attempts.length;
    }
    expect(most).toEqual([1, 1, 1, 1]);
  });

  test.each([
    ['memory', '[label.heavy]\nmemory = "200 MB"\n', eats, 'oom'],
    ['time', '[process.greedy]\ntime = "500 ms"\n', hangs, 'timeout'],
    ['memory of a profile', '[profile.tight.process."*"]\nmemory = "200 MB"\n', eats, 'oom'],
    [
      'memory of the process rather than of its label',
      '[label.heavy]\nmemory = "4 GB"\n[process.greedy]\nmemory = "200 MB"\n',
      eats,
      'oom',
    ],
  ])('%s', async (_, settings, script, outcome) => {
    const here = place({ 'main.bit': greedy(script), 'bit.toml': settings });
    const { status, report } = await here.run(...(settings.includes('tight') ? ['--profile', 'tight'] : []));
    expect(report.failures.map((failure) => failure.outcome)).toEqual([outcome]);
    expect(status).toBe(1);
  });

  test('retry: further attempts, whatever the cause', async () => {
    const failing = greedy('    raise SystemExit(7)');
    const here = place({ 'main.bit': failing, 'bit.toml': '[profile.patient.process.greedy]\nretry = 2\n' });
    const attempts = async (...flags: string[]): Promise<number> => {
      const { out } = await here.bit(['run', 'main.bit', '--events', ...flags]);
      return out.match(/"type":"attempts-intended"/gu)?.length ?? 0;
    };
    expect(await attempts()).toBe(1);
    expect(await attempts('--profile', 'patient')).toBe(3);
  });

  test('runner: of a process, stronger than the flag', async () => {
    const here = place({
      'main.bit': pipeline,
      'bit.toml': '[label.small]\nrunner = "local"\n[process.tell]\nrunner = "local"\n',
    });
    const { status, report } = await here.run('--runner', 'docker');
    expect({ status, tasks: report.tasks }).toMatchObject({ status: 0, tasks: { ran: 4 } });
  });
});

describe('settings for what the pipeline does not have', () => {
  const settings = '[process.numbr]\ncpus = 2\n[label.huge]\ncpus = 2\n[process."*"]\nretry = 1\n';

  test('are a warning at the name, with what it has', async () => {
    const here = place({ 'main.bit': pipeline, 'bit.toml': settings });
    const { status, err } = await here.bit(['plan', 'main.bit']);
    expect(status).toBe(0);
    expect(err).toMatchInlineSnapshot(`
      "warning BIT5911  This pipeline has no process \`numbr\`, so what is set for it is not used
       ┌─ bit.toml:1:10
      1│ [process.numbr]
       │          ^^^^^
        Did you mean \`number\`?

      warning BIT5911  No process of this pipeline has the label \`huge\`, so what is set for it is not used
       ┌─ bit.toml:3:8
      3│ [label.huge]
       │        ^^^^
        It has \`small\`, \`heavy\` or \`threaded\`.
      "
    `);
    expect((await here.bit(['run', 'main.bit'])).err).toContain('BIT5911');
    expect((await here.bit(['log'])).err, 'only where a pipeline is planned').toBe('');
  });

  test('are no mistake where another pipeline in the folder has it, or many pipelines share the file', async () => {
    const here = place({
      'main.bit': pipeline,
      'bit.toml': settings,
      'other.bit': 'edition 1\n\nprocess numbr {\n  label big, huge\n}\n',
    });
    expect((await here.bit(['plan', 'main.bit'])).err).toBe('');
    const shared = place({ 'main.bit': pipeline, 'shared.toml': settings });
    const environment = { BIT_SYSTEM_CONFIG: `${shared.folder}/shared.toml` };
    expect((await shared.bit(['plan', 'main.bit'], { environment })).err).toBe('');
  });
});
