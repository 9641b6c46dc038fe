import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { makePlace, type Place, root } from './bit.ts';

/** Tasks that tell where they are and stay until they are ended; one of them does not listen. */
const pipeline = `edition 1

params {
  deaf: Bool = false
}

process stay {
  input {
    i: Int
    deaf: Bool
    flag: Str
  }
  output { t: Text = "t.txt" }
  script bash """
    if [ "$deaf" = true ]; then trap '' TERM INT HUP; fi
    echo $$ > "$flag-$i"
    while :; do sleep 0.05; done
  """
}

workflow {
  let items = values([1, 2, 3]) tag { i: it } untag (value)
  let stayed = stay(items, deaf: params.deaf, flag: FLAG)
  publish stayed to "{i}.txt"
}
`;

interface Begun {
  readonly place: Place;
  readonly child: ChildProcess;
  /** Process ids of the tasks that run; resolves once there are two, which is all that two cores hold. */
  tasks(): Promise<readonly number[]>;
  ended(): Promise<number | null>;
  output(): string;
}

/** The flag files lie in a temporary folder of their own: a task may write nowhere else outside of its directory. */
async function interrupting(words: readonly string[], body: (begun: Begun) => Promise<void>): Promise<void> {
  const flags = mkdtempSync(join(tmpdir(), 'bit-flags-'));
  const place = makePlace({ 'stay.bit': pipeline.replace('FLAG', JSON.stringify(join(flags, 'at'))) });
  const child = spawn(process.execPath, [join(root, 'bin', 'bit.js'), 'run', 'stay.bit', '--cpus', '2', ...words], {
    cwd: place.folder,
    env: place.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const started = async (): Promise<readonly number[]> => {
    for await (const _ of watch(flags)) {
      const found = readdirSync(flags).map((name) => Number(readFileSync(join(flags, name), 'utf8')));
      if (found.length >= 2 && found.every((pid) => pid > 0)) return found;
    }
    return [];
  };
  const tasks = started();
  try {
    await body({ place, child, tasks: () => tasks, ended: async () => (await closed)[0], output: () => output });
  } finally {
    if (child.exitCode === null) child.kill('SIGKILL');
    rmSync(flags, { recursive: true, force: true });
    place.remove();
  }
}

/** Whether any process works in a folder; ids inside a namespace say nothing out here. */
function processesIn(folder: string): readonly string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/cwd`).startsWith(folder);
    } catch {
      return false;
    }
  });
}

describe('a run that is interrupted', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s ends its tasks, says how to go on, and exits %d', async (signal, status) => {
    await interrupting([], async ({ place, child, tasks, ended, output }) => {
      await tasks();
      child.kill(signal);
      expect(await ended()).toBe(status);
      expect(output()).toContain(
        'Stopping: nothing new is started, and what runs has 10 s to end. Ctrl-C again ends it now.',
      );
      expect(output()).toMatch(/3 tasks: 3 cancelled/);
      expect(output()).toContain('The same command goes on from here: bit run stay.bit --cpus 2');
      expect(processesIn(place.folder)).toEqual([]);
    });
  });

  test('a task that does not listen is ended after the grace', async () => {
    await interrupting(['--deaf', '--grace', '500 ms'], async ({ place, child, tasks, ended }) => {
      await tasks();
      child.kill('SIGINT');
      expect(await ended()).toBe(130);
      expect(processesIn(place.folder)).toEqual([]);
    });
  });

  test('a second Ctrl-C does not wait for the grace', async () => {
    await interrupting(['--deaf', '--grace', '1 h'], async ({ place, child, tasks, ended, output }) => {
      await tasks();
      child.kill('SIGINT');
      while (!output().includes('Stopping')) await once(child.stderr ?? child, 'data');
      child.kill('SIGINT');
      expect(await ended()).toBe(130);
      expect(output()).toContain('Ending everything now.');
      expect(processesIn(place.folder)).toEqual([]);
    });
  });

  test('under --json the document says that it was cancelled', async () => {
    await interrupting(['--json'], async ({ child, tasks, ended, output }) => {
      await tasks();
      child.kill('SIGINT');
      expect(await ended()).toBe(130);
      expect(JSON.parse(output().slice(output().indexOf('{')))).toMatchObject({
        format: 'bit/run/1',
        status: 'cancelled',
      });
    });
  });

  test('a terminal gets its cursor back', async () => {
    const place = makePlace({
      'numbers.bit':
        'edition 1\n\nprocess p {\n  output { t: Text = "t.txt" }\n  script bash """\n    sleep 1\n    echo hello > "$t"\n  """\n}\n\nworkflow {\n  publish p() to "t.txt" as t\n}\n',
    });
    const command = [process.execPath, join(root, 'bin', 'bit.js'), 'run', 'numbers.bit'].join(' ');
    const { stdout } = await execa('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
      cwd: place.folder,
      env: { ...place.environment, TERM: 'xterm' },
      extendEnv: false,
      stdin: 'ignore',
    });
    const hidden = stdout.lastIndexOf('\u001b[?25l');
    expect(hidden).toBeGreaterThanOrEqual(0);
    expect(stdout.lastIndexOf('\u001b[?25h')).toBeGreaterThan(hidden);
    expect(stdout).toContain('1 task: 1 ran');
    place.remove();
  });
});
