import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { describeWithDocker, describeWithSlurm, ownDocker, ownSlurm } from './daemons.ts';

type Variables = Readonly<Record<string, string>>;

const run = (env: Variables, program: string, ...words: readonly string[]): string =>
  execFileSync(program, words, { encoding: 'utf8', env: { ...process.env, ...env }, stdio: 'pipe' }).trim();

describeWithDocker('The Docker daemon of the tests', (docker) => {
  test('runs images made on this machine', () => {
    const say = (image: string, ...command: readonly string[]): string =>
      run(docker.env, 'docker', 'run', '--rm', '--network=none', '--init', image, ...command);
    expect(say('bit-test/busybox:1', 'sh', '-c', 'echo sh')).toBe('sh');
    expect(say('bit-test/debian:1', 'bash', '-c', 'echo bash | awk 1')).toBe('bash');
    expect(say('bit-test/python:1', 'python3', '-c', 'import sqlite3, ssl; print("python")')).toBe('python');
    expect(say('bit-test/empty:1', '/busybox', 'echo', 'empty')).toBe('empty');
  });

  test('one of its own can be restarted and killed, and leaves nothing behind', async () => {
    const own = await ownDocker();
    onTestFinished(own.close);
    const state = (name: string): string =>
      run(own.env, 'docker', 'inspect', '--format={{.State.Status}} {{.State.ExitCode}}', name);
    await own.images('bit-test/busybox:1');
    for (const name of ['first', 'second'])
      run(own.env, 'docker', 'run', '--detach', '--init', '--name', name, 'bit-test/busybox:1', 'sleep', '1000');
    await own.restart({ liveRestore: true });
    // The daemon was not yet told to leave them when it went away.
    expect(state('first')).toBe('exited 143');
    run(own.env, 'docker', 'start', 'first', 'second');
    await own.restart({ liveRestore: true });
    expect(state('first')).toBe('running 0');
    await own.kill();
    expect(() => state('first')).toThrow('Cannot connect to the Docker daemon');
    await own.start({ liveRestore: true });
    expect(state('second')).toBe('running 0');
    await own.close();
    expect(existsSync(dirname(own.socket))).toBe(false);
    expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(dirname(own.socket));
    expect(commandLines()).not.toContain(dirname(own.socket));
  });
});

for (const accounting of [false, true]) {
  const name = accounting ? 'The Slurm cluster of the tests that keeps accounts' : 'The Slurm cluster of the tests';
  describeWithSlurm(name, { accounting }, (slurm) => {
    test('runs jobs', () => {
      run(slurm.env, 'sbatch', '--wait', '--output=/dev/null', '--wrap=true');
      expect(() => run(slurm.env, 'sbatch', '--wait', '--output=/dev/null', '--wrap=exit 3')).toThrow();
    });
  });
}

describeWithSlurm('A Slurm cluster of a test alone', { accounting: false }, () => {
  test('can lose its controller, and leaves nothing behind', async () => {
    const own = await ownSlurm({ accounting: false });
    onTestFinished(own.close);
    const job = run(own.env, 'sbatch', '--parsable', '--output=/dev/null', '--wrap=sleep 1000');
    const state = (): string => run(own.env, 'squeue', '--noheader', '--jobs', job, '--format=%T');
    await expect.poll(state, { timeout: 30_000 }).toBe('RUNNING');
    await own.stopController();
    expect(() => run(own.env, 'scontrol', 'ping')).toThrow();
    await own.startController();
    expect(state()).toBe('RUNNING');
    await own.pauseController();
    expect(() => run(own.env, 'timeout', '2', 'squeue')).toThrow();
    await own.resumeController();
    expect(state()).toBe('RUNNING');
    await own.close();
    expect(existsSync(dirname(own.env.SLURM_CONF))).toBe(false);
    expect(commandLines()).not.toContain(dirname(own.env.SLURM_CONF));
    expect(() => run({}, 'pgrep', '-f', `slurmstepd: .${job}.batch.`)).toThrow();
  });
});

describe('A daemon that is started', () => {
  const script = (text: string): string => {
    const folder = mkdtempSync(join(tmpdir(), 'bit-daemon-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const support = fileURLToPath(new URL('daemon.sh', import.meta.url));
    return run({}, 'bash', '-euc', `folder=$1; . "$2"; ${text}; end_daemon sleep`, 'bash', folder, support);
  };
  // It is the shell, `setsid` and `nohup` before it is itself, for longer where the machine is busy.
  const slowly = `run_daemon sleep bash -c 'read -rt 0.5 <> <(:) || exec sleep 1000'`;

  test('is waited for while it is not yet itself', () => {
    expect(script(`${slowly}; started sleep 10 pid_of sleep; echo there`)).toBe('there');
  });

  test('is not waited for once it has ended', () => {
    expect(() => script('run_daemon sleep false; started sleep 100 pid_of sleep')).toThrow('does not answer');
  });

  test('takes the place of one that an earlier start has left', () => {
    const twice = 'first=$(pid_of sleep); run_daemon sleep sleep 1000; started sleep 10 pid_of sleep';
    expect(script(`${slowly}; started sleep 10 pid_of sleep; ${twice}; [ ! -e "/proc/$first" ]; echo one`)).toBe('one');
  });
});

describe('A daemon that is not there', () => {
  test('is named, with how to start it, and where it has to be there it is a failure', () => {
    const outcome = (daemons: string): string => {
      const env = { BIT_TEST_STATE: '/nowhere', BIT_TEST_DAEMONS: daemons, NO_COLOR: '1' };
      try {
        return run(env, 'npx', 'vitest', 'run', '--testNamePattern=Slurm|Docker', 'test/support/daemons');
      } catch (error) {
        return String(error instanceof Error && 'stdout' in error ? error.stdout : error);
      }
    };
    expect(outcome('')).toMatch(/not tested: The Docker daemon of the tests: .*docker\.sh start/);
    expect(outcome('docker')).toMatch(/1 failed/);
  });
});

function commandLines(): string {
  return run({}, 'ps', '-eo', 'args');
}
