import type { Explanation } from '../../diagnostics/diagnostic.ts';

/** A workflow with these lines, as a whole program. */
const workflow = (...lines: readonly string[]): string =>
  `workflow {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`;
const images = 'let images = files("data/{cell}_{time:Int}.tif")';

/** The long forms of what `workflow-errors.ts` says. */
export const explanations: readonly Explanation[] = [
  {
    code: 'BIT3201',
    title: '`matching` or `after` on something that is no call',
    text: '`correct(…) matching (plate)` says which tags the arguments of the call share, `clean(…) after other` that its tasks wait. Both belong to a call of a process.',
    wrong: workflow(images, 'publish images matching (cell) to "{cell}_{time}.tif"'),
    right: workflow(images, 'publish images to "{cell}_{time}.tif"'),
  },
  {
    code: 'BIT3202',
    title: 'Something called that cannot be',
    text: 'Processes, workflows and functions are called. A dataset or a value is not.',
    wrong: workflow(images, 'publish images.first(1) to "{cell}_{time}.tif"'),
    right: workflow(images, 'publish take(images, 1) to "{cell}_{time}.tif"'),
  },
  {
    code: 'BIT3203',
    title: 'Branches with different tags',
    text: 'The tags of a dataset are known before the run. Where the two branches of an `if` have different ones, params alone must decide which is taken.',
    wrong: workflow(
      images,
      'let all = if count(images) > 10 then images else files("few/{cell}.tif")',
      'publish all to "{cell}.tif"',
    ),
    right: workflow(
      images,
      'let all = if count(images) > 10 then images else files("few/{cell}_{time:Int}.tif")',
      'publish all to "{cell}_{time}.tif"',
    ),
  },
  {
    code: 'BIT3204',
    title: 'An `if` that only the run could decide',
    text: 'An `if` statement says which parts of a pipeline there are, so its test is known before the run: it reads params, and what sources hold. What tasks find is decided item by item with `where`, or as a value with `if … then … else …`.',
    wrong: `import { segment_nuclei } from "std/segment"

workflow {
  let found = segment_nuclei(file("a.tif"))
  if found.count > 10 {
    publish found.labels to "labels.tif"
  }
}
`,
    right: `import { segment_nuclei } from "std/segment"

workflow {
  let found = segment_nuclei(file("a.tif"))
  publish (found where count > 10).labels to "labels.tif"
}
`,
  },
  {
    code: 'BIT3205',
    title: '`each` on a workflow',
    text: '`each` runs a process once for each element. For a workflow, declare the input as a dataset and pass `values([…])`.',
    wrong: `import { denoise } from "std/image"

workflow smooth(images: Dataset<Image>, radius: Float) -> { out: Dataset<Image> } {
  emit out = denoise(images, radius: radius)
}

workflow {
  publish smooth(files("{cell}.tif"), radius: each [1.0, 2.0]) to "{cell}.tif"
}
`,
    right: `import { denoise } from "std/image"

workflow smooth(images: Dataset<Image>) -> { out: Dataset<Image> } {
  emit out = denoise(images, radius: each [1.0, 2.0])
}

workflow {
  publish smooth(files("{cell}.tif")) to "{cell}_{radius}.tif"
}
`,
  },
  {
    code: 'BIT3206',
    title: 'One value is declared, and many items are given',
    text: 'An input of a workflow that is not a `Dataset<…>` is one value for the whole call.',
    wrong: `import { denoise } from "std/image"

workflow smooth(image: Image) -> { out: Image } {
  emit out = denoise(image)
}

workflow {
  publish smooth(files("{cell}.tif")) to "{cell}.tif"
}
`,
    right: `import { denoise } from "std/image"

workflow smooth(images: Dataset<Image>) -> { out: Dataset<Image> } {
  emit out = denoise(images)
}

workflow {
  publish smooth(files("{cell}.tif")) to "{cell}.tif"
}
`,
  },
  {
    code: 'BIT3207',
    title: 'A dataset without a tag that the signature asks for',
    text: 'A signature `Dataset<Image, { cell: Str, time: Int }>` asks for these tags, with these types. A dataset may have more.',
    wrong: `workflow early(images: Dataset<Image, { time: Int }>) -> { out: Dataset<Image> } {
  emit out = images where time < 10
}

workflow {
  publish early(files("{cell}_{time}.tif")) to "{cell}_{time}.tif"
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
    code: 'BIT3208',
    title: 'What a workflow gives and what its signature says',
    text: 'Every output of the signature is emitted once, `emit out = …`, and nothing else is. In an `if` both branches emit it.',
    wrong: `import { denoise } from "std/image"

workflow smooth(images: Dataset<Image>) -> { smoothed: Dataset<Image> } {
  emit smooth = denoise(images)
}
`,
    right: `import { denoise } from "std/image"

workflow smooth(images: Dataset<Image>) -> { smoothed: Dataset<Image> } {
  emit smoothed = denoise(images)
}
`,
  },
  {
    code: 'BIT3209',
    title: 'The workflow that is run',
    text: 'A file has one workflow without a name: that is the one that is run. It has no inputs, its inputs are the params, and it emits nothing, it publishes. Workflows with a name are called by others.',
    wrong:
      workflow('publish files("a/{cell}.tif") to "a/{cell}.tif" as a') +
      workflow('publish files("b/{cell}.tif") to "b/{cell}.tif" as b'),
    right: workflow(
      'publish files("a/{cell}.tif") to "a/{cell}.tif" as a',
      'publish files("b/{cell}.tif") to "b/{cell}.tif" as b',
    ),
  },
  {
    code: 'BIT3210',
    title: '`expect` outside a test',
    text: '`expect` is for tests. In a workflow, `assert test, "message"` must hold in every run.',
    wrong: workflow(images, 'expect count(images) > 0'),
    right: workflow(images, 'assert count(images) > 0, "no image was found"'),
  },
  {
    code: 'BIT3220',
    title: 'Something published that is no file',
    text: 'Files are published: those of a file output, a field or a table. Of a call with several outputs name the one that is meant; numbers and texts go into a table.',
    wrong: `import { segment_nuclei } from "std/segment"

workflow {
  publish segment_nuclei(files("{cell}.tif")) to "{cell}.tif"
}
`,
    right: `import { segment_nuclei } from "std/segment"

workflow {
  publish segment_nuclei(files("{cell}.tif")).labels to "{cell}.tif"
}
`,
  },
  {
    code: 'BIT3221',
    title: 'A path that nothing can be published to',
    text: 'A published path lies in the output directory. It holds tags, `{ext}` for the ending of the file, `{index}` for the elements of a list, params, and text. What a task finds out is not known when the path is checked; make it a tag first.',
    wrong: workflow(images, 'publish images to "/data/{cell}_{time}.tif"'),
    right: workflow(images, 'publish images to "data/{cell}_{time}.tif"'),
  },
  {
    code: 'BIT3222',
    title: 'A path that does not tell the items apart',
    text: 'Every item needs a path of its own, so every tag is in the path. A tag that does not matter is dropped with `untag`, which fails where two items would become the same.',
    wrong: workflow(images, 'publish images to "{cell}.tif"'),
    right: workflow(images, 'publish images to "{cell}_{time}.tif"'),
  },
  {
    code: 'BIT3223',
    title: 'One path published twice',
    text: 'Nothing that is published is overwritten. Paths that differ only in upper and lower case count as the same, because on some file systems they are.',
    wrong: workflow(images, 'publish images to "{cell}_{time}.tif" as a', 'publish images to "{cell}_{time}.TIF" as b'),
    right: workflow(
      images,
      'publish images to "a/{cell}_{time}.tif" as a',
      'publish images to "b/{cell}_{time}.tif" as b',
    ),
  },
  {
    code: 'BIT3224',
    title: 'Two results of one name',
    text: 'A result is found again by its name in the run database: that of the variable, or what `as` says.',
    wrong: workflow(images, 'publish images to "a/{cell}_{time}.tif"', 'publish images to "b/{cell}_{time}.tif"'),
    right: workflow(
      images,
      'publish images to "a/{cell}_{time}.tif"',
      'publish images to "b/{cell}_{time}.tif" as copies',
    ),
  },
  {
    code: 'BIT3230',
    title: 'An `assert` that cannot be tested',
    text: 'An `assert` is about plain values, such as counts, or about every item of one dataset: `assert quality.rmse < 0.2 um`. To compare two datasets item by item, `join` them first. Its message is a text.',
    wrong: `import { segment_nuclei } from "std/segment"

workflow {
  let a = segment_nuclei(files("a/{cell}.tif"))
  let b = segment_nuclei(files("b/{cell}.tif"))
  assert a.count == b.count
}
`,
    right: `import { segment_nuclei } from "std/segment"

workflow {
  let a = segment_nuclei(files("a/{cell}.tif"))
  let b = segment_nuclei(files("b/{cell}.tif"))
  let both = join(a: a.count, b: b.count, on: (cell))
  assert both.a == both.b, "the same nuclei in both"
}
`,
  },
];
