import type { Explanation } from '../../diagnostics/diagnostic.ts';

/** The long forms of what `name-errors.ts` says. */
export const explanations: readonly Explanation[] = [
  {
    code: 'BIT2001',
    title: 'A name that nothing defines',
    text: 'A name in an expression is a `let` or an input of the workflow it stands in; over the items of a dataset it is first a tag, a scalar output or a field of theirs. Params are always written `params.name`. The order in which things are written does not matter.',
    wrong: `import { denoise } from "std/image"

workflow {
  let images = files("data/{cell}.tif")
  publish denoise(image) to "{cell}.tif"
}
`,
    right: `import { denoise } from "std/image"

workflow {
  let images = files("data/{cell}.tif")
  publish denoise(images) to "{cell}.tif"
}
`,
  },
  {
    code: 'BIT2002',
    title: 'A call of something that does not exist',
    text: 'What is called is a process or workflow of this file, one that is imported, or a function of the language. Processes of other files come in with `import { name } from "std/image"`, or all of them with `import * as image from "std/image"` and `image.name(…)`.',
    wrong: `import { denoise } from "std/image"

workflow {
  publish denoize(files("data/{cell}.tif")) to "{cell}.tif"
}
`,
    right: `import { denoise } from "std/image"

workflow {
  publish denoise(files("data/{cell}.tif")) to "{cell}.tif"
}
`,
  },
  {
    code: 'BIT2003',
    title: 'A name of another kind of thing',
    text: 'The name is known, but it cannot stand here: a process is called, `denoise(images)`, and is no value by itself; a type stands after a name and `:`; a module is not what is in it.',
    wrong: `import { denoise } from "std/image"

workflow {
  publish denoise to "{cell}.tif"
}
`,
    right: `import { denoise } from "std/image"

workflow {
  publish denoise(files("data/{cell}.tif")) to "{cell}.tif"
}
`,
  },
  {
    code: 'BIT2004',
    title: 'One name twice',
    text: 'Within a file, a `params` block, a list of inputs, a record or a `{ … }` of a workflow, a name means one thing. There is no assignment: a second `let` of the same name does not change the first.',
    wrong: `params {
  images: Dataset<Image> = files("data/{cell}.tif")
  images: Dataset<Image> = files("more/{cell}.tif")
}
`,
    right: `params {
  images: Dataset<Image> = files("data/{cell}.tif")
  more: Dataset<Image> = files("more/{cell}.tif")
}
`,
  },
  {
    code: 'BIT2005',
    title: 'A name that would hide another',
    text: 'A `let` inside an `if` or a sub-workflow may not take a name that is already known there: a reader would have to find out which one is meant.',
    wrong: `import { denoise } from "std/image"

workflow smooth(images: Dataset<Image>) -> { out: Dataset<Image> } {
  let images = denoise(images)
  emit out = images
}
`,
    right: `import { denoise } from "std/image"

workflow smooth(images: Dataset<Image>) -> { out: Dataset<Image> } {
  let clean = denoise(images)
  emit out = clean
}
`,
  },
  {
    code: 'BIT2006',
    title: 'A name that could be two things',
    text: 'Over the items of a dataset a name may be a tag, a field or scalar output of the value, or a plain value of the workflow. Where it could be two of these, say which: `tag.time`, `out.time`.',
    wrong: `workflow {
  let cells = rows(files("t/{time:Int}.csv"), { cell: Int, area: Float }, by: (cell))
  let area = 10.0
  publish table(cells where area > 5.0) to "cells.csv"
  assert area > 0.0
}
`,
    right: `workflow {
  let cells = rows(files("t/{time:Int}.csv"), { cell: Int, area: Float }, by: (cell))
  let smallest = 10.0
  publish table(cells where area > smallest) to "cells.csv"
}
`,
  },
  {
    code: 'BIT2007',
    title: 'Definitions that need themselves',
    text: 'Data flows one way: what is made from something cannot be what it is made from. The message shows the whole way round. Workflows cannot call themselves either; they are written out at each call.',
    wrong: `import { denoise } from "std/image"

workflow {
  let a = denoise(b)
  let b = denoise(a)
  publish b to "{cell}.tif"
}
`,
    right: `import { denoise } from "std/image"

workflow {
  let a = denoise(files("data/{cell}.tif"))
  let b = denoise(a)
  publish b to "{cell}.tif"
}
`,
  },
  {
    code: 'BIT2008',
    title: 'A name in another form than usual',
    text: 'Processes, workflows, fields, params and tags are written in `lower_snake`, types in `UpperCamel`. Nothing depends on it but readers.',
    wrong: `import { denoise } from "std/image"

workflow {
  let cleanImages = denoise(files("data/{cell}.tif"))
  publish cleanImages to "{cell}.tif"
}
`,
    right: `import { denoise } from "std/image"

workflow {
  let clean_images = denoise(files("data/{cell}.tif"))
  publish clean_images to "{cell}.tif"
}
`,
  },
  {
    code: 'BIT2009',
    title: 'Something that nothing uses',
    text: 'A `let`, an import or a param that nothing uses is likely a forgotten step or a leftover. A call in such a `let` runs all the same. A name that begins with `_` is not warned of.',
    wrong: `import { denoise, project } from "std/image"

workflow {
  publish denoise(files("data/{cell}.tif")) to "{cell}.tif"
}
`,
    right: `import { denoise } from "std/image"

workflow {
  publish denoise(files("data/{cell}.tif")) to "{cell}.tif"
}
`,
  },
  {
    code: 'BIT2010',
    title: 'A text that cannot be read',
    text: 'Inside a text, `{x}` and `{x:04}` put a value in. A brace that stands for itself is written `\\{`; in a raw text, `r"…"`, nothing is special.',
    wrong: `params {
  note: Str = "in {"
}

workflow {
  let images = files("data/{cell}.tif")
  publish images to "{cell}_{}.tif"
}
`,
    right: `params {
  note: Str = "in \\{"
}

workflow {
  let images = files("data/{cell}.tif") where cell != params.note
  publish images to "{cell}.tif"
}
`,
  },
  {
    code: 'BIT2011',
    title: 'Params where there are none',
    text: 'Params belong to the file that is run, and to its workflows. A process gets what it needs through its inputs, and so does a workflow of another file: then everything that a result depends on is visible in the call.',
    wrong: `params {
  sigma: Float = 1.0
}

process blur {
  input { image: Image }
  output { blurred: Image = "blurred.tif" }
  exec ["blur", "--sigma={params.sigma}", image, blurred]
}
`,
    right: `process blur {
  input { image: Image, sigma: Float = 1.0 }
  output { blurred: Image = "blurred.tif" }
  exec ["blur", "--sigma={sigma}", image, blurred]
}
`,
  },
  {
    code: 'BIT2012',
    title: 'A name that the language keeps',
    text: 'Functions and types of the language keep their names in every file, so that `count(x)` means the same everywhere. `params` and `it` have a meaning of their own in expressions.',
    wrong: `process collect {
  input { images: Image[] }
  output { stack: Image = "stack.tif" }
  exec ["stack", images, stack]
}
`,
    right: `process make_stack {
  input { images: Image[] }
  output { stack: Image = "stack.tif" }
  exec ["stack", images, stack]
}
`,
  },
  {
    code: 'BIT2030',
    title: 'A pattern that cannot be read',
    text: 'In the pattern of a source, `{name}` captures, `{a,b}` is a choice, `{params.folder}` inserts; `*`, `?`, `[abc]` and `**` are as in a shell, and `**` stands alone between two slashes. A bracket or brace of a file name is written `\\[`, `\\{`.',
    wrong: `workflow {
  publish files("data/{cell.tif") to "{cell}.tif" as copies
}
`,
    right: `workflow {
  publish files("data/{cell}.tif") to "{cell}.tif" as copies
}
`,
  },
  {
    code: 'BIT2031',
    title: 'A capture of another type',
    text: 'A capture takes any text, or is restricted: `{time:Int}`, `{dose:Float}`, `{name:**}` across folders, `{well:r"[A-H]\\d+"}` by a regular expression.',
    wrong: `workflow {
  publish files("data/{time:Integer}.tif") to "{time}.tif" as copies
}
`,
    right: `workflow {
  publish files("data/{time:Int}.tif") to "{time}.tif" as copies
}
`,
  },
  {
    code: 'BIT2032',
    title: 'One name captured in two ways',
    text: 'A name may stand twice in a pattern, and then both places must hold the same text. They cannot have different types.',
    wrong: `workflow {
  publish files("{time:Int}/frame_{time:Float}.tif") to "{time}.tif" as copies
}
`,
    right: `workflow {
  publish files("{time:Int}/frame_{time}.tif") to "{time}.tif" as copies
}
`,
  },
];
