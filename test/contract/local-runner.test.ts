import { openLocalRunner } from '../../src/runners/local/index.ts';
import { localEngine, runnerContract } from './runner.contract.ts';

runnerContract({
  name: 'the local runner, by the strongest isolation of this machine',
  open: (workFolder) => openLocalRunner({ workFolder, slots: 4 }),
  engine: localEngine,
  engineArguments: [],
});

runnerContract({
  name: 'the local runner, where namespaces are refused',
  open: (workFolder) => openLocalRunner({ workFolder, slots: 4, isolation: ['none'] }),
  engine: localEngine,
  engineArguments: ['none'],
});
