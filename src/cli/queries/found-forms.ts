import stringWidth from 'string-width';
import type { Affected } from '../../engine/ports/impact.ts';
import type { FoundFile } from '../../engine/ports/run-reader.ts';
import { bytesInWords } from '../../util/bytes-in-words.ts';
import { formats } from '../formats.ts';
import type { Colors } from '../terminal.ts';
import { delimitedTable, type TableCell } from '../text-table.ts';
import { affectedDocument } from './lineage-forms.ts';
import { affectedInWords, oneLine, shortPath, tagsInWords } from './wording.ts';

/** Which of the files depend on something that is retracted, in their order. */
export type Marks = readonly (Affected | undefined)[];

/** As docs/json.md says. */
export const foundDocument = (files: readonly FoundFile[], marks: Marks) => ({
  format: formats.find,
  files: files.map((file, index) => ({
    path: file.path,
    digest: file.digest,
    origin: file.origin,
    experiment: file.experiment ?? null,
    dataset: file.dataset ?? null,
    kind: file.kind,
    size: file.size,
    type: file.type ?? null,
    tags: file.tags,
    run: file.run ?? null,
    task: file.task ?? null,
    at: file.at,
    user: file.user ?? null,
    retracted: file.retracted ?? null,
    image: file.info?.image ?? null,
    ...affectedDocument(marks[index]),
  })),
});

/** A line each: the path, what it is, how large, its tags one under the other, and why it must not be used. */
export function foundLines(
  files: readonly FoundFile[],
  marks: Marks,
  options: { readonly colors: Colors; readonly folder: string },
): readonly string[] {
  const { dim, red, yellow } = options.colors;
  const names = tagNames(files);
  const rows = files.map((file) => [
    shownPath(file.path, options.folder),
    file.kind,
    bytesInWords(file.size),
    ...names.map((name) => {
      const value = file.tags[name];
      return value === undefined ? '' : tagsInWords({ [name]: value });
    }),
  ]);
  const widths: number[] = [];
  for (const row of rows)
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, stringWidth(cell));
  const padded = (cell: string, at: number): string => `${cell}${' '.repeat((widths[at] ?? 0) - stringWidth(cell))}`;
  return rows.map((row, index) => {
    const [path = '', kind = '', size = '', ...tags] = row.map(padded);
    const why = files[index]?.retracted;
    const line = `${path}  ${kind}  ${size}  ${dim(tags.join('  ').trimEnd())}`.trimEnd();
    if (why !== undefined) return `${line}  ${red(`retracted: ${oneLine(why)}`)}`;
    const mark = marks[index];
    return mark === undefined ? line : `${line}  ${yellow(oneLine(affectedInWords(mark, options.folder)))}`;
  });
}

/** A table for a spreadsheet or a script: what is known of each, then a column for each tag. */
export function foundTable(files: readonly FoundFile[], separator: ',' | '\t'): string {
  const names = tagNames(files);
  const own = Object.keys(columns);
  const header = [...own, ...names.map((name) => (own.includes(name) ? `tag.${name}` : name))];
  const rows = files.map((file) => [
    ...Object.values(columns).map((column) => column(file)),
    ...names.map((name) => file.tags[name]),
  ]);
  return delimitedTable([header, ...rows], separator);
}

const columns: Readonly<Record<string, (file: FoundFile) => TableCell | undefined>> = {
  path: (file) => file.path,
  origin: (file) => file.origin,
  experiment: (file) => file.experiment,
  dataset: (file) => file.dataset,
  kind: (file) => file.kind,
  size: (file) => file.size,
  type: (file) => file.type,
  digest: (file) => file.digest,
  at: (file) => file.at,
  user: (file) => file.user,
  run: (file) => file.run,
  task: (file) => file.task,
  retracted: (file) => file.retracted,
};

/** In the order in which they are first met. */
const tagNames = (files: readonly FoundFile[]): readonly string[] => [
  ...new Set(files.flatMap((file) => Object.keys(file.tags))),
];

/** Places elsewhere, `s3://…`, are not below any folder. */
const shownPath = (path: string, folder: string): string =>
  oneLine(path.startsWith('/') ? shortPath(path, folder) : path);
