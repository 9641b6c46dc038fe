import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { telling } from '../../../../src/runners/slurm/telling.ts';
import { newAttempt } from '../../../../src/runners/slurm/tracked.ts';
import { updateQueue } from '../../../../src/runners/update-queue.ts';
import { asAttemptToken } from '../../../../src/util/brand.ts';

test('a task that a node took with it is told of at once: no files of a record that nobody wrote are waited for', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'bit-telling-'));
  writeFileSync(join(directory, 'stdout'), '');
  const updates = updateQueue();
  const tell = telling({
    updates,
    lateFilesSeconds: 3600,
    follow: () => undefined,
    onSettled: () => undefined,
    onTold: () => undefined,
  });
  const token = asAttemptToken('t');
  const attempt = newAttempt({ token, directory, resources: { cpus: 1, gpus: 0 } }, { hasSecrets: false, guards: [] });
  tell.concluded(attempt, { kind: 'timed-out' });
  const [update] = await updates.take(AbortSignal.abort());
  rmSync(directory, { recursive: true });
  expect(update).toMatchObject({ kind: 'ended', token, record: { how: { kind: 'timed-out' } } });
});
