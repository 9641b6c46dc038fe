import type { Store } from '../../store/index.ts';
import { formats } from '../formats.ts';
import { CommandProblem } from '../problem.ts';
import { affectedDocument } from '../queries/lineage-forms.ts';
import { reading } from '../queries/reading.ts';
import { findContent, findImported, findTask, findTaskByTags, resolveRun, resolveTask } from '../queries/resolve.ts';
import { contentDocument, contentLines, readContent } from '../queries/show-content.ts';
import { datasetDocument, datasetLines, experimentDocument, experimentLines } from '../queries/show-experiment.ts';
import { runLines, runWhole } from '../queries/show-run.ts';
import { taskDocument, taskLines } from '../queries/show-task.ts';
import { affectedInWords } from '../queries/wording.ts';
import type { Colors } from '../terminal.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  name: 'show',
  summary: 'everything about a run, a task, an experiment, a dataset or an item',
  details:
    'A name that could be several is, in this order: a whole task id, an experiment, a dataset (`EXPERIMENT/DATASET`), a task by its process or tags, a run, an item (`EXPERIMENT/DATASET/NAME`), a file.',
  operands: [
    {
      name: 'RUN|TASK|EXPERIMENT|DATASET|ITEM|PATH',
      how: 'required',
      help: 'a run (`latest`, its id or the beginning of it, its name), a task, an experiment, one of its datasets or items, a file, a URI or a digest',
      complete: 'file',
    },
  ],
  flags: {},
  examples: [
    ['bit show latest', 'the last run: params, tasks, published files'],
    ["bit show 'segment[cell=A3]'", 'a task: what it was made from, its attempts, what it made'],
    ['bit show screen', 'an experiment: its record, keys, datasets and changes'],
    ['bit show screen/raw/A3.tif', 'an item: tags, image, import, changes, what was made of it'],
  ],
  async run(invocation) {
    const { terminal, global, folder } = invocation;
    const [text = ''] = invocation.operands;
    const near = text.includes('/') ? { near: text } : {};
    return reading(invocation, near, async (store) => {
      const { document, lines } = await shownOf(store, text, folder);
      if (global.json) terminal.json({ format: formats.show, ...document });
      else for (const line of lines({ colors: terminal.out.colors, folder })) terminal.out.line(line);
      return 0;
    });
  },
});

interface Shown {
  readonly document: Readonly<Record<string, unknown>>;
  lines(options: { readonly colors: Colors; readonly folder: string }): readonly string[];
}

async function shownOf(store: Store, text: string, folder: string): Promise<Shown> {
  return (
    (await asTask(store, await findTask(store, text))) ??
    (await asExperiment(store, text)) ??
    (await asDataset(store, text)) ??
    (await asTask(store, looksLikePath(text) ? undefined : await findTaskByTags(store, text))) ??
    (looksLikePath(text) ? await asContent(store, text, folder) : undefined) ??
    (await asRunOrFile(store, text, folder))
  );
}

const looksLikePath = (text: string): boolean => text.includes('/') || /^(blake3:)?[0-9a-f]{64}$/.test(text);

async function asTask(store: Store, task: Awaited<ReturnType<typeof findTask>>): Promise<Shown | undefined> {
  if (task === undefined) return undefined;
  const [affected] = await store.impact.affected([{ run: task.run, task: task.task }]);
  const document = { ...(await taskDocument(store, task)), ...affectedDocument(affected) };
  const mark = (folder: string): readonly string[] =>
    affected === undefined ? [] : [affectedInWords(affected, folder)];
  return {
    document: { task: document },
    lines: (options) => {
      const [title = '', ...lines] = taskLines(document, options);
      return [title, ...mark(options.folder).map((line) => `  ${options.colors.yellow(line)}`), ...lines];
    },
  };
}

async function asExperiment(store: Store, name: string): Promise<Shown | undefined> {
  const experiment = await store.catalog.experiment(name);
  if (experiment === undefined) return undefined;
  const document = await experimentDocument(store, experiment);
  return { document: { experiment: document }, lines: (options) => experimentLines(document, options) };
}

async function asDataset(store: Store, text: string): Promise<Shown | undefined> {
  const [, experiment, name] = /^([^/]+)\/([^/]+)$/.exec(text) ?? [];
  if (experiment === undefined) return undefined;
  const dataset = (await store.catalog.datasets(experiment)).find((one) => one.name === name);
  if (dataset === undefined) return undefined;
  const document = await datasetDocument(store, dataset);
  return { document: { dataset: document }, lines: (options) => datasetLines(document, options) };
}

async function asContent(store: Store, text: string, folder: string): Promise<Shown | undefined> {
  const content = await findContent(store, text, folder);
  if (content === undefined) return undefined;
  const named = await findImported(store, text);
  const whole = await readContent(store, content, named);
  return { document: { content: contentDocument(whole) }, lines: (options) => contentLines(whole, options) };
}

/** A file of this folder may have no `/` in its name; what looks like a task is answered as one that is not there. */
async function asRunOrFile(store: Store, text: string, folder: string): Promise<Shown> {
  try {
    const document = await runWhole(store, await resolveRun(store, text));
    return { document: { run: document }, lines: (options) => runLines(document, options) };
  } catch (problem) {
    if (!(problem instanceof CommandProblem)) throw problem;
    const file = await asContent(store, text, folder);
    if (file !== undefined) return file;
    if (looksLikePath(text))
      throw new CommandProblem({
        exit: 2,
        message: `There is no item, file or dataset \`${text}\``,
        help: '`bit datasets` lists experiments and datasets, `bit find true` items and published files.',
      });
    if (!/^(\d{4,}|latest$)/.test(text)) await resolveTask(store, text);
    throw problem;
  }
}
