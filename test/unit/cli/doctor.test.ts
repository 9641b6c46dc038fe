import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSocketServer } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { examineCluster } from '../../../src/cli/doctor/cluster.ts';
import { examineDocker, readDaemon } from '../../../src/cli/doctor/containers.ts';

vi.setConfig({ testTimeout: 30_000 });

let folder: string;
const closing: (() => void)[] = [];
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'bit-doctor-')));
  vi.stubEnv('DOCKER_HOST', undefined);
});
afterEach(() => {
  for (const close of closing.splice(0)) close();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

async function listen(server: Server, name: string): Promise<string> {
  const path = join(folder, name);
  await new Promise<void>((resolve) => void server.listen(path, resolve));
  closing.push(() => server.close());
  return path;
}

describe('docker', () => {
  const daemon: RequestListener = (request, response) => {
    response.end(
      request.url === '/version'
        ? '{"Version": "4.3.1", "ApiVersion": "1.41", "Components": [{"Name": "Podman Engine"}]}'
        : '{"SecurityOptions": ["name=seccomp,profile=default", "name=rootless"]}',
    );
  };

  test('whoever answers is named, with what it may do', async () => {
    const path = await listen(createServer(daemon), 'podman.sock');
    expect(await examineDocker({ host: `unix://${path}`, needed: false })).toEqual([
      { name: 'docker', state: 'ok', needed: false, found: `Podman 4.3.1, rootless, ${path}` },
    ]);
  });

  test('a daemon that hangs is not waited for', async () => {
    const path = await listen(
      createServer(() => {}),
      'hung.sock',
    );
    const begun = performance.now();
    expect(await examineDocker({ host: path, needed: true })).toMatchObject([
      { state: 'weak', needed: true, found: `${path} does not answer` },
    ]);
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  test('a socket that is left over, or not there, is told with what helps', async () => {
    const path = join(folder, 'left.sock');
    const server = createSocketServer();
    await new Promise<void>((resolve) => void server.listen(path, resolve));
    // Renamed away, it stays when its server goes.
    const left = join(folder, 'left-over.sock');
    (await import('node:fs')).renameSync(path, left);
    await new Promise((resolve) => server.close(resolve));
    expect(await examineDocker({ host: left, needed: false })).toMatchObject([
      {
        state: 'missing',
        found: `nobody listens on ${left}`,
        install: expect.stringContaining('systemctl start docker'),
      },
    ]);
    expect(await examineDocker({ host: join(folder, 'none.sock'), needed: false })).toMatchObject([
      { state: 'missing', install: expect.stringMatching(/\w/) },
    ]);
  });

  test.each([
    ['{"Version":"24.0.5","ApiVersion":"1.43","Components":[{"Name":"Engine"}]}', '{}', 'Docker 24.0.5', false],
    ['{"Version":"1.13.1","ApiVersion":"1.26"}', '{}', 'Docker 1.13.1', true],
    ['hello', '{}', 'a daemon that speaks another language', false],
  ])('%s', (version, info, text, old) => {
    expect(readDaemon(version, info)).toEqual({ text, old });
  });
});

describe('slurm', () => {
  /** Programs of a cluster that say what is given, each the text of a shell script. */
  function cluster(programs: Readonly<Record<string, string>>): void {
    mkdirSync(join(folder, 'bin'), { recursive: true });
    for (const [name, text] of Object.entries(programs)) {
      writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${text}\n`);
      chmodSync(join(folder, 'bin', name), 0o755);
    }
    vi.stubEnv('PATH', `${join(folder, 'bin')}:/usr/bin:/bin`);
  }
  const answering = (host: string) => ({
    sbatch: 'echo slurm 22.05.8',
    scontrol: "printf 'AccountingStorageType   = accounting_storage/none\\nClusterName             = lab\\n'",
    sinfo: `case "$*" in *=%n) echo ${host}; exit;; esac\nprintf '%s\\n' 'n1|main*|8|31900|gpu:a100:2(S:0)|2-00:00:00|up' 'n1|closed|8|100|(null)|infinite|down'`,
    sacctmgr: 'echo "sacctmgr: error: not running" >&2; exit 1',
  });
  const examine = (shared = false) => examineCluster({ at: folder, shared, needed: true });

  test('tells its partitions, whether it remembers, and whether nodes see the store', async () => {
    cluster(answering('node1'));
    expect(await examine()).toEqual([
      { name: 'slurm', state: 'ok', needed: true, found: 'Slurm 22.05.8, cluster lab, its controller answers' },
      {
        name: 'partitions',
        state: 'ok',
        needed: true,
        found: 'main (default): 1 node, up to 8 cores, 33.4 GB, 2 GPUs, for 2 d',
      },
      expect.objectContaining({ name: 'accounting', state: 'ok', found: expect.stringMatching(/^none/) }),
      expect.objectContaining({
        name: 'shared store',
        state: 'weak',
        install: expect.stringContaining('slurm.shared'),
      }),
    ]);
    expect((await examine(true)).at(-1)).toMatchObject({ name: 'shared store', state: 'ok' });
    cluster(answering(`${hostname()}.lab.org`));
    expect((await examine()).at(-1)).toMatchObject({
      state: 'ok',
      found: expect.stringContaining('this machine alone'),
    });
  });

  test('a controller that hangs is not waited for', async () => {
    cluster({ ...answering('node1'), scontrol: 'exec sleep 60', sinfo: 'exec sleep 60', sacctmgr: 'exec sleep 60' });
    const begun = performance.now();
    expect(await examine()).toMatchObject([
      {
        name: 'slurm',
        state: 'missing',
        needed: true,
        found: expect.stringMatching(/^Slurm 22\.05\.8, whose controller does not answer/),
      },
    ]);
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
});
