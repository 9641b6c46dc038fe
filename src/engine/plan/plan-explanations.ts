import type { Explanation } from '../../diagnostics/diagnostic.ts';

/** The long forms of what `plan-errors.ts` says. */
export const explanations: readonly Explanation[] = [
  {
    code: 'BIT5101',
    title: 'A file of a source cannot be read',
    text: 'Every file that a source names is read once before the first task, to know its content by its digest. A file that is missing, that you may not read, that changes while it is read, or that is a device or a pipe stops the run here, where nothing is lost.',
  },
  {
    code: 'BIT5102',
    title: 'A file is not what its type says',
    text: 'The type of a source is a promise about its files: `Image(axes: "zyx", dtype: "uint16")` says that each is such a stack, `Table(columns: { track: Int })` that each has such a column. The header of every file is held against it before the first task. A truncated TIFF, a stack with other axes or a table without its column is found now and not in the middle of the night.\n\nReplace the file, leave it out with a narrower pattern, or say less in the type.',
    wrong: 'params {\n  raw: Dataset<Image(dtype: "uint8")> = files("sixteen_bit/{cell}.tif")\n}\n',
    right: 'params {\n  raw: Dataset<Image(dtype: "uint16")> = files("sixteen_bit/{cell}.tif")\n}\n',
  },
  {
    code: 'BIT5103',
    title: 'A source holds nothing',
    text: 'A pattern that matches no file is nearly always a mistake in the path, so a source must hold at least one item unless it says `min: 0`. Paths in a `.bit` file are relative to that file; paths on the command line are relative to the working directory. `{name}` never crosses a `/`; `{name:**}` does.',
    wrong: 'params {\n  raw: Dataset<Image> = files("date/{cell}.tif")\n}\n',
    right: 'params {\n  raw: Dataset<Image> = files("data/{cell}.tif")\n}\n',
  },
  {
    code: 'BIT5104',
    title: 'A source holds too few or too many items',
    text: 'With `min:` and `max:` a source says how many items it must hold. Here it holds another number.',
    wrong:
      'params {\n  raw: Dataset<Image> = files("data/{cell}.tif", min: 96, max: 96)   // and one well was not imaged\n}\n',
    right: 'params {\n  raw: Dataset<Image> = files("data/{cell}.tif", min: 90, max: 96)\n}\n',
  },
  {
    code: 'BIT5105',
    title: 'Two items have the same tags',
    text: 'Items are known by their tags: tags match partners, name tasks and give published files their places. Two items of one dataset with the same tags could not be told apart.\n\nIn a source, name another part of the path as a tag, `{name}` in place of `*`; where equal tags are meant, `files("…", unordered: true)` tells the files apart by their content. After `tag`, `untag` or `++`, keep a tag that differs. For `many` outputs, capture what differs in the names of the files.',
    wrong: 'params {\n  raw: Dataset<Image> = files("plates/*/{well}.tif")\n}\n',
    right: 'params {\n  raw: Dataset<Image> = files("plates/{plate}/{well}.tif")\n}\n',
  },
  {
    code: 'BIT5106',
    title: 'A value that came with the data is outside its type',
    text: 'A cell of a sheet has the right kind and is outside the range or the union that the column asks for, such as 300 where `Int in 0..255` stands. Correct the sheet, or widen the type.',
  },
  {
    code: 'BIT5107',
    title: 'A file is not what was imported or published',
    text: 'An item of an experiment is known by its content: the digest it had when it was imported, or when a run published it. Where the file at its place holds other bytes now, nothing runs on it, for what would come out could not be told from what the original gives. Put the original back, or import the new content with `--update`; what was made from the old stays as it is.',
  },
  {
    code: 'BIT5108',
    title: 'Data of another place were never fetched',
    text: 'The keys of tasks are made of content, so a plan has to know what remote files hold. `bit plan` does not move data by itself: it says how many files are not in the store yet. `bit plan --fetch` brings them there, and `bit run` does so before its first task. Each version of a file is fetched once.',
  },
  {
    code: 'BIT5109',
    title: 'Data of another place could not be had',
    text: 'A server could not be reached, refused, or has no such file, after several tries with growing pauses. What came so far is kept, and the next run goes on from there.',
  },
  {
    code: 'BIT5110',
    title: 'A fetched file is not the one that the pipeline names',
    text: '`url("https://…", sha256: "…")` names a file by its digest too. What the server gave has another one, so it is not used. The digest of a file is printed by `sha256sum`.',
  },
  {
    code: 'BIT5111',
    title: 'The store lost imported content',
    text: 'An item that was imported with `--copy` or `--link` is an object of the store. That object is gone or damaged. `bit verify` lists everything that is; importing the data again from where they came puts it back.',
  },
  {
    code: 'BIT5121',
    title: 'An item has no partner',
    text: 'Where a call has several datasets, their items are matched on the tags they share, and each item of the one with the most tags needs exactly one partner in every other. The message names the items without one (the first five) and the tags that they are matched on.\n\nAdd what is missing, filter both sides in the same way, or pair them beforehand: `join(image: a, mask: b, on: (cell), missing: drop)` keeps the pairs that are there.',
    wrong: 'let corrected = correct(params.raw, flat: params.flat)      // plate p2 has no flat field\n',
    right:
      'let pairs = join(raw: params.raw, flat: params.flat, on: (plate), missing: drop)\nlet corrected = correct(pairs.raw, flat: pairs.flat)\n',
  },
  {
    code: 'BIT5122',
    title: 'An item serves no task, though both sides must be complete',
    text: 'Two arguments with the same tags are two views of the same things, so an item on either side without a partner on the other means that something is missing or was filtered on one side alone. (An argument with fewer tags, such as a flat field per plate, may have items that serve nothing; they are listed in the summary.)',
    wrong: 'let ratio = divide(green where time < 10, red: red)\n',
    right: 'let ratio = divide(green where time < 10, red: red where time < 10)\n',
  },
  {
    code: 'BIT5123',
    title: 'Two items would be published at one path',
    text: 'Every published file has a path of its own, over all `publish` statements. Paths that differ only in upper and lower case, or in how an accent is composed, count as one, for they are one file on many machines; and a path cannot be a folder of another one.',
    wrong: 'publish masks to "results/{well}.tif"              // plates p1 and p2 both have a well A1\n',
    right: 'publish masks to "results/{plate}/{well}.tif"\n',
  },
  {
    code: 'BIT5124',
    title: 'A path cannot be published',
    text: 'A published path is relative to the output folder, stays inside it, and names a file. What tags hold is made safe by itself (`/`, `\\`, `%`, control characters and a leading dot are percent-encoded, long values are cut and hashed); this message is about what is written around them, or what a param inserts.',
  },
  {
    code: 'BIT5125',
    title: '`pivot` misses a value',
    text: '`pivot channel as { dna: "d0", actin: "d2" }` makes one record of the items that agree on all other tags, and each named value must be among them. Mark a field as optional where its item may be missing.',
    wrong: 'let colours = params.raw pivot channel as { dna: "d0", actin: "d2" }\n',
    right: 'let colours = params.raw pivot channel as { dna: "d0", actin?: "d2" }\n',
  },
  {
    code: 'BIT5126',
    title: '`pivot` meets a value that no field names',
    text: 'An item whose value no field of `pivot` names would be dropped in silence. Name it, filter it out with `where`, or end the fields with `…` to say that others are left out.',
    wrong: 'let colours = params.raw pivot channel as { dna: "d0" }\n',
    right: 'let colours = params.raw pivot channel as { dna: "d0", … }\n',
  },
  {
    code: 'BIT5127',
    title: 'An item of a `join` has no partner',
    text: 'By default each item of every dataset in a `join` needs a partner in all others. `missing: drop` keeps the records that are whole; `missing: null` keeps an item with an absent field (which is then optional).',
    wrong: 'let pairs = join(image: images, mask: masks, on: (cell))\n',
    right: 'let pairs = join(image: images, mask: masks, on: (cell), missing: drop)\n',
  },
  {
    code: 'BIT5128',
    title: 'An item belongs to no group of `over`',
    text: '`group by (plate) over plates` makes a group for every item of `plates`, empty ones included. An item of the grouped dataset whose plate is not among them would be lost.',
    wrong: 'let per_plate = wells group by (plate) over plates          // p3 is not in `plates`\n',
    right: 'let per_plate = (wells where plate != "p3") group by (plate) over plates\n',
  },
  {
    code: 'BIT5129',
    title: 'A kept tag differs within a group',
    text: '`keep (dose)` keeps a tag beside those that are grouped by; all items of one group must agree on it, or it would not be clear which value the group has.',
    wrong: 'let wells = images group by (well) keep (time)\n',
    right: 'let wells = images group by (well, time)\n',
  },
  {
    code: 'BIT5130',
    title: '`single` of none or several',
    text: '`single(ds)` turns a dataset that has exactly one item into a plain value. With none or several it is not clear what is meant: filter with `where`, or take the first in the order of the tags with `first(ds)`.',
  },
  {
    code: 'BIT5131',
    title: 'A value does not fit the input it goes to',
    text: 'What a process computed, or a group gathered, is outside what the input asks for: a number outside its range, a list that is too short, an image with other axes. The kinds were checked before the run; the value itself is known only now.',
  },
  {
    code: 'BIT5132',
    title: 'An empty group has nothing to keep',
    text: 'With `over`, groups may be empty, and then no item says what a kept tag is. Leave `keep` out, or group without `over`, which makes no empty groups.',
  },
  {
    code: 'BIT6101',
    title: 'An expression has no value on some item',
    text: 'A division by zero, a position outside a list, a text that is no number, an Int beyond ±9 007 199 254 740 991, a regular expression that cannot be read: the expression is right, and this item gives it no value. The message names the item. What depends on it is skipped; the rest of the run goes on.',
    wrong: 'let dense = cells select total / count\n',
    right: 'let dense = cells select if count > 0 then total / count else 0.0\n',
  },
  {
    code: 'BIT6102',
    title: 'A table could not be read or made',
    text: '`rows(…)` reads tables that the run itself made, so what is in them is known only then. Each named column must be there, with cells of its type; a cell may be empty only where the column is optional.',
  },
];
