import { expect, test } from 'vitest';
import { createFlow } from '../../../../src/engine/plan/flow.ts';
import { begin, file, fileItems, runThrough, succeed } from '../../../support/drive-flow.ts';
import {
  binary,
  constant,
  float,
  image,
  int,
  item,
  programBuilder,
  tag,
  text,
} from '../../../support/program-builder.ts';

function plainProgram() {
  const b = programBuilder();
  const raw = b.files('raw', { cell: 'Str', time: 'Int' });
  const psf = b.files('psf', {});
  const process = b.process('deskew', { image, psf: image }, { image });
  const call = b.call('straight', process, { image: raw, psf });
  const out = b.output('straight', call);
  const measure = b.process('project', { image }, { projection: image, intensity: float });
  const second = b.call('bright', measure, { image: out });
  const record = b.output('bright', second);
  const kept = b.node('kept', { kind: 'error' }, b.tagsOf(record), {
    kind: 'filter',
    from: record,
    test: binary(
      '>',
      { kind: 'field', of: item({ kind: 'error' }), name: 'intensity', type: float, span: constant(0, int).span },
      constant(100, float),
    ),
  });
  const projection = b.node('projection', image, b.tagsOf(record), {
    kind: 'map',
    from: kept,
    value: { kind: 'field', of: item({ kind: 'error' }), name: 'projection', type: image, span: constant(0, int).span },
    set: [],
    drop: [],
  });
  b.publish(out, text('decon/', { value: tag('cell') }, '/t', { value: tag('time', int), format: '04' }, '.tif'));
  b.publish(projection, text('projections/', { value: tag('cell') }, '_', { value: tag('time', int) }, '.tif'));
  return b.program();
}

const raw = fileItems('raw', [
  { cell: 'B', time: 2 },
  { cell: 'A', time: 10 },
  { cell: 'A', time: 9 },
]);
const sources = { raw, psf: [{ tags: {}, value: file('psf.tif') }] };

test('a process is mapped over the items, in the order of their tags', () => {
  const driven = begin(plainProgram(), { sources });
  expect(driven.tasks.map((task) => task.id)).toEqual([
    'straight[cell=A,time=9]',
    'straight[cell=A,time=10]',
    'straight[cell=B,time=2]',
    'bright[cell=A,time=9]',
    'bright[cell=A,time=10]',
    'bright[cell=B,time=2]',
  ]);
  expect(driven.ready.map((one) => driven.id(one.task))).toEqual([
    'straight[cell=A,time=9]',
    'straight[cell=A,time=10]',
    'straight[cell=B,time=2]',
  ]);
  expect(driven.tasks[3]?.waitsFor).toEqual([0]);
  expect(driven.ready[0]?.inputs).toMatchObject({ image: { name: 'raw-cellA-time9.tif' }, psf: { name: 'psf.tif' } });
  expect(driven.steps.expected.map((one) => one.path)).toEqual([
    'decon/A/t0009.tif',
    'decon/A/t0010.tif',
    'decon/B/t0002.tif',
  ]);
});

test('what the test of a `where` leaves is published, with the task that made it', () => {
  const driven = runThrough(plainProgram(), {
    sources,
    complete: (task) => {
      const made = succeed(task);
      if (made.how !== 'succeeded' || task.call.path !== 'bright') return made;
      return {
        how: 'succeeded',
        outputs: { ...made.outputs, intensity: { kind: 'one', value: task.tags.time === 9 ? 120.5 : 99 } },
      };
    },
  });
  expect(driven.steps.publishes.map((one) => [one.path, one.task === undefined ? null : driven.id(one.task)])).toEqual([
    ['decon/A/t0009.tif', 'straight[cell=A,time=9]'],
    ['decon/A/t0010.tif', 'straight[cell=A,time=10]'],
    ['decon/B/t0002.tif', 'straight[cell=B,time=2]'],
    ['projections/A_9.tif', 'bright[cell=A,time=9]'],
  ]);
  expect(driven.steps.problems).toEqual([]);
});

test('twice the items are twice the steps, and no stretch of work is long', () => {
  const questions = [2000, 4000].map((count) => {
    const items = fileItems(
      'raw',
      Array.from({ length: count }, (_, i) => ({ cell: `c${i % 20}`, time: Math.floor(i / 20) })),
    );
    const flow = createFlow(plainProgram(), {});
    flow.supply(0, items);
    flow.supply(1, sources.psf);
    let asked = 0;
    const { tasks, more } = flow.advance(() => {
      asked += 1;
      return false;
    });
    expect([tasks.length, more]).toEqual([2 * count, false]);
    return asked;
  });
  const [few = 0, many = 0] = questions;
  expect(few).toBeGreaterThan(20);
  expect(many / few).toBeLessThan(2.2);
});

test('it goes on where it was told to stop', () => {
  const flow = createFlow(plainProgram(), {});
  flow.supply(
    0,
    fileItems(
      'raw',
      Array.from({ length: 3000 }, (_, i) => ({ cell: 'A', time: i })),
    ),
  );
  flow.supply(1, sources.psf);
  const ids: string[] = [];
  let steps = 0;
  for (let more = true; more; steps += 1) {
    const step = flow.advance(() => true);
    ids.push(...step.tasks.map((task) => task.id));
    more = step.more;
    if (flow.known(2).exact) expect(flow.known(2).tasks).toBe(3000);
  }
  expect(steps).toBeGreaterThan(20);
  expect(new Set(ids).size).toBe(6000);
  expect(flow.known(2)).toEqual({ tasks: 3000, exact: true });
});
