import { readFileSync } from 'node:fs';
import type { Launch } from '../../src/engine/ports/runner.ts';
import { openDockerRunner } from '../../src/runners/docker/index.ts';

// A process like an engine, for tests that kill it: submits the launches it is given and prints every update. Ends only by force.
const [file = '', host = ''] = process.argv.slice(2);
const { workFolder, launches } = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly workFolder: string;
  readonly launches: readonly Launch[];
};
const runner = await openDockerRunner({ workFolder, slots: 4, settings: { host } });
await runner.submit(launches);
const never = new AbortController();
for (;;) for (const update of await runner.updates(never.signal)) console.log(JSON.stringify(update));
