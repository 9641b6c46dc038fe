import { join } from 'node:path';
import { expect, test } from 'vitest';
import { blake3 } from '../../../src/util/blake3.ts';
import { cleanUp, newFolder, opened } from './rig.ts';
import { makeChain, type SyntheticTask, syntheticRun } from './synthetic-runs.ts';

cleanUp();

const isSlow = process.env.BIT_TEST_SLOW === '1';

/** What a virtual environment of eighty packages adds to the key of every task. */
const lock = Array.from({ length: 80 }, (_, index) => `package-${index}==1.${index}.0`).join('\n');

/** Of each of `items` raw files, fifty masks and of each mask a table, which is published; `1 in 5` of the items are retracted. */
test('what depends on many retracted items is known about as fast as it is written', async () => {
  const items = isSlow ? 1000 : 40;
  const store = await opened(join(newFolder(), '.bit'));
  for (let from = 0; from < items; from += 20) {
    const tasks = Array.from({ length: 20 }, (_, index) => from + index).flatMap((item) =>
      Array.from({ length: 50 }, (_, n): readonly SyntheticTask[] => {
        const common = {
          tags: { item, n },
          parts: [['environment.pip', 'str', `${lock}\ncellpose==4.0.${item % 2}\n`]] as const,
        };
        return [
          { ...common, call: 'mask', reads: [`raw ${item}`], makes: `mask ${item} ${n}` },
          {
            ...common,
            call: 'table',
            reads: [`mask ${item} ${n}`],
            makes: `table ${item} ${n}`,
            publishes: `${item}/${n}.csv`,
          },
        ];
      }).flat(),
    );
    await syntheticRun(store, tasks);
  }
  const measured = async (what: string, work: () => Promise<number>): Promise<number> => {
    const started = performance.now();
    const found = await work();
    if (isSlow) console.log(`${what}: ${Math.round(performance.now() - started)} ms`);
    return found;
  };
  const all = Array.from({ length: items }, (_, item) => ({
    kind: 'content' as const,
    subject: blake3(`raw ${item}`),
  }));
  expect(await measured('all items', async () => (await store.impact.impact(all)).files.length)).toBe(items * 50);
  expect(await measured('one item', async () => (await store.impact.impact(all.slice(0, 1))).files.length)).toBe(50);
  const tool = [{ kind: 'tool' as const, subject: 'cellpose==4.0.1' }];
  expect(await measured('a tool', async () => (await store.impact.impact(tool)).files.length)).toBe((items / 2) * 50);
  await store.catalog.record({ kind: 'retraction', experiment: '', about: {} }, [
    { type: 'retracted', kind: 'content', subjects: all.map(({ subject }) => subject), reason: 'lost' },
  ]);
  const asked = ['table 0 0', 'mask 1 1', 'other'].map((name) => ({ digest: blake3(name) }));
  expect(
    await measured(
      'affected',
      async () => (await store.impact.affected(asked)).filter((mark) => mark !== undefined).length,
    ),
  ).toBe(2);
}, 600_000);

test('the whole history of a result of a hundred tasks is read at once', async () => {
  const store = await opened(join(newFolder(), '.bit'));
  for (let index = 0; index < (isSlow ? 200 : 2); index++)
    await makeChain(store, { name: `chain ${index}`, length: 100, ends: `end ${index}` });
  const times: number[] = [];
  for (let index = 0; index < 5; index++) {
    const started = performance.now();
    const { tasks } = await store.reader.lineage(blake3('end 1'), { direction: 'up' });
    times.push(performance.now() - started);
    expect(tasks.size).toBe(100);
  }
  if (isSlow) console.log(`depth 100: ${times.map((time) => time.toFixed(1)).join(' ')} ms`);
}, 120_000);
