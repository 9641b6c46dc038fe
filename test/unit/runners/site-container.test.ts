import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { ProcessSettings } from '../../../src/engine/ports/process-settings.ts';
import type { RunnerName } from '../../../src/engine/ports/runner.ts';
import { openEnvironments } from '../../../src/runners/environment/index.ts';
import type { Place } from '../../../src/runners/environment/place.ts';
import { processOf } from '../../support/process-of.ts';

const folder = mkdtempSync(join(tmpdir(), 'bit-site-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A place that has every image there is, each with a digest of its own. */
const placeOf = (runner: RunnerName): Place => ({
  runner,
  check: async () => [],
  images: {
    find: async (name) => ({ state: 'here', digest: `sha256:${name}`, image: name }),
    fetch: async () => undefined,
  },
});

/** The container that is in the key of a process, by where it runs and what the site says. */
async function containerOf(
  runner: RunnerName,
  given: {
    readonly environment?: NonNullable<Parameters<typeof processOf>[0]['environment']>;
    readonly settings: ProcessSettings;
  },
): Promise<string | undefined> {
  const environments = openEnvironments({
    folder,
    offline: true,
    runner,
    settingsOf: () => given.settings,
    places: { docker: async () => placeOf('docker'), slurm: async () => placeOf('slurm') },
  });
  const [resolved] = await environments.resolve([
    processOf({ language: 'bash', ...(given.environment && { environment: given.environment }) }),
  ]);
  if (resolved?.state !== 'ready') return undefined;
  const { container } = resolved.activation;
  const identity = resolved.identity.find(([part]) => part === 'container')?.[1];
  expect(identity).toBe(container && `sha256:${container.image}`);
  return container?.image;
}

describe('the image that settings name', () => {
  test('is in the key, whatever the process names', async () => {
    const settings = { container: 'site:1', defaultContainer: 'default:1' };
    for (const runner of ['docker', 'slurm'] as const) {
      expect(await containerOf(runner, { environment: { container: 'own:1' }, settings })).toBe('site:1');
      expect(await containerOf(runner, { settings })).toBe('site:1');
    }
    expect(await containerOf('local', { settings }), 'nothing runs in containers here').toBeUndefined();
  });

  test('for processes that name none leaves those that name one', async () => {
    const settings = { defaultContainer: 'default:1' };
    for (const runner of ['docker', 'slurm'] as const) {
      expect(await containerOf(runner, { environment: { container: 'own:1' }, settings })).toBe('own:1');
      expect(await containerOf(runner, { settings })).toBe('default:1');
    }
    expect(await containerOf('local', { settings })).toBeUndefined();
  });

  test('for processes that name none leaves, on a cluster, those that say how else they get their tools', async () => {
    const settings = { defaultContainer: 'default:1' };
    const environment = { pip: ['numpy==2.3.5'] };
    expect(await containerOf('docker', { environment, settings })).toBe('default:1');
    expect(await containerOf('slurm', { environment, settings })).not.toBe('default:1');
  });
});
