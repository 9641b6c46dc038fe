import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { openDockerPlace } from '../../src/runners/docker/index.ts';
import { describeWithDocker } from '../support/daemons/daemons.ts';
import { clientOf } from '../support/docker-lab.ts';
import { makePipelinePlace, type PipelinePlace } from '../support/pipeline-place.ts';
import { processOf } from '../support/process-of.ts';
import { openRegistry, type Registry } from '../support/registry.ts';

vi.setConfig({ testTimeout: 60_000 });

const places: PipelinePlace[] = [];
afterEach(() => {
  for (const place of places.splice(0)) place.remove();
});

const asking = (image: string): string => `
process ask {
  output { out: Text = "out.txt" }
  environment { container: "${image}" }
  exec ["/bin/busybox", "sh", "-c", "cat /word >out.txt"]
}
process again {
  output { out: Text = "out.txt" }
  environment { container: "${image}" }
  exec ["/bin/busybox", "sh", "-c", "cat /word /word >out.txt"]
}
workflow {
  publish ask().out to "ask.txt"
  publish again().out to "again.txt"
}
`;

describeWithDocker('images of a registry', (daemon) => {
  const docker = clientOf(daemon);
  const folder = mkdtempSync(join(tmpdir(), 'bit-image-'));
  beforeAll(() => {
    mkdirSync(join(folder, 'bin'));
    copyFileSync('/bin/busybox', join(folder, 'bin/busybox'));
    writeFileSync(join(folder, 'word'), 'hello\n');
    mkdirSync(join(folder, 'tmp'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const place = (image: string): PipelinePlace => {
    const made = makePipelinePlace({ 'main.bit': asking(image) });
    places.push(made);
    Object.assign(made.environment, daemon.env);
    return made;
  };

  async function registry(options: Omit<Parameters<typeof openRegistry>[0], 'folder'> = {}): Promise<Registry> {
    const opened = await openRegistry({ folder, ...options });
    onTestFinished(async () => {
      await opened.close();
      await docker
        .getImage(opened.image)
        .remove({ force: true })
        .catch(() => undefined);
    });
    return opened;
  }

  test('one that is not here is fetched once, and known by its digest', async () => {
    const { image, digest, fetched } = await registry();
    const here = place(image);
    const plan = await here.bit(['plan', 'main.bit', '--runner', 'docker']);
    expect(plan.status, plan.err).toBe(0);
    expect(fetched()).toBe(0);
    const first = await here.bit(['run', 'main.bit', '--runner', 'docker']);
    expect(first.status, first.err).toBe(0);
    expect(first.err).toContain(`building (the image ${image})`);
    expect(here.results()).toEqual({ 'ask.txt': 'hello\n', 'again.txt': 'hello\nhello\n' });
    expect(fetched()).toBe(1);
    const second = await here.run('--runner', 'docker');
    expect(second.report.tasks).toMatchObject({ ran: 0, reused: 2 });
    // By the registry's digest, which is the same on every machine.
    expect((await docker.getImage(image).inspect()).RepoDigests.join()).toContain(digest);
  });

  test('while it is fetched it is said how far that is, once to each who waits', async () => {
    const { image, digest, fetched } = await registry();
    const environments = mkdtempSync(join(tmpdir(), 'bit-environments-'));
    onTestFinished(() => rmSync(environments, { recursive: true }));
    const settings = { host: daemon.env.DOCKER_HOST };
    // Two engines, as it were.
    const places = await Promise.all([1, 2].map(() => openDockerPlace({ environments, offline: false, settings })));
    const at = processOf({});
    const lines: string[] = [];
    await Promise.all(places.map((one) => one.images?.fetch(image, at, (line) => lines.push(line))));
    expect(lines.join('\n')).toMatch(/lab\/tool:1: .* of 1 layers/);
    expect(lines.join('\n')).toContain('waiting for another run that fetches');
    expect(fetched()).toBe(1);
    expect(await places[0]?.images?.find(image, at)).toMatchObject({ state: 'here', digest });
  });

  test('offline, it is not asked for', async () => {
    const { image, fetched } = await registry();
    const here = place(image);
    Object.assign(here.environment, { BIT_OFFLINE: 'true' });
    const { status, err } = await here.bit(['run', 'main.bit', '--runner', 'docker']);
    expect(status).toBe(3);
    expect(err).toMatch(/BIT5014.*this run fetches nothing/);
    expect(fetched()).toBe(0);
  });

  test('a tag that the registry does not have is refused before anything runs', async () => {
    const { image } = await registry();
    const { status, err } = await place(image.replace(/:1$/, ':2')).bit(['run', 'main.bit', '--runner', 'docker']);
    expect(status).toBe(3);
    expect(err).toMatch(/BIT5013.*lab\/tool:2/);
  });

  test('a registry that wants to know who asks is told what `docker login` left', async () => {
    const credentials = { username: 'ada', password: 'engine:1843' };
    const { image } = await registry({ credentials });
    const here = place(image);
    const refused = await here.bit(['run', 'main.bit', '--runner', 'docker']);
    expect(refused.status, refused.err).toBe(3);
    expect(refused.err).toMatch(/BIT5013/);
    const auth = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
    const home = here.environment.HOME ?? '';
    mkdirSync(join(home, '.docker'));
    writeFileSync(
      join(home, '.docker/config.json'),
      JSON.stringify({ auths: { [image.split('/', 1)[0] ?? '']: { auth } } }),
    );
    const { status, err } = await here.bit(['run', 'main.bit', '--runner', 'docker']);
    expect(status, err).toBe(0);
    expect(here.results()).toMatchObject({ 'ask.txt': 'hello\n' });
  });
});
