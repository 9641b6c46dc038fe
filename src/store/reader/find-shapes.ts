import type { FilterProperty } from '../../engine/ports/run-reader.ts';
import { type Fragment, fragment } from '../database/fragment.ts';

/** The rows that a filter is asked of. One filter means the same over all of them. */
export interface Shape {
  /** What its rows are called in the statement. */
  readonly row: 'i' | 'l';
  readonly table: 'items' | 'locations';
  /** What is joined to a row: its artifact as `a`, and where it was published its run as `r`. */
  readonly joins: string;
  /** Which rows there are for a person who asks. */
  readonly seen: string;
  readonly tags: { readonly table: 'item_tags' | 'tags'; readonly owner: 'item' | 'location' };
  /** The value of a property as SQL, or how to ask something of it where it stands in another table. */
  readonly columns: Readonly<Record<FilterProperty, string | Elsewhere>>;
  /** Properties by which rows are found without looking through all of them, as a list of row ids, each once. */
  readonly found: Readonly<Partial<Record<FilterProperty, Elsewhere>>>;
  madeBy(name: string): Fragment;
}

/** `test` is SQL over the value that it is given. */
export type Elsewhere = (test: (value: string) => Fragment) => Fragment;

const nameOf = (path: string): string => `substr(${path}, length(rtrim(${path}, replace(${path}, '/', ''))) + 1)`;

/** The same endings as `extensionOf` knows, in one expression: the last part, or the last two where they belong together. */
const extensionIn = (path: string): string => `(
  SELECT CASE WHEN instr(substr(name, 2), '.') = 0 THEN ''
    WHEN lower(before) GLOB '?*.ome' AND lower(last) IN ('tif', 'tiff', 'zarr', 'xml', 'btf', 'tf2', 'tf8') THEN substr(name, length(name) - length(last) - 3)
    WHEN lower(last) IN ('gz', 'bz2', 'xz', 'zst') AND instr(substr(before, 2), '.') > 0 THEN substr(name, length(rtrim(before, replace(before, '.', ''))) + 1)
    ELSE last END
  FROM (SELECT name, substr(name, length(rtrim(name, replace(name, '.', ''))) + 1) AS last, substr(name, 1, length(rtrim(name, replace(name, '.', ''))) - 1) AS before
    FROM (SELECT ${nameOf(path)} AS name)))`;

const stemIn = (path: string): string => `(
  SELECT CASE ext WHEN '' THEN name ELSE substr(name, 1, length(name) - length(ext) - 1) END
  FROM (SELECT ${nameOf(path)} AS name, ${extensionIn(path)} AS ext))`;

const lengthAlong = (axis: string): string =>
  `CASE instr(a.axes, '${axis}') WHEN 0 THEN NULL ELSE json_extract(a.shape, '$[' || (instr(a.axes, '${axis}') - 1) || ']') END`;

/** What the channels have, as a list; NULL where none has it. */
const ofChannels = (what: string): string => `nullif((
  SELECT json_group_array(c.value ->> '$.${what}') FROM json_each(a.info, '$.image.channelDetails') c WHERE c.value ->> '$.${what}' IS NOT NULL), '[]')`;

const acquired = "a.info ->> '$.image.acquiredAt'";

/** Of the content, whoever has it. */
const ofContent = {
  size: 'a.size',
  type: 'a.media_type',
  digest: "('blake3:' || lower(hex(a.digest)))",
  axes: 'a.axes',
  dtype: 'a.dtype',
  shape: 'a.shape',
  size_t: lengthAlong('t'),
  size_c: lengthAlong('c'),
  size_z: lengthAlong('z'),
  size_y: lengthAlong('y'),
  size_x: lengthAlong('x'),
  channels: "(a.info -> '$.image.channels')",
  excitation: ofChannels('excitation'),
  emission: ofChannels('emission'),
  pixel_size: 'a.pixel_size',
  pixel_size_x: "(a.pixel_size ->> '$.x')",
  pixel_size_y: "(a.pixel_size ->> '$.y')",
  pixel_size_z: "(a.pixel_size ->> '$.z')",
  time_step: "(a.info ->> '$.image.timeStep')",
  // Microscopes write their own zone; everything else is in UTC.
  acquired_at: `CASE WHEN ${acquired} GLOB '*[+-][0-9][0-9]:[0-9][0-9]' THEN strftime('%Y-%m-%dT%H:%M:%f', ${acquired}) ELSE ${acquired} END`,
  series: "(a.info ->> '$.image.series')",
  objective: "(a.info ->> '$.image.objective.name')",
  objective_magnification: "(a.info ->> '$.image.objective.magnification')",
  objective_numerical_aperture: "(a.info ->> '$.image.objective.numericalAperture')",
  objective_immersion: "(a.info ->> '$.image.objective.immersion')",
} as const satisfies Partial<Record<FilterProperty, string>>;

