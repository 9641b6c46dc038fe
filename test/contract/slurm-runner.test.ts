import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll } from 'vitest';
import { openSlurmRunner } from '../../src/runners/slurm/index.ts';
import { describeWithSlurm, eitherCluster } from '../support/daemons/daemons.ts';
import { programs } from '../support/runner-lab.ts';
import { leavesQueue } from '../support/slurm-cluster.ts';
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
      const launcher = launcherOf(launch.token);
      process.kill(launcher, 'SIGKILL');
      await leavesQueue(external);
    },
  });
});

/** The shell above the task's own processes. */
function launcherOf(token: string): number {
  for (const pid of readdirSync('/proc')) {
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`BIT_TOKEN=${token}`)) continue;
      const parent = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
      if (readFileSync(`/proc/${parent}/cmdline`, 'utf8').includes('launcher.bash')) return parent;
    } catch {
      // Not a process, or one that ended.
    }
  }
  throw new Error(`nothing runs with token ${token}`);
}
