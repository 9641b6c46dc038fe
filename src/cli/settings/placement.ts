import { noSettings } from '../../engine/ports/process-settings.ts';
import type { Placement } from '../compose.ts';
import type { Settings } from './settings.ts';

/** Where processes run by these settings. */
export function placementOf(settings: Settings): Placement {
  const { values } = settings;
  return {
    runner: values.runner,
    settingsOf: noSettings,
    docker: {},
    slurm: { extra: [], packSeconds: 0, maxTasks: 10_000, lateFilesSeconds: 120, shared: false },
  };
}
