import type { Environments } from '../../src/engine/ports/environments.ts';
import { noSettings } from '../../src/engine/ports/process-settings.ts';
import { openEnvironments } from '../../src/runners/environment/index.ts';

/** Environments of this machine alone. */
export const localEnvironments = (folder: string, options: { readonly offline: boolean }): Environments =>
  openEnvironments({
    ...options,
    folder,
    runner: 'local',
    settingsOf: noSettings,
    places: {
      docker: () => Promise.reject(new Error('no process was to run with Docker')),
      slurm: () => Promise.reject(new Error('no process was to run with Slurm')),
    },
  });
