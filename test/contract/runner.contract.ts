import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Launch, Runner } from '../../src/engine/ports/runner.ts';
import { asAttemptToken } from '../../src/util/brand.ts';
import { appears, endedIn, isRunning, type Lab, type LabPlace, openLab, realPython } from '../support/runner-lab.ts';

// Real processes on a machine that others may be using.
vi.setConfig({ testTimeout: 60_000 });

export interface RunnerUnderTest {
  readonly name: string;
  open(workFolder: string): Promise<Runner>;
  /** Starts a process that submits the launches in a JSON file and then waits to be killed: a module with `run(file)`. */
  readonly engine: string;
  readonly engineArguments: readonly string[];
  /** What launches have in common; the local runner's where it is absent. */
  readonly place?: LabPlace;
  /** The Python of that place; this machine's where it is absent. */
  readonly python?: string;
  /** Ends whatever looks after an attempt, so that no record will ever be written: the local runner's launcher where it is absent. */
  vanish?(launch: Launch, external: string): Promise<void>;
}

/** What every runner promises: see the docstrings of `src/engine/ports/runner.ts`. Tasks are real processes. */
export function runnerContract(subject: RunnerUnderTest): void {
  describe(subject.name, () => {
    let lab: Lab;
    const python = (): string => subject.python ?? realPython();
    beforeAll(async () => {
      lab = await openLab(subject.open, subject.place === undefined ? {} : { place: subject.place });
    });
    afterAll(() => lab.close());

    describe('how a task ended', () => {
      test.each([0, 1, 2, 127, 130, 137, 141, 255])('a script that exits with %i', async (code) => {
        const { record } = await lab.run({ bash: `exit ${code}` });
        expect(record.how).toEqual({ kind: 'exited', code });
      });

      test.each(['SIGKILL', 'SIGSEGV', 'SIGABRT', 'SIGTERM'])('a script that is ended by %s', async (signal) => {
        const { record } = await lab.run({ bash: `kill -${signal.slice(3)} $$; exec sleep 100` });
        expect(record.how).toEqual({ kind: 'signalled', signal });
      });

      test('a script that is stopped for a while has not ended', async () => {
        const { record, stdout } = await lab.run({
          bash: '( sleep 0.05; kill -CONT $$ ) &\nkill -STOP $$\necho on; exit 4',
        });
        expect(record.how).toEqual({ kind: 'exited', code: 4 });
        expect(stdout).toBe('on\n');
      });

      test('a program that is ended by a signal, with exec', async () => {
        const { record } = await lab.run({ exec: [python(), '-c', 'import os; os.kill(os.getpid(), 11)'] });
        expect(record.how).toEqual({ kind: 'signalled', signal: 'SIGSEGV' });
      });

      test('a program that is not there was not started, and its name is said', async () => {
        const { record } = await lab.run({ exec: ['no-such-program', 'x'] });
        expect(record.how).toMatchObject({ kind: 'not-started', why: expect.stringContaining('no-such-program') });
      });

      test('times, token and isolation are in the record, which lies in the directory too', async () => {
        const before = Date.now();
        const { record, directory } = await lab.run({
          bash: 'for i in {1..20000}; do :; done; head -c 300000 /dev/zero >out',
        });
        expect(Date.parse(record.startedAt)).toBeGreaterThanOrEqual(before - 5);
        expect(Date.parse(record.endedAt)).toBeLessThanOrEqual(Date.now() + 5);
        expect(record.usage.wallSeconds).toBeGreaterThan(0);
        expect(record.usage.cpuSeconds).toBeGreaterThan(0);
        expect(record.usage.writtenBytes).toBeGreaterThanOrEqual(300_000);
        expect(record.usage.writtenBytes).toBeLessThan(400_000);
        expect(record.usage.readBytes).toBeGreaterThanOrEqual(300_000);
        expect(['mount-namespace', 'reflink', 'copy']).toContain(record.isolation);
        expect(JSON.parse(readFileSync(`${directory}/exit.json`, 'utf8'))).toMatchObject({ token: record.token });
      });

      test('a Python task reports the most memory it held, a bash task leaves the figure out rather than calling it zero', async () => {
        const measured = await lab.run({
          python: 'from bitflow import task\nheld = bytearray(80_000_000)\n',
          activation: { path: [], variables: {}, programs: { python: python() } },
        });
        expect(measured.record.usage.peakMemoryBytes).toBeGreaterThan(80_000_000);
        expect(measured.record.usage.peakMemoryBytes).toBeLessThan(200_000_000);
        const bash = await lab.run({ bash: ':' });
        expect(bash.record.usage.peakMemoryBytes ?? 1).toBeGreaterThan(0);
      });
    });

    describe('what a task sees', () => {
      test('a clean environment: nothing of the engine, its own home and temporary folder', async () => {
        process.env.BIT_TEST_SECRET = 'hunter2';
        const { stdout, directory, record } = await lab.run({
          bash: 'env -0',
          activation: { path: ['/opt/tool/bin'], variables: { DEEP: 'sea\nfloor' }, programs: {} },
        });
        delete process.env.BIT_TEST_SECRET;
        const seen = Object.fromEntries(
          stdout
            .split('\0')
            .slice(0, -1)
            .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
        );
        const { _: program, SHLVL: depth, PWD: folder, ...rest } = seen;
        expect({ program, depth }).toBeDefined();
        expect(folder).toBe(`${directory}/task`);
        expect(rest).toEqual({
          PATH: '/opt/tool/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
          HOME: `${directory}/tmp`,
          TMPDIR: `${directory}/tmp`,
          LANG: 'C.UTF-8',
          TZ: 'UTC',
          BIT_TASK: `${directory}/task.json`,
          BIT_TOKEN: record.token,
          DEEP: 'sea\nfloor',
        });
      });

      test('secrets, which no file keeps once it has ended', async () => {
        const { stdout, directory } = await lab.run({
          bash: 'echo "${#PASSWORD}"',
          activation: { path: [], variables: { PASSWORD: 'hunter2-hunter2' }, programs: {}, secrets: ['PASSWORD'] },
        });
        expect(stdout).toBe('15\n');
        const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) =>
          entry.isFile(),
        );
        expect(files.length).toBeGreaterThan(2);
        for (const file of files)
          expect(readFileSync(join(file.parentPath, file.name), 'utf8')).not.toContain('hunter2');
      });

      test('an empty standard input, and no open files of the launcher', async () => {
        const { stdout } = await lab.run({ bash: 'cat; ls /proc/self/fd | tr "\\n" " "' });
        expect(stdout).toBe('0 1 2 3 ');
      });

      test('nothing stays from the task before in the same launcher', async () => {
        await lab.run({
          bash: 'left=1; export left; f() { :; }; cd /; set -x; trap "echo late" EXIT; umask 077; ulimit -n 50',
        });
        const { stdout, stderr } = await lab.run({
          bash: 'echo "${left-none} $(type -t f || echo none) $(umask) $-"; [[ $(ulimit -n) != 50 ]]',
        });
        expect(stdout).toMatch(/^none none 0022 ehuB*c?\n$/);
        expect(stderr).toBe('');
      });

      test("a failing line ends a bash script, and the message names the script and the author's line", async () => {
        const { record, stderr } = await lab.run({ bash: 'echo one\nno_such_command\necho three' });
        expect(record.how).toEqual({ kind: 'exited', code: 127 });
        expect(stderr).toMatch(/script\.bash: line 2: no_such_command: command not found/);
      });

      test('a script may be anything: bash that looks at itself gets a shell of its own', async () => {
        const { stdout } = await lab.run({
          bash: 'echo "$$ $BASHPID $BASH_SUBSHELL"; [[ $$ == "$BASHPID" ]] && echo same; declare -A map=([a]=1); echo "${map[a]} ${0##*/}"',
        });
        expect(stdout).toMatch(/^\d+ \d+ 0\nsame\n1 script\.bash\n$/);
      });

      test('files lie where the document says, folders of outputs exist', async () => {
        mkdirSync(join(lab.folder, 'data/set'), { recursive: true });
        writeFileSync(join(lab.folder, 'data/it.txt'), 'one');
        writeFileSync(join(lab.folder, 'data/set/two.txt'), 'two');
        const { stdout, file } = await lab.run({
          staged: [
            { source: join(lab.folder, 'data/it.txt'), directory: false, target: 'image/own name.txt' },
            { source: join(lab.folder, 'data/it.txt'), directory: false, target: 'tiles/0001.txt' },
            { source: join(lab.folder, 'data/set'), directory: true, target: 'set.zarr' },
          ],
          folders: ['deep/er'],
          document: {
            input: {
              image: { path: 'image/own name.txt' },
              tiles: { list: [{ path: 'tiles/0001.txt' }] },
              set: { path: 'set.zarr' },
            },
            output: { copy: { kind: 'path', path: 'deep/er/copy.txt' } },
          },
          bash: 'cat "$image" "${tiles[@]}" "$set/two.txt" >"$copy"; ls | tr "\\n" " "',
        });
        expect(file('deep/er/copy.txt')).toBe('oneonetwo');
        expect(stdout).toBe('deep image set.zarr tiles ');
      });
    });

    describe('inputs are read-only', () => {
      test.each([
        ['>"$image"', 'writes over it'],
        ['echo more >>"$image"', 'appends to it'],
        ['chmod 600 "$image" && echo more >>"$(readlink -f "$image")"', 'makes the original writable first'],
        ['rm "$(readlink -f "$folder")"/part', 'deletes from a folder'],
        ['touch "$(readlink -f "$folder")"/new', 'adds to a folder'],
        ['mv "$(readlink -f "$folder")" "$(readlink -f "$folder").old"', 'moves the folder away'],
      ])('a script that runs `%s` (%s) leaves the original intact', async (text) => {
        const image = join(lab.folder, `original.tif`);
        const folder = join(lab.folder, 'original.zarr');
        mkdirSync(folder, { recursive: true });
        writeFileSync(image, 'pixels');
        writeFileSync(join(folder, 'part'), 'chunk');
        chmodSync(image, 0o644);
        const { record } = await lab.run({
          staged: [
            { source: image, directory: false, target: 'image.tif' },
            { source: folder, directory: true, target: 'folder.zarr' },
          ],
          document: { input: { image: { path: 'image.tif' }, folder: { path: 'folder.zarr' } } },
          bash: text,
        });
        expect(readFileSync(image, 'utf8')).toBe('pixels');
        expect(readdirSync(folder)).toEqual(['part']);
        expect(readFileSync(join(folder, 'part'), 'utf8')).toBe('chunk');
        // Root passes over the permissions of a copy; what is read-only by its mount is so for root too.
        if (record.isolation === 'mount-namespace') expect(record.how).not.toEqual({ kind: 'exited', code: 0 });
      });

      test('temporary files may be made everywhere they usually are', async () => {
        const { record, stderr } = await lab.run({
          bash: 'for place in "$HOME" "$TMPDIR" /tmp /var/tmp /dev/shm; do file=$(mktemp -p "$place"); rm "$file"; done; echo x >/dev/null',
        });
        expect(stderr).toBe('');
        expect(record.how).toEqual({ kind: 'exited', code: 0 });
      });
    });

    describe('what a task leaves behind', () => {
      test('a background child is ended before the record is written', async () => {
        const { record, directory } = await lab.run({ bash: 'sleep 1000 & echo $! >pid; disown' });
        expect(record).toMatchObject({ how: { kind: 'exited', code: 0 }, leftBehind: 1 });
        expect(stragglers(directory)).toEqual([]);
      });

      test('a daemon that forked twice into a session of its own is found and ended', async () => {
        const { record, directory } = await lab.run({
          exec: [
            python(),
            '-c',
            'import os, sys\nif os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0:\n    os.close(1); os.close(2)\n    while True: os.read(os.pipe()[0], 1)\n  os._exit(0)\nos.wait()',
          ],
        });
        expect(record).toMatchObject({ how: { kind: 'exited', code: 0 }, leftBehind: 1 });
        expect(stragglers(directory)).toEqual([]);
      });

      test('a task without leftovers counts none', async () => {
        const { record } = await lab.run({ bash: 'seq 1000 | sort | tail -n 1 >last; (sleep 0.01) & wait' });
        expect(record.leftBehind).toBe(0);
      });
    });

    describe('limits', () => {
      test('a task that takes too long is ended, with all its children', async () => {
        const { record, directory } = await lab.run({ bash: 'sleep 1000 | sleep 1000', timeoutSeconds: 0.3 });
        expect(record.how).toEqual({ kind: 'timed-out' });
        expect(record.usage.wallSeconds).toBeLessThan(5);
        expect(stragglers(directory)).toEqual([]);
      });

      test('a task that grows beyond its memory is ended, and the reason is said', async () => {
        const { record } = await lab.run({
          exec: [
            python(),
            '-c',
            'import time\nheld = []\nwhile True:\n  held.append(bytearray(8_000_000)); time.sleep(0.005)',
          ],
          resources: { cpus: 1, gpus: 0, memoryBytes: 200_000_000 },
        });
        expect(record.how).toEqual({ kind: 'out-of-memory' });
        expect(record.usage.peakMemoryBytes).toBeGreaterThan(150_000_000);
      });
    });

    describe('cancelling', () => {
      test('a task is asked to end, and may tidy up', async () => {
        const launch = lab.launch({
          bash: 'trap "echo tidy >tidied; exit 3" TERM\n>ready\nwhile :; do sleep 0.05; done',
        });
        await lab.submit([launch]);
        await appears(`${launch.directory}/task/ready`);
        await lab.runner.cancel([launch.token], { force: false, graceSeconds: 10 });
        const { record } = await lab.update(launch.token, 'ended');
        expect(record.how).toEqual({ kind: 'cancelled' });
        expect(readFileSync(`${launch.directory}/task/tidied`, 'utf8')).toBe('tidy\n');
      });

      test('one that does not listen is killed after the grace', async () => {
        const launch = lab.launch({ bash: 'trap "" TERM\n>ready\nwhile :; do sleep 1000; done' });
        await lab.submit([launch]);
        await appears(`${launch.directory}/task/ready`);
        await lab.runner.cancel([launch.token], { force: false, graceSeconds: 0.2 });
        const { record } = await lab.update(launch.token, 'ended');
        expect(record.how).toEqual({ kind: 'cancelled' });
        expect(stragglers(launch.directory)).toEqual([]);
      });

      test('by force at once', async () => {
        const launch = lab.launch({ bash: 'trap "" TERM\n>ready\nsleep 1000 & sleep 1000' });
        await lab.submit([launch]);
        await appears(`${launch.directory}/task/ready`);
        await lab.runner.cancel([launch.token], { force: true, graceSeconds: 60 });
        expect((await lab.update(launch.token, 'ended')).record.how).toEqual({ kind: 'cancelled' });
      });
    });

    describe('output', () => {
      test('a line of 100 MB and binary noise on stderr do no harm', async () => {
        const { record, directory } = await lab.run({
          bash: 'head -c 100000000 /dev/zero | tr "\\0" x >&2; head -c 1000000 /dev/urandom >&2; echo done',
        });
        expect(record.how).toEqual({ kind: 'exited', code: 0 });
        expect(statSync(`${directory}/stderr`).size).toBe(101_000_000);
        expect(readFileSync(`${directory}/stdout`, 'utf8')).toBe('done\n');
      });
    });

    test('many tasks at once, each with its own record', async () => {
      const launches = Array.from({ length: 60 }, (_, index) =>
        lab.launch({ bash: `echo ${index} >out; exit ${index}` }),
      );
      await lab.submit(launches);
      for (const [index, launch] of launches.entries()) {
        const { record } = await lab.update(launch.token, 'ended');
        expect(record.how).toEqual({ kind: 'exited', code: index });
        expect(endedIn(launch.directory, record).file('out')).toBe(`${index}\n`);
      }
    });

    describe('an engine that is killed', () => {
      test('what runs goes on and is taken over, what ended is found, what never began is said so, what vanished is lost', async () => {
        const running = lab.launch({ bash: 'mkfifo release; >ready; read -r word <release; echo "$word"; exit 7' });
        const release = `${running.directory}/task/release`;
        const secret = { path: [], variables: { PASSWORD: 'hunter2-hunter2' }, programs: {}, secrets: ['PASSWORD'] };
        const quick = lab.launch({ bash: 'echo quick', activation: secret });
        const doomed = lab.launch({ bash: '>ready; sleep 1000', activation: secret });
        const file = join(lab.folder, 'launches.json');
        writeFileSync(file, JSON.stringify({ workFolder: lab.workFolder, launches: [running, quick, doomed] }));
        const engine = spawn(process.execPath, [subject.engine, file, ...subject.engineArguments], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const started = new Map<string, string>();
        const said = lines(engine.stdout);
        const died = new Promise<void>((resolve) => engine.once('exit', () => resolve()));
        for await (const line of said) {
          const update = JSON.parse(line) as { kind: string; token: string; external?: string };
          if (update.kind === 'started') started.set(update.token, update.external ?? '');
          if (started.size === 3) break;
        }
        await appears(`${running.directory}/task/ready`);
        await appears(`${doomed.directory}/task/ready`);
        await appears(`${quick.directory}/exit.json`);
        engine.kill('SIGKILL');
        await died;

        await (subject.vanish ?? endLauncher)(doomed, started.get(doomed.token) ?? '');
        const never = lab.launch({ bash: 'echo never' });
        mkdirSync(never.directory, { recursive: true });
        const adoption = (launch: typeof running, external?: string) => ({
          runner: launch.runner,
          token: launch.token,
          directory: launch.directory,
          resources: launch.resources,
          ...(external === undefined ? {} : { external }),
        });
        const results = await lab.runner.adopt([
          adoption(running, started.get(running.token)),
          adoption(quick, started.get(quick.token)),
          adoption(doomed, started.get(doomed.token)),
          adoption(never),
          adoption(lab.launch({ token: asAttemptToken('never-made') })),
        ]);
        expect(results.map(({ state }) => state)).toEqual(['running', 'ended', 'lost', 'not-started', 'not-started']);
        expect(results[1]).toMatchObject({ record: { how: { kind: 'exited', code: 0 }, token: quick.token } });
        expect(stragglers(doomed.directory)).toEqual([]);
        // Their secrets go, though nobody was there to see them end.
        for (const { directory } of [quick, doomed]) expect(existsSync(`${directory}/launch`)).toBe(false);

        writeFileSync(release, 'onwards\n');
        const { record } = await lab.update(running.token, 'ended');
        expect(record.how).toEqual({ kind: 'exited', code: 7 });
        expect(readFileSync(`${running.directory}/stdout`, 'utf8')).toBe('onwards\n');
      });

      test('an adopted task can be found without its process number, is timed out and can be cancelled', async () => {
        const late = lab.launch({ bash: '>ready; sleep 1000' });
        const slow = lab.launch({ bash: '>ready; sleep 1000' });
        const file = join(lab.folder, 'more.json');
        writeFileSync(file, JSON.stringify({ workFolder: lab.workFolder, launches: [late, slow] }));
        const engine = spawn(process.execPath, [subject.engine, file, ...subject.engineArguments], {
          stdio: ['ignore', 'ignore', 'inherit'],
        });
        const died = new Promise<void>((resolve) => engine.once('exit', () => resolve()));
        await appears(`${late.directory}/task/ready`);
        await appears(`${slow.directory}/task/ready`);
        engine.kill('SIGKILL');
        await died;
        const results = await lab.runner.adopt([
          { runner: late.runner, token: late.token, directory: late.directory, resources: late.resources },
          {
            runner: slow.runner,
            token: slow.token,
            directory: slow.directory,
            resources: slow.resources,
            timeoutSeconds: 0.1,
          },
        ]);
        expect(results.map(({ state }) => state)).toEqual(['running', 'running']);
        expect((await lab.update(slow.token, 'ended')).record.how).toEqual({ kind: 'timed-out' });
        await lab.runner.cancel([late.token], { force: false, graceSeconds: 5 });
        expect((await lab.update(late.token, 'ended')).record.how).toEqual({ kind: 'cancelled' });
        expect([...stragglers(late.directory), ...stragglers(slow.directory)]).toEqual([]);
      });
    });
  });
}

async function endLauncher(_launch: Launch, external: string): Promise<void> {
  const launcher = Number(external.split(' ')[1]);
  process.kill(launcher, 'SIGKILL');
  while (isRunning(launcher)) await setImmediate();
}

/** Processes that still work in an attempt's directory. */
function stragglers(directory: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || !existsSync(`/proc/${pid}/environ`)) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`BIT_TASK=${directory}/`);
    } catch {
      return false;
    }
  });
}

async function* lines(stream: NodeJS.ReadableStream): AsyncIterable<string> {
  let rest = '';
  for await (const chunk of stream) {
    const parts = (rest + String(chunk)).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
}

export const localEngine = fileURLToPath(new URL('../support/local-engine.ts', import.meta.url));
