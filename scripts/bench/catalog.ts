/**
 * What a question costs, by the number of items: conditions over tags and properties, and the history of a result a hundred steps up. The catalog is made by SQL, as an import would leave
 * it; the questions go the whole way, from the text to the rows in memory, and are compared with what was promised.
 */
import { join } from 'node:path';
import { type Filter, queryFilter, readQuery } from '../../src/parser/index.ts';
import { type Connection, connect } from '../../src/store/database/connection.ts';
import { openStore, type Store } from '../../src/store/index.ts';
import { asDigest } from '../../src/util/brand.ts';
import type { Timed } from './measure.ts';

export interface CatalogBench {
  readonly items: number;
  fresh(name: string): string;
  note(graph: string, what: string, tool: string, result: Timed): void;
}

/** The tool under whose name a figure is that was promised. */
export const goal = 'goal';

/** Promised for a question over tags that a few thousand rows answer, and for a history. */
const goals = { tags: (items: number): number => (items <= 100_000 ? 0.05 : 0.5), lineage: 0.05 };

export async function measureCatalog({ items, fresh, note }: CatalogBench): Promise<void> {
  const folder = join(fresh(`catalog-${items}`), '.bit');
  await (await openStore(folder, { create: true, readOnly: false })).close();
  const connection = await connect(join(folder, 'bit.db'), { mode: 'write', busyMilliseconds: 1000 });
  await fillCatalog(connection, items);
  await fillHistory(connection);
  await connection.close();

  const graph = `${Number(items).toLocaleString('en').replaceAll(',', ' ')} items`;
  const store = await openStore(folder, { create: false, readOnly: true });
  try {
    for (const { what, text, promised } of questions()) {
      let rows = 0;
      const seconds = await medianOf(7, async () => {
        rows = (await ask(store, text)).length;
      });
      if (rows === 0) throw new Error(`nothing was found by ${text}`);
      note(graph, `${what} (${rows})`, 'bit', { seconds, peakMiB: undefined });
      if (promised) note(graph, `${what} (${rows})`, goal, { seconds: goals.tags(items), peakMiB: undefined });
    }
    const seconds = await medianOf(7, async () => {
      const filter = await filterOf(store, 'cell == "c0042" and condition == "ctl"');
      const found = await store.catalog.items({ experiment: 'E', filter, retracted: 'without' });
      if (found.length === 0) throw new Error('the experiment has no such items');
    });
    note(graph, 'of an experiment', 'bit', { seconds, peakMiB: undefined });
    note(graph, 'of an experiment', goal, { seconds: goals.tags(items), peakMiB: undefined });
    await measureHistory(store, { graph, note });
  } finally {
    await store.close();
  }
}

async function measureHistory(
  store: Store,
  { graph, note }: { readonly graph: string; readonly note: CatalogBench['note'] },
): Promise<void> {
  const root = asDigest(`blake3:${digestOfStep(steps)}`);
  let tasks = 0;
  const seconds = await medianOf(7, async () => {
    tasks = (await store.reader.lineage(root, { direction: 'up' })).tasks.size;
  });
  if (tasks !== steps) throw new Error(`a history of ${steps} steps has ${tasks} tasks`);
  note(graph, `${steps} steps up`, 'bit', { seconds, peakMiB: undefined });
  note(graph, `${steps} steps up`, goal, { seconds: goals.lineage, peakMiB: undefined });
}

/** `promised`: the goal is for conditions that an index answers. */
function questions(): readonly { readonly what: string; readonly text: string; readonly promised: boolean }[] {
  return [
    { what: 'one of 1 000 cells', text: 'cell == "c0042"', promised: true },
    { what: 'two tags', text: 'condition == "ctl" and cell == "c0040"', promised: true },
    { what: 'a range', text: 'time < 3', promised: true },
    { what: 'one sample', text: 'sample == "s00000123"', promised: true },
    { what: 'a list, or', text: 'cell in ["c0001", "c0002"] or sample == "s00000123"', promised: true },
    { what: 'tag and image', text: 'cell == "c0042" and pixel_size.x < 0.2 um and image.size_x > 100', promised: true },
    { what: 'few texts ~', text: 'cell ~ "^c004[23]$"', promised: true },
    { what: 'all texts ~', text: 'sample ~ "0012[0-4]$"', promised: false },
    { what: 'one dataset', text: 'dataset == "small"', promised: true },
    { what: 'no index', text: `size == ${1000 + 17}`, promised: false },
  ];
}

const ask = async (store: Store, text: string): Promise<readonly unknown[]> =>
  store.reader.find(await filterOf(store, text));

async function filterOf(store: Store, text: string): Promise<Filter> {
  const { query } = readQuery(text, { name: 'bench' });
  if (query === undefined) throw new Error(`no condition: ${text}`);
  const { filter, diagnostics } = queryFilter(query, { tags: await store.reader.tagNames() });
  if (filter === undefined) throw new Error(diagnostics[0]?.message);
  return filter;
}

async function medianOf(runs: number, work: () => Promise<void>): Promise<number> {
  const all: number[] = [];
  for (let at = 0; at < runs; at++) {
    const from = process.hrtime.bigint();
    await work();
    all.push(Number(process.hrtime.bigint() - from) / 1e9);
  }
  return all.sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;
}

