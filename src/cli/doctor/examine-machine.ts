import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunnerName } from '../../engine/ports/runner.ts';
import { openProbes } from '../../runners/environment/probes.ts';
import { examineCluster } from './cluster.ts';
import { examineApptainer, examineDocker, examinePodman } from './containers.ts';
import { type Examined, patience } from './examined.ts';
import { examineJava, examineLanguage, examinePython } from './languages.ts';
import { examineConda, examineModules, examinePip } from './packages.ts';
import { examineCapacity, examineGpu, examineIsolation, examineStore } from './this-machine.ts';

/**
 * Looks at everything that pipelines may need from this machine and from what it reaches, all at once, and waits for nobody long. Changes
 * nothing but remembered answers of programs.
 */
export async function examineMachine(options: {
  readonly folder: string;
  readonly store: string | undefined;
  /** Where answers are remembered; nowhere where there is no store. */
  readonly probes: string | undefined;
  readonly offline: boolean;
  /** Where processes run that nobody sends elsewhere: without it nothing of theirs runs. */
  readonly runner: RunnerName;
  readonly dockerHost: string | undefined;
  /** The site says that the nodes of the cluster see the store. */
  readonly shared: boolean;
}): Promise<readonly Examined[]> {
  const probes = openProbes(join(options.probes ?? tmpdir(), 'probes.json'), { milliseconds: patience });
  const { runner, dockerHost: host } = options;
  const groups = await Promise.all([
    [{ name: 'node', state: 'ok', needed: true, found: process.versions.node } as const],
    examineCapacity(),
    examineGpu(),
    examineStore(options),
    examineIsolation(),
    examineLanguage('bash', probes, { needed: true }),
    examinePython(probes),
    examinePip(options),
    ...(['r', 'julia', 'node', 'perl', 'groovy', 'imagej'] as const).map((name) =>
      examineLanguage(name, probes, { needed: false }),
    ),
    examineJava(probes),
    examineConda(probes),
    examineModules(),
    examineDocker({ host, needed: runner === 'docker' }),
    examinePodman(),
    examineApptainer(),
    examineCluster({ at: options.store ?? options.folder, shared: options.shared, needed: runner === 'slurm' }),
  ]);
  if (options.probes !== undefined) probes.save();
  return groups.flat();
}
