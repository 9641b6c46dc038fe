import { importBioImageIT, readBioImageIT } from '../../../../src/data/bioimageit/index.ts';
import { formats } from '../../../../src/data/formats/index.ts';
import { openStore } from '../../../../src/store/index.ts';

/** An import in a process of its own, which is killed when it comes to a named point: `STORE EXPERIMENT POINT`. */
const [folder = '', experiment = '', point = ''] = process.argv.slice(2);
const store = await openStore(folder, { create: true, readOnly: false });

const counts = new Map<string, number>();
function reached(step: string): void {
  const count = (counts.get(step) ?? 0) + 1;
  counts.set(step, count);
  if (`${step} ${count}` === point) process.kill(process.pid, 'SIGKILL');
}

await importBioImageIT({
  reading: await readBioImageIT(experiment),
  name: undefined,
  mode: 'reference',
  catalog: {
    ...store.catalog,
    begin: async (header) => {
      const change = await store.catalog.begin(header);
      reached('begun');
      return {
        ...change,
        write: async (events) => {
          await change.write(events);
          reached('written');
        },
        end: async (last) => {
          reached('before the end');
          await change.end(last);
          reached('after the end');
        },
      };
    },
  },
  runs: {
    ...store.runs,
    append: async (run, events) => {
      const stored = await store.runs.append(run, events);
      reached('run');
      return stored;
    },
  },
  content: store.content,
  formats,
  keep: async () => {},
  signal: new AbortController().signal,
  progress: () => reached('files'),
});
await store.close();
