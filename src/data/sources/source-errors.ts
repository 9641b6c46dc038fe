import type { Diagnostic, Explanation } from '../../diagnostics/diagnostic.ts';
import { error } from '../../diagnostics/make.ts';
import type { Span } from '../../diagnostics/span.ts';

/** What can be wrong while the items of a source are listed: BIT5201 to BIT5249. */
export const sourceErrors = {
  /** BIT5201. */
  missingFolder: (at: Span, of: { source: string; folder: string; why: string }): Diagnostic =>
    error('BIT5201', at, {
      message: `\`${of.source}\` looks in a folder that ${of.why}: ${of.folder}`,
      help: 'Paths in a `.bit` file start from its own folder; paths on the command line start from where you are.',
    }),

  /** BIT5202. */
  ambiguousName: (
    at: Span,
    of: { source: string; file: string; pattern: string; first: string; second: string },
  ): Diagnostic =>
    error('BIT5202', at, {
      message: `The name \`${of.file}\` can be read by \`${of.pattern}\` in more than one way: ${of.first}, or ${of.second}`,
      help: 'Say what a part may be: `{time:Int}` holds digits only, and `{cell:r"[A-H][0-9]+"}` what the expression matches.',
    }),

  /** BIT5203. */
  missingFile: (at: Span, of: { source: string; file: string; near: readonly string[] }): Diagnostic =>
    error('BIT5203', at, {
      message: `\`${of.source}\` names a file that is not there: ${of.file}`,
      help:
        of.near.length === 0
          ? 'Check the path; its folder holds no file with a similar name.'
          : `Did you mean ${of.near.map((name) => `\`${name}\``).join(' or ')}?`,
    }),

  /** BIT5204. */
  unreadableSheet: (at: Span, of: { source: string; file: string; problem: string }): Diagnostic =>
    error('BIT5204', at, {
      message: `\`${of.source}\` cannot read the sheet ${of.file}: ${of.problem}`,
      help: 'A sheet is a CSV or TSV file (UTF-8) whose first row names the columns.',
    }),

  /** BIT5205. */
  missingColumn: (
    at: Span,
    of: { source: string; file: string; column: string; columns: readonly string[]; near: readonly string[] },
  ): Diagnostic =>
    error('BIT5205', at, {
      message: `The sheet ${of.file} has no column \`${of.column}\`; it has ${of.columns.map((name) => `\`${name}\``).join(', ')}`,
      help:
        of.near.length > 0
          ? `Did you mean \`${of.near[0]}\`? Write \`${of.column}: … from "${of.near[0]}"\` to read it under this name.`
          : `Write \`${of.column}: … from "The column's name"\`, or make the column optional with \`?\`.`,
    }),

  /** BIT5206. Every bad cell is listed, with row and column. */
  badCells: (
    at: Span,
    of: { file: string; cells: readonly { row: number; column: string; text: string; type: string }[] },
  ): Diagnostic => {
    const shown = of.cells
      .slice(0, 20)
      .map(
        (cell) =>
          `row ${cell.row}, column \`${cell.column}\`: ${cell.text === '' ? 'it is empty' : `${JSON.stringify(cell.text)} is no ${cell.type}`}`,
      );
    const more = of.cells.length - shown.length;
    return error('BIT5206', at, {
      message: `The sheet ${of.file} has ${of.cells.length === 1 ? 'a bad cell' : `${of.cells.length} bad cells`}: ${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}`,
      help: 'Row 1 is the header. Correct the cells, or declare a type that they have; a column that may be empty ends in `?`.',
    });
  },
};

export const explanations: readonly Explanation[] = [
  {
    code: 'BIT5201',
    title: 'A source looks in a folder that is not there',
    text: 'Before anything runs, every source lists its files. The fixed part of its pattern, up to the first `{name}` or `*`, is a folder, and that folder does not exist or cannot be read. Relative paths in a `.bit` file start from the folder of that file; paths given on the command line start from the working directory.',
    wrong: 'params {\n  raw: Dataset<Image> = files("no such folder/{cell}.tif")\n}\n',
    right: 'params {\n  raw: Dataset<Image> = files("data/{cell}.tif")\n}\n',
  },
  {
    code: 'BIT5202',
    title: 'A file name splits in more than one way',
    text: 'A pattern with two captures side by side may read one name in several ways: `{cell}_{condition}.tif` reads `a_b_c.tif` as cell `a_b` or as cell `a`. Guessing would put data under wrong tags, so it is an error that shows two readings. Restrict a capture by a type or by a regular expression.',
    wrong: 'params {\n  raw: Dataset<Image> = files("data/{cell}_{condition}.tif")\n}\n',
    right: 'params {\n  raw: Dataset<Image> = files("data/{cell}_{condition:r"[a-z]+"}.tif")\n}\n',
  },
  {
    code: 'BIT5203',
    title: 'A file is not there',
    text: '`file("…")` names exactly one file, and sheets name one per row and file column. Each must be there before the first task starts.',
  },
  {
    code: 'BIT5204',
    title: 'A sheet cannot be read',
    text: 'A sheet is a CSV or TSV file in UTF-8; its first row names the columns, and every other row has a cell for each of them.',
  },
  {
    code: 'BIT5205',
    title: 'A sheet has no such column',
    text: 'Columns are found by the name of the field, or by the text after `from`. Columns that the schema does not name are ignored; a column that is named must be there unless its type ends in `?`.',
  },
  {
    code: 'BIT5206',
    title: 'A sheet has cells that are not of their type',
    text: 'Every cell is read by the type of its column before anything runs, and all bad cells are reported at once with row and column. Row 1 is the header.',
  },
];
