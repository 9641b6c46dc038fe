import type { Verb } from './verb.ts';

/** Every verb, in the order of `bit help`, loaded when it is used: the rest of the program stays on the disk. */
export const verbs: readonly VerbEntry[] = [
  entry('run', 'run a pipeline: plan, reuse what is known, execute, publish', async () => import('./verbs/run.ts')),
  entry('plan', 'what a run would do, and why, without doing it', async () => import('./verbs/plan.ts')),
  entry('check', 'find mistakes in pipelines without running them', async () => import('./verbs/check.ts')),
  entry('fmt', 'the one layout of pipelines', async () => import('./verbs/fmt.ts')),
  entry('import', 'bring data into an experiment, once, with tags', async () => import('./verbs/import.ts')),
  entry('explain', 'the long form of a message', async () => import('./verbs/explain.ts')),
  entry('why', 'why a file or task is as it is, and what changed', async () => import('./verbs/why.ts')),
  entry('log', 'runs, newest first', async () => import('./verbs/log.ts')),
  entry(
    'show',
    'everything about a run, a task, an experiment, a dataset or an item',
    async () => import('./verbs/show.ts'),
  ),
  entry('logs', 'what a task wrote to stdout and stderr', async () => import('./verbs/logs.ts')),
  entry('lineage', 'where a file came from, and what was made of it', async () => import('./verbs/lineage.ts')),
  entry('find', 'raw and processed data by tag and property', async () => import('./verbs/find.ts')),
  entry('datasets', 'experiments and their datasets', async () => import('./verbs/datasets.ts')),
  entry('tags', 'items and their tags, as tables', async () => import('./verbs/tags.ts')),
  entry('annotate', 'give items tags, by name, by sheet or by hand', async () => import('./verbs/annotate.ts')),
  entry(
    'experiment',
    'the record of an experiment: show, make or change it',
    async () => import('./verbs/experiment.ts'),
  ),
  entry('changes', 'what people did to experiments, newest first', async () => import('./verbs/changes.ts')),
  entry('undo', 'take a change back', async () => import('./verbs/undo.ts')),
  entry(
    'impact',
    'results that depend on retracted data, tools or environments',
    async () => import('./verbs/impact.ts'),
  ),
  entry(
    'retract',
    'say that data, a tool or an environment must not be used any more',
    async () => import('./verbs/retract.ts'),
  ),
  entry('diff', 'what differs between two runs', async () => import('./verbs/diff.ts')),
  entry('verify', 'read everything again and compare it with its digest', async () => import('./verbs/verify.ts')),
  entry('gc', 'free space without breaking reuse or lineage', async () => import('./verbs/gc.ts')),
  entry('rebuild', 'make the run database again from what is on disk', async () => import('./verbs/rebuild.ts')),
  entry(
    'env',
    'the software environments of pipelines: list, build, lock, prune',
    async () => import('./verbs/env.ts'),
  ),
  entry('doctor', 'what this machine can run, and what is missing', async () => import('./verbs/doctor.ts')),
  entry('init', 'a small pipeline with data, to start from', async () => import('./verbs/init.ts')),
  entry('config', 'the settings that hold here, and who set them', async () => import('./verbs/config.ts')),
  entry('login', 'keep a password, key or token for other places', async () => import('./verbs/login.ts')),
  entry('completion', 'shell completion for bash, zsh or fish', async () => import('./verbs/completion.ts')),
  entry('version', 'which bit this is', async () => import('./verbs/version.ts')),
  entry('help', 'the verbs, or the flags of one', async () => import('./verbs/help.ts')),
];

export interface VerbEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Verb>;
}

function entry(name: string, summary: string, load: () => Promise<{ readonly verb: Verb }>): VerbEntry {
  return { name, summary, load: async () => (await load()).verb };
}
