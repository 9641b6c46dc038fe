import type { Diagnostic, Explanation } from '../../diagnostics/diagnostic.ts';
import { error } from '../../diagnostics/make.ts';
import type { Span } from '../../diagnostics/span.ts';
import { suggestions } from '../../diagnostics/suggest.ts';

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

  /** BIT5207. */
  unknownExperiment: (
    at: Span,
    of: { source: string; experiment: string; known: readonly string[]; near: readonly string[] },
  ): Diagnostic =>
    error('BIT5207', at, {
      message: `\`${of.source}\` names an experiment that the store does not have: \`${of.experiment}\``,
      help:
        of.known.length === 0
          ? `Nothing was imported yet: \`bit import FOLDER --experiment ${of.experiment}\`. Another store is named with \`--store DIR\`.`
          : didYouMeanOr(of.near, `There are: ${listed(of.known)}.`),
    }),

  /** BIT5208. */
  unknownDataset: (
    at: Span,
    of: { source: string; experiment: string; dataset: string; known: readonly string[]; near: readonly string[] },
  ): Diagnostic =>
    error('BIT5208', at, {
      message: `\`${of.source}\` names a dataset that \`${of.experiment}\` does not have: \`${of.dataset}\``,
      help: didYouMeanOr(of.near, of.known.length === 0 ? 'It has none yet.' : `There are: ${listed(of.known)}.`),
    }),

  /** BIT5209. */
  unknownTag: (at: Span, of: { source: string; tag: string; had: readonly string[] }): Diagnostic =>
    error('BIT5209', at, {
      message: `Nothing that \`${of.source}\` reads has a tag \`${of.tag}\``,
      help: didYouMeanOr(
        suggestions(of.tag, of.had),
        of.had.length === 0
          ? 'It has no tags at all; `bit annotate` gives it some.'
          : `There are: ${listed(of.had)}. Another name is written \`${of.tag}: Str from "…"\`.`,
      ),
    }),

  /** BIT5210. */
  lacksTag: (at: Span, of: { source: string; tag: string; names: readonly string[]; help: string }): Diagnostic =>
    error('BIT5210', at, {
      message: `\`${of.source}\` has ${of.names.length === 1 ? 'an item' : `${of.names.length} items`} without the tag \`${of.tag}\`: ${listed(of.names)}`,
      help: of.help,
    }),

  /** BIT5211. */
  otherType: (
    at: Span,
    of: { source: string; tag: string; type: string; values: readonly { place: string; value: unknown }[] },
  ): Diagnostic =>
    error('BIT5211', at, {
      message: `The tag \`${of.tag}\` of \`${of.source}\` is not always ${of.type}: ${of.values
        .slice(0, 3)
        .map(({ place, value }) => `${JSON.stringify(value)} (\`${place}\`)`)
        .join(', ')}${of.values.length > 3 ? `, and ${of.values.length - 3} more` : ''}`,
      help: 'Write the type that it has (`bit tags` shows it), or correct the values with `bit annotate`.',
    }),

  /** BIT5212. */
  noRun: (
    at: Span,
    of: { source: string; pipeline: string; isThere: boolean; run: string | undefined; runs: number },
  ): Diagnostic =>
    error('BIT5212', at, {
      message:
        of.run === undefined
          ? `\`${of.source}\` reads results of ${of.pipeline}, of which no run has succeeded`
          : `\`${of.source}\` reads results of run \`${of.run}\`, and ${of.pipeline} has no such run`,
      help:
        !of.isThere && of.runs === 0
          ? 'There is no such file; the path starts from the folder of the pipeline that names it.'
          : of.run === undefined
            ? `Run it first: \`bit run ${of.pipeline}\`. \`bit log\` shows what became of its runs.`
            : '`bit log` lists the runs; a run is named by its id, the beginning of it, or the name it was given.',
    }),

  /** BIT5213. */
  unknownResult: (
    at: Span,
    of: { source: string; run: string; result: string; known: readonly string[]; near: readonly string[] },
  ): Diagnostic =>
    error('BIT5213', at, {
      message: `\`${of.source}\` names a result that run ${of.run} did not publish: \`${of.result}\``,
      help: didYouMeanOr(
        of.near,
        of.known.length === 0 ? 'It published nothing.' : `It published: ${listed(of.known)}.`,
      ),
    }),

  /** BIT5214. */
  notListed: (at: Span, of: { source: string; why: string; help: string }): Diagnostic =>
    error('BIT5214', at, { message: `\`${of.source}\` could not be looked at: ${of.why}`, help: of.help }),
};

const listed = (names: readonly string[]): string =>
  `${names
    .slice(0, 8)
    .map((name) => `\`${name}\``)
    .join(', ')}${names.length > 8 ? ` and ${names.length - 8} more` : ''}`;

const didYouMeanOr = (near: readonly string[], otherwise: string): string =>
  near.length === 0 ? otherwise : `Did you mean ${near.map((name) => `\`${name}\``).join(' or ')}?`;

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
  {
    code: 'BIT5207',
    title: 'There is no such experiment',
    text: '`catalog("screen", { cell: Str })` reads items that were imported into the experiment `screen` of this store. `bit datasets` lists the experiments and their datasets. The store is the nearest `.bit` folder upwards from the pipeline; `--store` names another.',
  },
  {
    code: 'BIT5208',
    title: 'An experiment has no such dataset',
    text: 'Without `dataset:` all raw datasets of the experiment are read together; with it, the one that is named. What runs published is read with `results("pipeline.bit", "name", …)`.',
  },
  {
    code: 'BIT5209',
    title: 'Nothing has such a tag',
    text: 'The schema of `catalog`, `results` and `omero` names the tags that the items must have, with their types. A tag that is called otherwise there is read with `from`: `cell: Str from "Cell line"`.',
  },
  {
    code: 'BIT5210',
    title: 'Items lack a tag',
    text: 'A tag is never absent: every item of a dataset has all of them. Annotate the items, leave out those without it with `where: present(tag)`, or make it an optional field with `?`; then the value of each item is a record.',
  },
  {
    code: 'BIT5211',
    title: 'A tag has another type',
    text: 'Tags are stored with their type, and the schema says which one the pipeline counts on. Int is accepted where Float is written; nothing else converts by itself.',
  },
  {
    code: 'BIT5212',
    title: 'There is no such run',
    text: '`results` reads what the latest successful run of a pipeline published, or the run that `run: "…"` names. Nothing is run for it. Runs of other stores are not known.',
  },
  {
    code: 'BIT5213',
    title: 'A run did not publish such a result',
    text: 'A result has the name that stands after `as` in its `publish`, else the name of its variable. `bit show RUN` lists what a run published.',
  },
  {
    code: 'BIT5214',
    title: 'Another place could not be looked at',
    text: 'Before anything runs, remote sources are listed. The server could not be reached, refused, or has nothing at the address.',
  },
];
