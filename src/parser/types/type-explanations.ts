import type { Explanation } from '../../diagnostics/diagnostic.ts';

/** The long forms of what `type-errors.ts` says. */
export const explanations: readonly Explanation[] = [
  {
    code: 'BIT2101',
    title: 'A value of another type',
    text: 'Every input, param and output says what it takes. An Int may stand where a Float is asked for, and any format where a `File` is; nothing else is converted by itself. An amount carries its unit: `30 min`, `4 GB`, `0.1 um`, `31.5 deg`.',
    wrong: `params {
  angle: Angle = 31.5
}
`,
    right: `params {
  angle: Angle = 31.5 deg
}
`,
  },
  {
    code: 'BIT2102',
    title: 'A value that its type does not allow',
    text: 'A range has both ends included, a union lists what may be given, and a list may say how many elements it needs. What is known before the run is checked before the run.',
    wrong: `params {
  mode: "max" | "mean" = "maximum"
  passes: Int in 1..10 = 20
}
`,
    right: `params {
  mode: "max" | "mean" = "max"
  passes: Int in 1..10 = 10
}
`,
  },
  {
    code: 'BIT2103',
    title: 'An operator that does not work on these',
    text: 'Operators are those of Python: numbers calculate with numbers, texts are joined with `+`, amounts of one kind are added, compared and divided by each other and multiplied by numbers. A Size and a Duration have nothing to do with each other.',
    wrong: `params {
  wait: Duration = 3 min + 2 GB
}
`,
    right: `params {
  wait: Duration = 3 min + 30 s
}
`,
  },
  {
    code: 'BIT2104',
    title: 'Something else is needed here',
    text: 'A test is a Bool: there is no truth in numbers and texts. An index is an Int.',
    wrong: `workflow {
  let images = files("data/{cell}_{time:Int}.tif") where time
  publish images to "{cell}_{time}.tif"
}
`,
    right: `workflow {
  let images = files("data/{cell}_{time:Int}.tif") where time > 0
  publish images to "{cell}_{time}.tif"
}
`,
  },
  {
    code: 'BIT2105',
    title: 'A value that may be absent',
    text: 'A `T?` may be absent and cannot be used before that is settled: `x ?? default` gives what to use instead, `if present(x) then … else …` may use it in the first branch.',
    wrong: `params {
  scale: Float?
}

workflow {
  let images = files("data/{time:Int}.tif") where time < params.scale * 2.0
  publish images to "{time}.tif"
}
`,
    right: `params {
  scale: Float?
}

workflow {
  let images = files("data/{time:Int}.tif") where time < (params.scale ?? 1.0) * 2.0
  publish images to "{time}.tif"
}
`,
  },
  {
    code: 'BIT2106',
    title: 'A value that is never absent',
    text: 'Only an optional value, `T?`, may be absent. For any other `present(x)` is always true and `x ?? y` is always `x`.',
    wrong: `workflow {
  let images = files("data/{time:Int}.tif") where (time ?? 0) > 1
  publish images to "{time}.tif"
}
`,
    right: `workflow {
  let images = files("data/{time:Int}.tif") where time > 1
  publish images to "{time}.tif"
}
`,
  },
  {
    code: 'BIT2107',
    title: 'Branches of two types',
    text: 'Both branches of an `if`, both sides of `??` and all elements of a list have one type. Int and Float together make Float.',
    wrong: `params {
  levels: Int[] = [1, "two"]
}
`,
    right: `params {
  levels: Int[] = [1, 2]
}
`,
  },
  {
    code: 'BIT2109',
    title: 'No such field or property',
    text: 'A record has the fields of its type. A file has `size name stem ext`, and an image also `shape axes dtype`.',
    wrong: `workflow {
  let images = files("data/{cell}.tif") where it.sise > 1 MB
  publish images to "{cell}.tif"
}
`,
    right: `workflow {
  let images = files("data/{cell}.tif") where it.size > 1 MB
  publish images to "{cell}.tif"
}
`,
  },
  {
    code: 'BIT2110',
    title: 'Arguments that a function does not take',
    text: 'The functions of the language are pure and take their arguments by order. `min` and `max` take several values or one list; `sum` and `mean` take a list.',
    wrong: `workflow {
  let images = files("data/{cell}.tif") where len(upper(cell, 1)) > 3
  publish images to "{cell}.tif"
}
`,
    right: `workflow {
  let images = files("data/{cell}.tif") where len(upper(cell)) > 3
  publish images to "{cell}.tif"
}
`,
  },
  {
    code: 'BIT2111',
    title: '`each` in another place',
    text: '`each [1, 2, 3]` runs one call for each element and adds a tag named after the input. It stands before an argument of a process.',
    wrong: `workflow {
  let n = count(each [1, 2, 3])
  assert n == 3
}
`,
    right: `import { denoise } from "std/image"

workflow {
  let clean = denoise(files("data/{cell}.tif"), radius: each [1.0, 2.0])
  publish clean to "{cell}_{radius}.tif"
}
`,
  },
  {
    code: 'BIT2112',
    title: 'A dataset form in an expression over values',
    text: '`where`, `group`, `cross` and the like make datasets of datasets. In the arguments of `resources`, in conditions over items and in defaults there are only values.',
    wrong: `workflow {
  let images = files("data/{cell}.tif") where (cell where cell == "A") == "A"
  publish images to "{cell}.tif"
}
`,
    right: `workflow {
  let images = files("data/{cell}.tif") where cell == "A"
  publish images to "{cell}.tif"
}
`,
  },
  {
    code: 'BIT2113',
    title: 'Something that is not one value',
    text: 'A list of values is written `[a, b]`, a record `{ x: a, y: b }`. A range stands only after `in`; columns with types only in `sheet` and `rows`.',
    wrong: `params {
  levels: Int[] = (1, 2)
}
`,
    right: `params {
  levels: Int[] = [1, 2]
}
`,
  },
  {
    code: 'BIT2114',
    title: 'A value without a text',
    text: 'Texts, numbers, Bools and amounts can be written into a text. A file cannot: say whether its name, stem or ending is meant. Only in `exec` a file is its path.',
    wrong: `workflow {
  let images = files("data/{cell}.tif") tag { label: "{it}" }
  publish images to "{cell}_{label}.tif"
}
`,
    right: `workflow {
  let images = files("data/{cell}.tif") tag { label: "{it.stem}" }
  publish images to "{cell}_{label}.tif"
}
`,
  },
  {
    code: 'BIT2115',
    title: 'A format that does not fit',
    text: 'A format after `:` says how a value is written: `{time:04}` fills up with zeros, `{score:.2f}` shows two decimals, `{name:>8}` puts a text to the right. Zeros and decimals are for numbers.',
    wrong: `workflow {
  publish files("data/{cell}.tif") to "{cell:04}.tif" as copies
}
`,
    right: `workflow {
  publish files("data/{cell:Int}.tif") to "{cell:04}.tif" as copies
}
`,
  },
  {
    code: 'BIT2116',
    title: 'A regular expression that is none',
    text: 'On the right of `~` stands a regular expression. Write it as a raw text, `r"…"`, so that `\\d` reaches it.',
    wrong: `workflow {
  let images = files("data/{cell}.tif") where cell ~ r"A("
  publish images to "{cell}.tif"
}
`,
    right: `workflow {
  let images = files("data/{cell}.tif") where cell ~ r"A\\d+"
  publish images to "{cell}.tif"
}
`,
  },
  {
    code: 'BIT2117',
    title: 'A comparison that never holds',
    text: 'A value of a union is one of those it lists. Comparing it with anything else is always false, and likely a misspelling.',
    wrong: `params {
  mode: "max" | "mean" = "max"
}

workflow {
  let images = files("data/{cell}.tif")
  if params.mode == "maximum" {
    publish images to "{cell}.tif"
  }
}
`,
    right: `params {
  mode: "max" | "mean" = "max"
}

workflow {
  let images = files("data/{cell}.tif")
  if params.mode == "max" {
    publish images to "{cell}.tif"
  }
}
`,
  },
  {
    code: 'BIT2118',
    title: '`|>` into something that is no call',
    text: '`images |> denoise(radius: 2.0)` is `denoise(images, radius: 2.0)`: on the right stands a call, which gets the left side as its first argument.',
    wrong: `workflow {
  let images = files("data/{cell}.tif") |> "denoise"
  publish images to "{cell}.tif"
}
`,
    right: `import { denoise } from "std/image"

workflow {
  let images = files("data/{cell}.tif") |> denoise(radius: 2.0)
  publish images to "{cell}.tif"
}
`,
  },
  {
    code: 'BIT2119',
    title: 'A number too large for an Int',
    text: 'Ints are exact up to 9007199254740991 (2⁵³ − 1). A larger one would silently become another number.',
    wrong: `params {
  seed: Int = 123456789012345678901
}
`,
    right: `params {
  seed: Int = 1234567890
}
`,
  },
  {
    code: 'BIT2120',
    title: 'A text where a file or dataset is meant',
    text: 'A pattern alone is a text. `files("…")` makes a dataset of it, `file("…")` one file. On the command line the pattern alone is enough.',
    wrong: `params {
  images: Dataset<Image> = "data/{cell}.tif"
}
`,
    right: `params {
  images: Dataset<Image> = files("data/{cell}.tif")
}
`,
  },
  {
    code: 'BIT2130',
    title: 'A type that does not exist',
    text: 'The types are `Bool Int Float Str Duration Size Length Angle`, the formats `File Dir Image Table Json Text Xml Pdf Html Archive`, and those that the file defines with `type`.',
    wrong: `params {
  name: String = "x"
}
`,
    right: `params {
  name: Str = "x"
}
`,
  },
  {
    code: 'BIT2131',
    title: 'A refinement that the type does not have',
    text: '`Image` takes `axes` and `dtype`, `Table` takes `columns`, a list takes `min` and `max`. Axes are one lower-case letter each, in the order of the array: `zyx`.',
    wrong: `params {
  psf: Image(axes: "ZYX") = file("psf.tif")
}
`,
    right: `params {
  psf: Image(axes: "zyx") = file("psf.tif")
}
`,
  },
  {
    code: 'BIT2132',
    title: 'A range that cannot be',
    text: 'A range has a smaller and a larger end, both included, or one of them left open: `1..`. Where the type has a unit, both ends have one.',
    wrong: `params {
  wait: Duration in 1..5 min = 2 min
}
`,
    right: `params {
  wait: Duration in 1 min..5 min = 2 min
}
`,
  },
  {
    code: 'BIT2133',
    title: 'A union of other things than literals',
    text: 'A union lists the texts or numbers that may be given, all of one kind and each once.',
    wrong: `params {
  mode: "max" | 2 = "max"
}
`,
    right: `params {
  mode: "max" | "mean" = "max"
}
`,
  },
  {
    code: 'BIT2134',
    title: 'A type in a place where it cannot stand',
    text: 'A process gets one item at a time, so its inputs are no datasets. Tags are Str, Int, Float or Bool and never absent. Columns of tables hold Int, Float, Bool or Str.',
    wrong: `process stack {
  input { images: Dataset<Image> }
  output { stacked: Image = "stack.tif" }
  exec ["stack", images, stacked]
}
`,
    right: `process stack {
  input { images: Image[] }
  output { stacked: Image = "stack.tif" }
  exec ["stack", images, stacked]
}
`,
  },
  {
    code: 'BIT2135',
    title: 'A type that is made of itself',
    text: 'A type says what a value holds, to the end. One that contains itself would never end.',
    wrong: `type Tree = { image: Image, children: Tree[] }
`,
    right: `type Leaf = { image: Image }
type Tree = { image: Image, children: Leaf[] }
`,
  },
];
