import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { realPath } from '../../util/find-program.ts';
import { installHint } from '../environment/install-hint.ts';
import type { Place, Placed } from '../environment/place.ts';
import { openApptainerImages } from './apptainer-images.ts';
import { findApptainer } from './apptainer-program.ts';
import { askAssociations } from './associations.ts';
import { askCluster, type Cluster } from './cluster.ts';
import { fileSystemOf } from './file-system.ts';
import { misfits } from './fitting.ts';
import { slurmErrors as errors } from './slurm-errors.ts';
import type { SlurmSettings } from './slurm-settings.ts';

export interface SlurmPlaceOptions {
  /** `<store>/environments` */
  readonly environments: string;
  readonly offline: boolean;
  readonly settings: SlurmSettings;
  /** Goes before names of images that say no registry. */
  readonly registry?: string;
}

/** What the cluster has to say before anything runs. */
export async function openSlurmPlace(options: SlurmPlaceOptions): Promise<Place> {
  const { environments, offline, settings } = options;
  const registry = options.registry === undefined ? {} : { registry: options.registry };
  const apptainer = findApptainer(process.env.PATH ?? '');
  const images =
    apptainer === undefined ? {} : { images: openApptainerImages({ apptainer, environments, offline, ...registry }) };
  return {
    runner: 'slurm',
    ...images,
    async check(placed) {
      const [first] = placed;
      if (first === undefined) return [];
      const at = { process: first.process.name };
      const { span } = first.process;
      const cluster = await askCluster();
      // One word about the cluster is enough, however many processes need it.
      if ('words' in cluster) {
        if (cluster.missing) return [errors.noSlurm(span, { ...at, install: installHint('sbatch') })];
        return [errors.noController(span, { ...at, said: cluster.words })];
      }
      return [
        ...unshared(first, { store: dirname(environments), cluster, settings }),
        ...(await unassociated(first, { cluster, settings })),
        ...placed.flatMap((one) => misfits(one, { cluster, queue: settings.queue, extra: settings.extra })),
      ];
    },
  };
}

function unshared(
  { process: process_ }: Placed,
  of: { readonly store: string; readonly cluster: Cluster; readonly settings: SlurmSettings },
): readonly Diagnostic[] {
  const { store, cluster, settings } = of;
  // A plan without a store has none to judge.
  if (settings.shared || !existsSync(join(store, 'objects'))) return [];
  const { kind, isShared } = fileSystemOf(realPath(store));
  if (isShared) return [];
  const short = (host: string): string => host.split('.')[0] ?? host;
  const hosts = cluster.partitions.flatMap(({ nodes }) => nodes.map(({ host }) => short(host)));
  if (hosts.every((host) => host === short(hostname()))) return [];
  return [errors.notShared(process_.span, { process: process_.name, store, kind })];
}

async function unassociated(
  { process: process_ }: Placed,
  of: { readonly cluster: Cluster; readonly settings: SlurmSettings },
): Promise<readonly Diagnostic[]> {
  const { cluster, settings } = of;
  if (!cluster.hasAccounting || (settings.account === undefined && settings.qos === undefined)) return [];
  const known = await askAssociations();
  if (known === undefined) return [];
  return (['account', 'qos'] as const).flatMap((kind) => {
    const name = settings[kind];
    const names = kind === 'account' ? known.accounts : known.qos;
    if (name === undefined || names.length === 0 || names.includes(name)) return [];
    return [errors.noAssociation(process_.span, { process: process_.name, kind, name, known: names })];
  });
}
