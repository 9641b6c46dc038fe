import type { ProcessSettings, SettingsOf } from '../../engine/ports/process-settings.ts';
import type { Placement } from '../compose.ts';
import type { FormValue } from './forms.ts';
import { sayingsOf } from './process-sayings.ts';
import type { ProcessKey, processTable } from './process-table.ts';
import type { Settings } from './settings.ts';

/** Where processes run by these settings. */
export function placementOf(settings: Settings): Placement {
  const { values } = settings;
  return {
    runner: values.runner,
    settingsOf: settingsOf(settings),
    docker: {
      ...(values['docker.host'] !== undefined && { host: values['docker.host'] }),
      ...(values['docker.registry'] !== undefined && { registry: values['docker.registry'] }),
    },
    slurm: {
      ...(values['slurm.queue'] !== undefined && { queue: values['slurm.queue'] }),
      ...(values['slurm.account'] !== undefined && { account: values['slurm.account'] }),
      ...(values['slurm.qos'] !== undefined && { qos: values['slurm.qos'] }),
      ...(values['slurm.constraint'] !== undefined && { constraint: values['slurm.constraint'] }),
      ...(values['slurm.reservation'] !== undefined && { reservation: values['slurm.reservation'] }),
      extra: values['slurm.extra'] ?? [],
      packSeconds: values['slurm.pack'] / 1000,
      ...(values['slurm.scratch'] !== undefined && { scratch: values['slurm.scratch'] }),
      maxTasks: values['slurm.max_tasks'],
      lateFilesSeconds: values['slurm.late_files'] / 1000,
      shared: values['slurm.shared'] === 'true',
    },
  };
}

/** Asked for every task of a process, and by everybody who looks at it: put together once. */
function settingsOf(settings: Settings): SettingsOf {
  const known = new Map<string, ProcessSettings>();
  return (process) => {
    const name = JSON.stringify([process.name, process.labels]);
    let found = known.get(name);
    if (found === undefined) {
      found = settingsFor(process, settings);
      known.set(name, found);
    }
    return found;
  };
}

function settingsFor(process: Parameters<SettingsOf>[0], settings: Settings): ProcessSettings {
  // Each was read by the form of its key, so the strongest saying has that type.
  const said = Object.fromEntries(
    [...sayingsOf(process, settings.ofProcesses)].map(([key, sayings]) => [key, sayings.at(-1)?.said.value]),
  ) as { readonly [Key in ProcessKey]?: FormValue<(typeof processTable)[Key]> };
  const extra = [
    ...schedulerWords.flatMap((key) => (said[key] === undefined ? [] : `--${key}=${said[key]}`)),
    ...(said.extra ?? []),
  ];
  const image = settings.values.container;
  return {
    ...(said.runner !== undefined && { runner: said.runner }),
    ...(said.cpus !== undefined && { cpus: said.cpus }),
    ...(said.memory !== undefined && { memoryBytes: said.memory }),
    ...(said.gpus !== undefined && { gpus: said.gpus }),
    ...(said.disk !== undefined && { diskBytes: said.disk }),
    ...(said.time !== undefined && { seconds: said.time / 1000 }),
    ...(said.retry !== undefined && { retry: said.retry }),
    ...(said.queue !== undefined && { queue: said.queue }),
    ...(extra.length > 0 && { extra }),
    ...(said.container !== undefined && { container: said.container }),
    ...(image !== undefined && { defaultContainer: image }),
    ...(said.container_options !== undefined && { containerOptions: said.container_options }),
    ...(said.modules !== undefined && { modules: said.modules }),
  };
}

/** Named as `sbatch` names them. */
const schedulerWords = ['account', 'qos', 'constraint', 'gres', 'reservation'] as const satisfies readonly ProcessKey[];
