import { openStore } from '../../../src/store/index.ts';
import { asTaskKey } from '../../../src/util/brand.ts';
import { key, planned, started, succeeded } from '../../contract/run-store.contract.ts';

/**
 * An engine in a process of its own, told what to do on its command line: `FOLDER claim KEY…` holds claims until it is killed; `FOLDER append N` writes
 * N runs and ends.
 */
const [folder = '', what = '', ...words] = process.argv.slice(2);
const store = await openStore(folder, { create: true, readOnly: false });

switch (what) {
  case 'claim': {
    const run = store.runs.createRun();
    await store.runs.append(run, [started(store.runs.engine.token)]);
    const claims = await store.runs.claim(words.map((word) => asTaskKey(word)));
    process.stdout.write(`${JSON.stringify({ run, claims: [...claims.values()] })}\n`);
    setInterval(() => {}, 1000);
    break;
  }
  case 'append': {
    for (let index = 0; index < Number(words[0]); index++) {
      const run = store.runs.createRun();
      const name = `${process.pid} ${index}`;
      await store.runs.append(run, [
        started(store.runs.engine.token),
        { type: 'tasks-planned', tasks: [planned(name), planned('shared')] },
      ]);
      await store.runs.claim([key(name), key('shared')]);
      await store.runs.append(run, [{ type: 'tasks-succeeded', tasks: [succeeded(name), succeeded('shared')] }]);
      await store.runs.append(run, [
        {
          type: 'run-ended',
          status: 'succeeded',
          seconds: 1,
          counts: { total: 2, ran: 2, reused: 0, failed: 0, quarantined: 0, skipped: 0, cancelled: 0 },
        },
      ]);
    }
    await store.close();
    process.stdout.write('done\n');
    break;
  }
}
