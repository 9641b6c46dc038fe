import type { Explanation } from '../../diagnostics/diagnostic.ts';

/** A workflow with these lines, as a whole program. */
const workflow = (...lines: readonly string[]): string =>
  `workflow {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`;
const images = 'let images = files("data/{cell}_{time:Int}.tif")';

/** The long forms of what `dataset-errors.ts` says. */
export const explanations: readonly Explanation[] = [
  {
    code: 'BIT3001',
    title: 'A tag that the items do not have',
    text: 'The tags of a dataset come from its source: the captures of a pattern, the columns of a sheet. `tag { … }` adds some, `group by` leaves those it names. They are known before the run, and the editor shows them.',
    wrong: workflow(images, 'publish images group by (sell) to "{cell}/{index}.tif"'),
    right: workflow(images, 'publish images group by (cell) to "{cell}/{index}.tif"'),
  },
  {
    code: 'BIT3002',
    title: 'A tag that the signature does not declare',
    text: 'A workflow that others call names only the tags that its signature asks for, so that a caller can see what it needs. All other tags pass through it untouched.',
    wrong: `workflow early(images: Dataset<Image>) -> { out: Dataset<Image> } {
  emit out = images where time < 10
}

workflow {
  publish early(files("{cell}_{time:Int}.tif")) to "{cell}_{time}.tif"
}
`,
    right: `workflow early(images: Dataset<Image, { time: Int }>) -> { out: Dataset<Image> } {
  emit out = images where time < 10
}

workflow {
  publish early(files("{cell}_{time:Int}.tif")) to "{cell}_{time}.tif"
}
`,
  },
  {
    code: 'BIT3003',
    title: 'A dataset where one value is meant',
    text: 'An expression calculates with values. A dataset of many items is not one: `count(x)` is, and so are `single(x)` and `collect(x)`. To calculate with each item of two datasets, bring them together with `join`.',
    wrong: workflow(images, 'let more = images where time > images', 'publish more to "{cell}_{time}.tif"'),
    right: workflow(images, 'let more = images where time > count(images)', 'publish more to "{cell}_{time}.tif"'),
  },
  {
    code: 'BIT3004',
    title: 'A value where a dataset is meant',
    text: '`where`, `group by`, `collect`, `publish` and the like work on datasets. A list is made a dataset by `values([…])`, a pattern by `files("…")`.',
    wrong: workflow('let n = count([1, 2, 3])', 'assert n == 3'),
    right: workflow('let n = count(values([1, 2, 3]))', 'assert n == 3'),
  },
  {
    code: 'BIT3005',
    title: 'A process in an expression over items',
    text: 'A call runs for every item of the dataset it is given, so it is made once, for the whole dataset, in a `let`. What it gives can then be tested, selected and joined.',
    wrong: `import { segment_nuclei } from "std/segment"

workflow {
  let images = files("data/{cell}.tif") where segment_nuclei(it).count > 10
  publish images to "{cell}.tif"
}
`,
    right: `import { segment_nuclei } from "std/segment"

workflow {
  let busy = segment_nuclei(files("data/{cell}.tif")) where count > 10
  publish busy.labels to "{cell}.tif"
}
`,
  },
  {
    code: 'BIT3006',
    title: 'Something that must be known before the run',
    text: 'Patterns and columns decide which items and tags there are, so they are written out. A param or a plain value may be inserted into a path: `files("{params.folder}/{cell}.tif")`.',
    wrong: workflow('let pattern = "data/{cell}.tif"', 'publish files(pattern) to "{cell}.tif" as copies').replace(
      '"data/{cell}.tif"',
      'r"data/{cell}.tif"',
    ),
    right: workflow('publish files("data/{cell}.tif") to "{cell}.tif" as copies'),
  },
  {
    code: 'BIT3007',
    title: 'Arguments of a source or dataset function',
    text: 'Sources take `min:` and `max:` (how many items there may be) and `fingerprint:`; `files` also `unordered:`, `sheet` also `fields:`. `first` and `take` take `by:`, `rows` needs it.',
    wrong: workflow('publish files("data/{cell}.tif", minimum: 3) to "{cell}.tif" as copies'),
    right: workflow('publish files("data/{cell}.tif", min: 3) to "{cell}.tif" as copies'),
  },
  {
    code: 'BIT3008',
    title: 'A sheet without tags',
    text: 'Every row of a sheet is an item, and items are told apart by their tags. A column that is no file and not in `fields:` is a tag.',
    wrong: workflow('publish sheet("samples.csv", { image: Image }) to "x.tif" as copies'),
    right: workflow('publish sheet("samples.csv", { image: Image, cell: Str }) to "{cell}.tif" as copies'),
  },
  {
    code: 'BIT3009',
    title: 'Elements that cannot become items',
    text: '`values([…])` and `each […]` make an item of each element and tag it with itself. So elements are texts, numbers, Bools or amounts, and each stands once.',
    wrong: `import { denoise } from "std/image"

workflow {
  publish denoise(files("data/{cell}.tif"), radius: each [1.0, 1.0]) to "{cell}_{radius}.tif"
}
`,
    right: `import { denoise } from "std/image"

workflow {
  publish denoise(files("data/{cell}.tif"), radius: each [1.0, 2.0]) to "{cell}_{radius}.tif"
}
`,
  },
  {
    code: 'BIT3010',
    title: 'One tag with two types',
    text: 'Items are matched by equal tags. `time` as a number and `time` as a text are never equal, so both sides must have it with one type.',
    wrong: `process subtract {
  input { image: Image, dark: Image }
  output { out: Image = "out.tif" }
  exec ["subtract", image, dark, out]
}

workflow {
  publish subtract(files("data/{cell}_{time:Int}.tif"), dark: files("dark/{time}.tif")) to "{cell}_{time}.tif"
}
`,
    right: `process subtract {
  input { image: Image, dark: Image }
  output { out: Image = "out.tif" }
  exec ["subtract", image, dark, out]
}

workflow {
  publish subtract(files("data/{cell}_{time:Int}.tif"), dark: files("dark/{time:Int}.tif")) to "{cell}_{time}.tif"
}
`,
  },
  {
    code: 'BIT3011',
    title: '`keep` of a tag that stays anyway',
    text: 'A group has the tags it is made by. `keep` is for further tags that are the same within each group.',
    wrong: workflow(images, 'publish images group by (cell) keep (cell) to "{cell}/{index}.tif"'),
    right: workflow(images, 'publish images group by (cell) to "{cell}/{index}.tif"'),
  },
  {
    code: 'BIT3012',
    title: '`over` a dataset with other tags',
    text: '`group by (cell) over cells` makes a group for every item of `cells`, empty ones too. So `cells` has the tag `cell` and no other.',
    wrong: workflow(
      images,
      'let cells = files("cells/{plate}_{cell}.csv")',
      'publish images group by (cell) over cells to "{cell}/{index}.tif"',
    ),
    right: workflow(
      images,
      'let cells = files("cells/{cell}.csv")',
      'publish images group by (cell) over cells to "{cell}/{index}.tif"',
    ),
  },
  {
    code: 'BIT3013',
    title: 'Items that cannot be ordered by this',
    text: 'Items are ordered by numbers, texts, amounts or Bools. What may be absent needs a value to stand in.',
    wrong: workflow(images, 'publish images group by (cell) order by it.shape to "{cell}/{index}.tif"'),
    right: workflow(images, 'publish images group by (cell) order by it.shape[0] to "{cell}/{index}.tif"'),
  },
  {
    code: 'BIT3014',
    title: 'A tag that no tag can hold',
    text: 'Tags are Str, Int, Float or Bool, and never absent: they are in the names of published files and in the run database.',
    wrong: workflow(images, 'publish images tag { bytes: it.size } to "{cell}_{time}_{bytes}.tif"'),
    right: workflow(
      images,
      'publish images tag { megabytes: round(it.size / (1 MB)) } to "{cell}_{time}_{megabytes}.tif"',
    ),
  },
  {
    code: 'BIT3015',
    title: 'A `pivot` that cannot be',
    text: '`pivot channel as { dna: "d0", actin: "d1" }` puts the items of each value of the tag into a field. Each field names one value, of the type of the tag.',
    wrong: workflow(
      'let pairs = files("{cell}_{channel}.tif") pivot channel as { dna: 0, actin: 1 }',
      'publish pairs.dna to "{cell}.tif"',
    ),
    right: workflow(
      'let pairs = files("{cell}_{channel}.tif") pivot channel as { dna: "d0", actin: "d1" }',
      'publish pairs.dna to "{cell}.tif"',
    ),
  },
  {
    code: 'BIT3016',
    title: '`cross` of datasets that share a name',
    text: 'Every pair has the tags of both sides, so the sides cannot share one; and a field for each side, named as the side is.',
    wrong: workflow(
      'let a = files("a/{cell}.tif")',
      'let b = files("b/{cell}.tif")',
      'publish (a cross b).a to "{cell}.tif"',
    ),
    right: workflow(
      'let a = files("a/{cell}.tif")',
      'let b = files("b/{other}.tif")',
      'publish (a cross b).a to "{cell}_{other}.tif"',
    ),
  },
  {
    code: 'BIT3017',
    title: '`++` of different things',
    text: 'Datasets are put together where both have the same type and the same tags.',
    wrong: workflow(
      'let all = files("a/{cell}.tif") ++ files("b/{cell}_{time:Int}.tif")',
      'publish all to "{cell}.tif"',
    ),
    right: workflow(
      'let all = (files("a/{cell}.tif") tag { time: 0 }) ++ files("b/{cell}_{time:Int}.tif")',
      'publish all to "{cell}_{time}.tif"',
    ),
  },
  {
    code: 'BIT3018',
    title: 'A table that cannot be made',
    text: '`table(ds)` has a column for every tag and every scalar of the items. It needs at least one, and each name once.',
    wrong: workflow('publish table(file("a.tif")) to "a.csv"'),
    right: workflow('publish table(files("{cell}.tif")) to "a.csv" as cells'),
  },
  {
    code: 'BIT3019',
    title: '`rows` of something else, or of rows that are all alike',
    text: '`rows(tables, { track: Int, score: Float }, by: (track))` makes an item of every row. The columns in `by` become tags and tell the rows of one table apart.',
    wrong: workflow(
      'let tracks = rows(files("{cell}.csv"), { track: Int, score: Float })',
      'publish table(tracks) to "tracks.csv"',
    ),
    right: workflow(
      'let tracks = rows(files("{cell}.csv"), { track: Int, score: Float }, by: (track))',
      'publish table(tracks) to "tracks.csv"',
    ),
  },
  {
    code: 'BIT3020',
    title: 'A `join` of datasets that do not meet',
    text: '`join(image: a, mask: b, on: (cell))` puts items with equal tags together. Each dataset is given under the name of its field, all have the tags in `on`, and they share no others.',
    wrong: workflow(
      'let a = files("a/{cell}_{time:Int}.tif")',
      'let b = files("b/{cell}_{time:Int}.tif")',
      'publish join(image: a, mask: b, on: (cell)).image to "{cell}_{time}.tif"',
    ),
    right: workflow(
      'let a = files("a/{cell}_{time:Int}.tif")',
      'let b = files("b/{cell}_{time:Int}.tif")',
      'publish join(image: a, mask: b, on: (cell, time)).image to "{cell}_{time}.tif"',
    ),
  },
  {
    code: 'BIT3021',
    title: 'An output, field or tag that is not there',
    text: '`.x` picks an output of a call, a field or tag of the items, or a property of their file.',
    wrong: `import { segment_nuclei } from "std/segment"

workflow {
  publish segment_nuclei(files("data/{cell}.tif")).lables to "{cell}.tif"
}
`,
    right: `import { segment_nuclei } from "std/segment"

workflow {
  publish segment_nuclei(files("data/{cell}.tif")).labels to "{cell}.tif"
}
`,
  },
  {
    code: 'BIT3022',
    title: 'One of several datasets is meant',
    text: 'Where an output is `many`, or a workflow has several outputs, a call is no dataset by itself: each output is one of its own.',
    wrong: `process tile {
  input { slide: Image }
  output { tiles: many Image = "{row:Int}_{col:Int}.tif", overview: Image = "overview.png" }
  exec ["tile", slide, overview]
}

workflow {
  publish tile(files("{slide}.tif")) to "{slide}.tif"
}
`,
    right: `process tile {
  input { slide: Image }
  output { tiles: many Image = "{row:Int}_{col:Int}.tif", overview: Image = "overview.png" }
  exec ["tile", slide, overview]
}

workflow {
  publish tile(files("{slide}.tif")).overview to "{slide}.png"
}
`,
  },
  {
    code: 'BIT3023',
    title: 'A source that names nothing',
    text: 'Sources of other places begin with the place: `s3("bucket/prefix/{cell}.tif")`, `ssh("user@host:/data/{cell}.tif")`, `url("https://…")`. Sources of what is stored name the tags of their items with their types, and at most one file: `catalog("screen", { cell: Str, time: Int })`.',
    wrong: `workflow {
  let images = s3("{cell}.tif")
  publish images to "{cell}.tif"
}
`,
    right: `workflow {
  let images = s3("lab-data/night/{cell}.tif")
  publish images to "{cell}.tif"
}
`,
  },
];
