import type { Explanation } from '../../diagnostics/diagnostic.ts';

const correct = `process correct {
  input { image: Image, flat: Image }
  output { corrected: Image = "corrected.tif" }
  exec ["correct", image, flat, corrected]
}
`;
const stack = `process make_stack {
  input { images: Image[] }
  output { stack: Image = "stack.tif" }
  exec ["stack", images, stack]
}
`;
const denoise = 'import { denoise } from "std/image"\n';
/** A workflow with these lines below a declaration. */
const workflow = (before: string, ...lines: readonly string[]): string =>
  `${before}\nworkflow {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`;

/** The long forms of what `argument-errors.ts` says. */
export const explanations: readonly Explanation[] = [
  {
    code: 'BIT3101',
    title: 'A call without an input',
    text: 'Every input without a default is given in the call. An input that may be left out is optional, `Image?`, or has a default.',
    wrong: workflow(correct, 'publish correct(files("data/{cell}.tif")) to "{cell}.tif"'),
    right: workflow(correct, 'publish correct(files("data/{cell}.tif"), flat: file("flat.tif")) to "{cell}.tif"'),
  },
  {
    code: 'BIT3102',
    title: 'An argument that does not belong',
    text: 'Arguments are given by the names of the inputs; the first may go without, so that `images |> denoise(radius: 2.0)` reads well.',
    wrong: workflow(denoise, 'publish denoise(files("data/{cell}.tif"), raduis: 2.0) to "{cell}.tif"'),
    right: workflow(denoise, 'publish denoise(files("data/{cell}.tif"), radius: 2.0) to "{cell}.tif"'),
  },
  {
    code: 'BIT3103',
    title: 'An input takes a list, and the items are single',
    text: 'An input of type `Image[]` takes several files at once: a task per group. Say which items make one list with `group by`, `window` or, for all of them, `collect`.',
    wrong: workflow(stack, 'publish make_stack(files("data/{cell}_{time:Int}.tif")) to "{cell}_{time}.tif"'),
    right: workflow(
      stack,
      'publish make_stack(files("data/{cell}_{time:Int}.tif") group by (cell) order by time) to "{cell}.tif"',
    ),
  },
  {
    code: 'BIT3104',
    title: 'An input takes one, and the items are lists',
    text: 'After `group by`, `window` and `collect` every item is a list. A process whose input is one file is called with the dataset before that.',
    wrong: workflow(denoise, 'publish denoise(files("data/{cell}_{time:Int}.tif") group by (cell)) to "{cell}.tif"'),
    right: workflow(denoise, 'publish denoise(files("data/{cell}_{time:Int}.tif")) to "{cell}_{time}.tif"'),
  },
  {
    code: 'BIT3105',
    title: 'An input takes one file, and the items are records',
    text: 'A call with several outputs gives records, and so do `join`, `pivot` and sheets with several columns. Name the field that is meant.',
    wrong: `import { segment_nuclei } from "std/segment"
import { denoise } from "std/image"

workflow {
  publish denoise(segment_nuclei(files("data/{cell}.tif"))) to "{cell}.tif"
}
`,
    right: `import { segment_nuclei } from "std/segment"
import { denoise } from "std/image"

workflow {
  publish denoise(segment_nuclei(files("data/{cell}.tif")).labels) to "{cell}.tif"
}
`,
  },
  {
    code: 'BIT3106',
    title: 'Items that cannot be matched',
    text: 'The items of several datasets are matched on the tags they share, and one dataset must have all tags of the others: images with `(plate, well)` meet a flat field per `(plate)`. Where neither contains the other, say how they meet with `join` or `cross`.',
    wrong: workflow(
      correct,
      'publish correct(files("data/{plate}_{well}.tif"), flat: files("flat/{plate}_{day}.tif")) to "{plate}_{well}.tif"',
    ),
    right: workflow(
      correct,
      'publish correct(files("data/{plate}_{well}.tif"), flat: files("flat/{plate}.tif")) to "{plate}_{well}.tif"',
    ),
  },
  {
    code: 'BIT3107',
    title: '`each` adds a tag that is there already',
    text: '`radius: each [1.0, 2.0]` adds the tag `radius` to what the call gives. Items that have a tag of that name already would have it twice.',
    wrong: workflow(denoise, 'publish denoise(files("{radius}.tif"), radius: each [1.0, 2.0]) to "{radius}.tif"'),
    right: workflow(denoise, 'publish denoise(files("{cell}.tif"), radius: each [1.0, 2.0]) to "{cell}_{radius}.tif"'),
  },
  {
    code: 'BIT3108',
    title: 'Tags that are not matched by themselves',
    text: 'Two Floats that look equal may differ in the last digit, so they are matched only where `matching (…)` says so. The items of an `unordered` source are told apart by their content, which nothing else shares.',
    wrong: workflow(
      correct,
      'publish correct(files("{dose:Float}.tif"), flat: files("flat/{dose:Float}.tif")) to "{dose}.tif"',
    ),
    right: workflow(correct, 'publish correct(files("{dose}.tif"), flat: files("flat/{dose}.tif")) to "{dose}.tif"'),
  },
  {
    code: 'BIT3109',
    title: '`matching` says something else than is shared',
    text: '`matching (plate)` states which tags the arguments share, and fails if that is not so: a column that is added to a sheet cannot change what is matched.',
    wrong: workflow(
      correct,
      'publish correct(files("{plate}_{well}.tif"), flat: files("flat/{plate}.tif")) matching (well) to "{plate}_{well}.tif"',
    ),
    right: workflow(
      correct,
      'publish correct(files("{plate}_{well}.tif"), flat: files("flat/{plate}.tif")) matching (plate) to "{plate}_{well}.tif"',
    ),
  },
  {
    code: 'BIT3110',
    title: 'A script uses a tag that the items do not have',
    text: '`uses (tag.cell)` makes a tag visible to the script, so every call must give items that have it.',
    wrong: workflow(
      'process label_it {\n  input { image: Image }\n  output { labelled: Image = "labelled.tif" }\n  uses (tag.cell)\n  exec ["label", tag.cell, image, labelled]\n}\n',
      'publish label_it(files("{name}.tif")) to "{name}.tif"',
    ),
    right: workflow(
      'process label_it {\n  input { image: Image }\n  output { labelled: Image = "labelled.tif" }\n  uses (tag.cell)\n  exec ["label", tag.cell, image, labelled]\n}\n',
      'publish label_it(files("{cell}.tif")) to "{cell}.tif"',
    ),
  },
  {
    code: 'BIT3111',
    title: 'A `many` output adds a tag that is there already',
    text: 'The items of a `many` output have the tags of the task and those that its path captures. They cannot share a name.',
    wrong: workflow(
      'process tile {\n  input { slide: Image }\n  output { tiles: many Image = "{row:Int}.tif" }\n  exec ["tile", slide]\n}\n',
      'publish tile(files("{row}.tif")) to "{row}.tif"',
    ),
    right: workflow(
      'process tile {\n  input { slide: Image }\n  output { tiles: many Image = "{row:Int}.tif" }\n  exec ["tile", slide]\n}\n',
      'publish tile(files("{slide}.tif")) to "{slide}_{row}.tif"',
    ),
  },
  {
    code: 'BIT3112',
    title: 'The first of a dataset is matched like any other item',
    text: '`first(images)` is an item of `images`, with its tags. Given to a call beside `images`, it would be matched by these tags, and no other item has them. `single(first(images))` is a plain value, which goes to every task; `first(images, by: (cell)) untag (time)` is one per `cell`, which goes to all items of that cell.',
    wrong: workflow(
      correct,
      'let images = files("data/{cell}_{time:Int}.tif")',
      'publish correct(images, flat: first(images order by time, by: (cell))) to "{cell}_{time}.tif"',
    ),
    right: workflow(
      correct,
      'let images = files("data/{cell}_{time:Int}.tif")',
      'publish correct(images, flat: (first(images order by time, by: (cell))) untag (time)) to "{cell}_{time}.tif"',
    ),
  },
];