/** Items with five tags each and the header of an image, in one experiment; a tenth of a thousandth of them in a dataset of their own. */
async function fillCatalog(connection: Connection, items: number): Promise<void> {
  const numbers = `WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < ${items - 1})`;
  await connection.write({ durable: false }, async (sql) => {
    await sql.run(
      `INSERT INTO experiments (id, name, record) VALUES (1, 'E', '{"name":"E","authors":[],"funding":[],"keys":[{"name":"dose","type":"Float","unit":"um"}]}')`,
    );
    await sql.run(
      `INSERT INTO datasets (id, experiment, name, kind) VALUES (1, 1, 'large', 'raw'), (2, 1, 'small', 'raw')`,
    );
    await sql.run(
      `INSERT INTO changes (id, at, user, host, version, kind, experiment, about, state, parts) VALUES (1, '2026-11-24T10:00:00.000Z', 'ada', 'here', '1', 'import', 'E', '{}', 'done', 0)`,
    );
    await sql.run(`${numbers}
      INSERT INTO artifacts (id, digest, directory, size, media_type, axes, shape, dtype, pixel_size, info)
      SELECT n + 1, unhex(format('%064x', n + 1000000)), 0, 1000 + n % 5000, 'image/tiff', 'yx', '[' || (100 + n % 7) || ',512]', 'uint16',
        '{"y":0.1,"x":0.1}', '{"mediaType":"image/tiff","image":{"axes":"yx","shape":[' || (100 + n % 7) || ',512],"dtype":"uint16","pixelSize":{"y":0.1,"x":0.1}}}'
      FROM n`);
    await sql.run(`${numbers}
      INSERT INTO items (id, dataset, change, name, path, artifact, mode, tags, companions, visible)
      SELECT n + 1, iif(n % 10000 = 0, 2, 1), 1, format('%08d.tif', n), format('/data/screen/%04d/%08d.tif', n % 1000, n), n + 1, 'reference',
        json_object('cell', format('c%04d', n % 1000), 'condition', iif(n % 2 = 0, 'ctl', 'drug'), 'time', n / 1000 % 1000, 'dose', (n % 50) / 10.0, 'sample', format('s%08d', n)), '[]', 1
      FROM n`);
    await sql.run(`
      INSERT INTO item_tags (item, name, type, value)
      SELECT i.id, t.key, CASE t.type WHEN 'text' THEN 'str' WHEN 'integer' THEN 'int' ELSE 'float' END, t.value
      FROM items i CROSS JOIN json_each(i.tags) t`);
  });
}

const steps = 100;
const hexOf = (kind: string, step: number): string => `${kind}${step.toString(16).padStart(62, '0')}`;
const digestOfStep = (step: number): string => hexOf('aa', step);

/** A chain of tasks, each of which read what the one before made. */
async function fillHistory(connection: Connection): Promise<void> {
  const numbers = `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${steps})`;
  const base = 10_000_000;
  await connection.write({ durable: false }, async (sql) => {
    await sql.run(
      `INSERT INTO runs (id, run, pipeline, program, identity, params, outdir, tags, argv, engine, version, host, user, started_at, status)
       VALUES (1, 'r', '/p.bit', x'00', x'00', '{}', '/out', '{}', '[]', 'e', '1', 'here', 'ada', '2026-11-24T10:00:00.000Z', 'succeeded')`,
    );
    await sql.run(`INSERT OR IGNORE INTO environments (id, name) VALUES (1, 'system')`);
    await sql.run(
      `INSERT INTO calls (id, run, call, process, file, line, script_file, script_line, args, command, runner, environment)
       VALUES (1, 1, 'step', 'step', 'p.bit', 1, 'p.bit', 2, '{}', 'bash', 'local', 1)`,
    );
    await sql.run(
      `WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < ${steps})
       INSERT INTO artifacts (id, digest, directory, size) SELECT ${base} + n, unhex('aa' || format('%062x', n)), 0, 10 FROM n`,
    );
    await sql.run(
      `${numbers} INSERT INTO keys (id, key, parts) SELECT ${base} + n, unhex('bb' || format('%062x', n)), '[]' FROM n`,
    );
    await sql.run(
      `${numbers} INSERT INTO inputs (key, position, name, artifact) SELECT ${base} + n, 0, 'in', ${base} + n - 1 FROM n`,
    );
    await sql.run(
      `${numbers} INSERT INTO results (id, key, run, task, token, at, outputs) SELECT ${base} + n, ${base} + n, 1, 'step[' || n || ']', 't' || n, '2026-11-24T10:00:00.000Z', '[]' FROM n`,
    );
    await sql.run(
      `${numbers} INSERT INTO outputs (result, position, name, artifact) SELECT ${base} + n, 0, 'out', ${base} + n FROM n`,
    );
    await sql.run(
      `${numbers} INSERT INTO tasks (run, task, call, tags, key, state, result) SELECT 1, 'step[' || n || ']', 1, '{}', ${base} + n, 'succeeded', ${base} + n FROM n`,
    );
  });
}
