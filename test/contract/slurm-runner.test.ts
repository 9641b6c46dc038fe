import { fileURLToPath } from 'node:url';
import { beforeAll } from 'vitest';
import { openSlurmRunner } from '../../src/runners/slurm/index.ts';
import { describeWithSlurm, eitherCluster } from '../support/daemons/daemons.ts';
import { programs } from '../support/runner-lab.ts';
import { launcherOf, leavesQueue } from '../support/slurm-cluster.ts';
import { slurmSettings } from '../support/slurm-settings.ts';
import { runnerContract } from './runner.contract.ts';

describeWithSlurm('The Slurm runner, on a cluster of one node', eitherCluster, ({ env }) => {
  beforeAll(() => void Object.assign(process.env, env));
  runnerContract({
    name: 'the Slurm runner',
    open: (workFolder) => openSlurmRunner({ workFolder, settings: slurmSettings }),
    engine: fileURLToPath(new URL('../support/slurm-engine.ts', import.meta.url)),
    engineArguments: [],
    place: { runner: 'slurm', activation: { path: [], variables: {}, programs } },
    async vanish(launch, external) {
      const launcher = await launcherOf(launch.token);
      process.kill(launcher, 'SIGKILL');
      await leavesQueue(external);
    },
  });
});
