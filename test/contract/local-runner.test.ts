import { userInfo } from 'node:os';
import { openLocalRunner } from '../../src/runners/local/index.ts';
import { localEngine, runnerContract } from './runner.contract.ts';

runnerContract({
  name: 'the local runner, by the strongest isolation of this machine',
  open: (workFolder) => openLocalRunner({ workFolder, slots: 4 }),
  engine: localEngine,
  engineArguments: [],
});

runnerContract({
  name: 'the local runner, where no process-id namespace can be had',
  open: (workFolder) =>
    openLocalRunner({ workFolder, slots: 4, isolation: [userInfo().uid === 0 ? 'mounts' : 'user-mounts'] }),
  engine: localEngine,
  engineArguments: [userInfo().uid === 0 ? 'mounts' : 'user-mounts'],
});

runnerContract({
  name: 'the local runner, where namespaces are refused',
  open: (workFolder) => openLocalRunner({ workFolder, slots: 4, isolation: ['none'] }),
  engine: localEngine,
  engineArguments: ['none'],
});
