import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import type { RunnerUpdate, ScriptValue } from '../../src/engine/ports/runner.ts';
import { openDockerRunner } from '../../src/runners/docker/index.ts';
import { describeWithDocker } from '../support/daemons/daemons.ts';
import { clientOf, containersBelow, dockerLab, placeIn } from '../support/docker-lab.ts';
import { hostileNames } from '../support/hostile-names.ts';
import { appears, type Lab } from '../support/runner-lab.ts';

vi.setConfig({ testTimeout: 60_000 });

describeWithDocker('tasks in containers', (daemon) => {
  const docker = clientOf(daemon);
  let lab: Lab;
  beforeAll(async () => {
    await daemon.images();
    lab = await dockerLab(daemon, { image: 'bit-test/debian:1', slots: 2 });
  });
  afterAll(async () => {
    await lab.close();
    expect(await containersBelow(docker, lab.folder)).toEqual([]);
  });

  const within = (image: string, options: readonly string[] = []) => ({
    activation: placeIn(image, options).activation,
  });

  test('an image that has only `sh` runs what it has', async () => {
    const { stdout, record } = await lab.run({
      ...within('bit-test/busybox:1'),
      exec: ['sh', '-c', 'echo "$0 $BIT_TOKEN"; pwd', 'a b'],
    });
    expect(record.how).toEqual({ kind: 'exited', code: 0 });
    expect(stdout).toBe(`a b ${record.token}\n${lab.workFolder}/a/${record.token}/task\n`);
  });

  test('an image without any shell runs its program', async () => {
    const { stdout, record } = await lab.run({ ...within('bit-test/empty:1'), exec: ['/busybox', 'echo', 'alone'] });
    expect(record.how).toEqual({ kind: 'exited', code: 0 });
    expect(stdout).toBe('alone\n');
  });

  test('a script in a language that the image lacks was not started, and its interpreter is named', async () => {
    const { record } = await lab.run({ ...within('bit-test/busybox:1'), bash: 'echo never' });
    expect(record.how).toMatchObject({ kind: 'not-started', why: expect.stringContaining('bash') });
  });

  test('sixty hostile names, as values, files, lists and outputs', async () => {
    mkdirSync(join(lab.folder, 'inputs'), { recursive: true });
    const names = hostileNames.filter((name) => name !== '.' && name !== '..');
    for (const name of names) writeFileSync(join(lab.folder, 'inputs', name), `content of ${name}`);
    const text = (value: string): ScriptValue => value;
    const { stdout, stderr, record, directory } = await lab.run({
      ...within('bit-test/debian:1'),
      staged: names.map((name) => ({
        source: join(lab.folder, 'inputs', name),
        directory: false,
        target: `files/${name}`,
      })),
      folders: ['made'],
      document: {
        input: {
          names: { list: hostileNames.map(text) },
          files: { list: names.map((name) => ({ path: `files/${name}` })) },
        },
        output: Object.fromEntries(
          names.map((name, index) => [`out_${index}`, { kind: 'path', path: `made/${name}` } as const]),
        ),
      },
      bash: `printf '%s\\0' "\${names[@]}"
for file in "\${files[@]}"; do cat <"$file"; printf '\\0'; link=$(readlink "$file"; echo /); printf '%s\\0' "\${link##*/in/}"; done
for ((index = 0; index < ${names.length}; index++)); do name=out_$index; echo "$index" >"\${!name}"; done
`,
    });
    expect(stderr).toBe('');
    expect(record.how).toEqual({ kind: 'exited', code: 0 });
    const said = stdout.split('\0').slice(0, -1);
    expect(said.slice(0, hostileNames.length)).toEqual([...hostileNames]);
    expect(said.slice(hostileNames.length).filter((_, index) => index % 2 === 0)).toEqual(
      names.map((name) => `content of ${name}`),
    );
    expect(readdirSync(join(directory, 'task/made')).sort()).toEqual([...names].sort());
  });

  test('an input is seen under the name it is staged as, and nothing beside it is seen', async () => {
    const source = join(lab.folder, 'object-without-extension');
    writeFileSync(source, 'pixels');
    const { stdout } = await lab.run({
      ...within('bit-test/debian:1'),
      staged: [{ source, directory: false, target: 'image.tif' }],
      bash: `readlink -f image.tif; ls "$(dirname "$(readlink -f image.tif)")"; ls '${lab.folder}' 2>/dev/null | wc -l`,
    });
    expect(stdout).toBe('/bit/in/0/image.tif\nimage.tif\n1\n');
  });

  test('five hundred inputs', async () => {
    const folder = join(lab.folder, 'many');
    mkdirSync(folder, { recursive: true });
    const files = Array.from({ length: 500 }, (_, index) => join(folder, `${index}.txt`));
    for (const [index, file] of files.entries()) writeFileSync(file, `${index}\n`);
    const { stdout, record } = await lab.run({
      ...within('bit-test/debian:1'),
      staged: files.map((source, index) => ({ source, directory: false, target: `in/${index}.txt` })),
      bash: 'cat in/*.txt | sort -n | tail -n 1; ! echo x >>in/7.txt',
    });
    expect(record.how).toEqual({ kind: 'exited', code: 0 });
    expect(stdout).toBe('499\n');
  });

  test('no network but where it is asked for', async () => {
    const links = 'exec 3</proc/net/dev; while read -r name _ <&3; do case $name in *:) echo "$name" ;; esac; done';
    const { stdout: without } = await lab.run({ ...within('bit-test/debian:1'), bash: links });
    expect(without.split('\n').filter((name) => name.startsWith('eth'))).toEqual([]);
    const { activation } = within('bit-test/debian:1');
    const { stdout } = await lab.run({
      activation: { ...activation, container: { image: 'bit-test/debian:1', network: true, options: [] } },
      bash: links,
    });
    expect(stdout).toContain('eth0:');
  });

  test('cpus and memory are limits, options of a container are its own', async () => {
    const launch = lab.launch({
      activation: placeIn('bit-test/debian:1', ['--shm-size=128m', '--env=SITE=here', '--hostname', 'lab']).activation,
      resources: { cpus: 1, gpus: 0, memoryBytes: 300_000_000 },
      bash: 'echo "$SITE"; uname -n; >ready; read -r _ < <(sleep 1000)',
    });
    await lab.submit([launch]);
    await appears(`${launch.directory}/task/ready`);
    const info = await docker.getContainer(`bit-${launch.token}`).inspect();
    expect(info.HostConfig).toMatchObject({
      NanoCpus: 1e9,
      Memory: 300_000_000,
      MemorySwap: 300_000_000,
      ShmSize: 128 * 2 ** 20,
      NetworkMode: 'none',
      Init: true,
    });
    expect(info.Config.Labels).toMatchObject({ 'bit.token': launch.token, 'bit.work': lab.workFolder });
    await lab.runner.cancel([launch.token], { force: true, graceSeconds: 0 });
    await lab.update(launch.token, 'ended');
    expect(readFileSync(`${launch.directory}/stdout`, 'utf8')).toBe('here\nlab\n');
  });

  test('more cores than there are, less memory than a daemon gives: the task runs with what there is', async () => {
    const { record } = await lab.run({ bash: ':', resources: { cpus: 500, gpus: 0, memoryBytes: 7_000_000 } });
    expect(['exited', 'out-of-memory']).toContain(record.how.kind);
  });

  test('a child that the kernel ends for want of memory is told apart from a failure', async () => {
    const { record } = await lab.run({
      ...within('bit-test/python:1'),
      bash: 'python3 -c "held = bytearray(400_000_000)" || exit 4',
      resources: { cpus: 1, gpus: 0, memoryBytes: 100_000_000 },
    });
    expect(record.how).toEqual({ kind: 'out-of-memory' });
  });

  test.each(['stop', 'kill'] as const)(
    'a container that somebody else ends (docker %s) is lost, so that it is tried again',
    async (how) => {
      const launch = lab.launch({ bash: 'trap "exit 3" TERM; >ready; while :; do sleep 0.05; done' });
      await lab.submit([launch]);
      await appears(`${launch.directory}/task/ready`);
      await docker.getContainer(`bit-${launch.token}`)[how]();
      expect((await lab.update(launch.token, 'lost')).why).toMatch(/something outside ended its container/);
    },
  );

  test('a container that somebody removes is lost', async () => {
    const launch = lab.launch({ bash: '>ready; sleep 1000' });
    await lab.submit([launch]);
    await appears(`${launch.directory}/task/ready`);
    await docker.getContainer(`bit-${launch.token}`).remove({ force: true });
    expect((await lab.update(launch.token, 'lost')).why).toMatch(/container/);
  });

  test('a container that is paused is ended all the same', async () => {
    const launch = lab.launch({ bash: '>ready; sleep 1000' });
    await lab.submit([launch]);
    await appears(`${launch.directory}/task/ready`);
    await docker.getContainer(`bit-${launch.token}`).pause();
    await lab.runner.cancel([launch.token], { force: true, graceSeconds: 0 });
    expect((await lab.update(launch.token, 'ended')).record.how).toEqual({ kind: 'cancelled' });
  });

  test('an attempt that waits for its turn is called off without having begun', async () => {
    const first = [0, 1].map(() => lab.launch({ bash: '>ready; sleep 1000' }));
    const waiting = lab.launch({ bash: 'echo never' });
    await lab.submit([...first, waiting]);
    for (const { directory } of first) await appears(`${directory}/task/ready`);
    await lab.runner.cancel([waiting.token], { force: false, graceSeconds: 5 });
    expect((await lab.update(waiting.token, 'not-started')).why).toMatch(/cancelled/);
    await lab.runner.cancel(
      first.map(({ token }) => token),
      { force: true, graceSeconds: 0 },
    );
    for (const { token } of first) await lab.update(token, 'ended');
  });

  test('an image that is gone when a task is to start is said by the daemon', async () => {
    const launch = lab.launch({ ...within('bit-test/none:1'), bash: ':' });
    await lab.submit([launch]);
    expect((await lab.update(launch.token, 'not-started')).why).toMatch(/bit-test\/none:1/);
  });

  test('what an image says about programs is kept, what it says about commands is not', async () => {
    const name = `bit-test/spoken-${process.pid}:1`;
    const made = await docker.createContainer({ Image: 'bit-test/debian:1', Cmd: ['true'] });
    onTestFinished(async () => {
      await docker.getImage(name).remove();
    });
    await made.commit({
      repo: name.split(':')[0],
      tag: '1',
      changes: [
        'ENV PATH=/opt/tools:/usr/bin:/bin',
        'ENV LD_LIBRARY_PATH=/opt/lib',
        'ENV LD_PRELOAD=/opt/lib/none.so',
        'ENV BASH_ENV=/opt/none',
        'ENV OWN="two words"',
        'ENTRYPOINT ["/bin/false"]',
        'VOLUME /scratch',
      ].join('\n'),
    });
    await made.remove();
    const volumes = async (): Promise<readonly string[]> =>
      (await docker.listVolumes()).Volumes.map(({ Name }) => Name).sort();
    const before = await volumes();
    const own = await dockerLab(daemon, { image: name, slots: 1 });
    const { stdout, record } = await own.run({ bash: 'echo "$PATH $LD_LIBRARY_PATH $OWN $LANG $TZ"' });
    await own.close();
    expect(record.how).toEqual({ kind: 'exited', code: 0 });
    expect(stdout).toBe('/opt/tools:/usr/bin:/bin /opt/lib two words C.UTF-8 UTC\n');
    expect(await volumes()).toEqual(before);
  });

  test('a task that ends while it is being taken over ends once', async () => {
    const launch = lab.launch({ bash: 'mkfifo release; >ready; read -r _ <release; exit 7' });
    await lab.submit([launch]);
    await appears(`${launch.directory}/task/ready`);

    const slow = await slowDaemon(daemon.socket, /^\/containers\/bit-.*\/json/);
    vi.stubEnv('DOCKER_HOST', slow.host);
    onTestFinished(() => void vi.unstubAllEnvs());
    const next = await openDockerRunner({ workFolder: lab.workFolder, slots: 1, settings: { host: slow.host } });
    const adopting = next.adopt([launch]);
    await slow.asked;
    writeFileSync(`${launch.directory}/task/release`, 'on\n');
    const said: RunnerUpdate[] = [];
    const signal = AbortSignal.timeout(30_000);
    while (!said.some(({ kind }) => kind === 'ended')) said.push(...(await next.updates(signal)));
    slow.answer();

    expect(await adopting).toEqual([{ token: launch.token, state: 'running' }]);
    expect(said).toMatchObject([{ kind: 'ended', record: { how: { kind: 'exited', code: 7 } } }]);
    await next.close();
    await slow.close();
  });

  test('results belong to the one who runs the engine', async () => {
    const { directory } = await lab.run({ bash: 'mkdir sub; >sub/out; umask 077; >private' });
    for (const name of ['sub', 'sub/out', 'private']) {
      const { uid, gid } = statSync(join(directory, 'task', name));
      expect([uid, gid]).toEqual([process.getuid?.(), process.getgid?.()]);
    }
  });
});

/** The daemon, but for answers to some questions, which wait until they are let go. */
async function slowDaemon(socket: string, questions: RegExp) {
  const asked = Promise.withResolvers<void>();
  const answering = Promise.withResolvers<void>();
  const server = createServer((question, answer) => {
    const { url: path = '', method, headers } = question;
    const passed = request({ socketPath: socket, path, method, headers }, (given) => {
      answer.writeHead(given.statusCode ?? 500, given.headers);
      answer.flushHeaders();
      given.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    answer.on('close', () => passed.destroy());
    const pass = (): void => void question.pipe(passed);
    if (!questions.test(path)) return pass();
    asked.resolve();
    void answering.promise.then(pass);
  });
  const folder = mkdtempSync(join(tmpdir(), 'bit-slow-'));
  await new Promise<void>((resolve) => server.listen(`${folder}/socket`, resolve));
  return {
    host: `unix://${folder}/socket`,
    asked: asked.promise,
    answer: () => answering.resolve(),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
    },
  };
}
