import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { root } from '../cli/bit.ts';
import { makePipelinePlace, type PipelinePlace, processesOf } from '../support/pipeline-place.ts';

const places: PipelinePlace[] = [];
afterEach(() => {
  for (const place of places.splice(0)) place.remove();
});
const place = (main: string, files: Readonly<Record<string, string>> = {}): PipelinePlace => {
  const made = makePipelinePlace({ 'main.bit': main, ...files });
  places.push(made);
  return made;
};

/** Five tasks, of which the third fails; two more hang on each. */
const flaky = (clauses: string, call = ''): string => `
process work {
  input { n: Int }
  output { out: Text = "out.txt" }
  ${clauses}
  script bash """
    if [ "$n" = 3 ]; then echo "cannot do three" >&2; exit 7; fi
    echo "$n" > "$out"
  """
}
process next {
  input { text: Text }
  output { out: Text = "out.txt" }
  script bash """
    cat "$text" > "$out"
  """
}
workflow {
  let worked = work(values([1, 2, 3, 4, 5]))
  let after_it = next(worked)
  ${call}
  publish after_it to "{value}.txt"
}
`;

describe('a failure is told with all that is needed to mend it', () => {
  test('the line, the exit in words, the end of stderr, the directory, and how to run it alone', async () => {
    const here = place(flaky('').replace('exit 7', 'exit 137'));
    const { status, out, err } = await here.bit(['run', 'main.bit']);
    expect(status).toBe(1);
    const text = out + err;
    expect(text).toMatch(/main\.bit:\d+/u);
    expect(text).toContain('killed');
    expect(text).toContain('cannot do three');
    expect(text).toMatch(/\.bit\/work\/[0-9a-f]{2}\//u);
    expect(text).toMatch(/Run it alone: /u);
  });

  test('the exit status and the counts are right for each policy', async () => {
    const finish = await place(flaky('on_error finish')).run();
    expect(finish.status).toBe(1);
    expect(finish.report.tasks).toMatchObject({ failed: 1 });
    expect(finish.report.failures).toMatchObject([
      { task: 'worked[value=3]', outcome: 'exit', exitCode: 7, stderrTail: 'cannot do three' },
    ]);
    const { total, ...rest } = finish.report.tasks;
    expect(Object.values(rest).reduce((sum, count) => sum + count, 0)).toBe(total);
    expect(total).toBe(10);
  });

  test('with quarantine the item is set aside, the others go through, and the run has succeeded', async () => {
    const here = place(
      flaky('on_error quarantine', 'publish work_log.log to "failed/{value}.txt"').replace(
        'let after_it',
        'let work_log = worked.failed\n  let after_it',
      ),
    );
    const { status, report, out, err } = await here.run();
    expect(status, out + err).toBe(0);
    expect(report.tasks).toMatchObject({ ran: 8, quarantined: 1, failed: 0 });
    expect(Object.keys(here.results()).sort()).toEqual(['1.txt', '2.txt', '4.txt', '5.txt', 'failed/3.txt']);
    expect(here.results()['failed/3.txt']).toContain('cannot do three');
    expect((await here.run('--strict')).status).toBe(1);
  });
});

describe('retries', () => {
  test('`attempt` grows the request, and a task counts once', async () => {
    const here = place(`
process grow {
  output { out: Text = "out.txt" }
  uses (attempt)
  retry 2 on exit(9)
  script bash """
    [ "$attempt" = 3 ] || exit 9
    echo "$attempt" > "$out"
  """
}
workflow { publish grow() to "out.txt" as grown }
`);
    const { report, out, err } = await here.run();
    expect(report.status, out + err).toBe('succeeded');
    expect(report.tasks).toMatchObject({ total: 1, ran: 1 });
    expect(here.results()).toEqual({ 'out.txt': '3\n' });
  });

  test('a time limit is kept, and told apart from a failure', async () => {
    const here = place(`
process slow {
  output { out: Text = "out.txt" }
  resources { time: 300 ms }
  script bash """
    sleep 60
    echo done > "$out"
  """
}
workflow { publish slow() to "out.txt" as slowly }
`);
    const { status, report } = await here.run();
    expect(status).toBe(1);
    expect(report.failures).toMatchObject([{ outcome: 'timeout' }]);
    expect(processesOf(here.folder)).toEqual([]);
  });

  test('what a task leaves behind is ended with it', async () => {
    const here = place(`
process leave {
  output { out: Text = "out.txt" }
  script bash """
    sleep 1000 &
    (setsid sleep 1000 > /dev/null 2>&1 &)
    echo done > "$out"
  """
}
workflow { publish leave() to "out.txt" as left }
`);
    const { report, out, err } = await here.run();
    expect(report.status, out + err).toBe('succeeded');
    expect(processesOf(here.folder)).toEqual([]);
  });
});

describe('Ctrl-C', () => {
  const slow = `
process slow {
  input { n: Int }
  output { out: Text = "out.txt" }
  script bash """
    trap 'exit 5' TERM
    echo started > started.txt
    for i in $(seq 1 600); do sleep 0.1; done
    echo "$n" > "$out"
  """
}
workflow { publish slow(values(range(0, 4))) to "{value}.txt" as slowly }
`;
  /** The command once two tasks have begun. */
  async function begun(here: PipelinePlace) {
    const child = spawn(process.execPath, [join(root, 'bin/bit.js'), 'run', 'main.bit', '--json', '--cpus', '2'], {
      cwd: here.folder,
      env: here.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    child.stdout.on('data', (data) => {
      out += String(data);
    });
    const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    const started = (): number => {
      const work = join(here.folder, '.bit/work');
      const folders = existsSync(work) ? readdirSync(work).filter((name) => /^[0-9a-f]{2}$/u.test(name)) : [];
      return folders
        .flatMap((first) => readdirSync(join(work, first)).map((token) => join(work, first, token, 'task/started.txt')))
        .filter(existsSync).length;
    };
    while (started() < 2) await delay(20);
    return { child, ended, out: () => out };
  }

  test.each<readonly [NodeJS.Signals, number]>([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])('%s ends the children, says "cancelled" and leaves nothing', async (signal, status) => {
    const here = place(slow);
    const run = await begun(here);
    const from = Date.now();
    run.child.kill(signal);
    expect(await run.ended).toBe(status);
    expect(Date.now() - from).toBeLessThan(15_000);
    expect(JSON.parse(run.out())).toMatchObject({
      status: 'cancelled',
      tasks: { total: 4, ran: 0, failed: 0, cancelled: 4 },
    });
    expect(processesOf(here.folder)).toEqual([]);
  });

  test('the second Ctrl-C does not wait for a tool that will not end', async () => {
    const here = place(slow.replace("trap 'exit 5' TERM", "trap '' TERM INT"));
    const run = await begun(here);
    run.child.kill('SIGINT');
    await delay(300);
    run.child.kill('SIGINT');
    const from = Date.now();
    expect(await run.ended).toBe(130);
    expect(Date.now() - from).toBeLessThan(8_000);
    expect(processesOf(here.folder)).toEqual([]);
  });
});
