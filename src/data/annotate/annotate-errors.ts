import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { error, warning } from '../../diagnostics/make.ts';
import type { Span } from '../../diagnostics/span.ts';
import { alternatives, didYouMean } from '../../diagnostics/suggest.ts';
import type { TagKey } from '../../engine/ports/catalog.ts';
import { unreachable } from '../../util/unreachable.ts';
import { tagsText } from '../tags-text.ts';
import { counted, namesOf, onOneLine, quoted, someOf } from './problem-list.ts';
import type { TagProblem } from './tag-problem.ts';

type Of<K extends TagProblem['kind']> = TagProblem & { readonly kind: K };

/**
 * One message for each kind of problem, rule and subject, however many items have it; the first twenty are named. `at` gives the place of a problem: the word of
 * the command line that its rule came from, or the sheet.
 */
export function annotateDiagnostics(
  problems: readonly TagProblem[],
  { at }: { readonly at: (problem: TagProblem) => Span },
): readonly Diagnostic[] {
  const groups = new Map<string, [TagProblem, ...TagProblem[]]>();
  for (const problem of problems) {
    const name = JSON.stringify([problem.rule ?? null, problem.kind, subject(problem)]);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [problem]);
    else group.push(problem);
  }
  return [...groups.values()].map((group) => diagnostic(group, at(group[0])));
}

/** What a person would put right in one place: the values of one key, one rule. */
function subject(problem: TagProblem): string {
  switch (problem.kind) {
    case 'bad-value':
    case 'value-not-allowed':
      return problem.key.name;
    case 'given-twice':
    case 'type-differs':
    case 'unknown-key':
    case 'headers-alike':
      return problem.name;
    case 'bad-rule':
      return problem.problem;
    case 'mixed-decimals':
      return problem.column;
    case 'no-piece':
      return String(problem.position);
    default:
      return '';
  }
}

function diagnostic(group: readonly [TagProblem, ...TagProblem[]], at: Span): Diagnostic {
  const [first] = group;
  switch (first.kind) {
    case 'unmatched':
      return annotateErrors.unmatched(at, { all: all(group, 'unmatched'), what: first.what });
    case 'matches-nothing':
      return annotateErrors.matchesNothing(at, first);
    case 'ambiguous-name':
      return annotateErrors.ambiguousName(at, { all: all(group, 'ambiguous-name'), first });
    case 'bad-regex':
      return annotateErrors.badRegex(at, first);
    case 'bad-rule':
      return annotateErrors.badRule(at, first);
    case 'no-piece':
      return annotateErrors.noPiece(at, { all: all(group, 'no-piece'), position: first.position });
    case 'no-word':
      return annotateErrors.noWord(at, { all: all(group, 'no-word'), words: first.words });
    case 'several-words':
      return annotateErrors.severalWords(at, all(group, 'several-words'));
    case 'unreadable-sheet':
      return annotateErrors.unreadableSheet(at, first);
    case 'no-file-column':
      return annotateErrors.noFileColumn(at, first);
    case 'unclear-file-column':
      return annotateErrors.unclearFileColumn(at, first);
    case 'row-without-file':
      return annotateErrors.rowWithoutFile(at, all(group, 'row-without-file'));
    case 'row-without-name':
      return annotateErrors.rowWithoutName(at, all(group, 'row-without-name'));
    case 'file-without-row':
      return annotateErrors.fileWithoutRow(at, all(group, 'file-without-row'));
    case 'row-twice':
      return annotateErrors.rowTwice(at, all(group, 'row-twice'));
    case 'row-unclear':
      return annotateErrors.rowUnclear(at, all(group, 'row-unclear'));
    case 'header-without-name':
      return annotateErrors.headerWithoutName(at, all(group, 'header-without-name'));
    case 'headers-alike':
      return annotateErrors.headersAlike(at, first);
    case 'stray-cell':
      return annotateErrors.strayCell(at, all(group, 'stray-cell'));
    case 'mixed-decimals':
      return annotateErrors.mixedDecimals(at, first);
    case 'bad-value':
      return annotateErrors.badValue(at, { all: all(group, 'bad-value'), key: first.key });
    case 'value-not-allowed':
      return annotateErrors.valueNotAllowed(at, { all: all(group, 'value-not-allowed'), key: first.key });
    case 'unknown-key':
      return annotateErrors.unknownKey(at, first);
    case 'type-differs':
      return annotateErrors.typeDiffers(at, first);
    case 'given-twice':
      return annotateErrors.givenTwice(at, { all: all(group, 'given-twice'), name: first.name });
    case 'duplicate-tags':
      return annotateErrors.duplicateTags(at, all(group, 'duplicate-tags'));
    default:
      return unreachable(first);
  }
}

