import type { Explanation } from '../../diagnostics/diagnostic.ts';

/** The long forms of what `module-errors.ts` says. */
export const explanations: readonly Explanation[] = [
  {
    code: 'BIT4001',
    title: 'An imported file that cannot be read',
    text: 'A path in an import starts from the folder of the file that says it. Write `./` for that folder and `../` for the one above.',
    wrong: `import { background } from "./backgruond.bit"
`,
  },
  {
    code: 'BIT4002',
    title: 'No such module of the standard library',
    text: 'The standard library is a set of `.bit` files that come with the program; its modules are imported as `std/…`.',
    wrong: `import { denoise } from "std/imaeg"
`,
    right: `import { denoise } from "std/image"

workflow {
  publish denoise(files("data/{cell}.tif")) to "{cell}.tif"
}
`,
  },
  {
    code: 'BIT4003',
    title: 'A module without that name',
    text: 'Only what a file defines itself can be imported from it: its processes, workflows and types, not what it imports from elsewhere.',
    wrong: `import { denoize } from "std/image"
`,
    right: `import { denoise } from "std/image"

workflow {
  publish denoise(files("data/{cell}.tif")) to "{cell}.tif"
}
`,
  },
  {
    code: 'BIT4004',
    title: 'Files that import each other',
    text: 'Imports go one way, so that every file can be understood by what stands below it. Put what both files need into a third.',
  },
  {
    code: 'BIT4005',
    title: 'One name from two places',
    text: 'A name that is imported may not be the name of another import, or of something in the file. Rename it where it comes in.',
    wrong: `import { denoise } from "std/image"

process denoise {
  input { image: Image }
  output { clean: Image = "clean.tif" }
  exec ["denoise", image, clean]
}
`,
    right: `import { denoise as median } from "std/image"

process denoise {
  input { image: Image }
  output { clean: Image = "clean.tif" }
  exec ["denoise", image, clean]
}

workflow {
  publish denoise(median(files("data/{cell}.tif"))) to "{cell}.tif"
}
`,
  },
  {
    code: 'BIT4006',
    title: 'An address that no import has',
    text: 'Imports come from the standard library, `"std/image"`, or from a file, `"./background.bit"`.',
    wrong: `import { background } from "background"
`,
  },
  {
    code: 'BIT4007',
    title: 'Not built into this version yet',
    text: 'This is part of the language, and this version reads it without being able to run it. The message says what to write meanwhile.',
    wrong: `import tool "denoise.xml" as denoise

workflow {
  publish files("{cell}.tif") to "{cell}.tif"
}
`,
    right: `workflow {
  publish files("{cell}.tif") to "{cell}.tif"
}
`,
  },
  {
    code: 'BIT4008',
    title: 'A test that is not run',
    text: 'Tests in the language are read and their syntax is checked; running them is not built into this version yet. An `assert` in the workflow checks every run.',
    wrong: `test "nothing" {
  expect 1 == 1
}
`,
  },
  {
    code: 'BIT4009',
    title: 'Another edition of the language',
    text: 'An edition says which rules a file was written for. This version knows edition 1.',
    wrong: `edition 2
`,
    right: `edition 1
`,
  },
  {
    code: 'BIT4010',
    title: 'Nothing to run',
    text: 'A file with `workflow { … }`, without a name, can be run. One with processes, types and named workflows alone is a library.',
  },
  {
    code: 'BIT4011',
    title: 'A script that is not there',
    text: '`script python from "scripts/segment.py"` reads the script beside the pipeline when the pipeline is read. The path starts from the folder of the file that declares the process.',
    wrong: `process segment {
  input { image: Image }
  output { mask: Image = "mask.tif" }
  script python from "scripts/segmnt.py"
}
`,
  },
];
