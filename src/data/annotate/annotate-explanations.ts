import type { Explanation } from '../../diagnostics/diagnostic.ts';

/** The long form of BIT5330 to BIT5359. */
export const annotateExplanations: readonly Explanation[] = [
  {
    code: 'BIT5330',
    title: 'A pattern does not match some names',
    text: 'A pattern or regular expression that gives tags must match every item, so that none is left without its tags by accident. A pattern without `/` is held against the whole name with its extension, one with `/` against the path below the folder that is imported; a regular expression may match anywhere in it. Names are compared in composed form, so an accent matches however the file system stores it.',
  },
  {
    code: 'BIT5331',
    title: 'A pattern matches nothing',
    text: 'No name at all matches, so the pattern is meant for other files. Compare it with the name in the message: extension, case and separators count.',
  },
  {
    code: 'BIT5332',
    title: 'A pattern reads a name in more than one way',
    text: '`{cell}_{condition}.tif` reads `a_b_c.tif` as cell `a_b` or as cell `a`. Guessing would put data under wrong tags. Restrict a part by a type (`{time:Int}`) or by a regular expression (`{cell:r"[A-H][0-9]+"}`).',
  },
  {
    code: 'BIT5333',
    title: 'A regular expression gives no tags',
    text: "Tags come from groups with a name: `(?<cell>[A-H][0-9]+)_t(?<time__Int>[0-9]+)`. Two underscores and a type after the name state the type. Python's `(?P<cell>…)` is understood, too.",
  },
  {
    code: 'BIT5334',
    title: 'A rule for tags is incomplete',
    text: 'Names of tags hold letters without accents, digits and `_`, and are no word of the language. Positions count from 1, or from -1 at the end. A tag that is set needs a value: `--set condition=control`; one that is taken away is named alone: `--unset condition`. `{params.name}` has no meaning outside a pipeline.',
  },
  {
    code: 'BIT5335',
    title: 'A name has too few pieces',
    text: 'The name without its extension is cut at every separator, and the piece at the position becomes the tag. Here a name has fewer pieces, or an empty one: two separators side by side have an empty piece between them.',
  },
  {
    code: 'BIT5336',
    title: 'A name holds none of the words',
    text: 'Each name must hold exactly one word of the list, as a piece of its own: `control` is in `control2.tif` and in `a-control.tif`, and `treated` is not in `untreated.tif`. Case counts unless told otherwise.',
  },
  {
    code: 'BIT5337',
    title: 'A name holds several of the words',
    text: 'Each name must hold exactly one word of the list. Where one word contains another, the longer one counts; two that stand side by side leave open which is meant.',
  },
  {
    code: 'BIT5338',
    title: 'A sheet of tags cannot be read',
    text: 'A sheet is a CSV or TSV file (UTF-8, or UTF-16 with a byte order mark), or an Excel workbook (`.xlsx`). Its first row that is not empty names the columns. Of a workbook the first worksheet is read unless one is named.',
  },
  {
    code: 'BIT5339',
    title: 'Which column names the files is not clear',
    text: 'One column of a sheet says which file a row is about: by its path, its name, or its name without the extension. It is the column most of whose cells name items; where two do so equally well, or none does, say which one it is with `--file-column`.',
  },
  {
    code: 'BIT5340',
    title: 'A row of a sheet is about no item',
    text: 'The row names no file, or one that is not among the items. Names are compared to the letter, case included; a folder in front of the name, and folders further up, may be written or left out.',
  },
  {
    code: 'BIT5341',
    title: 'An item has no row in the sheet',
    text: 'Every item needs a row, so that none is left without its tags by accident. Add the row, or allow files without one.',
  },
  {
    code: 'BIT5342',
    title: 'Two rows of a sheet are about the same item',
    text: 'An item gets its tags from one row. Take the other row away; where both are right, they belong together in one.',
  },
  {
    code: 'BIT5343',
    title: 'A row of a sheet fits several items',
    text: 'Files in several folders have this name, or several files differ only in their extension. Write as much of the path into the sheet as tells them apart.',
  },
  {
    code: 'BIT5344',
    title: 'A column of a sheet gives no tag of its own',
    text: 'A tag is named after the header of its column: in small letters, accents dropped, whatever is neither letter nor digit as one `_`, so `Cell line` gives `cell_line`. A unit in brackets at the end is the unit of the numbers below: `Time (min)`. Here no letter or digit is left, or two headers give the same name.',
  },
  {
    code: 'BIT5345',
    title: 'A row of a sheet is longer than its header',
    text: 'Something stands in a column without a header. Most often a text that holds the separator is not in quotes, and everything after it has moved one column to the right.',
  },
  {
    code: 'BIT5346',
    title: 'A column of a sheet writes fractions in two ways',
    text: 'In a sheet whose cells are parted by semicolons, numbers may have a comma or a point. With both in one column, `1.234` may be one number or another, so nobody guesses.',
  },
  {
    code: 'BIT5347',
    title: 'A value is not of the type of its tag',
    text: 'An experiment declares its tags: `Str`, `Int`, `Float`, `Bool` or `Date`, and a unit for numbers. Values in another unit of the same kind are converted (`3 min` is 180 where the unit is `s`). Dates are written as `2024-02-29` or `2024-02-29T14:05:00`, because `02/03/2024` is one day here and another there.',
  },
  {
    code: 'BIT5348',
    title: 'A value is not among those that its tag may have',
    text: 'The experiment lists the values of this tag, so that `ctl`, `control` and `Control` do not become three conditions. Correct the value, or add it to the list.',
  },
  {
    code: 'BIT5349',
    title: 'An experiment has no such tag',
    text: 'The tags of an experiment are declared, so that a slip of the pen does not become a tag of its own. Correct the name, declare the tag, or say that new tags are welcome; then their types are taken from their values.',
  },
  {
    code: 'BIT5350',
    title: 'A rule reads a tag as another type than the experiment',
    text: '`{time:Int}` gives a number, but the experiment declares the tag otherwise. A part without a type gives the text, which is read as declared.',
  },
  {
    code: 'BIT5351',
    title: 'Two rules give an item two values for one tag',
    text: 'Several rules may be used at once, but what they say of one tag of one item must agree.',
  },
  {
    code: 'BIT5352',
    title: 'Items with equal tags',
    text: 'Tags are how items are found and told apart, and a pipeline cannot take two items with equal tags from one dataset. Most often a part of the name, such as the field of view, is not yet a tag.',
  },
  {
    code: 'BIT5359',
    title: 'Items will have equal tags',
    text: 'After this change several items of one dataset have the same tags with the same values, so nothing tells them apart. The change is made all the same: perhaps another tag follows. But a pipeline that reads them with `catalog("screen")` refuses them, because tags name the results. `bit undo` takes the change back.',
  },
];
