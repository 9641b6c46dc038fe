import { fileURLToPath } from 'node:url';
import Docker from 'dockerode';
import { openDockerRunner } from '../../src/runners/docker/index.ts';
import { runnerContract } from './runner.contract.ts';

const host = process.env.DOCKER_HOST ?? '';
const docker = new Docker({ socketPath: host.replace('unix://', '') });

runnerContract({
  name: 'the Docker runner',
  open: (workFolder) => openDockerRunner({ workFolder, slots: 4, settings: { host } }),
  engine: fileURLToPath(new URL('../support/docker-engine.ts', import.meta.url)),
  engineArguments: [host],
  python: '/usr/bin/python3',
  place: {
    runner: 'docker',
    activation: {
      path: [],
      variables: {},
      programs: {},
      container: { image: 'bit-test/python:1', network: false, options: [] },
    },
  },
  vanish: async (_launch, external) => {
    await docker.getContainer(external).kill({ signal: 'SIGKILL' });
    await docker.getContainer(external).wait();
  },
});