function all<K extends TagProblem['kind']>(group: readonly TagProblem[], kind: K): readonly Of<K>[] {
  return group.filter((problem): problem is Of<K> => problem.kind === kind);
}

const MOST = 20;
const items = (group: readonly { readonly item: string }[]): string =>
  someOf(
    group.map(({ item }) => item),
    { most: MOST },
  );
const files = (count: number): string => counted(count, 'item', 'items');

/** What can be wrong with tags that rules give: BIT5330 to BIT5359. */
export const annotateErrors = {
  /** BIT5330. */
  unmatched: (at: Span, of: { all: readonly Of<'unmatched'>[]; what: string }): Diagnostic =>
    error('BIT5330', at, {
      message: `${quoted(of.what)} does not match ${files(of.all.length)}: ${items(of.all)}`,
      help: 'Write a pattern that reads every name, or allow names that it does not match with `--allow unmatched`.',
    }),

  /** BIT5331. */
  matchesNothing: (at: Span, of: Of<'matches-nothing'>): Diagnostic =>
    error('BIT5331', at, {
      message: `${quoted(of.what)} matches none of ${files(of.items)}; the first is ${quoted(of.example)}`,
      help: 'A pattern without `/` is held against the whole name with its extension, one with `/` against the whole path.',
    }),

  /** BIT5332. */
  ambiguousName: (at: Span, of: { all: readonly Of<'ambiguous-name'>[]; first: Of<'ambiguous-name'> }): Diagnostic =>
    error('BIT5332', at, {
      message:
        `${quoted(of.first.pattern)} reads ${counted(of.all.length, 'name', 'names')} in more than one way: ${items(of.all)}. ` +
        `The first is ${onOneLine(tagsText(of.first.first))}, or ${onOneLine(tagsText(of.first.second))}`,
      help: 'Say what a part may be: `{time:Int}` holds digits only, and `{cell:r"[A-H][0-9]+"}` what the expression matches.',
    }),

  /** BIT5333. */
  badRegex: (at: Span, of: Of<'bad-regex'>): Diagnostic =>
    error('BIT5333', at, {
      message: `This regular expression cannot be used: ${onOneLine(of.problem)}`,
      help: of.help,
    }),

  /** BIT5334. */
  badRule: (at: Span, of: Of<'bad-rule'>): Diagnostic =>
    error('BIT5334', at, { message: onOneLine(of.problem), help: of.help }),

  /** BIT5334, too. A pattern that asks for the params of a pipeline. */
  paramInPattern: (at: Span): Diagnostic =>
    error('BIT5334', at, {
      message: 'This pattern asks for a value of a pipeline, and there is no pipeline here',
      help: 'Write the text itself; `{name}` takes a part of the name as a tag.',
    }),

  /** BIT5335. */
  noPiece: (at: Span, of: { all: readonly Of<'no-piece'>[]; position: number }): Diagnostic =>
    error('BIT5335', at, {
      message: `${counted(of.all.length, 'item has', 'items have')} nothing at position ${of.position}: ${someOf(
        of.all.map(({ item, pieces }) => `${item} (${pieces.map((piece) => JSON.stringify(piece)).join(' ')})`),
        { most: MOST },
      )}`,
      help: 'Positions count from 1, and from -1 at the end; two separators side by side have an empty piece between them.',
    }),

  /** BIT5336. */
  noWord: (at: Span, of: { all: readonly Of<'no-word'>[]; words: readonly string[] }): Diagnostic =>
    error('BIT5336', at, {
      message: `${counted(of.all.length, 'item holds', 'items hold')} none of ${onOneLine(of.words.slice(0, MOST).map(quoted).join(', '))}: ${items(of.all)}`,
      help: 'A word counts where it stands by itself: `treated` is not in `untreated.tif`. Case counts unless you say otherwise.',
    }),

  /** BIT5337. */
  severalWords: (at: Span, all: readonly Of<'several-words'>[]): Diagnostic =>
    error('BIT5337', at, {
      message: `${counted(all.length, 'item holds', 'items hold')} several of the words: ${someOf(
        all.map(({ item, found }) => `${item} (${found.join(', ')})`),
        { most: MOST },
      )}`,
      help: 'Use words of which each name has one, or a pattern that says where in the name to look.',
    }),

  /** BIT5338. */
  unreadableSheet: (at: Span, of: Of<'unreadable-sheet'>): Diagnostic =>
    error('BIT5338', at, { message: `The sheet cannot be read: ${onOneLine(of.problem)}`, help: of.help }),

  /** BIT5339. */
  noFileColumn: (at: Span, of: Of<'no-file-column'>): Diagnostic =>
    error('BIT5339', at, {
      message:
        of.wanted === undefined
          ? 'No column of the sheet names the files'
          : `The sheet has no column ${quoted(of.wanted)}`,
      help: `${of.wanted === undefined ? '' : `${didYouMean(of.wanted, of.columns)} `}It has ${namesOf(of.columns, { most: MOST })}. Say which one with \`--file-column\`.`.trim(),
    }),

  /** BIT5339, too. */
  unclearFileColumn: (at: Span, of: Of<'unclear-file-column'>): Diagnostic =>
    error('BIT5339', at, {
      message: `Several columns of the sheet name the files: ${of.columns.map(quoted).join(', ')}`,
      help: `Say which one with \`--file-column\`: ${alternatives(of.columns.map(onOneLine))}.`,
    }),

  /** BIT5340. */
  rowWithoutFile: (at: Span, all: readonly Of<'row-without-file'>[]): Diagnostic =>
    error('BIT5340', at, {
      message: `${counted(all.length, 'row of the sheet is', 'rows of the sheet are')} about no item: ${someOf(
        all.map(({ row, file, near }) => `row ${row}, ${file}${near === undefined ? '' : ` (did you mean ${near}?)`}`),
        { most: MOST },
      )}`,
      help: 'Correct the names, case included, or allow rows without a file with `--allow rows-without-file`.',
    }),

  /** BIT5340, too. */
  rowWithoutName: (at: Span, all: readonly Of<'row-without-name'>[]): Diagnostic =>
    error('BIT5340', at, {
      message: `${counted(all.length, 'row of the sheet names', 'rows of the sheet name')} no file: ${someOf(
        all.map(({ row }) => `row ${row}`),
        { most: MOST },
      )}`,
      help: 'Write the file into the row, or take the row away.',
    }),

  /** BIT5341. */
  fileWithoutRow: (at: Span, all: readonly Of<'file-without-row'>[]): Diagnostic =>
    error('BIT5341', at, {
      message: `${counted(all.length, 'item has', 'items have')} no row in the sheet: ${items(all)}`,
      help: 'Add rows for them, or allow files without a row with `--allow files-without-row`.',
    }),

  /** BIT5342. */
  rowTwice: (at: Span, all: readonly Of<'row-twice'>[]): Diagnostic =>
    error('BIT5342', at, {
      message: `Two rows of the sheet are about the same item: ${someOf(
        all.map(({ item, rows }) => `${item} (rows ${rows[0]} and ${rows[1]})`),
        { most: MOST },
      )}`,
      help: 'Keep one row for each item.',
    }),

  /** BIT5343. */
  rowUnclear: (at: Span, all: readonly Of<'row-unclear'>[]): Diagnostic =>
    error('BIT5343', at, {
      message: `${counted(all.length, 'row of the sheet fits', 'rows of the sheet fit')} several items: ${someOf(
        all.map(({ row, file, items }) => `row ${row}, ${file} (${items.join(', ')})`),
        { most: MOST },
      )}`,
      help: 'Write the extension, or the folder in front of the name.',
    }),

  /** BIT5344. */
  headerWithoutName: (at: Span, all: readonly Of<'header-without-name'>[]): Diagnostic =>
    error('BIT5344', at, {
      message: `No tag can be named after ${counted(all.length, 'column', 'columns')} of the sheet: ${someOf(
        all.map(({ header, position }) =>
          header === '' ? `column ${letters(position)} has no header` : `column ${letters(position)}, ${header}`,
        ),
        { most: MOST },
      )}`,
      help: 'Write a header of letters and digits above the column, say which tag it gives with `--column HEADER=TAG`, or leave the column out with `--skip-column`.',
    }),

  /** BIT5344, too. */
  headersAlike: (at: Span, of: Of<'headers-alike'>): Diagnostic =>
    error('BIT5344', at, {
      message: `Several columns of the sheet give the tag \`${of.name}\`: ${of.columns.map(quoted).join(', ')}`,
      help: 'Give one of them another header, say which tag it gives with `--column HEADER=TAG`, or leave it out with `--skip-column`.',
    }),

  /** BIT5345. */
  strayCell: (at: Span, all: readonly Of<'stray-cell'>[]): Diagnostic =>
    error('BIT5345', at, {
      message: `${counted(all.length, 'row of the sheet goes', 'rows of the sheet go')} on where no header is: ${someOf(
        all.map(({ row, text }) => `row ${row}, ${JSON.stringify(text)}`),
        { most: MOST },
      )}`,
      help: 'Write a header above the column. In a CSV file, a text that holds the separator stands in double quotes.',
    }),

  /** BIT5346. */
  mixedDecimals: (at: Span, of: Of<'mixed-decimals'>): Diagnostic =>
    error('BIT5346', at, {
      message: `The column ${quoted(of.column)} writes fractions in two ways: ${onOneLine(of.comma.text)} in row ${of.comma.row}, ${onOneLine(of.point.text)} in row ${of.point.row}`,
      help: 'Write all of them with a point, or all with a comma; or say which of the two is meant with `--decimals`.',
    }),

  /** BIT5347. */
  badValue: (at: Span, of: { all: readonly Of<'bad-value'>[]; key: TagKey }): Diagnostic =>
    error('BIT5347', at, {
      message: `${counted(of.all.length, 'value', 'values')} of \`${of.key.name}\` ${of.all.length === 1 ? 'is' : 'are'} not ${wanted(of.key)}: ${valuesText(of.all)}`,
      help: howToWrite(of.key),
    }),

  /** BIT5348. */
  valueNotAllowed: (at: Span, of: { all: readonly Of<'value-not-allowed'>[]; key: TagKey }): Diagnostic => {
    const allowed = (of.key.values ?? []).map(String);
    const [first] = of.all;
    return error('BIT5348', at, {
      message: `\`${of.key.name}\` may not be ${valuesText(of.all)}`,
      help: `${didYouMean(first?.text ?? '', allowed)} It may be ${namesOf(allowed, { most: MOST })}.`.trim(),
    });
  },

  /** BIT5349. */
  unknownKey: (at: Span, of: Of<'unknown-key'>): Diagnostic =>
    error('BIT5349', at, {
      message: `There is no tag ${quoted(of.name)} in this experiment${of.column === undefined || of.column === of.name ? '' : `, which the column ${quoted(of.column)} would give`}`,
      help: didYouMean(
        of.name,
        of.known,
        of.known.length === 0
          ? 'It has no tags yet: declare them with `bit experiment`, or all new ones with `--new-keys`.'
          : `It has ${namesOf(of.known, { most: MOST })}. Declare it with \`bit experiment\`, or all new ones with \`--new-keys\`.`,
      ),
    }),

  /** BIT5350. */
  typeDiffers: (at: Span, of: Of<'type-differs'>): Diagnostic =>
    error('BIT5350', at, {
      message: `\`${of.name}\` is read as ${of.said} here, and the experiment declares it as ${of.declared}`,
      help: `Leave the type out: \`{${of.name}}\` takes the text, which is then read as ${of.declared}.`,
    }),

  /** BIT5351. */
  givenTwice: (at: Span, of: { all: readonly Of<'given-twice'>[]; name: string }): Diagnostic =>
    error('BIT5351', at, {
      message: `\`${of.name}\` gets two values: ${someOf(
        of.all.map(({ item, first, second }) => `${item} (${first}, and ${second})`),
        { most: MOST },
      )}`,
      help: 'Let only one of the rules give this tag.',
    }),

  /** BIT5359. */
  equalTags: (at: Span, of: { dataset: string; all: readonly Of<'duplicate-tags'>[] }): Diagnostic =>
    warning('BIT5359', at, {
      message: `Nothing will tell some items of ${of.dataset} apart: ${someOf(
        of.all.map(({ items, tags }) => `${someOf(items, { most: 3 })} (${tagsText(tags) || 'no tags'})`),
        { most: 5 },
      )}`,
      help: 'Pipelines refuse such items of one dataset in `catalog(…)`. Give them a tag that differs, such as a field of view or a number.',
    }),

  /** BIT5352. */
  duplicateTags: (at: Span, all: readonly Of<'duplicate-tags'>[]): Diagnostic =>
    error('BIT5352', at, {
      message: `Nothing tells some items apart: ${someOf(
        all.map(({ items, tags }) => `${someOf(items, { most: 3 })} (${tagsText(tags) || 'no tags'})`),
        { most: 10 },
      )}`,
      help: 'Give them a tag that differs, such as a field of view or a number.',
    }),
};

