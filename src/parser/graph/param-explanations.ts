import type { Explanation } from '../../diagnostics/diagnostic.ts';

/** The long forms of what `param-errors.ts` says. */
export const explanations: readonly Explanation[] = [
  {
    code: 'BIT2401',
    title: 'A param that does not exist',
    text: 'Params are declared in `params { … }` of the file that is run. On the command line `min_area` is given as `--min-area`. `bit run FILE --help` lists them.',
    wrong: `params {
  min_area: Int = 10
}

workflow {
  let images = files("data/{cell}.tif") where len(cell) > params.minarea
  publish images to "{cell}.tif"
}
`,
    right: `params {
  min_area: Int = 10
}

workflow {
  let images = files("data/{cell}.tif") where len(cell) > params.min_area
  publish images to "{cell}.tif"
}
`,
  },
  {
    code: 'BIT2402',
    title: 'A param without a value',
    text: 'A param without a default must be given: on the command line, or in a file with `--params`. Where it may be left out, declare it optional, `Image?`.',
  },
  {
    code: 'BIT2403',
    title: 'A param called like an option',
    text: 'Params are options of `bit run`, beside its own. A param of the same name could not be given.',
    wrong: `params {
  outdir: Str = "x"
}
`,
    right: `params {
  folder: Str = "x"
}
`,
  },
  {
    code: 'BIT2404',
    title: "A text that is not of the param's type",
    text: "What stands on the command line or in a params file is read by the type of the param: `--angle '31.5 deg'`, `--iterations 20`, `--mode max`, `--fast` and `--no-fast`, `--psf psf.tif`. A list is given by repeating its option. A dataset is a pattern, a sheet, or a source in quotes.",
  },
  {
    code: 'BIT2405',
    title: 'A dataset without a tag that the param needs',
    text: 'The pipeline names tags of this param, so whatever is given for it must have them: with the type that is declared, or that the default has. Further tags are welcome.',
    wrong: `params {
  frames: Dataset<Image, { cell: Str, time: Int }> = files("data/{cell}_{time}.tif")
}
`,
    right: `params {
  frames: Dataset<Image, { cell: Str, time: Int }> = files("data/{cell}_{time:Int}.tif")
}
`,
  },
  {
    code: 'BIT2406',
    title: 'Params that need each other',
    text: 'A default may use other params, as long as one of them has a value of its own.',
    wrong: `params {
  low: Int = params.high - 1
  high: Int = params.low + 1
}
`,
    right: `params {
  low: Int = 1
  high: Int = params.low + 1
}
`,
  },
  {
    code: 'BIT2407',
    title: 'A default that only the run would know',
    text: 'Params are known before the run starts: values, files and sources. What a process makes is not.',
    wrong: `import { segment_nuclei } from "std/segment"

params {
  nuclei: Int = segment_nuclei(file("a.tif")).count
}
`,
    right: `import { segment_nuclei } from "std/segment"

workflow {
  let found = segment_nuclei(file("a.tif"))
  publish found.labels to "labels.tif"
  assert found.count > 0
}
`,
  },
  {
    code: 'BIT2408',
    title: 'Two `params` blocks',
    text: 'All params of a pipeline stand in one block.',
    wrong: `params {
  a: Int = 1
}
params {
  b: Int = 2
}
`,
    right: `params {
  a: Int = 1
  b: Int = 2
}
`,
  },
];
