import { openDockerRunner } from '../../src/runners/docker/index.ts';
import { describeWithDocker } from '../support/daemons/daemons.ts';
import { clientOf, dockerEngine, placeIn } from '../support/docker-lab.ts';
import { runnerContract } from './runner.contract.ts';

describeWithDocker('with a Docker daemon', (daemon) => {
  const settings = { host: daemon.env.DOCKER_HOST };
  const docker = clientOf(daemon);

  runnerContract({
    name: 'the Docker runner',
    open: (workFolder) => openDockerRunner({ workFolder, slots: 4, settings }),
    engine: dockerEngine,
    engineArguments: [settings.host],
    place: placeIn('bit-test/python:1'),
    python: '/usr/bin/python3',
    async vanish(_launch, external) {
      await docker.getContainer(external).kill({ signal: 'SIGKILL' });
      await docker.getContainer(external).wait();
    },
  });
});
