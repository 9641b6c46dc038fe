import type { RunRecord } from '../../engine/ports/run-reader.ts';
import { formats } from '../formats.ts';
import { reading } from '../queries/reading.ts';
import { shortPath, timeInWords } from '../queries/wording.ts';
import { countsInWords, secondsInWords } from '../reporters/summary.ts';
import type { Colors } from '../terminal.ts';
import { defineVerb } from '../verb.ts';

export const verb = defineVerb({
  name: 'log',
  summary: 'runs, newest first',
  operands: [],
  flags: { limit: { kind: 'count', value: 'N', short: 'n', help: 'at most so many; 20 unless said, 0 for all' } },
  examples: [
    ['bit log', 'the last runs: when, what, how they ended'],
    ['bit log --limit 0 --json', 'all of them, for scripts'],
  ],
  async run(invocation) {
    const { terminal, global, flags, folder } = invocation;
    const limit = flags.limit ?? (global.json ? 0 : 20);
    const runs = await reading(invocation, {}, (store) => store.reader.runs(limit === 0 ? {} : { limit }));
    if (global.json) {
      terminal.json({ format: formats.log, runs: runs.map(runDocument) });
      return 0;
    }
    if (runs.length === 0) terminal.out.line('Nothing was run on this store yet.');
    const width = Math.max(0, ...runs.map((run) => shortPath(run.pipeline, folder).length));
    for (const run of runs) terminal.out.line(line(run, { colors: terminal.out.colors, folder, width }));
    return 0;
  },
});

/** As docs/json.md says. */
export const runDocument = (run: RunRecord) => ({
  run: run.run,
  pipeline: run.pipeline,
  name: run.name ?? null,
  status: run.status,
  startedAt: run.startedAt,
  seconds: run.seconds ?? null,
  tasks: run.tasks,
  tags: run.tags,
  stub: isStub(run),
  origin: run.origin ?? null,
});

/** The name that people know a system by. */
export const originInWords = (origin: string): string =>
  `imported from ${origin === 'bioimageit' ? 'BioImageIT' : origin}`;

/** Nothing but the flag makes a stub run. */
export const isStub = (run: Pick<RunRecord, 'argv'>): boolean => run.argv.includes('--stub');

function line(
  run: RunRecord,
  options: { readonly colors: Colors; readonly folder: string; readonly width: number },
): string {
  const { bold, dim, green, red, yellow } = options.colors;
  const paint = run.status === 'succeeded' ? green : run.status === 'running' ? yellow : red;
  const stub = isStub(run) ? `  ${yellow('stub')}` : '';
  const name = run.name === undefined ? '' : `  ${bold(run.name)}`;
  const origin = run.origin === undefined ? '' : `  ${dim(originInWords(run.origin))}`;
  return `${bold(run.run)}  ${timeInWords(run.startedAt).padEnd(19)}  ${paint(run.status.padEnd(11))}  ${shortPath(run.pipeline, options.folder).padEnd(options.width)}  ${countsInWords(run.tasks)}${run.seconds === undefined ? '' : dim(`  ${secondsInWords(run.seconds)}`)}${stub}${name}${origin}`;
}
