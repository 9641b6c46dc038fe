import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findFileSystem } from '../../../../src/runners/slurm/file-system.ts';
import { awaitLateFiles, parseMade } from '../../../../src/runners/slurm/late-files.ts';

const table = `22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
30 22 0:25 / /home rw - nfs4 server:/home rw,vers=4.2
31 22 0:26 / /mnt/my\\040data rw - lustre mgs:/data rw
32 30 0:27 / /home/ada/local rw - xfs /dev/vdb rw
33 22 0:28 / /net rw - fuse.sshfs ada@server: rw
`;
test.each([
  ['/var/lib', 'ext4', false],
  ['/home/ada/project', 'nfs4', true],
  ['/homework', 'ext4', false],
  ['/home/ada/local/store', 'xfs', false],
  ['/mnt/my data/store', 'lustre', true],
  ['/net', 'fuse.sshfs', true],
])('%s lies on %s', (path, kind, isShared) => expect(findFileSystem(path, table)).toEqual({ kind, isShared }));

test('a list of files is read once it is whole', () => {
  expect(parseMade('5\tstdout\x000\tstderr\x004096\ttask\x00end\x00')).toEqual([
    { bytes: 5, path: 'stdout' },
    { bytes: 0, path: 'stderr' },
    { bytes: 4096, path: 'task' },
  ]);
  expect(parseMade('5\tstdout\x000\tstd')).toBeUndefined();
  expect(parseMade('')).toBeUndefined();
});

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'bit-late-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  mkdirSync(join(made, 'task'));
  return made;
}

test('files that a record names are waited for until they are there in full', async () => {
  const at = directory();
  let waited = false;
  writeFileSync(join(at, 'made'), '4096\ttask\x0010\ttask/ü\tx.txt\x00end\x00');
  const waiting = awaitLateFiles(at, { seconds: 30 }).then(() => {
    waited = true;
  });
  writeFileSync(join(at, 'task/ü\tx.txt'), 'half');
  await Promise.resolve();
  expect(waited).toBe(false);
  writeFileSync(join(at, 'task/ü\tx.txt'), 'whole text');
  await waiting;
});

test('and no longer than is allowed', async () => {
  const at = directory();
  writeFileSync(join(at, 'made'), '10\ttask/never.txt\x00end\x00');
  const before = performance.now();
  await awaitLateFiles(at, { seconds: 0.1 });
  expect(performance.now() - before).toBeLessThan(5000);
});
