import { foundText } from './annotated-item.ts';
import { plainName } from './header-name.ts';
import type { ItemIndex } from './item-index.ts';
import type { Sheet } from './sheet-cell.ts';
import type { TagProblem } from './tag-problem.ts';

export type FileColumn =
  | { readonly how: 'found'; readonly column: number }
  | { readonly how: 'unclear'; readonly problem: TagProblem };

/**
 * The column of a sheet that says which file a row is about: the one that is named, else the one most of whose cells name items. Where several do so
 * equally well, or none does, a header such as `File` or `Path` decides; where none has one, nobody guesses.
 */
export function fileColumn(
  sheet: Sheet,
  { index, named }: { readonly index: ItemIndex; readonly named: string | undefined },
): FileColumn {
  const headers = sheet.columns.map((column) => column.header);
  if (named !== undefined) {
    const exact = headers.indexOf(named.trim());
    const column = exact >= 0 ? exact : headers.findIndex((header) => plainName(header) === plainName(named));
    return column >= 0
      ? { how: 'found', column }
      : unclear({ kind: 'no-file-column', wanted: named, columns: headers });
  }
  const scores = headers.map((_, column) => score(sheet, { column, index }));
  const most = Math.max(0, ...scores.map(({ hits }) => hits));
  const best = [...scores.keys()].filter((column) => {
    const { hits, cells } = scores[column] ?? { hits: 0, cells: 0 };
    return hits > 0 && hits === most && hits * 2 >= cells;
  });
  const candidates = best.length > 0 ? best : [...headers.keys()];
  const [only] = candidates;
  if (best.length === 1 && only !== undefined) return { how: 'found', column: only };
  for (const usual of usualHeaders) {
    const called = candidates.filter((column) => plainName(headers[column] ?? '') === usual);
    const [column] = called;
    if (column !== undefined && called.length === 1) return { how: 'found', column };
  }
  return unclear(
    best.length > 1
      ? { kind: 'unclear-file-column', columns: best.map((column) => headers[column] ?? '') }
      : { kind: 'no-file-column', wanted: undefined, columns: headers },
  );
}

const usualHeaders = 'file filename file_name file_path filepath path image image_file image_name imagename name'.split(
  ' ',
);

const unclear = (problem: TagProblem): FileColumn => ({ how: 'unclear', problem });

/** Of rows spread evenly over the sheet: which column it is shows long before the last of a hundred thousand. */
function score(
  sheet: Sheet,
  { column, index }: { readonly column: number; readonly index: ItemIndex },
): { readonly hits: number; readonly cells: number } {
  const step = Math.max(1, Math.ceil(sheet.rows.length / ROWS_LOOKED_AT));
  let hits = 0;
  let cells = 0;
  for (let at = 0; at < sheet.rows.length; at += step) {
    const cell = sheet.rows[at]?.cells[column] ?? null;
    if (cell === null || typeof cell === 'boolean') continue;
    cells += 1;
    if (index.find(foundText(cell)).how !== 'none') hits += 1;
  }
  return { hits, cells };
}

const ROWS_LOOKED_AT = 1000;
