import type { Explanation } from '../../diagnostics/diagnostic.ts';

/** A process with `body` in it, as a whole program. */
const process = (body: string): string => `process segment {\n${body.trim().replace(/^/gm, '  ')}\n}\n`;

const inputs = 'input { image: Image }';
const outputs = 'output { mask: Image = "mask.tif" }';
const exec = 'exec ["segment", image, mask]';

/** The long forms of what `process-errors.ts` says. */
export const explanations: readonly Explanation[] = [
  {
    code: 'BIT2301',
    title: 'A section twice',
    text: 'Each part of a process stands once: one `input`, one `output`, one `script`. Their order does not matter.',
    wrong: process(`${inputs}\ninput { radius: Int }\n${outputs}\nexec ["segment", image, "{radius}", mask]`),
    right: process(`input { image: Image, radius: Int }\n${outputs}\nexec ["segment", image, "{radius}", mask]`),
  },
  {
    code: 'BIT2302',
    title: 'A process without an output',
    text: 'What a process does is what it makes: its outputs are kept, reused and published. A process without any would leave nothing. What it prints can be an output, `log: Text = stdout`.',
    wrong: process(`${inputs}\nexec ["show", image]`),
    right: process(`${inputs}\noutput { log: Text = stdout }\nexec ["show", image]`),
  },
  {
    code: 'BIT2303',
    title: 'Nothing to run, or two things',
    text: 'A process has one `script LANGUAGE """…"""`, or one `exec ["prog", …]`.',
    wrong: process(`${inputs}\n${outputs}`),
    right: process(`${inputs}\n${outputs}\n${exec}`),
  },
  {
    code: 'BIT2304',
    title: 'A key that the section does not have',
    text: '`resources` has `cpus memory time gpus disk queue extra`; `environment` has `container conda pip python system modules variables secrets network`.',
    wrong: process(`${inputs}\n${outputs}\nresources { cpu: 4 }\n${exec}`),
    right: process(`${inputs}\n${outputs}\nresources { cpus: 4 }\n${exec}`),
  },
  {
    code: 'BIT2305',
    title: 'A word that does not belong here',
    text: '`on_error` is `fail`, `finish` or `quarantine`; `cache` is `on` or `off`; `retry` is on `exit(1, 137)`, `timeout`, `oom` or `any`.',
    wrong: process(`${inputs}\n${outputs}\non_error quarantaine\n${exec}`),
    right: process(`${inputs}\n${outputs}\non_error quarantine\n${exec}`),
  },
  {
    code: 'BIT2306',
    title: 'A script language that does not exist',
    text: 'The languages are `bash python r julia node perl groovy imagej`; their values come in as variables of the language. Any other interpreter is given by its command, `script ["lua"] """…"""`, and reads the JSON file that `$BIT_TASK` names.',
    wrong: process(
      `${inputs}\n${outputs}\nscript python3 """\n  from bitflow import task\n  segment(task.input.image, task.output.mask)\n"""`,
    ),
    right: process(
      `${inputs}\n${outputs}\nscript python """\n  from bitflow import task\n  segment(task.input.image, task.output.mask)\n"""`,
    ),
  },
  {
    code: 'BIT2307',
    title: 'Something that must be written out',
    text: 'Environments, extra files and interpreters are the same for every task of a process and are known before the run: they are written as literals. What changes from call to call is an input.',
    wrong: process(
      `input { image: Image, version: Str }\n${outputs}\nenvironment { pip: ["numpy", version] }\n${exec}`,
    ),
    right: process(`${inputs}\n${outputs}\nenvironment { pip: ["numpy==2.3.4"] }\n${exec}`),
  },
  {
    code: 'BIT2308',
    title: 'Arguments that `exec` cannot pass on',
    text: '`exec` runs a program with a list of arguments: texts, numbers, files, and lists of them, which are spliced in. No shell reads them, so nothing needs quoting. A Bool has no text of its own: write which argument is meant.',
    wrong: process(`input { image: Image, fast: Bool }\n${outputs}\nexec ["segment", fast, image, mask]`),
    right: process(
      `input { image: Image, fast: Bool }\n${outputs}\nexec ["segment", if fast then "--fast" else "--exact", image, mask]`,
    ),
  },
  {
    code: 'BIT2309',
    title: 'Something that `uses` cannot name',
    text: '`uses` lists what a script may see beside its inputs: tags (`tag.cell`), resource numbers (`cpus`), and tags of the elements of a list input (`tiles.row`). All of it is in the keys of the tasks.',
    wrong: process(`${inputs}\n${outputs}\nuses (cell)\n${exec}`),
    right: process(`${inputs}\n${outputs}\nuses (tag.cell)\nexec ["segment", "--name={tag.cell}", image, mask]`),
  },
  {
    code: 'BIT2310',
    title: 'Something that is not in `uses`',
    text: 'A task sees what its key holds and nothing else, so that equal keys mean equal work. A tag or resource number becomes visible by `uses (tag.cell, cpus)`.',
    wrong: process(`${inputs}\n${outputs}\nexec ["segment", "--threads", cpus, image, mask]`),
    right: process(`${inputs}\n${outputs}\nuses (cpus)\nexec ["segment", "--threads", cpus, image, mask]`),
  },
  {
    code: 'BIT2311',
    title: '`attempt` outside `resources`',
    text: 'How often a task was tried may change how much memory or time it is given, and should not change its result. So `attempt` is known in `resources`, and elsewhere only where `uses (attempt)` says so.',
    wrong: process(`${inputs}\n${outputs}\nexec ["segment", "--seed", attempt, image, mask]`),
    right: process(`${inputs}\n${outputs}\nresources { memory: 2 GB * attempt }\n${exec}`),
  },
  {
    code: 'BIT2312',
    title: 'An output path that cannot be',
    text: 'A task writes into an empty directory of its own, and its outputs are paths in it. One file has an exact path; a list has a pattern, `Image[] = "tiles/*.tif"`; `many` makes a dataset whose tags are captured from the path, `many Image = "tiles/{row:Int}.tif"`.',
    wrong: process(`${inputs}\noutput { mask: Image = "../mask.tif" }\n${exec}`),
    right: process(`${inputs}\n${outputs}\n${exec}`),
  },
  {
    code: 'BIT2313',
    title: 'A type that no output has',
    text: 'An output is a file or folder, a list of files, a dataset of files (`many`), or one number, text or Bool that is read from a JSON file. Several values are several outputs, or one Table or Json.',
    wrong: process(`${inputs}\noutput { sizes: Float[] = "sizes.json" }\nexec ["segment", image, "sizes.json"]`),
    right: process(`${inputs}\noutput { sizes: Json = "sizes.json" }\nexec ["segment", image, sizes]`),
  },
  {
    code: 'BIT2314',
    title: 'Two outputs in one place',
    text: 'Each output has a path of its own, or one would overwrite the other.',
    wrong: process(
      `${inputs}\noutput { mask: Image = "out.tif", edges: Image = "out.tif" }\nexec ["segment", image, mask, edges]`,
    ),
    right: process(
      `${inputs}\noutput { mask: Image = "mask.tif", edges: Image = "edges.tif" }\nexec ["segment", image, mask, edges]`,
    ),
  },
  {
    code: 'BIT2315',
    title: 'A name that the script language keeps',
    text: 'In bash every input and output is a variable of its name. A variable that the shell or the programs it starts give a meaning, such as `PATH`, `HOME` or `UID`, cannot be one. In Python `task.input.lambda` cannot be written.',
    wrong: process(
      `input { image: Image, UID: Str }\n${outputs}\nscript bash """\n  segment "$image" "$UID" > "$mask"\n"""`,
    ),
    right: process(
      `input { image: Image, owner: Str }\n${outputs}\nscript bash """\n  segment "$image" "$owner" > "$mask"\n"""`,
    ),
  },
  {
    code: 'BIT2316',
    title: 'One name for an input and an output',
    text: 'In bash and in `exec` inputs and outputs are names of one kind, so one cannot be both. In Python `task.input.x` and `task.output.x` are different things, and this is fine.',
    wrong: process('input { image: Image }\noutput { image: Image = "out.tif" }\nexec ["segment", image, image]'),
    right: process(`${inputs}\n${outputs}\n${exec}`),
  },
  {
    code: 'BIT2317',
    title: 'An output without one path',
    text: 'In `exec`, the name of an output is its path. What the program prints has none, and a list or dataset of outputs has many.',
    wrong: process(`${inputs}\noutput { log: Text = stdout }\nexec ["describe", image, log]`),
    right: process(`${inputs}\noutput { log: Text = stdout }\nexec ["describe", image]`),
  },
  {
    code: 'BIT2318',
    title: '`named` on a value without a name',
    text: '`image: Image named` stages a file under its own name. A number or text has no file name.',
    wrong: process(`input { image: Image, radius: Int named }\n${outputs}\nexec ["segment", "{radius}", image, mask]`),
    right: process(`input { image: Image named, radius: Int }\n${outputs}\nexec ["segment", "{radius}", image, mask]`),
  },
  {
    code: 'BIT2319',
    title: 'An input that the script never mentions',
    text: 'An input is in the key of every task: they run again when it changes, even if the script does not look at it.',
    wrong: process(
      `input { image: Image, radius: Int }\n${outputs}\nscript bash """\n  segment "$image" > "$mask"\n"""`,
    ),
    right: process(
      `input { image: Image, radius: Int }\n${outputs}\nscript bash """\n  segment -r "$radius" "$image" > "$mask"\n"""`,
    ),
  },
  {
    code: 'BIT2320',
    title: 'An output called `failed`',
    text: 'Every call has a dataset `failed` with the items that were set aside, so no output can have that name.',
    wrong: process(`${inputs}\noutput { failed: Table = "failed.csv" }\nexec ["segment", image, failed]`),
    right: process(`${inputs}\noutput { rejected: Table = "rejected.csv" }\nexec ["segment", image, rejected]`),
  },
];
