import { existsSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import type { AttemptRecord, TaskRecord } from '../../engine/ports/run-reader.ts';
import type { Store } from '../../store/index.ts';
import { formats } from '../formats.ts';
import { CommandProblem } from '../problem.ts';
import { reading } from '../queries/reading.ts';
import { resolveTask } from '../queries/resolve.ts';
import { defineVerb } from '../verb.ts';

/** How often a growing file is looked at: as often as a person reads. */
const followMilliseconds = 200;

export const verb = defineVerb({
  name: 'logs',
  summary: 'what a task wrote to stdout and stderr',
  operands: [{ name: 'TASK', how: 'required', help: 'as `bit show RUN` names it; `TASK@RUN` in an earlier run' }],
  flags: { follow: { kind: 'switch', short: 'f', help: 'go on until the task ends' } },
  examples: [
    ["bit logs 'segment[cell=A3]'", 'its last attempt: stdout on stdout, stderr on stderr'],
    ["bit logs 'segment[cell=A3]' --follow", 'while it runs'],
  ],
  async run(invocation) {
    const { terminal, global, flags } = invocation;
    const [text = ''] = invocation.operands;
    return reading(invocation, {}, async (store) => {
      const asked = await resolveTask(store, text);
      const { task, attempt } = await lastAttempt(store, asked);
      if (attempt === undefined) {
        throw new CommandProblem({
          exit: 2,
          message: `${asked.task} was never started`,
          help: `Why: \`bit why '${asked.task}'\``,
        });
      }
      const paths = { stdout: `${attempt.directory}/stdout`, stderr: `${attempt.directory}/stderr` };
      if (global.json) {
        const read = async (path: string): Promise<string | null> => readFile(path, 'utf8').catch(() => null);
        terminal.json({
          format: formats.logs,
          task: task.task,
          run: task.run,
          attempt: attempt.attempt,
          stdout: await read(paths.stdout),
          stderr: (await read(paths.stderr)) ?? attempt.stderrTail ?? null,
        });
        return 0;
      }
      if (flags.follow && attempt.endedAt === undefined) {
        await follow(paths, {
          out: terminal.out.write,
          err: terminal.err.write,
          isOver: () => isOver(store, task, attempt),
        });
        return 0;
      }
      if (!existsSync(paths.stdout) && !existsSync(paths.stderr)) {
        if (attempt.stderrTail === undefined || attempt.stderrTail === '') {
          throw new CommandProblem({
            exit: 2,
            message: `The output of ${task.task} (run ${task.run}) is no longer kept`,
            help: 'Directories of tasks that succeeded are cleared. `bit show` has what is recorded.',
          });
        }
        terminal.err.write(attempt.stderrTail);
        return 0;
      }
      terminal.out.write(await readFile(paths.stdout, 'utf8').catch(() => ''));
      terminal.err.write(await readFile(paths.stderr, 'utf8').catch(() => ''));
      return 0;
    });
  },
});

/** A reused task was run by another one, maybe in another run. */
async function lastAttempt(
  store: Store,
  task: TaskRecord,
): Promise<{ readonly task: TaskRecord; readonly attempt: AttemptRecord | undefined }> {
  const own = (await store.reader.attempts(task.run, task.task)).at(-1);
  if (own !== undefined) return { task, attempt: own };
  const result = await store.reader.result(task);
  const maker = result && (await store.reader.task(result.task, { run: result.run }));
  if (maker === undefined) return { task, attempt: undefined };
  return {
    task: maker,
    attempt: (await store.reader.attempts(maker.run, maker.task)).find((attempt) => attempt.token === result?.token),
  };
}

async function isOver(store: Store, task: TaskRecord, attempt: AttemptRecord): Promise<boolean> {
  const now = (await store.reader.attempts(task.run, task.task)).find((one) => one.token === attempt.token);
  return now?.endedAt !== undefined || existsSync(`${attempt.directory}/exit.json`);
}

async function follow(
  paths: { readonly stdout: string; readonly stderr: string },
  to: {
    readonly out: (text: string) => void;
    readonly err: (text: string) => void;
    readonly isOver: () => Promise<boolean>;
  },
): Promise<void> {
  const read = { stdout: 0, stderr: 0 };
  const more = async (name: 'stdout' | 'stderr', write: (text: string) => void): Promise<void> => {
    const handle = await open(paths[name], 'r').catch(() => undefined);
    if (handle === undefined) return;
    try {
      const { size } = await handle.stat();
      if (size <= read[name]) return;
      const bytes = Buffer.alloc(Math.min(size - read[name], 16 * 1024 * 1024));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, read[name]);
      read[name] += bytesRead;
      write(bytes.toString('utf8', 0, bytesRead));
    } finally {
      await handle.close();
    }
  };
  for (let over = false; ; ) {
    await more('stdout', to.out);
    await more('stderr', to.err);
    // What was written between the last look and the end is read in one more round.
    if (over) return;
    over = await to.isOver();
    if (!over) await setTimeout(followMilliseconds);
  }
}