/** What somebody imported. */
export const items: Shape = {
  row: 'i',
  table: 'items',
  joins: 'CROSS JOIN artifacts a ON a.id = i.artifact',
  seen: 'i.visible = 1',
  tags: { table: 'item_tags', owner: 'item' },
  columns: {
    ...ofContent,
    experiment: (test) =>
      fragment`i.dataset IN (SELECT d.id FROM datasets d CROSS JOIN experiments e ON e.id = d.experiment WHERE ${test('e.name')})`,
    dataset: (test) => fragment`i.dataset IN (SELECT d.id FROM datasets d WHERE ${test('d.name')})`,
    kind: (test) => fragment`i.dataset IN (SELECT d.id FROM datasets d WHERE ${test('d.name')})`,
    origin: (test) => fragment`i.dataset IN (SELECT d.id FROM datasets d WHERE ${test('d.kind')})`,
    path: 'i.path',
    name: nameOf('i.path'),
    stem: stemIn('i.path'),
    ext: extensionIn('i.path'),
    at: (test) => fragment`i.change IN (SELECT c.id FROM changes c WHERE ${test('c.at')})`,
    user: (test) => fragment`i.change IN (SELECT c.id FROM changes c WHERE ${test('c.user')})`,
    run: 'NULL',
    process: 'NULL',
    task: 'NULL',
    pipeline: 'NULL',
    retracted: '(i.retracted IS NOT NULL)',
  },
  found: {
    experiment: (test) =>
      fragment`SELECT n.id FROM experiments e CROSS JOIN datasets d ON d.experiment = e.id CROSS JOIN items n ON n.dataset = d.id AND n.visible = 1 WHERE ${test('e.name')}`,
    dataset: (test) =>
      fragment`SELECT n.id FROM datasets d CROSS JOIN items n ON n.dataset = d.id AND n.visible = 1 WHERE ${test('d.name')}`,
    kind: (test) =>
      fragment`SELECT n.id FROM datasets d CROSS JOIN items n ON n.dataset = d.id AND n.visible = 1 WHERE ${test('d.name')}`,
    at: (test) => fragment`SELECT n.id FROM changes c CROSS JOIN items n ON n.change = c.id WHERE ${test('c.at')}`,
    user: (test) => fragment`SELECT n.id FROM changes c CROSS JOIN items n ON n.change = c.id WHERE ${test('c.user')}`,
    path: (test) => fragment`SELECT n.id FROM items n WHERE ${test('n.path')}`,
    retracted: () => fragment`SELECT n.id FROM items n WHERE n.retracted IS NOT NULL`,
  },
  madeBy: (name) => fragment`EXISTS (
    SELECT 1 FROM outputs o CROSS JOIN results x ON x.id = o.result CROSS JOIN tasks k ON k.task = x.task AND k.run = x.run CROSS JOIN calls c ON c.id = k.call
    WHERE o.artifact = a.id AND (c.process = ${name} OR c.call = ${name}))`,
};

/** What runs published and is still so, as far as they know. */
export const published: Shape = {
  row: 'l',
  table: 'locations',
  joins: 'CROSS JOIN artifacts a ON a.id = l.artifact CROSS JOIN runs r ON r.id = l.run',
  seen: "l.kind = 'published' AND l.current = 1",
  tags: { table: 'tags', owner: 'location' },
  columns: {
    ...ofContent,
    experiment: (test) =>
      fragment`EXISTS (SELECT 1 FROM experiment_runs x WHERE x.run = l.run AND ${test('x.experiment')})`,
    dataset: 'l.name',
    kind: 'l.name',
    origin: "'processed'",
    path: 'l.path',
    name: nameOf('l.path'),
    stem: stemIn('l.path'),
    ext: extensionIn('l.path'),
    at: 'l.at',
    user: 'r.user',
    run: 'r.run',
    process: '(SELECT c.process FROM tasks k JOIN calls c ON c.id = k.call WHERE k.task = l.task AND k.run = l.run)',
    task: 'l.task',
    pipeline: 'r.pipeline',
    retracted:
      "EXISTS (SELECT 1 FROM retractions x WHERE x.kind = 'content' AND x.subject = 'blake3:' || lower(hex(a.digest)) AND x.current = 1)",
  },
  found: {
    experiment: (test) =>
      fragment`SELECT DISTINCT n.id FROM experiment_runs x CROSS JOIN locations n ON n.run = x.run AND n.kind = 'published' WHERE ${test('x.experiment')}`,
    dataset: (test) => fragment`SELECT n.id FROM locations n WHERE ${test('n.name')} AND n.current = 1`,
    kind: (test) => fragment`SELECT n.id FROM locations n WHERE ${test('n.name')} AND n.current = 1`,
    path: (test) => fragment`SELECT n.id FROM locations n WHERE ${test('n.path')}`,
    run: (test) =>
      fragment`SELECT n.id FROM runs x CROSS JOIN locations n ON n.run = x.id AND n.kind = 'published' WHERE ${test('x.run')}`,
    pipeline: (test) =>
      fragment`SELECT n.id FROM runs x CROSS JOIN locations n ON n.run = x.id AND n.kind = 'published' WHERE ${test('x.pipeline')}`,
  },
  madeBy: (name) => fragment`EXISTS (
    SELECT 1 FROM tasks k CROSS JOIN calls c ON c.id = k.call WHERE k.task = l.task AND k.run = l.run AND (c.process = ${name} OR c.call = ${name}))`,
};

/** Also what runs only read: what something was made from need not have been imported. */
export const known: Shape = {
  ...published,
  seen: 'l.current = 1',
  columns: { ...published.columns, origin: "CASE l.kind WHEN 'published' THEN 'processed' ELSE 'raw' END" },
  found: { ...(published.found.path && { path: published.found.path }) },
};
