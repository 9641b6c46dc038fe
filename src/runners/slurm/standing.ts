import { ownUser } from '../../util/own-user.ts';
import { accountWords, parseAccount, parseJobs, parseQueue, queueWords, type Standing } from './queue.ts';
import { ask } from './slurm-programs.ts';

/** What Slurm knows of some batches, or why it could not be asked. */
export type Asked = { readonly standing: Standing } | { readonly silent: string };

export interface Named {
  readonly name: string;
  readonly job?: string;
}

/**
 * Where batches stand: one call of `squeue` for all of them. It also shows what ended in the last minutes; what it shows no more is asked for once,
 * of accounting where there is some, else of the controller.
 */
export async function askStanding(
  batches: readonly Named[],
  options: { readonly hasAccounting: boolean },
): Promise<Asked> {
  const names = batches.map(({ name }) => name).join(',');
  const queue = await ask('squeue', [
    ...queueWords,
    `--user=${ownUser().uid}`,
    // One word of a command line may not be longer.
    ...(names.length > 100_000 ? [] : [`--name=${names}`]),
  ]);
  if (queue.kind !== 'answered') return { silent: queue.words };
  return { standing: await withThoseThatLeft(parseQueue(queue.text), { batches, ...options }) };
}

async function withThoseThatLeft(
  queue: Standing,
  of: { readonly batches: readonly Named[]; readonly hasAccounting: boolean },
): Promise<Standing> {
  const gone = of.batches.filter(({ name }) => !queue.has(name));
  if (gone.length === 0) return queue;
  const answer = of.hasAccounting
    ? await ask('sacct', [...accountWords, ...selection(gone)])
    : await askController(gone);
  if (answer.kind !== 'answered') return queue;
  return new Map([...(of.hasAccounting ? parseAccount(answer.text) : parseJobs(answer.text)), ...queue]);
}

/** By number where all are known: names alone are looked for among the last days' jobs. */
function selection(gone: readonly Named[]): readonly string[] {
  const jobs = gone.flatMap(({ job }) => job ?? []);
  if (jobs.length === gone.length) return [`--jobs=${jobs.join(',')}`];
  return [`--name=${gone.map(({ name }) => name).join(',')}`, '--starttime=now-30days'];
}

async function askController(gone: readonly Named[]): Promise<{ readonly kind: 'answered'; readonly text: string }> {
  const texts: string[] = [];
  for (const { job } of gone) {
    if (job === undefined) continue;
    const answer = await ask('scontrol', ['--oneliner', 'show', 'job', job]);
    if (answer.kind === 'answered') texts.push(answer.text);
  }
  return { kind: 'answered', text: texts.join('\n') };
}