function valuesText(
  all: readonly {
    readonly text: string;
    readonly item: string;
    readonly row?: number;
    readonly column?: string;
    readonly why?: Of<'bad-value'>['why'];
  }[],
): string {
  const [first, second] = all;
  // `--set` gives all of them the same.
  if (
    first !== undefined &&
    second !== undefined &&
    all.every((one) => one.text === first.text && one.row === undefined)
  )
    return `${JSON.stringify(first.text)} (${items(all)})`;
  return someOf(
    all.map(({ text, item, row, column, why }) => {
      const where = row === undefined ? item : `row ${row}${column === undefined ? '' : `, column ${column}`}`;
      return `${JSON.stringify(text)} (${where}${why === 'too-large' ? '; too large to be exact' : ''})`;
    }),
    { most: MOST },
  );
}

function wanted(key: TagKey): string {
  switch (key.type) {
    case 'Str':
      return 'a text';
    case 'Int':
      return `a whole number${key.unit === undefined ? '' : ` of ${key.unit}`}`;
    case 'Float':
      return `a number${key.unit === undefined ? '' : ` of ${key.unit}`}`;
    case 'Bool':
      return '`true` or `false`';
    case 'Date':
      return 'a date';
    default:
      return unreachable(key.type);
  }
}

function howToWrite(key: TagKey): string {
  switch (key.type) {
    case 'Str':
      return 'Any text will do.';
    case 'Int':
    case 'Float':
      return key.unit === undefined
        ? 'Write the number alone, with a point before its fraction; the tag has no unit.'
        : `Write the number alone, in ${key.unit}, or with a unit that can be converted to ${key.unit}.`;
    case 'Bool':
      return 'Write `true`, `false`, `yes` or `no`.';
    case 'Date':
      return 'Write `2024-02-29`, or `2024-02-29T14:05:00` with `Z` or `+01:00` at its end where the zone is known.';
    default:
      return unreachable(key.type);
  }
}

/** `C`, as a spreadsheet names its third column. */
function letters(position: number): string {
  let text = '';
  for (let rest = position; rest > 0; rest = Math.floor((rest - 1) / 26))
    text = String.fromCharCode(65 + ((rest - 1) % 26)) + text;
  return text;
}
